/* schema_pointer.c -- places as JSON pointers (RFC 6901). */
#include "validate/schema_rule.h"

enum { NAME_MOST = 64 }; /* bytes of a name in a message */

void lg_schema_add_name(struct lg_buf *out, struct lg_str name, size_t most)
{
    struct lg_str shown = lg_str_part(name, 0, most);

    /* Never inside of a character. */
    while (shown.size < name.size && shown.size > 0 &&
           ((unsigned char)name.data[shown.size] & 0xc0) == 0x80)
        shown.size--;
    lg_buf_add_char(out, '/');
    for (size_t i = 0; i < shown.size; i++) {
        if (shown.data[i] == '~')
            lg_buf_add_cstr(out, "~0");
        else if (shown.data[i] == '/')
            lg_buf_add_cstr(out, "~1");
        else
            lg_buf_add_char(out, shown.data[i]);
    }
    if (shown.size < name.size)
        lg_buf_add_cstr(out, "...");
}

static void add_outermost_first(struct lg_buf *out, const struct lg_schema_place *place)
{
    if (place->outer == NULL) {
        lg_buf_add_str(out, place->name);
        return;
    }
    add_outermost_first(out, place->outer);
    lg_schema_add_name(out, place->name, NAME_MOST);
}

void lg_schema_add_pointer(struct lg_buf *out, const struct lg_schema_place *place)
{
    if (place->outer == NULL && place->name.size == 0)
        lg_buf_add_cstr(out, "(root)");
    else
        add_outermost_first(out, place);
}
