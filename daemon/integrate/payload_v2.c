/* payload_v2.c -- an HTTP request as a Lambda event: written as text in one pass, no tree. */
#include "integrate/payload_v2.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "integrate/fields.h"
#include "integrate/hop_by_hop.h"
#include "route/stage.h"

/* What one walk over the head finds. */
struct scan {
    struct lg_fields headers; /* names in lower case, those of the gateway included */
    struct lg_str *cookies;   /* the values of the Cookie fields */
    size_t cookie_count;
    struct lg_str host, user_agent, content_type;
};

struct event {
    struct lg_arena *arena;
    const struct lg_event_source *source;
    struct scan scan;
    struct lg_str path; /* rawPath */
    struct lg_buf *out;
    bool first; /* no member was written yet in the object at hand */
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

/* The client's list of addresses with ours behind; a proxy in front may have sent several. */
static struct lg_str forwarded_for(struct lg_arena *arena, const struct lg_head *head)
{
    struct lg_buf list;
    struct lg_str copy;

    lg_buf_init(&list, SIZE_MAX);
    for (size_t i = 0; i < head->header_count; i++) {
        const struct lg_header *header = &head->headers[i];

        if (header->value.size == 0 || !lg_str_iis(header->name, "x-forwarded-for"))
            continue;
        lg_buf_add_str(&list, header->value);
        lg_buf_add_cstr(&list, ", ");
    }
    lg_buf_add_cstr(&list, head->peer);
    copy = lg_arena_str(arena, lg_buf_str(&list));
    lg_buf_done(&list);
    return copy;
}

/* Ours alone: what a client says about these is not passed on, or is in ours already. */
static bool is_gateways(struct lg_str name)
{
    return lg_str_is(name, "x-amzn-trace-id") || lg_str_is(name, "x-forwarded-for") ||
           lg_str_is(name, "x-forwarded-port") || lg_str_is(name, "x-forwarded-proto");
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
    if (is_gateways(name) || lg_hop_by_hop(name))
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
    const char *port = lg_arena_printf(arena, "%u", (unsigned)head->local_port);

    lg_fields_init(&scan->headers, arena, head->header_count + 4);
    scan->cookies = lg_arena_alloc(arena, head->header_count * sizeof(*scan->cookies));
    for (size_t i = 0; i < head->header_count; i++)
        scan_header(arena, scan, &head->headers[i]);
    lg_fields_add(&scan->headers, LG_STR("x-amzn-trace-id"), lg_str_of(source->trace_id));
    lg_fields_add(&scan->headers, LG_STR("x-forwarded-for"), forwarded_for(arena, head));
    lg_fields_add(&scan->headers, LG_STR("x-forwarded-port"), lg_str_of(port));
    lg_fields_add(&scan->headers, LG_STR("x-forwarded-proto"), LG_STR("http"));
}

/*
 * rawPath is the decoded path, despite its name, and ends where a decoded "%3F" stands: so does
 * the service. A named stage is its first segment: there already when the client had to send it.
 */
static struct lg_str raw_path(struct lg_arena *arena, const struct lg_event_source *source)
{
    struct lg_str stage = lg_str_of(source->stage), path = source->head->path, rest;
    struct lg_str decoded = lg_percent_decode(arena, path, false);
    char *with_stage;

    decoded = lg_str_part(decoded, 0, lg_str_find(decoded, '?', 0));
    if (!lg_str_starts(path, LG_STR("/")) || lg_stage_take(stage, path, &rest))
        return decoded;
    with_stage = lg_arena_alloc(arena, 1 + stage.size + decoded.size);
    with_stage[0] = '/';
    if (stage.size > 0)
        memcpy(with_stage + 1, stage.data, stage.size);
    if (decoded.size > 0)
        memcpy(with_stage + 1 + stage.size, decoded.data, decoded.size);
    return lg_str_make(with_stage, 1 + stage.size + decoded.size);
}

/* --- members -------------------------------------------------------------------------------- */

static void begin(struct event *event, const char *name)
{
    lg_json_add_name(event->out, &event->first, name);
}

static void open_object(struct event *event, const char *name)
{
    begin(event, name);
    lg_buf_add_char(event->out, '{');
    event->first = true;
}

static void close_object(struct event *event)
{
    lg_buf_add_char(event->out, '}');
    event->first = false;
}

static void add_text(struct event *event, const char *name, struct lg_str text)
{
    begin(event, name);
    lg_json_add_string(event->out, text);
}

static void add_cookies(struct event *event)
{
    bool any = false;

    for (size_t i = 0; i < event->scan.cookie_count; i++) {
        struct lg_str piece, rest = event->scan.cookies[i];

        while (lg_str_next(&rest, ';', &piece)) {
            struct lg_str cookie = lg_str_trim(piece);

            if (cookie.size == 0)
                continue;
            if (!any)
                begin(event, "cookies");
            lg_buf_add_char(event->out, any ? ',' : '[');
            lg_json_add_string(event->out, cookie);
            any = true;
        }
    }
    if (any)
        lg_buf_add_char(event->out, ']');
}

static size_t count_pieces(struct lg_str text, char separator)
{
    size_t count = 1;

    for (size_t i = 0; i < text.size; i++)
        count += text.data[i] == separator;
    return count;
}

/*
 * A name that is not UTF-8 stays encoded: as U+FFFD two different ones would be the same, and a
 * name must not come twice in an object.
 */
static struct lg_str query_name(struct lg_arena *arena, struct lg_str raw)
{
    struct lg_str name = lg_percent_decode(arena, raw, true);

    return lg_utf8_valid(name) ? name : raw;
}

static void add_query(struct event *event)
{
    struct lg_str piece, rest = event->source->head->query;
    struct lg_fields fields;

    lg_fields_init(&fields, event->arena, count_pieces(rest, '&'));
    while (lg_str_next(&rest, '&', &piece)) {
        size_t equals = lg_str_find(piece, '=', 0);
        struct lg_str value = lg_str_part(piece, equals + 1, piece.size);

        if (piece.size > 0)
            lg_fields_add(&fields, query_name(event->arena, lg_str_part(piece, 0, equals)),
                          lg_percent_decode(event->arena, value, true));
    }
    if (fields.count == 0)
        return;
    begin(event, "queryStringParameters");
    lg_fields_write(&fields, event->arena, event->out);
}

static struct lg_str without_port(struct lg_str host)
{
    size_t from = lg_str_starts(host, LG_STR("[")) ? lg_str_find(host, ']', 0) : 0;

    return lg_str_part(host, 0, lg_str_find(host, ':', from));
}

static void add_http(struct event *event)
{
    const struct lg_head *head = event->source->head;

    open_object(event, "http");
    add_text(event, "method", head->method);
    add_text(event, "path", event->path);
    begin(event, "protocol");
    lg_buf_printf(event->out, "\"HTTP/1.%d\"", head->version_minor);
    add_text(event, "sourceIp", lg_str_of(head->peer));
    add_text(event, "userAgent", event->scan.user_agent);
    close_object(event);
}

static void add_request_context(struct event *event)
{
    const struct lg_event_source *source = event->source;
    struct lg_str domain = without_port(event->scan.host);
    char time[LG_CLOCK_CLF_SIZE];

    lg_clock_clf(source->wall_ms, time);
    open_object(event, "requestContext");
    add_text(event, "accountId", lg_str_of(source->account_id));
    add_text(event, "apiId", lg_str_of(source->api_id));
    add_text(event, "domainName", domain);
    add_text(event, "domainPrefix", lg_str_part(domain, 0, lg_str_find(domain, '.', 0)));
    add_http(event);
    add_text(event, "requestId", lg_str_of(source->request_id));
    add_text(event, "routeKey", source->match->pattern->key);
    add_text(event, "stage", lg_str_of(source->stage));
    add_text(event, "time", lg_str_of(time));
    begin(event, "timeEpoch");
    lg_buf_add_i64(event->out, source->wall_ms);
    close_object(event);
}

static void add_path_parameters(struct event *event)
{
    const struct lg_route_match *match = event->source->match;

    if (match->capture_count == 0)
        return;
    open_object(event, "pathParameters");
    for (size_t i = 0; i < match->capture_count; i++) {
        lg_json_add_name_str(event->out, &event->first, match->captures[i].name);
        lg_json_add_string(event->out, match->captures[i].value);
    }
    close_object(event);
}

static void add_stage_variables(struct event *event)
{
    const struct lg_config_pairs *variables = event->source->stage_variables;

    if (variables == NULL || variables->count == 0)
        return;
    open_object(event, "stageVariables");
    for (size_t i = 0; i < variables->count; i++)
        add_text(event, variables->items[i].name, lg_str_of(variables->items[i].value));
    close_object(event);
}

/* A text type does not make it text: what is not UTF-8 could not stand in JSON unharmed. */
static void add_body(struct event *event)
{
    struct lg_str body = event->source->body;
    bool base64 =
        body.size > 0 && (lg_payload_v2_binary(event->scan.content_type) || !lg_utf8_valid(body));

    if (body.size > 0 && !base64)
        add_text(event, "body", body);
    if (base64) {
        begin(event, "body");
        lg_buf_add_char(event->out, '"');
        lg_base64_encode(event->out, body);
        lg_buf_add_char(event->out, '"');
    }
    begin(event, "isBase64Encoded");
    lg_buf_add_cstr(event->out, base64 ? "true" : "false");
}

void lg_payload_v2_write(struct lg_arena *arena, const struct lg_event_source *source,
                         struct lg_buf *out)
{
    struct event event = { .arena = arena, .source = source, .out = out, .first = true };

    scan_head(arena, source, &event.scan);
    event.path = raw_path(arena, source);

    lg_buf_add_char(out, '{');
    add_text(&event, "version", LG_STR("2.0"));
    add_text(&event, "routeKey", source->match->pattern->key);
    add_text(&event, "rawPath", event.path);
    add_text(&event, "rawQueryString", source->head->query);
    add_cookies(&event);
    begin(&event, "headers");
    lg_fields_write(&event.scan.headers, arena, out);
    add_query(&event);
    add_request_context(&event);
    add_path_parameters(&event);
    add_stage_variables(&event);
    add_body(&event);
    lg_buf_add_char(out, '}');
}

bool lg_payload_v2_binary(struct lg_str content_type)
{
    struct lg_str type =
        lg_str_trim(lg_str_part(content_type, 0, lg_str_find(content_type, ';', 0)));

    return !lg_str_istarts(type, LG_STR("text/")) && !lg_str_iis(type, "application/json") &&
           !lg_str_iis(type, "application/xml") && !lg_str_iis(type, "application/javascript");
}
