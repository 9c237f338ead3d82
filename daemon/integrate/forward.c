/* forward.c -- targets and header fields on their way to a server and back. */
#include "integrate/forward.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "integrate/answer_fields.h"
#include "integrate/field_alike.h"
#include "integrate/hop_by_hop.h"
#include "integrate/template_write.h"

#define NAMED_MAX 32 /* fields that Connection may name; with more, all but the usual stay here */

struct lg_forward *lg_forward_compile(const struct lg_config_http *http,
                                      const struct lg_pattern *pattern, struct lg_faults *faults)
{
    struct lg_forward *forward = LG_NEW(struct lg_forward);
    const char *message = NULL;

    lg_arena_init(&forward->arena);
    /* A copy: pieces of the template point into it. */
    struct lg_str url = lg_arena_str(&forward->arena, lg_str_of(http->url));
    if (lg_template_parse(&forward->arena, url, pattern, &forward->template, &message) == LG_OK &&
        forward->template.fragment.count > 0)
        message = "found a fragment in the URL, expected none: servers never get it";
    if (message != NULL) {
        lg_faults_add(faults, &http->where, "%s", message);
        lg_forward_free(forward);
        return NULL;
    }
    forward->appends_path = pattern->is_default;
    if (!http->host_of_request)
        forward->host = lg_arena_str(&forward->arena, lg_str_of(http->authority));
    forward->forwarded = http->forwarded;
    forward->append_forwarded = http->append_forwarded;
    return forward;
}

void lg_forward_free(struct lg_forward *forward)
{
    if (forward == NULL)
        return;
    lg_arena_done(&forward->arena);
    free(forward);
}

/* --- the target ------------------------------------------------------------------------------- */

static void write_path(const struct lg_forward *forward, const struct lg_template_source *values,
                       const struct lg_forward_source *source, struct lg_buf *out)
{
    if (source->mapped != NULL && source->mapped->path.data != NULL) {
        lg_template_add_harmless_path(out, source->mapped->path, false);
        return;
    }
    lg_template_write_path(values, &forward->template, out);
    if (!forward->appends_path)
        return;
    if (out->size > 0 && out->data[out->size - 1] == '/')
        out->size--;
    lg_template_add_harmless_path(out, source->path, false);
}

static struct lg_str write_target(const struct lg_forward *forward, struct lg_arena *arena,
                                  const struct lg_forward_source *source)
{
    const struct lg_mapped *mapped = source->mapped;
    const struct lg_template_source values = {
        .arena = arena,
        .match = source->match,
        .given = mapped != NULL ? mapped->variables : NULL,
        .given_count = mapped != NULL ? mapped->variable_count : 0,
    };
    struct lg_str query = mapped != NULL ? mapped->query : source->head->query;
    struct lg_str target;
    struct lg_buf out;
    char mark = '?';

    lg_buf_init(&out, SIZE_MAX);
    write_path(forward, &values, source, &out);
    if (out.size == 0 || out.data[0] != '/') {
        struct lg_str path = lg_arena_str(arena, lg_buf_str(&out));

        lg_buf_clear(&out);
        lg_buf_add_char(&out, '/');
        lg_buf_add_str(&out, path);
    }
    if (forward->template.query.count > 0) {
        lg_buf_add_char(&out, mark);
        mark = '&';
        lg_template_write_run(&values, &forward->template.query, LG_PERCENT_QUERY, &out);
    }
    if (query.size > 0) {
        lg_buf_add_char(&out, mark);
        lg_template_add_literal(&out, query);
    }
    target = lg_arena_str(arena, lg_buf_str(&out));
    lg_buf_done(&out);
    return target;
}

/* --- what travels on -------------------------------------------------------------------------- */

/* What Connection names: a client that names what a mapping says cannot unsay it. */
struct named {
    struct lg_str names[NAMED_MAX];
    size_t count;
};

static void read_named(struct named *named, const struct lg_header *headers, size_t count)
{
    named->count = 0;
    for (size_t i = 0; i < count; i++) {
        struct lg_str rest = headers[i].value, element;

        if (!lg_str_iis(headers[i].name, "connection"))
            continue;
        while (named->count < NAMED_MAX && lg_http_list_next(&rest, &element)) {
            if (!lg_str_iis(element, "close") && !lg_str_iis(element, "keep-alive"))
                named->names[named->count++] = element;
        }
    }
}

static bool is_named(const struct named *named, struct lg_str name)
{
    for (size_t i = 0; i < named->count; i++) {
        if (lg_str_ieq(named->names[i], name))
            return true;
    }
    return false;
}

/* --- who asks --------------------------------------------------------------------------------- */

/* Fields that tell of the client: what it says of itself is not believed. */
static bool tells_of_client(struct lg_str name)
{
    static const char *const names[] = { "forwarded",         "x-forwarded-for",
                                         "x-forwarded-proto", "x-forwarded-host",
                                         "x-forwarded-port",  "x-real-ip" };

    if (name.size < 9)
        return false;
    for (size_t i = 0; i < LG_COUNT(names); i++) {
        if (lg_field_alike(name, lg_str_of(names[i])))
            return true;
    }
    return false;
}

/*
 * What frames a request is written anew, and underscores would make it come twice for CGI and its
 * heirs. For these "Proxy" would be the variable HTTP_PROXY, which names a proxy to programs.
 */
static bool stays_here(struct lg_str name)
{
    static const char *const names[] = { "expect", "host", "proxy", "content-length",
                                         "transfer-encoding" };

    if (lg_hop_by_hop(name) || tells_of_client(name))
        return true;
    for (size_t i = 0; i < LG_COUNT(names); i++) {
        if (lg_field_alike(name, lg_str_of(names[i])))
            return true;
    }
    return false;
}

struct fields {
    struct lg_arena *arena;
    struct lg_header *items;
    size_t count;
};

static void add(struct fields *fields, const char *name, struct lg_str value)
{
    fields->items[fields->count++] = (struct lg_header){ lg_str_of(name), value };
}

/*
 * Adds to the list that the client's proxy began, if it is to be believed. There are proxies that
 * leave the client's line and put one of their own behind it.
 */
static void add_to_list(struct fields *fields, const struct lg_forward *forward,
                        const struct lg_head *head, const char *name, struct lg_str value)
{
    struct lg_buf list;

    lg_buf_init(&list, SIZE_MAX);
    for (size_t i = 0; forward->append_forwarded && i < head->header_count; i++) {
        if (head->headers[i].value.size == 0 || !lg_str_iis(head->headers[i].name, name))
            continue;
        lg_buf_add_str(&list, head->headers[i].value);
        lg_buf_add_cstr(&list, ", ");
    }
    lg_buf_add_str(&list, value);
    add(fields, name, lg_arena_str(fields->arena, lg_buf_str(&list)));
    lg_buf_done(&list);
}

/* Of several the last one: what a proxy put behind the client's. */
static void add_unless_given(struct fields *fields, const struct lg_forward *forward,
                             const struct lg_head *head, const char *name, struct lg_str value)
{
    for (size_t i = 0; forward->append_forwarded && i < head->header_count; i++) {
        if (head->headers[i].value.size > 0 && lg_str_iis(head->headers[i].name, name))
            value = head->headers[i].value;
    }
    if (value.size > 0)
        add(fields, name, value);
}

static bool may_be_quoted(struct lg_str text)
{
    return text.size > 0 && memchr(text.data, '"', text.size) == NULL &&
           memchr(text.data, '\\', text.size) == NULL;
}

static void add_standard(struct fields *fields, const struct lg_forward *forward,
                         const struct lg_head *head, struct lg_str host)
{
    bool v6 = strchr(head->peer, ':') != NULL, local = strcmp(head->peer, "unix") == 0;
    const char *text = lg_arena_printf(fields->arena, "for=%s%s%s", v6 ? "\"[" : "",
                                       local ? "unknown" : head->peer, v6 ? "]\"" : "");

    if (may_be_quoted(host))
        text = lg_arena_printf(fields->arena, "%s;host=\"%.*s\"", text, LG_STR_ARG(host));
    text = lg_arena_printf(fields->arena, "%s;proto=http", text);
    add_to_list(fields, forward, head, "Forwarded", lg_str_of(text));
}

static void add_forwarded(struct fields *fields, const struct lg_forward *forward,
                          const struct lg_head *head)
{
    struct lg_str host = lg_head_find(head, "host");
    bool x = forward->forwarded == LG_FORWARDED_X || forward->forwarded == LG_FORWARDED_BOTH;

    if (forward->forwarded == LG_FORWARDED_STANDARD || forward->forwarded == LG_FORWARDED_BOTH)
        add_standard(fields, forward, head, host);
    if (!x)
        return;
    if (strcmp(head->peer, "unix") != 0)
        add_to_list(fields, forward, head, "X-Forwarded-For", lg_str_of(head->peer));
    add_unless_given(fields, forward, head, "X-Forwarded-Proto", LG_STR("http"));
    add_unless_given(fields, forward, head, "X-Forwarded-Host", host);
    add_unless_given(fields, forward, head, "X-Forwarded-Port",
                     head->local_port > 0 ? lg_arena_i64(fields->arena, head->local_port)
                                          : LG_STR_NONE);
}

/* --- both ways -------------------------------------------------------------------------------- */

void lg_forward_request(const struct lg_forward *forward, struct lg_arena *arena,
                        const struct lg_forward_source *source, struct lg_forwarded *ret_forwarded)
{
    const struct lg_head *head = source->head;
    const struct lg_header *headers =
        source->mapped != NULL ? source->mapped->headers : head->headers;
    size_t count = source->mapped != NULL ? source->mapped->header_count : head->header_count;
    size_t received = source->mapped != NULL ? source->mapped->received : count;
    struct fields fields = { .arena = arena };
    struct named named;

    read_named(&named, head->headers, head->header_count);
    fields.items = lg_arena_alloc(arena, (count + 8) * sizeof(struct lg_header));
    for (size_t i = 0; i < count; i++) {
        struct lg_str name = headers[i].name;

        if (!stays_here(name) && (i >= received || !is_named(&named, name)))
            fields.items[fields.count++] = headers[i];
    }
    add_forwarded(&fields, forward, head);
    ret_forwarded->target = write_target(forward, arena, source);
    ret_forwarded->host = forward->host.size > 0 ? forward->host : lg_head_find(head, "host");
    ret_forwarded->headers = fields.items;
    ret_forwarded->header_count = fields.count;
}

const struct lg_header *lg_forward_answer(struct lg_arena *arena, enum lg_config_api_kind kind,
                                          const struct lg_header *headers, size_t count,
                                          size_t *ret_count)
{
    struct lg_header *kept = lg_arena_alloc(arena, (count + 1) * sizeof(struct lg_header));
    struct named named;
    size_t at = 0;

    read_named(&named, headers, count);
    for (size_t i = 0; i < count; i++) {
        struct lg_str name = headers[i].name;
        enum lg_field_fate fate = lg_answer_field_fate(kind, name);

        if (fate == LG_FIELD_DROPPED || is_named(&named, name) ||
            (kind == LG_API_HTTP && lg_str_iis(name, "content-length")))
            continue;
        kept[at].name =
            fate == LG_FIELD_REMAPPED
                ? lg_str_of(lg_arena_printf(arena, LG_REMAPPED "%.*s", LG_STR_ARG(name)))
                : lg_arena_str(arena, name);
        kept[at++].value = lg_arena_str(arena, headers[i].value);
    }
    *ret_count = at;
    return kept;
}
