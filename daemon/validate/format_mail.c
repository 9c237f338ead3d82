/* format_mail.c -- mailboxes of RFC 5321 (4.1.2), and with other scripts of RFC 6531. */
#include <string.h>

#include "validate/format.h"

enum { LOCAL_MOST = 64, DOMAIN_MOST = 255, LABEL_MOST = 63 };

static bool is_beyond_ascii(char byte)
{
    return (unsigned char)byte >= 0x80;
}

/* --- before the @ ----------------------------------------------------------------------------- */

static bool is_atom_byte(char byte, bool idn)
{
    return lg_format_is_letter(byte) || lg_format_is_digit(byte) ||
           (byte != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", byte) != NULL) ||
           (idn && is_beyond_ascii(byte));
}

static bool is_dot_string(struct lg_str text, bool idn)
{
    bool dot = true; /* none may come now */

    for (size_t i = 0; i < text.size; i++) {
        bool is_dot = text.data[i] == '.';

        if (is_dot ? dot : !is_atom_byte(text.data[i], idn))
            return false;
        dot = is_dot;
    }
    return !dot;
}

/* At `"`: where the quoted string ends, or 0. */
static size_t quoted_end(struct lg_str text, bool idn)
{
    for (size_t i = 1; i < text.size; i++) {
        char byte = text.data[i];

        if (byte == '"')
            return i + 1;
        if (byte == '\\') {
            i++;
            if (i == text.size || text.data[i] < ' ' || text.data[i] == 0x7f)
                return 0;
        } else if (is_beyond_ascii(byte) ? !idn : byte < ' ' || byte == 0x7f) {
            return 0;
        }
    }
    return 0;
}

/* Cuts the local part off the front. */
static bool take_local(struct lg_str *rest, bool idn)
{
    size_t end = lg_str_find(*rest, '@', 0);

    if (lg_format_peek(*rest) == '"')
        end = quoted_end(*rest, idn);
    else if (!is_dot_string(lg_str_part(*rest, 0, end), idn))
        return false;
    *rest = lg_str_part(*rest, end, rest->size);
    return end > 0 && end <= LOCAL_MOST;
}

/* --- behind it -------------------------------------------------------------------------------- */

/* General-address-literal: a tag, a colon, printable characters. */
static bool is_general_literal(struct lg_str text)
{
    size_t colon = lg_str_find(text, ':', 0);

    if (colon == 0 || colon + 1 >= text.size || text.data[colon - 1] == '-')
        return false;
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        bool in_tag = lg_format_is_letter(byte) || lg_format_is_digit(byte) || byte == '-';
        bool behind = byte > ' ' && byte < 0x7f && byte != '[' && byte != ']' && byte != '\\';

        if (i < colon ? !in_tag : i > colon && !behind)
            return false;
    }
    return true;
}

static bool is_literal(struct lg_str text)
{
    if (text.size < 2 || text.data[text.size - 1] != ']')
        return false;
    text = lg_str_part(text, 1, text.size - 1);
    if (lg_str_istarts(text, LG_STR("IPv6:")))
        return lg_format_ipv6(lg_str_part(text, 5, text.size));
    return lg_format_ipv4(text) || is_general_literal(text);
}

static bool is_label(struct lg_str label, bool idn)
{
    if (label.size == 0 || (!idn && label.size > LABEL_MOST) || label.data[0] == '-' ||
        label.data[label.size - 1] == '-')
        return false;
    for (size_t i = 0; i < label.size; i++) {
        char byte = label.data[i];

        if (!lg_format_is_letter(byte) && !lg_format_is_digit(byte) && byte != '-' &&
            !(idn && is_beyond_ascii(byte)))
            return false;
    }
    return true;
}

static bool is_domain(struct lg_str text, bool idn)
{
    struct lg_str label;

    if (text.size > DOMAIN_MOST)
        return false;
    if (lg_format_peek(text) == '[')
        return is_literal(text);
    while (lg_str_next(&text, '.', &label)) {
        if (!is_label(label, idn))
            return false;
    }
    return true;
}

static bool is_mailbox(struct lg_str text, bool idn)
{
    return take_local(&text, idn) && lg_format_take(&text, '@') && text.size > 0 &&
           is_domain(text, idn);
}

bool lg_format_email(struct lg_str text)
{
    return is_mailbox(text, false);
}

bool lg_format_idn_email(struct lg_str text)
{
    return is_mailbox(text, true);
}
