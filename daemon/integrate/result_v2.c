/* result_v2.c -- what a function returned as an HTTP answer: structured, or inferred. */
#include "integrate/result_v2.h"

#include <string.h>

#include "base/json.h"
#include "integrate/result_fields.h"

/* --- structured ----------------------------------------------------------------------------- */

static enum lg_err read_structured(struct lg_result_reader *reader, const struct lg_json *object,
                                   const struct lg_json *code, struct lg_result *ret_result)
{
    static const struct lg_result_form form = { .kind = LG_API_HTTP, .cookies = true };
    struct lg_result result = { .status = 0 };
    enum lg_err err = lg_result_read_status(reader, code, &result.status);
    bool base64 = false;

    if (err == LG_OK)
        err = lg_result_read_fields(reader, object, &form);
    if (err == LG_OK)
        err = lg_result_read_body(reader, object, &result.body, &base64);
    if (err == LG_OK && base64)
        err = lg_result_decode_body(reader, &result.body);
    if (err != LG_OK)
        return err;
    lg_result_default_type(reader, LG_STR("text/plain; charset=utf-8"));
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
