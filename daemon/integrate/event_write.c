/* event_write.c -- members of events, and the parts of a request that they are made of. */
#include "integrate/event_write.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "integrate/media_type.h"
#include "route/query.h"
#include "route/stage.h"

/* --- members ---------------------------------------------------------------------------------- */

void lg_event_begin(struct lg_event_writer *writer, const char *name)
{
    lg_json_add_literal(writer->out, &writer->first, lg_str_of(name));
}

void lg_event_open(struct lg_event_writer *writer, const char *name)
{
    lg_event_begin(writer, name);
    lg_buf_add_char(writer->out, '{');
    writer->first = true;
}

void lg_event_close(struct lg_event_writer *writer)
{
    lg_buf_add_char(writer->out, '}');
    writer->first = false;
}

void lg_event_add_text(struct lg_event_writer *writer, const char *name, struct lg_str text)
{
    lg_event_begin(writer, name);
    lg_json_add_string(writer->out, text);
}

void lg_event_add_json(struct lg_event_writer *writer, const char *name, struct lg_str json)
{
    lg_event_begin(writer, name);
    lg_buf_add_str(writer->out, json);
}

void lg_event_add_i64(struct lg_event_writer *writer, const char *name, int64_t number)
{
    lg_event_begin(writer, name);
    lg_buf_add_i64(writer->out, number);
}

/* --- members that the formats share ----------------------------------------------------------- */

/* A name that the operator chose. */
static void add_own_text(struct lg_event_writer *writer, struct lg_str name, struct lg_str text)
{
    lg_json_add_name_str(writer->out, &writer->first, name);
    lg_json_add_string(writer->out, text);
}

void lg_event_add_pairs(struct lg_event_writer *writer, const char *name,
                        const struct lg_config_pairs *pairs)
{
    lg_event_open(writer, name);
    for (size_t i = 0; i < pairs->count; i++)
        add_own_text(writer, lg_str_of(pairs->items[i].name), lg_str_of(pairs->items[i].value));
    lg_event_close(writer);
}

void lg_event_add_captures(struct lg_event_writer *writer, const char *name, bool raw)
{
    const struct lg_route_match *match = writer->source->match;

    lg_event_open(writer, name);
    for (size_t i = 0; i < match->capture_count; i++) {
        const struct lg_capture *capture = &match->captures[i];

        add_own_text(writer, capture->name, raw ? capture->raw : capture->value);
    }
    lg_event_close(writer);
}

static struct lg_str without_port(struct lg_str host)
{
    size_t from = lg_str_starts(host, LG_STR("[")) ? lg_str_find(host, ']', 0) : 0;

    return lg_str_part(host, 0, lg_str_find(host, ':', from));
}

void lg_event_add_domain(struct lg_event_writer *writer, struct lg_str host)
{
    struct lg_str domain = without_port(host);

    lg_event_add_text(writer, "domainName", domain);
    lg_event_add_text(writer, "domainPrefix", lg_str_part(domain, 0, lg_str_find(domain, '.', 0)));
}

void lg_event_add_protocol(struct lg_event_writer *writer)
{
    bool old = writer->source->api->kind == LG_API_HTTP && writer->source->head->version_minor == 0;

    lg_event_add_json(writer, "protocol", old ? LG_STR("\"HTTP/1.0\"") : LG_STR("\"HTTP/1.1\""));
}

void lg_event_add_time(struct lg_event_writer *writer, const char *name)
{
    char time[LG_CLOCK_CLF_SIZE];

    lg_clock_clf(writer->source->wall_ms, time);
    lg_event_add_text(writer, name, lg_str_of(time));
}

void lg_event_add_authorizer(struct lg_event_writer *writer)
{
    if (writer->source->authorizer_json.size > 0)
        lg_event_add_json(writer, "authorizer", writer->source->authorizer_json);
}

void lg_event_add_body(struct lg_event_writer *writer, bool base64)
{
    struct lg_str body = writer->source->body;

    if (!base64) {
        lg_event_add_text(writer, "body", body);
        return;
    }
    lg_event_begin(writer, "body");
    lg_buf_add_char(writer->out, '"');
    lg_base64_encode(writer->out, body);
    lg_buf_add_char(writer->out, '"');
}

void lg_event_add_base64_flag(struct lg_event_writer *writer, bool base64)
{
    lg_event_add_json(writer, "isBase64Encoded", base64 ? LG_STR("true") : LG_STR("false"));
}

/* --- what the function sees ------------------------------------------------------------------- */

const struct lg_header *lg_event_headers(const struct lg_event_source *source, size_t *ret_count)
{
    if (source->mapped != NULL) {
        *ret_count = source->mapped->header_count;
        return source->mapped->headers;
    }
    *ret_count = source->head->header_count;
    return source->head->headers;
}

struct lg_str lg_event_query(const struct lg_event_source *source)
{
    return source->mapped != NULL ? source->mapped->query : source->head->query;
}

struct lg_str lg_event_mapped_path(const struct lg_event_source *source)
{
    return source->mapped != NULL ? source->mapped->path : LG_STR_NONE;
}

struct lg_str lg_event_received(const struct lg_event_source *source, const char *name)
{
    const struct lg_head *head = source->head;

    for (size_t i = 0; i < head->header_count; i++)
        if (lg_str_iis(head->headers[i].name, name))
            return head->headers[i].value;
    return LG_STR_NONE;
}

/* --- query ------------------------------------------------------------------------------------ */

/*
 * A name that is not UTF-8 stays encoded: as U+FFFD two different ones would be the same, and a
 * name must not come twice in an object.
 */
static struct lg_str query_name(struct lg_arena *arena, struct lg_str raw)
{
    struct lg_str name = lg_percent_decode(arena, raw, true);

    return lg_utf8_valid(name) ? name : raw;
}

void lg_event_read_query(struct lg_event_writer *writer, bool semicolons,
                         struct lg_fields *ret_fields)
{
    struct lg_str rest = lg_event_query(writer->source);
    struct lg_arena *arena = writer->arena;
    struct lg_query_pair pair;

    lg_fields_init(ret_fields, arena, lg_query_count(rest, semicolons));
    while (lg_query_next(&rest, semicolons, &pair))
        lg_fields_add(ret_fields, query_name(arena, pair.name),
                      lg_percent_decode(arena, pair.value, true));
}

/* --- head ------------------------------------------------------------------------------------- */

bool lg_event_is_gateways(struct lg_str name)
{
    if (!lg_str_istarts(name, LG_STR("x-")))
        return false;
    return lg_str_iis(name, "x-amzn-trace-id") || lg_str_iis(name, "x-forwarded-for") ||
           lg_str_iis(name, "x-forwarded-port") || lg_str_iis(name, "x-forwarded-proto");
}

/* A proxy in front may have sent several. */
struct lg_str lg_event_forwarded_for(struct lg_arena *arena, const struct lg_head *head)
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

struct lg_str lg_event_forwarded_port(struct lg_arena *arena, const struct lg_head *head)
{
    return lg_arena_i64(arena, head->local_port);
}

/* The base path ends where a segment does; without it there is "/" at least. */
static struct lg_str without_base_path(struct lg_str path, struct lg_str base)
{
    if (base.size == 0 || !lg_str_starts(path, base))
        return path;
    return path.size == base.size ? LG_STR("/") : lg_str_part(path, base.size, path.size);
}

struct lg_str lg_event_decoded_path(struct lg_arena *arena, struct lg_str path)
{
    path = lg_percent_decode(arena, path, false);
    return lg_str_part(path, 0, lg_str_find(path, '?', 0));
}

struct lg_str lg_event_stage_path(struct lg_arena *arena, const struct lg_event_source *source,
                                  bool decoded)
{
    struct lg_str stage = lg_str_of(source->api->stage);
    struct lg_str path = without_base_path(source->head->path, lg_str_of(source->api->base_path));
    bool is_path = lg_str_starts(path, LG_STR("/"));
    char *with_stage;

    if (decoded)
        path = lg_event_decoded_path(arena, path);
    if (!is_path || source->api->stage_in_path || lg_stage_is_default(stage))
        return path;
    with_stage = lg_arena_alloc(arena, 1 + stage.size + path.size);
    with_stage[0] = '/';
    if (stage.size > 0)
        memcpy(with_stage + 1, stage.data, stage.size);
    if (path.size > 0)
        memcpy(with_stage + 1 + stage.size, path.data, path.size);
    return lg_str_make(with_stage, 1 + stage.size + path.size);
}

/* --- body ------------------------------------------------------------------------------------- */

/* A text type does not make it text: what is not UTF-8 could not stand in JSON unharmed. */
bool lg_event_http_body_is_binary(struct lg_str content_type, struct lg_str body)
{
    return body.size > 0 && (!lg_media_type_is_text(content_type) || !lg_utf8_valid(body));
}
