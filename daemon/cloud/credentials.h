/*
 * credentials.h -- AWS credentials, and where they come from: one interface.
 *
 * A provider is asked for what is valid now, each time that somebody needs it; it answers once,
 * later, and caches if that is worth it. Those that only look at this machine are in
 * credentials_local.c; whoever else is asked is behind credential_set.h.
 *
 * Secrets are wiped from memory when they are freed, and no error text holds one.
 * Threads: a provider belongs to the loop that it was made for.
 */
#ifndef LG_CLOUD_CREDENTIALS_H
#define LG_CLOUD_CREDENTIALS_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "config/config.h"
#include "wire/loop.h"

struct lg_credentials {
    char *access_key_id, *secret_access_key;
    char *session_token; /* NULL: long-lived keys */
    int64_t expires_ms;  /* unix; 0: not known to expire */
};

/* Wipes and frees what it holds. */
void lg_credentials_done(struct lg_credentials *credentials);

/* Somebody who waits for credentials of a set (credential_set.h); zeros are "not waiting". */
struct lg_credential_waiter {
    struct lg_link link;
    int64_t until_ms;
    uint64_t searches; /* that had ended when it came */
    void (*fn)(struct lg_credential_waiter *waiter, const struct lg_credentials *credentials,
               const char *error);
};

/* Embedded in whoever asks; lives until on_end or cancel. */
struct lg_credentials_request {
    /* One of the two is NULL, and neither outlives the call. The error is for the log. */
    void (*on_end)(struct lg_credentials_request *request, const struct lg_credentials *credentials,
                   const char *error);
    /* the provider's */
    struct lg_credentials_provider *provider;
    struct lg_task task;
    struct lg_credential_waiter waiter;
};

struct lg_credentials_provider;

struct lg_credentials_class {
    const char *name; /* "environment" */
    /* on_end comes exactly once, never before this returns. */
    void (*get)(struct lg_credentials_provider *provider, struct lg_credentials_request *request);
    /* on_end comes no more. */
    void (*cancel)(struct lg_credentials_provider *provider,
                   struct lg_credentials_request *request);
    void (*free)(struct lg_credentials_provider *provider); /* nobody is waiting */
};

/* First member of every provider. */
struct lg_credentials_provider {
    const struct lg_credentials_class *class;
};

/* One that only looks at this machine, as `config` says; it is copied. Never NULL. */
struct lg_credentials_provider *
lg_credentials_provider_new(const struct lg_config_credentials *config, struct lg_loop *loop);
/* Whether that one will do for it; else credential_set.h has to search. */
bool lg_credentials_are_local(const struct lg_config_credentials *config);

/*
 * Whether there are any now, as far as this machine can tell: true where others would have to be
 * asked. Returns false with a reason in words appended to `reterr_reason`.
 */
bool lg_credentials_check(const struct lg_config_credentials *config, struct lg_buf *reterr_reason);

/* Those that lie on this machine now; NULL: in the environment. False: a reason is appended. */
bool lg_credentials_read_local(const struct lg_config_credentials_from *config,
                               struct lg_credentials *ret_credentials,
                               struct lg_buf *reterr_reason);

/* The document that SDKs fetch from a container's endpoint. `now_ms` is unix time. */
void lg_credentials_write(struct lg_buf *out, const struct lg_credentials *credentials,
                          int64_t now_ms);

#endif
