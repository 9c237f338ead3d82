/*
 * mapping_http.c -- values of mappings as HTTP APIs write them: text with $request.header.x or
 * ${request.header.x} in it.
 */
#include <string.h>

#include "base/text.h"
#include "integrate/mapping_value.h"

#define PARTS_MAX 64

/* Cuts `prefix` off `*text`. */
static bool take(struct lg_str *text, struct lg_str prefix)
{
    if (!lg_str_starts(*text, prefix))
        return false;
    *text = lg_str_part(*text, prefix.size, text->size);
    return true;
}

static enum lg_err parse_header(struct lg_mapping_parser *parser, struct lg_str name,
                                struct lg_mapping_part *ret_part)
{
    if (!lg_http_token_valid(name))
        return lg_mapping_refuse(parser, "found the header \"%.*s\", expected a header's name",
                                 LG_STR_ARG(name));
    *ret_part = (struct lg_mapping_part){ .kind = LG_MAPPING_HEADER,
                                          .all = true,
                                          .text = lg_arena_str(parser->arena, name) };
    return LG_OK;
}

static enum lg_err parse_query(struct lg_mapping_parser *parser, struct lg_str name,
                               struct lg_mapping_part *ret_part)
{
    if (name.size == 0)
        return lg_mapping_refuse(parser, "found request.querystring without a name, expected one");
    *ret_part = (struct lg_mapping_part){ .kind = LG_MAPPING_QUERY,
                                          .all = true,
                                          .text = lg_arena_str(parser->arena, name) };
    return LG_OK;
}

static enum lg_err unknown(struct lg_mapping_parser *parser, struct lg_str expression)
{
    return lg_mapping_refuse(
        parser, "found \"%.*s\", expected %s, context.NAME or stageVariables.NAME",
        LG_STR_ARG(expression),
        parser->scope->answer
            ? "response.header.NAME, response.body, response.body.PATH"
            : "request.header.NAME, request.querystring.NAME, request.path, request.path.NAME, "
              "request.body, request.body.PATH");
}

/* header.x, body, body.x[0] */
static enum lg_err parse_message(struct lg_mapping_parser *parser, struct lg_str rest,
                                 struct lg_str expression, struct lg_mapping_part *ret_part)
{
    if (take(&rest, LG_STR("header.")))
        return parse_header(parser, rest, ret_part);
    if (lg_str_is(rest, "body")) {
        *ret_part = (struct lg_mapping_part){ .kind = LG_MAPPING_BODY };
        return LG_OK;
    }
    if (lg_str_starts(rest, LG_STR("body.")) || lg_str_starts(rest, LG_STR("body[")))
        return lg_mapping_parse_json(parser, lg_str_part(rest, 4, rest.size), ret_part);
    return unknown(parser, expression);
}

/* What stands behind "$", or between "${" and "}". */
static enum lg_err parse_expression(struct lg_mapping_parser *parser, struct lg_str expression,
                                    struct lg_mapping_part *ret_part)
{
    struct lg_str rest = expression;
    bool answer = parser->scope->answer;

    if (take(&rest, LG_STR("context.")))
        return lg_mapping_parse_context(parser, rest, ret_part);
    if (take(&rest, LG_STR("stageVariables.")))
        return lg_mapping_parse_stage_variable(parser, rest, ret_part);
    if (answer && take(&rest, LG_STR("response.")))
        return parse_message(parser, rest, expression, ret_part);
    if (answer || !take(&rest, LG_STR("request.")))
        return unknown(parser, expression);
    if (take(&rest, LG_STR("querystring.")))
        return parse_query(parser, rest, ret_part);
    if (take(&rest, LG_STR("path.")))
        return lg_mapping_parse_capture(parser, rest, ret_part);
    if (lg_str_is(rest, "path")) {
        *ret_part = (struct lg_mapping_part){ .kind = LG_MAPPING_PATH };
        return LG_OK;
    }
    return parse_message(parser, rest, expression, ret_part);
}

/* --- text and expressions --------------------------------------------------------------------- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Whether an expression begins at `at`: a "$" before anything else is a "$". */
static bool begins(struct lg_str text, size_t at)
{
    return text.data[at] == '$' && at + 1 < text.size &&
           (text.data[at + 1] == '{' || is_letter(text.data[at + 1]));
}

/* Where the expression without braces that begins at `at` ends: before a blank or the next "$". */
static size_t bare_end(struct lg_str text, size_t at)
{
    size_t end = at + 1;

    while (end < text.size && strchr(" \t\r\n$", text.data[end]) == NULL)
        end++;
    return end;
}

/* Reads one part at `*at` and moves behind it. */
static enum lg_err parse_part(struct lg_mapping_parser *parser, struct lg_str text, size_t *at,
                              struct lg_mapping_part *ret_part)
{
    size_t from = *at, end = from;

    if (!begins(text, from)) {
        while (end < text.size && !begins(text, end))
            end++;
        *at = end;
        *ret_part = (struct lg_mapping_part){
            .kind = LG_MAPPING_TEXT,
            .text = lg_arena_str(parser->arena, lg_str_part(text, from, end)),
        };
        return LG_OK;
    }
    if (text.data[from + 1] != '{') {
        *at = bare_end(text, from);
        return parse_expression(parser, lg_str_part(text, from + 1, *at), ret_part);
    }
    end = lg_str_find(text, '}', from);
    if (end == text.size)
        return lg_mapping_refuse(parser, "found \"%.*s\", expected a \"}\" behind it",
                                 LG_STR_ARG(lg_str_part(text, from, end)));
    *at = end + 1;
    return parse_expression(parser, lg_str_part(text, from + 2, end), ret_part);
}

enum lg_err lg_mapping_http_parse(struct lg_mapping_parser *parser, struct lg_str text,
                                  struct lg_mapping_value *ret_value)
{
    struct lg_mapping_part parts[PARTS_MAX];
    size_t at = 0, count = 0;

    while (at < text.size) {
        if (count == PARTS_MAX)
            return lg_mapping_refuse(parser, "found more than %d parts, expected at most %d",
                                     PARTS_MAX, PARTS_MAX);
        enum lg_err err = parse_part(parser, text, &at, &parts[count]);
        if (err != LG_OK)
            return err;
        count++;
    }
    ret_value->parts = lg_arena_copy(parser->arena, parts, count * sizeof(parts[0]));
    ret_value->count = count;
    return LG_OK;
}
