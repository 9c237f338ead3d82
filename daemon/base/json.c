/*
 * json.c -- one pass over the text, with a stack of the open arrays and objects in place of
 * recursion.
 *
 * Every step takes the reader, moves `at`, and returns false once `fault` is set.
 */
#include "base/json.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/json_names.h"
#include "base/json_scan.h"
#include "base/json_string.h"

/* Millions of them make a tree: json.h promises how large. */
_Static_assert(sizeof(struct lg_json) <= 64, "a value has grown");

const struct lg_json_limits lg_json_default_limits = { .depth = 128, .values = 1000000 };

/* An array or object that is still open. Frames stay linked and are used again. */
struct frame {
    struct frame *outer, *inner;
    struct lg_json *container;
    struct lg_json **end; /* where the next child is linked */
    struct lg_json_names names;
};

struct reader {
    struct lg_arena *arena;
    const char *start, *at, *end;
    struct lg_json_limits limits;
    size_t depth, values;
    struct frame *outermost; /* the first frame, or NULL */
    struct frame *top;       /* innermost open container, or NULL */
    struct lg_str name;      /* of the member whose value comes next */
    struct lg_json *root;
    enum lg_err err;
    struct lg_json_fault fault;
};

static bool fail(struct reader *reader, enum lg_err err, const char *at, const char *message)
{
    reader->err = err;
    reader->fault =
        (struct lg_json_fault){ .offset = (size_t)(at - reader->start), .message = message };
    return false;
}

static bool fail_syntax(struct reader *reader, const char *message)
{
    return fail(reader, LG_ERR_SYNTAX, reader->at, message);
}

static void skip_space(struct reader *reader)
{
    const char *at = reader->at;

    while (at < reader->end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    reader->at = at;
}

static bool next_is(const struct reader *reader, char byte)
{
    return reader->at < reader->end && *reader->at == byte;
}

static bool is_digit_next(const struct reader *reader)
{
    return reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9';
}

static bool read_string(struct reader *reader, struct lg_str *ret_text)
{
    const char *message = lg_json_string(reader->arena, &reader->at, reader->end, ret_text);

    return message == NULL || fail_syntax(reader, message);
}

static void end_names(struct reader *reader)
{
    for (struct frame *frame = reader->outermost; frame != NULL; frame = frame->inner)
        lg_json_names_done(&frame->names);
}

static bool skip_digits(struct reader *reader)
{
    if (!is_digit_next(reader))
        return fail_syntax(reader, "a digit is missing in a number");
    while (is_digit_next(reader))
        reader->at++;
    return true;
}

static bool skip_number(struct reader *reader)
{
    if (next_is(reader, '-'))
        reader->at++;
    if (next_is(reader, '0'))
        reader->at++;
    else if (!skip_digits(reader))
        return false;
    if (is_digit_next(reader))
        return fail_syntax(reader, "a number starts with 0");
    if (next_is(reader, '.')) {
        reader->at++;
        if (!skip_digits(reader))
            return false;
    }
    if (next_is(reader, 'e') || next_is(reader, 'E')) {
        reader->at++;
        if (next_is(reader, '+') || next_is(reader, '-'))
            reader->at++;
        if (!skip_digits(reader))
            return false;
    }
    return true;
}

static bool read_literal(struct reader *reader, const char *literal)
{
    size_t size = strlen(literal);

    if ((size_t)(reader->end - reader->at) < size || memcmp(reader->at, literal, size) != 0)
        return fail_syntax(reader, "a value was expected");
    reader->at += size;
    return true;
}

/* Links a new value of the type where the next one belongs. */
static struct lg_json *add_value(struct reader *reader, enum lg_json_type type)
{
    if (reader->values == reader->limits.values) {
        fail(reader, LG_ERR_TOO_BIG, reader->at, "too many values");
        return NULL;
    }
    reader->values++;

    struct lg_json *value = lg_arena_alloc(reader->arena, sizeof(*value));
    *value = (struct lg_json){ .type = type, .name = reader->name, .text.data = reader->at };
    reader->name = LG_STR_NONE;
    if (reader->top == NULL) {
        reader->root = value;
        return value;
    }
    *reader->top->end = value;
    reader->top->end = &value->next;
    reader->top->container->count++;
    return value;
}

static void end_text(const struct reader *reader, struct lg_json *value)
{
    value->text.size = (size_t)(reader->at - value->text.data);
}

static struct frame *inner_frame(struct reader *reader)
{
    struct frame **inner = reader->top == NULL ? &reader->outermost : &reader->top->inner;

    if (*inner == NULL) {
        *inner = lg_arena_alloc(reader->arena, sizeof(**inner));
        **inner = (struct frame){ .outer = reader->top };
    }
    return *inner;
}

static bool open_container(struct reader *reader, enum lg_json_type type)
{
    if (reader->depth == reader->limits.depth)
        return fail(reader, LG_ERR_TOO_BIG, reader->at, "nested too deeply");
    struct lg_json *container = add_value(reader, type);
    if (container == NULL)
        return false;

    struct frame *frame = inner_frame(reader);
    frame->container = container;
    frame->end = &container->first;
    lg_json_names_clear(&frame->names);
    reader->top = frame;
    reader->depth++;
    reader->at++;
    return true;
}

static void close_container(struct reader *reader)
{
    reader->at++;
    end_text(reader, reader->top->container);
    reader->top = reader->top->outer;
    reader->depth--;
}

/* `"name" :` -- the value comes next. */
static bool read_name(struct reader *reader)
{
    struct frame *frame = reader->top;
    const char *start = reader->at;

    if (!next_is(reader, '"'))
        return fail_syntax(reader, "a name in quotes was expected");
    if (!read_string(reader, &reader->name))
        return false;
    if (!reader->limits.allow_duplicates &&
        !lg_json_names_add(&frame->names, frame->container, reader->name))
        return fail(reader, LG_ERR_SYNTAX, start, "duplicate name in an object");
    skip_space(reader);
    if (!next_is(reader, ':'))
        return fail_syntax(reader, "`:` was expected");
    reader->at++;
    return true;
}

static bool read_scalar(struct reader *reader)
{
    struct lg_json *value = add_value(reader, LG_JSON_NULL);
    bool done;

    if (value == NULL)
        return false;
    switch (*reader->at) {
    case '"':
        value->type = LG_JSON_STRING;
        return read_string(reader, &value->text);
    case 't':
        value->type = LG_JSON_TRUE;
        done = read_literal(reader, "true");
        break;
    case 'f':
        value->type = LG_JSON_FALSE;
        done = read_literal(reader, "false");
        break;
    case 'n':
        done = read_literal(reader, "null");
        break;
    default:
        if (*reader->at != '-' && !is_digit_next(reader))
            return fail_syntax(reader, "a value was expected");
        value->type = LG_JSON_NUMBER;
        done = skip_number(reader);
    }
    end_text(reader, value);
    return done;
}

/* Reads the start of a value. *ret_open: it is a container that is not empty, and its first
 * child comes next. */
static bool begin_value(struct reader *reader, bool *ret_open)
{
    *ret_open = false;
    skip_space(reader);
    if (reader->at == reader->end)
        return fail_syntax(reader, "the text ends where a value was expected");
    if (*reader->at != '{' && *reader->at != '[')
        return read_scalar(reader);

    bool object = *reader->at == '{';
    if (!open_container(reader, object ? LG_JSON_OBJECT : LG_JSON_ARRAY))
        return false;
    skip_space(reader);
    if (next_is(reader, object ? '}' : ']')) {
        close_container(reader);
        return true;
    }
    *ret_open = true;
    return !object || read_name(reader);
}

/* Behind a value: closes what ends here. *ret_more: a sibling comes next. */
static bool end_values(struct reader *reader, bool *ret_more)
{
    *ret_more = false;
    while (reader->top != NULL) {
        bool object = reader->top->container->type == LG_JSON_OBJECT;

        skip_space(reader);
        if (next_is(reader, ',')) {
            reader->at++;
            skip_space(reader);
            *ret_more = true;
            return !object || read_name(reader);
        }
        if (!next_is(reader, object ? '}' : ']'))
            return fail_syntax(reader,
                               object ? "`,` or `}` was expected" : "`,` or `]` was expected");
        close_container(reader);
    }
    return true;
}

static bool read_all(struct reader *reader)
{
    bool more = true;

    if ((size_t)(reader->end - reader->start) > UINT32_MAX)
        return fail(reader, LG_ERR_TOO_BIG, reader->at, "the text is too long");
    while (more) {
        if (!begin_value(reader, &more))
            return false;
        if (!more && !end_values(reader, &more))
            return false;
    }
    skip_space(reader);
    return reader->at == reader->end || fail_syntax(reader, "something follows the value");
}

enum lg_err lg_json_read(struct lg_arena *arena, struct lg_str text,
                         const struct lg_json_limits *limits, struct lg_json **ret_value,
                         struct lg_json_fault *reterr_fault)
{
    const char *start = text.data == NULL ? "" : text.data;
    struct reader reader = {
        .arena = arena, .start = start, .at = start, .end = start + text.size, .limits = *limits
    };

    assert(limits->depth > 0 && limits->values > 0);
    bool done = read_all(&reader);
    end_names(&reader);
    if (!done) {
        if (reterr_fault != NULL)
            *reterr_fault = reader.fault;
        return reader.err;
    }
    *ret_value = reader.root;
    return LG_OK;
}

struct lg_json *lg_json_get(const struct lg_json *value, const char *name)
{
    struct lg_json *found = NULL;

    if (!lg_json_is(value, LG_JSON_OBJECT))
        return NULL;
    struct lg_str wanted = lg_str_of(name);
    for (struct lg_json *member = value->first; member != NULL; member = member->next) {
        if (lg_str_eq(member->name, wanted))
            found = member;
    }
    return found;
}

bool lg_json_is(const struct lg_json *value, enum lg_json_type type)
{
    return value != NULL && value->type == type;
}
