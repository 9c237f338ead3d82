/* test_parameters.c -- required parameters, and what the client hears of missing ones. */
#include "validate/parameters.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "base/mem.h"

static struct lg_arena arena;
static struct lg_faults *faults;

static void start(void)
{
    lg_arena_init(&arena);
    faults = lg_faults_new();
}

static void stop(void)
{
    lg_faults_free(faults);
    lg_arena_done(&arena);
}

TestSuite(parameters, .init = start, .fini = stop);

#define KEY "GET /shops/{id}/{rest+}"
#define REQUIRED(text)                                                                             \
    {                                                                                              \
        .name = (text), .value = "required", .where = {.file = "a.yaml" }                          \
    }
#define OPTIONAL(text)                                                                             \
    {                                                                                              \
        .name = (text), .value = "optional", .where = {.file = "a.yaml" }                          \
    }
#define ALL(...)                                                                                   \
    (const struct lg_config_pair[]){ __VA_ARGS__ },                                                \
        sizeof((const struct lg_config_pair[]){ __VA_ARGS__ }) / sizeof(struct lg_config_pair)

static struct lg_header fields[4];
static size_t field_count;
static const char *query;
static const char *captured = "7";

static struct lg_parameters *compile(const struct lg_config_pair *items, size_t count,
                                     enum lg_config_api_kind kind)
{
    const struct lg_config_pairs pairs = { items, count };
    struct lg_pattern pattern;
    const char *message;

    cr_assert(eq(int, lg_pattern_parse(&arena, LG_STR(KEY), &pattern, &message), LG_OK));
    return lg_parameters_compile(&pairs, kind, &pattern, faults);
}

/* What a request hears, NULL: it passes. */
static const char *check(const struct lg_config_pair *items, size_t count,
                         enum lg_config_api_kind kind)
{
    const struct lg_capture captures[] = {
        { LG_STR("id"), LG_STR_NONE, lg_str_of(captured) },
        { LG_STR("rest"), LG_STR_NONE, LG_STR("a/b") },
    };
    const struct lg_route_match match = { .captures = captures, .capture_count = 2 };
    const struct lg_head head = { .headers = fields,
                                  .header_count = field_count,
                                  .query = lg_str_of(query) };
    struct lg_parameters *parameters = compile(items, count, kind);
    const char *message = NULL;

    cr_assert(parameters != NULL, "%s", lg_faults_line(faults, 0));
    enum lg_err err = lg_parameters_check(parameters, &arena, &head, &match, &message);
    cr_assert(eq(int, err, message == NULL ? LG_OK : LG_ERR_NOT_FOUND));
    lg_parameters_free(parameters);
    return message;
}

static void field(const char *name, const char *value)
{
    fields[field_count++] = (struct lg_header){ lg_str_of(name), lg_str_of(value) };
}

static void is(const char *found, const char *expected)
{
    cr_assert(found == NULL || expected == NULL ? found == expected : strcmp(found, expected) == 0,
              "found %s", found == NULL ? "nothing" : found);
}

Test(parameters, missing_ones_are_named_by_place_header_path_querystring_and_by_name)
{
    captured = " ";
    is(check(ALL(REQUIRED("querystring.q"), REQUIRED("path.id"), REQUIRED("querystring.a"),
                 REQUIRED("header.X-Tenant"), REQUIRED("header.A")),
             LG_API_REST),
       "Missing required request parameters: [A, X-Tenant, id, a, q]");
}

Test(parameters, those_that_are_there_are_not_named)
{
    field("X-Tenant", "t");
    query = "q=1";
    is(check(ALL(REQUIRED("header.X-Tenant"), REQUIRED("path.id"), REQUIRED("querystring.q"),
                 REQUIRED("querystring.r")),
             LG_API_REST),
       "Missing required request parameters: [r]");
    query = "q=1&r=2";
    is(check(ALL(REQUIRED("header.X-Tenant"), REQUIRED("path.id"), REQUIRED("querystring.q"),
                 REQUIRED("querystring.r")),
             LG_API_REST),
       NULL);
}

Test(parameters, a_blank_one_is_missing)
{
    field("x", " \t ");
    field("y", "");
    query = "p&q=&r=+%09&s=0";
    is(check(ALL(REQUIRED("header.x"), REQUIRED("header.y"), REQUIRED("querystring.p"),
                 REQUIRED("querystring.q"), REQUIRED("querystring.r"), REQUIRED("querystring.s")),
             LG_API_REST),
       "Missing required request parameters: [x, y, p, q, r]");
}

Test(parameters, of_several_values_one_is_enough)
{
    field("x", "");
    field("x", "1");
    query = "q=&q=1";
    is(check(ALL(REQUIRED("header.x"), REQUIRED("querystring.q")), LG_API_REST), NULL);
}

Test(parameters, only_presence_is_checked)
{
    field("x", "not a number");
    is(check(ALL(REQUIRED("header.x")), LG_API_REST), NULL);
}

Test(parameters, rest_apis_tell_headers_apart_by_case_but_for_those_that_the_gateway_spells)
{
    field("x-tenant", "t");
    field("host", "h");
    field("user-agent", "u");
    is(check(
           ALL(REQUIRED("header.X-Tenant"), REQUIRED("header.Host"), REQUIRED("header.User-Agent")),
           LG_API_REST),
       "Missing required request parameters: [X-Tenant]");
}

Test(parameters, http_apis_take_headers_in_any_case)
{
    field("x-tenant", "t");
    is(check(ALL(REQUIRED("header.X-Tenant")), LG_API_HTTP), NULL);
    is(check(ALL(REQUIRED("header.X-Other")), LG_API_HTTP),
       "Missing required request parameters: [X-Other]");
}

Test(parameters, names_of_query_parameters_differ_by_case_and_are_compared_decoded)
{
    query = "Q=1&caf%C3%A9=1";
    is(check(ALL(REQUIRED("querystring.q"), REQUIRED("querystring.caf\xc3\xa9")), LG_API_REST),
       "Missing required request parameters: [q]");
}

Test(parameters, a_semicolon_parts_parameters_of_rest_apis)
{
    query = "a=1;q=1";
    is(check(ALL(REQUIRED("querystring.q")), LG_API_REST), NULL);
    is(check(ALL(REQUIRED("querystring.q")), LG_API_HTTP),
       "Missing required request parameters: [q]");
}

Test(parameters, without_a_required_one_there_is_nothing_to_check)
{
    cr_assert(compile(ALL(OPTIONAL("header.x"), OPTIONAL("path.id")), LG_API_REST) == NULL);
    cr_assert(compile(NULL, 0, LG_API_REST) == NULL);
    cr_assert(eq(sz, lg_faults_count(faults), 0));
    lg_parameters_free(NULL);
}

static void fault(const char *name, const char *value, const char *part)
{
    const struct lg_config_pair pair = { name,
                                         value,
                                         { .file = "a.yaml", .line = 3, .path = "p" } };
    size_t before = lg_faults_count(faults);

    cr_assert(compile(&pair, 1, LG_API_REST) == NULL);
    cr_assert(eq(sz, lg_faults_count(faults), before + 1));
    cr_assert(strstr(lg_faults_line(faults, before), part) != NULL, "%s",
              lg_faults_line(faults, before));
}

Test(parameters, what_is_none_is_a_fault)
{
    fault("path.nope", "required",
          "a.yaml:3: p: found the path variable \"nope\", expected one of the route \"" KEY "\"");
    fault("cookie.x", "required", "expected header.NAME, querystring.NAME or path.NAME");
    fault("header.", "required", "found an unknown parameter");
    fault("header.a b", "required", "expected a header's name");
    fault("header.x", "yes", "found \"yes\", expected required or optional");
}

Test(parameters, a_route_has_at_most_100)
{
    static struct lg_config_pair pairs[LG_PARAMETERS_MAX + 1];
    static char names[LG_PARAMETERS_MAX + 1][24];

    for (size_t i = 0; i < LG_COUNT(pairs); i++) {
        snprintf(names[i], sizeof(names[i]), "header.x%zu", i);
        pairs[i] = (struct lg_config_pair)REQUIRED(names[i]);
    }
    lg_parameters_free(compile(pairs, LG_PARAMETERS_MAX, LG_API_REST));
    cr_assert(eq(sz, lg_faults_count(faults), 0));
    cr_assert(compile(pairs, LG_COUNT(pairs), LG_API_REST) == NULL);
    cr_assert(strstr(lg_faults_line(faults, 0), "found 101 parameters, expected at most 100") !=
              NULL);
}
