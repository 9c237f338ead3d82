/* str.c -- comparing and cutting borrowed runs of bytes. */
#include "base/str.h"

#include <string.h>

/* memcmp() must not see NULL, not even for no bytes. */
static bool same_bytes(const char *a, const char *b, size_t size)
{
    return size == 0 || memcmp(a, b, size) == 0;
}

/* No locale: tolower() would look into one. */
static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte + ('a' - 'A')) : byte;
}

static bool same_letters(const char *a, const char *b, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (a[i] != b[i] && lower(a[i]) != lower(b[i]))
            return false;
    }
    return true;
}

bool lg_str_eq(struct lg_str a, struct lg_str b)
{
    return a.size == b.size && same_bytes(a.data, b.data, a.size);
}

bool lg_str_ieq(struct lg_str a, struct lg_str b)
{
    return a.size == b.size && same_letters(a.data, b.data, a.size);
}

bool lg_str_starts(struct lg_str text, struct lg_str prefix)
{
    return text.size >= prefix.size && same_bytes(text.data, prefix.data, prefix.size);
}

bool lg_str_istarts(struct lg_str text, struct lg_str prefix)
{
    return text.size >= prefix.size && same_letters(text.data, prefix.data, prefix.size);
}

bool lg_str_ends(struct lg_str text, struct lg_str suffix)
{
    if (text.size < suffix.size)
        return false;
    return lg_str_eq(lg_str_part(text, text.size - suffix.size, text.size), suffix);
}

int lg_str_cmp(struct lg_str a, struct lg_str b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int order = common == 0 ? 0 : memcmp(a.data, b.data, common);

    if (order != 0)
        return order;
    return (a.size > b.size) - (a.size < b.size);
}

int lg_str_icmp(struct lg_str a, struct lg_str b)
{
    size_t common = a.size < b.size ? a.size : b.size;

    for (size_t i = 0; i < common; i++) {
        int left = (unsigned char)lower(a.data[i]), right = (unsigned char)lower(b.data[i]);

        if (left != right)
            return left - right;
    }
    return (a.size > b.size) - (a.size < b.size);
}

size_t lg_str_find(struct lg_str text, char byte, size_t from)
{
    if (from >= text.size)
        return text.size;
    const char *found = memchr(text.data + from, byte, text.size - from);
    return found == NULL ? text.size : (size_t)(found - text.data);
}

size_t lg_i64_text(int64_t value, char ret_text[LG_I64_SIZE])
{
    char digits[LG_I64_SIZE];
    size_t at = sizeof(digits) - 1;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        digits[--at] = '-';
    memcpy(ret_text, digits + at, sizeof(digits) - at);
    return sizeof(digits) - 1 - at;
}

void lg_cstr_copy(char *to, size_t room, const char *text)
{
    size_t size = strnlen(text, room - 1);

    memcpy(to, text, size);
    to[size] = '\0';
}

struct lg_str lg_str_part(struct lg_str text, size_t from, size_t to)
{
    if (to > text.size)
        to = text.size;
    if (from > to)
        from = to;
    /* NULL + 0 is undefined in C. */
    return text.data == NULL ? text : lg_str_make(text.data + from, to - from);
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

struct lg_str lg_str_trim(struct lg_str text)
{
    size_t from = 0;
    size_t to = text.size;

    while (from < to && is_blank(text.data[from]))
        from++;
    while (to > from && is_blank(text.data[to - 1]))
        to--;
    return lg_str_part(text, from, to);
}

bool lg_str_next(struct lg_str *rest, char separator, struct lg_str *ret_piece)
{
    if (rest->data == NULL)
        return false;
    size_t end = lg_str_find(*rest, separator, 0);
    *ret_piece = lg_str_part(*rest, 0, end);
    *rest = end == rest->size ? LG_STR_NONE : lg_str_part(*rest, end + 1, rest->size);
    return true;
}

enum lg_err lg_str_to_u64(struct lg_str text, uint64_t *ret_value)
{
    uint64_t value = 0;
    bool overflow = false;

    if (text.size == 0)
        return LG_ERR_SYNTAX;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return LG_ERR_SYNTAX;
        overflow |= __builtin_mul_overflow(value, 10u, &value);
        overflow |= __builtin_add_overflow(value, (unsigned)(text.data[i] - '0'), &value);
    }
    if (overflow)
        return LG_ERR_RANGE;
    *ret_value = value;
    return LG_OK;
}
