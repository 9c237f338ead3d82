/*
 * body.h -- what a request's body must be before a function sees it: strict JSON that fits the
 * schema of its content type.
 *
 * An empty body is held against the schema as {} is, and a body without a content type is
 * application/json (contract: API Gateway request validation).
 */
#ifndef LG_VALIDATE_BODY_H
#define LG_VALIDATE_BODY_H

#include "validate/schema.h"

/* --- which schema ----------------------------------------------------------------------------- */

struct lg_body_type {
    struct lg_str media_type; /* "application/json" */
    const struct lg_schema *schema;
};

/* What a route says about bodies. */
struct lg_body_rules {
    const struct lg_body_type *types;
    size_t type_count;
    const struct lg_schema *json;   /* for application/json and all of +json; or NULL */
    const struct lg_schema *others; /* for what is left; or NULL */
    bool pass;                      /* what has no schema passes unchecked */
    bool detailed;                  /* clients hear all that is wrong */
};

/*
 * LG_OK: *ret_schema, or NULL: nothing to check. LG_ERR_REFUSED: no schema for this type. The
 * content type is that of the request; without data there is none.
 */
LG_MUST_CHECK enum lg_err lg_body_choose(const struct lg_body_rules *rules,
                                         struct lg_str content_type,
                                         const struct lg_schema **ret_schema);

/* The types that have a schema, for people and programs: "application/json, text/csv". */
struct lg_str lg_body_types(const struct lg_body_rules *rules, struct lg_arena *arena);

/* --- the check -------------------------------------------------------------------------------- */

/*
 * LG_OK; LG_ERR_SYNTAX: not JSON (or duplicate names); LG_ERR_RANGE: JSON that does not fit;
 * LG_ERR_TOO_BIG: more work than there is fuel for. On failure reterr_failure holds the reason for
 * the log.
 */
LG_MUST_CHECK enum lg_err lg_body_check(struct lg_arena *arena, const struct lg_schema *schema,
                                        struct lg_str body, struct lg_fuel *fuel,
                                        struct lg_schema_failure *reterr_failure);

/*
 * The same, and on failure all that is wrong, up to the limits that the caller has set in
 * *reterr_findings: the search may take what is left of the fuel once more.
 */
LG_MUST_CHECK enum lg_err lg_body_explain(struct lg_arena *arena, const struct lg_schema *schema,
                                          struct lg_str body, struct lg_fuel *fuel,
                                          struct lg_schema_failure *reterr_failure,
                                          struct lg_schema_findings *reterr_findings);

#endif
