/* uri.c -- RFC 3986: appendix B takes apart, 5.2 resolves, 5.3 puts together. */
#include "validate/uri.h"

#include "base/buf.h"

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool is_scheme(struct lg_str text)
{
    if (text.size == 0 || !is_letter(text.data[0]))
        return false;
    for (size_t i = 1; i < text.size; i++) {
        char byte = text.data[i];

        if (!is_letter(byte) && !(byte >= '0' && byte <= '9') && byte != '+' && byte != '-' &&
            byte != '.')
            return false;
    }
    return true;
}

/* Cuts what follows the first `mark` off *rest; nothing is cut if there is none. */
static struct lg_str cut_behind(struct lg_str *rest, char mark)
{
    size_t at = lg_str_find(*rest, mark, 0);

    if (at == rest->size)
        return LG_STR_NONE;
    struct lg_str part = lg_str_part(*rest, at + 1, rest->size);
    *rest = lg_str_part(*rest, 0, at);
    return part.data == NULL ? LG_STR("") : part;
}

struct lg_uri lg_uri_split(struct lg_str text)
{
    struct lg_uri uri = { .fragment = cut_behind(&text, '#') };
    size_t colon = lg_str_find(text, ':', 0);

    uri.query = cut_behind(&text, '?');
    if (colon < text.size && is_scheme(lg_str_part(text, 0, colon))) {
        uri.scheme = lg_str_part(text, 0, colon);
        text = lg_str_part(text, colon + 1, text.size);
    }
    if (lg_str_starts(text, LG_STR("//"))) {
        size_t slash = lg_str_find(text, '/', 2);

        uri.authority = lg_str_part(text, 2, slash);
        text = lg_str_part(text, slash, text.size);
    }
    uri.path = text;
    return uri;
}

/* --- resolving -------------------------------------------------------------------------------- */

static void drop_last_segment(struct lg_buf *out, size_t start)
{
    while (out->size > start && out->data[out->size - 1] != '/')
        out->size--;
    if (out->size > start)
        out->size--;
}

/* 5.2.4: `.` and `..` are gone from what is added. */
static void add_path(struct lg_buf *out, struct lg_str path)
{
    size_t start = out->size;

    while (path.size > 0) {
        bool slash = path.data[0] == '/';
        size_t end = lg_str_find(path, '/', slash ? 1 : 0);
        struct lg_str segment = lg_str_part(path, slash ? 1 : 0, end);
        bool up = lg_str_is(segment, ".."), stay = lg_str_is(segment, ".");

        if (up && slash)
            drop_last_segment(out, start);
        if (up || stay) {
            if (slash && end == path.size)
                lg_buf_add_char(out, '/');
        } else {
            lg_buf_add_str(out, lg_str_part(path, 0, end));
        }
        path = lg_str_part(path, end, path.size);
    }
}

/* 5.2.3 */
static void add_merged_path(struct lg_arena *arena, struct lg_buf *out, const struct lg_uri *base,
                            struct lg_str path)
{
    size_t keep = base->path.size;

    while (keep > 0 && base->path.data[keep - 1] != '/')
        keep--;
    if (base->path.size == 0 && base->authority.data != NULL)
        add_path(out, lg_str_of(lg_arena_printf(arena, "/%.*s", LG_STR_ARG(path))));
    else
        add_path(out,
                 lg_str_of(lg_arena_printf(arena, "%.*s%.*s", (int)keep,
                                           keep == 0 ? "" : base->path.data, LG_STR_ARG(path))));
}

static void add_part(struct lg_buf *out, const char *before, struct lg_str part, const char *behind)
{
    if (part.data == NULL)
        return;
    lg_buf_add_cstr(out, before);
    lg_buf_add_str(out, part);
    lg_buf_add_cstr(out, behind);
}

struct lg_str lg_uri_resolve(struct lg_arena *arena, struct lg_str base_text,
                             struct lg_str reference)
{
    struct lg_uri base = lg_uri_split(base_text), uri = lg_uri_split(reference);
    bool whole = uri.scheme.data != NULL, rooted = whole || uri.authority.data != NULL;
    struct lg_buf out;

    lg_buf_init(&out, SIZE_MAX);
    add_part(&out, "", whole ? uri.scheme : base.scheme, ":");
    add_part(&out, "//", rooted ? uri.authority : base.authority, "");
    if (rooted || lg_str_starts(uri.path, LG_STR("/")))
        add_path(&out, uri.path);
    else if (uri.path.size > 0)
        add_merged_path(arena, &out, &base, uri.path);
    else
        lg_buf_add_str(&out, base.path);
    if (rooted || uri.path.size > 0 || uri.query.data != NULL)
        add_part(&out, "?", uri.query, "");
    else
        add_part(&out, "?", base.query, "");
    struct lg_str text = lg_arena_str(arena, lg_buf_str(&out));
    lg_buf_done(&out);
    return text;
}
