/*
 * sigv4.h -- AWS Signature Version 4: the headers that make a request one that AWS believes.
 *
 * A signer is for one service in one region, and keeps the key of the day for the credentials that
 * it signed with last: most signatures cost four hashes. The secret is in it until
 * lg_signer_free(). Threads: one at a time.
 */
#ifndef LG_CLOUD_SIGV4_H
#define LG_CLOUD_SIGV4_H

#include "cloud/credentials.h"
#include "cloud/sigv4_canonical.h"

#define LG_SIGV4_UNSIGNED_PAYLOAD "UNSIGNED-PAYLOAD"
#define LG_SIGV4_STAMP_SIZE 17 /* 20150830T123600Z and its NUL */

struct lg_signer;

/* Both are copied. */
struct lg_signer *lg_signer_new(struct lg_str region, struct lg_str service,
                                enum lg_sigv4_path style);
void lg_signer_free(struct lg_signer *signer); /* NULL is fine */

/* What is to be signed; see sigv4_canonical.h for the first five. */
struct lg_signing {
    struct lg_str method, path, query;
    const struct lg_header *headers; /* Host, and those the caller sends besides ours */
    size_t header_count;
    struct lg_str body;
    const char *body_hash; /* its SHA-256 in hex, where it is known already; or NULL */
    bool unsigned_payload; /* the body is not hashed; told in X-Amz-Content-Sha256 */
    bool content_sha256;   /* send X-Amz-Content-Sha256, and sign it: Amazon S3 demands it */
};

#define LG_SIGNATURE_HEADERS 4 /* at most */

/*
 * Returns how many headers are to be sent besides those given, in ret_headers: X-Amz-Date,
 * X-Amz-Security-Token, X-Amz-Content-Sha256, Authorization. They point into the signer and the
 * credentials, and are good until the next signature. `wall_ms` is unix time.
 */
size_t lg_signer_sign(struct lg_signer *signer, const struct lg_credentials *credentials,
                      const struct lg_signing *signing, int64_t wall_ms,
                      struct lg_header ret_headers[LG_SIGNATURE_HEADERS]);

/* The texts of the last signature, for tests and for people who look for a mistake. */
struct lg_str lg_signer_canonical(const struct lg_signer *signer);
struct lg_str lg_signer_string_to_sign(const struct lg_signer *signer);

/* 20150830T123600Z */
void lg_sigv4_stamp(int64_t wall_ms, char ret_stamp[LG_SIGV4_STAMP_SIZE]);

#endif
