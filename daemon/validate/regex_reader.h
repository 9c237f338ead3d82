/*
 * regex_reader.h -- the state of a pattern being translated, shared by the files that do it.
 *
 * Every step moves `at`, appends to `out`, and returns false once `fault` is set.
 */
#ifndef LG_VALIDATE_REGEX_READER_H
#define LG_VALIDATE_REGEX_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "validate/regex_ecma.h"

enum { LG_REGEX_DEEPEST_GROUP = 200 }; /* PCRE2 allows 250 */

struct lg_regex_reader {
    struct lg_str pattern;
    size_t at;
    struct lg_buf *out;
    bool repeatable; /* a quantifier may follow */
    size_t groups;   /* capture groups in the whole pattern */
    size_t opened;   /* of these, so far */
    size_t depth;    /* groups that are open */
    uint32_t least;  /* as *ret_least, so far */
    bool repeatable_group[LG_REGEX_DEEPEST_GROUP];
    struct lg_regex_ecma_fault fault;
};

static inline bool lg_regex_fail_at(struct lg_regex_reader *reader, size_t offset,
                                    const char *message)
{
    reader->fault = (struct lg_regex_ecma_fault){ .offset = offset, .message = message };
    return false;
}

static inline bool lg_regex_fail(struct lg_regex_reader *reader, const char *message)
{
    return lg_regex_fail_at(reader, reader->at, message);
}

static inline bool lg_regex_is_end(const struct lg_regex_reader *reader)
{
    return reader->at == reader->pattern.size;
}

/* The byte so far ahead; NUL behind the end. */
static inline char lg_regex_peek(const struct lg_regex_reader *reader, size_t ahead)
{
    size_t left = reader->pattern.size - reader->at;

    return left > ahead ? reader->pattern.data[reader->at + ahead] : '\0';
}

/* Moves behind `text` if that comes next. */
static inline bool lg_regex_take(struct lg_regex_reader *reader, const char *text)
{
    struct lg_str rest = lg_str_part(reader->pattern, reader->at, reader->pattern.size);

    if (!lg_str_starts(rest, lg_str_of(text)))
        return false;
    reader->at += strlen(text);
    return true;
}

static inline bool lg_regex_is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static inline bool lg_regex_is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

/* At `[`: translates a class. */
bool lg_regex_class(struct lg_regex_reader *reader);

/* Behind a backslash that starts neither an assertion nor a reference. */
bool lg_regex_escaped_atom(struct lg_regex_reader *reader);

/* At a character that stands for itself. */
bool lg_regex_literal_atom(struct lg_regex_reader *reader);

#endif
