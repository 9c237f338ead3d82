/*
 * fetch.h -- documents of the control plane over HTTPS: key sets, discovery. libcurl on one loop.
 *
 * Never on the path of a request: see docs/architecture.md for what carries those. No redirect is
 * followed, no encoding accepted, and TLS is verified with the host's name; libcurl's own variables
 * (https_proxy, no_proxy) are honoured. All calls on the fetcher's loop.
 */
#ifndef LG_WIRE_FETCH_H
#define LG_WIRE_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct lg_fetch;
struct lg_fetcher;
struct lg_loop;

struct lg_fetch_request {
    const char *url;     /* copied */
    const char *ca_file; /* copied; NULL: the system's authorities */
    bool plain;          /* http:// is fine as well */
    size_t limit;        /* bytes of the document */
    int64_t timeout_ms;  /* for all of it, name resolution included */
};

struct lg_fetch_result {
    int status;         /* 0: there was no answer */
    struct lg_str body; /* valid during the call */
    int64_t max_age_s;  /* of Cache-Control; -1: not told */
    const char *error;  /* a phrase, valid during the call; NULL: the answer came whole */
};

/* Once, unless cancelled. It may begin other fetches. */
typedef void lg_fetch_done_fn(void *context, const struct lg_fetch_result *result);

/* What must have been done once before libcurl is used in any other way. Any thread. */
void lg_fetch_start_library(void);

/* NULL when libcurl does not start. */
struct lg_fetcher *lg_fetcher_new(struct lg_loop *loop);
/* Cancels what is under way. On the loop, or after it ended. NULL is fine. */
void lg_fetcher_free(struct lg_fetcher *fetcher);

struct lg_fetch *lg_fetch_begin(struct lg_fetcher *fetcher, const struct lg_fetch_request *request,
                                lg_fetch_done_fn *done, void *context);
/* `done` is not called. Not from within it. */
void lg_fetch_cancel(struct lg_fetch *fetch);

#endif
