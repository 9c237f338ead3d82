/* template_write.c -- a template with the values of one request in its places. */
#include "integrate/template_write.h"

#include <assert.h>

/* A value that a mapping gave takes the place of what the route captured. */
static bool write_given(const struct lg_template_source *source,
                        const struct lg_template_part *part, enum lg_percent_set set,
                        struct lg_buf *out)
{
    struct lg_str name = source->match->captures[part->capture].name;

    for (size_t i = source->given_count; i > 0; i--) {
        if (!lg_str_eq(source->given[i - 1].name, name))
            continue;
        lg_percent_encode(out, source->given[i - 1].value,
                          set == LG_PERCENT_PATH && !part->greedy ? LG_PERCENT_SEGMENT : set);
        return true;
    }
    return false;
}

/* By the raw segments, so that a "%2F" inside one stays inside it. */
static void write_greedy(const struct lg_template_source *source, struct lg_str raw,
                         struct lg_buf *out)
{
    struct lg_str piece;
    bool first = true;

    while (lg_str_next(&raw, '/', &piece)) {
        if (!first)
            lg_buf_add_char(out, '/');
        first = false;
        lg_percent_encode(out, lg_percent_decode(source->arena, piece, false), LG_PERCENT_SEGMENT);
    }
}

void lg_template_write_run(const struct lg_template_source *source,
                           const struct lg_template_run *run, enum lg_percent_set set,
                           struct lg_buf *out)
{
    for (size_t i = 0; i < run->count; i++) {
        const struct lg_template_part *part = &run->parts[i];

        if (!part->is_variable) {
            lg_buf_add_str(out, part->text);
            continue;
        }
        if (write_given(source, part, set, out))
            continue;
        assert(part->capture < source->match->capture_count);
        const struct lg_capture *capture = &source->match->captures[part->capture];
        if (part->greedy && set == LG_PERCENT_PATH)
            write_greedy(source, capture->raw, out);
        else
            lg_percent_encode(out, capture->value,
                              set == LG_PERCENT_PATH ? LG_PERCENT_SEGMENT : set);
    }
}

/*
 * Copies a finished path without what a client would resolve: a "//" in front of a bare path
 * would name a host, and "." and ".." segments would climb. Clients take "%2E" for a dot too
 * (WHATWG URL), so its percent sign is encoded as well.
 */
void lg_template_add_harmless_path(struct lg_buf *out, struct lg_str path, bool is_bare)
{
    struct lg_str piece, rest = path;
    bool first = true;

    if (is_bare && lg_str_starts(path, LG_STR("//"))) {
        lg_buf_add_cstr(out, "/%2F");
        rest = lg_str_part(path, 2, path.size);
    }
    while (lg_str_next(&rest, '/', &piece)) {
        size_t dots = lg_template_dots(piece);

        if (!first)
            lg_buf_add_char(out, '/');
        first = false;
        if (dots == 0)
            lg_buf_add_str(out, piece);
        for (size_t i = 0; i < dots; i++)
            lg_buf_add_cstr(out, "%252E");
    }
}

void lg_template_write_path(const struct lg_template_source *source,
                            const struct lg_template *template, struct lg_buf *out)
{
    struct lg_buf path;

    lg_buf_init(&path, SIZE_MAX);
    lg_template_write_run(source, &template->path, LG_PERCENT_PATH, &path);
    lg_template_add_harmless_path(out, lg_buf_str(&path), template->origin.size == 0);
    lg_buf_done(&path);
}
