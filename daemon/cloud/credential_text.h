/*
 * credential_text.h -- the documents in which credentials come: JSON in four dialects, STS's XML.
 *
 * Pure: bytes in, values out. No reason that is told here holds anything of a document's values.
 */
#ifndef LG_CLOUD_CREDENTIAL_TEXT_H
#define LG_CLOUD_CREDENTIAL_TEXT_H

#include <stdbool.h>

#include "cloud/credentials.h"

/*
 * Copies what can be credentials at all. False: a reason is appended. The session token may be
 * empty.
 */
bool lg_credentials_take(struct lg_str id, struct lg_str secret, struct lg_str token,
                         struct lg_credentials *ret_credentials, struct lg_buf *reterr_reason);

/* "2026-01-31T11:00:00Z", with a fraction or an offset too; unix milliseconds, 0: no such time. */
int64_t lg_credentials_time(struct lg_str text);

/* How a document names them. */
struct lg_credentials_dialect {
    const char *within; /* the member that holds the others; NULL: they are at the top */
    const char *id, *secret, *token, *expiration;
    const char *const *needs; /* name, value, ..., NULL: members that must be so */
};

extern const struct lg_credentials_dialect lg_credentials_of_container;
extern const struct lg_credentials_dialect lg_credentials_of_instance;
extern const struct lg_credentials_dialect lg_credentials_of_process;
extern const struct lg_credentials_dialect lg_credentials_of_sso;

/* False: a reason is appended. */
bool lg_credentials_read_json(struct lg_str text, const struct lg_credentials_dialect *dialect,
                              struct lg_credentials *ret_credentials, struct lg_buf *reterr_reason);
bool lg_credentials_read_xml(struct lg_str text, struct lg_credentials *ret_credentials,
                             struct lg_buf *reterr_reason);

/* What stands in the first <tag> of a text, as it stands there; empty: nothing. */
struct lg_str lg_xml_find(struct lg_str text, const char *tag);

#endif
