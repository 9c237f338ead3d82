/*
 * describe.h -- what is loaded, as JSON: one object with one array, "functions" or "routes".
 */
#ifndef LG_INVOKE_API_DESCRIBE_H
#define LG_INVOKE_API_DESCRIBE_H

#include "base/buf.h"
#include "invoke_api/admin.h"

void lg_describe_functions(const struct lg_admin *admin, struct lg_buf *out);
void lg_describe_routes(const struct lg_admin *admin, struct lg_buf *out);

#endif
