/* prelude.c -- eight zero bytes are looked for, and the JSON before them becomes a head. */
#include "integrate/prelude.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "integrate/result_fields.h"

#define ZEROS 8

static const char type_wanted[] = "application/vnd.awslambda.http-integration-response";

bool lg_prelude_expected(struct lg_str content_type)
{
    size_t end = lg_str_find(content_type, ';', 0);

    return lg_str_iis(lg_str_trim(lg_str_part(content_type, 0, end)), type_wanted);
}

/* --- guessing --------------------------------------------------------------------------------- */

/* What follows the object that `bytes` begin with; NULL: it is not over. */
static const char *behind_object(struct lg_str bytes)
{
    bool quoted = false;
    size_t depth = 0;

    for (size_t i = 0; i < bytes.size; i++) {
        char byte = bytes.data[i];

        if (quoted && byte == '\\')
            i++;
        else if (byte == '"')
            quoted = !quoted;
        else if (!quoted && (byte == '{' || byte == '['))
            depth++;
        else if (!quoted && (byte == '}' || byte == ']') && --depth == 0)
            return bytes.data + i + 1;
    }
    return NULL;
}

/* Of the first member, as far as it is there. */
static bool is_name_possible(struct lg_str bytes)
{
    static const char *const names[] = { "statusCode", "headers", "multiValueHeaders", "cookies" };
    size_t at = 1;

    while (at < bytes.size && strchr(" \t\r\n", bytes.data[at]) != NULL)
        at++;
    if (at == bytes.size || bytes.data[at] == '}')
        return true;
    if (bytes.data[at] != '"')
        return false;
    struct lg_str name = lg_str_part(bytes, at + 1, lg_str_find(bytes, '"', at + 1));
    bool whole = at + 1 + name.size < bytes.size;
    for (size_t i = 0; i < LG_COUNT(names); i++)
        if (whole ? lg_str_is(name, names[i]) : lg_str_starts(lg_str_of(names[i]), name))
            return true;
    return false;
}

bool lg_prelude_may_come(struct lg_str bytes)
{
    const char *rest = behind_object(bytes);

    if (bytes.size >= LG_PRELUDE_MAX || !is_name_possible(bytes))
        return false;
    while (rest != NULL && rest < bytes.data + bytes.size)
        if (*rest++ != '\0')
            return false;
    return true;
}

/* ---------------------------------------------------------------------------------------------- */

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

enum lg_err lg_prelude_read(struct lg_arena *arena, enum lg_config_api_kind kind,
                            struct lg_str json, struct lg_result *ret_result,
                            const char **reterr_message)
{
    const struct lg_result_form form = {
        .kind = kind, .cookies = true, .lists = true, .lists_first = kind == LG_API_REST
    };
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
        err = lg_result_read_fields(&reader, object, &form);
    if (err != LG_OK)
        return err;
    lg_result_default_type(&reader, LG_STR("application/octet-stream"));
    result.headers = reader.headers;
    result.header_count = reader.header_count;
    *ret_result = result;
    return LG_OK;
}

enum lg_err lg_prelude_split(struct lg_arena *arena, enum lg_config_api_kind kind,
                             struct lg_str bytes, struct lg_result *ret_result,
                             const char **reterr_message)
{
    struct lg_result_reader reader = { .arena = arena, .reterr_message = reterr_message };
    struct lg_prelude prelude = { .zeros = 0 };
    size_t end = count_until_end(&prelude, lg_str_part(bytes, 0, LG_PRELUDE_MAX));
    enum lg_err err;

    if (prelude.zeros < ZEROS)
        return lg_result_refuse(&reader, "found no end of the prelude within %zu bytes",
                                LG_PRELUDE_MAX);
    err = lg_prelude_read(arena, kind, lg_str_part(bytes, 0, end - ZEROS), ret_result,
                          reterr_message);
    if (err == LG_OK)
        ret_result->body = lg_str_part(bytes, end, bytes.size);
    return err;
}
