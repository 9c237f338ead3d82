/*
 * chain_sso_token.c -- a token of an SSO session is renewed with what `aws sso login` left beside
 * it, and kept where it was, for us and for everybody else who uses the session.
 *
 * Contract: IAM Identity Center OIDC, CreateToken with grant type refresh_token, and the cache file
 * as the AWS SDKs have it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "cloud/chain_private.h"
#include "cloud/credential_text.h"
#include "cloud/endpoint.h"

#define CALL_MS 5000
#define LIFE_MAX_S (90 * 86400) /* of a token: no session lives longer */

/* Empty: it is not there. */
static struct lg_str text_of(const struct lg_json *object, const char *name)
{
    const struct lg_json *member = lg_json_get(object, name);

    return lg_json_is(member, LG_JSON_STRING) ? member->text : LG_STR_NONE;
}

static void wipe(struct lg_buf *buf)
{
    if (buf->data != NULL)
        explicit_bzero(buf->data, buf->size);
    lg_buf_done(buf);
}

static void add_member(struct lg_buf *out, bool *first, const char *name, struct lg_str text)
{
    lg_json_add_name(out, first, name);
    lg_json_add_string(out, text);
}

/* --- the cache file --------------------------------------------------------------------------- */

static void write_document(struct lg_buf *out, const struct lg_json *cached,
                           const struct lg_json *answer, int64_t expires_ms)
{
    struct lg_str refresh = text_of(answer, "refreshToken");
    time_t seconds = (time_t)(expires_ms / 1000);
    char stamp[32];
    struct tm time;
    bool first = true;

    (void)strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &time));
    lg_buf_add_char(out, '{');
    for (const struct lg_json *at = cached->first; at != NULL; at = at->next) {
        bool renewed = lg_str_is(at->name, "accessToken") || lg_str_is(at->name, "expiresAt") ||
                       (lg_str_is(at->name, "refreshToken") && refresh.size > 0);

        if (renewed)
            continue;
        lg_json_add_name_str(out, &first, at->name);
        if (at->type == LG_JSON_STRING)
            lg_json_add_string(out, at->text);
        else
            lg_buf_add_str(out, at->text);
    }
    add_member(out, &first, "accessToken", text_of(answer, "accessToken"));
    add_member(out, &first, "expiresAt", lg_str_of(stamp));
    if (refresh.size > 0)
        add_member(out, &first, "refreshToken", refresh);
    lg_buf_add_char(out, '}');
}

/* Whole or not at all, and nobody else's to read. A folder that is not ours to write: so be it. */
static void keep(const char *path, struct lg_str text)
{
    char *beside = lg_sprintf("%s.XXXXXX", path);
    int fd = mkostemp(beside, O_CLOEXEC);

    if (fd >= 0) {
        bool whole = write(fd, text.data, text.size) == (ssize_t)text.size && fsync(fd) == 0;

        if (close(fd) != 0 || !whole || rename(beside, path) != 0)
            (void)unlink(beside);
    }
    free(beside);
}

/* --- the call --------------------------------------------------------------------------------- */

static bool is_renewable(const struct lg_json *cached)
{
    return text_of(cached, "refreshToken").size > 0 && text_of(cached, "clientId").size > 0 &&
           text_of(cached, "clientSecret").size > 0 &&
           lg_credentials_time(text_of(cached, "registrationExpiresAt")) > lg_clock_wall_ms();
}

static void write_request(struct lg_buf *out, const struct lg_json *cached)
{
    bool first = true;

    lg_buf_add_char(out, '{');
    add_member(out, &first, "clientId", text_of(cached, "clientId"));
    add_member(out, &first, "clientSecret", text_of(cached, "clientSecret"));
    add_member(out, &first, "grantType", LG_STR("refresh_token"));
    add_member(out, &first, "refreshToken", text_of(cached, "refreshToken"));
    lg_buf_add_char(out, '}');
}

static bool call(struct lg_chain *chain, struct lg_str region, const struct lg_json *cached,
                 struct lg_web_answer *ret_answer)
{
    static const struct lg_header headers[] = { { { "Content-Type", 12 },
                                                  { "application/json", 16 } } };
    char *base = lg_endpoint_url(NULL, "oidc", region), *url = lg_sprintf("%s/token", base);
    struct lg_buf body;

    lg_buf_init(&body, SIZE_MAX);
    (void)lg_buf_reserve(&body, 65536); /* seldom moved: no copy stays behind */
    write_request(&body, cached);
    const struct lg_web_request request = { .method = "POST",
                                            .url = url,
                                            .headers = headers,
                                            .header_count = LG_COUNT(headers),
                                            .body = lg_buf_str(&body),
                                            .ca_file = chain->settings->ca_file,
                                            .timeout_ms = CALL_MS,
                                            .ended = chain->ended };
    (void)lg_web_call(&request, ret_answer);
    wipe(&body);
    free(url);
    free(base);
    return ret_answer->status == 200;
}

static bool take(struct lg_arena *arena, const char *path, const struct lg_json *cached,
                 struct lg_str text, struct lg_str *ret_token)
{
    struct lg_json *answer;
    struct lg_buf document;
    struct lg_str token;
    int64_t life_s;

    if (lg_json_read(arena, text, &lg_json_default_limits, &answer, NULL) != LG_OK)
        return false;
    token = text_of(answer, "accessToken");
    if (token.size == 0 || lg_json_get(answer, "expiresIn") == NULL ||
        lg_json_to_i64(lg_json_get(answer, "expiresIn"), &life_s) != LG_OK || life_s <= 0 ||
        life_s > LIFE_MAX_S)
        return false;
    lg_buf_init(&document, SIZE_MAX);
    (void)lg_buf_reserve(&document, 65536);
    write_document(&document, cached, answer, lg_clock_wall_ms() + life_s * 1000);
    keep(path, lg_buf_str(&document));
    wipe(&document);
    *ret_token = lg_arena_str(arena, token);
    return true;
}

bool lg_chain_sso_renew(struct lg_chain *chain, struct lg_str region, const char *path,
                        struct lg_arena *arena, const struct lg_json *cached,
                        struct lg_str *ret_token)
{
    struct lg_web_answer answer;
    bool good;

    if (!is_renewable(cached))
        return false;
    good = call(chain, region, cached, &answer) &&
           take(arena, path, cached, lg_buf_str(&answer.body), ret_token);
    lg_web_answer_done(&answer);
    return good;
}
