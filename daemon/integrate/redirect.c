/* redirect.c -- a Location made from a template and what the route captured. */
#include "integrate/redirect.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/lines.h"
#include "base/text.h"
#include "integrate/template.h"

/* In lines of its own, with its parts and all their texts behind it. */
struct lg_redirect {
    struct lg_template template;
    struct lg_str added; /* the added pairs, encoded and joined by "&" */
    int status;
    bool keep_query;
};

static bool status_valid(int64_t status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static struct lg_str join_pairs(struct lg_arena *arena, const struct lg_config_pairs *pairs)
{
    struct lg_buf buf;
    struct lg_str joined;

    lg_buf_init(&buf, SIZE_MAX);
    for (size_t i = 0; i < pairs->count; i++) {
        if (i > 0)
            lg_buf_add_char(&buf, '&');
        lg_percent_encode(&buf, lg_str_of(pairs->items[i].name), LG_PERCENT_QUERY);
        lg_buf_add_char(&buf, '=');
        lg_percent_encode(&buf, lg_str_of(pairs->items[i].value), LG_PERCENT_QUERY);
    }
    joined = lg_arena_str(arena, lg_buf_str(&buf));
    lg_buf_done(&buf);
    return joined;
}

/* --- into one piece of memory --- */

struct packer {
    struct lg_template_part *parts; /* where the next ones go */
    char *texts;
};

static void pack_text(struct packer *packer, struct lg_str *text)
{
    if (text->size == 0)
        return;
    memcpy(packer->texts, text->data, text->size);
    text->data = packer->texts;
    packer->texts += text->size;
}

static void pack_run(struct packer *packer, struct lg_template_run *run)
{
    struct lg_template_part *parts = packer->parts;

    for (size_t i = 0; i < run->count; i++) {
        parts[i] = run->parts[i];
        pack_text(packer, &parts[i].text);
    }
    packer->parts += run->count;
    run->parts = parts;
}

static size_t text_bytes(const struct lg_template_run *run)
{
    size_t bytes = 0;

    for (size_t i = 0; i < run->count; i++)
        bytes += run->parts[i].text.size;
    return bytes;
}

static struct lg_redirect *pack(const struct lg_redirect *loose)
{
    const struct lg_template *template = &loose->template;
    size_t parts = template->path.count + template->query.count + template->fragment.count;
    size_t texts = template->origin.size + loose->added.size + text_bytes(&template->path) +
                   text_bytes(&template->query) + text_bytes(&template->fragment);
    struct lg_redirect *redirect = lg_lines_alloc(
        lg_lines_round(sizeof(*redirect) + parts * sizeof(struct lg_template_part) + texts));
    struct packer packer = { .parts = (struct lg_template_part *)(redirect + 1) };

    *redirect = *loose;
    packer.texts = (char *)(packer.parts + parts);
    pack_text(&packer, &redirect->template.origin);
    pack_run(&packer, &redirect->template.path);
    pack_run(&packer, &redirect->template.query);
    pack_run(&packer, &redirect->template.fragment);
    pack_text(&packer, &redirect->added);
    return redirect;
}

struct lg_redirect *lg_redirect_compile(const struct lg_config_redirect *config,
                                        const struct lg_pattern *pattern, struct lg_faults *faults)
{
    struct lg_redirect loose = { .status = (int)config->status, .keep_query = config->keep_query };
    struct lg_redirect *redirect = NULL;
    size_t faults_before = lg_faults_count(faults);
    struct lg_arena arena;
    const char *message;

    lg_arena_init(&arena);
    if (lg_template_parse(&arena, lg_str_of(config->to), pattern, &loose.template, &message) !=
        LG_OK)
        lg_faults_add(faults, &config->where, "%s", message);
    if (!status_valid(config->status))
        lg_faults_add(faults, &config->where,
                      "found the status %lld, expected 301, 302, 303, 307 or 308",
                      (long long)config->status);
    if (lg_faults_count(faults) == faults_before) {
        loose.added = join_pairs(&arena, &config->add_query);
        redirect = pack(&loose);
    }
    lg_arena_done(&arena);
    return redirect;
}

void lg_redirect_free(struct lg_redirect *redirect)
{
    free(redirect);
}

int lg_redirect_status(const struct lg_redirect *redirect)
{
    return redirect->status;
}

/* --- one request ---------------------------------------------------------------------------- */

struct writer {
    struct lg_arena *arena;
    const struct lg_route_match *match;
};

/* By the raw segments, so that a "%2F" inside one stays inside it. */
static void write_greedy(struct writer *writer, struct lg_str raw, struct lg_buf *out)
{
    struct lg_str piece;
    bool first = true;

    while (lg_str_next(&raw, '/', &piece)) {
        if (!first)
            lg_buf_add_char(out, '/');
        first = false;
        lg_percent_encode(out, lg_percent_decode(writer->arena, piece, false), LG_PERCENT_SEGMENT);
    }
}

static void write_run(struct writer *writer, const struct lg_template_run *run,
                      enum lg_percent_set set, struct lg_buf *out)
{
    for (size_t i = 0; i < run->count; i++) {
        const struct lg_template_part *part = &run->parts[i];

        if (!part->is_variable) {
            lg_buf_add_str(out, part->text);
            continue;
        }
        assert(part->capture < writer->match->capture_count);
        const struct lg_capture *capture = &writer->match->captures[part->capture];
        if (part->greedy && set == LG_PERCENT_PATH)
            write_greedy(writer, capture->raw, out);
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
static void add_harmless_path(struct lg_buf *out, struct lg_str path, bool is_bare)
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

static void write_path(struct writer *writer, const struct lg_template *template,
                       struct lg_buf *out)
{
    struct lg_buf path;

    lg_buf_init(&path, SIZE_MAX);
    write_run(writer, &template->path, LG_PERCENT_PATH, &path);
    add_harmless_path(out, lg_buf_str(&path), template->origin.size == 0);
    lg_buf_done(&path);
}

/* `*mark` stands before the next piece of the query: "?" before the first, then "&". */
static void add_mark(struct lg_buf *out, char *mark)
{
    lg_buf_add_char(out, *mark);
    *mark = '&';
}

static void write_query(struct writer *writer, const struct lg_redirect *redirect,
                        struct lg_str query, struct lg_buf *out)
{
    char mark = '?';

    if (redirect->template.query.count > 0) {
        add_mark(out, &mark);
        write_run(writer, &redirect->template.query, LG_PERCENT_QUERY, out);
    }
    if (redirect->keep_query && query.size > 0) {
        add_mark(out, &mark);
        lg_template_add_literal(out, query);
    }
    if (redirect->added.size > 0) {
        add_mark(out, &mark);
        lg_buf_add_str(out, redirect->added);
    }
}

struct lg_str lg_redirect_location(const struct lg_redirect *redirect, struct lg_arena *arena,
                                   const struct lg_route_match *match, struct lg_str query)
{
    const struct lg_template *template = &redirect->template;
    struct writer writer = { arena, match };
    struct lg_str location;
    struct lg_buf out;

    lg_buf_init(&out, SIZE_MAX);
    lg_buf_add_str(&out, template->origin);
    write_path(&writer, template, &out);
    write_query(&writer, redirect, query, &out);
    if (template->fragment.count > 0) {
        lg_buf_add_char(&out, '#');
        write_run(&writer, &template->fragment, LG_PERCENT_SEGMENT, &out);
    }
    location = lg_arena_str(arena, lg_buf_str(&out));
    lg_buf_done(&out);
    return location;
}
