/* redirect.c -- a Location made from a template and what the route captured. */
#include "integrate/redirect.h"

#include <stdlib.h>
#include <string.h>

#include "base/lines.h"
#include "base/text.h"
#include "integrate/template_write.h"

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

/* `*mark` stands before the next piece of the query: "?" before the first, then "&". */
static void add_mark(struct lg_buf *out, char *mark)
{
    lg_buf_add_char(out, *mark);
    *mark = '&';
}

static void write_query(const struct lg_template_source *source, const struct lg_redirect *redirect,
                        struct lg_str query, struct lg_buf *out)
{
    char mark = '?';

    if (redirect->template.query.count > 0) {
        add_mark(out, &mark);
        lg_template_write_run(source, &redirect->template.query, LG_PERCENT_QUERY, out);
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
    const struct lg_template_source source = { .arena = arena, .match = match };
    struct lg_str location;
    struct lg_buf out;

    lg_buf_init(&out, SIZE_MAX);
    lg_buf_add_str(&out, template->origin);
    lg_template_write_path(&source, template, &out);
    write_query(&source, redirect, query, &out);
    if (template->fragment.count > 0) {
        lg_buf_add_char(&out, '#');
        lg_template_write_run(&source, &template->fragment, LG_PERCENT_SEGMENT, &out);
    }
    location = lg_arena_str(arena, lg_buf_str(&out));
    lg_buf_done(&out);
    return location;
}
