/* payload_v2.c -- an HTTP request as a Lambda event of format 2.0: absent is absent, never null. */
#include "integrate/payload_v2.h"

#include "base/json.h"
#include "integrate/event_write.h"
#include "integrate/hop_by_hop.h"

/* What one walk over the head finds. */
struct scan {
    struct lg_fields headers; /* names in lower case, those of the gateway included */
    struct lg_str *cookies;   /* the values of the Cookie fields */
    size_t cookie_count;
    struct lg_str host, user_agent, content_type;
};

/* --- the head ------------------------------------------------------------------------------- */

static struct lg_str lower_case(struct lg_arena *arena, struct lg_str name)
{
    char *lower = NULL;

    for (size_t i = 0; i < name.size; i++) {
        if (name.data[i] < 'A' || name.data[i] > 'Z')
            continue;
        if (lower == NULL)
            lower = lg_arena_copy(arena, name.data, name.size);
        lower[i] = (char)(name.data[i] - 'A' + 'a');
    }
    return lower == NULL ? name : lg_str_make(lower, name.size);
}

static void keep_first(struct lg_str *kept, struct lg_str value)
{
    if (kept->data == NULL)
        *kept = value;
}

static void scan_header(struct lg_arena *arena, struct scan *scan, const struct lg_header *header)
{
    struct lg_str name = lower_case(arena, header->name);

    if (lg_str_is(name, "cookie")) {
        scan->cookies[scan->cookie_count++] = header->value;
        return;
    }
    if (lg_event_is_gateways(name) || lg_hop_by_hop(name))
        return;
    if (lg_str_is(name, "host"))
        keep_first(&scan->host, header->value);
    else if (lg_str_is(name, "user-agent"))
        keep_first(&scan->user_agent, header->value);
    else if (lg_str_is(name, "content-type"))
        keep_first(&scan->content_type, header->value);
    lg_fields_add(&scan->headers, name, header->value);
}

static void scan_head(struct lg_arena *arena, const struct lg_event_source *source,
                      struct scan *scan)
{
    const struct lg_head *head = source->head;
    size_t count;
    const struct lg_header *headers = lg_event_headers(source, &count);

    lg_fields_init(&scan->headers, arena, count + 4);
    scan->cookies = lg_arena_alloc(arena, count * sizeof(*scan->cookies));
    for (size_t i = 0; i < count; i++)
        scan_header(arena, scan, &headers[i]);
    if (source->mapped != NULL) {
        scan->host = lg_event_received(source, "host");
        scan->user_agent = lg_event_received(source, "user-agent");
    }
    lg_fields_add(&scan->headers, LG_STR("x-amzn-trace-id"), lg_str_of(source->trace_id));
    lg_fields_add(&scan->headers, LG_STR("x-forwarded-for"), lg_event_forwarded_for(arena, head));
    lg_fields_add(&scan->headers, LG_STR("x-forwarded-port"), lg_event_forwarded_port(arena, head));
    lg_fields_add(&scan->headers, LG_STR("x-forwarded-proto"), LG_STR("http"));
}

/* --- members -------------------------------------------------------------------------------- */

static void add_cookies(struct lg_event_writer *writer, const struct scan *scan)
{
    bool any = false;

    for (size_t i = 0; i < scan->cookie_count; i++) {
        struct lg_str piece, rest = scan->cookies[i];

        while (lg_str_next(&rest, ';', &piece)) {
            struct lg_str cookie = lg_str_trim(piece);

            if (cookie.size == 0)
                continue;
            if (!any)
                lg_event_begin(writer, "cookies");
            lg_buf_add_char(writer->out, any ? ',' : '[');
            lg_json_add_string(writer->out, cookie);
            any = true;
        }
    }
    if (any)
        lg_buf_add_char(writer->out, ']');
}

static void add_query(struct lg_event_writer *writer)
{
    struct lg_fields fields;

    lg_event_read_query(writer, false, &fields);
    if (fields.count == 0)
        return;
    lg_event_begin(writer, "queryStringParameters");
    lg_fields_write(&fields, writer->arena, LG_FIELDS_JOINED, writer->out);
}

static void add_http(struct lg_event_writer *writer, const struct scan *scan, struct lg_str path)
{
    const struct lg_head *head = writer->source->head;

    lg_event_open(writer, "http");
    lg_event_add_text(writer, "method", writer->source->method);
    lg_event_add_text(writer, "path", path);
    lg_event_add_protocol(writer);
    lg_event_add_text(writer, "sourceIp", lg_str_of(head->peer));
    lg_event_add_text(writer, "userAgent", scan->user_agent);
    lg_event_close(writer);
}

static void add_request_context(struct lg_event_writer *writer, const struct scan *scan,
                                struct lg_str path)
{
    const struct lg_event_source *source = writer->source;

    lg_event_open(writer, "requestContext");
    lg_event_add_text(writer, "accountId", lg_str_of(source->account_id));
    lg_event_add_text(writer, "apiId", lg_str_of(source->api->api_id));
    lg_event_add_authorizer(writer);
    lg_event_add_domain(writer, scan->host);
    add_http(writer, scan, path);
    lg_event_add_text(writer, "requestId", lg_str_of(source->request_id));
    lg_event_add_text(writer, "routeKey", source->match->pattern->key);
    lg_event_add_text(writer, "stage", lg_str_of(source->api->stage));
    lg_event_add_time(writer, "time");
    lg_event_add_i64(writer, "timeEpoch", source->wall_ms);
    lg_event_close(writer);
}

/* What an authorizer is asked, in front of what it is told. */
static void add_question(struct lg_event_writer *writer)
{
    const struct lg_event_question *question = writer->source->question;

    lg_event_add_text(writer, "type", LG_STR("REQUEST"));
    lg_event_add_text(writer, "routeArn", question->arn);
    lg_event_begin(writer, "identitySource");
    lg_buf_add_char(writer->out, '[');
    for (size_t i = 0; i < question->count; i++) {
        if (i > 0)
            lg_buf_add_char(writer->out, ',');
        lg_json_add_string(writer->out, question->identity[i]);
    }
    lg_buf_add_char(writer->out, ']');
}

static void add_body(struct lg_event_writer *writer, const struct scan *scan)
{
    bool base64 = lg_event_http_body_is_binary(scan->content_type, writer->source->body);

    if (writer->source->body.size > 0)
        lg_event_add_body(writer, base64);
    lg_event_add_base64_flag(writer, base64);
}

void lg_payload_v2_write(struct lg_arena *arena, const struct lg_event_source *source,
                         struct lg_buf *out)
{
    struct lg_event_writer writer = { .arena = arena, .source = source, .out = out, .first = true };
    struct lg_str path = lg_event_stage_path(arena, source, true);
    struct lg_str mapped = lg_event_mapped_path(source);
    struct scan scan = { .cookie_count = 0 };

    scan_head(arena, source, &scan);
    lg_buf_add_char(out, '{');
    lg_event_add_text(&writer, "version", LG_STR("2.0"));
    if (source->question != NULL)
        add_question(&writer);
    lg_event_add_text(&writer, "routeKey", source->match->pattern->key);
    lg_event_add_text(&writer, "rawPath",
                      mapped.data != NULL ? lg_event_decoded_path(arena, mapped) : path);
    lg_event_add_text(&writer, "rawQueryString", lg_event_query(source));
    add_cookies(&writer, &scan);
    lg_event_begin(&writer, "headers");
    lg_fields_write(&scan.headers, arena, LG_FIELDS_JOINED, out);
    add_query(&writer);
    add_request_context(&writer, &scan, path);
    if (source->match->capture_count > 0)
        lg_event_add_captures(&writer, "pathParameters", false);
    if (source->api->stage_variables.count > 0)
        lg_event_add_pairs(&writer, "stageVariables", &source->api->stage_variables);
    if (source->question == NULL)
        add_body(&writer, &scan);
    lg_buf_add_char(out, '}');
}
