/* url_request.c -- members of the event become the parts of a request. */
#include "lambda/url_request.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "integrate/hop_by_hop.h"

#define METHOD_MAX 32

struct reader {
    struct lg_arena *arena;
    bool is_signed;
    size_t room; /* bytes that the head may still have */
    struct lg_str host;
    bool has_forwarded_host;
    struct lg_url_request *request;
    const char **reterr_reason;
};

static enum lg_err refuse(struct reader *reader, const char *reason)
{
    *reader->reterr_reason = reason;
    return LG_ERR_SYNTAX;
}

/* Whether so many bytes more may be sent. */
static bool spend(struct reader *reader, size_t size)
{
    if (size > reader->room)
        return false;
    reader->room -= size;
    return true;
}

/* --- the first line --------------------------------------------------------------------------- */

/* Absent is empty. */
static enum lg_err get_text(struct reader *reader, const struct lg_json *object, const char *name,
                            const char *reason, struct lg_str *ret_text)
{
    const struct lg_json *member = lg_json_get(object, name);

    *ret_text = LG_STR_NONE;
    if (member == NULL || member->type == LG_JSON_NULL)
        return LG_OK;
    if (member->type != LG_JSON_STRING)
        return refuse(reader, reason);
    *ret_text = member->text;
    return LG_OK;
}

static enum lg_err read_method(struct reader *reader, const struct lg_json *event)
{
    const struct lg_json *http = lg_json_get(lg_json_get(event, "requestContext"), "http");
    const struct lg_json *method = lg_json_get(http, "method");
    const struct lg_json *version = lg_json_get(event, "version");

    if (!lg_json_is(version, LG_JSON_STRING) || !lg_str_is(version->text, "2.0") ||
        !lg_json_is(method, LG_JSON_STRING))
        return refuse(reader, "a function URL takes events of HTTP in payload format 2.0 only");
    if (!lg_http_token_valid(method->text) || method->text.size > METHOD_MAX ||
        lg_str_is(method->text, "CONNECT"))
        return refuse(reader, "the event's method is none");
    reader->request->method = method->text;
    return LG_OK;
}

/* Bytes that a request line cannot have are encoded, and all others left alone. */
static void add_query(struct lg_buf *out, struct lg_str query)
{
    while (query.size > 0) {
        size_t fine = lg_http_target_span(query);

        (void)lg_buf_add(out, query.data, fine);
        if (fine < query.size)
            (void)lg_buf_printf(out, "%%%02X", (unsigned char)query.data[fine]);
        query = lg_str_part(query, fine + 1, query.size);
    }
}

static enum lg_err read_target(struct reader *reader, const struct lg_json *event,
                               struct lg_str prefix)
{
    struct lg_url_request *request = reader->request;
    struct lg_str path, query;
    struct lg_buf text;
    enum lg_err err = get_text(reader, event, "rawPath", "the event's rawPath is no text", &path);

    if (err == LG_OK)
        err = get_text(reader, event, "rawQueryString", "the event's rawQueryString is no text",
                       &query);
    if (err != LG_OK)
        return err;
    if (path.size == 0)
        path = LG_STR("/");
    if (path.data[0] != '/')
        return refuse(reader, "the event's rawPath does not begin with a slash");
    lg_buf_init(&text, reader->room);
    (void)lg_buf_add_str(&text, prefix);
    lg_percent_encode(&text, path, LG_PERCENT_PATH);
    size_t path_size = text.size;
    if (query.size > 0)
        (void)lg_buf_add_char(&text, '?');
    add_query(&text, query);
    bool fits = !lg_buf_failed(&text) && spend(reader, text.size);
    request->target = lg_arena_str(reader->arena, lg_buf_str(&text));
    lg_buf_done(&text);
    request->path = lg_str_part(request->target, 0, path_size);
    request->query = lg_str_part(request->target, path_size + 1, request->target.size);
    return fits ? LG_OK : refuse(reader, "the event's path and query are too long");
}

/* --- fields ----------------------------------------------------------------------------------- */

static bool stays_here(const struct reader *reader, struct lg_str name)
{
    static const char *const always[] = { "host", "content-length", "expect" };
    static const char *const of_signatures[] = { "authorization", "x-amz-date",
                                                 "x-amz-security-token", "x-amz-content-sha256" };

    if (lg_hop_by_hop(name))
        return true;
    for (size_t i = 0; i < LG_COUNT(always); i++)
        if (lg_str_iis(name, always[i]))
            return true;
    for (size_t i = 0; reader->is_signed && i < LG_COUNT(of_signatures); i++)
        if (lg_str_iis(name, of_signatures[i]))
            return true;
    return false;
}

static enum lg_err add_field(struct reader *reader, struct lg_str name, struct lg_str value)
{
    struct lg_url_request *request = reader->request;

    if (!lg_http_token_valid(name) || !lg_http_field_value_valid(value))
        return refuse(reader, "a header of the event cannot be sent");
    if (request->header_count >= LG_URL_REQUEST_HEADERS ||
        !spend(reader, name.size + value.size + 4))
        return refuse(reader, "the event has more headers than are sent");
    request->headers[request->header_count++] = (struct lg_header){ name, lg_str_trim(value) };
    return LG_OK;
}

static enum lg_err read_field(struct reader *reader, const struct lg_json *member)
{
    struct lg_url_request *request = reader->request;

    if (member->type != LG_JSON_STRING)
        return refuse(reader, "a header of the event is no text");
    if (lg_str_iis(member->name, "host"))
        reader->host = member->text;
    if (stays_here(reader, member->name))
        return LG_OK;
    if (lg_str_iis(member->name, "x-forwarded-host"))
        reader->has_forwarded_host = true;
    else if (lg_str_iis(member->name, "user-agent"))
        request->has_agent = true;
    else if (lg_str_iis(member->name, "x-amzn-trace-id"))
        request->has_trace = true;
    return add_field(reader, member->name, member->text);
}

static enum lg_err read_cookies(struct reader *reader, const struct lg_json *cookies)
{
    struct lg_buf value;
    enum lg_err err = LG_OK;

    lg_buf_init(&value, reader->room);
    for (const struct lg_json *at = cookies->first; at != NULL && err == LG_OK; at = at->next) {
        if (at->type != LG_JSON_STRING) {
            err = refuse(reader, "a cookie of the event is no text");
            break;
        }
        if (at != cookies->first)
            (void)lg_buf_add_cstr(&value, "; ");
        (void)lg_buf_add_str(&value, at->text);
    }
    if (err == LG_OK && lg_buf_failed(&value))
        err = refuse(reader, "the event has more cookies than are sent");
    if (err == LG_OK && value.size > 0)
        err = add_field(reader, LG_STR("Cookie"), lg_arena_str(reader->arena, lg_buf_str(&value)));
    lg_buf_done(&value);
    return err;
}

static enum lg_err read_fields(struct reader *reader, const struct lg_json *event)
{
    const struct lg_json *headers = lg_json_get(event, "headers");
    const struct lg_json *cookies = lg_json_get(event, "cookies");
    struct lg_url_request *request = reader->request;
    enum lg_err err = LG_OK;

    request->headers = lg_arena_alloc(
        reader->arena, (LG_URL_REQUEST_HEADERS + LG_URL_REQUEST_ADDED) * sizeof(struct lg_header));
    if (headers != NULL && headers->type != LG_JSON_OBJECT && headers->type != LG_JSON_NULL)
        return refuse(reader, "the event's headers are no object");
    if (cookies != NULL && cookies->type != LG_JSON_ARRAY && cookies->type != LG_JSON_NULL)
        return refuse(reader, "the event's cookies are no array");
    for (const struct lg_json *at = headers == NULL ? NULL : headers->first;
         at != NULL && err == LG_OK; at = at->next)
        err = read_field(reader, at);
    if (err == LG_OK && cookies != NULL && cookies->type == LG_JSON_ARRAY)
        err = read_cookies(reader, cookies);
    /* The function sees the URL's own name as its host. */
    if (err == LG_OK && reader->host.size > 0 && !reader->has_forwarded_host)
        err = add_field(reader, LG_STR("X-Forwarded-Host"), reader->host);
    return err;
}

/* --- the body --------------------------------------------------------------------------------- */

static enum lg_err read_body(struct reader *reader, const struct lg_json *event)
{
    const struct lg_json *base64 = lg_json_get(event, "isBase64Encoded");
    struct lg_str *body = &reader->request->body;
    enum lg_err err = get_text(reader, event, "body", "the event's body is no text", body);

    if (err == LG_OK && lg_json_is(base64, LG_JSON_TRUE) &&
        lg_base64_decode(reader->arena, *body, body) != LG_OK)
        return refuse(reader, "the event's body is no base64");
    return err;
}

enum lg_err lg_url_request_read(struct lg_arena *arena, struct lg_str event, struct lg_str prefix,
                                bool is_signed, struct lg_url_request *ret_request,
                                const char **reterr_reason)
{
    struct reader reader = { .arena = arena,
                             .is_signed = is_signed,
                             .room = LG_URL_REQUEST_HEAD_BYTES,
                             .request = ret_request,
                             .reterr_reason = reterr_reason };
    struct lg_json_limits limits = lg_json_default_limits;
    struct lg_json *object;
    enum lg_err err;

    *ret_request = (struct lg_url_request){ 0 };
    limits.allow_duplicates = true;
    if (lg_json_read(arena, event, &limits, &object, NULL) != LG_OK)
        return refuse(&reader, "the event is no JSON, or has too many values");
    err = read_method(&reader, object);
    if (err == LG_OK)
        err = read_target(&reader, object, prefix);
    if (err == LG_OK)
        err = read_fields(&reader, object);
    if (err == LG_OK)
        err = read_body(&reader, object);
    return err;
}
