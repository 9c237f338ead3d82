/* credentials_api.c -- a token compared in constant time, and one document. */
#include "target/credentials_api.h"

#include <openssl/crypto.h>
#include <string.h>

#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "cloud/credentials.h"
#include "observe/log.h"

/* So that it never moves while it grows, and leaves no copy behind. */
#define DOCUMENT_ROOM 16384

void lg_credentials_api_token(struct lg_worker *worker)
{
    unsigned char random[LG_CREDENTIALS_TOKEN_BYTES];
    struct lg_buf hex;

    if (worker->pool->credentials == NULL)
        return;
    lg_random(random, sizeof(random));
    lg_buf_init(&hex, SIZE_MAX);
    lg_hex_encode(&hex, lg_str_make((const char *)random, sizeof(random)));
    memcpy(worker->credentials_token, hex.data, hex.size);
    worker->credentials_token[hex.size] = '\0';
    lg_buf_done(&hex);
}

bool lg_credentials_api_is(const struct lg_ask *ask)
{
    const struct lg_head *head = lg_exchange_head(ask->exchange);

    return ask->port->worker->pool->credentials != NULL &&
           lg_str_is(head->path, LG_CREDENTIALS_PATH);
}

static void answer(struct lg_ask *ask, int status)
{
    static const struct lg_header headers[] = {
        { { "Content-Type", 12 }, { "application/json", 16 } },
        { { "Cache-Control", 13 }, { "no-store", 8 } },
    };
    const struct lg_answer head = { .status = status,
                                    .headers = headers,
                                    .header_count = LG_COUNT(headers) };

    lg_exchange_answer(ask->exchange, &head, lg_buf_str(&ask->body));
}

static void refuse(struct lg_ask *ask, int status, const char *code, const char *message)
{
    bool first = true;

    lg_buf_add_char(&ask->body, '{');
    lg_json_add_name(&ask->body, &first, "code");
    lg_json_add_string(&ask->body, lg_str_of(code));
    lg_json_add_name(&ask->body, &first, "message");
    lg_json_add_string(&ask->body, lg_str_of(message));
    lg_buf_add_char(&ask->body, '}');
    answer(ask, status);
}

static void on_credentials(struct lg_credentials_request *request,
                           const struct lg_credentials *credentials, const char *error)
{
    struct lg_ask *ask = LG_CONTAINER(request, struct lg_ask, fetch);
    const struct lg_pool *pool = ask->port->worker->pool;

    ask->fetching = false;
    if (credentials == NULL) {
        lg_log(LG_LOG_WARN, pool->who, "", "no credentials for the function: %s", error);
        refuse(ask, 503, "CredentialsUnavailable", "There are no credentials now");
        return;
    }
    ask->secret = true;
    (void)lg_buf_reserve(&ask->body, DOCUMENT_ROOM);
    lg_credentials_write(&ask->body, credentials, lg_loop_wall_ms(pool->env.loop));
    answer(ask, 200);
}

/* Nothing of the token but its length is told by how long this takes. */
static bool is_token(const struct lg_worker *worker, struct lg_str given)
{
    size_t size = strlen(worker->credentials_token);

    return size > 0 && given.size == size &&
           CRYPTO_memcmp(given.data, worker->credentials_token, size) == 0;
}

void lg_credentials_api_begin(struct lg_ask *ask)
{
    const struct lg_head *head = lg_exchange_head(ask->exchange);
    const struct lg_worker *worker = ask->port->worker;
    struct lg_credentials_provider *provider = worker->pool->credentials;
    struct lg_str token = lg_head_find(head, "Authorization");

    if (!lg_str_is(head->method, "GET")) {
        refuse(ask, 405, "MethodNotAllowed", "Credentials can only be read");
    } else if (token.size == 0) {
        refuse(ask, 401, "MissingAuthorization", "The request has no Authorization header");
    } else if (!is_token(worker, token)) {
        lg_log(LG_LOG_WARN, worker->pool->who, "", "credentials were asked for with a wrong token");
        refuse(ask, 403, "InvalidAuthorization", "The token is not that of this worker");
    } else {
        ask->fetching = true;
        ask->fetch.on_end = on_credentials;
        provider->class->get(provider, &ask->fetch);
    }
}

void lg_credentials_api_cancel(struct lg_ask *ask)
{
    if (!ask->fetching)
        return;
    ask->fetching = false;
    ask->fetch.provider->class->cancel(ask->fetch.provider, &ask->fetch);
}
