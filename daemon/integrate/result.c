/* result.c -- members of a structured answer, and what may be sent of them. */
#include "integrate/result.h"

#include <assert.h>
#include <stdarg.h>

#include "base/text.h"

enum lg_err lg_result_refuse(struct lg_result_reader *reader, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    *reader->reterr_message = lg_arena_vprintf(reader->arena, format, args);
    va_end(args);
    return LG_ERR_SYNTAX;
}

const char *lg_result_type_name(const struct lg_json *value)
{
    static const char *const names[] = {
        [LG_JSON_NULL] = "null",     [LG_JSON_FALSE] = "false",   [LG_JSON_TRUE] = "true",
        [LG_JSON_NUMBER] = "number", [LG_JSON_STRING] = "string", [LG_JSON_ARRAY] = "array",
        [LG_JSON_OBJECT] = "object"
    };

    return names[value->type];
}

bool lg_result_is_given(const struct lg_json *value)
{
    return value != NULL && value->type != LG_JSON_NULL;
}

bool lg_result_scalar(const struct lg_json *value, struct lg_str *ret_text)
{
    switch (value->type) {
    case LG_JSON_STRING:
    case LG_JSON_NUMBER:
        *ret_text = value->text;
        return true;
    case LG_JSON_TRUE:
    case LG_JSON_FALSE:
        *ret_text = lg_str_of(lg_result_type_name(value));
        return true;
    case LG_JSON_NULL:
    case LG_JSON_ARRAY:
    case LG_JSON_OBJECT:
        break;
    }
    return false;
}

/* --- fields ----------------------------------------------------------------------------------- */

struct lg_header *lg_result_find(struct lg_result_reader *reader, struct lg_str name)
{
    for (size_t i = 0; i < reader->header_count; i++) {
        if (lg_str_ieq(reader->headers[i].name, name))
            return &reader->headers[i];
    }
    return NULL;
}

enum lg_err lg_result_add(struct lg_result_reader *reader, struct lg_str name, struct lg_str value)
{
    if (!lg_http_token_valid(name))
        return lg_result_refuse(reader, "found a header whose name is no HTTP token");
    if (!lg_http_field_value_valid(value))
        return lg_result_refuse(reader, "found a control character in the value of the header %.*s",
                                LG_STR_ARG(name));
    reader->headers[reader->header_count++] = (struct lg_header){ name, lg_str_trim(value) };
    return LG_OK;
}

enum lg_err lg_result_check_bytes(struct lg_result_reader *reader)
{
    size_t bytes = 0;

    for (size_t i = 0; i < reader->header_count; i++)
        bytes +=
            reader->headers[i].name.size + reader->headers[i].value.size + sizeof(": \r\n") - 1;
    if (bytes <= LG_RESULT_FIELD_BYTES_MAX)
        return LG_OK;
    return lg_result_refuse(reader, "found %zu bytes of headers and cookies, expected at most %zu",
                            bytes, LG_RESULT_FIELD_BYTES_MAX);
}

/* --- status and body -------------------------------------------------------------------------- */

enum lg_err lg_result_read_status(struct lg_result_reader *reader, const struct lg_json *code,
                                  int *ret_status)
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
        return lg_result_refuse(reader, "found a statusCode that is no integer");
    if (number < 200 || number > 599)
        return lg_result_refuse(reader, "found a statusCode outside 200 to 599");
    *ret_status = (int)number;
    return LG_OK;
}

enum lg_err lg_result_read_body(struct lg_result_reader *reader, const struct lg_json *object,
                                struct lg_str *ret_body, bool *ret_base64)
{
    const struct lg_json *body = lg_json_get(object, "body");
    const struct lg_json *base64 = lg_json_get(object, "isBase64Encoded");

    if (lg_result_is_given(base64) && base64->type != LG_JSON_TRUE && base64->type != LG_JSON_FALSE)
        return lg_result_refuse(reader, "found isBase64Encoded of type %s, expected a boolean",
                                lg_result_type_name(base64));
    if (lg_result_is_given(body) && body->type != LG_JSON_STRING)
        return lg_result_refuse(reader, "found a body of type %s, expected a string",
                                lg_result_type_name(body));
    *ret_body = lg_result_is_given(body) ? body->text : LG_STR("");
    *ret_base64 = lg_json_is(base64, LG_JSON_TRUE);
    return LG_OK;
}

enum lg_err lg_result_decode_body(struct lg_result_reader *reader, struct lg_str *body)
{
    if (lg_base64_decode(reader->arena, *body, body) == LG_OK)
        return LG_OK;
    return lg_result_refuse(reader,
                            "found a body that is not base64, although isBase64Encoded is true");
}
