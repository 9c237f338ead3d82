/*
 * parameters.h -- request parameters that a route cannot do without: header fields, query
 * parameters and variables of the path.
 *
 * Contract: API Gateway REST API, "Request validation", steps 1 and 2. Only presence is checked:
 * one must be there and hold more than blanks. REST APIs tell header names apart by case. HTTP APIs
 * of AWS check nothing; here they may, with header names in any case.
 */
#ifndef LG_VALIDATE_PARAMETERS_H
#define LG_VALIDATE_PARAMETERS_H

#include "config/config.h"
#include "listen/exchange.h"
#include "route/table.h"

#define LG_PARAMETERS_MAX 100

struct lg_parameters;

/*
 * Takes "header.X", "querystring.Y" and "path.Z", each "required" or "optional". Everything wrong
 * is added to `faults`: NULL then, and when nothing is required.
 */
struct lg_parameters *lg_parameters_compile(const struct lg_config_pairs *pairs,
                                            enum lg_config_api_kind kind,
                                            const struct lg_pattern *pattern,
                                            struct lg_faults *faults);
void lg_parameters_free(struct lg_parameters *parameters); /* NULL is fine */

/*
 * LG_OK, or LG_ERR_NOT_FOUND and what the client hears, in the arena: "Missing required request
 * parameters: [X-Tenant, id, q]", in the order of header, path and query, and by name.
 */
LG_MUST_CHECK enum lg_err lg_parameters_check(const struct lg_parameters *parameters,
                                              struct lg_arena *arena, const struct lg_head *head,
                                              const struct lg_route_match *match,
                                              const char **reterr_message);

#endif
