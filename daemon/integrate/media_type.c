/* media_type.c -- media types compared, never parsed further than API Gateway does. */
#include "integrate/media_type.h"

#include "base/str.h"

struct lg_str lg_media_type(struct lg_str content_type)
{
    return lg_str_trim(lg_str_part(content_type, 0, lg_str_find(content_type, ';', 0)));
}

struct lg_str lg_media_type_accepted(struct lg_str accept)
{
    return lg_media_type(lg_str_part(accept, 0, lg_str_find(accept, ',', 0)));
}

bool lg_media_type_is_text(struct lg_str content_type)
{
    struct lg_str type = lg_media_type(content_type);

    return lg_str_istarts(type, LG_STR("text/")) || lg_str_iis(type, "application/json") ||
           lg_str_iis(type, "application/xml") || lg_str_iis(type, "application/javascript");
}

static bool matches(struct lg_str type, struct lg_str entry)
{
    if (lg_str_is(entry, "*/*"))
        return true;
    if (lg_str_ends(entry, LG_STR("/*")))
        return lg_str_istarts(type, lg_str_part(entry, 0, entry.size - 1));
    return lg_str_ieq(type, entry);
}

bool lg_media_type_is_listed(struct lg_str type, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (matches(type, lg_str_of(list[i])))
            return true;
    }
    return false;
}
