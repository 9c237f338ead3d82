/*
 * map.c -- entries in insertion order, found through a table of slots.
 *
 * A lookup touches two lines of memory: the slot, which knows the hash, and the entry, which
 * holds the name.
 */
#include "base/map.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

struct entry {
    void *value;
    size_t index; /* in `entries` */
    size_t size;
    char name[]; /* terminated */
};

struct slot {
    uint64_t hash;
    struct entry *entry; /* NULL: free */
};

struct lg_map {
    size_t count, room;
    struct slot *slots;     /* twice as many as there is room */
    struct entry **entries; /* in insertion order; each owned */
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
            free_value(map->entries[i]->value);
        free(map->entries[i]);
    }
    free(map->entries);
    free(map->slots);
    free(map);
}

static struct lg_str name_of(const struct entry *entry)
{
    return lg_str_make(entry->name, entry->size);
}

/* The slot that holds `name`, or the free one where it would go. */
static struct slot *slot_of(const struct lg_map *map, struct lg_str name, uint64_t hash)
{
    size_t mask = map->room * 2 - 1;

    for (size_t at = (size_t)hash & mask;; at = (at + 1) & mask) {
        struct slot *slot = &map->slots[at];

        if (slot->entry == NULL || (slot->hash == hash && lg_str_eq(name_of(slot->entry), name)))
            return slot;
    }
}

static void grow(struct lg_map *map)
{
    struct slot *old = map->slots;
    size_t old_count = map->room * 2;
    size_t mask;

    map->room = map->room == 0 ? 8 : map->room * 2;
    mask = map->room * 2 - 1;
    map->entries = lg_realloc(map->entries, map->room * sizeof(*map->entries));
    map->slots = lg_calloc(map->room * 2, sizeof(*map->slots));
    for (size_t i = 0; i < old_count; i++) {
        size_t at = (size_t)old[i].hash & mask;

        if (old[i].entry == NULL)
            continue;
        while (map->slots[at].entry != NULL)
            at = (at + 1) & mask;
        map->slots[at] = old[i];
    }
    free(old);
}

enum lg_err lg_map_put(struct lg_map *map, struct lg_str name, void *value)
{
    assert(value != NULL);
    if (map->count == map->room)
        grow(map);
    uint64_t hash = lg_hash(name);
    struct slot *slot = slot_of(map, name, hash);
    if (slot->entry != NULL)
        return LG_ERR_EXISTS;

    struct entry *entry = lg_alloc(sizeof(*entry) + name.size + 1);
    entry->value = value;
    entry->index = map->count;
    entry->size = name.size;
    if (name.size > 0)
        memcpy(entry->name, name.data, name.size);
    entry->name[name.size] = '\0';
    map->entries[map->count++] = entry;
    *slot = (struct slot){ hash, entry };
    return LG_OK;
}

/* What lies behind a freed slot moves up, or it would not be found past the gap. */
static void free_slot(struct lg_map *map, struct slot *slot)
{
    size_t mask = map->room * 2 - 1;
    size_t gap = (size_t)(slot - map->slots);

    for (size_t at = (gap + 1) & mask; map->slots[at].entry != NULL; at = (at + 1) & mask) {
        size_t wanted = (size_t)map->slots[at].hash & mask;

        /* It may lie in the gap if that is no further from where it wants to be. */
        if (((at - wanted) & mask) >= ((at - gap) & mask)) {
            map->slots[gap] = map->slots[at];
            gap = at;
        }
    }
    map->slots[gap].entry = NULL;
}

void *lg_map_remove(struct lg_map *map, struct lg_str name)
{
    struct slot *slot;
    struct entry *entry;
    void *value;

    if (map->count == 0)
        return NULL;
    slot = slot_of(map, name, lg_hash(name));
    entry = slot->entry;
    if (entry == NULL)
        return NULL;
    free_slot(map, slot);
    map->count--;
    map->entries[entry->index] = map->entries[map->count];
    map->entries[entry->index]->index = entry->index;
    value = entry->value;
    free(entry);
    return value;
}

void *lg_map_get(const struct lg_map *map, struct lg_str name)
{
    if (map->count == 0)
        return NULL;
    const struct slot *slot = slot_of(map, name, lg_hash(name));
    return slot->entry == NULL ? NULL : slot->entry->value;
}

size_t lg_map_count(const struct lg_map *map)
{
    return map->count;
}

void *lg_map_at(const struct lg_map *map, size_t index, struct lg_str *ret_name)
{
    assert(index < map->count);
    const struct entry *entry = map->entries[index];
    if (ret_name != NULL)
        *ret_name = name_of(entry);
    return entry->value;
}
