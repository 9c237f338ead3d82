/* expand.c -- copies each scalar, and puts values where their names stand. */
#include "config/expand.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/words.h"

struct expansion {
    struct lg_arena *arena;
    lg_expand_fn *lookup;
    void *context;
    struct lg_faults *faults;
    size_t total; /* bytes that the whole file became */
};

/* What stands between "${" and "}". */
struct reference {
    const char *name;
    const char *fallback; /* NULL: none */
    size_t size;          /* from the "$" to the "}" */
};

static bool is_name(struct lg_str name)
{
    if (name.size == 0 || isdigit((unsigned char)name.data[0]))
        return false;
    for (size_t i = 0; i < name.size; i++)
        if (!isalnum((unsigned char)name.data[i]) && name.data[i] != '_')
            return false;
    return true;
}

static bool read_reference(struct lg_arena *arena, const char *text,
                           struct reference *ret_reference)
{
    const char *end = strchr(text, '}');

    if (end == NULL)
        return false;
    struct lg_str inner = lg_str_make(text + 2, (size_t)(end - text) - 2);
    const char *mark = memmem(inner.data, inner.size, ":-", 2);
    struct lg_str name = inner, fallback = LG_STR_NONE;
    if (mark != NULL) {
        name = lg_str_make(inner.data, (size_t)(mark - inner.data));
        fallback = lg_str_part(inner, name.size + 2, inner.size);
    }
    if (!is_name(name) || memmem(inner.data, inner.size, "${", 2) != NULL)
        return false;
    ret_reference->name = lg_arena_cstr(arena, name);
    ret_reference->fallback = mark != NULL ? lg_arena_cstr(arena, fallback) : NULL;
    ret_reference->size = (size_t)(end - text) + 1;
    return true;
}

/*
 * Whether "${" begins a reference of parameter mappings, such as ${request.path.id}: it is left for
 * them. No environment variable has a "." in its name.
 */
static bool is_of_mappings(const char *text)
{
    static const char *const roots[] = { "${request.", "${response.", "${context.",
                                         "${stageVariables." };

    for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
        if (strncmp(text, roots[i], strlen(roots[i])) == 0)
            return true;
    return false;
}

/* What the reference stands for, or NULL (reported). */
static const char *resolve(struct expansion *expansion, const struct lg_node *node,
                           const struct reference *reference)
{
    const char *value = expansion->lookup(expansion->context, reference->name);

    if (reference->fallback != NULL && (value == NULL || *value == '\0'))
        return reference->fallback;
    if (value == NULL) {
        lg_faults_add(expansion->faults, &node->where,
                      "found ${%s}, which is not set, expected it in the environment or "
                      "a default: ${%s:-...}",
                      reference->name, reference->name);
        return NULL;
    }
    if (!lg_utf8_valid(lg_str_of(value))) {
        lg_faults_add(expansion->faults, &node->where,
                      "found ${%s}, which is not UTF-8, expected UTF-8 text", reference->name);
        return NULL;
    }
    return value;
}

/* Appends one reference. Returns its size in the text, or 0 (reported). */
static size_t add_reference(struct expansion *expansion, const struct lg_node *node,
                            const char *text, struct lg_buf *out)
{
    struct reference reference;

    if (!read_reference(expansion->arena, text, &reference)) {
        lg_faults_add(expansion->faults, &node->where,
                      "found %s, expected ${NAME}, ${NAME:-default}, or $${ for a literal ${",
                      lg_words_quote(expansion->arena, text));
        return 0;
    }
    const char *value = resolve(expansion, node, &reference);
    if (value == NULL)
        return 0;
    lg_buf_add_cstr(out, value);
    return reference.size;
}

static bool add_expanded(struct expansion *expansion, const struct lg_node *node,
                         struct lg_buf *out)
{
    for (const char *at = node->text; *at != '\0';) {
        size_t step = 1;
        if (strncmp(at, "$${", 3) == 0) {
            lg_buf_add_cstr(out, "${");
            step = 3;
        } else if (strncmp(at, "${", 2) == 0 && !is_of_mappings(at)) {
            step = add_reference(expansion, node, at, out);
        } else {
            lg_buf_add_char(out, *at);
        }
        if (step == 0)
            return false;
        at += step;
    }
    return true;
}

/* Whether what came of `node` keeps to the ceilings, of which the total is reported once. */
static bool within_limits(struct expansion *expansion, const struct lg_node *node,
                          const struct lg_buf *out)
{
    bool before = expansion->total > LG_EXPAND_TOTAL_MAX;

    if (lg_buf_failed(out)) {
        lg_faults_add(expansion->faults, &node->where,
                      "found a value that expands to more than 1MB, expected a shorter one");
        return false;
    }
    if (!before)
        expansion->total += out->size;
    if (!before && expansion->total > LG_EXPAND_TOTAL_MAX)
        lg_faults_add(expansion->faults, &node->where,
                      "found values that expand to more than 16MB together, expected less");
    return expansion->total <= LG_EXPAND_TOTAL_MAX;
}

static void expand_scalar(struct expansion *expansion, struct lg_node *node)
{
    struct lg_buf out;

    if (strstr(node->text, "${") == NULL)
        return;
    lg_buf_init(&out, LG_EXPAND_SCALAR_MAX);
    if (add_expanded(expansion, node, &out) && within_limits(expansion, node, &out)) {
        node->text = lg_arena_cstr(expansion->arena, lg_buf_str(&out));
        node->expanded = true;
    } else {
        node->type = LG_NODE_BROKEN;
    }
    lg_buf_done(&out);
}

static void expand_below(struct expansion *expansion, struct lg_node *node)
{
    if (node->type == LG_NODE_SCALAR)
        expand_scalar(expansion, node);
    for (struct lg_node *child = node->first; child != NULL; child = child->next)
        expand_below(expansion, child);
}

void lg_expand(struct lg_arena *arena, struct lg_node *root, lg_expand_fn *lookup, void *context,
               struct lg_faults *faults)
{
    struct expansion expansion = {
        .arena = arena,
        .lookup = lookup,
        .context = context,
        .faults = faults,
    };

    expand_below(&expansion, root);
}

const char *lg_expand_environment(void *context, const char *name)
{
    (void)context;
    return getenv(name);
}
