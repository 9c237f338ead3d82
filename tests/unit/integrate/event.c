/* event.c -- one request turned into an event. */
#include "event.h"

#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

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

static struct lg_route_match match_of(struct lg_route_table *table, const char *stage,
                                      const struct lg_head *head)
{
    struct lg_route_match match;
    struct lg_str path = head->path;

    if (strcmp(stage, "$default") != 0 &&
        lg_str_starts(path, lg_str_of(lg_arena_printf(&one.arena, "/%s/", stage))))
        path = lg_str_part(path, strlen(stage) + 1, path.size);
    cr_assert(eq(int, lg_route_table_find(table, &one.arena, head->method, path, &match), LG_OK));
    return match;
}

static void write_event(const struct request *request, struct lg_route_table *table)
{
    const char *stage = request->stage != NULL ? request->stage : "$default";
    struct lg_head head = head_of(request);
    struct lg_route_match match = match_of(table, stage, &head);
    struct lg_event_source source = {
        .head = &head,
        .match = &match,
        .body = request->body,
        .request_id = "Kx7mZpQ2vHcEXYa=",
        .trace_id = "Root=1-6a5145a8-3c8b0e8d5e0b7c1a2f3d4e5f",
        .account_id = "123456789012",
        .api_id = "ab12cd34ef",
        .stage = stage,
        .stage_variables = &request->variables,
        .wall_ms = 1783711144123,
        .authorizer_json = lg_str_of(request->authorizer),
    };

    lg_buf_init(&one.text, SIZE_MAX);
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

const char *event_at(const struct event *event, const char *path)
{
    char separator = strchr(path, '|') != NULL ? '|' : '.';
    struct lg_str name, rest = lg_str_of(path);
    const struct lg_json *value = event->json;

    while (value != NULL && lg_str_next(&rest, separator, &name))
        value = lg_json_get(value, lg_arena_cstr(&one.arena, name));
    if (value == NULL)
        return NULL;
    return lg_arena_cstr(&one.arena, value->text);
}

void event_has(const struct event *event, const char *path, const char *expected)
{
    const char *found = event_at(event, path);
    bool equal =
        found == NULL || expected == NULL ? found == expected : strcmp(found, expected) == 0;

    cr_assert(equal, "%s is %s, not %s", path, found == NULL ? "absent" : found,
              expected == NULL ? "absent" : expected);
}
