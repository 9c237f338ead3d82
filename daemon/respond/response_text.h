/*
 * response_text.h -- a text of a gateway response, with variables in it.
 *
 * Contract: API Gateway, "Gateway responses": plain substitution and nothing of VTL. A template
 * names $context.x, $stageVariables.x and $method.request.header|querystring|path.x; a parameter is
 * 'text' or one of them without the dollar sign. Unlike there, values are escaped for what they
 * stand in, so that no client can write into a JSON or HTML body.
 */
#ifndef LG_RESPOND_RESPONSE_TEXT_H
#define LG_RESPOND_RESPONSE_TEXT_H

#include "base/arena.h"
#include "base/buf.h"
#include "config/config.h"
#include "integrate/context.h"
#include "route/table.h"

enum lg_response_escape { LG_ESCAPE_NONE, LG_ESCAPE_JSON, LG_ESCAPE_MARKUP };

/* What values of that media type are escaped for. */
enum lg_response_escape lg_response_escape_of(struct lg_str media_type);

struct lg_response_piece;

struct lg_response_text {
    const struct lg_response_piece *pieces; /* in the arena */
    size_t count;
    enum lg_response_escape escape;
};

/* Where the values come from, for one request. */
struct lg_response_source {
    const struct lg_context *context;
    const struct lg_route_match *match; /* NULL: no route matched */
    const char *message;                /* error.message; NULL: null */
    const char *type;                   /* error.responseType */
    const char *validation;             /* error.validationErrorString, or NULL */
};

/*
 * Read a body's template, and the value of a parameter, for `api`; all lies in the arena or in
 * `text`. LG_ERR_SYNTAX: *reterr_message (static or arena) says what was found and what was
 * expected.
 */
LG_MUST_CHECK enum lg_err
lg_response_template_parse(struct lg_arena *arena, const struct lg_config_api *api,
                           struct lg_str text, enum lg_response_escape escape,
                           struct lg_response_text *ret_text, const char **reterr_message);
LG_MUST_CHECK enum lg_err
lg_response_value_parse(struct lg_arena *arena, const struct lg_config_api *api, struct lg_str text,
                        struct lg_response_text *ret_text, const char **reterr_message);

/* Appends the text. What has no value is nothing. */
void lg_response_text_write(const struct lg_response_text *text,
                            const struct lg_response_source *source, struct lg_arena *arena,
                            struct lg_buf *out);

#endif
