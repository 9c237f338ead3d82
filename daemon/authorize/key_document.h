/* key_document.h -- private to authorize/: OpenID discovery, read with suspicion. Pure. */
#ifndef LG_AUTHORIZE_KEY_DOCUMENT_H
#define LG_AUTHORIZE_KEY_DOCUMENT_H

#include "base/err.h"
#include "base/str.h"

/* Where the document of `issuer` lies; owned. */
char *lg_discovery_url(const char *issuer);

/*
 * The "jwks_uri" of a discovery document; owned. It must be the document of this very issuer, and
 * the keys must lie on the issuer's own host: else whoever writes the document sends us anywhere.
 * NULL: *reterr_reason (static) says why.
 */
char *lg_discovery_read(struct lg_str text, const char *issuer, const char **reterr_reason);

#endif
