/* mapping_value.c -- the right side of a parameter mapping, read when the configuration is. */
#include "integrate/mapping_value.h"

#include <string.h>

#include "base/text.h"
#include "integrate/template.h"

enum lg_err lg_mapping_refuse(struct lg_mapping_parser *parser, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    *parser->reterr_message = lg_arena_vprintf(parser->arena, format, args);
    va_end(args);
    return LG_ERR_SYNTAX;
}

/* --- what both kinds know --------------------------------------------------------------------- */

enum lg_err lg_mapping_parse_context(struct lg_mapping_parser *parser, struct lg_str name,
                                     struct lg_mapping_part *ret_part)
{
    struct lg_context_variable variable;

    if (lg_context_parse(name, parser->scope->kind, &variable) != LG_OK)
        return lg_mapping_refuse(parser,
                                 "found the context variable \"%.*s\", expected one of API "
                                 "Gateway's, such as context.requestId",
                                 LG_STR_ARG(name));
    variable.name = lg_arena_str(parser->arena, variable.name);
    *ret_part = (struct lg_mapping_part){ .kind = LG_MAPPING_CONTEXT, .variable = variable };
    return LG_OK;
}

/* They never change while a configuration lives: the text itself is put in. */
enum lg_err lg_mapping_parse_stage_variable(struct lg_mapping_parser *parser, struct lg_str name,
                                            struct lg_mapping_part *ret_part)
{
    const struct lg_config_pairs *variables = parser->scope->stage_variables;

    for (size_t i = 0; variables != NULL && i < variables->count; i++) {
        if (!lg_str_is(name, variables->items[i].name))
            continue;
        *ret_part = (struct lg_mapping_part){
            .kind = LG_MAPPING_TEXT,
            .text = lg_arena_str(parser->arena, lg_str_of(variables->items[i].value)),
        };
        return LG_OK;
    }
    return lg_mapping_refuse(
        parser, "found the stage variable \"%.*s\", expected one of \"stage_variables\"",
        LG_STR_ARG(name));
}

enum lg_err lg_mapping_parse_capture(struct lg_mapping_parser *parser, struct lg_str name,
                                     struct lg_mapping_part *ret_part)
{
    const struct lg_pattern *pattern = parser->scope->pattern;
    size_t capture = 0;

    for (size_t i = 0; i < pattern->segment_count; i++) {
        const struct lg_segment *segment = &pattern->segments[i];

        if (segment->kind == LG_SEGMENT_LITERAL)
            continue;
        if (lg_str_eq(segment->text, name)) {
            *ret_part = (struct lg_mapping_part){ .kind = LG_MAPPING_CAPTURE,
                                                  .greedy = segment->kind == LG_SEGMENT_GREEDY,
                                                  .capture = capture };
            return LG_OK;
        }
        capture++;
    }
    return lg_mapping_refuse(parser,
                             "found the path variable \"%.*s\", expected one of the route \"%.*s\"",
                             LG_STR_ARG(name), LG_STR_ARG(pattern->key));
}

enum lg_err lg_mapping_parse_json(struct lg_mapping_parser *parser, struct lg_str path,
                                  struct lg_mapping_part *ret_part)
{
    *ret_part = (struct lg_mapping_part){ .kind = LG_MAPPING_BODY_JSON };
    return lg_json_path_parse(parser->arena, path, &ret_part->json, parser->reterr_message);
}

/* --- the whole ------------------------------------------------------------------------------- */

/* Fixed text is made fit for where it goes, once. */
static enum lg_err settle_text(struct lg_mapping_parser *parser, struct lg_mapping_part *part)
{
    struct lg_buf out;

    if (parser->use == LG_MAPPING_FOR_HEADER && !lg_http_field_value_valid(part->text))
        return lg_mapping_refuse(parser, "found a control character, expected none in a header");
    if (parser->use != LG_MAPPING_FOR_PATH)
        return LG_OK;
    if (!lg_percent_valid(part->text))
        return lg_mapping_refuse(parser, "found \"%.*s\", expected two hex digits after every %%",
                                 LG_STR_ARG(part->text));
    if (lg_str_find(part->text, '?', 0) < part->text.size)
        return lg_mapping_refuse(parser, "found \"%.*s\", expected a path without a query",
                                 LG_STR_ARG(part->text));
    lg_buf_init(&out, SIZE_MAX);
    lg_template_add_literal(&out, part->text);
    part->text = lg_arena_str(parser->arena, lg_buf_str(&out));
    lg_buf_done(&out);
    return LG_OK;
}

static enum lg_err settle(struct lg_mapping_parser *parser, struct lg_mapping_value *value)
{
    struct lg_mapping_part *parts =
        lg_arena_copy(parser->arena, value->parts, value->count * sizeof(*parts));

    for (size_t i = 0; i < value->count; i++) {
        enum lg_err err = parts[i].kind == LG_MAPPING_TEXT ? settle_text(parser, &parts[i]) : LG_OK;

        if (err != LG_OK)
            return err;
        if (parts[i].kind == LG_MAPPING_BODY || parts[i].kind == LG_MAPPING_BODY_JSON)
            value->body = true;
    }
    value->parts = parts;
    return LG_OK;
}

enum lg_err lg_mapping_value_parse(struct lg_arena *arena, const struct lg_mapping_scope *scope,
                                   struct lg_str text, enum lg_mapping_use use,
                                   struct lg_mapping_value *ret_value, const char **reterr_message)
{
    struct lg_mapping_parser parser = { arena, scope, use, reterr_message };
    struct lg_mapping_value value = { .parts = NULL };
    enum lg_err err;

    if (text.size > LG_MAPPING_VALUE_MAX)
        return lg_mapping_refuse(&parser, "found %zu bytes, expected at most %d", text.size,
                                 LG_MAPPING_VALUE_MAX);
    if (use == LG_MAPPING_FOR_HEADER)
        text = lg_str_trim(text);
    if (text.size == 0)
        return lg_mapping_refuse(&parser, "found nothing, expected a value");
    err = scope->kind == LG_API_REST ? lg_mapping_rest_parse(&parser, text, &value)
                                     : lg_mapping_http_parse(&parser, text, &value);
    if (err == LG_OK)
        err = settle(&parser, &value);
    if (err == LG_OK)
        *ret_value = value;
    return err;
}
