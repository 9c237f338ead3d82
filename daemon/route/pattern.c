/* pattern.c -- reads route keys, and says in words what is wrong with a bad one. */
#include "route/pattern.h"

#include <stdarg.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

static const char *const methods[] = { "GET",    "POST", "PUT",     "PATCH",
                                       "DELETE", "HEAD", "OPTIONS", "ANY" };

struct reader {
    struct lg_arena *arena;
    struct lg_segment segments[LG_SEGMENTS_MAX];
    size_t count;
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

static enum lg_err read_method(struct reader *reader, struct lg_str method)
{
    for (size_t i = 0; i < LG_COUNT(methods); i++) {
        if (lg_str_is(method, methods[i]))
            return LG_OK;
    }
    for (size_t i = 0; i < LG_COUNT(methods); i++) {
        if (lg_str_iis(method, methods[i]))
            return refuse(reader,
                          "found the method \"%.*s\", expected upper case: did you mean %s?",
                          LG_STR_ARG(method), methods[i]);
    }
    return refuse(
        reader,
        "found the method \"%.*s\", expected GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS "
        "or ANY",
        LG_STR_ARG(method));
}

static bool in_name(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || (byte != '\0' && strchr("_-.:", byte) != NULL);
}

static bool has_variable(const struct reader *reader, struct lg_str name)
{
    for (size_t i = 0; i < reader->count; i++) {
        const struct lg_segment *segment = &reader->segments[i];

        if (segment->kind != LG_SEGMENT_LITERAL && lg_str_eq(segment->text, name))
            return true;
    }
    return false;
}

/* `text` is a whole segment: {name} or {name+}. */
static enum lg_err read_variable(struct reader *reader, struct lg_str text, bool last,
                                 struct lg_segment *ret_segment)
{
    struct lg_str name = lg_str_part(text, 1, text.size - 1);
    bool greedy = lg_str_ends(name, LG_STR("+"));

    if (greedy)
        name.size--;
    if (name.size == 0)
        return refuse(reader, "found a variable without a name, expected one such as {id}");
    for (size_t i = 0; i < name.size; i++) {
        if (!in_name(name.data[i]))
            return refuse(reader,
                          "found \"%.*s\", expected a variable's name to hold letters, digits and "
                          "\"_-.:\" only",
                          LG_STR_ARG(text));
    }
    if (has_variable(reader, name))
        return refuse(reader, "found the variable {%.*s} twice, expected different names",
                      LG_STR_ARG(name));
    if (greedy && !last)
        return refuse(reader,
                      "found \"%.*s\" before the end, expected a greedy variable to be the "
                      "last segment",
                      LG_STR_ARG(text));
    *ret_segment = (struct lg_segment){ greedy ? LG_SEGMENT_GREEDY : LG_SEGMENT_PARAM, name };
    return LG_OK;
}

/* As RFC 3986 has it, and what is not ASCII for people who write it unencoded. */
static bool in_literal(char byte)
{
    unsigned char c = (unsigned char)byte;

    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c >= 0x80 || (c != '\0' && strchr("-._~!$&'()*+,;=:@%", c) != NULL);
}

static enum lg_err read_literal(struct reader *reader, struct lg_str text,
                                struct lg_segment *ret_segment)
{
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];

        if (byte == '{' || byte == '}')
            return refuse(reader,
                          "found \"%.*s\", expected a variable to be a whole segment such as {id}",
                          LG_STR_ARG(text));
        if (byte > 0x20 && byte < 0x7f && !in_literal(byte))
            return refuse(reader, "found \"%c\" in \"%.*s\", expected it as %%%02X or not at all",
                          byte, LG_STR_ARG(text), (unsigned)byte);
        if (!in_literal(byte))
            return refuse(reader, "found the byte 0x%02X in the path, expected it as %%%02X",
                          (unsigned char)byte, (unsigned char)byte);
    }
    if (!lg_percent_valid(text))
        return refuse(reader, "found \"%.*s\", expected two hex digits after every %%",
                      LG_STR_ARG(text));
    *ret_segment =
        (struct lg_segment){ LG_SEGMENT_LITERAL, lg_percent_decode(reader->arena, text, false) };
    return LG_OK;
}

static enum lg_err read_segment(struct reader *reader, struct lg_str text, bool last)
{
    struct lg_segment segment;
    enum lg_err err;

    if (text.size == 0)
        return refuse(reader, "found \"//\" in the path, expected no empty segment");
    if (lg_str_is(text, "*") || lg_str_is(text, "**")) /* wildcards elsewhere, never meant here */
        return refuse(
            reader,
            "found the segment \"%.*s\", expected {name} for one segment, {name+} for all "
            "that are left, or %%2A for the character",
            LG_STR_ARG(text));
    if (reader->count == LG_SEGMENTS_MAX)
        return refuse(reader, "found more than %d segments, expected at most %d", LG_SEGMENTS_MAX,
                      LG_SEGMENTS_MAX);
    if (text.size >= 2 && lg_str_starts(text, LG_STR("{")) && lg_str_ends(text, LG_STR("}")))
        err = read_variable(reader, text, last, &segment);
    else
        err = read_literal(reader, text, &segment);
    if (err == LG_OK)
        reader->segments[reader->count++] = segment;
    return err;
}

static enum lg_err read_path(struct reader *reader, struct lg_str path)
{
    struct lg_str piece, rest = lg_str_part(path, 1, path.size);

    if (!lg_str_starts(path, LG_STR("/")))
        return refuse(reader, "found the path \"%.*s\", expected it to start with \"/\"",
                      LG_STR_ARG(path));
    if (path.size == 1)
        return LG_OK;
    if (path.data[path.size - 1] == '/')
        return refuse(reader, "found the path \"%.*s\", expected it not to end with \"/\"",
                      LG_STR_ARG(path));
    while (lg_str_next(&rest, '/', &piece)) {
        enum lg_err err = read_segment(reader, piece, rest.data == NULL);

        if (err != LG_OK)
            return err;
    }
    return LG_OK;
}

static uint64_t variables_of(const struct reader *reader)
{
    uint64_t variables = 0;

    for (size_t i = 0; i < reader->count; i++)
        variables |= (uint64_t)(reader->segments[i].kind != LG_SEGMENT_LITERAL) << i;
    return variables;
}

enum lg_err lg_pattern_parse(struct lg_arena *arena, struct lg_str key,
                             struct lg_pattern *ret_pattern, const char **reterr_message)
{
    struct reader reader = { .arena = arena, .reterr_message = reterr_message };
    size_t blank = lg_str_find(key, ' ', 0);
    struct lg_str method = lg_str_part(key, 0, blank);
    enum lg_err err;

    if (lg_str_is(key, "$default")) {
        *ret_pattern = (struct lg_pattern){ .key = key, .is_default = true };
        return LG_OK;
    }
    if (blank == key.size)
        return refuse(&reader,
                      "found \"%.*s\", expected a method and a path such as "
                      "\"GET /items/{id}\", or $default",
                      LG_STR_ARG(key));
    err = read_method(&reader, method);
    if (err == LG_OK)
        err = read_path(&reader, lg_str_part(key, blank + 1, key.size));
    if (err != LG_OK)
        return err;
    *ret_pattern = (struct lg_pattern){
        .key = key,
        .method = method,
        .segments =
            lg_arena_copy(arena, reader.segments, reader.count * sizeof(reader.segments[0])),
        .segment_count = reader.count,
        .variables = variables_of(&reader),
    };
    return LG_OK;
}
