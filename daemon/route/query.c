/* query.c -- the parameters of a raw query, one by one. */
#include "route/query.h"

#include "base/text.h"

bool lg_query_next(struct lg_str *rest, bool semicolons, struct lg_query_pair *ret_pair)
{
    while (rest->size > 0) {
        size_t end = lg_str_find(*rest, '&', 0);

        if (semicolons)
            end = lg_str_find(lg_str_part(*rest, 0, end), ';', 0);
        struct lg_str whole = lg_str_part(*rest, 0, end);
        *rest = lg_str_part(*rest, end + 1, rest->size);
        if (whole.size == 0)
            continue;
        size_t equals = lg_str_find(whole, '=', 0);
        *ret_pair = (struct lg_query_pair){ whole, lg_str_part(whole, 0, equals),
                                            lg_str_part(whole, equals + 1, whole.size) };
        return true;
    }
    return false;
}

size_t lg_query_count(struct lg_str query, bool semicolons)
{
    size_t count = query.size > 0;

    for (size_t i = 0; i < query.size; i++)
        count += query.data[i] == '&' || (semicolons && query.data[i] == ';');
    return count;
}

bool lg_query_is(struct lg_arena *arena, const struct lg_query_pair *pair, struct lg_str name)
{
    /* Decoding never makes a name longer, and leaves one without escapes as it is. */
    return pair->name.size >= name.size &&
           lg_str_eq(lg_percent_decode(arena, pair->name, true), name);
}
