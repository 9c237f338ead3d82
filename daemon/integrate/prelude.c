/* prelude.c -- eight zero bytes are looked for, and the JSON before them becomes a head. */
#include "integrate/prelude.h"

#include <string.h>

#include "base/json.h"
#include "integrate/hop_by_hop.h"

#define ZEROS 8

static const char type_wanted[] = "application/vnd.awslambda.http-integration-response";

bool lg_prelude_expected(struct lg_str content_type)
{
    size_t end = lg_str_find(content_type, ';', 0);

    return lg_str_iis(lg_str_trim(lg_str_part(content_type, 0, end)), type_wanted);
}

void lg_prelude_init(struct lg_prelude *prelude)
{
    *prelude = (struct lg_prelude){ .zeros = 0 };
    lg_buf_init(&prelude->text, LG_PRELUDE_MAX);
}

void lg_prelude_done(struct lg_prelude *prelude)
{
    lg_buf_done(&prelude->text);
}

/* --- finding its end -------------------------------------------------------------------------- */

/* JSON holds no zero byte, so that the first eight in a row are the end. */
static size_t count_until_end(struct lg_prelude *prelude, struct lg_str bytes)
{
    size_t used = 0;

    while (used < bytes.size && prelude->zeros < ZEROS) {
        prelude->zeros = bytes.data[used] == '\0' ? prelude->zeros + 1 : 0;
        used++;
    }
    return used;
}

enum lg_prelude_state lg_prelude_feed(struct lg_prelude *prelude, struct lg_str bytes,
                                      size_t *ret_used)
{
    size_t room = LG_PRELUDE_MAX - prelude->text.size;

    *ret_used =
        count_until_end(prelude, lg_str_part(bytes, 0, bytes.size < room ? bytes.size : room));
    (void)lg_buf_add(&prelude->text, bytes.data, *ret_used);
    if (prelude->zeros == ZEROS) {
        prelude->text.size -= ZEROS;
        return LG_PRELUDE_WHOLE;
    }
    return prelude->text.size == LG_PRELUDE_MAX ? LG_PRELUDE_TOO_LONG : LG_PRELUDE_MORE;
}

/* --- reading it ------------------------------------------------------------------------------- */

static size_t count_of(const struct lg_json *list)
{
    return list == NULL ? 0 : list->count;
}

/* The last of several counts. */
static enum lg_err set(struct lg_result_reader *reader, struct lg_str name, struct lg_str value)
{
    struct lg_header *old = lg_result_find(reader, name);
    enum lg_err err = lg_result_add(reader, name, value);

    if (old != NULL && err == LG_OK)
        *old = reader->headers[--reader->header_count];
    return err;
}

static enum lg_err add_value(struct lg_result_reader *reader, struct lg_str name,
                             const struct lg_json *value, bool once)
{
    struct lg_str text;

    if (!lg_result_scalar(value, &text))
        return lg_result_refuse(reader,
                                "found a header of type %s, expected a string, number or boolean",
                                lg_result_type_name(value));
    if (lg_hop_by_hop(name))
        return LG_OK;
    return once ? set(reader, name, text) : lg_result_add(reader, name, text);
}

static enum lg_err add_values(struct lg_result_reader *reader, const struct lg_json *member)
{
    enum lg_err err = LG_OK;

    if (member->type != LG_JSON_ARRAY)
        return lg_result_refuse(reader,
                                "found multiValueHeaders of type %s in an object, "
                                "expected arrays",
                                lg_result_type_name(member));
    for (const struct lg_json *at = member->first; at != NULL && err == LG_OK; at = at->next)
        err = add_value(reader, member->name, at, lg_str_iis(member->name, "content-type"));
    return err;
}

static enum lg_err add_multi(struct lg_result_reader *reader, const struct lg_json *headers)
{
    enum lg_err err = LG_OK;

    if (!lg_result_is_given(headers))
        return LG_OK;
    if (headers->type != LG_JSON_OBJECT)
        return lg_result_refuse(reader, "found multiValueHeaders of type %s, expected an object",
                                lg_result_type_name(headers));
    for (const struct lg_json *at = headers->first; at != NULL && err == LG_OK; at = at->next)
        err = add_values(reader, at);
    return err;
}

static bool is_multi(const struct lg_json *headers, struct lg_str name)
{
    if (!lg_json_is(headers, LG_JSON_OBJECT))
        return false;
    for (const struct lg_json *at = headers->first; at != NULL; at = at->next) {
        if (lg_str_ieq(at->name, name))
            return true;
    }
    return false;
}

/* A name that multiValueHeaders has as well stands there, as in answers that are not streamed. */
static enum lg_err add_single(struct lg_result_reader *reader, const struct lg_json *headers,
                              const struct lg_json *multi)
{
    enum lg_err err = LG_OK;

    if (!lg_result_is_given(headers))
        return LG_OK;
    if (headers->type != LG_JSON_OBJECT)
        return lg_result_refuse(reader, "found headers of type %s, expected an object",
                                lg_result_type_name(headers));
    for (const struct lg_json *at = headers->first; at != NULL && err == LG_OK; at = at->next) {
        if (!is_multi(multi, at->name))
            err = add_value(reader, at->name, at, true);
    }
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
        err = lg_result_add(reader, LG_STR("set-cookie"), at->text);
    }
    return err;
}

/* Values in all members of `multi`. */
static size_t count_multi(const struct lg_json *multi)
{
    size_t count = 0;

    if (!lg_json_is(multi, LG_JSON_OBJECT))
        return 0;
    for (const struct lg_json *at = multi->first; at != NULL; at = at->next)
        count += at->count;
    return count;
}

static enum lg_err add_fields(struct lg_result_reader *reader, const struct lg_json *object)
{
    const struct lg_json *headers = lg_json_get(object, "headers");
    const struct lg_json *multi = lg_json_get(object, "multiValueHeaders");
    const struct lg_json *cookies = lg_json_get(object, "cookies");
    size_t fields = count_of(headers) + count_multi(multi) + count_of(cookies);
    enum lg_err err;

    if (fields > LG_RESULT_FIELDS_MAX)
        return lg_result_refuse(reader, "found %zu headers and cookies, expected at most %zu",
                                fields, LG_RESULT_FIELDS_MAX);
    reader->headers = lg_arena_alloc(reader->arena, (fields + 1) * sizeof(*reader->headers));
    err = add_single(reader, headers, multi);
    if (err == LG_OK)
        err = add_multi(reader, multi);
    if (err == LG_OK)
        err = add_cookies(reader, cookies);
    if (err == LG_OK)
        err = lg_result_check_bytes(reader);
    if (err == LG_OK && lg_result_find(reader, LG_STR("content-type")) == NULL)
        err = lg_result_add(reader, LG_STR("content-type"), LG_STR("application/octet-stream"));
    return err;
}

enum lg_err lg_prelude_read(struct lg_arena *arena, struct lg_str json,
                            struct lg_result *ret_result, const char **reterr_message)
{
    struct lg_result_reader reader = { .arena = arena, .reterr_message = reterr_message };
    struct lg_json_limits limits = lg_json_default_limits;
    struct lg_result result = { .status = 200, .body = LG_STR("") };
    const struct lg_json *code;
    struct lg_json *object;
    enum lg_err err = LG_OK;

    limits.allow_duplicates = true;
    if (lg_json_read(arena, json, &limits, &object, NULL) != LG_OK ||
        object->type != LG_JSON_OBJECT)
        return lg_result_refuse(&reader, "found a prelude that is no JSON object");
    code = lg_json_get(object, "statusCode");
    if (lg_result_is_given(code))
        err = lg_result_read_status(&reader, code, &result.status);
    if (err == LG_OK)
        err = add_fields(&reader, object);
    if (err != LG_OK)
        return err;
    result.headers = reader.headers;
    result.header_count = reader.header_count;
    *ret_result = result;
    return LG_OK;
}

enum lg_err lg_prelude_split(struct lg_arena *arena, struct lg_str bytes,
                             struct lg_result *ret_result, const char **reterr_message)
{
    struct lg_result_reader reader = { .arena = arena, .reterr_message = reterr_message };
    struct lg_prelude prelude = { .zeros = 0 };
    size_t end = count_until_end(&prelude, lg_str_part(bytes, 0, LG_PRELUDE_MAX));
    enum lg_err err;

    if (prelude.zeros < ZEROS)
        return lg_result_refuse(&reader, "found no end of the prelude within %zu bytes",
                                LG_PRELUDE_MAX);
    err = lg_prelude_read(arena, lg_str_part(bytes, 0, end - ZEROS), ret_result, reterr_message);
    if (err == LG_OK)
        ret_result->body = lg_str_part(bytes, end, bytes.size);
    return err;
}
