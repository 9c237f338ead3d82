/* event.c -- one request turned into an event. */
#include "event.h"

#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "integrate/payload_v1.h"
#include "integrate/payload_v2.h"
#include "route/stage.h"

static struct event one;

static struct lg_head head_of(const struct request *request)
{
    struct lg_str target = lg_str_of(request->target != NULL ? request->target : "/");
    size_t mark = lg_str_find(target, '?', 0);
    struct lg_head head = {
        .method = lg_str_of(request->method != NULL ? request->method : "GET"),
        .target = target,
        .path = lg_str_part(target, 0, mark),
        .version_minor = request->http_1_0 ? 0 : 1,
        .headers = request->headers,
        .header_count = request->header_count,
        .content_length = (int64_t)request->body.size,
        .peer = "198.51.100.7",
        .peer_port = 40000,
        .local_port = 8080,
    };

    if (mark < target.size)
        head.query = lg_str_part(target, mark + 1, target.size);
    return head;
}

static void done(struct event *event)
{
    if (event->json == NULL)
        return;
    lg_buf_done(&event->text);
    lg_arena_done(&event->arena);
}

/* What routes are matched against. */
static struct lg_str routed_path(const struct lg_config_api *api, struct lg_str path)
{
    if (api->stage_in_path)
        (void)lg_stage_take(lg_str_of(api->stage), path, &path);
    if (api->base_path != NULL)
        path = lg_str_part(path, strlen(api->base_path), path.size);
    return path.size > 0 ? path : LG_STR("/");
}

static struct lg_config_api api_of(const struct request *request)
{
    const char *stage = request->stage != NULL ? request->stage : "$default";

    return (struct lg_config_api){
        .kind = request->kind,
        .stage = stage,
        .base_path = request->base_path,
        .stage_in_path = strcmp(stage, "$default") != 0 && !request->stage_not_in_path,
        .stage_variables = request->variables,
        .api_id = "ab12cd34ef",
        .binary_media_types = request->binary_types,
    };
}

static void write_event(const struct request *request, struct lg_route_table *table)
{
    struct lg_config_api api = api_of(request);
    struct lg_head head = head_of(request);
    struct lg_route_match match;
    struct lg_event_source source = {
        .head = &head,
        .method = head.method,
        .match = &match,
        .body = request->body,
        .api = &api,
        .account_id = "123456789012",
        .request_id = "0b8d4c7a-6f0e-4f57-9d34-1f0f6a6e9a11",
        .extended_id = "Kx7mZpQ2vHcEXYa=",
        .trace_id = "Root=1-6a5145a8-3c8b0e8d5e0b7c1a2f3d4e5f",
        .wall_ms = 1783711144123,
        .authorizer_json = lg_str_of(request->authorizer),
        .question = request->question,
    };

    cr_assert(eq(
        int,
        lg_route_table_find(table, &one.arena, head.method, routed_path(&api, head.path), &match),
        LG_OK));
    if (request->kind == LG_API_HTTP)
        source.request_id = source.extended_id;
    lg_buf_init(&one.text, SIZE_MAX);
    if (request->token)
        lg_payload_token_write(&source, &one.text);
    else if (request->payload == LG_PAYLOAD_V1)
        lg_payload_v1_write(&one.arena, &source, &one.text);
    else
        lg_payload_v2_write(&one.arena, &source, &one.text);
    cr_assert(not(lg_buf_failed(&one.text)));
}

struct event *event_of(const struct request *request)
{
    struct lg_json_fault fault = { 0 };
    struct lg_route_entry entry = { .key = request->key != NULL ? request->key : "$default",
                                    .where = { .file = "routes.yaml", .path = "" },
                                    .rule = &one };
    struct lg_faults *faults = lg_faults_new();

    done(&one);
    lg_arena_init(&one.arena);
    struct lg_route_table *table = lg_route_table_build(&entry, 1, faults);
    cr_assert(ne(ptr, table, NULL));
    write_event(request, table);
    enum lg_err err =
        lg_json_read(&one.arena, lg_buf_str(&one.text), &lg_json_default_limits, &one.json, &fault);
    cr_assert(eq(int, err, LG_OK), "%s at %zu: %.*s", fault.message, fault.offset,
              LG_STR_ARG(lg_buf_str(&one.text)));
    lg_route_table_free(table);
    lg_faults_free(faults);
    return &one;
}

static const struct lg_json *value_at(const struct event *event, const char *path)
{
    char separator = strchr(path, '|') != NULL ? '|' : '.';
    struct lg_str name, rest = lg_str_of(path);
    const struct lg_json *value = event->json;

    while (value != NULL && lg_str_next(&rest, separator, &name))
        value = lg_json_get(value, lg_arena_cstr(&one.arena, name));
    return value;
}

const char *event_at(const struct event *event, const char *path)
{
    const struct lg_json *value = value_at(event, path);

    return value == NULL ? NULL : lg_arena_cstr(&one.arena, value->text);
}

void event_has(const struct event *event, const char *path, const char *expected)
{
    const char *found = event_at(event, path);
    bool equal =
        found == NULL || expected == NULL ? found == expected : strcmp(found, expected) == 0;

    cr_assert(equal, "%s is %s, not %s", path, found == NULL ? "absent" : found,
              expected == NULL ? "absent" : expected);
}

void event_has_names(struct event *event, const char *path, const char *expected)
{
    const struct lg_json *object = path[0] == '\0' ? event->json : value_at(event, path);
    const char *all = "";

    cr_assert(lg_json_is(object, LG_JSON_OBJECT));
    for (const struct lg_json *at = object->first; at != NULL; at = at->next)
        all = lg_arena_printf(&event->arena, "%s%s%.*s", all, all[0] == '\0' ? "" : " ",
                              LG_STR_ARG(at->name));
    cr_assert(eq(int, strcmp(all, expected), 0), "%s, not %s", all, expected);
}
