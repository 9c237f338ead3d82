/* describe.c -- functions and routes, one member after the other. */
#include "invoke_api/describe.h"

#include <string.h>

#include "base/json.h"
#include "function/slots.h"
#include "redis/redis.h"
#include "target/workers.h"

/* An array that is being written. */
struct list {
    struct lg_buf *out;
    bool any;
};

static void add_text(struct lg_buf *out, bool *first, const char *name, const char *value)
{
    lg_json_add_name(out, first, name);
    lg_json_add_string(out, lg_str_of(value));
}

static void add_number(struct lg_buf *out, bool *first, const char *name, int64_t value)
{
    lg_json_add_name(out, first, name);
    lg_buf_add_i64(out, value);
}

static void begin_item(struct list *list)
{
    lg_buf_add_cstr(list->out, list->any ? ",{" : "{");
    list->any = true;
}

static void add_workers(struct lg_buf *out, bool *first, const struct lg_target *target)
{
    struct lg_workers_state state;
    bool inner = true;

    lg_workers_state(target, &state);
    lg_json_add_name(out, first, "workers");
    lg_buf_add_char(out, '{');
    add_number(out, &inner, "starting", state.starting);
    add_number(out, &inner, "idle", state.idle);
    add_number(out, &inner, "busy", state.busy);
    add_number(out, &inner, "stopping", state.stopping);
    add_number(out, &inner, "waiting", state.waiting);
    add_number(out, &inner, "startedTotal", (int64_t)state.started_total);
    lg_buf_add_char(out, '}');
}

static void add_queue(struct lg_buf *out, bool *first, const struct lg_target *target)
{
    struct lg_redis_state state;
    bool inner = true;

    lg_redis_target_state(target, &state);
    lg_json_add_name(out, first, "redis");
    lg_buf_add_char(out, '{');
    add_text(out, &inner, "queue", state.queue);
    add_number(out, &inner, "depth", state.depth);
    add_number(out, &inner, "workers", state.workers);
    lg_buf_add_char(out, '}');
}

static void show_function(void *to, struct lg_function *function)
{
    struct list *list = to;
    struct lg_target *target = lg_function_target(function);
    bool first = true;

    begin_item(list);
    add_text(list->out, &first, "name", lg_function_name(function));
    add_text(list->out, &first, "arn", lg_function_arn(function));
    add_text(list->out, &first, "target", target->class->name);
    add_number(list->out, &first, "timeoutMs", lg_function_timeout_ms(function));
    add_number(list->out, &first, "memoryMb", lg_function_memory_mb(function));
    if (lg_function_concurrency(function) >= 0)
        add_number(list->out, &first, "concurrency", lg_function_concurrency(function));
    add_number(list->out, &first, "inFlight", lg_slots_taken(lg_function_slots(function)));
    if (strcmp(target->class->name, "workers") == 0)
        add_workers(list->out, &first, target);
    if (strcmp(target->class->name, "redis") == 0)
        add_queue(list->out, &first, target);
    lg_buf_add_char(list->out, '}');
}

void lg_describe_functions(const struct lg_admin *admin, struct lg_buf *out)
{
    struct list list = { .out = out };

    lg_buf_add_cstr(out, "{\"functions\":[");
    admin->each_function(admin->context, show_function, &list);
    lg_buf_add_cstr(out, "]}");
}

static void add_integration(struct lg_buf *out, bool *first, const struct lg_config_route *route)
{
    if (route->function != NULL) {
        add_text(out, first, "integration", "function");
        add_text(out, first, "function", route->function->name);
        add_text(out, first, "payload", route->payload == LG_PAYLOAD_V1 ? "1.0" : "2.0");
    } else if (route->http != NULL) {
        add_text(out, first, "integration", "http");
        add_text(out, first, "to", route->http->url);
    } else if (route->redirect != NULL) {
        add_text(out, first, "integration", "redirect");
        add_text(out, first, "to", route->redirect->to);
        add_number(out, first, "status", route->redirect->status);
    } else {
        add_text(out, first, "integration", "respond");
        add_number(out, first, "status", route->respond->status);
    }
}

/* Where the API is found: "api.example.com/v1", "*" for every host that no API names. */
static void add_places(struct lg_buf *out, bool *first, const struct lg_config_api *api)
{
    size_t count = api->hosts.count;

    lg_json_add_name(out, first, "at");
    lg_buf_add_char(out, '[');
    for (size_t i = 0; i < (count > 0 ? count : 1); i++) {
        if (i > 0)
            lg_buf_add_char(out, ',');
        /* Neither holds what JSON would have to escape. */
        lg_buf_printf(out, "\"%s%s\"", count > 0 ? api->hosts.items[i] : "*", api->mount);
    }
    lg_buf_add_char(out, ']');
}

/* The file of a schema, or those of content types by their names. */
static void add_bodies(struct lg_buf *out, bool *first, const struct lg_config_route *route)
{
    bool inner = true;

    if (route->body_count == 1 && *route->bodies[0].media_type == '\0') {
        add_text(out, first, "body", route->bodies[0].file);
        return;
    }
    if (route->body_count == 0)
        return;
    lg_json_add_name(out, first, "body");
    lg_buf_add_char(out, '{');
    for (size_t i = 0; i < route->body_count; i++)
        add_text(out, &inner, route->bodies[i].media_type, route->bodies[i].file);
    lg_buf_add_char(out, '}');
}

static void show_route(void *to, const struct lg_config_route *route)
{
    struct list *list = to;
    bool first = true;

    begin_item(list);
    add_text(list->out, &first, "api", route->api->name);
    add_text(list->out, &first, "kind", route->api->kind == LG_API_REST ? "rest" : "http");
    add_places(list->out, &first, route->api);
    add_text(list->out, &first, "route", route->key);
    add_integration(list->out, &first, route);
    add_bodies(list->out, &first, route);
    add_number(list->out, &first, "timeoutMs", route->timeout_ms);
    lg_buf_add_char(list->out, '}');
}

void lg_describe_routes(const struct lg_admin *admin, struct lg_buf *out)
{
    struct list list = { .out = out };

    lg_buf_add_cstr(out, "{\"routes\":[");
    admin->each_route(admin->context, show_route, &list);
    lg_buf_add_cstr(out, "]}");
}
