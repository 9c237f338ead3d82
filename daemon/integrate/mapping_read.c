/* mapping_read.c -- what the right side of a mapping gives for one request or answer. */
#include <assert.h>

#include "base/text.h"
#include "integrate/mapping_value.h"
#include "route/query.h"
#include "validate/rest_header.h"

void lg_mapping_reader_init(struct lg_mapping_reader *reader, struct lg_arena *arena,
                            const struct lg_mapping_source *source)
{
    *reader = (struct lg_mapping_reader){ .source = source,
                                          .arena = arena,
                                          .left = LG_MAPPING_BYTES_MAX };
    lg_arena_init(&reader->tree);
}

void lg_mapping_reader_done(struct lg_mapping_reader *reader)
{
    lg_arena_done(&reader->tree);
}

/* --- several values of one name ------------------------------------------------------------- */

struct list {
    struct lg_str *items; /* in the arena */
    size_t count;
};

static bool is_named(const struct lg_mapping_part *part, struct lg_str name)
{
    return part->rest ? lg_rest_header_is(name, part->text) : lg_str_ieq(name, part->text);
}

static struct list list_headers(const struct lg_mapping_part *part,
                                struct lg_mapping_reader *reader)
{
    const struct lg_mapping_source *source = reader->source;
    struct list list = {
        lg_arena_alloc(reader->arena, source->header_count * sizeof(struct lg_str)), 0
    };

    for (size_t i = 0; i < source->header_count; i++)
        if (is_named(part, source->headers[i].name))
            list.items[list.count++] = source->headers[i].value;
    return list;
}

static struct list list_parameters(const struct lg_mapping_part *part,
                                   struct lg_mapping_reader *reader)
{
    struct lg_str rest = reader->source->query;
    size_t room = lg_query_count(rest, part->rest);
    struct list list = { lg_arena_alloc(reader->arena, room * sizeof(struct lg_str)), 0 };
    struct lg_query_pair pair;

    while (lg_query_next(&rest, part->rest, &pair))
        if (lg_query_is(reader->arena, &pair, part->text))
            list.items[list.count++] = lg_percent_decode(reader->arena, pair.value, true);
    return list;
}

static struct list list_of(const struct lg_mapping_part *part, struct lg_mapping_reader *reader)
{
    return part->kind == LG_MAPPING_HEADER ? list_headers(part, reader)
                                           : list_parameters(part, reader);
}

/* All of them joined by commas, or the last. False: there is none. */
static bool add_list(const struct lg_mapping_part *part, struct lg_mapping_reader *reader,
                     struct lg_buf *out)
{
    struct list list = list_of(part, reader);

    for (size_t i = part->all || list.count == 0 ? 0 : list.count - 1; i < list.count; i++) {
        if (part->all && i > 0)
            lg_buf_add_char(out, ',');
        lg_buf_add_str(out, list.items[i]);
    }
    return list.count > 0;
}

/* --- one part --------------------------------------------------------------------------------- */

/* The body is read once, whatever the number of paths into it. */
static const struct lg_json *body_of(struct lg_mapping_reader *reader)
{
    struct lg_str body = reader->source->body;

    if (!reader->looked && body.size > 0 && body.size <= LG_MAPPING_BODY_MAX &&
        lg_json_read(&reader->tree, body, &lg_json_default_limits, &reader->root, NULL) != LG_OK)
        reader->root = NULL;
    reader->looked = true;
    return reader->root;
}

static bool add_json(const struct lg_mapping_part *part, struct lg_mapping_reader *reader,
                     struct lg_buf *out)
{
    const struct lg_json *root = body_of(reader);
    struct lg_str text;

    if (root == NULL)
        return false;
    text = lg_json_path_find(&part->json, &reader->tree, root);
    lg_buf_add_str(out, text);
    return text.data != NULL;
}

static bool add_context(const struct lg_mapping_part *part, struct lg_mapping_reader *reader,
                        struct lg_buf *out)
{
    struct lg_str text = lg_context_value(reader->source->context, &part->variable, reader->arena);

    lg_buf_add_str(out, text);
    return text.data != NULL;
}

static const struct lg_capture *capture_of(const struct lg_mapping_part *part,
                                           const struct lg_mapping_reader *reader)
{
    const struct lg_route_match *match = reader->source->match;

    assert(part->capture < match->capture_count);
    return &match->captures[part->capture];
}

/* Appends the part as it is, decoded. False: it has no value. */
static bool add_plain(const struct lg_mapping_part *part, struct lg_mapping_reader *reader,
                      struct lg_buf *out)
{
    switch (part->kind) {
    case LG_MAPPING_TEXT:
        lg_buf_add_str(out, part->text);
        return true;
    case LG_MAPPING_PATH:
        lg_buf_add_str(out, reader->source->path);
        return true;
    case LG_MAPPING_CAPTURE:
        lg_buf_add_str(out, capture_of(part, reader)->value);
        return true;
    case LG_MAPPING_BODY:
        lg_buf_add_str(out, reader->source->body);
        return true;
    case LG_MAPPING_BODY_JSON:
        return add_json(part, reader, out);
    case LG_MAPPING_CONTEXT:
        return add_context(part, reader, out);
    case LG_MAPPING_HEADER:
    case LG_MAPPING_QUERY:
        break;
    }
    return add_list(part, reader, out);
}

/* By the raw segments, so that a "%2F" inside one stays inside it. */
static void add_greedy(struct lg_mapping_reader *reader, struct lg_str raw, struct lg_buf *out)
{
    struct lg_str piece;
    bool first = true;

    while (lg_str_next(&raw, '/', &piece)) {
        if (!first)
            lg_buf_add_char(out, '/');
        first = false;
        lg_percent_encode(out, lg_percent_decode(reader->arena, piece, false), LG_PERCENT_SEGMENT);
    }
}

/*
 * Appends the part for a path. What a client or a backend chose stays inside its segment: only the
 * path itself and greedy variables bring slashes.
 */
static bool add_for_path(const struct lg_mapping_part *part, struct lg_mapping_reader *reader,
                         struct lg_buf *out)
{
    struct lg_buf plain;
    bool found;

    if (part->kind == LG_MAPPING_TEXT || part->kind == LG_MAPPING_PATH)
        return add_plain(part, reader, out);
    if (part->kind == LG_MAPPING_CAPTURE && part->greedy) {
        add_greedy(reader, capture_of(part, reader)->raw, out);
        return true;
    }
    lg_buf_init(&plain, LG_MAPPING_BYTES_MAX);
    found = add_plain(part, reader, &plain);
    lg_percent_encode(out, lg_buf_str(&plain), LG_PERCENT_SEGMENT);
    out->failed = out->failed || plain.failed;
    lg_buf_done(&plain);
    return found;
}

/* --- the whole -------------------------------------------------------------------------------- */

enum lg_err lg_mapping_value_get(const struct lg_mapping_value *value,
                                 struct lg_mapping_reader *reader, enum lg_mapping_use use,
                                 struct lg_str *ret_text)
{
    enum lg_err err = LG_OK;
    struct lg_buf out;

    lg_buf_init(&out, reader->left);
    for (size_t i = 0; err == LG_OK && i < value->count; i++) {
        const struct lg_mapping_part *part = &value->parts[i];
        bool found = use == LG_MAPPING_FOR_PATH ? add_for_path(part, reader, &out)
                                                : add_plain(part, reader, &out);

        if (!found)
            err = LG_ERR_NOT_FOUND;
    }
    if (err == LG_OK && lg_buf_failed(&out))
        err = LG_ERR_TOO_BIG;
    if (err == LG_OK) {
        reader->left -= out.size;
        *ret_text = lg_arena_str(reader->arena, lg_buf_str(&out));
        if (use == LG_MAPPING_FOR_HEADER)
            *ret_text = lg_str_trim(*ret_text);
    }
    lg_buf_done(&out);
    return err;
}

enum lg_err lg_mapping_value_list(const struct lg_mapping_value *value,
                                  struct lg_mapping_reader *reader, const struct lg_str **ret_items,
                                  size_t *ret_count)
{
    struct list list;

    assert(value->list && value->count == 1);
    list = list_of(&value->parts[0], reader);
    for (size_t i = 0; i < list.count; i++) {
        if (list.items[i].size > reader->left)
            return LG_ERR_TOO_BIG;
        reader->left -= list.items[i].size;
    }
    *ret_items = list.items;
    *ret_count = list.count;
    return LG_OK;
}
