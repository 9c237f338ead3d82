/*
 * fuzz_gateway_response.c -- a request's head, to its API and into the words of a gateway response.
 *
 * Input: "TARGET", then lines "Name: value", the Host among them. Whatever the client sends, a JSON
 * template stays JSON, and one of HTML gets no tags but its own.
 */
#include <assert.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "respond/gateway_response.h"
#include "route/hosts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FIELDS_MAX 32
#define VALUES "$method.request.header.X-Who $method.request.querystring.q $context.path"

static const struct lg_config_pair templates[] = {
    { "application/json", "{\"a\":\"" VALUES "\",\"m\":$context.error.messageString}", { 0 } },
    { "text/html", "<p>" VALUES "</p>", { 0 } },
};
static const struct lg_config_pair parameters[] = {
    { "gatewayresponse.header.X-Q", "method.request.querystring.q", { 0 } },
};
static const struct lg_config_gateway_response responses[] = {
    { .type = LG_RESPONSE_DEFAULT_4XX,
      .response_templates = { templates, 2 },
      .response_parameters = { parameters, 1 } },
};

static const char *const exact[] = { "api.example.com", "[::1]" };
static const char *const wild[] = { "*.example.com", "*.eu.example.com" };
static const struct lg_config_api apis[] = {
    { .name = "a", .mount = "/v1", .hosts = { exact, 2 } },
    { .name = "b", .mount = "", .hosts = { wild, 2 }, .kind = LG_API_REST },
    { .name = "c", .mount = "/dev" },
};

static void read_head(struct lg_str rest, struct lg_head *head, struct lg_header *headers)
{
    struct lg_str line = LG_STR_NONE;
    size_t mark;

    *head = (struct lg_head){ .method = LG_STR("GET"), .headers = headers, .peer = "192.0.2.1" };
    (void)lg_str_next(&rest, '\n', &line);
    mark = lg_str_find(line, '?', 0);
    head->path = lg_str_part(line, 0, mark);
    if (mark < line.size)
        head->query = lg_str_part(line, mark + 1, line.size);
    while (head->header_count < FIELDS_MAX && lg_str_next(&rest, '\n', &line)) {
        size_t colon = lg_str_find(line, ':', 0);

        headers[head->header_count++] =
            (struct lg_header){ lg_str_part(line, 0, colon),
                                lg_str_trim(lg_str_part(line, colon + 1, line.size)) };
    }
}

static void check_hosts(const struct lg_head *head)
{
    struct lg_hosts *hosts = lg_hosts_build(apis, LG_COUNT(apis));
    struct lg_host_match match;

    if (lg_hosts_find(hosts, lg_head_find(head, "host"), head->path, &match) == LG_OK) {
        struct lg_str mount = lg_str_of(apis[match.api].mount);

        assert(match.api < LG_COUNT(apis));
        assert(lg_str_starts(head->path, mount));
        assert(mount.size == 0 || lg_str_starts(match.path, LG_STR("/")));
    }
    lg_hosts_free(hosts);
}

static size_t count(struct lg_str text, char byte)
{
    size_t found = 0;

    for (size_t at = lg_str_find(text, byte, 0); at < text.size;
         at = lg_str_find(text, byte, at + 1))
        found++;
    return found;
}

static void check_answer(struct lg_arena *arena, const struct lg_error_answer *answer)
{
    struct lg_json *json;

    if (strcmp(answer->content_type, "text/html") == 0) {
        assert(count(answer->body, '<') == 2 && count(answer->body, '>') == 2);
        return;
    }
    enum lg_err err = lg_json_read(arena, answer->body, &lg_json_default_limits, &json, NULL);
    assert(err == LG_OK);
}

static void check_responses(struct lg_arena *arena, const struct lg_head *head)
{
    const struct lg_config_api api = { .kind = LG_API_REST,
                                       .gateway_responses = responses,
                                       .gateway_response_count = 1 };
    const struct lg_context context = { .kind = LG_API_REST, .head = head, .path = head->path };
    const struct lg_response_source source = { .context = &context, .message = "Not Found" };
    struct lg_faults *faults = lg_faults_new();
    struct lg_gateway_responses *compiled = lg_gateway_responses_compile(&api, faults);
    struct lg_error_answer answer;
    const struct lg_header *headers;
    size_t header_count;

    assert(compiled != NULL);
    lg_error_answer(LG_ERROR_NOT_FOUND, LG_API_REST, LG_ERRORS_AWS, NULL, arena, &answer);
    lg_gateway_responses_apply(compiled, &source, arena, &answer, &headers, &header_count);
    check_answer(arena, &answer);
    for (size_t i = 0; i < header_count; i++)
        assert(lg_http_field_value_valid(headers[i].value));
    lg_gateway_responses_free(compiled);
    lg_faults_free(faults);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lg_header headers[FIELDS_MAX];
    struct lg_arena arena;
    struct lg_head head;

    lg_arena_init(&arena);
    read_head(lg_str_make((const char *)data, size), &head, headers);
    check_hosts(&head);
    check_responses(&arena, &head);
    lg_arena_done(&arena);
    return 0;
}
