/*
 * fuzz_cors.c -- what a browser, or somebody else, may send: only origins of the configured hosts
 * are let in, and whatever is said back can stand in a header.
 *
 * Input: Origin, Access-Control-Request-Method and Access-Control-Request-Headers, a line each.
 */
#include <assert.h>

#include "base/mem.h"
#include "base/text.h"
#include "respond/cors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const origins[] = { "https://a.example.com", "https://*.b.example.com",
                                       "http://localhost:3000" };
static const char *const star = "*";

/* A field value as the listener lets it through. */
static struct lg_str next_value(struct lg_arena *arena, struct lg_str *rest)
{
    struct lg_str line = LG_STR_NONE;
    char *copy;

    (void)lg_str_next(rest, '\n', &line);
    copy = lg_arena_copy(arena, line.data, line.size);
    for (size_t i = 0; i < line.size; i++)
        if (((unsigned char)copy[i] < 0x20 && copy[i] != '\t') || copy[i] == 0x7f)
            copy[i] = '_';
    return lg_str_trim(lg_str_make(copy, line.size));
}

static bool is_ours(struct lg_str origin)
{
    struct lg_str host = lg_str_part(origin, 8, origin.size);

    if (lg_str_ieq(origin, lg_str_of(origins[0])) || lg_str_ieq(origin, lg_str_of(origins[2])))
        return true;
    return lg_str_istarts(origin, LG_STR("https://")) && lg_str_find(host, '/', 0) == host.size &&
           lg_str_find(host, '@', 0) == host.size && lg_str_find(host, ':', 0) == host.size &&
           lg_str_find(host, '?', 0) == host.size && host.size > 14 &&
           lg_str_ieq(lg_str_part(host, host.size - 14, host.size), LG_STR(".b.example.com"));
}

static void check(const struct lg_cors *cors, struct lg_arena *arena, const struct lg_head *head,
                  bool named)
{
    struct lg_header headers[LG_CORS_HEADERS_MAX];
    size_t count = lg_cors_headers(cors, arena, head, headers);

    assert(count <= LG_CORS_HEADERS_MAX);
    for (size_t i = 0; i < count; i++) {
        assert(lg_cors_owns(headers[i].name));
        assert(headers[i].value.size > 0 && lg_http_field_value_valid(headers[i].value));
    }
    if (count > 0 && named)
        assert(is_ours(headers[0].value));
    assert(lg_cors_options_headers(cors, arena, head, headers) <= LG_CORS_HEADERS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct lg_config_cors named = { .allow_origins = { origins, LG_COUNT(origins) },
                                          .allow_methods = { &star, 1 },
                                          .allow_headers = { &star, 1 },
                                          .max_age_ms = -1,
                                          .allow_credentials = true };
    const struct lg_config_cors any = { .allow_origins = { &star, 1 },
                                        .allow_headers = { &star, 1 },
                                        .max_age_ms = 1000 };
    struct lg_cors *both[] = { lg_cors_compile(&named), lg_cors_compile(&any) };
    struct lg_str rest = lg_str_make((const char *)data, size);
    struct lg_header fields[3];
    struct lg_arena arena;

    lg_arena_init(&arena);
    fields[0] = (struct lg_header){ LG_STR("origin"), next_value(&arena, &rest) };
    fields[1] =
        (struct lg_header){ LG_STR("access-control-request-method"), next_value(&arena, &rest) };
    fields[2] =
        (struct lg_header){ LG_STR("access-control-request-headers"), next_value(&arena, &rest) };
    const struct lg_head head = { .method = LG_STR("OPTIONS"),
                                  .headers = fields,
                                  .header_count = 3 };
    check(both[0], &arena, &head, true);
    check(both[1], &arena, &head, false);
    lg_cors_free(both[0]);
    lg_cors_free(both[1]);
    lg_arena_done(&arena);
    return 0;
}
