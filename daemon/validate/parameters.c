/* parameters.c -- request parameters that a route cannot do without. */
#include "validate/parameters.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "route/query.h"
#include "validate/rest_header.h"

/* In the order in which missing ones are named. */
enum place { HEADER, PATH, QUERY };

struct parameter {
    enum place place;
    struct lg_str name;
    size_t capture; /* PATH */
};

struct lg_parameters {
    struct lg_arena arena;
    bool rest;
    struct parameter *items; /* the required ones, in order */
    size_t count;
};

/* --- when the configuration is read ----------------------------------------------------------- */

static bool find_capture(const struct lg_pattern *pattern, struct lg_str name, size_t *ret_capture)
{
    size_t capture = 0;

    for (size_t i = 0; i < pattern->segment_count; i++) {
        const struct lg_segment *segment = &pattern->segments[i];

        if (segment->kind == LG_SEGMENT_LITERAL)
            continue;
        *ret_capture = capture++;
        if (lg_str_eq(segment->text, name))
            return true;
    }
    return false;
}

static bool cut(struct lg_str text, struct lg_str prefix, struct lg_str *ret_rest)
{
    *ret_rest = lg_str_part(text, prefix.size, text.size);
    return lg_str_starts(text, prefix) && ret_rest->size > 0;
}

/* NULL, or why it will not do. */
static const char *read_name(struct lg_parameters *parameters, struct lg_str text,
                             const struct lg_pattern *pattern, struct parameter *parameter)
{
    struct lg_str name;

    if (cut(text, LG_STR("header."), &name)) {
        parameter->place = HEADER;
        if (!lg_http_token_valid(name))
            return "found a header that is none, expected a header's name";
    } else if (cut(text, LG_STR("querystring."), &name)) {
        parameter->place = QUERY;
    } else if (cut(text, LG_STR("path."), &name)) {
        parameter->place = PATH;
        if (!find_capture(pattern, name, &parameter->capture))
            return lg_arena_printf(&parameters->arena,
                                   "found the path variable \"%.*s\", expected one of the route "
                                   "\"%.*s\"",
                                   LG_STR_ARG(name), LG_STR_ARG(pattern->key));
    } else {
        return "found an unknown parameter, expected header.NAME, querystring.NAME or path.NAME";
    }
    parameter->name = lg_arena_str(&parameters->arena, name);
    return NULL;
}

static void read_pair(struct lg_parameters *parameters, const struct lg_config_pair *pair,
                      const struct lg_pattern *pattern, struct lg_faults *faults)
{
    struct parameter *parameter = &parameters->items[parameters->count];
    const char *message = read_name(parameters, lg_str_of(pair->name), pattern, parameter);
    bool required = strcmp(pair->value, "required") == 0;

    if (message == NULL && !required && strcmp(pair->value, "optional") != 0)
        message = lg_arena_printf(&parameters->arena, "found \"%s\", expected required or optional",
                                  pair->value);
    if (message != NULL)
        lg_faults_add(faults, &pair->where, "%s", message);
    else if (required)
        parameters->count++;
}

static int compare(const void *left, const void *right)
{
    const struct parameter *a = left, *b = right;

    return a->place != b->place ? (int)a->place - (int)b->place : lg_str_cmp(a->name, b->name);
}

struct lg_parameters *lg_parameters_compile(const struct lg_config_pairs *pairs,
                                            enum lg_config_api_kind kind,
                                            const struct lg_pattern *pattern,
                                            struct lg_faults *faults)
{
    struct lg_parameters *parameters = LG_NEW(struct lg_parameters);
    size_t before = lg_faults_count(faults);

    lg_arena_init(&parameters->arena);
    parameters->rest = kind == LG_API_REST;
    parameters->items =
        lg_arena_alloc(&parameters->arena, (pairs->count + 1) * sizeof(*parameters->items));
    if (pairs->count > LG_PARAMETERS_MAX)
        lg_faults_add(faults, &pairs->items[LG_PARAMETERS_MAX].where,
                      "found %zu parameters, expected at most %d", pairs->count, LG_PARAMETERS_MAX);
    for (size_t i = 0; i < pairs->count; i++)
        read_pair(parameters, &pairs->items[i], pattern, faults);
    if (lg_faults_count(faults) > before || parameters->count == 0) {
        lg_parameters_free(parameters);
        return NULL;
    }
    qsort(parameters->items, parameters->count, sizeof(*parameters->items), compare);
    return parameters;
}

void lg_parameters_free(struct lg_parameters *parameters)
{
    if (parameters == NULL)
        return;
    lg_arena_done(&parameters->arena);
    free(parameters);
}

/* --- one request ------------------------------------------------------------------------------ */

struct check {
    const struct lg_parameters *parameters;
    struct lg_arena *arena;
    const struct lg_head *head;
    const struct lg_route_match *match;
};

static bool is_blank(struct lg_str value)
{
    for (size_t i = 0; i < value.size; i++)
        if (strchr(" \t\r\n\f\v", value.data[i]) == NULL || value.data[i] == '\0')
            return false;
    return true;
}

static bool has_header(const struct check *check, struct lg_str name)
{
    const struct lg_head *head = check->head;

    for (size_t i = 0; i < head->header_count; i++) {
        struct lg_str given = head->headers[i].name;

        if ((check->parameters->rest ? lg_rest_header_is(given, name) : lg_str_ieq(given, name)) &&
            !is_blank(head->headers[i].value))
            return true;
    }
    return false;
}

static bool has_query(const struct check *check, struct lg_str name)
{
    struct lg_str rest = check->head->query;
    struct lg_query_pair pair;

    while (lg_query_next(&rest, check->parameters->rest, &pair))
        if (lg_query_is(check->arena, &pair, name) &&
            !is_blank(lg_percent_decode(check->arena, pair.value, true)))
            return true;
    return false;
}

static bool has(const struct check *check, const struct parameter *parameter)
{
    switch (parameter->place) {
    case HEADER:
        return has_header(check, parameter->name);
    case QUERY:
        return has_query(check, parameter->name);
    case PATH:
        break;
    }
    return !is_blank(check->match->captures[parameter->capture].value);
}

enum lg_err lg_parameters_check(const struct lg_parameters *parameters, struct lg_arena *arena,
                                const struct lg_head *head, const struct lg_route_match *match,
                                const char **reterr_message)
{
    struct check check = { parameters, arena, head, match };
    enum lg_err err = LG_OK;
    struct lg_buf out;

    lg_buf_init(&out, SIZE_MAX);
    for (size_t i = 0; i < parameters->count; i++) {
        if (has(&check, &parameters->items[i]))
            continue;
        lg_buf_add_cstr(&out, err == LG_OK ? "Missing required request parameters: [" : ", ");
        lg_buf_add_str(&out, parameters->items[i].name);
        err = LG_ERR_NOT_FOUND;
    }
    if (err != LG_OK) {
        lg_buf_add_char(&out, ']');
        *reterr_message = lg_arena_cstr(arena, lg_buf_str(&out));
    }
    lg_buf_done(&out);
    return err;
}
