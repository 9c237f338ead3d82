/*
 * key_fetch.h -- one fetch of an issuer's keys: its discovery document where that is needed, then
 * the keys. Both together have one time to be done in. On the fetcher's loop.
 */
#ifndef LG_AUTHORIZE_KEY_FETCH_H
#define LG_AUTHORIZE_KEY_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "authorize/jwks.h"

struct lg_fetcher;
struct lg_key_fetch;
struct lg_loop;

struct lg_key_source {
    const char *name;     /* for the log: the issuer */
    const char *issuer;   /* for discovery; what the document must name */
    const char *jwks_url; /* NULL: by discovery */
    const char *ca_file;  /* NULL: the system's authorities */
    bool plain;           /* http:// is fine as well */
    int64_t refresh_ms;   /* when the server does not tell for how long they are good */
    int64_t stale_ms;     /* for how long keys are kept that cannot be renewed */
};

struct lg_key_fetched {
    struct lg_jwks *jwks;   /* one reference for the callee; NULL: it failed */
    int64_t max_age_s;      /* -1: not told */
    const char *url;        /* where it looked last */
    const char *what, *why; /* phrases, of a failure; valid during the call */
};

/* Once, unless cancelled; the fetch is gone then. */
typedef void lg_key_fetched_fn(void *context, const struct lg_key_fetched *fetched);

/* `source` must outlive the fetch. */
struct lg_key_fetch *lg_key_fetch_begin(struct lg_loop *loop, struct lg_fetcher *fetcher,
                                        const struct lg_key_source *source, lg_key_fetched_fn *done,
                                        void *context);
/* `done` is not called. NULL is fine. */
void lg_key_fetch_cancel(struct lg_key_fetch *fetch);
/* The same where the fetcher has ended, or will not run again. */
void lg_key_fetch_forget(struct lg_key_fetch *fetch);

#endif
