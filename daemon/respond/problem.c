/*
 * problem.c -- one member for each finding, in the words that validators use.
 *
 * `message` is what clients of API Gateway look for.
 */
#include "respond/problem.h"

static void add_member(struct lg_buf *out, bool *first, const char *name, struct lg_str value)
{
    lg_json_add_name(out, first, name);
    lg_json_add_string(out, value);
}

struct lg_str lg_problem_write(const struct lg_schema_findings *findings, struct lg_arena *arena)
{
    struct lg_buf out;

    lg_buf_init(&out, SIZE_MAX);
    lg_buf_add_cstr(&out, "{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,"
                          "\"message\":\"Invalid request body\",\"errors\":[");
    for (size_t i = 0; i < findings->count; i++) {
        const struct lg_schema_finding *one = &findings->items[i];
        bool first = true;

        lg_buf_add_cstr(&out, i == 0 ? "{" : ",{");
        add_member(&out, &first, "instancePath", one->instance_path);
        add_member(&out, &first, "schemaPath", one->schema_path);
        add_member(&out, &first, "keyword", lg_str_of(one->keyword));
        add_member(&out, &first, "message", one->message);
        lg_buf_add_char(&out, '}');
    }
    lg_buf_printf(&out, "],\"more\":%s}", findings->more ? "true" : "false");
    struct lg_str text = lg_arena_str(arena, lg_buf_str(&out));
    lg_buf_done(&out);
    return text;
}

struct lg_str lg_problem_write_types(struct lg_str accept, struct lg_arena *arena)
{
    struct lg_buf out;

    lg_buf_init(&out, SIZE_MAX);
    lg_buf_add_cstr(&out, "{\"type\":\"about:blank\",\"title\":\"Unsupported Media Type\","
                          "\"status\":415,\"message\":\"Unsupported Media Type\",\"accept\":");
    lg_json_add_string(&out, accept);
    lg_buf_add_char(&out, '}');
    struct lg_str text = lg_arena_str(arena, lg_buf_str(&out));
    lg_buf_done(&out);
    return text;
}
