/*
 * sigv4.c -- the published cases of Signature Version 4: one folder a case, with the request, what
 * signs it, and the three texts that come of it.
 */
#include "vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "base/mem.h"
#include "cloud/sigv4.h"

#define HEADERS_MAX 32

struct request {
    struct lg_signing signing;
    struct lg_header headers[HEADERS_MAX];
};

struct context {
    struct lg_credentials credentials;
    struct lg_str region, service;
    int64_t wall_ms;
    bool normalize, sign_body;
};

/* --- reading ---------------------------------------------------------------------------------- */

static struct lg_str take_line(struct lg_str *rest)
{
    size_t end = lg_str_find(*rest, '\n', 0);
    struct lg_str line = lg_str_part(*rest, 0, end);

    *rest = lg_str_part(*rest, end + 1, rest->size);
    if (lg_str_ends(line, LG_STR("\r")))
        line.size--;
    return line;
}

/* A path may hold blanks: it ends at the last one of its line. */
static void read_request_line(struct lg_str line, struct lg_signing *signing)
{
    size_t method = lg_str_find(line, ' ', 0), end = line.size, query;

    while (end > method && line.data[end - 1] != ' ')
        end--;
    signing->method = lg_str_part(line, 0, method);
    line = lg_str_part(line, method + 1, end - 1);
    query = lg_str_find(line, '?', 0);
    signing->path = lg_str_part(line, 0, query);
    signing->query = lg_str_part(line, query + 1, line.size);
}

static bool read_request(struct lg_str text, struct request *ret_request)
{
    struct request *request = ret_request;
    struct lg_str rest = text, line;
    size_t count = 0;

    *request = (struct request){ 0 };
    read_request_line(take_line(&rest), &request->signing);
    for (line = take_line(&rest); line.size > 0; line = take_line(&rest)) {
        size_t colon = lg_str_find(line, ':', 0);

        if (line.data[0] == ' ' && count > 0) { /* folded: the value goes on */
            struct lg_str *value = &request->headers[count - 1].value;

            value->size = (size_t)(line.data + line.size - value->data);
            continue;
        }
        if (count == HEADERS_MAX)
            return false;
        request->headers[count++] = (struct lg_header){ lg_str_part(line, 0, colon),
                                                        lg_str_part(line, colon + 1, line.size) };
    }
    request->signing.headers = request->headers;
    request->signing.header_count = count;
    request->signing.body = rest;
    return true;
}

static char *text_of(struct lg_arena *arena, const struct lg_json *object, const char *name)
{
    const struct lg_json *member = lg_json_get(object, name);

    return member == NULL ? NULL : lg_arena_cstr(arena, member->text);
}

static bool read_context(struct lg_arena *arena, struct lg_str text, struct context *ret_context)
{
    struct tm time = { 0 };
    struct lg_json *json;

    if (lg_json_read(arena, text, &lg_json_default_limits, &json, NULL) != LG_OK)
        return false;

    const struct lg_json *keys = lg_json_get(json, "credentials");
    const char *stamp = text_of(arena, json, "timestamp");

    if (keys == NULL || stamp == NULL || strptime(stamp, "%Y-%m-%dT%H:%M:%SZ", &time) == NULL)
        return false;
    *ret_context = (struct context){
        .credentials = { text_of(arena, keys, "access_key_id"),
                         text_of(arena, keys, "secret_access_key"), text_of(arena, keys, "token"),
                         0 },
        .region = lg_str_of(text_of(arena, json, "region")),
        .service = lg_str_of(text_of(arena, json, "service")),
        .wall_ms = (int64_t)timegm(&time) * 1000,
        .normalize = lg_json_is(lg_json_get(json, "normalize"), LG_JSON_TRUE),
        .sign_body = lg_json_is(lg_json_get(json, "sign_body"), LG_JSON_TRUE),
    };
    return true;
}

/* --- one case --------------------------------------------------------------------------------- */

struct suite {
    const char *folder;
    struct vector_result *result;
};

static void compare(const struct suite *suite, struct lg_str name, const char *file,
                    struct lg_str ours)
{
    char *path = lg_sprintf("%s/%.*s/%s", suite->folder, LG_STR_ARG(name), file);
    char *shown = lg_sprintf("%.*s/%s", LG_STR_ARG(name), file);
    char *why = lg_sprintf("ours:\n%.*s", LG_STR_ARG(ours));
    struct lg_buf theirs;

    vectors_read(path, &theirs);
    vectors_count(suite->result, lg_str_eq(lg_buf_str(&theirs), ours), shown, why);
    lg_buf_done(&theirs);
    free(why);
    free(shown);
    free(path);
}

static void sign(const struct suite *suite, struct lg_str name, const struct context *context,
                 struct request *request)
{
    struct lg_signer *signer =
        lg_signer_new(context->region, context->service,
                      context->normalize ? LG_SIGV4_PATH_NORMALIZED : LG_SIGV4_PATH_ENCODED);
    struct lg_header headers[LG_SIGNATURE_HEADERS];

    request->signing.content_sha256 = context->sign_body;
    size_t count =
        lg_signer_sign(signer, &context->credentials, &request->signing, context->wall_ms, headers);
    struct lg_str signature = headers[count - 1].value;

    compare(suite, name, "header-canonical-request.txt", lg_signer_canonical(signer));
    compare(suite, name, "header-string-to-sign.txt", lg_signer_string_to_sign(signer));
    compare(suite, name, "header-signature.txt",
            lg_str_part(signature, signature.size - 64, signature.size));
    lg_signer_free(signer);
}

static void run_case(const char *path, struct lg_str content, void *object)
{
    const struct suite *suite = object;
    struct lg_str name = lg_str_part(lg_str_of(path), 0, lg_str_find(lg_str_of(path), '/', 0));
    char *context_path = lg_sprintf("%s/%.*s/context.json", suite->folder, LG_STR_ARG(name));
    struct context context;
    struct request request;
    struct lg_arena arena;
    struct lg_buf text;

    lg_arena_init(&arena);
    vectors_read(context_path, &text);
    if (read_context(&arena, lg_buf_str(&text), &context) && read_request(content, &request))
        sign(suite, name, &context, &request);
    else
        vectors_count(suite->result, false, path, "cannot be read");
    lg_buf_done(&text);
    lg_arena_done(&arena);
    free(context_path);
}

static void run(const char *folder, struct vector_result *result)
{
    struct suite suite = { folder, result };

    vectors_each_file_below(folder, "/request.txt", run_case, &suite);
}

const struct vector_suite vectors_sigv4 = { .name = "sigv4", .run = run };
