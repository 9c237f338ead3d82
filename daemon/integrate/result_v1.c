/* result_v1.c -- what a function returned as an HTTP answer of format 1.0: always structured. */
#include "integrate/result_v1.h"

#include "base/mem.h"
#include "integrate/answer_fields.h"
#include "integrate/media_type.h"

struct reader {
    struct lg_result_reader base; /* its headers are those that are sent */
    const struct lg_config_api *api;
    struct lg_str accept;
};

static bool is_rest(const struct reader *reader)
{
    return reader->api->kind == LG_API_REST;
}

/* --- fields ----------------------------------------------------------------------------------- */

/* REST APIs take strings and booleans, HTTP APIs numbers, too. */
static bool value_text(const struct reader *reader, const struct lg_json *value,
                       struct lg_str *ret_text)
{
    return lg_result_scalar(value, ret_text) && (!is_rest(reader) || value->type != LG_JSON_NUMBER);
}

static enum lg_err add_field(struct reader *reader, struct lg_str name, const struct lg_json *value)
{
    struct lg_str text;

    if (!value_text(reader, value, &text))
        return lg_result_refuse(&reader->base, "found a header of type %s, expected a string%s",
                                lg_result_type_name(value),
                                is_rest(reader) ? " or boolean" : ", number or boolean");
    switch (lg_answer_field_fate(reader->api->kind, name)) {
    case LG_FIELD_SENT:
        break;
    case LG_FIELD_REMAPPED:
        name = lg_str_of(lg_arena_printf(reader->base.arena, LG_REMAPPED "%.*s", LG_STR_ARG(name)));
        break;
    case LG_FIELD_DROPPED:
        return LG_OK;
    }
    return lg_result_add(&reader->base, name, text);
}

static enum lg_err add_single(struct reader *reader, const struct lg_json *headers)
{
    enum lg_err err = LG_OK;

    if (headers == NULL)
        return LG_OK;
    for (const struct lg_json *at = headers->first; at != NULL && err == LG_OK; at = at->next)
        err = add_field(reader, at->name, at);
    return err;
}

static enum lg_err add_multi(struct reader *reader, const struct lg_json *headers)
{
    enum lg_err err = LG_OK;

    if (headers == NULL)
        return LG_OK;
    for (const struct lg_json *list = headers->first; list != NULL; list = list->next) {
        if (list->type != LG_JSON_ARRAY)
            return lg_result_refuse(&reader->base,
                                    "found a value of type %s in multiValueHeaders, expected an "
                                    "array",
                                    lg_result_type_name(list));
        for (const struct lg_json *at = list->first; at != NULL && err == LG_OK; at = at->next)
            err = add_field(reader, list->name, at);
        if (err != LG_OK)
            return err;
    }
    return LG_OK;
}

static void join(struct reader *reader, struct lg_header *into, struct lg_str value)
{
    if (lg_answer_field_is_single(into->name))
        into->value = value;
    else
        into->value = lg_str_of(lg_arena_printf(reader->base.arena, "%.*s, %.*s",
                                                LG_STR_ARG(into->value), LG_STR_ARG(value)));
}

/* Fields of one name become one, spelt as the first; but every cookie needs its own. */
static void merge(struct reader *reader)
{
    struct lg_result_reader *base = &reader->base;
    size_t count = base->header_count;

    base->header_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct lg_header field = base->headers[i];
        struct lg_header *old =
            lg_answer_field_repeats(field.name) ? NULL : lg_result_find(base, field.name);

        if (old == NULL)
            base->headers[base->header_count++] = field;
        else
            join(reader, old, field.value);
    }
}

/* The object called `name`; *ret_object is NULL when it is not given. */
static enum lg_err find_object(struct reader *reader, const struct lg_json *value, const char *name,
                               const struct lg_json **ret_object)
{
    const struct lg_json *found = lg_json_get(value, name);

    *ret_object = lg_result_is_given(found) ? found : NULL;
    if (*ret_object == NULL || found->type == LG_JSON_OBJECT)
        return LG_OK;
    return lg_result_refuse(&reader->base, "found %s of type %s, expected an object", name,
                            lg_result_type_name(found));
}

static size_t count_fields(const struct lg_json *headers, const struct lg_json *multi)
{
    size_t count = headers == NULL ? 0 : headers->count;

    for (const struct lg_json *at = multi == NULL ? NULL : multi->first; at != NULL; at = at->next)
        count += at->count;
    return count;
}

/* REST: several values first, then the single one; HTTP: the other way. */
static enum lg_err read_fields(struct reader *reader, const struct lg_json *value)
{
    struct lg_result_reader *base = &reader->base;
    const struct lg_json *headers, *multi;
    enum lg_err err = find_object(reader, value, "headers", &headers);
    size_t count;

    if (err == LG_OK)
        err = find_object(reader, value, "multiValueHeaders", &multi);
    if (err != LG_OK)
        return err;
    count = count_fields(headers, multi);
    if (count > LG_RESULT_FIELDS_MAX)
        return lg_result_refuse(base, "found %zu headers, expected at most %zu", count,
                                LG_RESULT_FIELDS_MAX);
    base->headers = lg_arena_alloc(base->arena, (count + 1) * sizeof(*base->headers));
    err = is_rest(reader) ? add_multi(reader, multi) : add_single(reader, headers);
    if (err == LG_OK)
        err = is_rest(reader) ? add_single(reader, headers) : add_multi(reader, multi);
    if (err == LG_OK)
        err = lg_result_check_bytes(base);
    if (err == LG_OK)
        merge(reader);
    return err;
}

/* --- the rest --------------------------------------------------------------------------------- */

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

static void add_content_type(struct reader *reader)
{
    struct lg_result_reader *base = &reader->base;

    if (lg_result_find(base, LG_STR("content-type")) != NULL)
        return;
    base->headers[base->header_count++] = (struct lg_header){
        LG_STR("content-type"),
        is_rest(reader) ? LG_STR("application/json") : LG_STR("text/plain; charset=utf-8"),
    };
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
    add_content_type(reader);
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
