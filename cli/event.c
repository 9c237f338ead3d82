/* event.c -- lambdagate event: what a function would be told of a request, as input for tests. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/http_chars.h"
#include "base/id.h"
#include "base/mem.h"
#include "base/text.h"
#include "input.h"
#include "integrate/payload_v1.h"
#include "integrate/payload_v2.h"
#include "options.h"

#define BODY_MAX ((size_t)64 * 1024 * 1024)
#define OWN_HEADERS 4 /* Host, User-Agent, Content-Type, Content-Length */

struct asked {
    const char *route, *target, *kind, *payload, *stage, *data, *body;
    struct lg_option_list headers, binary;
};

struct description {
    const struct lg_command *command;
    const struct asked *asked;
    struct lg_arena arena;
    struct lg_config_api api;
    struct lg_pattern pattern;
    struct lg_head head;
    struct lg_header *headers;
    struct lg_buf body;
};

static bool misused(const struct description *about, const char *what, const char *word)
{
    (void)lg_command_misused(about->command, "%s %s", what, word);
    return false;
}

/* --- the API and its route -------------------------------------------------------------------- */

static bool is(const char *given, const char *word)
{
    return given != NULL && strcmp(given, word) == 0;
}

static bool describe_api(struct description *about)
{
    const struct asked *asked = about->asked;
    bool rest = is(asked->kind, "rest");

    if (!rest && asked->kind != NULL && !is(asked->kind, "http"))
        return misused(about, "--kind is http or rest, not", asked->kind);
    if (asked->payload != NULL && !is(asked->payload, "1.0") && !is(asked->payload, "2.0"))
        return misused(about, "--payload is 1.0 or 2.0, not", asked->payload);
    if (rest && is(asked->payload, "2.0"))
        return misused(about, "a REST API knows only --payload", "1.0");
    about->api = (struct lg_config_api){
        .kind = rest ? LG_API_REST : LG_API_HTTP,
        .stage = asked->stage != NULL ? asked->stage
                 : rest               ? "prod"
                                      : "$default",
        .api_id = "ab12cd34ef",
        .base_path = "",
        .binary_media_types = { asked->binary.items, asked->binary.count },
    };
    about->api.stage_in_path = !is(about->api.stage, "$default");
    return true;
}

static bool describe_route(struct description *about)
{
    const char *message;

    if (about->asked->route == NULL)
        return misused(about, "a route is missing:", "--route \"GET /items/{id}\"");
    if (lg_pattern_parse(&about->arena, lg_str_of(about->asked->route), &about->pattern,
                         &message) == LG_OK)
        return true;
    return misused(about, "--route:", message);
}

/* --- the request ------------------------------------------------------------------------------ */

static bool add_header(struct description *about, const char *line)
{
    struct lg_str text = lg_str_of(line);
    size_t colon = lg_str_find(text, ':', 0);
    struct lg_str name = lg_str_part(text, 0, colon);
    struct lg_str value = lg_str_trim(lg_str_part(text, colon + 1, text.size));

    if (colon == text.size || !lg_http_token_valid(name) || !lg_http_field_value_valid(value))
        return misused(about, "--header is NAME: VALUE, not", line);
    about->headers[about->head.header_count++] = (struct lg_header){ name, value };
    return true;
}

static void add_missing(struct description *about, const char *name, const char *value)
{
    if (lg_head_find(&about->head, name).data == NULL)
        about->headers[about->head.header_count++] =
            (struct lg_header){ lg_str_of(name), lg_str_of(value) };
}

static bool describe_headers(struct description *about)
{
    const struct lg_option_list *given = &about->asked->headers;

    about->headers =
        lg_arena_alloc(&about->arena, (given->count + OWN_HEADERS) * sizeof(*about->headers));
    about->head.headers = about->headers;
    for (size_t i = 0; i < given->count; i++) {
        if (!add_header(about, given->items[i]))
            return false;
    }
    add_missing(about, "Host", "localhost");
    add_missing(about, "User-Agent", "lambdagate/" LG_VERSION);
    if (about->body.size > 0) {
        add_missing(about, "Content-Type", "application/json");
        add_missing(about, "Content-Length",
                    lg_arena_printf(&about->arena, "%zu", about->body.size));
    }
    return true;
}

static bool describe_body(struct description *about)
{
    const struct asked *asked = about->asked;

    if (asked->data != NULL && asked->body != NULL)
        return misused(about, "a request has one body:", "--data or --body");
    if (asked->data != NULL)
        return lg_buf_add_cstr(&about->body, asked->data);
    return asked->body == NULL || lg_input_read(asked->body, &about->body);
}

static bool has_variables(const struct lg_pattern *pattern)
{
    for (size_t i = 0; i < pattern->segment_count; i++) {
        if (pattern->segments[i].kind != LG_SEGMENT_LITERAL)
            return true;
    }
    return false;
}

static bool can_be_sent(const char *target)
{
    for (const char *at = target; *at != '\0'; at++) {
        if (*at <= ' ' || *at >= 0x7f || *at == '#')
            return false;
    }
    return target[0] == '/';
}

/* The target as a client sends it: behind a named stage. */
static bool describe_target(struct description *about)
{
    const char *target = about->asked->target;
    struct lg_head *head = &about->head;
    struct lg_str key = about->pattern.key;

    if (target == NULL && has_variables(&about->pattern))
        return misused(about, "a target is missing, such as /items/7, for the route", key.data);
    if (target == NULL)
        target = about->pattern.is_default ? "/" : strchr(key.data, '/');
    if (!can_be_sent(target))
        return misused(about, "a target starts with a slash and is percent-encoded, unlike",
                       target);
    if (about->api.stage_in_path)
        target = lg_arena_printf(&about->arena, "/%s%s", about->api.stage, target);
    head->target = lg_str_of(target);
    head->path = lg_str_part(head->target, 0, lg_str_find(head->target, '?', 0));
    if (head->path.size < head->target.size)
        head->query = lg_str_part(head->target, head->path.size + 1, head->target.size);
    return true;
}

static void describe_method(struct description *about)
{
    struct lg_str method = about->pattern.method;

    if (about->pattern.is_default || lg_str_is(method, "ANY"))
        method = about->body.size > 0 ? LG_STR("POST") : LG_STR("GET");
    about->head.method = method;
    about->head.version_minor = 1;
    about->head.peer = "127.0.0.1";
    about->head.local_port = 8080;
    about->head.content_length = (int64_t)about->body.size;
}

/* --- the event -------------------------------------------------------------------------------- */

static void print_event(struct description *about, const struct lg_route_match *match)
{
    char short_id[LG_REQUEST_ID_SIZE], uuid[LG_UUID_SIZE], trace[LG_TRACE_ROOT_SIZE];
    struct lg_event_source source = {
        .head = &about->head,
        .method = about->head.method,
        .match = match,
        .body = lg_buf_str(&about->body),
        .api = &about->api,
        .account_id = "123456789012",
        .request_id = about->api.kind == LG_API_REST ? uuid : short_id,
        .extended_id = short_id,
        .trace_id = trace,
        .wall_ms = lg_clock_wall_ms(),
    };
    struct lg_buf event;

    lg_id_request(short_id);
    lg_id_uuid(uuid);
    lg_id_trace_root(source.wall_ms, trace);
    lg_buf_init(&event, SIZE_MAX);
    if (about->api.kind == LG_API_REST || is(about->asked->payload, "1.0"))
        lg_payload_v1_write(&about->arena, &source, &event);
    else
        lg_payload_v2_write(&about->arena, &source, &event);
    lg_buf_add_char(&event, '\n');
    fwrite(event.data, 1, event.size, stdout);
    lg_buf_done(&event);
}

static bool match_and_print(struct description *about)
{
    const struct lg_route_entry entry = { .key = about->asked->route, .rule = about };
    struct lg_faults *faults = lg_faults_new();
    struct lg_route_table *table = lg_route_table_build(&entry, 1, faults);
    struct lg_str path = about->head.path;
    struct lg_route_match match;
    bool found;

    if (about->api.stage_in_path)
        path = lg_str_part(path, 1 + strlen(about->api.stage), path.size);
    found = table != NULL &&
            lg_route_table_find(table, &about->arena, about->head.method, path, &match) == LG_OK;
    if (found)
        print_event(about, &match);
    else
        (void)misused(about, "the route does not take", about->head.target.data);
    lg_route_table_free(table);
    lg_faults_free(faults);
    return found;
}

static int describe(const struct lg_command *command, const struct asked *asked)
{
    struct description about = { .command = command, .asked = asked };
    bool done;

    lg_arena_init(&about.arena);
    lg_buf_init(&about.body, BODY_MAX);
    done = describe_api(&about) && describe_route(&about) && describe_body(&about) &&
           describe_headers(&about) && describe_target(&about);
    if (done) {
        describe_method(&about);
        done = match_and_print(&about);
    }
    lg_buf_done(&about.body);
    lg_arena_done(&about.arena);
    return done ? LG_EXIT_OK : LG_EXIT_USAGE;
}

static int run(const struct lg_command *command, int argc, char **argv)
{
    struct asked asked = { .route = NULL };
    const struct lg_option options[] = {
        { .name = "route", .value = &asked.route },     { .name = "kind", .value = &asked.kind },
        { .name = "payload", .value = &asked.payload }, { .name = "stage", .value = &asked.stage },
        { .name = "header", .list = &asked.headers },   { .name = "binary", .list = &asked.binary },
        { .name = "data", .value = &asked.data },       { .name = "body", .value = &asked.body },
    };
    const struct lg_grammar grammar = {
        .options = options, .option_count = LG_COUNT(options), .least = 0, .most = 1
    };
    int status;

    asked.headers.items = lg_calloc((size_t)argc, sizeof(char *));
    asked.binary.items = lg_calloc((size_t)argc, sizeof(char *));
    if (lg_options_read(command, argc, argv, &grammar, &asked.target, &status))
        status = describe(command, &asked);
    free(asked.headers.items);
    free(asked.binary.items);
    return status;
}

const struct lg_command lg_command_event = {
    .name = "event",
    .arguments = "--route KEY [TARGET] [--kind http|rest] [--payload 1.0|2.0] [--stage NAME]\n"
                 "                        [--header LINE]... [--binary TYPE]...\n"
                 "                        [--data TEXT | --body FILE]",
    .summary = "Print the event that a function gets for a request.",
    .help = "TARGET is path and query, without the stage; it may be left out when the route has "
            "no variables.\nNothing is sent, and no daemon is needed:\n\n"
            "  lambdagate event --route \"POST /items\" --data '{\"id\": 7}' > event.json\n\n"
            "  --route KEY      \"GET /items/{id}\", \"ANY /{proxy+}\" or \"$default\"\n"
            "  --kind KIND      the kind of API: http (as if left out) or rest\n"
            "  --payload FORMAT 2.0 in an HTTP API, 1.0 in a REST API\n"
            "  --stage NAME     $default in an HTTP API, prod in a REST API\n"
            "  --header LINE    a header field, \"NAME: VALUE\"; may come again\n"
            "  --binary TYPE    a media type that a REST API hands over as base64; may come again\n"
            "  --data TEXT      the body, of type application/json unless a header says otherwise\n"
            "  --body FILE      a file that holds the body; - is standard input\n\n"
            "Account, API and ids are examples. Parameter mappings and authorizers of a "
            "configuration are not\nknown here.\n",
    .run = run,
};
