/*
 * mapping_key.h -- the left side of a parameter mapping: what it changes, and how.
 *
 * Only the files of mapping know about it. HTTP APIs write append:header.x, overwrite:path,
 * overwrite:statuscode; REST APIs integration.request.header.X and method.response.header.X.
 */
#ifndef LG_INTEGRATE_MAPPING_KEY_H
#define LG_INTEGRATE_MAPPING_KEY_H

#include "integrate/mapping_value.h"

/* In the order in which they count for one target. */
enum lg_mapping_action { LG_MAPPING_REMOVE, LG_MAPPING_OVERWRITE, LG_MAPPING_APPEND };

enum lg_mapping_place {
    LG_MAPPING_IN_HEADER,
    LG_MAPPING_IN_QUERY,
    LG_MAPPING_IN_PATH,
    LG_MAPPING_IN_VARIABLE, /* of the integration's URL */
    LG_MAPPING_IN_STATUS
};

struct lg_mapping_target {
    enum lg_mapping_action action;
    enum lg_mapping_place place;
    struct lg_str name;
    bool numbered; /* append:header.x.2: one of several for the same header */
};

/*
 * Reads `text` for the scope; the name lies in the arena. LG_ERR_SYNTAX: *reterr_message (static or
 * arena) says what was found and what was expected, for headers that may not be mapped, too.
 */
LG_MUST_CHECK enum lg_err lg_mapping_key_parse(struct lg_arena *arena,
                                               const struct lg_mapping_scope *scope,
                                               struct lg_str text,
                                               struct lg_mapping_target *ret_target,
                                               const char **reterr_message);

/* Whether both change the same thing in the same way, so that one of them is too many. */
bool lg_mapping_target_same(const struct lg_mapping_target *a, const struct lg_mapping_target *b);

/* Whether the header field `name` may not be mapped, and why: static text, or NULL. */
const char *lg_mapping_reserved(struct lg_str name, const struct lg_mapping_scope *scope);

#endif
