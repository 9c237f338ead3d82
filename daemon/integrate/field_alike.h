/*
 * field_alike.h -- header fields that a server behind us may take for the same one.
 */
#ifndef LG_INTEGRATE_FIELD_ALIKE_H
#define LG_INTEGRATE_FIELD_ALIKE_H

#include <stdbool.h>

#include "base/str.h"

/*
 * Case ignored, and "_" as good as "-": CGI and its heirs (WSGI, Rack, PHP) make HTTP_X_USER_ID of
 * X-User-Id and of X_User_Id, so that a client could say what only the gateway may say.
 */
bool lg_field_alike(struct lg_str a, struct lg_str b);

#endif
