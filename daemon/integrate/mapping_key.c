/* mapping_key.c -- the left side of a parameter mapping. */
#include "integrate/mapping_key.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"

static bool take(struct lg_str *text, struct lg_str prefix)
{
    if (!lg_str_starts(*text, prefix))
        return false;
    *text = lg_str_part(*text, prefix.size, text->size);
    return true;
}

static enum lg_err unknown(struct lg_mapping_parser *parser)
{
    static const char *const expected[2][2] = {
        [LG_API_HTTP] = { "append:header.NAME, overwrite:header.NAME, remove:header.NAME, the "
                          "same for querystring.NAME, or overwrite:path",
                          "append:header.NAME, overwrite:header.NAME, remove:header.NAME or "
                          "overwrite:statuscode" },
        [LG_API_REST] = { "integration.request.header.NAME, "
                          "integration.request.querystring.NAME or "
                          "integration.request.path.NAME",
                          "method.response.header.NAME" },
    };

    return lg_mapping_refuse(parser, "found an unknown mapping, expected %s",
                             expected[parser->scope->kind][parser->scope->answer]);
}

/* --- header fields -------------------------------------------------------------------------- */

/* append:header.x.2 is one more value for x. */
static bool cut_number(struct lg_str *name)
{
    size_t end = name->size;

    while (end > 0 && name->data[end - 1] >= '0' && name->data[end - 1] <= '9')
        end--;
    if (end == name->size || end < 2 || name->data[end - 1] != '.')
        return false;
    name->size = end - 1;
    return true;
}

/* Two of them would let a function and a backend see different requests. */
static bool comes_once(struct lg_str name)
{
    return lg_str_iis(name, "host") || lg_str_iis(name, "content-type");
}

static enum lg_err read_header(struct lg_mapping_parser *parser, struct lg_str name,
                               struct lg_mapping_target *target)
{
    const char *why;

    if (target->action == LG_MAPPING_APPEND)
        target->numbered = cut_number(&name);
    if (!lg_http_token_valid(name))
        return lg_mapping_refuse(parser, "found the header \"%.*s\", expected a header's name",
                                 LG_STR_ARG(name));
    why = lg_mapping_reserved(name, parser->scope);
    if (why != NULL)
        return lg_mapping_refuse(parser, "found %s, expected another header", why);
    if (target->action == LG_MAPPING_APPEND && comes_once(name))
        return lg_mapping_refuse(parser,
                                 "found a header that comes once only, expected \"overwrite\"");
    target->place = LG_MAPPING_IN_HEADER;
    target->name = lg_arena_str(parser->arena, name);
    return LG_OK;
}

/* --- the rest ------------------------------------------------------------------------------- */

static enum lg_err read_name(struct lg_mapping_parser *parser, enum lg_mapping_place place,
                             struct lg_str name, struct lg_mapping_target *target)
{
    if (name.size == 0)
        return lg_mapping_refuse(parser, "found no name, expected one at the end");
    target->place = place;
    target->name = lg_arena_str(parser->arena, name);
    return LG_OK;
}

static enum lg_err read_http(struct lg_mapping_parser *parser, struct lg_str text,
                             struct lg_mapping_target *target)
{
    bool answer = parser->scope->answer;

    if (take(&text, LG_STR("append:")))
        target->action = LG_MAPPING_APPEND;
    else if (take(&text, LG_STR("overwrite:")))
        target->action = LG_MAPPING_OVERWRITE;
    else if (take(&text, LG_STR("remove:")))
        target->action = LG_MAPPING_REMOVE;
    else
        return unknown(parser);

    if (take(&text, LG_STR("header.")))
        return read_header(parser, text, target);
    if (!answer && take(&text, LG_STR("querystring.")))
        return read_name(parser, LG_MAPPING_IN_QUERY, text, target);
    if (target->action != LG_MAPPING_OVERWRITE || !lg_str_is(text, answer ? "statuscode" : "path"))
        return unknown(parser);
    target->place = answer ? LG_MAPPING_IN_STATUS : LG_MAPPING_IN_PATH;
    return LG_OK;
}

static enum lg_err read_rest(struct lg_mapping_parser *parser, struct lg_str text,
                             struct lg_mapping_target *target)
{
    target->action = LG_MAPPING_OVERWRITE;
    if (parser->scope->answer)
        return take(&text, LG_STR("method.response.header.")) ? read_header(parser, text, target)
                                                              : unknown(parser);
    if (!take(&text, LG_STR("integration.request.")))
        return unknown(parser);
    if (take(&text, LG_STR("header.")))
        return read_header(parser, text, target);
    if (take(&text, LG_STR("querystring.")))
        return read_name(parser, LG_MAPPING_IN_QUERY, text, target);
    if (take(&text, LG_STR("path.")))
        return read_name(parser, LG_MAPPING_IN_VARIABLE, text, target);
    return unknown(parser);
}

enum lg_err lg_mapping_key_parse(struct lg_arena *arena, const struct lg_mapping_scope *scope,
                                 struct lg_str text, struct lg_mapping_target *ret_target,
                                 const char **reterr_message)
{
    struct lg_mapping_parser parser = { arena, scope, LG_MAPPING_FOR_HEADER, reterr_message };
    struct lg_mapping_target target = { .action = LG_MAPPING_OVERWRITE };
    enum lg_err err = scope->kind == LG_API_REST ? read_rest(&parser, text, &target)
                                                 : read_http(&parser, text, &target);

    if (err == LG_OK)
        *ret_target = target;
    return err;
}

bool lg_mapping_target_same(const struct lg_mapping_target *a, const struct lg_mapping_target *b)
{
    if (a->action != b->action || a->place != b->place || a->numbered || b->numbered)
        return false;
    return a->place == LG_MAPPING_IN_HEADER ? lg_str_ieq(a->name, b->name)
                                            : lg_str_eq(a->name, b->name);
}
