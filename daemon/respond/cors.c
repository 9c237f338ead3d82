/* cors.c -- what browsers of other origins are told. */
#include "respond/cors.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

#define ALL_METHODS "DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT"

struct origin {
    struct lg_str text;   /* whole, or up to a "*" */
    struct lg_str suffix; /* what stands behind the "*" */
    bool wildcard;
};

struct lg_cors {
    struct lg_arena arena;
    bool any_origin;
    struct origin *origins;
    size_t origin_count;
    struct lg_str methods, headers, exposed; /* lists; data == NULL: none */
    struct lg_str max_age;
    bool any_header;
    bool credentials;
};

/* --- configuration -------------------------------------------------------------------------- */

static bool has_star(const struct lg_config_strings *strings)
{
    for (size_t i = 0; i < strings->count; i++)
        if (lg_str_is(lg_str_of(strings->items[i]), "*"))
            return true;
    return false;
}

static struct lg_str join(struct lg_arena *arena, const struct lg_config_strings *strings)
{
    struct lg_str joined = LG_STR_NONE;
    struct lg_buf out;

    if (strings->count == 0)
        return joined;
    lg_buf_init(&out, SIZE_MAX);
    for (size_t i = 0; i < strings->count; i++) {
        if (i > 0)
            lg_buf_add_char(&out, ',');
        lg_buf_add_cstr(&out, strings->items[i]);
    }
    joined = lg_arena_str(arena, lg_buf_str(&out));
    lg_buf_done(&out);
    return joined;
}

static void add_origin(struct lg_cors *cors, const char *configured)
{
    struct lg_str text = lg_arena_str(&cors->arena, lg_str_of(configured));
    size_t star = lg_str_find(text, '*', 0);

    if (lg_str_is(text, "*")) {
        cors->any_origin = true;
        return;
    }
    cors->origins[cors->origin_count++] = (struct origin){
        .text = lg_str_part(text, 0, star),
        .suffix = lg_str_part(text, star + 1, text.size),
        .wildcard = star < text.size,
    };
}

struct lg_cors *lg_cors_compile(const struct lg_config_cors *config)
{
    struct lg_cors *cors;

    if (config->allow_origins.count == 0)
        return NULL;
    cors = LG_NEW(struct lg_cors);
    lg_arena_init(&cors->arena);
    cors->origins =
        lg_arena_alloc(&cors->arena, config->allow_origins.count * sizeof(*cors->origins));
    for (size_t i = 0; i < config->allow_origins.count; i++)
        add_origin(cors, config->allow_origins.items[i]);
    cors->credentials = config->allow_credentials;
    cors->methods = join(&cors->arena, &config->allow_methods);
    cors->headers = join(&cors->arena, &config->allow_headers);
    cors->exposed = join(&cors->arena, &config->expose_headers);
    cors->any_header = has_star(&config->allow_headers);
    /* With credentials a browser takes "*" for a name, and nothing has that name. */
    if (cors->credentials && has_star(&config->allow_methods))
        cors->methods = LG_STR(ALL_METHODS);
    if (config->max_age_ms >= 0)
        cors->max_age = lg_str_of(
            lg_arena_printf(&cors->arena, "%lld", (long long)(config->max_age_ms / 1000)));
    return cors;
}

void lg_cors_free(struct lg_cors *cors)
{
    if (cors == NULL)
        return;
    lg_arena_done(&cors->arena);
    free(cors);
}

/* --- requests --------------------------------------------------------------------------------- */

static struct lg_str find(const struct lg_head *head, const char *name)
{
    return lg_head_find(head, name);
}

bool lg_cors_is_preflight(const struct lg_head *head)
{
    return lg_str_is(head->method, "OPTIONS") && find(head, "origin").size > 0 &&
           find(head, "access-control-request-method").size > 0;
}

bool lg_cors_owns(struct lg_str name)
{
    return lg_str_istarts(name, LG_STR("access-control-"));
}

bool lg_cors_varies(const struct lg_cors *cors)
{
    return !cors->any_origin;
}

static bool in_authority(struct lg_str text, bool ports)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '.' || c == '-' || c == '_' ||
                    (ports && (c == ':' || c == '[' || c == ']'));

        if (!fine)
            return false;
    }
    return text.size > 0;
}

/* "https://" and anything, or "https://" and labels before ".example.com". */
static bool fits(const struct origin *origin, struct lg_str given)
{
    size_t fixed = origin->text.size + origin->suffix.size;

    if (!origin->wildcard)
        return lg_str_ieq(given, origin->text);
    if (given.size <= fixed || !lg_str_istarts(given, origin->text))
        return false;
    return lg_str_ieq(lg_str_part(given, given.size - origin->suffix.size, given.size),
                      origin->suffix) &&
           in_authority(lg_str_part(given, origin->text.size, given.size - origin->suffix.size),
                        origin->suffix.size == 0);
}

/* What access-control-allow-origin says; data == NULL: nothing. */
static struct lg_str allowed(const struct lg_cors *cors, struct lg_arena *arena,
                             struct lg_str given)
{
    if (given.size == 0)
        return LG_STR_NONE;
    if (cors->any_origin)
        return LG_STR("*");
    for (size_t i = 0; i < cors->origin_count; i++)
        if (fits(&cors->origins[i], given))
            return lg_arena_str(arena, given);
    return LG_STR_NONE;
}

/* --- answers ---------------------------------------------------------------------------------- */

struct answer {
    struct lg_header *headers;
    size_t count;
};

static void add(struct answer *answer, const char *name, struct lg_str value)
{
    if (value.size > 0)
        answer->headers[answer->count++] = (struct lg_header){ lg_str_of(name), value };
}

static bool is_list_of_names(struct lg_str list)
{
    struct lg_str piece;

    while (lg_str_next(&list, ',', &piece))
        if (!lg_http_token_valid(lg_str_trim(piece)))
            return false;
    return true;
}

/* With credentials "*" would be a name: what was asked for is said back. */
static struct lg_str allowed_headers(const struct lg_cors *cors, struct lg_arena *arena,
                                     const struct lg_head *head)
{
    struct lg_str asked = find(head, "access-control-request-headers");

    if (!cors->any_header || !cors->credentials)
        return cors->headers;
    return asked.size > 0 && is_list_of_names(asked) ? lg_arena_str(arena, asked) : LG_STR_NONE;
}

static void add_origin_fields(struct answer *answer, const struct lg_cors *cors,
                              struct lg_str origin)
{
    add(answer, "access-control-allow-origin", origin);
    if (cors->credentials)
        add(answer, "access-control-allow-credentials", LG_STR("true"));
}

static void add_preflight_fields(struct answer *answer, const struct lg_cors *cors,
                                 struct lg_arena *arena, const struct lg_head *head)
{
    add(answer, "access-control-allow-methods", cors->methods);
    add(answer, "access-control-allow-headers", allowed_headers(cors, arena, head));
    add(answer, "access-control-max-age", cors->max_age);
}

size_t lg_cors_headers(const struct lg_cors *cors, struct lg_arena *arena,
                       const struct lg_head *head, struct lg_header *ret_headers)
{
    struct lg_str origin = allowed(cors, arena, find(head, "origin"));
    struct answer answer = { ret_headers, 0 };

    if (origin.data == NULL)
        return 0;
    add_origin_fields(&answer, cors, origin);
    if (lg_cors_is_preflight(head))
        add_preflight_fields(&answer, cors, arena, head);
    else
        add(&answer, "access-control-expose-headers", cors->exposed);
    return answer.count;
}

size_t lg_cors_options_headers(const struct lg_cors *cors, struct lg_arena *arena,
                               const struct lg_head *head, struct lg_header *ret_headers)
{
    struct lg_str origin = allowed(cors, arena, find(head, "origin"));
    struct answer answer = { ret_headers, 0 };

    if (cors->any_origin)
        origin = LG_STR("*");
    else if (cors->origin_count == 1 && !cors->origins[0].wildcard)
        origin = cors->origins[0].text;
    if (origin.data == NULL)
        return 0;
    add_origin_fields(&answer, cors, origin);
    add_preflight_fields(&answer, cors, arena, head);
    return answer.count;
}
