/*
 * body.h -- what a request's body must be before a function sees it: strict JSON that fits a
 * schema.
 *
 * An empty body is held against the schema as {} is (contract: API Gateway request validation).
 */
#ifndef LG_VALIDATE_BODY_H
#define LG_VALIDATE_BODY_H

#include "validate/schema.h"

/*
 * LG_OK; LG_ERR_SYNTAX: not JSON (or duplicate names); LG_ERR_RANGE: JSON that does not fit;
 * LG_ERR_TOO_BIG: more work than there is fuel for. On failure reterr_failure holds the reason for
 * the log.
 */
LG_MUST_CHECK enum lg_err lg_body_check(struct lg_arena *arena, const struct lg_schema *schema,
                                        struct lg_str body, struct lg_fuel *fuel,
                                        struct lg_schema_failure *reterr_failure);

#endif
