/*
 * fuzz_route.c -- a request's head through the routes into events of each format and a redirect.
 *
 * Input: "METHOD TARGET", then lines "Name: value", an empty line, the body. What the listener
 * would refuse is not tried. Whatever gets through must make events that are JSON, those of 1.0
 * with the same names in both maps of headers, and a Location of visible ASCII that keeps the host
 * of its template.
 */
#include <assert.h>
#include <string.h>

#include "base/http_chars.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "integrate/payload_v1.h"
#include "integrate/payload_v2.h"
#include "integrate/redirect.h"
#include "route/stage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct lg_route_entry entries[] = {
    { .key = "GET /pets/dog/1" },
    { .key = "GET /pets/dog/{id}" },
    { .key = "GET /pets/{proxy+}" },
    { .key = "ANY /{a}/x/{b}/{rest+}" },
    { .key = "POST /caf%C3%A9/{a}" },
    { .key = "ANY /{proxy+}" },
    { .key = "GET /" },
    { .key = "$default" },
};

static const struct {
    const char *key, *to, *prefix;
} templates[] = {
    { "GET /{x+}", "/{x+}?a={x}#{x}", "/" },
    { "GET /{x+}", "https://h.example/v/{x}/w", "https://h.example/v/" },
    { "GET /{x}/{y+}", "/{x}{y}?own=1", "/" },
    { "GET /{x}/{y}", "http://h.example:1/.{x}/{y}.#{x}", "http://h.example:1/" },
};

static struct lg_route_table *table_of(const struct lg_route_entry *list, size_t count)
{
    struct lg_faults *faults = lg_faults_new();
    struct lg_route_table *table = lg_route_table_build(list, count, faults);

    assert(table != NULL);
    lg_faults_free(faults);
    return table;
}

static bool target_sent(struct lg_str target)
{
    for (size_t i = 0; i < target.size; i++) {
        if (target.data[i] <= 0x20 || target.data[i] >= 0x7f || target.data[i] == '#')
            return false;
    }
    return lg_str_starts(target, LG_STR("/")) || lg_str_is(target, "*");
}

/* False when the listener would not have let it through. */
static bool read_head(struct lg_str *rest, struct lg_head *head, struct lg_header *headers,
                      size_t most)
{
    struct lg_str line, target;
    size_t blank, mark;

    if (!lg_str_next(rest, '\n', &line))
        return false;
    blank = lg_str_find(line, ' ', 0);
    target = lg_str_part(line, blank + 1, line.size);
    mark = lg_str_find(target, '?', 0);
    if (!lg_http_token_valid(lg_str_part(line, 0, blank)) || !target_sent(target))
        return false;
    *head = (struct lg_head){ .method = lg_str_part(line, 0, blank),
                              .target = target,
                              .path = lg_str_part(target, 0, mark),
                              .version_minor = 1,
                              .headers = headers,
                              .peer = "198.51.100.7",
                              .local_port = 8080 };
    if (mark < target.size)
        head->query = lg_str_part(target, mark + 1, target.size);
    while (lg_str_next(rest, '\n', &line) && line.size > 0 && head->header_count < most) {
        size_t colon = lg_str_find(line, ':', 0);
        struct lg_header *header = &headers[head->header_count++];

        header->name = lg_str_part(line, 0, colon);
        header->value = lg_str_trim(lg_str_part(line, colon + 1, line.size));
        if (!lg_http_token_valid(header->name) || !lg_http_field_value_valid(header->value))
            return false;
    }
    return true;
}

static void check_names(const struct lg_json *event)
{
    const struct lg_json *a = lg_json_get(event, "headers");
    const struct lg_json *b = lg_json_get(event, "multiValueHeaders");

    assert(lg_json_is(a, LG_JSON_OBJECT) && lg_json_is(b, LG_JSON_OBJECT) && a->count == b->count);
    for (a = a->first, b = b->first; a != NULL; a = a->next, b = b->next)
        assert(lg_str_eq(a->name, b->name) && b->type == LG_JSON_ARRAY && b->count > 0);
}

static void check_json(struct lg_arena *arena, const struct lg_event_source *source,
                       enum lg_config_payload payload)
{
    struct lg_json *json;
    struct lg_buf out;

    lg_buf_init(&out, SIZE_MAX);
    if (payload == LG_PAYLOAD_V1)
        lg_payload_v1_write(arena, source, &out);
    else
        lg_payload_v2_write(arena, source, &out);
    enum lg_err err = lg_json_read(arena, lg_buf_str(&out), &lg_json_default_limits, &json, NULL);
    assert(err == LG_OK);
    if (payload == LG_PAYLOAD_V1)
        check_names(json);
    lg_buf_done(&out);
}

static void check_event(struct lg_arena *arena, const struct lg_head *head, struct lg_str body,
                        const char *stage)
{
    static const char *const types[] = { "image/*" };
    static struct lg_route_table *table;
    struct lg_config_api api = { .api_id = "ab12cd34ef",
                                 .stage = stage,
                                 .binary_media_types = { types, 1 } };
    struct lg_str path = head->path;
    struct lg_route_match match;

    if (table == NULL)
        table = table_of(entries, LG_COUNT(entries));
    api.stage_in_path = !lg_stage_is_default(lg_str_of(stage)) &&
                        lg_stage_take(lg_str_of(stage), head->path, &path);
    enum lg_err err = lg_route_table_find(table, arena, head->method, path, &match);
    assert(err == LG_OK); /* there is a $default */
    struct lg_event_source source = { .head = head,
                                      .method = head->method,
                                      .match = &match,
                                      .body = body,
                                      .api = &api,
                                      .request_id = "0b8d4c7a-6f0e-4f57-9d34-1f0f6a6e9a11",
                                      .extended_id = "Kx7mZpQ2vHcEXYa=",
                                      .trace_id = "Root=1-6a5145a8-3c8b0e8d5e0b7c1a2f3d4e5f",
                                      .account_id = "123456789012",
                                      .wall_ms = 1783711144123 };
    check_json(arena, &source, LG_PAYLOAD_V2);
    check_json(arena, &source, LG_PAYLOAD_V1);
    api.kind = LG_API_REST;
    check_json(arena, &source, LG_PAYLOAD_V1);
}

static bool climbs(struct lg_str path)
{
    struct lg_str piece;

    while (lg_str_next(&path, '/', &piece)) {
        if (lg_str_is(piece, ".") || lg_str_is(piece, "..") || lg_str_iis(piece, "%2e") ||
            lg_str_iis(piece, "%2e%2e") || lg_str_iis(piece, ".%2e") || lg_str_iis(piece, "%2e."))
            return true;
    }
    return false;
}

static void check_location(struct lg_str location, const char *prefix)
{
    size_t end = lg_str_find(location, '?', 0), hash = lg_str_find(location, '#', 0);

    assert(lg_str_starts(location, lg_str_of(prefix)));
    assert(!lg_str_starts(location, LG_STR("//")));
    assert(!climbs(lg_str_part(location, 0, end < hash ? end : hash)));
    for (size_t i = 0; i < location.size; i++)
        assert(location.data[i] > 0x20 && location.data[i] < 0x7f && location.data[i] != '\\' &&
               location.data[i] != '"' && location.data[i] != '<');
}

static void check_redirect(struct lg_arena *arena, const struct lg_head *head, size_t index)
{
    struct lg_route_entry entry = { .key = templates[index].key };
    struct lg_config_redirect config = { .to = templates[index].to,
                                         .status = 308,
                                         .keep_query = true };
    struct lg_route_table *table = table_of(&entry, 1);
    struct lg_faults *faults = lg_faults_new();
    struct lg_route_match match;

    if (lg_route_table_find(table, arena, LG_STR("GET"), head->path, &match) == LG_OK) {
        struct lg_redirect *redirect = lg_redirect_compile(&config, match.pattern, faults);

        assert(redirect != NULL);
        check_location(lg_redirect_location(redirect, arena, &match, head->query),
                       templates[index].prefix);
        lg_redirect_free(redirect);
    }
    lg_faults_free(faults);
    lg_route_table_free(table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lg_str rest = lg_str_make((const char *)data, size);
    struct lg_header headers[32];
    struct lg_arena arena;
    struct lg_head head;

    if (!read_head(&rest, &head, headers, LG_COUNT(headers)))
        return 0;
    lg_arena_init(&arena);
    check_event(&arena, &head, rest, "$default");
    check_event(&arena, &head, rest, "dev");
    for (size_t i = 0; i < LG_COUNT(templates); i++)
        check_redirect(&arena, &head, i);
    lg_arena_done(&arena);
    return 0;
}
