/* function_name.c -- optional prefixes, each ended by a colon; then the name; then a qualifier. */
#include "cloud/function_name.h"

#include <stddef.h>

const char lg_invoke_name_pattern[] =
    "(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?"
    "(\\d{12}:)?(function:)?([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?";
const char lg_invoke_qualifier_pattern[] = "\\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+";

static bool is_lower(char byte)
{
    return byte >= 'a' && byte <= 'z';
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_letter(char byte)
{
    return is_lower(byte) || (byte >= 'A' && byte <= 'Z');
}

static bool is_alias_byte(char byte)
{
    return is_letter(byte) || is_digit(byte) || byte == '-' || byte == '_';
}

/* Drops `prefix` from the front of `*rest` if it stands there. */
static bool skip(struct lg_str *rest, struct lg_str prefix)
{
    if (!lg_str_starts(*rest, prefix))
        return false;
    *rest = lg_str_part(*rest, prefix.size, rest->size);
    return true;
}

/* Drops the longest run of bytes that `fits`, and returns how many there were. */
static size_t skip_run(struct lg_str *rest, bool (*fits)(char byte))
{
    size_t size = 0;

    while (size < rest->size && fits(rest->data[size]))
        size++;
    *rest = lg_str_part(*rest, size, rest->size);
    return size;
}

static bool is_partition_byte(char byte)
{
    return is_letter(byte) || byte == '-';
}

/* arn:(aws[a-zA-Z-]*)?:lambda: */
static bool skip_arn(struct lg_str *rest)
{
    struct lg_str at = *rest;

    if (!skip(&at, LG_STR("arn:")))
        return false;
    if (skip(&at, LG_STR("aws")))
        skip_run(&at, is_partition_byte);
    if (!skip(&at, LG_STR(":lambda:")))
        return false;
    *rest = at;
    return true;
}

/* What may stand behind the two letters of a region, and before its next part: -gov, -iso, -isob.
 */
static void skip_region_kind(struct lg_str *rest)
{
    struct lg_str at = *rest;

    if (skip(&at, LG_STR("-iso"))) {
        if (at.size > 0 && is_lower(at.data[0]))
            at = lg_str_part(at, 1, at.size);
    } else {
        skip(&at, LG_STR("-gov"));
    }
    if (at.size >= 2 && at.data[0] == '-' && is_lower(at.data[1]))
        *rest = at;
}

/* (eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1} and a colon */
static bool skip_region(struct lg_str *rest, struct lg_str *ret_region)
{
    struct lg_str at = *rest;

    skip(&at, LG_STR("eusc-"));
    if (at.size < 2 || !is_lower(at.data[0]) || !is_lower(at.data[1]))
        return false;
    at = lg_str_part(at, 2, at.size);
    skip_region_kind(&at);
    if (!skip(&at, LG_STR("-")) || skip_run(&at, is_lower) == 0 || !skip(&at, LG_STR("-")))
        return false;
    if (at.size < 2 || !is_digit(at.data[0]) || at.data[1] != ':')
        return false;
    *ret_region = lg_str_part(*rest, 0, rest->size - at.size + 1);
    *rest = lg_str_part(at, 2, at.size);
    return true;
}

static bool skip_account(struct lg_str *rest, struct lg_str *ret_account)
{
    struct lg_str at = *rest;

    if (skip_run(&at, is_digit) != 12 || !skip(&at, LG_STR(":")))
        return false;
    *ret_account = lg_str_part(*rest, 0, 12);
    *rest = at;
    return true;
}

static bool is_name_byte(char byte)
{
    return is_alias_byte(byte) || byte == '.';
}

static bool is_latest(struct lg_str text)
{
    return lg_str_is(text, "$LATEST") || lg_str_is(text, "$LATEST.PUBLISHED");
}

/* The name and the qualifier are all that is left. */
static bool read_name(struct lg_str rest, struct lg_invoke_name *name)
{
    size_t colon = lg_str_find(rest, ':', 0);
    struct lg_str at = name->name = lg_str_part(rest, 0, colon);

    if (skip_run(&at, is_name_byte) == 0 || at.size > 0)
        return false;
    name->qualifier = LG_STR_NONE;
    if (colon == rest.size)
        return true;
    at = name->qualifier = lg_str_part(rest, colon + 1, rest.size);
    return is_latest(at) || (skip_run(&at, is_alias_byte) > 0 && at.size == 0);
}

/* The text after some of its prefixes, and what they said. */
struct stage {
    struct lg_str rest;
    struct lg_invoke_name found;
};

enum lg_err lg_invoke_name_read(struct lg_str text, struct lg_invoke_name *ret_name)
{
    struct stage stages[5], now = { .rest = text };
    size_t count = 0;

    if (text.size > LG_INVOKE_NAME_MAX)
        return LG_ERR_TOO_BIG;
    stages[count++] = now;
    if (skip_arn(&now.rest))
        stages[count++] = now;
    if (skip_region(&now.rest, &now.found.region))
        stages[count++] = now;
    if (skip_account(&now.rest, &now.found.account))
        stages[count++] = now;
    if (skip(&now.rest, LG_STR("function:")))
        stages[count++] = now;
    /* A name may look like a prefix: function:$LATEST is one with a qualifier. */
    while (count-- > 0) {
        if (read_name(stages[count].rest, &stages[count].found)) {
            *ret_name = stages[count].found;
            return LG_OK;
        }
    }
    return LG_ERR_SYNTAX;
}

static bool is_qualifier_byte(char byte)
{
    return is_alias_byte(byte) || byte == '$';
}

enum lg_err lg_invoke_qualifier_check(struct lg_str text)
{
    if (text.size > LG_INVOKE_QUALIFIER_MAX)
        return LG_ERR_TOO_BIG;
    if (is_latest(text))
        return LG_OK;
    return skip_run(&text, is_qualifier_byte) > 0 && text.size == 0 ? LG_OK : LG_ERR_SYNTAX;
}
