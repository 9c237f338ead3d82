/* kind.c -- what a plain scalar is in the core schema of YAML 1.2. */
#include <string.h>

#include "base/mem.h"
#include "config/node.h"

static bool is_any(const char *text, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcmp(text, *words) == 0)
            return true;
    return false;
}

static const char *skip_digits(const char *text)
{
    return text + strspn(text, "0123456789");
}

static const char *skip_sign(const char *text)
{
    return text + (*text == '-' || *text == '+' ? 1 : 0);
}

static bool is_integer(const char *text)
{
    if (text[0] == '0' && text[1] == 'o')
        return text[2] != '\0' && text[2 + strspn(text + 2, "01234567")] == '\0';
    if (text[0] == '0' && text[1] == 'x')
        return text[2] != '\0' && text[2 + strspn(text + 2, "0123456789abcdefABCDEF")] == '\0';
    text = skip_sign(text);
    return *text != '\0' && *skip_digits(text) == '\0';
}

/* [-+]? ( "." digits | digits ( "." digits* )? ) ( [eE] [-+]? digits )? */
static bool is_float(const char *text)
{
    text = skip_sign(text);

    const char *whole = skip_digits(text);
    const char *end = whole;
    if (*whole == '.') {
        end = skip_digits(whole + 1);
        if (whole == text && end == whole + 1)
            return false; /* a dot alone */
    } else if (whole == text) {
        return false;
    }
    if (*end == 'e' || *end == 'E') {
        const char *exponent = skip_sign(end + 1);
        end = skip_digits(exponent);
        if (end == exponent)
            return false;
    }
    return *end == '\0';
}

enum lg_kind lg_node_kind(const struct lg_node *node)
{
    static const char *const nulls[] = { "", "~", "null", "Null", "NULL", NULL };
    static const char *const bools[] = { "true", "True", "TRUE", "false", "False", "FALSE", NULL };
    static const char *const specials[] = { ".inf",  ".Inf",  ".INF",  "+.inf", "+.Inf",
                                            "+.INF", "-.inf", "-.Inf", "-.INF", ".nan",
                                            ".NaN",  ".NAN",  NULL };

    if (node->type != LG_NODE_SCALAR || node->quoted)
        return LG_KIND_STRING;
    if (is_any(node->text, nulls))
        return LG_KIND_NULL;
    if (is_any(node->text, bools))
        return LG_KIND_BOOL;
    if (is_integer(node->text))
        return LG_KIND_INTEGER;
    if (is_float(node->text) || is_any(node->text, specials))
        return LG_KIND_FLOAT;
    return LG_KIND_STRING;
}

bool lg_node_is_null(const struct lg_node *node)
{
    return node->type == LG_NODE_SCALAR && lg_node_kind(node) == LG_KIND_NULL;
}
