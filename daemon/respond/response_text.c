/* response_text.c -- texts of gateway responses: read once, written for each answer. */
#include "respond/response_text.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "route/query.h"
#include "validate/rest_header.h"

enum kind {
    TEXT,
    CONTEXT,
    MESSAGE,
    MESSAGE_STRING,
    RESPONSE_TYPE,
    VALIDATION,
    HEADER,
    QUERY,
    PATH
};

struct lg_response_piece {
    enum kind kind;
    struct lg_str text; /* or the name of a header, a parameter, a path variable */
    struct lg_context_variable variable;
};

/* --- escaping --------------------------------------------------------------------------------- */

enum lg_response_escape lg_response_escape_of(struct lg_str media_type)
{
    if (lg_str_iis(media_type, "application/json") || lg_str_ends(media_type, LG_STR("+json")))
        return LG_ESCAPE_JSON;
    if (lg_str_iis(media_type, "text/html") || lg_str_iis(media_type, "text/xml") ||
        lg_str_iis(media_type, "application/xml") || lg_str_ends(media_type, LG_STR("+xml")))
        return LG_ESCAPE_MARKUP;
    return LG_ESCAPE_NONE;
}

/* What stands between the quotes of a JSON string. */
static void add_inside_json(struct lg_buf *out, struct lg_str text)
{
    struct lg_buf quoted;

    lg_buf_init(&quoted, SIZE_MAX);
    lg_json_add_string(&quoted, text);
    lg_buf_add_str(out, lg_str_part(lg_buf_str(&quoted), 1, quoted.size - 1));
    lg_buf_done(&quoted);
}

static void add_markup(struct lg_buf *out, struct lg_str text)
{
    static const struct {
        char byte;
        const char *entity;
    } entities[] = {
        { '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" }, { '\'', "&#39;" },
    };

    for (size_t i = 0; i < text.size; i++) {
        const char *entity = NULL;

        for (size_t e = 0; e < sizeof(entities) / sizeof(entities[0]); e++)
            if (entities[e].byte == text.data[i])
                entity = entities[e].entity;
        if (entity != NULL)
            lg_buf_add_cstr(out, entity);
        else
            lg_buf_add_char(out, text.data[i]);
    }
}

static void add_escaped(struct lg_buf *out, struct lg_str text, enum lg_response_escape escape)
{
    switch (escape) {
    case LG_ESCAPE_NONE:
        lg_buf_add_str(out, text);
        break;
    case LG_ESCAPE_JSON:
        add_inside_json(out, text);
        break;
    case LG_ESCAPE_MARKUP:
        add_markup(out, text);
        break;
    }
}

/* --- reading ---------------------------------------------------------------------------------- */

struct reader {
    struct lg_arena *arena;
    const struct lg_config_api *api;
    enum lg_response_escape escape;
    bool parameter; /* no template: text is an expression of its own, in quotes */
    struct lg_response_piece *pieces;
    size_t count, room;
    const char **reterr_message;
};

static bool take(struct lg_str *text, struct lg_str prefix)
{
    if (!lg_str_starts(*text, prefix))
        return false;
    *text = lg_str_part(*text, prefix.size, text->size);
    return true;
}

static void add_piece(struct reader *reader, struct lg_response_piece piece)
{
    if (reader->count == reader->room) {
        struct lg_response_piece *more =
            lg_arena_alloc(reader->arena, (reader->room * 2 + 4) * sizeof(*more));

        if (reader->count > 0)
            memcpy(more, reader->pieces, reader->count * sizeof(*more));
        reader->pieces = more;
        reader->room = reader->room * 2 + 4;
    }
    reader->pieces[reader->count++] = piece;
}

static void add_text(struct reader *reader, struct lg_str text)
{
    if (text.size > 0)
        add_piece(reader, (struct lg_response_piece){ .kind = TEXT, .text = text });
}

static enum lg_err refuse(struct reader *reader, struct lg_str name)
{
    *reader->reterr_message = lg_arena_printf(
        reader->arena,
        "found \"%.*s\", expected context.NAME, stageVariables.NAME, method.request.header.NAME, "
        "method.request.querystring.NAME or method.request.path.NAME%s",
        LG_STR_ARG(name), reader->parameter ? ", or a text in '...'" : "");
    return LG_ERR_SYNTAX;
}

static enum lg_err read_context(struct reader *reader, struct lg_str name, struct lg_str whole)
{
    static const struct {
        const char *name;
        enum kind kind;
    } errors[] = {
        { "error.message", MESSAGE },
        { "error.messageString", MESSAGE_STRING },
        { "error.responseType", RESPONSE_TYPE },
        { "error.validationErrorString", VALIDATION },
    };
    struct lg_response_piece piece = { .kind = CONTEXT };

    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
        if (lg_str_is(name, errors[i].name))
            piece.kind = errors[i].kind;
    if (piece.kind == CONTEXT &&
        lg_context_parse(name, reader->api->kind, &piece.variable) != LG_OK)
        return refuse(reader, whole);
    add_piece(reader, piece);
    return LG_OK;
}

/* They never change while the configuration lives. */
static enum lg_err read_stage_variable(struct reader *reader, struct lg_str name)
{
    const struct lg_config_pairs *variables = &reader->api->stage_variables;
    struct lg_buf out;

    for (size_t i = 0; i < variables->count; i++) {
        if (!lg_str_is(name, variables->items[i].name))
            continue;
        lg_buf_init(&out, SIZE_MAX);
        add_escaped(&out, lg_str_of(variables->items[i].value), reader->escape);
        add_text(reader, lg_arena_str(reader->arena, lg_buf_str(&out)));
        lg_buf_done(&out);
        return LG_OK;
    }
    *reader->reterr_message =
        lg_arena_printf(reader->arena, "found the stage variable \"%.*s\", expected one of the API",
                        LG_STR_ARG(name));
    return LG_ERR_SYNTAX;
}

static enum lg_err read_variable(struct reader *reader, struct lg_str name)
{
    struct lg_response_piece piece = { .text = name };

    if (take(&piece.text, LG_STR("context.")))
        return read_context(reader, piece.text, name);
    if (take(&piece.text, LG_STR("stageVariables.")))
        return read_stage_variable(reader, piece.text);
    if (take(&piece.text, LG_STR("method.request.header.")))
        piece.kind = HEADER;
    else if (take(&piece.text, LG_STR("method.request.querystring.")))
        piece.kind = QUERY;
    else if (take(&piece.text, LG_STR("method.request.path.")))
        piece.kind = PATH;
    else
        return refuse(reader, name);
    if (piece.text.size == 0)
        return refuse(reader, name);
    add_piece(reader, piece);
    return LG_OK;
}

static bool in_name(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_' || byte == '.' || byte == '-';
}

/* The variable that `text` starts with, a dot that ends a sentence aside; empty: none. */
static struct lg_str cut_variable(struct lg_str text)
{
    static const char *const words[] = { "context.", "stageVariables.", "method.request." };
    bool known = false;
    size_t size = 0;

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        known = known || lg_str_starts(text, lg_str_of(words[i]));
    if (!known)
        return LG_STR_NONE;
    while (size < text.size && in_name(text.data[size]))
        size++;
    if (lg_str_starts(lg_str_part(text, size, text.size), LG_STR("['"))) {
        size_t end = lg_str_find(text, ']', size);

        if (end < text.size)
            return lg_str_part(text, 0, end + 1);
    }
    while (size > 0 && (text.data[size - 1] == '.' || text.data[size - 1] == '-'))
        size--;
    return lg_str_part(text, 0, size);
}

static void finish(const struct reader *reader, struct lg_response_text *ret_text)
{
    *ret_text = (struct lg_response_text){ reader->pieces, reader->count, reader->escape };
}

enum lg_err lg_response_template_parse(struct lg_arena *arena, const struct lg_config_api *api,
                                       struct lg_str text, enum lg_response_escape escape,
                                       struct lg_response_text *ret_text,
                                       const char **reterr_message)
{
    struct reader reader = {
        .arena = arena, .api = api, .escape = escape, .reterr_message = reterr_message
    };
    size_t done = 0;

    for (size_t at = lg_str_find(text, '$', 0); at < text.size; at = lg_str_find(text, '$', at)) {
        struct lg_str name = cut_variable(lg_str_part(text, at + 1, text.size));

        if (name.size == 0) {
            at++;
            continue;
        }
        add_text(&reader, lg_str_part(text, done, at));
        if (read_variable(&reader, name) != LG_OK)
            return LG_ERR_SYNTAX;
        done = at = at + 1 + name.size;
    }
    add_text(&reader, lg_str_part(text, done, text.size));
    finish(&reader, ret_text);
    return LG_OK;
}

enum lg_err lg_response_value_parse(struct lg_arena *arena, const struct lg_config_api *api,
                                    struct lg_str text, struct lg_response_text *ret_text,
                                    const char **reterr_message)
{
    struct reader reader = {
        .arena = arena, .api = api, .parameter = true, .reterr_message = reterr_message
    };

    if (text.size >= 2 && lg_str_starts(text, LG_STR("'")) && lg_str_ends(text, LG_STR("'"))) {
        text = lg_str_part(text, 1, text.size - 1);
        if (!lg_http_field_value_valid(text)) {
            *reterr_message = "found a control character, expected none in a header";
            return LG_ERR_SYNTAX;
        }
        add_text(&reader, text);
    } else if (read_variable(&reader, text) != LG_OK) {
        return LG_ERR_SYNTAX;
    }
    finish(&reader, ret_text);
    return LG_OK;
}

/* --- writing ---------------------------------------------------------------------------------- */

/* The last of several, as everywhere in a REST API. */
static struct lg_str header_of(const struct lg_head *head, struct lg_str name)
{
    struct lg_str found = LG_STR_NONE;

    for (size_t i = 0; i < head->header_count; i++)
        if (lg_rest_header_is(head->headers[i].name, name))
            found = head->headers[i].value;
    return found;
}

static struct lg_str parameter_of(const struct lg_head *head, struct lg_arena *arena,
                                  struct lg_str name)
{
    struct lg_str rest = head->query, found = LG_STR_NONE;
    struct lg_query_pair pair;

    while (lg_query_next(&rest, true, &pair))
        if (lg_query_is(arena, &pair, name))
            found = lg_percent_decode(arena, pair.value, true);
    return found;
}

static struct lg_str capture_of(const struct lg_route_match *match, struct lg_str name)
{
    for (size_t i = 0; match != NULL && i < match->capture_count; i++)
        if (lg_str_eq(match->captures[i].name, name))
            return match->captures[i].value;
    return LG_STR_NONE;
}

static struct lg_str quoted_message(const char *message, struct lg_arena *arena)
{
    struct lg_buf out;
    struct lg_str text;

    if (message == NULL)
        return LG_STR("null");
    lg_buf_init(&out, SIZE_MAX);
    lg_json_add_string(&out, lg_str_of(message));
    text = lg_arena_str(arena, lg_buf_str(&out));
    lg_buf_done(&out);
    return text;
}

static struct lg_str value_of(const struct lg_response_piece *piece,
                              const struct lg_response_source *source, struct lg_arena *arena)
{
    const struct lg_head *head = source->context->head;

    switch (piece->kind) {
    case MESSAGE:
        return lg_str_of(source->message);
    case MESSAGE_STRING:
        return quoted_message(source->message, arena);
    case RESPONSE_TYPE:
        return lg_str_of(source->type);
    case VALIDATION:
        return lg_str_of(source->validation);
    case HEADER:
        return header_of(head, piece->text);
    case QUERY:
        return parameter_of(head, arena, piece->text);
    case PATH:
        return capture_of(source->match, piece->text);
    case CONTEXT:
        return lg_context_value(source->context, &piece->variable, arena);
    case TEXT:
        break;
    }
    return piece->text;
}

void lg_response_text_write(const struct lg_response_text *text,
                            const struct lg_response_source *source, struct lg_arena *arena,
                            struct lg_buf *out)
{
    for (size_t i = 0; i < text->count; i++) {
        const struct lg_response_piece *piece = &text->pieces[i];
        struct lg_str value = value_of(piece, source, arena);
        bool ready = piece->kind == TEXT ||
                     (piece->kind == MESSAGE_STRING && text->escape == LG_ESCAPE_JSON);

        add_escaped(out, value, ready ? LG_ESCAPE_NONE : text->escape);
    }
}
