/* credentials.c -- the end of secrets, and the document that SDKs read. */
#include "cloud/credentials.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"

/* SDKs want a time at which they ask again; long-lived keys may be changed under them. */
#define ASK_AGAIN_MS (60 * 60 * 1000)

static void wipe(char **text)
{
    if (*text == NULL)
        return;
    explicit_bzero(*text, strlen(*text));
    free(*text);
    *text = NULL;
}

void lg_credentials_done(struct lg_credentials *credentials)
{
    wipe(&credentials->access_key_id);
    wipe(&credentials->secret_access_key);
    wipe(&credentials->session_token);
    credentials->expires_ms = 0;
}

static void add_text(struct lg_buf *out, bool *first, const char *name, const char *value)
{
    lg_json_add_name(out, first, name);
    lg_json_add_string(out, lg_str_of(value != NULL ? value : ""));
}

/* Every SDK demands all four members, those for long-lived keys too. */
void lg_credentials_write(struct lg_buf *out, const struct lg_credentials *credentials,
                          int64_t now_ms)
{
    int64_t until_ms =
        credentials->expires_ms > 0 ? credentials->expires_ms : now_ms + ASK_AGAIN_MS;
    char stamp[LG_CLOCK_ISO_SIZE];
    bool first = true;

    lg_clock_iso(until_ms, stamp);
    stamp[strlen("2026-01-31T10:00:00")] = 'Z';
    stamp[strlen("2026-01-31T10:00:00Z")] = '\0';
    lg_buf_add_char(out, '{');
    add_text(out, &first, "AccessKeyId", credentials->access_key_id);
    add_text(out, &first, "SecretAccessKey", credentials->secret_access_key);
    add_text(out, &first, "Token", credentials->session_token);
    add_text(out, &first, "Expiration", stamp);
    lg_buf_add_char(out, '}');
}
