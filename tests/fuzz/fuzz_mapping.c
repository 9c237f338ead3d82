/*
 * fuzz_mapping.c -- mappings as a configuration may write them, applied to requests as clients may
 * send them: whatever is accepted gives headers, a query and a path that can be sent.
 *
 * Input: lines of "KEY VALUE" up to an empty line, then a target, a header value and a body, a line
 * each. The first byte chooses the kind of API, and whether it is an answer that is mapped.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "integrate/mapping.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ROWS_MAX 8

static const struct lg_config_pair declared[] = { { .name = "header.x", .value = "required" },
                                                  { .name = "querystring.q", .value = "x" } };
static const struct lg_config_pairs parameters = { declared, 2 };
static const struct lg_config_pair variable = { .name = "v", .value = "blue" };
static const struct lg_config_pairs variables = { &variable, 1 };

static struct lg_str next_line(struct lg_str *rest)
{
    struct lg_str line = LG_STR_NONE;

    (void)lg_str_next(rest, '\n', &line);
    return line;
}

static struct lg_config_pairs read_pairs(struct lg_arena *arena, struct lg_str *rest)
{
    struct lg_config_pair *pairs = lg_arena_zalloc(arena, ROWS_MAX * sizeof(*pairs));
    size_t count = 0;

    while (count < ROWS_MAX) {
        struct lg_str line = next_line(rest);
        size_t blank = lg_str_find(line, ' ', 0);

        if (line.size == 0)
            break;
        pairs[count++] = (struct lg_config_pair){
            lg_arena_cstr(arena, lg_str_part(line, 0, blank)),
            lg_arena_cstr(arena, lg_str_part(line, blank + 1, line.size)),
            { .file = "f", .path = "p" },
        };
    }
    return (struct lg_config_pairs){ pairs, count };
}

static void check_headers(const struct lg_header *headers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert(lg_http_token_valid(headers[i].name));
        assert(lg_http_field_value_valid(headers[i].value));
    }
}

static void check_mapped(const struct lg_mapped *mapped)
{
    check_headers(mapped->headers, mapped->header_count);
    if (mapped->path.data != NULL) {
        assert(lg_str_starts(mapped->path, LG_STR("/")));
        assert(lg_str_find(mapped->path, '?', 0) == mapped->path.size);
        assert(lg_str_find(mapped->path, ' ', 0) == mapped->path.size);
        assert(lg_http_field_value_valid(mapped->path));
    }
    assert(lg_str_find(mapped->query, '\n', 0) == mapped->query.size);
}

static struct lg_route_match match_of(struct lg_arena *arena, struct lg_route_table *table,
                                      struct lg_str path)
{
    struct lg_route_match match;

    if (lg_route_table_find(table, arena, LG_STR("GET"), path, &match) != LG_OK &&
        lg_route_table_find(table, arena, LG_STR("GET"), LG_STR("/a/b/c"), &match) != LG_OK)
        abort();
    return match;
}

/* What a head that passed the daemon's checks may hold. */
static struct lg_str harmless(struct lg_arena *arena, struct lg_str text, bool target)
{
    char *copy = lg_arena_copy(arena, text.data, text.size);

    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)copy[i] < (target ? 0x21 : 0x20) || copy[i] == 0x7f)
            copy[i] = '_';
    return lg_str_make(copy, text.size);
}

static void run(struct lg_arena *arena, struct lg_str text, uint8_t how,
                struct lg_route_table *table, struct lg_faults *faults)
{
    struct lg_config_pairs pairs = read_pairs(arena, &text);
    struct lg_str target = harmless(arena, next_line(&text), true);
    struct lg_header header = { LG_STR("x"),
                                harmless(arena, lg_str_trim(next_line(&text)), false) };
    size_t mark = lg_str_find(target, '?', 0);
    struct lg_str path = lg_str_part(target, 0, mark);
    struct lg_route_match match = match_of(arena, table, path);
    const struct lg_head head = {
        .path = path, .headers = &header, .header_count = 1, .peer = "p"
    };
    const struct lg_context context = { .kind = how & 1 ? LG_API_REST : LG_API_HTTP,
                                        .head = &head,
                                        .route_key = match.pattern->key };
    const struct lg_mapping_scope scope = { context.kind, (how & 2) != 0, match.pattern, &variables,
                                            &parameters };
    const struct lg_mapping_source source = {
        &context, &header, 1, text, path, lg_str_part(target, mark + 1, target.size), &match
    };
    struct lg_config_named_pair named = { "200", pairs, { .file = "f", .path = "p" } };
    struct lg_config_named_pairs statuses = { &named, 1 };
    const char *reason = NULL;

    if (scope.answer) {
        struct lg_answer_mapping *mapping = lg_answer_mapping_compile(&statuses, &scope, faults);
        struct lg_mapped_answer answer;

        if (mapping != NULL &&
            lg_answer_mapping_apply(mapping, arena, 200, &source, &answer, &reason) == LG_OK) {
            assert(answer.status >= 200 && answer.status <= 599);
            check_headers(answer.headers, answer.header_count);
        }
        lg_answer_mapping_free(mapping);
        return;
    }
    struct lg_mapping *mapping = lg_mapping_compile(&pairs, &scope, faults);
    struct lg_mapped mapped;
    if (mapping != NULL) {
        enum lg_err err = lg_mapping_apply(mapping, arena, &source, &mapped, &reason);

        if (err == LG_OK)
            check_mapped(&mapped);
        else
            assert(reason != NULL && strlen(reason) > 0);
    }
    lg_mapping_free(mapping);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct lg_route_entry entry = { .key = "GET /{a}/{b+}", .rule = &entry };
    static struct lg_route_table *table;
    struct lg_faults *faults = lg_faults_new();
    struct lg_arena arena;

    if (table == NULL)
        table = lg_route_table_build(&entry, 1, faults);
    lg_arena_init(&arena);
    if (size > 0)
        run(&arena, lg_str_make((const char *)data + 1, size - 1), data[0], table, faults);
    lg_arena_done(&arena);
    lg_faults_free(faults);
    return 0;
}
