/*
 * mapping_rest.c -- values of mappings as REST APIs write them: method.request.header.X,
 * integration.response.body.path, context.requestId, stageVariables.x or 'text'.
 */
#include <string.h>

#include "base/text.h"
#include "integrate/mapping_value.h"

static bool take(struct lg_str *text, struct lg_str prefix)
{
    if (!lg_str_starts(*text, prefix))
        return false;
    *text = lg_str_part(*text, prefix.size, text->size);
    return true;
}

static bool is_name(struct lg_str name)
{
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    (c != '\0' && strchr("._$-", c) != NULL);

        if (!fine)
            return false;
    }
    return name.size > 0;
}

/* API Gateway wants every parameter that is mapped to be one of the method. */
static bool is_declared(const struct lg_mapping_parser *parser, const char *place,
                        struct lg_str name)
{
    const struct lg_config_pairs *parameters = parser->scope->parameters;

    for (size_t i = 0; parameters != NULL && i < parameters->count; i++) {
        struct lg_str declared = lg_str_of(parameters->items[i].name);

        if (take(&declared, lg_str_of(place)) && take(&declared, LG_STR(".")) &&
            lg_str_eq(declared, name))
            return true;
    }
    return false;
}

/* A header field or a query parameter; `all`: multivalue... */
static enum lg_err parse_named(struct lg_mapping_parser *parser, const char *place,
                               enum lg_mapping_part_kind kind, struct lg_str name, bool all,
                               struct lg_mapping_part *ret_part)
{
    if (!is_name(name))
        return lg_mapping_refuse(parser,
                                 "found the name \"%.*s\", expected letters, digits and \"._$-\"",
                                 LG_STR_ARG(name));
    if (!parser->scope->answer && !is_declared(parser, place, name))
        return lg_mapping_refuse(
            parser, "found %s.%.*s, expected it under \"parameters\" of the route, too", place,
            LG_STR_ARG(name));
    *ret_part = (struct lg_mapping_part){
        .kind = kind, .all = all, .rest = true, .text = lg_arena_str(parser->arena, name)
    };
    return LG_OK;
}

static enum lg_err parse_body(struct lg_mapping_parser *parser, struct lg_str rest,
                              struct lg_mapping_part *ret_part)
{
    if (rest.size > 0)
        return lg_mapping_parse_json(parser, rest, ret_part);
    *ret_part = (struct lg_mapping_part){ .kind = LG_MAPPING_BODY };
    return LG_OK;
}

static enum lg_err unknown(struct lg_mapping_parser *parser, struct lg_str text)
{
    return lg_mapping_refuse(
        parser, "found \"%.*s\", expected %s, context.NAME, stageVariables.NAME or a text in '...'",
        LG_STR_ARG(text),
        parser->scope->answer
            ? "integration.response.header.NAME, integration.response.body, "
              "integration.response.body.PATH"
            : "method.request.header.NAME, method.request.querystring.NAME, "
              "method.request.path.NAME, method.request.body, method.request.body.PATH");
}

static enum lg_err parse_request(struct lg_mapping_parser *parser, struct lg_str rest,
                                 struct lg_str text, struct lg_mapping_part *ret_part)
{
    if (take(&rest, LG_STR("header.")))
        return parse_named(parser, "header", LG_MAPPING_HEADER, rest, false, ret_part);
    if (take(&rest, LG_STR("multivalueheader.")))
        return parse_named(parser, "header", LG_MAPPING_HEADER, rest, true, ret_part);
    if (take(&rest, LG_STR("querystring.")))
        return parse_named(parser, "querystring", LG_MAPPING_QUERY, rest, false, ret_part);
    if (take(&rest, LG_STR("multivaluequerystring.")))
        return parse_named(parser, "querystring", LG_MAPPING_QUERY, rest, true, ret_part);
    if (take(&rest, LG_STR("path.")))
        return lg_mapping_parse_capture(parser, rest, ret_part);
    if (lg_str_is(rest, "body") || lg_str_starts(rest, LG_STR("body.")))
        return parse_body(parser, lg_str_part(rest, 4, rest.size), ret_part);
    return unknown(parser, text);
}

static enum lg_err parse_answer(struct lg_mapping_parser *parser, struct lg_str rest,
                                struct lg_str text, struct lg_mapping_part *ret_part)
{
    if (take(&rest, LG_STR("header.")))
        return parse_named(parser, "header", LG_MAPPING_HEADER, rest, false, ret_part);
    if (take(&rest, LG_STR("multivalueheader.")))
        return parse_named(parser, "header", LG_MAPPING_HEADER, rest, true, ret_part);
    if (lg_str_is(rest, "body") || lg_str_starts(rest, LG_STR("body.")))
        return parse_body(parser, lg_str_part(rest, 4, rest.size), ret_part);
    return unknown(parser, text);
}

static bool is_quoted(struct lg_str text)
{
    return text.size >= 2 && lg_str_starts(text, LG_STR("'")) && lg_str_ends(text, LG_STR("'"));
}

static enum lg_err parse(struct lg_mapping_parser *parser, struct lg_str text,
                         struct lg_mapping_part *ret_part)
{
    struct lg_str rest = text;

    if (is_quoted(text)) {
        *ret_part = (struct lg_mapping_part){
            .kind = LG_MAPPING_TEXT,
            .text = lg_arena_str(parser->arena, lg_str_part(text, 1, text.size - 1)),
        };
        return LG_OK;
    }
    if (take(&rest, LG_STR("context.")))
        return lg_mapping_parse_context(parser, rest, ret_part);
    if (take(&rest, LG_STR("stageVariables.")))
        return lg_mapping_parse_stage_variable(parser, rest, ret_part);
    if (!parser->scope->answer && take(&rest, LG_STR("method.request.")))
        return parse_request(parser, rest, text, ret_part);
    if (parser->scope->answer && take(&rest, LG_STR("integration.response.")))
        return parse_answer(parser, rest, text, ret_part);
    return unknown(parser, text);
}

enum lg_err lg_mapping_rest_parse(struct lg_mapping_parser *parser, struct lg_str text,
                                  struct lg_mapping_value *ret_value)
{
    struct lg_mapping_part *part = LG_ARENA_NEW(parser->arena, struct lg_mapping_part);
    enum lg_err err = parse(parser, text, part);

    ret_value->parts = part;
    ret_value->count = 1;
    ret_value->list = part->all;
    return err;
}
