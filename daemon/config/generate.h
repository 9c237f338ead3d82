/*
 * generate.h -- what people and editors read, made from the options table.
 *
 *     schema   conf/lambdagate.schema.json, JSON Schema 2020-12 of a configuration file
 *     manual   docs/configuration.md
 *     example  conf/lambdagate.yaml, every option with its help and default, commented out
 *
 * The files in the repository are these very texts; a test compares them.
 */
#ifndef LG_CONFIG_GENERATE_H
#define LG_CONFIG_GENERATE_H

#include <stdbool.h>

#include "base/buf.h"

/* Appends the text named above. False when there is none of that name. */
bool lg_generate(const char *name, struct lg_buf *out);

void lg_generate_schema(struct lg_buf *out);
void lg_generate_manual(struct lg_buf *out);
void lg_generate_example(struct lg_buf *out);

#endif
