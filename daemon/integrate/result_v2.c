/* result_v2.c -- what a function returned as an HTTP answer: structured, or inferred. */
#include "integrate/result_v2.h"

#include <string.h>

#include "base/json.h"
#include "integrate/answer_fields.h"

static size_t count_of(const struct lg_json *list)
{
    return list == NULL ? 0 : list->count;
}

/* --- header fields -------------------------------------------------------------------------- */

/* Names that differ only in case are one, except for set-cookie, which may stand many times. */
static enum lg_err add_header(struct lg_result_reader *reader, struct lg_str name,
                              struct lg_str value)
{
    struct lg_header *old = lg_answer_field_repeats(name) ? NULL : lg_result_find(reader, name);
    enum lg_err err = lg_result_add(reader, name, value);

    if (err == LG_OK && old != NULL)
        *old = reader->headers[--reader->header_count];
    return err;
}

static enum lg_err add_cookies(struct lg_result_reader *reader, const struct lg_json *cookies)
{
    enum lg_err err = LG_OK;

    if (!lg_result_is_given(cookies))
        return LG_OK;
    if (cookies->type != LG_JSON_ARRAY)
        return lg_result_refuse(reader, "found cookies of type %s, expected an array",
                                lg_result_type_name(cookies));
    for (const struct lg_json *at = cookies->first; at != NULL && err == LG_OK; at = at->next) {
        if (at->type != LG_JSON_STRING)
            return lg_result_refuse(reader, "found a cookie of type %s, expected a string",
                                    lg_result_type_name(at));
        err = add_header(reader, LG_STR("set-cookie"), at->text);
    }
    return err;
}

/* What is the gateway's is left out: a function must not frame the answer. */
static enum lg_err add_headers(struct lg_result_reader *reader, const struct lg_json *headers)
{
    enum lg_err err = LG_OK;
    struct lg_str text;

    if (!lg_result_is_given(headers))
        return LG_OK;
    if (headers->type != LG_JSON_OBJECT)
        return lg_result_refuse(reader, "found headers of type %s, expected an object",
                                lg_result_type_name(headers));
    for (const struct lg_json *at = headers->first; at != NULL && err == LG_OK; at = at->next) {
        if (!lg_result_scalar(at, &text))
            return lg_result_refuse(
                reader, "found a header of type %s, expected a string, number or boolean",
                lg_result_type_name(at));
        if (lg_answer_field_fate(LG_API_HTTP, at->name) == LG_FIELD_SENT)
            err = add_header(reader, at->name, text);
    }
    return err;
}

/* --- structured ----------------------------------------------------------------------------- */

static enum lg_err read_fields(struct lg_result_reader *reader, const struct lg_json *object)
{
    const struct lg_json *cookies = lg_json_get(object, "cookies");
    const struct lg_json *headers = lg_json_get(object, "headers");
    size_t fields = count_of(cookies) + count_of(headers);
    enum lg_err err;

    if (fields > LG_RESULT_FIELDS_MAX)
        return lg_result_refuse(reader, "found %zu headers and cookies, expected at most %zu",
                                fields, LG_RESULT_FIELDS_MAX);
    reader->headers = lg_arena_alloc(reader->arena, (fields + 1) * sizeof(*reader->headers));
    err = add_cookies(reader, cookies);
    if (err == LG_OK)
        err = add_headers(reader, headers);
    return err == LG_OK ? lg_result_check_bytes(reader) : err;
}

static enum lg_err read_structured(struct lg_result_reader *reader, const struct lg_json *object,
                                   const struct lg_json *code, struct lg_result *ret_result)
{
    struct lg_result result = { .status = 0 };
    enum lg_err err = lg_result_read_status(reader, code, &result.status);
    bool base64 = false;

    if (err == LG_OK)
        err = read_fields(reader, object);
    if (err == LG_OK)
        err = lg_result_read_body(reader, object, &result.body, &base64);
    if (err == LG_OK && base64)
        err = lg_result_decode_body(reader, &result.body);
    if (err != LG_OK)
        return err;
    if (lg_result_find(reader, LG_STR("content-type")) == NULL)
        reader->headers[reader->header_count++] =
            (struct lg_header){ LG_STR("content-type"), LG_STR("text/plain; charset=utf-8") };
    result.headers = reader->headers;
    result.header_count = reader->header_count;
    *ret_result = result;
    return LG_OK;
}

/* --- inferred ------------------------------------------------------------------------------- */

static enum lg_err infer(struct lg_str body, struct lg_result *ret_result)
{
    static const struct lg_header json[] = {
        { { "content-type", sizeof("content-type") - 1 },
          { "application/json", sizeof("application/json") - 1 } },
    };

    *ret_result =
        (struct lg_result){ .status = 200, .headers = json, .header_count = 1, .body = body };
    return LG_OK;
}

static bool contains(struct lg_str text, const char *part)
{
    return text.size > 0 && memmem(text.data, text.size, part, strlen(part)) != NULL;
}

static char first_byte(struct lg_str text)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];

        if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
            return c;
    }
    return '\0';
}

/*
 * Only a string, whose quotes go, and an object with a statusCode need to be read: everything
 * else leaves as it came, JSON or not.
 */
static bool needs_reading(struct lg_str bytes)
{
    char first = first_byte(bytes);

    return first == '"' ||
           (first == '{' && (contains(bytes, "\"statusCode\"") || contains(bytes, "\\u")));
}

enum lg_err lg_result_v2_read(struct lg_arena *arena, struct lg_str bytes,
                              struct lg_result *ret_result, const char **reterr_message)
{
    struct lg_result_reader reader = { .arena = arena, .reterr_message = reterr_message };
    struct lg_json_limits limits = lg_json_default_limits;
    const struct lg_json *code;
    struct lg_json *value;
    enum lg_err err;

    limits.allow_duplicates = true;
    if (!needs_reading(bytes))
        return infer(bytes, ret_result);
    err = lg_json_read(arena, bytes, &limits, &value, NULL);
    if (err == LG_ERR_TOO_BIG)
        return lg_result_refuse(&reader,
                                "found JSON nested deeper than %zu or with more than %zu values",
                                limits.depth, limits.values);
    if (err != LG_OK)
        return infer(bytes, ret_result);
    if (value->type == LG_JSON_STRING)
        return infer(value->text, ret_result);
    code = lg_json_get(value, "statusCode");
    return code == NULL ? infer(bytes, ret_result)
                        : read_structured(&reader, value, code, ret_result);
}
