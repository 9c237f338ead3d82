/* mapped.c -- a parameter mapping compiled and applied to one request or answer. */
#include "mapped.h"

#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define KEY "GET /shops/{shop}/{rest+}"
#define TARGET "/shops/7/a/b"

static struct lg_arena arena;
static struct lg_faults *faults;
static struct lg_route_table *table;
static struct lg_mapped last;
static struct lg_mapped_answer last_answer;
static const char *reason;

static const struct lg_config_pair variables[] = { { .name = "backend", .value = "blue" } };
static const struct lg_config_pairs stage_variables = { variables, 1 };
static const struct lg_config_pair declared[] = {
    { .name = "header.X-Tenant", .value = "required" },
    { .name = "header.Host", .value = "optional" },
    { .name = "querystring.q", .value = "optional" },
};
static const struct lg_config_pairs parameters = { declared, 3 };

static const struct lg_header claims[] = { FIELD("sub", "user-17"),
                                           FIELD("cognito:groups", "[a b]") };
static const struct lg_header properties[] = { FIELD("principalId", "p-1") };
static const struct lg_context_authorizer authorizer = { claims, 2, properties, 1 };

void mapped_start(void)
{
    lg_arena_init(&arena);
    faults = lg_faults_new();
}

void mapped_stop(void)
{
    lg_route_table_free(table);
    table = NULL;
    lg_faults_free(faults);
    lg_arena_done(&arena);
}

static struct lg_config_pairs pairs_of(const struct pair *pairs)
{
    size_t count = 0;

    while (pairs[count].name != NULL)
        count++;
    struct lg_config_pair *items = lg_arena_zalloc(&arena, count * sizeof(*items));
    for (size_t i = 0; i < count; i++)
        items[i] = (struct lg_config_pair){ pairs[i].name,
                                            pairs[i].value,
                                            { .file = "gateway.yaml", .line = 7, .path = "m" } };
    return (struct lg_config_pairs){ items, count };
}

static struct lg_head head_of(const struct mapped_request *request)
{
    struct lg_str target = lg_str_of(request->target != NULL ? request->target : TARGET);
    size_t mark = lg_str_find(target, '?', 0);
    struct lg_head head = {
        .method = LG_STR("GET"),
        .target = target,
        .path = lg_str_part(target, 0, mark),
        .version_minor = 1,
        .headers = request->headers,
        .header_count = request->header_count,
        .peer = "198.51.100.7",
    };

    if (mark < target.size)
        head.query = lg_str_part(target, mark + 1, target.size);
    return head;
}

static struct lg_route_match match_of(const struct mapped_request *request,
                                      const struct lg_head *head)
{
    struct lg_route_entry entry = { .key = request->key != NULL ? request->key : KEY,
                                    .rule = &arena };
    struct lg_route_match match;

    lg_route_table_free(table);
    table = lg_route_table_build(&entry, 1, faults);
    cr_assert(ne(ptr, table, NULL));
    cr_assert(eq(int, lg_route_table_find(table, &arena, head->method, head->path, &match), LG_OK));
    return match;
}

static struct lg_str body_of(const struct mapped_request *request)
{
    if (request->body_size > 0)
        return lg_str_make(request->body, request->body_size);
    return lg_str_of(request->body);
}

static struct lg_context context_of(const struct mapped_request *request,
                                    const struct lg_head *head, const struct lg_route_match *match)
{
    return (struct lg_context){
        .kind = request->kind,
        .head = head,
        .method = head->method,
        .path = head->path,
        .route_key = match->pattern->key,
        .account_id = "123456789012",
        .api_id = "ab12cd34ef",
        .stage = "prod",
        .request_id = "Kx7mZpQ2vHcEXYa=",
        .extended_request_id = "ext-1=",
        .wall_ms = 1783711144123,
        .authorizer = &authorizer,
    };
}

static struct lg_mapping_scope scope_of(enum lg_config_api_kind kind, bool answer,
                                        const struct lg_pattern *pattern)
{
    return (struct lg_mapping_scope){ kind, answer, pattern, &stage_variables, &parameters };
}

static void no_faults(void)
{
    cr_assert(eq(sz, lg_faults_count(faults), 0), "%s", lg_faults_line(faults, 0));
}

/* Results point into the mapping: it lives as long as they do. */
static void free_mapping(void *mapping)
{
    lg_mapping_free(mapping);
}

static void free_answer_mapping(void *mapping)
{
    lg_answer_mapping_free(mapping);
}

enum lg_err mapped_try(const struct pair *pairs, const struct mapped_request *request)
{
    struct lg_config_pairs config = pairs_of(pairs);
    struct lg_head head = head_of(request);
    struct lg_route_match match = match_of(request, &head);
    struct lg_context context = context_of(request, &head, &match);
    struct lg_mapping_scope scope = scope_of(request->kind, false, match.pattern);
    struct lg_mapping *mapping = lg_mapping_compile(&config, &scope, faults);
    const struct lg_mapping_source source = {
        .context = &context,
        .headers = head.headers,
        .header_count = head.header_count,
        .body = body_of(request),
        .path = head.path,
        .query = head.query,
        .match = &match,
    };

    no_faults();
    enum lg_err err = lg_mapping_apply(mapping, &arena, &source, &last, &reason);
    lg_arena_defer(&arena, free_mapping, mapping);
    return err;
}

void mapped(const struct pair *pairs, const struct mapped_request *request)
{
    cr_assert(eq(int, mapped_try(pairs, request), LG_OK), "%s", reason);
}

enum lg_err mapped_answer_try(const struct pair *pairs, const struct mapped_request *answer)
{
    struct mapped_request request = { .kind = answer->kind };
    struct lg_config_named_pair named = { "200", pairs_of(pairs), { .file = "gateway.yaml" } };
    struct lg_config_named_pairs statuses = { &named, 1 };
    struct lg_head head = head_of(&request);
    struct lg_route_match match = match_of(&request, &head);
    struct lg_context context = context_of(&request, &head, &match);
    struct lg_mapping_scope scope = scope_of(answer->kind, true, match.pattern);
    struct lg_answer_mapping *mapping = lg_answer_mapping_compile(&statuses, &scope, faults);
    const struct lg_mapping_source source = {
        .context = &context,
        .headers = answer->headers,
        .header_count = answer->header_count,
        .body = body_of(answer),
        .path = head.path,
        .match = &match,
    };

    context.status = 200;
    no_faults();
    cr_assert(lg_answer_mapping_has(mapping, 200));
    cr_assert(not(lg_answer_mapping_has(mapping, 201)));
    enum lg_err err = lg_answer_mapping_apply(mapping, &arena, 200, &source, &last_answer, &reason);
    last = (struct lg_mapped){ .headers = last_answer.headers,
                               .header_count = last_answer.header_count };
    lg_arena_defer(&arena, free_answer_mapping, mapping);
    return err;
}

void mapped_answer(const struct pair *pairs, const struct mapped_request *answer)
{
    cr_assert(eq(int, mapped_answer_try(pairs, answer), LG_OK), "%s", reason);
}

int mapped_status(void)
{
    return last_answer.status;
}

const struct lg_mapped *mapped_last(void)
{
    return &last;
}

const char *mapped_reason(void)
{
    return reason;
}

const char *mapped_header(const char *name)
{
    const char *found = NULL;

    for (size_t i = 0; i < last.header_count; i++) {
        if (!lg_str_iis(last.headers[i].name, name))
            continue;
        found = lg_arena_printf(&arena, "%s%s%.*s", found == NULL ? "" : found,
                                found == NULL ? "" : "|", LG_STR_ARG(last.headers[i].value));
    }
    return found;
}

void text_is(const char *found, const char *expected)
{
    bool same =
        found == NULL || expected == NULL ? found == expected : strcmp(found, expected) == 0;

    cr_assert(same, "found %s, not %s", found == NULL ? "nothing" : found,
              expected == NULL ? "nothing" : expected);
}

void header_is(const char *name, const char *expected)
{
    text_is(mapped_header(name), expected);
}

const char *mapped_query(void)
{
    return last.query.data == NULL ? NULL : lg_arena_cstr(&arena, last.query);
}

const char *mapped_path(void)
{
    return last.path.data == NULL ? NULL : lg_arena_cstr(&arena, last.path);
}

const char *mapped_fault(enum lg_config_api_kind kind, bool answer, const char *name,
                         const char *value)
{
    const struct pair pairs[] = { { name, value }, { NULL, NULL } };
    struct lg_config_named_pair named = { "200", pairs_of(pairs), { .file = "gateway.yaml" } };
    struct lg_config_named_pairs statuses = { &named, 1 };
    struct lg_pattern pattern;
    const char *message;

    cr_assert(eq(int, lg_pattern_parse(&arena, LG_STR(KEY), &pattern, &message), LG_OK));
    struct lg_mapping_scope scope = scope_of(kind, answer, &pattern);
    size_t before = lg_faults_count(faults);
    if (answer)
        cr_assert(eq(ptr, lg_answer_mapping_compile(&statuses, &scope, faults), NULL), "%s: %s",
                  name, value);
    else
        cr_assert(eq(ptr, lg_mapping_compile(&named.pairs, &scope, faults), NULL), "%s: %s", name,
                  value);
    cr_assert(eq(sz, lg_faults_count(faults), before + 1));
    const char *line = lg_faults_line(faults, before);
    cr_assert(eq(int, strncmp(line, "gateway.yaml:7: m: ", 19), 0), "%s", line);
    return line + 19;
}

void mapped_fault_says(enum lg_config_api_kind kind, bool answer, const char *name,
                       const char *value, const char *part)
{
    const char *fault = mapped_fault(kind, answer, name, value);

    cr_assert(strstr(fault, part) != NULL, "%s: %s: %s", name, value, fault);
}
