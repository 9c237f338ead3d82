/*
 * format_host.c -- addresses and names of hosts: RFC 2673 and 4291, RFC 1123, RFC 5890 to 5893.
 *
 * What a label of another script must be is libidn2's to say. Two rules of RFC 5893 it leaves out:
 * both kinds of digits in one label, and what a right-to-left label asks of the others.
 */
#include <arpa/inet.h>
#include <idn2.h>
#include <string.h>

#include "validate/format.h"

enum { LABEL_MOST = 63, NAME_MOST = 253, U_LABEL_MOST = 4 * LABEL_MOST };

static bool is_address(int family, struct lg_str text)
{
    unsigned char address[sizeof(struct in6_addr)];
    char copy[INET6_ADDRSTRLEN + 1];

    if (text.size == 0 || text.size >= sizeof(copy) || memchr(text.data, '\0', text.size) != NULL)
        return false;
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    return inet_pton(family, copy, address) == 1;
}

bool lg_format_ipv4(struct lg_str text)
{
    return is_address(AF_INET, text);
}

bool lg_format_ipv6(struct lg_str text)
{
    return is_address(AF_INET6, text);
}

/* --- labels ----------------------------------------------------------------------------------- */

static bool is_plain_label(struct lg_str label)
{
    if (label.size == 0 || label.size > LABEL_MOST || label.data[0] == '-' ||
        label.data[label.size - 1] == '-')
        return false;
    for (size_t i = 0; i < label.size; i++) {
        char byte = label.data[i];

        if (!lg_format_is_letter(byte) && !lg_format_is_digit(byte) && byte != '-')
            return false;
    }
    return true;
}

static bool is_punycode(struct lg_str label)
{
    return lg_str_istarts(label, LG_STR("xn--"));
}

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte + ('a' - 'A')) : byte;
}

/* A label of another script, as it is or in punycode. *ret_unicode: a buffer for it, terminated. */
static bool is_idn_label(struct lg_str label, char *ret_unicode, size_t room)
{
    bool punycode = is_punycode(label);
    char text[U_LABEL_MOST + 1];
    uint8_t *registered = NULL;

    if (label.size == 0 || label.size > U_LABEL_MOST || label.size >= room ||
        memchr(label.data, '\0', label.size) != NULL)
        return false;
    for (size_t i = 0; i < label.size; i++)
        text[i] = punycode ? lower(label.data[i]) : label.data[i];
    text[label.size] = '\0';
    int result = idn2_register_u8(punycode ? NULL : (const uint8_t *)text,
                                  punycode ? (const uint8_t *)text : NULL, &registered, 0);
    idn2_free(registered);
    if (result != IDN2_OK)
        return false;
    memcpy(ret_unicode, text, label.size + 1);
    if (!punycode)
        return true;
    char *unicode = NULL;
    if (idn2_to_unicode_8z8z(text, &unicode, 0) != IDN2_OK || strlen(unicode) >= room) {
        idn2_free(unicode);
        return false;
    }
    memcpy(ret_unicode, unicode, strlen(unicode) + 1);
    idn2_free(unicode);
    return true;
}

/* --- right to left ---------------------------------------------------------------------------- */

static bool is_between(int32_t character, int32_t first, int32_t last)
{
    return character >= first && character <= last;
}

/* Digits that are counted as European ones (EN), and Arabic ones (AN). */
static bool is_european_digit(int32_t character)
{
    return is_between(character, '0', '9') || is_between(character, 0x6f0, 0x6f9);
}

static bool is_arabic_digit(int32_t character)
{
    return is_between(character, 0x660, 0x669) || is_between(character, 0x10d30, 0x10d39);
}

/* What is written from right to left, Arabic digits among it. */
static bool is_right_to_left(int32_t character)
{
    if (is_european_digit(character))
        return false;
    return is_between(character, 0x5be, 0x8ff) || is_between(character, 0xfb1d, 0xfdff) ||
           is_between(character, 0xfe70, 0xfefc) || is_between(character, 0x10800, 0x10fff) ||
           is_between(character, 0x1e800, 0x1efff);
}

struct direction {
    bool right_to_left;     /* some label is */
    bool starts_with_digit; /* some label does */
};

/* False: the label breaks a rule by itself. */
static bool look_at_label(struct direction *direction, struct lg_str label)
{
    bool european = false, arabic = false, right_to_left = false, first = true;

    while (label.size > 0) {
        int32_t character = lg_format_take_character(&label);

        european = european || is_european_digit(character);
        arabic = arabic || is_arabic_digit(character);
        right_to_left = right_to_left || is_right_to_left(character);
        if (first && (is_european_digit(character) || is_arabic_digit(character)))
            direction->starts_with_digit = true;
        first = false;
    }
    direction->right_to_left = direction->right_to_left || right_to_left;
    return !(right_to_left && european && arabic);
}

/* --- names ------------------------------------------------------------------------------------ */

static bool is_ascii(struct lg_str text)
{
    for (size_t i = 0; i < text.size; i++) {
        if ((unsigned char)text.data[i] >= 0x80)
            return false;
    }
    return true;
}

static bool is_label(struct lg_str label, bool idn, struct direction *direction)
{
    char unicode[U_LABEL_MOST + 1];
    bool plain = is_ascii(label);

    if (plain && !is_plain_label(label))
        return false;
    if (plain && !is_punycode(label))
        return look_at_label(direction, label);
    if (!plain && !idn)
        return false;
    return is_idn_label(label, unicode, sizeof(unicode)) &&
           look_at_label(direction, lg_str_make(unicode, strlen(unicode)));
}

/* Where the label at the front ends; *ret_mark: how long the dot behind it is, 0 at the end. */
static size_t label_end(struct lg_str text, bool idn, size_t *ret_mark)
{
    /* U+3002, U+FF0E, U+FF61 */
    static const char *const dots[] = { "\xe3\x80\x82", "\xef\xbc\x8e", "\xef\xbd\xa1" };

    for (size_t i = 0; i < text.size; i++) {
        *ret_mark = 1;
        if (text.data[i] == '.')
            return i;
        *ret_mark = 3;
        for (size_t k = 0; idn && k < 3; k++) {
            if (text.size - i >= 3 && memcmp(text.data + i, dots[k], 3) == 0)
                return i;
        }
    }
    *ret_mark = 0;
    return text.size;
}

bool lg_format_needs_idn(struct lg_str text)
{
    for (size_t i = 0; i < text.size; i++) {
        if ((unsigned char)text.data[i] >= 0x80 ||
            (lower(text.data[i]) == 'x' && is_punycode(lg_str_part(text, i, text.size))))
            return true;
    }
    return false;
}

static bool is_name(struct lg_str text, bool idn)
{
    struct direction direction = { false, false };
    size_t mark = 1;

    /* In ASCII no label gets shorter than a character a byte of four. */
    if (text.size == 0 || text.size > (idn ? 4u * NAME_MOST : NAME_MOST))
        return false;
    if (is_ascii(text) && text.size > NAME_MOST)
        return false;
    while (mark > 0) {
        size_t end = label_end(text, idn, &mark);

        if (!is_label(lg_str_part(text, 0, end), idn, &direction))
            return false;
        text = lg_str_part(text, end + mark, text.size);
    }
    return !direction.right_to_left || !direction.starts_with_digit;
}

bool lg_format_hostname(struct lg_str text)
{
    return is_name(text, false);
}

bool lg_format_idn_hostname(struct lg_str text)
{
    return is_name(text, true);
}
