/* json_text.h -- a part of the configuration as compact JSON text. */
#ifndef LG_CONFIG_JSON_TEXT_H
#define LG_CONFIG_JSON_TEXT_H

#include "base/buf.h"
#include "config/node.h"

/*
 * Appends `node` as JSON. Plain scalars follow YAML's core schema; a number keeps its digits,
 * however many. A value that JSON does not know (.inf, .nan) or that is broken returns the node
 * at fault, else NULL.
 */
const struct lg_node *lg_json_text(struct lg_buf *out, const struct lg_node *node);

#endif
