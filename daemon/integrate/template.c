/* template.c -- the URL of a redirect, taken apart and checked. */
#include "integrate/template.h"

#include <stdarg.h>
#include <string.h>

#include "base/text.h"

struct reader {
    struct lg_arena *arena;
    const struct lg_pattern *pattern;
    const char **reterr_message;
};

LG_PRINTF(2, 3)
static enum lg_err refuse(struct reader *reader, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    *reader->reterr_message = lg_arena_vprintf(reader->arena, format, args);
    va_end(args);
    return LG_ERR_SYNTAX;
}

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

void lg_template_add_literal(struct lg_buf *out, struct lg_str text)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        bool escape =
            c == '%' && i + 2 < text.size && is_hex(text.data[i + 1]) && is_hex(text.data[i + 2]);

        if (escape || is_alnum(c) || is_one_of(c, "-._~!$&'()*+,;=:@/?"))
            lg_buf_add_char(out, c);
        else
            lg_buf_printf(out, "%%%02X", (unsigned char)c);
    }
}

size_t lg_template_dots(struct lg_str segment)
{
    size_t dots = 0;

    while (segment.size > 0) {
        size_t size = 1;

        if (lg_str_istarts(segment, LG_STR("%2E")))
            size = 3;
        else if (segment.data[0] != '.')
            return 0;
        segment = lg_str_part(segment, size, segment.size);
        dots++;
    }
    return dots <= 2 ? dots : 0;
}

/* --- scheme and authority ------------------------------------------------------------------- */

static bool port_valid(struct lg_str port)
{
    uint64_t number;

    return port.size <= 5 && lg_str_to_u64(port, &number) == LG_OK && number >= 1 &&
           number <= 65535;
}

static bool all_in(struct lg_str text, const char *more)
{
    for (size_t i = 0; i < text.size; i++) {
        if (!is_alnum(text.data[i]) && !is_one_of(text.data[i], more))
            return false;
    }
    return text.size > 0;
}

/* host, host:port, [address] or [address]:port */
static bool authority_valid(struct lg_str authority)
{
    bool literal = lg_str_starts(authority, LG_STR("["));
    size_t end = lg_str_find(authority, literal ? ']' : ':', 0);
    struct lg_str host = lg_str_part(authority, literal ? 1 : 0, end);
    struct lg_str rest = lg_str_part(authority, literal ? end + 1 : end, authority.size);

    if (literal && end == authority.size)
        return false;
    if (!all_in(host, literal ? ":." : "-._"))
        return false;
    if (rest.size == 0)
        return true;
    return rest.data[0] == ':' && port_valid(lg_str_part(rest, 1, rest.size));
}

static size_t first_of(struct lg_str text, size_t from, const char *set)
{
    while (from < text.size && !is_one_of(text.data[from], set))
        from++;
    return from;
}

/* Cuts scheme and authority off; what is left starts with "/", "?", "#" or is empty. */
static enum lg_err read_origin(struct reader *reader, struct lg_str text, struct lg_str *ret_origin,
                               struct lg_str *ret_rest)
{
    size_t start = lg_str_istarts(text, LG_STR("https://"))  ? 8
                   : lg_str_istarts(text, LG_STR("http://")) ? 7
                                                             : 0;
    size_t end = start > 0 ? first_of(text, start, "/?#") : 0;
    struct lg_str authority = lg_str_part(text, start, end);

    if (lg_str_starts(text, LG_STR("//")))
        return refuse(reader,
                      "found \"%.*s\", expected one \"/\" before a path, or https:// before "
                      "a host",
                      LG_STR_ARG(text));
    if (start == 0 && !lg_str_starts(text, LG_STR("/")))
        return refuse(reader,
                      "found \"%.*s\", expected a URL that starts with https:// or http://, "
                      "or a path that starts with \"/\"",
                      LG_STR_ARG(text));
    if (first_of(authority, 0, "{}") < authority.size)
        return refuse(reader,
                      "found a variable in \"%.*s\", expected it in the path, query or "
                      "fragment: a request must not choose the host",
                      LG_STR_ARG(lg_str_part(text, 0, end)));
    if (start > 0 && !authority_valid(authority))
        return refuse(reader,
                      "found \"%.*s\", expected a host name or address, with or without a "
                      "port",
                      LG_STR_ARG(authority));
    *ret_origin = lg_str_part(text, 0, end);
    *ret_rest = lg_str_part(text, end, text.size);
    return LG_OK;
}

/* --- path, query, fragment ------------------------------------------------------------------ */

static enum lg_err find_variable(struct reader *reader, struct lg_str name, bool plus,
                                 struct lg_template_part *ret_part)
{
    size_t capture = 0;

    for (size_t i = 0; i < reader->pattern->segment_count; i++) {
        const struct lg_segment *segment = &reader->pattern->segments[i];
        bool greedy = segment->kind == LG_SEGMENT_GREEDY;

        if (segment->kind == LG_SEGMENT_LITERAL)
            continue;
        if (lg_str_eq(segment->text, name) && (greedy || !plus)) {
            *ret_part = (struct lg_template_part){ .is_variable = true,
                                                   .greedy = greedy,
                                                   .capture = capture };
            return LG_OK;
        }
        capture++;
    }
    return refuse(reader, "found {%.*s%s}, expected a variable of the route \"%.*s\"",
                  LG_STR_ARG(name), plus ? "+" : "", LG_STR_ARG(reader->pattern->key));
}

static struct lg_template_part literal_part(struct reader *reader, struct lg_str text)
{
    struct lg_template_part part = { .is_variable = false };
    struct lg_buf buf;

    lg_buf_init(&buf, SIZE_MAX);
    lg_template_add_literal(&buf, text);
    part.text = lg_arena_str(reader->arena, lg_buf_str(&buf));
    lg_buf_done(&buf);
    return part;
}

/* Reads `{name}` or a stretch of text, and cuts it off `*rest`. */
static enum lg_err read_part(struct reader *reader, struct lg_str *rest,
                             struct lg_template_part *ret_part)
{
    size_t brace = first_of(*rest, 0, "{}");
    size_t end = lg_str_find(*rest, '}', 0);
    struct lg_str name = lg_str_part(*rest, 1, end);
    bool plus = lg_str_ends(name, LG_STR("+"));

    if (brace > 0) {
        *ret_part = literal_part(reader, lg_str_part(*rest, 0, brace));
        *rest = lg_str_part(*rest, brace, rest->size);
        return LG_OK;
    }
    if (rest->data[0] == '}' || end == rest->size)
        return refuse(reader,
                      "found \"%.*s\", expected a variable such as {id}, or braces written "
                      "as %%7B and %%7D",
                      LG_STR_ARG(*rest));
    *rest = lg_str_part(*rest, end + 1, rest->size);
    if (plus)
        name.size--;
    return find_variable(reader, name, plus, ret_part);
}

static enum lg_err read_run(struct reader *reader, struct lg_str text, struct lg_template_run *run)
{
    struct lg_template_part *parts = lg_arena_alloc(reader->arena, text.size * sizeof(*parts));
    size_t count = 0;

    while (text.size > 0) {
        enum lg_err err = read_part(reader, &text, &parts[count]);

        if (err != LG_OK)
            return err;
        count++;
    }
    *run = (struct lg_template_run){ parts, count };
    return LG_OK;
}

/* Ours may not climb either: a client would resolve it into something that nobody wrote. */
static enum lg_err check_path(struct reader *reader, struct lg_str path)
{
    struct lg_str piece, rest = path;

    while (lg_str_next(&rest, '/', &piece)) {
        if (lg_template_dots(piece) > 0)
            return refuse(reader,
                          "found the segment \"%.*s\", expected a path without \".\" and "
                          "\"..\"",
                          LG_STR_ARG(piece));
    }
    return LG_OK;
}

static enum lg_err check_bytes(struct reader *reader, struct lg_str text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];

        if (c < 0x20 || c == 0x7f)
            return refuse(reader, "found the control character 0x%02X, expected none", c);
        if (c == '\\')
            return refuse(reader, "found \"\\\", expected \"/\", or %%5C where it is meant");
    }
    if (!lg_percent_valid(text))
        return refuse(reader, "found \"%.*s\", expected two hex digits after every %%",
                      LG_STR_ARG(text));
    return LG_OK;
}

enum lg_err lg_template_parse(struct lg_arena *arena, struct lg_str text,
                              const struct lg_pattern *pattern, struct lg_template *ret_template,
                              const char **reterr_message)
{
    struct reader reader = { arena, pattern, reterr_message };
    struct lg_template template = { .origin = LG_STR_NONE };
    struct lg_str rest = LG_STR_NONE, path;
    enum lg_err err = check_bytes(&reader, text);

    if (err == LG_OK)
        err = read_origin(&reader, text, &template.origin, &rest);
    if (err != LG_OK)
        return err;

    size_t hash = lg_str_find(rest, '#', 0);
    struct lg_str before = lg_str_part(rest, 0, hash);
    size_t mark = lg_str_find(before, '?', 0);
    path = lg_str_part(before, 0, mark);

    err = check_path(&reader, path);
    if (err == LG_OK)
        err = read_run(&reader, path, &template.path);
    if (err == LG_OK)
        err = read_run(&reader, lg_str_part(before, mark + 1, before.size), &template.query);
    if (err == LG_OK)
        err = read_run(&reader, lg_str_part(rest, hash + 1, rest.size), &template.fragment);
    if (err == LG_OK)
        *ret_template = template;
    return err;
}
