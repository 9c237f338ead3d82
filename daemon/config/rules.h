/* rules.h -- what several keys must be together, where the options table cannot say it. */
#ifndef LG_CONFIG_RULES_H
#define LG_CONFIG_RULES_H

#include "base/arena.h"
#include "config/config.h"
#include "config/node.h"

struct lg_rule_call {
    struct lg_arena *arena;
    struct lg_faults *faults;
    const struct lg_node *node; /* of the group, or of the pairs */
    const char *folder;         /* that paths are relative to */
};

/* Where the member `key` of a group stands, or the group if the member came from its default. */
const struct lg_where *lg_rule_where(const struct lg_node *node, const char *key);

/* Judges, and completes, the struct of a group that has been read. */
typedef void lg_rule_fn(struct lg_rule_call *call, void *values);

lg_rule_fn lg_rule_root;
lg_rule_fn lg_rule_workers;
lg_rule_fn lg_rule_function; /* rules_function.c */
lg_rule_fn lg_rule_logging;
lg_rule_fn lg_rule_redis; /* rules_redis.c */
lg_rule_fn lg_rule_respond;
lg_rule_fn lg_rule_http; /* rules_http.c */
/* What is written beside `lambda` in vain, or against itself. rules_lambda.c. */
void lg_rule_lambda_function(struct lg_rule_call *call, const struct lg_config_function *function);
lg_rule_fn lg_rule_lambda;
/* Whether events can go to function URLs; after lg_rule_apis(). rules_lambda.c. */
void lg_rule_function_urls(struct lg_rule_call *call, const struct lg_config *config);
lg_rule_fn lg_rule_api;
lg_rule_fn lg_rule_gateway_response;
lg_rule_fn lg_rule_cors;
lg_rule_fn lg_rule_cognito;
lg_rule_fn lg_rule_jwt;
lg_rule_fn lg_rule_authorizer;
lg_rule_fn lg_rule_lambda_authorizer; /* rules_lambda_authorizer.c */

/* Finds the authorizers that routes name; after lg_rule_apis(). rules_authorizer.c. */
lg_rule_fn lg_rule_authorizers;

/* What is written beside `redis` in vain; and a top-level `redis` that is missing. rules_redis.c.
 */
void lg_rule_redis_function(struct lg_rule_call *call, const struct lg_config_function *function);
void lg_rule_redis_needed(struct lg_rule_call *call, const struct lg_config *config);

/* Whether a route may use a Lambda authorizer. rules_lambda_authorizer.c. */
void lg_rule_lambda_route(struct lg_rule_call *call, const struct lg_config_route *route);

/* Finds the schemas that the `body` of a route names. rules_body.c. */
void lg_rule_body(struct lg_rule_call *call, struct lg_config_route *route);

/* Gathers all APIs and their routes; a part of lg_rule_root. rules_api.c. */
lg_rule_fn lg_rule_apis;

/*
 * Adds an OPTIONS method to every path of a REST API that has CORS and no such method yet.
 * rules_cors.c.
 */
void lg_rule_options_methods(struct lg_rule_call *call, struct lg_config_api *api);

/* Judge pairs. */
void lg_rule_environment(struct lg_rule_call *call, const struct lg_config_pairs *pairs);
void lg_rule_headers(struct lg_rule_call *call, const struct lg_config_pairs *pairs);
void lg_rule_response_parameters(struct lg_rule_call *call, const struct lg_config_pairs *pairs);

/* `path` as it is meant in `folder`: absolute, without `./` in front. read.c. */
const char *lg_read_path_in(struct lg_arena *arena, const char *folder, const char *path);

#endif
