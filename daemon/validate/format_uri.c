/* format_uri.c -- URIs of RFC 3986, and IRIs of RFC 3987. */
#include <string.h>

#include "validate/format.h"
#include "validate/uri.h"

/* --- characters ------------------------------------------------------------------------------- */

static bool is_plain(char byte, const char *others)
{
    return lg_format_is_letter(byte) || lg_format_is_digit(byte) ||
           (byte != '\0' && strchr("-._~!$&'()*+,;=", byte) != NULL) ||
           (byte != '\0' && strchr(others, byte) != NULL);
}

static bool is_between(int32_t character, int32_t first, int32_t last)
{
    return character >= first && character <= last;
}

/* ucschar of RFC 3987 */
static bool is_ucs(int32_t character)
{
    if (is_between(character, 0xa0, 0xd7ff) || is_between(character, 0xf900, 0xfdcf) ||
        is_between(character, 0xfdf0, 0xffef))
        return true;
    return is_between(character, 0x10000, 0xefffd) && (character & 0xffff) <= 0xfffd &&
           !is_between(character, 0xe0000, 0xe0fff);
}

static bool is_private(int32_t character)
{
    return is_between(character, 0xe000, 0xf8ff) ||
           (is_between(character, 0xf0000, 0x10fffd) && (character & 0xffff) <= 0xfffd);
}

/* What a part is made of. */
struct kind {
    const char *others; /* beside unreserved and sub-delims */
    bool iri, with_private;
};

static bool is_made_of(struct lg_str text, const struct kind *kind)
{
    while (text.size > 0) {
        if ((unsigned char)text.data[0] >= 0x80) {
            int32_t character = lg_format_take_character(&text);

            if (!kind->iri || !(is_ucs(character) || (kind->with_private && is_private(character))))
                return false;
        } else if (!lg_format_take_percent(&text)) {
            if (!is_plain(text.data[0], kind->others))
                return false;
            text = lg_str_part(text, 1, text.size);
        }
    }
    return true;
}

/* --- the authority ---------------------------------------------------------------------------- */

/* `v1.fe` */
static bool is_future_address(struct lg_str text)
{
    const struct kind kind = { ":", false, false };
    size_t dot = lg_str_find(text, '.', 0);

    if ((!lg_format_take(&text, 'v') && !lg_format_take(&text, 'V')) || dot < 2 || dot >= text.size)
        return false;
    dot--; /* the v is gone */
    for (size_t i = 0; i < dot; i++) {
        if (!lg_format_is_hex(text.data[i]))
            return false;
    }
    struct lg_str rest = lg_str_part(text, dot + 1, text.size);
    return rest.size > 0 && lg_str_find(rest, '%', 0) == rest.size && is_made_of(rest, &kind);
}

static bool is_port(struct lg_str text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (!lg_format_is_digit(text.data[i]))
            return false;
    }
    return true;
}

/* Behind a `[`. */
static bool is_bracketed(struct lg_str text)
{
    size_t end = lg_str_find(text, ']', 0);
    struct lg_str address = lg_str_part(text, 0, end);
    struct lg_str rest = lg_str_part(text, end + 1, text.size);

    if (end == text.size || (!lg_format_ipv6(address) && !is_future_address(address)))
        return false;
    return rest.size == 0 || (lg_format_take(&rest, ':') && is_port(rest));
}

static bool is_authority(struct lg_str text, bool iri)
{
    const struct kind user = { ":", iri, false }, host = { "", iri, false };
    size_t at = lg_str_find(text, '@', 0);

    if (at < text.size) {
        if (!is_made_of(lg_str_part(text, 0, at), &user))
            return false;
        text = lg_str_part(text, at + 1, text.size);
    }
    if (lg_format_take(&text, '['))
        return is_bracketed(text);
    size_t colon = lg_str_find(text, ':', 0);
    return is_made_of(lg_str_part(text, 0, colon), &host) &&
           is_port(lg_str_part(text, colon + 1, text.size));
}

/* --- the whole -------------------------------------------------------------------------------- */

/* A colon in the first segment would make a scheme of it. */
static bool is_path(const struct lg_uri *uri, bool iri)
{
    const struct kind path = { ":@/", iri, false };
    size_t colon = lg_str_find(uri->path, ':', 0);

    if (uri->scheme.data == NULL && uri->authority.data == NULL && colon < uri->path.size &&
        colon < lg_str_find(uri->path, '/', 0))
        return false;
    return is_made_of(uri->path, &path);
}

static bool is_reference(struct lg_str text, bool iri, bool needs_scheme)
{
    const struct kind query = { ":@/?", iri, true }, fragment = { ":@/?", iri, false };
    struct lg_uri uri = lg_uri_split(text);

    if (needs_scheme && uri.scheme.data == NULL)
        return false;
    return (uri.authority.data == NULL || is_authority(uri.authority, iri)) && is_path(&uri, iri) &&
           is_made_of(uri.query, &query) && is_made_of(uri.fragment, &fragment);
}

bool lg_format_uri(struct lg_str text)
{
    return is_reference(text, false, true);
}

bool lg_format_uri_reference(struct lg_str text)
{
    return is_reference(text, false, false);
}

bool lg_format_iri(struct lg_str text)
{
    return is_reference(text, true, true);
}

bool lg_format_iri_reference(struct lg_str text)
{
    return is_reference(text, true, false);
}
