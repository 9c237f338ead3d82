/*
 * profile.h -- one profile of a shared credentials file, and any value of such files.
 *
 *     [default]
 *     aws_access_key_id = AKIA...
 *     aws_secret_access_key = ...
 *     aws_session_token = ...
 *
 * Pure: bytes in, slices of them out.
 */
#ifndef LG_CLOUD_PROFILE_H
#define LG_CLOUD_PROFILE_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

struct lg_profile {
    struct lg_str access_key_id, secret_access_key, session_token; /* empty: not there */
};

/*
 * LG_ERR_NOT_FOUND: no section of that name. A section that stands twice counts as one, and the
 * later of two values wins. Lines that say nothing to us are passed over.
 */
LG_MUST_CHECK enum lg_err lg_profile_read(struct lg_str text, const char *name,
                                          struct lg_profile *ret_profile);

/* Whether there is a section of that name: "shop", "profile shop", "sso-session work". */
bool lg_profile_has(struct lg_str text, const char *section);
/* The value of `key` there, by the same rules; empty: none. */
struct lg_str lg_profile_get(struct lg_str text, const char *section, const char *key);

#endif
