/*
 * rule_extras.h -- what only some routes have: required parameters, mappings, CORS, an upstream. A
 * rule without any of them has none, and its requests pay nothing for them.
 */
#ifndef LG_RULE_EXTRAS_H
#define LG_RULE_EXTRAS_H

#include "config/config.h"
#include "integrate/forward.h"
#include "integrate/mapping.h"
#include "respond/cors.h"
#include "upstream/upstream.h"
#include "validate/parameters.h"

struct lg_lambda_authorizer;

struct lg_rule_extras {
    struct lg_parameters *parameters;  /* owned, or NULL: none is required */
    struct lg_mapping *mapping;        /* of requests; owned, or NULL */
    struct lg_answer_mapping *answers; /* owned, or NULL */
    const struct lg_cors *cors;        /* the route's own or the API's, or NULL: it says nothing */
    struct lg_cors *own_cors;          /* owned, or NULL */
    const struct lg_lambda_authorizer *lambda; /* of the snapshot, or NULL */
    struct lg_upstream *upstream;              /* of `http`: one reference, or NULL */
    struct lg_forward *forward;                /* of `http`: owned, or NULL */
    bool answers_options;                      /* an OPTIONS method that was made for `cors` */
};

/*
 * Compiles what the route says, `api_cors` being that of its API; `lambda` may be NULL. Everything
 * wrong is added to `faults`. NULL when there is nothing.
 */
struct lg_rule_extras *lg_rule_extras_build(const struct lg_config_route *route,
                                            const struct lg_cors *api_cors,
                                            const struct lg_lambda_authorizer *lambda,
                                            struct lg_faults *faults);
void lg_rule_extras_free(struct lg_rule_extras *extras); /* NULL is fine */

#endif
