/* json_check.c -- one pass, one bit a level: is it an object or an array that is open. */
#include "invoke_api/json_check.h"

#include <ctype.h>
#include <string.h>

#include "base/json_scan.h"
#include "base/text.h"

struct checker {
    const char *start, *at, *end;
    const char *message; /* what is wrong at `at`; NULL while all is well */
    size_t depth;
    uint8_t objects[LG_JSON_CHECK_DEPTH / 8]; /* bit: the level is an object */
};

static bool wrong(struct checker *checker, const char *message)
{
    checker->message = message;
    return false;
}

static bool next_is(const struct checker *checker, char byte)
{
    return checker->at < checker->end && *checker->at == byte;
}

static bool take(struct checker *checker, char byte)
{
    if (!next_is(checker, byte))
        return false;
    checker->at++;
    return true;
}

static void skip_space(struct checker *checker)
{
    while (checker->at < checker->end && memchr(" \t\r\n", *checker->at, 4) != NULL)
        checker->at++;
}

static bool in_object(const struct checker *checker)
{
    size_t level = checker->depth - 1;

    return (checker->objects[level / 8] >> (level % 8) & 1) != 0;
}

static bool skip_escape(struct checker *checker)
{
    const char *at = checker->at;

    if (checker->end - at < 2 || memchr("\"\\/bfnrtu", at[1], 9) == NULL)
        return wrong(checker, "an unknown escape in a string");
    checker->at += 2;
    if (at[1] != 'u')
        return true;
    if (checker->end - at < 6)
        return wrong(checker, "a bad \\u escape in a string");
    for (int i = 2; i < 6; i++)
        if (!isxdigit((unsigned char)at[i]))
            return wrong(checker, "a bad \\u escape in a string");
    checker->at += 4;
    return true;
}

/* What stands at `at` and is not plain: an escape, a character beyond ASCII, or an error. */
static bool skip_special(struct checker *checker)
{
    if (checker->at == checker->end)
        return wrong(checker, "the text ends inside a string");
    if (*checker->at == '\\')
        return skip_escape(checker);
    if ((unsigned char)*checker->at < 0x20)
        return wrong(checker, "a control character in a string");

    size_t size = lg_utf8_sequence(lg_str_make(checker->at, (size_t)(checker->end - checker->at)));
    if (size == 0)
        return wrong(checker, "bytes that are not UTF-8");
    checker->at += size;
    return true;
}

static bool check_string(struct checker *checker)
{
    checker->at++;
    for (;;) {
        checker->at = lg_json_skip_plain(checker->at, checker->end);
        if (take(checker, '"'))
            return true;
        if (!skip_special(checker))
            return false;
    }
}

static bool skip_digits(struct checker *checker)
{
    const char *first = checker->at;

    while (checker->at < checker->end && *checker->at >= '0' && *checker->at <= '9')
        checker->at++;
    return checker->at > first || wrong(checker, "a value was expected");
}

static bool check_number(struct checker *checker)
{
    take(checker, '-');
    if (!take(checker, '0') && !skip_digits(checker))
        return false;
    if (take(checker, '.') && !skip_digits(checker))
        return false;
    if (!next_is(checker, 'e') && !next_is(checker, 'E'))
        return true;
    checker->at++;
    if (!take(checker, '+'))
        take(checker, '-');
    return skip_digits(checker);
}

static bool check_word(struct checker *checker, const char *word)
{
    size_t size = strlen(word);

    if ((size_t)(checker->end - checker->at) < size || memcmp(checker->at, word, size) != 0)
        return wrong(checker, "a value was expected");
    checker->at += size;
    return true;
}

static bool check_scalar(struct checker *checker)
{
    switch (*checker->at) {
    case '"':
        return check_string(checker);
    case 't':
        return check_word(checker, "true");
    case 'f':
        return check_word(checker, "false");
    case 'n':
        return check_word(checker, "null");
    default:
        return check_number(checker);
    }
}

/* A name and its colon. */
static bool check_name(struct checker *checker)
{
    skip_space(checker);
    if (!next_is(checker, '"'))
        return wrong(checker, "a name in quotes was expected");
    if (!check_string(checker))
        return false;
    skip_space(checker);
    return take(checker, ':') || wrong(checker, "`:` was expected");
}

/* *ret_inside: a container was opened that is not empty, and its first value comes next. */
static bool begin_value(struct checker *checker, bool *ret_inside)
{
    *ret_inside = false;
    skip_space(checker);
    if (checker->at == checker->end)
        return wrong(checker, "the text ends where a value was expected");
    if (*checker->at != '{' && *checker->at != '[')
        return check_scalar(checker);
    if (checker->depth == LG_JSON_CHECK_DEPTH)
        return wrong(checker, "nested too deeply");

    bool object = *checker->at++ == '{';
    uint8_t bit = (uint8_t)(1u << (checker->depth % 8));
    skip_space(checker);
    if (take(checker, object ? '}' : ']'))
        return true;
    if (object)
        checker->objects[checker->depth / 8] |= bit;
    else
        checker->objects[checker->depth / 8] &= (uint8_t)~bit;
    checker->depth++;
    *ret_inside = true;
    return !object || check_name(checker);
}

/* Behind a value: closes what ends here. *ret_more: another value comes next. */
static bool end_values(struct checker *checker, bool *ret_more)
{
    *ret_more = false;
    while (checker->depth > 0) {
        bool object = in_object(checker);
        skip_space(checker);
        if (take(checker, ',')) {
            *ret_more = true;
            return !object || check_name(checker);
        }
        if (!take(checker, object ? '}' : ']'))
            return wrong(checker, object ? "`,` or `}` was expected" : "`,` or `]` was expected");
        checker->depth--;
    }
    return true;
}

static bool check_all(struct checker *checker)
{
    bool more = true;

    while (more) {
        if (!begin_value(checker, &more))
            return false;
        if (!more && !end_values(checker, &more))
            return false;
    }
    skip_space(checker);
    return checker->at == checker->end || wrong(checker, "something follows the value");
}

bool lg_json_check(struct lg_str text, struct lg_json_check_fault *reterr_fault)
{
    const char *start = text.data == NULL ? "" : text.data;
    struct checker checker = { .start = start, .at = start, .end = start + text.size };

    if (check_all(&checker))
        return true;
    reterr_fault->offset = (size_t)(checker.at - checker.start);
    reterr_fault->message = checker.message;
    return false;
}
