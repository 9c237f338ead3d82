/* map.c -- entries in insertion order, found through a table of their indexes. */
#include "base/map.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

struct entry {
    char *name; /* owned, terminated */
    size_t size;
    uint64_t hash;
    void *value;
};

struct lg_map {
    struct entry *entries;
    size_t count, room;
    size_t *slots; /* index + 1 of an entry; 0: free. Twice as many as there is room */
};

struct lg_map *lg_map_new(void)
{
    return LG_NEW(struct lg_map);
}

void lg_map_free(struct lg_map *map, void (*free_value)(void *value))
{
    if (map == NULL)
        return;
    for (size_t i = 0; i < map->count; i++) {
        if (free_value != NULL)
            free_value(map->entries[i].value);
        free(map->entries[i].name);
    }
    free(map->entries);
    free(map->slots);
    free(map);
}

/* The slot that holds `name`, or the free one where it would go. */
static size_t *slot_of(const struct lg_map *map, struct lg_str name, uint64_t hash)
{
    size_t mask = map->room * 2 - 1;

    for (size_t at = (size_t)hash & mask;; at = (at + 1) & mask) {
        size_t *slot = &map->slots[at];

        if (*slot == 0)
            return slot;
        const struct entry *entry = &map->entries[*slot - 1];
        if (entry->hash == hash && lg_str_eq(lg_str_make(entry->name, entry->size), name))
            return slot;
    }
}

static void grow(struct lg_map *map)
{
    map->room = map->room == 0 ? 8 : map->room * 2;
    map->entries = lg_realloc(map->entries, map->room * sizeof(*map->entries));
    free(map->slots);
    map->slots = lg_calloc(map->room * 2, sizeof(*map->slots));
    for (size_t i = 0; i < map->count; i++) {
        const struct entry *entry = &map->entries[i];

        *slot_of(map, lg_str_make(entry->name, entry->size), entry->hash) = i + 1;
    }
}

enum lg_err lg_map_put(struct lg_map *map, struct lg_str name, void *value)
{
    assert(value != NULL);
    if (map->count == map->room)
        grow(map);
    uint64_t hash = lg_hash(name);
    size_t *slot = slot_of(map, name, hash);
    if (*slot != 0)
        return LG_ERR_EXISTS;

    char *copy = lg_alloc(name.size + 1);
    if (name.size > 0)
        memcpy(copy, name.data, name.size);
    copy[name.size] = '\0';
    map->entries[map->count++] =
        (struct entry){ .name = copy, .size = name.size, .hash = hash, .value = value };
    *slot = map->count;
    return LG_OK;
}

void *lg_map_get(const struct lg_map *map, struct lg_str name)
{
    if (map->count == 0)
        return NULL;
    size_t *slot = slot_of(map, name, lg_hash(name));
    return *slot == 0 ? NULL : map->entries[*slot - 1].value;
}

size_t lg_map_count(const struct lg_map *map)
{
    return map->count;
}

void *lg_map_at(const struct lg_map *map, size_t index, struct lg_str *ret_name)
{
    assert(index < map->count);
    const struct entry *entry = &map->entries[index];
    if (ret_name != NULL)
        *ret_name = lg_str_make(entry->name, entry->size);
    return entry->value;
}
