/* result_v1.c -- what a function returned as an HTTP answer of format 1.0: always structured. */
#include "integrate/result_v1.h"

#include "base/mem.h"
#include "integrate/media_type.h"
#include "integrate/result_fields.h"

struct reader {
    struct lg_result_reader base; /* its headers are those that are sent */
    const struct lg_config_api *api;
    struct lg_str accept;
};

static bool is_rest(const struct reader *reader)
{
    return reader->api->kind == LG_API_REST;
}

static enum lg_err check_names(struct reader *reader, const struct lg_json *value)
{
    static const char *const known[] = { "statusCode", "headers",         "multiValueHeaders",
                                         "body",       "isBase64Encoded", "base64Encoded" };

    for (const struct lg_json *at = value->first; at != NULL; at = at->next) {
        size_t i = 0;

        while (i < LG_COUNT(known) && !lg_str_is(at->name, known[i]))
            i++;
        if (i == LG_COUNT(known))
            return lg_result_refuse(&reader->base,
                                    "found a member \"%.*s\", expected only statusCode, headers, "
                                    "multiValueHeaders, body and isBase64Encoded",
                                    LG_STR_ARG(lg_str_part(at->name, 0, 64)));
    }
    return LG_OK;
}

static enum lg_err read_status(struct reader *reader, const struct lg_json *value, int *ret_status)
{
    const struct lg_json *code = lg_json_get(value, "statusCode");

    if (is_rest(reader) && !lg_result_is_given(code)) {
        *ret_status = 200;
        return LG_OK;
    }
    if (code == NULL)
        return lg_result_refuse(&reader->base, "found no statusCode");
    return lg_result_read_status(&reader->base, code, ret_status);
}

/* Whether base64 is decoded for this client; a REST API otherwise sends it as it is. */
static bool wants_bytes(const struct reader *reader)
{
    const struct lg_config_strings *types = &reader->api->binary_media_types;

    return !is_rest(reader) || lg_media_type_is_listed(lg_media_type_accepted(reader->accept),
                                                       types->items, types->count);
}

static enum lg_err read_body(struct reader *reader, const struct lg_json *value,
                             struct lg_str *ret_body)
{
    bool base64;
    enum lg_err err = lg_result_read_body(&reader->base, value, ret_body, &base64);

    if (err != LG_OK)
        return err;
    if (is_rest(reader) && lg_json_is(lg_json_get(value, "base64Encoded"), LG_JSON_TRUE))
        base64 = true;
    if (!base64 || !wants_bytes(reader))
        return LG_OK;
    err = lg_result_decode_body(&reader->base, ret_body);
    return err != LG_OK && is_rest(reader) ? LG_ERR_REFUSED : err;
}

/* REST: several values first, then the single one; HTTP: the other way. */
static enum lg_err read_fields(struct reader *reader, const struct lg_json *value)
{
    const struct lg_result_form form = {
        .kind = reader->api->kind,
        .strict = is_rest(reader),
        .lists = true,
        .lists_first = is_rest(reader),
    };

    return lg_result_read_fields(&reader->base, value, &form);
}

static enum lg_err read_object(struct reader *reader, const struct lg_json *value,
                               struct lg_result *ret_result)
{
    struct lg_result result = { .status = 0 };
    enum lg_err err = is_rest(reader) ? check_names(reader, value) : LG_OK;

    if (err == LG_OK)
        err = read_status(reader, value, &result.status);
    if (err == LG_OK)
        err = read_fields(reader, value);
    if (err == LG_OK)
        err = read_body(reader, value, &result.body);
    if (err != LG_OK)
        return err;
    lg_result_default_type(&reader->base, is_rest(reader) ? LG_STR("application/json")
                                                          : LG_STR("text/plain; charset=utf-8"));
    result.headers = reader->base.headers;
    result.header_count = reader->base.header_count;
    *ret_result = result;
    return LG_OK;
}

enum lg_err lg_result_v1_read(struct lg_arena *arena, struct lg_str bytes,
                              const struct lg_config_api *api, struct lg_str accept,
                              struct lg_result *ret_result, const char **reterr_message)
{
    struct reader reader = { .base = { .arena = arena, .reterr_message = reterr_message },
                             .api = api,
                             .accept = accept };
    struct lg_json_limits limits = lg_json_default_limits;
    struct lg_json *value;
    enum lg_err err;

    limits.allow_duplicates = true;
    err = lg_json_read(arena, bytes, &limits, &value, NULL);
    if (err == LG_ERR_TOO_BIG)
        return lg_result_refuse(&reader.base,
                                "found JSON nested deeper than %zu or with more than %zu values",
                                limits.depth, limits.values);
    if (err != LG_OK)
        return lg_result_refuse(&reader.base, "found no JSON, expected an object");
    if (value->type != LG_JSON_OBJECT)
        return lg_result_refuse(&reader.base, "found JSON of type %s, expected an object",
                                lg_result_type_name(value));
    return read_object(&reader, value, ret_result);
}
