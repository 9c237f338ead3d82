/*
 * guard.h -- keeps web pages away from the admin listener.
 *
 * A page in the operator's browser can send requests to an address of this machine, and by
 * turning its own host name there (DNS rebinding) it can read the answers. Browsers give
 * themselves away by Origin and Sec-Fetch-Site; a turned name shows in Host. A unix socket is
 * out of their reach.
 *
 * Pure: a head in, a verdict out.
 */
#ifndef LG_INVOKE_API_GUARD_H
#define LG_INVOKE_API_GUARD_H

#include "base/err.h"
#include "listen/exchange.h"

/*
 * Whether a request may be served that came over TCP to a listener which was configured on
 * `host` (NULL: a unix socket, nothing to ask). LG_ERR_REFUSED: no, *reterr_reason says why in
 * words, static.
 */
LG_MUST_CHECK enum lg_err lg_guard_check(const struct lg_head *head, const char *host,
                                         const char **reterr_reason);

#endif
