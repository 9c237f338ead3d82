/* result_v2.c -- what a function returned as an HTTP answer: structured, or inferred. */
#include "integrate/result_v2.h"

#include <stdarg.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "integrate/hop_by_hop.h"

/* Fields of one answer, cookies included. Far above what clients take. */
#define FIELDS_MAX ((size_t)256)
/* Of all of them together, counted as the listener counts those of a request. */
#define FIELD_BYTES_MAX ((size_t)10240)

struct reader {
    struct lg_arena *arena;
    const char **reterr_message;
    struct lg_header *headers;
    size_t header_count;
};

LG_PRINTF(2, 3)
static enum lg_err refuse(struct reader *reader, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    *reader->reterr_message = lg_arena_vprintf(reader->arena, format, args);
    va_end(args);
    return LG_ERR_SYNTAX;
}

static const char *type_name(const struct lg_json *value)
{
    static const char *const names[] = {
        [LG_JSON_NULL] = "null",     [LG_JSON_FALSE] = "false",   [LG_JSON_TRUE] = "true",
        [LG_JSON_NUMBER] = "number", [LG_JSON_STRING] = "string", [LG_JSON_ARRAY] = "array",
        [LG_JSON_OBJECT] = "object"
    };

    return names[value->type];
}

/* As JSON parsers do, the last of several members of one name counts. */
static const struct lg_json *member(const struct lg_json *object, const char *name)
{
    const struct lg_json *found = NULL;

    for (const struct lg_json *at = object->first; at != NULL; at = at->next) {
        if (lg_str_is(at->name, name))
            found = at;
    }
    return found;
}

static bool is_given(const struct lg_json *value)
{
    return value != NULL && value->type != LG_JSON_NULL;
}

static size_t count_of(const struct lg_json *list)
{
    return list == NULL ? 0 : list->count;
}

/* --- header fields -------------------------------------------------------------------------- */

static struct lg_header *find_header(struct reader *reader, struct lg_str name)
{
    for (size_t i = 0; i < reader->header_count; i++) {
        if (lg_str_ieq(reader->headers[i].name, name))
            return &reader->headers[i];
    }
    return NULL;
}

/* Names that differ only in case are one, except for set-cookie, which may stand many times. */
static enum lg_err add_header(struct reader *reader, struct lg_str name, struct lg_str value)
{
    struct lg_header *old = lg_str_iis(name, "set-cookie") ? NULL : find_header(reader, name);

    if (!lg_http_token_valid(name))
        return refuse(reader, "found a header whose name is no HTTP token");
    if (!lg_http_field_value_valid(value))
        return refuse(reader, "found a control character in the value of the header %.*s",
                      LG_STR_ARG(name));
    if (old == NULL)
        old = &reader->headers[reader->header_count++];
    *old = (struct lg_header){ name, lg_str_trim(value) };
    return LG_OK;
}

static enum lg_err add_cookies(struct reader *reader, const struct lg_json *cookies)
{
    enum lg_err err = LG_OK;

    if (!is_given(cookies))
        return LG_OK;
    if (cookies->type != LG_JSON_ARRAY)
        return refuse(reader, "found cookies of type %s, expected an array", type_name(cookies));
    for (const struct lg_json *at = cookies->first; at != NULL && err == LG_OK; at = at->next) {
        if (at->type != LG_JSON_STRING)
            return refuse(reader, "found a cookie of type %s, expected a string", type_name(at));
        err = add_header(reader, LG_STR("set-cookie"), at->text);
    }
    return err;
}

/* Numbers and booleans go out as they are written in JSON. */
static bool header_text(const struct lg_json *value, struct lg_str *ret_text)
{
    switch (value->type) {
    case LG_JSON_STRING:
    case LG_JSON_NUMBER:
        *ret_text = value->text;
        return true;
    case LG_JSON_TRUE:
    case LG_JSON_FALSE:
        *ret_text = lg_str_of(type_name(value));
        return true;
    case LG_JSON_NULL:
    case LG_JSON_ARRAY:
    case LG_JSON_OBJECT:
        break;
    }
    return false;
}

/* What concerns a connection is the listener's: a function must not frame the answer. */
static enum lg_err add_headers(struct reader *reader, const struct lg_json *headers)
{
    enum lg_err err = LG_OK;
    struct lg_str text;

    if (!is_given(headers))
        return LG_OK;
    if (headers->type != LG_JSON_OBJECT)
        return refuse(reader, "found headers of type %s, expected an object", type_name(headers));
    for (const struct lg_json *at = headers->first; at != NULL && err == LG_OK; at = at->next) {
        if (!header_text(at, &text))
            return refuse(reader, "found a header of type %s, expected a string, number or boolean",
                          type_name(at));
        if (!lg_hop_by_hop(at->name))
            err = add_header(reader, at->name, text);
    }
    return err;
}

static enum lg_err check_bytes(struct reader *reader)
{
    size_t bytes = 0;

    for (size_t i = 0; i < reader->header_count; i++)
        bytes +=
            reader->headers[i].name.size + reader->headers[i].value.size + sizeof(": \r\n") - 1;
    if (bytes <= FIELD_BYTES_MAX)
        return LG_OK;
    return refuse(reader, "found %zu bytes of headers and cookies, expected at most %zu", bytes,
                  FIELD_BYTES_MAX);
}

/* --- structured ----------------------------------------------------------------------------- */

static enum lg_err read_status(struct reader *reader, const struct lg_json *code, int *ret_status)
{
    int64_t number = 0;
    uint64_t digits;
    enum lg_err err = LG_ERR_SYNTAX;

    if (code->type == LG_JSON_NUMBER) {
        err = lg_json_to_i64(code, &number);
    } else if (code->type == LG_JSON_STRING) {
        err = lg_str_to_u64(code->text, &digits);
        number = err == LG_OK && digits <= 999 ? (int64_t)digits : 0;
    }
    if (err != LG_OK)
        return refuse(reader, "found a statusCode that is no integer");
    if (number < 200 || number > 599)
        return refuse(reader, "found a statusCode outside 200 to 599");
    *ret_status = (int)number;
    return LG_OK;
}

static enum lg_err read_body(struct reader *reader, const struct lg_json *object,
                             struct lg_str *ret_body)
{
    const struct lg_json *body = member(object, "body");
    const struct lg_json *base64 = member(object, "isBase64Encoded");

    if (is_given(base64) && base64->type != LG_JSON_TRUE && base64->type != LG_JSON_FALSE)
        return refuse(reader, "found isBase64Encoded of type %s, expected a boolean",
                      type_name(base64));
    if (!is_given(body)) {
        *ret_body = LG_STR("");
        return LG_OK;
    }
    if (body->type != LG_JSON_STRING)
        return refuse(reader, "found a body of type %s, expected a string", type_name(body));
    *ret_body = body->text;
    if (!lg_json_is(base64, LG_JSON_TRUE))
        return LG_OK;
    if (lg_base64_decode(reader->arena, body->text, ret_body) != LG_OK)
        return refuse(reader, "found a body that is not base64, although isBase64Encoded is true");
    return LG_OK;
}

static enum lg_err read_structured(struct reader *reader, const struct lg_json *object,
                                   const struct lg_json *code, struct lg_result *ret_result)
{
    const struct lg_json *cookies = member(object, "cookies");
    const struct lg_json *headers = member(object, "headers");
    size_t fields = count_of(cookies) + count_of(headers);
    struct lg_result result = { .status = 0 };
    enum lg_err err = read_status(reader, code, &result.status);

    if (err == LG_OK && fields > FIELDS_MAX)
        return refuse(reader, "found %zu headers and cookies, expected at most %zu", fields,
                      FIELDS_MAX);
    if (err == LG_OK) {
        reader->headers = lg_arena_alloc(reader->arena, (fields + 1) * sizeof(*reader->headers));
        err = add_cookies(reader, cookies);
    }
    if (err == LG_OK)
        err = add_headers(reader, headers);
    if (err == LG_OK)
        err = check_bytes(reader);
    if (err == LG_OK)
        err = read_body(reader, object, &result.body);
    if (err != LG_OK)
        return err;
    if (find_header(reader, LG_STR("content-type")) == NULL)
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
    struct reader reader = { .arena = arena, .reterr_message = reterr_message };
    struct lg_json_limits limits = lg_json_default_limits;
    const struct lg_json *code;
    struct lg_json *value;
    enum lg_err err;

    limits.allow_duplicates = true;
    if (!needs_reading(bytes))
        return infer(bytes, ret_result);
    err = lg_json_read(arena, bytes, &limits, &value, NULL);
    if (err == LG_ERR_TOO_BIG)
        return refuse(&reader, "found JSON nested deeper than %zu or with more than %zu values",
                      limits.depth, limits.values);
    if (err != LG_OK)
        return infer(bytes, ret_result);
    if (value->type == LG_JSON_STRING)
        return infer(value->text, ret_result);
    code = member(value, "statusCode");
    return code == NULL ? infer(bytes, ret_result)
                        : read_structured(&reader, value, code, ret_result);
}
