/*
 * json_path.h -- one value out of a JSON text, by the part of JSONPath that parameter mappings
 * know.
 *
 *     pets[0].name   ['a name'].b   items[*].id   [2]
 *
 * Names, indices from 0, and `*` for all children. Recursive descent (`..`) and filters are no
 * part of it, as in API Gateway. Pure.
 */
#ifndef LG_INTEGRATE_JSON_PATH_H
#define LG_INTEGRATE_JSON_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

struct lg_json_step {
    enum { LG_JSON_STEP_NAME, LG_JSON_STEP_INDEX, LG_JSON_STEP_ALL } kind;
    struct lg_str name;
    size_t index;
};

struct lg_json_path {
    const struct lg_json_step *steps;
    size_t count;
    bool many; /* holds a `*`: it selects a list */
};

#define LG_JSON_STEPS_MAX 32

/*
 * Reads what stands behind the root, without `$`; a "." in front of the first name may be left out.
 * All lies in the arena. LG_ERR_SYNTAX: *reterr_message (static or arena) says what was found and
 * what was expected.
 */
LG_MUST_CHECK enum lg_err lg_json_path_parse(struct lg_arena *arena, struct lg_str text,
                                             struct lg_json_path *ret_path,
                                             const char **reterr_message);

/*
 * The selected value as text, in the arena: a string without quotes, anything else as compact
 * JSON; with `*` the JSON list of all that were selected. data == NULL: there is none, or it is
 * null.
 */
struct lg_str lg_json_path_find(const struct lg_json_path *path, struct lg_arena *arena,
                                const struct lg_json *root);

#endif
