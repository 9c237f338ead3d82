/*
 * invoke.h -- one call of Lambda's Invoke API, from its head to its answer.
 */
#ifndef LG_INVOKE_API_INVOKE_H
#define LG_INVOKE_API_INVOKE_H

#include "invoke_api/admin.h"

struct lg_invoke_path;

/* Owns the exchange from here on. */
void lg_invoke_begin(const struct lg_admin *admin, struct lg_exchange *exchange,
                     const struct lg_invoke_path *path);

#endif
