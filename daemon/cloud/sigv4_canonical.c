/* sigv4_canonical.c -- encode, fold, sort: the rules as the service applies them. */
#include "cloud/sigv4_canonical.h"

#include <stdlib.h>

#include "base/http_chars.h"
#include "base/mem.h"
#include "base/text.h"

/* A parameter or a header that waits to be sorted. Offsets, since scratch moves while it grows. */
struct lg_canonical_item {
    size_t name_at, name_size, value_at, value_size;
    size_t order; /* equal ones stay as they came */
    const char *base;
};

void lg_canonical_init(struct lg_canonical *canonical)
{
    *canonical = (struct lg_canonical){ 0 };
    lg_buf_init(&canonical->text, SIZE_MAX);
    lg_buf_init(&canonical->names, SIZE_MAX);
    lg_buf_init(&canonical->scratch, SIZE_MAX);
    lg_buf_init(&canonical->path, SIZE_MAX);
    lg_buf_init(&canonical->path_made_of, SIZE_MAX);
}

void lg_canonical_done(struct lg_canonical *canonical)
{
    lg_buf_done(&canonical->text);
    lg_buf_done(&canonical->names);
    lg_buf_done(&canonical->scratch);
    lg_buf_done(&canonical->path);
    lg_buf_done(&canonical->path_made_of);
    free(canonical->items);
}

/* --- sorting ---------------------------------------------------------------------------------- */

static struct lg_canonical_item *add_item(struct lg_canonical *canonical, size_t *count)
{
    if (*count == canonical->item_room) {
        canonical->item_room = canonical->item_room * 2 + 16;
        canonical->items =
            lg_realloc(canonical->items, canonical->item_room * sizeof(*canonical->items));
    }
    canonical->items[*count] = (struct lg_canonical_item){ .order = *count };
    return &canonical->items[(*count)++];
}

static struct lg_str name_of(const struct lg_canonical_item *item)
{
    return lg_str_make(item->base + item->name_at, item->name_size);
}

static struct lg_str value_of(const struct lg_canonical_item *item)
{
    return lg_str_make(item->base + item->value_at, item->value_size);
}

static int by_order(const struct lg_canonical_item *a, const struct lg_canonical_item *b)
{
    return a->order < b->order ? -1 : a->order > b->order;
}

static int compare_headers(const void *one, const void *other)
{
    int order = lg_str_cmp(name_of(one), name_of(other));

    return order != 0 ? order : by_order(one, other);
}

static int compare_parameters(const void *one, const void *other)
{
    int order = lg_str_cmp(name_of(one), name_of(other));

    if (order == 0)
        order = lg_str_cmp(value_of(one), value_of(other));
    return order != 0 ? order : by_order(one, other);
}

static void sort(struct lg_canonical *canonical, size_t count,
                 int (*compare)(const void *one, const void *other))
{
    for (size_t i = 0; i < count; i++)
        canonical->items[i].base = canonical->scratch.data;
    if (count > 1)
        qsort(canonical->items, count, sizeof(*canonical->items), compare);
}

/* --- the path --------------------------------------------------------------------------------- */

/* Back to before the segment that was written last; `start` is where the path begins. */
static void drop_segment(struct lg_buf *out, size_t start)
{
    while (out->size > start && out->data[out->size - 1] != '/')
        out->size--;
    if (out->size > start)
        out->size--;
}

/* Each segment with the slash before it. */
static void add_normalized(struct lg_buf *out, struct lg_str path)
{
    size_t start = out->size;
    struct lg_str rest = path, segment;

    while (lg_str_next(&rest, '/', &segment)) {
        if (segment.size == 0 || lg_str_is(segment, "."))
            continue;
        if (lg_str_is(segment, "..")) {
            drop_segment(out, start);
            continue;
        }
        lg_buf_add_char(out, '/');
        lg_percent_encode(out, segment, LG_PERCENT_QUERY);
    }
    if (out->size == start || lg_str_ends(path, LG_STR("/")))
        lg_buf_add_char(out, '/');
}

static void add_encoded(struct lg_buf *out, struct lg_str path)
{
    struct lg_str rest = path, segment;

    for (bool first = true; lg_str_next(&rest, '/', &segment); first = false) {
        if (!first)
            lg_buf_add_char(out, '/');
        lg_percent_encode(out, segment, LG_PERCENT_QUERY);
    }
}

static void make_path(struct lg_canonical *canonical, struct lg_str path, enum lg_sigv4_path style)
{
    lg_buf_clear(&canonical->path);
    if (style == LG_SIGV4_PATH_ENCODED)
        add_encoded(&canonical->path, path);
    else
        add_normalized(&canonical->path, path);
    lg_buf_clear(&canonical->path_made_of);
    lg_buf_add_str(&canonical->path_made_of, path);
    canonical->path_style = style;
}

static void add_path(struct lg_canonical *canonical, struct lg_str path, enum lg_sigv4_path style)
{
    struct lg_buf *out = &canonical->text;

    if (path.size == 0) {
        lg_buf_add_char(out, '/');
        return;
    }
    if (style == LG_SIGV4_PATH_AS_IT_IS) {
        lg_buf_add_str(out, path);
        return;
    }
    if (canonical->path_style != style || !lg_str_eq(lg_buf_str(&canonical->path_made_of), path))
        make_path(canonical, path, style);
    lg_buf_add_str(out, lg_buf_str(&canonical->path));
}

/* --- the query -------------------------------------------------------------------------------- */

/* Decoded and encoded again at once: one spelling for each. A `+` is a plus. */
static void add_one_spelling(struct lg_buf *out, struct lg_str text)
{
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];

        if (byte == '%' && text.size - i > 2) {
            int high = lg_http_hex_digit(text.data[i + 1]);
            int low = lg_http_hex_digit(text.data[i + 2]);

            if (high >= 0 && low >= 0) {
                byte = (char)(high * 16 + low);
                i += 2;
            }
        }
        lg_percent_encode(out, lg_str_make(&byte, 1), LG_PERCENT_QUERY);
    }
}

static void read_parameter(struct lg_canonical *canonical, struct lg_str piece, size_t *count)
{
    struct lg_canonical_item *item = add_item(canonical, count);
    size_t equals = lg_str_find(piece, '=', 0);

    item->name_at = canonical->scratch.size;
    add_one_spelling(&canonical->scratch, lg_str_part(piece, 0, equals));
    item->value_at = canonical->scratch.size;
    item->name_size = item->value_at - item->name_at;
    add_one_spelling(&canonical->scratch, lg_str_part(piece, equals + 1, piece.size));
    item->value_size = canonical->scratch.size - item->value_at;
}

static void add_query(struct lg_canonical *canonical, struct lg_str query)
{
    struct lg_str rest = query, piece;
    size_t count = 0;

    if (query.size == 0)
        return;
    lg_buf_clear(&canonical->scratch);
    while (lg_str_next(&rest, '&', &piece))
        read_parameter(canonical, piece, &count);
    sort(canonical, count, compare_parameters);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            lg_buf_add_char(&canonical->text, '&');
        lg_buf_add_str(&canonical->text, name_of(&canonical->items[i]));
        lg_buf_add_char(&canonical->text, '=');
        lg_buf_add_str(&canonical->text, value_of(&canonical->items[i]));
    }
}

/* --- the headers ------------------------------------------------------------------------------ */

/* What may be changed on the way, or is not the request's own. */
static bool is_signable(struct lg_str name)
{
    switch (name.size) {
    case 2:
        return !lg_str_iis(name, "te");
    case 6:
        return !lg_str_iis(name, "expect");
    case 7:
        return !lg_str_iis(name, "trailer") && !lg_str_iis(name, "upgrade");
    case 10:
        return !lg_str_iis(name, "connection") && !lg_str_iis(name, "keep-alive") &&
               !lg_str_iis(name, "user-agent");
    case 13:
        return !lg_str_iis(name, "authorization");
    case 15:
        return !lg_str_iis(name, "x-amzn-trace-id");
    case 16:
        return !lg_str_iis(name, "proxy-connection");
    case 17:
        return !lg_str_iis(name, "transfer-encoding");
    case 18:
        return !lg_str_iis(name, "proxy-authenticate");
    case 19:
        return !lg_str_iis(name, "proxy-authorization");
    default:
        return true;
    }
}

static bool is_blank(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* Without outer blanks, runs of inner ones as one space, folded lines too. */
static void add_squeezed(struct lg_buf *out, struct lg_str value)
{
    size_t at = 0;
    bool begun = false;

    while (at < value.size) {
        size_t from = at;

        while (at < value.size && !is_blank(value.data[at]))
            at++;
        if (at > from) {
            if (begun)
                lg_buf_add_char(out, ' ');
            lg_buf_add_str(out, lg_str_part(value, from, at));
            begun = true;
        }
        while (at < value.size && is_blank(value.data[at]))
            at++;
    }
}

static void add_lower(struct lg_buf *out, struct lg_str name)
{
    size_t from = out->size;

    lg_buf_add_str(out, name);
    for (size_t i = from; i < out->size; i++) {
        char byte = out->data[i];

        out->data[i] = byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
    }
}

static void read_header(struct lg_canonical *canonical, const struct lg_header *header,
                        size_t *count)
{
    struct lg_canonical_item *item = add_item(canonical, count);

    item->name_at = canonical->scratch.size;
    add_lower(&canonical->scratch, header->name);
    item->value_at = canonical->scratch.size;
    item->name_size = item->value_at - item->name_at;
    add_squeezed(&canonical->scratch, header->value);
    item->value_size = canonical->scratch.size - item->value_at;
}

static size_t read_headers(struct lg_canonical *canonical, const struct lg_sigv4_request *request)
{
    size_t count = 0;

    lg_buf_clear(&canonical->scratch);
    for (size_t i = 0; i < request->header_count; i++) {
        if (is_signable(request->headers[i].name))
            read_header(canonical, &request->headers[i], &count);
    }
    sort(canonical, count, compare_headers);
    return count;
}

static void add_headers(struct lg_canonical *canonical, const struct lg_sigv4_request *request)
{
    size_t count = read_headers(canonical, request);

    for (size_t i = 0; i < count; i++) {
        const struct lg_canonical_item *item = &canonical->items[i];

        if (i > 0 && lg_str_eq(name_of(item), name_of(item - 1))) {
            canonical->text.data[canonical->text.size - 1] = ','; /* in place of its line's end */
        } else {
            if (i > 0)
                lg_buf_add_char(&canonical->names, ';');
            lg_buf_add_str(&canonical->names, name_of(item));
            lg_buf_add_str(&canonical->text, name_of(item));
            lg_buf_add_char(&canonical->text, ':');
        }
        lg_buf_add_str(&canonical->text, value_of(item));
        lg_buf_add_char(&canonical->text, '\n');
    }
}

/* --- the whole -------------------------------------------------------------------------------- */

void lg_canonical_write(struct lg_canonical *canonical, const struct lg_sigv4_request *request,
                        enum lg_sigv4_path style)
{
    struct lg_buf *text = &canonical->text;

    lg_buf_clear(text);
    lg_buf_clear(&canonical->names);
    lg_buf_add_str(text, request->method);
    lg_buf_add_char(text, '\n');
    add_path(canonical, request->path, style);
    lg_buf_add_char(text, '\n');
    add_query(canonical, request->query);
    lg_buf_add_char(text, '\n');
    add_headers(canonical, request);
    lg_buf_add_char(text, '\n');
    lg_buf_add_str(text, lg_buf_str(&canonical->names));
    lg_buf_add_char(text, '\n');
    lg_buf_add_str(text, request->payload_hash);
}
