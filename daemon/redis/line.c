/* line.c -- request and reply lines, written and read. */
#include "redis/line.h"

#include "base/json.h"
#include "base/mem.h"

#define ERROR_DOCUMENT_MAX ((size_t)256 * 1024) /* larger ones are passed on unread */

static const char *const statuses[LG_REDIS_STATUS_COUNT] = {
    [LG_REDIS_OK] = "ok",
    [LG_REDIS_ERROR] = "error",
    [LG_REDIS_EXPIRED] = "expired",
    [LG_REDIS_START] = "start",
};

const char *lg_redis_status_text(enum lg_redis_status status)
{
    return statuses[status];
}

/* --- writing ---------------------------------------------------------------------------------- */

static void add_text(struct lg_buf *out, bool *first, struct lg_str name, struct lg_str value)
{
    lg_json_add_literal(out, first, name);
    lg_json_add_string(out, value);
}

static void add_text_if(struct lg_buf *out, bool *first, struct lg_str name, struct lg_str value)
{
    if (value.size > 0)
        add_text(out, first, name, value);
}

static void add_number(struct lg_buf *out, bool *first, struct lg_str name, int64_t value)
{
    lg_json_add_literal(out, first, name);
    lg_buf_add_i64(out, value);
}

void lg_redis_request_write(struct lg_buf *out, const struct lg_redis_request *request)
{
    bool first = true;

    lg_buf_add_char(out, '{');
    add_number(out, &first, LG_STR("v"), 1);
    add_text(out, &first, LG_STR("id"), request->id);
    add_text(out, &first, LG_STR("fn"), request->function);
    add_text(out, &first, LG_STR("reply"), request->reply);
    add_number(out, &first, LG_STR("deadline"), request->deadline_ms);
    add_number(out, &first, LG_STR("timeout_ms"), request->timeout_ms);
    add_number(out, &first, LG_STR("attempt"), request->attempt);
    lg_json_add_literal(out, &first, LG_STR("async"));
    lg_buf_add_cstr(out, request->async ? "true" : "false");
    add_text(out, &first, LG_STR("trace"), request->trace);
    if (request->start) {
        lg_json_add_literal(out, &first, LG_STR("start"));
        lg_buf_add_cstr(out, "true");
    }
    add_text_if(out, &first, LG_STR("arn"), request->arn);
    add_text_if(out, &first, LG_STR("client_context"), request->client_context);
    add_text_if(out, &first, LG_STR("identity"), request->identity);
    lg_buf_add_cstr(out, "}\n");
}

void lg_redis_reply_write(struct lg_buf *out, const struct lg_redis_reply *reply)
{
    bool first = true;

    lg_buf_add_char(out, '{');
    add_text(out, &first, LG_STR("id"), reply->id);
    add_text(out, &first, LG_STR("status"), lg_str_of(statuses[reply->status]));
    add_text_if(out, &first, LG_STR("worker"), reply->worker);
    lg_buf_add_cstr(out, "}\n");
    lg_buf_add_str(out, reply->body);
}

/* --- reading ---------------------------------------------------------------------------------- */

/* The object of the first line; what follows it goes to *ret_body. */
static enum lg_err read_line(struct lg_arena *arena, struct lg_str text, struct lg_json **ret_line,
                             struct lg_str *ret_body)
{
    static const struct lg_json_limits limits = { .depth = 8, .values = 256 };
    size_t end = lg_str_find(lg_str_part(text, 0, LG_REDIS_LINE_MAX + 1), '\n', 0);
    enum lg_err err;

    if (end > LG_REDIS_LINE_MAX)
        return LG_ERR_TOO_BIG;
    err = lg_json_read(arena, lg_str_part(text, 0, end), &limits, ret_line, NULL);
    if (err != LG_OK)
        return err;
    *ret_body = lg_str_part(text, end + 1, text.size);
    return lg_json_is(*ret_line, LG_JSON_OBJECT) ? LG_OK : LG_ERR_SYNTAX;
}

/* A member that may be missing, and then is empty. False: it is no text. */
static bool get_text(const struct lg_json *line, const char *name, struct lg_str *ret_text)
{
    const struct lg_json *value = lg_json_get(line, name);

    *ret_text = LG_STR_NONE;
    if (value == NULL || value->type == LG_JSON_NULL)
        return true;
    *ret_text = value->text;
    return value->type == LG_JSON_STRING;
}

static bool get_number(const struct lg_json *line, const char *name, int64_t otherwise,
                       int64_t *ret_number)
{
    const struct lg_json *value = lg_json_get(line, name);

    *ret_number = otherwise;
    return value == NULL ||
           (value->type == LG_JSON_NUMBER && lg_json_to_i64(value, ret_number) == LG_OK);
}

static bool get_id(const struct lg_json *line, struct lg_str *ret_id)
{
    return get_text(line, "id", ret_id) && ret_id->size > 0 && ret_id->size <= LG_REDIS_ID_MAX;
}

static bool read_texts(const struct lg_json *line, struct lg_redis_request *request)
{
    return get_id(line, &request->id) && get_text(line, "fn", &request->function) &&
           get_text(line, "reply", &request->reply) && request->reply.size > 0 &&
           get_text(line, "trace", &request->trace) && get_text(line, "arn", &request->arn) &&
           get_text(line, "client_context", &request->client_context) &&
           get_text(line, "identity", &request->identity);
}

enum lg_err lg_redis_request_read(struct lg_arena *arena, struct lg_str text,
                                  struct lg_redis_request *ret_request)
{
    struct lg_redis_request request = { 0 };
    struct lg_json *line;
    int64_t version;
    enum lg_err err = read_line(arena, text, &line, &request.body);

    if (err != LG_OK)
        return err;
    if (!get_number(line, "v", 1, &version) || version != 1 || !read_texts(line, &request) ||
        !get_number(line, "deadline", INT64_MAX, &request.deadline_ms) ||
        !get_number(line, "timeout_ms", 0, &request.timeout_ms) ||
        !get_number(line, "attempt", 1, &request.attempt))
        return LG_ERR_SYNTAX;
    request.async = lg_json_is(lg_json_get(line, "async"), LG_JSON_TRUE);
    request.start = lg_json_is(lg_json_get(line, "start"), LG_JSON_TRUE);
    *ret_request = request;
    return LG_OK;
}

static bool get_status(const struct lg_json *line, enum lg_redis_status *ret_status)
{
    struct lg_str text;

    if (!get_text(line, "status", &text))
        return false;
    for (int status = 0; status < LG_REDIS_STATUS_COUNT; status++) {
        if (lg_str_is(text, statuses[status])) {
            *ret_status = (enum lg_redis_status)status;
            return true;
        }
    }
    return false;
}

enum lg_err lg_redis_reply_read(struct lg_arena *arena, struct lg_str text,
                                struct lg_redis_reply *ret_reply)
{
    struct lg_redis_reply reply = { 0 };
    struct lg_json *line;
    enum lg_err err = read_line(arena, text, &line, &reply.body);

    if (err != LG_OK)
        return err;
    if (!get_id(line, &reply.id) || !get_status(line, &reply.status) ||
        !get_text(line, "worker", &reply.worker))
        return LG_ERR_SYNTAX;
    *ret_reply = reply;
    return LG_OK;
}

void lg_redis_error_type(struct lg_str document, char *ret_type, size_t room)
{
    struct lg_arena arena;
    struct lg_json *value;
    size_t used = 0;

    *ret_type = '\0';
    if (document.size > ERROR_DOCUMENT_MAX)
        return;
    lg_arena_init(&arena);
    if (lg_json_read(&arena, document, &lg_json_default_limits, &value, NULL) == LG_OK) {
        const struct lg_json *type = lg_json_get(value, "errorType");
        struct lg_str text = lg_json_is(type, LG_JSON_STRING) ? type->text : LG_STR_NONE;

        for (size_t i = 0; i < text.size && used + 1 < room; i++)
            ret_type[used++] = text.data[i] > ' ' && text.data[i] <= '~' ? text.data[i] : '_';
        ret_type[used] = '\0';
    }
    lg_arena_done(&arena);
}
