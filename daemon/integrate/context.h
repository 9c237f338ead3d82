/*
 * context.h -- API Gateway's context variables ($context.NAME) of one request.
 *
 * A name is looked up once, when the configuration is read; a request only fetches values.
 * Contract: API Gateway, "Access-log variables", whose names are those of mappings too.
 */
#ifndef LG_INTEGRATE_CONTEXT_H
#define LG_INTEGRATE_CONTEXT_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "config/config.h"
#include "listen/exchange.h"

/* What an authorizer found out; names are those of claims and of its context. */
struct lg_context_authorizer {
    const struct lg_header *claims;
    size_t claim_count;
    const struct lg_header *properties; /* principalId among them */
    size_t property_count;
};

/* Where the values come from, for one request. Whatever is NULL or 0 has no value. */
struct lg_context {
    enum lg_config_api_kind kind;
    const struct lg_head *head; /* as the client sent it */
    struct lg_str method;       /* that the route was found by */
    struct lg_str path;         /* raw, with the stage as the event's requestContext has it */
    struct lg_str route_key;    /* "GET /items/{id}" or "$default" */
    const char *account_id, *api_id, *stage;
    const char *request_id, *extended_request_id;
    int64_t wall_ms;
    int status; /* of the integration's answer; 0: there is none yet */
    const struct lg_context_authorizer *authorizer;
};

struct lg_context_variable {
    int id;
    struct lg_str name; /* of a claim or a property; borrowed from the name that was looked up */
};

/* `name` is what stands behind "$context.". LG_ERR_NOT_FOUND: the kind has no such variable. */
LG_MUST_CHECK enum lg_err lg_context_parse(struct lg_str name, enum lg_config_api_kind kind,
                                           struct lg_context_variable *ret_variable);

/* The value, borrowed or in the arena; data == NULL: this request has none. */
struct lg_str lg_context_value(const struct lg_context *context,
                               const struct lg_context_variable *variable, struct lg_arena *arena);

#endif
