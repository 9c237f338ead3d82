/* resource.c -- what names a resource. */
#include "integrate/resource.h"

#include "base/hash.h"

struct lg_str lg_resource_path(struct lg_str route_key)
{
    size_t blank = lg_str_find(route_key, ' ', 0);

    return blank == route_key.size ? route_key : lg_str_part(route_key, blank + 1, route_key.size);
}

void lg_short_id(struct lg_str text, char ret_id[LG_SHORT_ID_SIZE])
{
    static const struct lg_hash_key key = { 0x6c616d6264616761, 0x7465207265737420 };
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    uint64_t hash = lg_hash_with(key, text);

    for (size_t i = 0; i < LG_SHORT_ID_SIZE - 1; i++, hash /= 36)
        ret_id[i] = digits[hash % 36];
    ret_id[LG_SHORT_ID_SIZE - 1] = '\0';
}

struct lg_str lg_resource_id(struct lg_arena *arena, struct lg_str route_key)
{
    char *id = lg_arena_alloc(arena, LG_SHORT_ID_SIZE);

    lg_short_id(lg_resource_path(route_key), id);
    return lg_str_make(id, LG_SHORT_ID_SIZE - 1);
}
