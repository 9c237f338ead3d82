/* field_alike.c -- names compared as CGI would write them. */
#include "integrate/field_alike.h"

static char plain(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return c == '_' ? '-' : c;
}

bool lg_field_alike(struct lg_str a, struct lg_str b)
{
    if (a.size != b.size)
        return false;
    for (size_t i = 0; i < a.size; i++) {
        if (plain(a.data[i]) != plain(b.data[i]))
            return false;
    }
    return true;
}
