/*
 * sign_requests.c -- the signer for a test that compares it with somebody else's: a line of JSON in
 * for a request, a line out with what became of it.
 *
 *     {"id", "secret", "token", "region", "service", "wall_ms", "method", "path", "query",
 *      "headers": [[name, value], ...], "body"}  ->  {"canonical", "authorization"}
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "cloud/sigv4.h"

#define HEADERS_MAX 64

static struct lg_str text_of(const struct lg_json *object, const char *name)
{
    const struct lg_json *member = lg_json_get(object, name);

    return lg_json_is(member, LG_JSON_STRING) ? member->text : LG_STR("");
}

static size_t read_headers(const struct lg_json *list, struct lg_header ret_headers[HEADERS_MAX])
{
    size_t count = 0;

    for (const struct lg_json *pair = list == NULL ? NULL : list->first;
         pair != NULL && count < HEADERS_MAX; pair = pair->next)
        ret_headers[count++] = (struct lg_header){ pair->first->text, pair->first->next->text };
    return count;
}

static void print(const struct lg_signer *signer, struct lg_str authorization)
{
    struct lg_buf out;
    bool first = true;

    lg_buf_init(&out, SIZE_MAX);
    lg_buf_add_char(&out, '{');
    lg_json_add_name(&out, &first, "canonical");
    lg_json_add_string(&out, lg_signer_canonical(signer));
    lg_json_add_name(&out, &first, "authorization");
    lg_json_add_string(&out, authorization);
    lg_buf_add_cstr(&out, "}\n");
    (void)fwrite(out.data, 1, out.size, stdout);
    lg_buf_done(&out);
}

static void sign(struct lg_arena *arena, const struct lg_json *json)
{
    struct lg_header sent[HEADERS_MAX], ours[LG_SIGNATURE_HEADERS];
    bool is_s3 = lg_str_is(text_of(json, "service"), "s3");
    struct lg_signer *signer =
        lg_signer_new(text_of(json, "region"), text_of(json, "service"),
                      is_s3 ? LG_SIGV4_PATH_AS_IT_IS : LG_SIGV4_PATH_NORMALIZED);
    const struct lg_signing signing = {
        .method = text_of(json, "method"),
        .path = text_of(json, "path"),
        .query = text_of(json, "query"),
        .headers = sent,
        .header_count = read_headers(lg_json_get(json, "headers"), sent),
        .body = text_of(json, "body"),
        .content_sha256 = is_s3,
    };
    struct lg_credentials keys = {
        .access_key_id = lg_arena_cstr(arena, text_of(json, "id")),
        .secret_access_key = lg_arena_cstr(arena, text_of(json, "secret")),
    };
    int64_t wall_ms = 0;

    if (text_of(json, "token").size > 0)
        keys.session_token = lg_arena_cstr(arena, text_of(json, "token"));
    (void)!lg_json_to_i64(lg_json_get(json, "wall_ms"), &wall_ms);

    size_t count = lg_signer_sign(signer, &keys, &signing, wall_ms, ours);

    print(signer, ours[count - 1].value);
    lg_signer_free(signer);
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t size;

    while ((size = getline(&line, &room, stdin)) > 0) {
        struct lg_arena arena;
        struct lg_json *json;

        lg_arena_init(&arena);
        if (lg_json_read(&arena, lg_str_make(line, (size_t)size), &lg_json_default_limits, &json,
                         NULL) != LG_OK) {
            fputs("sign-requests: a line is not JSON\n", stderr);
            return 1;
        }
        sign(&arena, json);
        lg_arena_done(&arena);
    }
    free(line);
    return 0;
}
