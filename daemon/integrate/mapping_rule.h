/*
 * mapping_rule.h -- the mappings of one request or status, compiled, and header fields edited by
 * them. Only mapping.c and mapping_answer.c know about it.
 */
#ifndef LG_INTEGRATE_MAPPING_RULE_H
#define LG_INTEGRATE_MAPPING_RULE_H

#include "integrate/mapping_key.h"

struct lg_mapping_rule {
    struct lg_mapping_target target;
    struct lg_mapping_value value; /* nothing for REMOVE */
};

struct lg_mapping_rules {
    const struct lg_mapping_rule *items; /* in file order */
    size_t count;
};

/* Compiles into the arena. Every fault is added; the rules are only whole if there was none. */
struct lg_mapping_rules lg_mapping_rules_compile(struct lg_arena *arena,
                                                 const struct lg_config_pairs *pairs,
                                                 const struct lg_mapping_scope *scope,
                                                 struct lg_faults *faults);

/* One value of a mapping, for a request: text == data NULL: the target is left without one. */
struct lg_mapping_edit {
    const struct lg_mapping_target *target;
    struct lg_str value;
};

struct lg_mapping_edits {
    struct lg_mapping_edit *items; /* in the arena, in the order of the rules */
    size_t count;
};

/*
 * What the rules give for one request. LG_ERR_SYNTAX: a value that cannot stand in its place;
 * LG_ERR_TOO_BIG. *reterr_reason is for the log.
 */
LG_MUST_CHECK enum lg_err lg_mapping_rules_run(const struct lg_mapping_rules *rules,
                                               struct lg_mapping_reader *reader,
                                               struct lg_mapping_edits *ret_edits,
                                               const char **reterr_reason);

/* The edit that overwrites or removes `name` in `place`, or NULL. */
bool lg_mapping_edits_drop(const struct lg_mapping_edits *edits, enum lg_mapping_place place,
                           struct lg_str name);

/*
 * The fields after the edits, in the arena: those that stay, in order, then what was overwritten,
 * then what was appended. Returns how many stay.
 */
size_t lg_mapping_edit_headers(const struct lg_mapping_edits *edits, struct lg_arena *arena,
                               const struct lg_header *headers, size_t count,
                               const struct lg_header **ret_headers, size_t *ret_count);

#endif
