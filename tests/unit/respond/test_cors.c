/* test_cors.c -- what browsers of other origins are told, by configuration and request. */
#include "respond/cors.h"

#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "base/mem.h"

static struct lg_arena arena;
static struct lg_cors *cors;

static void start(void)
{
    lg_arena_init(&arena);
}

static void stop(void)
{
    lg_cors_free(cors);
    lg_arena_done(&arena);
}

TestSuite(cors, .init = start, .fini = stop);

#define LIST(...)                                                                                  \
    {                                                                                              \
        (const char *const[]){ __VA_ARGS__ },                                                      \
            sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *)                    \
    }

static void with(struct lg_config_cors config)
{
    lg_cors_free(cors);
    cors = lg_cors_compile(&config);
    cr_assert(cors != NULL);
}

/* A request: "GET" or "OPTIONS", and the header fields that are not NULL. */
struct asked {
    const char *method, *origin, *wanted_method, *wanted_headers;
};

static struct lg_head head_of(const struct asked *asked)
{
    struct lg_header *fields = lg_arena_alloc(&arena, 3 * sizeof(*fields));
    struct lg_head head = { .method = lg_str_of(asked->method), .headers = fields };

    if (asked->origin != NULL)
        fields[head.header_count++] =
            (struct lg_header){ LG_STR("Origin"), lg_str_of(asked->origin) };
    if (asked->wanted_method != NULL)
        fields[head.header_count++] = (struct lg_header){ LG_STR("Access-Control-Request-Method"),
                                                          lg_str_of(asked->wanted_method) };
    if (asked->wanted_headers != NULL)
        fields[head.header_count++] = (struct lg_header){ LG_STR("Access-Control-Request-Headers"),
                                                          lg_str_of(asked->wanted_headers) };
    return head;
}

static const char *joined(const struct lg_header *headers, size_t count)
{
    const char *text = "";

    cr_assert(count <= LG_CORS_HEADERS_MAX);
    for (size_t i = 0; i < count; i++) {
        struct lg_str name = headers[i].name;
        cr_assert(lg_str_starts(name, LG_STR("access-control-")));
        name = lg_str_part(name, 15, name.size);
        text = lg_arena_printf(&arena, "%s%s%.*s: %.*s", text, i > 0 ? "; " : "", LG_STR_ARG(name),
                               LG_STR_ARG(headers[i].value));
    }
    return text;
}

static void told(struct asked asked, const char *expected)
{
    struct lg_header headers[LG_CORS_HEADERS_MAX];
    struct lg_head head = head_of(&asked);
    const char *found = joined(headers, lg_cors_headers(cors, &arena, &head, headers));

    cr_assert(strcmp(found, expected) == 0, "found %s", found);
}

static void options_told(struct asked asked, const char *expected)
{
    struct lg_header headers[LG_CORS_HEADERS_MAX];
    struct lg_head head = head_of(&asked);
    const char *found = joined(headers, lg_cors_options_headers(cors, &arena, &head, headers));

    cr_assert(strcmp(found, expected) == 0, "found %s", found);
}

#define APP "https://app.example.com"
#define GET(origin) ((struct asked){ "GET", (origin), NULL, NULL })
#define PREFLIGHT(origin) ((struct asked){ "OPTIONS", (origin), "PUT", "x-a" })

static bool allows(const char *origin)
{
    struct lg_header headers[LG_CORS_HEADERS_MAX];
    struct lg_head head = head_of(&GET(origin));
    size_t count = lg_cors_headers(cors, &arena, &head, headers);

    if (count > 0)
        cr_assert(lg_str_is(headers[0].value, origin));
    return count > 0;
}

Test(cors, a_preflight_is_told_all_that_may_be_asked)
{
    with((struct lg_config_cors){ .allow_origins = LIST(APP),
                                  .allow_methods = LIST("GET", "PUT"),
                                  .allow_headers = LIST("x-a", "authorization"),
                                  .expose_headers = LIST("x-b"),
                                  .max_age_ms = 600000,
                                  .allow_credentials = true });
    told(PREFLIGHT(APP), "allow-origin: " APP "; allow-credentials: true; allow-methods: GET,PUT; "
                         "allow-headers: x-a,authorization; max-age: 600");
}

Test(cors, any_other_request_is_told_what_may_be_read)
{
    with((struct lg_config_cors){ .allow_origins = LIST(APP),
                                  .allow_methods = LIST("GET"),
                                  .expose_headers = LIST("x-b", "date"),
                                  .max_age_ms = 600000,
                                  .allow_credentials = true });
    told(GET(APP), "allow-origin: " APP "; allow-credentials: true; expose-headers: x-b,date");
    told((struct asked){ "OPTIONS", APP, NULL, NULL },
         "allow-origin: " APP "; allow-credentials: true; expose-headers: x-b,date");
}

Test(cors, what_is_not_configured_is_not_said)
{
    with((struct lg_config_cors){ .allow_origins = LIST(APP), .max_age_ms = -1 });
    told(PREFLIGHT(APP), "allow-origin: " APP);
    told(GET(APP), "allow-origin: " APP);
}

Test(cors, an_age_of_zero_is_said)
{
    with((struct lg_config_cors){ .allow_origins = LIST(APP), .max_age_ms = 0 });
    told(PREFLIGHT(APP), "allow-origin: " APP "; max-age: 0");
}

Test(cors, without_an_origin_nothing_is_said)
{
    with((struct lg_config_cors){ .allow_origins = LIST("*"), .allow_methods = LIST("*") });
    told(GET(NULL), "");
    told((struct asked){ "OPTIONS", NULL, "GET", NULL }, "");
    told(GET(""), "");
}

Test(cors, an_origin_that_is_not_listed_hears_nothing)
{
    with((struct lg_config_cors){ .allow_origins = LIST(APP, "https://b.example.com"),
                                  .allow_methods = LIST("GET"),
                                  .allow_credentials = true });
    told(PREFLIGHT("https://evil.example.com"), "");
    told(GET("https://evil.example.com"), "");
    told(GET("null"), "");
}

Test(cors, of_several_origins_the_one_that_asks_is_named)
{
    with((struct lg_config_cors){ .allow_origins = LIST(APP, "https://b.example.com") });
    told(GET("https://b.example.com"), "allow-origin: https://b.example.com");
    told(GET("HTTPS://B.example.com"), "allow-origin: HTTPS://B.example.com");
}

Test(cors, any_origin_is_a_star)
{
    with((struct lg_config_cors){ .allow_origins = LIST("*", APP) });
    told(GET(APP), "allow-origin: *");
    told(GET("null"), "allow-origin: *");
}

Test(cors, any_origin_of_a_scheme_is_named)
{
    with((struct lg_config_cors){ .allow_origins = LIST("https://*") });
    cr_assert(allows("https://a.example"));
    cr_assert(allows("https://a.example:8443"));
    cr_assert(allows("https://[::1]:3000"));
    cr_assert(not(allows("http://a.example")));
    cr_assert(not(allows("https://")));
    cr_assert(not(allows("https://a.example/path")));
    cr_assert(not(allows("https://a@b.example")));
    cr_assert(not(allows("null")));
}

Test(cors, any_origin_below_a_host_is_named_and_the_host_itself_is_not)
{
    with((struct lg_config_cors){ .allow_origins = LIST("https://*.example.com") });
    cr_assert(allows("https://a.example.com"));
    cr_assert(allows("https://a.b.example.com"));
    cr_assert(not(allows("https://example.com")));
    cr_assert(not(allows("https://.example.com")));
    cr_assert(not(allows("https://evilexample.com")));
    cr_assert(not(allows("https://a.example.com.evil.org")));
    cr_assert(not(allows("https://evil.org/.example.com")));
    cr_assert(not(allows("https://evil.org:1.example.com")));
    cr_assert(not(allows("http://a.example.com")));
    cr_assert(not(allows("https://a.example.com:8443")));
}

Test(cors, an_origin_has_exactly_the_port_that_is_listed)
{
    with((struct lg_config_cors){ .allow_origins = LIST("http://localhost:3000") });
    cr_assert(allows("http://localhost:3000"));
    cr_assert(not(allows("http://localhost")));
    cr_assert(not(allows("http://localhost:30000")));
}

Test(cors, stars_for_methods_and_headers_are_sent_as_they_are)
{
    with((struct lg_config_cors){ .allow_origins = LIST("*"),
                                  .allow_methods = LIST("*"),
                                  .allow_headers = LIST("*", "authorization"),
                                  .expose_headers = LIST("*"),
                                  .max_age_ms = -1 });
    told(PREFLIGHT(APP), "allow-origin: *; allow-methods: *; allow-headers: *,authorization");
    told(GET(APP), "allow-origin: *; expose-headers: *");
}

Test(cors, with_credentials_stars_are_replaced_by_names)
{
    with((struct lg_config_cors){ .allow_origins = LIST(APP),
                                  .allow_methods = LIST("*"),
                                  .allow_headers = LIST("*"),
                                  .max_age_ms = -1,
                                  .allow_credentials = true });
    told((struct asked){ "OPTIONS", APP, "PUT", "x-a, authorization" },
         "allow-origin: " APP "; allow-credentials: true; allow-methods: "
         "DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT; allow-headers: x-a, authorization");
    told((struct asked){ "OPTIONS", APP, "PUT", NULL },
         "allow-origin: " APP "; allow-credentials: true; allow-methods: "
         "DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT");
    told((struct asked){ "OPTIONS", APP, "PUT", "x-a: evil" },
         "allow-origin: " APP "; allow-credentials: true; allow-methods: "
         "DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT");
}

Test(cors, a_preflight_is_options_with_origin_and_requested_method)
{
    struct lg_head preflight = head_of(&PREFLIGHT(APP));
    struct lg_head no_origin = head_of(&(struct asked){ "OPTIONS", NULL, "GET", NULL });
    struct lg_head no_method = head_of(&(struct asked){ "OPTIONS", APP, NULL, NULL });
    struct lg_head get = head_of(&(struct asked){ "GET", APP, "GET", NULL });

    cr_assert(lg_cors_is_preflight(&preflight));
    cr_assert(not(lg_cors_is_preflight(&no_origin)));
    cr_assert(not(lg_cors_is_preflight(&no_method)));
    cr_assert(not(lg_cors_is_preflight(&get)));
}

Test(cors, answers_vary_unless_all_are_the_same)
{
    with((struct lg_config_cors){ .allow_origins = LIST("*") });
    cr_assert(not(lg_cors_varies(cors)));
    with((struct lg_config_cors){ .allow_origins = LIST(APP) });
    cr_assert(lg_cors_varies(cors));
    with((struct lg_config_cors){ .allow_origins = LIST("https://*") });
    cr_assert(lg_cors_varies(cors));
}

Test(cors, without_origins_there_is_none)
{
    const struct lg_config_cors config = { .max_age_ms = -1 };

    cr_assert(lg_cors_compile(&config) == NULL);
    lg_cors_free(NULL);
}

Test(cors, the_fields_of_the_protocol_are_the_gateways)
{
    cr_assert(lg_cors_owns(LG_STR("Access-Control-Allow-Origin")));
    cr_assert(lg_cors_owns(LG_STR("access-control-expose-headers")));
    cr_assert(not(lg_cors_owns(LG_STR("access-control"))));
    cr_assert(not(lg_cors_owns(LG_STR("vary"))));
}

/* --- REST ------------------------------------------------------------------------------------- */

Test(cors, an_options_method_names_a_single_origin_to_whoever_asks)
{
    with((struct lg_config_cors){
        .allow_origins = LIST(APP), .allow_methods = LIST("GET"), .max_age_ms = -1 });
    options_told((struct asked){ "OPTIONS", NULL, NULL, NULL },
                 "allow-origin: " APP "; allow-methods: GET");
    options_told(PREFLIGHT("https://evil.example.com"),
                 "allow-origin: " APP "; allow-methods: GET");
}

Test(cors, an_options_method_names_any_origin_as_a_star)
{
    with((struct lg_config_cors){
        .allow_origins = LIST("*"), .allow_headers = LIST("content-type"), .max_age_ms = 5000 });
    options_told((struct asked){ "OPTIONS", NULL, NULL, NULL },
                 "allow-origin: *; allow-headers: content-type; max-age: 5");
}

Test(cors, an_options_method_with_several_origins_names_the_one_that_asks)
{
    with((struct lg_config_cors){ .allow_origins = LIST(APP, "https://b.example.com"),
                                  .max_age_ms = -1 });
    options_told(PREFLIGHT("https://b.example.com"), "allow-origin: https://b.example.com");
    options_told(PREFLIGHT("https://evil.example.com"), "");
    options_told((struct asked){ "OPTIONS", NULL, NULL, NULL }, "");
}
