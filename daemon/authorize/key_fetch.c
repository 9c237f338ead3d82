/* key_fetch.c -- discovery, then keys. */
#include "authorize/key_fetch.h"

#include <stdio.h>
#include <stdlib.h>

#include "authorize/key_document.h"
#include "base/mem.h"
#include "wire/fetch.h"
#include "wire/loop.h"

#define FETCH_MS 3000      /* discovery and keys together: as long as requests may wait */
#define DOCUMENT_MAX 65536 /* of discovery */

struct lg_key_fetch {
    struct lg_loop *loop;
    struct lg_fetcher *fetcher;
    const struct lg_key_source *source;
    lg_key_fetched_fn *done;
    void *context;
    struct lg_fetch *fetch;
    int64_t ends_ms;
    char *url;      /* of what is being fetched */
    char words[64]; /* of a status that is not 200 */
};

static void free_fetch(struct lg_key_fetch *fetch)
{
    free(fetch->url);
    free(fetch);
}

static void end(struct lg_key_fetch *fetch, struct lg_key_fetched fetched)
{
    fetched.url = fetch->url;
    fetch->done(fetch->context, &fetched);
    free_fetch(fetch);
}

static void fail(struct lg_key_fetch *fetch, const char *what, const char *why)
{
    end(fetch, (struct lg_key_fetched){ .what = what, .why = why });
}

/* Whether there is an answer to read; if not, what is wrong with it. */
static bool is_answer(struct lg_key_fetch *fetch, const struct lg_fetch_result *result,
                      const char **reterr_reason)
{
    if (result->error != NULL) {
        *reterr_reason = result->error;
    } else if (result->status >= 300 && result->status < 400) {
        *reterr_reason = "it redirects, and redirects are not followed";
    } else if (result->status != 200) {
        (void)snprintf(fetch->words, sizeof(fetch->words), "the answer is not 200 but %d",
                       result->status);
        *reterr_reason = fetch->words;
    }
    return result->error == NULL && result->status == 200;
}

static void begin(struct lg_key_fetch *fetch, char *url, size_t limit, lg_fetch_done_fn *done)
{
    const struct lg_key_source *source = fetch->source;
    int64_t left_ms = fetch->ends_ms - lg_loop_now_ms(fetch->loop);
    const struct lg_fetch_request request = { .url = url,
                                              .ca_file = source->ca_file,
                                              .plain = source->plain,
                                              .limit = limit,
                                              .timeout_ms = left_ms > 1 ? left_ms : 1 };

    free(fetch->url);
    fetch->url = url;
    fetch->fetch = lg_fetch_begin(fetch->fetcher, &request, done, fetch);
}

static void on_keys(void *context, const struct lg_fetch_result *result)
{
    struct lg_key_fetch *fetch = context;
    struct lg_jwks *jwks;
    const char *reason;

    if (!is_answer(fetch, result, &reason))
        fail(fetch, "cannot fetch its keys", reason);
    else if (lg_jwks_read(result->body, &jwks, &reason) != LG_OK)
        fail(fetch, "what it answers is no set of keys", reason);
    else
        end(fetch, (struct lg_key_fetched){ .jwks = jwks, .max_age_s = result->max_age_s });
}

static void on_discovery(void *context, const struct lg_fetch_result *result)
{
    struct lg_key_fetch *fetch = context;
    const char *reason;

    if (!is_answer(fetch, result, &reason)) {
        fail(fetch, "cannot fetch its openid-configuration", reason);
        return;
    }
    char *url = lg_discovery_read(result->body, fetch->source->issuer, &reason);
    if (url == NULL)
        fail(fetch, "its openid-configuration cannot be used", reason);
    else
        begin(fetch, url, LG_JWKS_MAX_BYTES, on_keys);
}

struct lg_key_fetch *lg_key_fetch_begin(struct lg_loop *loop, struct lg_fetcher *fetcher,
                                        const struct lg_key_source *source, lg_key_fetched_fn *done,
                                        void *context)
{
    struct lg_key_fetch *fetch = LG_NEW(struct lg_key_fetch);

    *fetch = (struct lg_key_fetch){ .loop = loop,
                                    .fetcher = fetcher,
                                    .source = source,
                                    .done = done,
                                    .context = context,
                                    .ends_ms = lg_loop_now_ms(loop) + FETCH_MS };
    if (source->jwks_url != NULL)
        begin(fetch, lg_strdup(source->jwks_url), LG_JWKS_MAX_BYTES, on_keys);
    else /* every time: an issuer may move its keys */
        begin(fetch, lg_discovery_url(source->issuer), DOCUMENT_MAX, on_discovery);
    return fetch;
}

void lg_key_fetch_cancel(struct lg_key_fetch *fetch)
{
    if (fetch == NULL)
        return;
    lg_fetch_cancel(fetch->fetch);
    free_fetch(fetch);
}

void lg_key_fetch_forget(struct lg_key_fetch *fetch)
{
    if (fetch != NULL)
        free_fetch(fetch);
}
