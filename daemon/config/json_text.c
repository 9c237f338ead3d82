/* json_text.c -- writes nodes as JSON, numbers by their digits. */
#include "config/json_text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

/* 0o17 and 0x1F are integers of the core schema; one beyond 64 bits is no value. */
static bool add_prefixed(struct lg_buf *out, const char *text)
{
    size_t digits = strlen(text + 2);

    if (digits > (text[1] == 'x' ? 16 : 21))
        return false;
    return lg_buf_printf(out, "%llu", strtoull(text + 2, NULL, text[1] == 'x' ? 16 : 8));
}

/* JSON wants no plus, no leading zeros, and digits on both sides of a dot. */
static bool add_decimal(struct lg_buf *out, const char *text)
{
    if (*text == '-')
        lg_buf_add_char(out, '-');
    if (*text == '-' || *text == '+')
        text++;
    while (text[0] == '0' && isdigit((unsigned char)text[1]))
        text++;
    if (*text == '.')
        lg_buf_add_char(out, '0');
    for (; *text != '\0'; text++) {
        if (*text != '.' || isdigit((unsigned char)text[1]))
            lg_buf_add_char(out, *text);
    }
    return true;
}

static bool add_number(struct lg_buf *out, const char *text)
{
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'o'))
        return add_prefixed(out, text);
    if (strpbrk(text, "iInN") != NULL)
        return false; /* .inf, .nan */
    return add_decimal(out, text);
}

static bool add_scalar(struct lg_buf *out, const struct lg_node *node)
{
    switch (lg_node_kind(node)) {
    case LG_KIND_NULL:
        return lg_buf_add_cstr(out, "null");
    case LG_KIND_BOOL:
        return lg_buf_add_cstr(out,
                               node->text[0] == 't' || node->text[0] == 'T' ? "true" : "false");
    case LG_KIND_INTEGER:
    case LG_KIND_FLOAT:
        return add_number(out, node->text);
    case LG_KIND_STRING:
        lg_json_add_string(out, lg_str_of(node->text));
        return true;
    }
    return false;
}

static const struct lg_node *add_children(struct lg_buf *out, const struct lg_node *node)
{
    bool first = true;

    for (const struct lg_node *child = node->first; child != NULL; child = child->next) {
        if (node->type == LG_NODE_MAPPING)
            lg_json_add_name(out, &first, child->key);
        else if (child != node->first)
            lg_buf_add_char(out, ',');
        const struct lg_node *bad = lg_json_text(out, child);
        if (bad != NULL)
            return bad;
    }
    return NULL;
}

const struct lg_node *lg_json_text(struct lg_buf *out, const struct lg_node *node)
{
    if (node->type == LG_NODE_SCALAR)
        return add_scalar(out, node) ? NULL : node;
    if (node->type == LG_NODE_BROKEN)
        return node;
    lg_buf_add_char(out, node->type == LG_NODE_LIST ? '[' : '{');
    const struct lg_node *bad = add_children(out, node);
    lg_buf_add_char(out, node->type == LG_NODE_LIST ? ']' : '}');
    return bad;
}
