/*
 * invoke.h -- one call of Lambda's Invoke API, from its head to its answer.
 */
#ifndef LG_INVOKE_API_INVOKE_H
#define LG_INVOKE_API_INVOKE_H

#include "invoke_api/admin.h"

/* Owns the exchange from here on. `segment` is the {FunctionName} of the path, still encoded. */
void lg_invoke_begin(const struct lg_admin *admin, struct lg_exchange *exchange,
                     struct lg_str segment);

#endif
