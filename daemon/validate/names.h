/*
 * names.h -- a fixed set of names, and which of them a name is; for properties of a schema.
 *
 * Made at load and looked up for every member of every body, so the hash is a cheap one: a
 * stranger chooses the name that is looked for, never those in the table, and a look-up ends with
 * the longest run that the table has. Threads: any number once made.
 */
#ifndef LG_VALIDATE_NAMES_H
#define LG_VALIDATE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"

struct lg_names_slot {
    const char *data; /* NULL: free */
    uint32_t size, index;
};

/* All zero: no name at all. */
struct lg_names {
    const struct lg_names_slot *slots;
    uint64_t seed;
    uint32_t mask; /* room - 1 */
};

#define LG_NAMES_NONE UINT32_MAX

/* The table of `count` different names, shorter than 4 GiB, which must live as long as it does. */
struct lg_names lg_names_make(struct lg_arena *arena, const struct lg_str *names, size_t count);

static inline uint64_t lg_names_word(const char *at, size_t size)
{
    uint64_t word = 0;

    if (size >= 8) {
        memcpy(&word, at, 8);
    } else if (size >= 4) {
        uint32_t low, high;

        memcpy(&low, at, 4);
        memcpy(&high, at + size - 4, 4);
        word = (uint64_t)high << 32 | low;
    } else if (size > 0) {
        word = (uint64_t)(unsigned char)at[0] << 16 | (uint64_t)(unsigned char)at[size / 2] << 8 |
               (unsigned char)at[size - 1];
    }
    return word;
}

static inline uint64_t lg_names_mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 32;
}

static inline uint64_t lg_names_hash(uint64_t seed, struct lg_str name)
{
    uint64_t hash = seed + name.size;
    const char *at = name.data;
    size_t left = name.size;

    for (; left > 8; left -= 8, at += 8)
        hash = lg_names_mix(hash, lg_names_word(at, 8));
    return lg_names_mix(hash, lg_names_word(at, left));
}

/* The index of `name` among those the table was made of, or LG_NAMES_NONE. */
static inline uint32_t lg_names_find(const struct lg_names *names, struct lg_str name)
{
    if (names->slots == NULL)
        return LG_NAMES_NONE;
    for (uint64_t at = lg_names_hash(names->seed, name);; at++) {
        const struct lg_names_slot *slot = &names->slots[at & names->mask];

        if (slot->data == NULL)
            return LG_NAMES_NONE;
        if (slot->size == name.size &&
            (name.size == 0 || memcmp(slot->data, name.data, name.size) == 0))
            return slot->index;
    }
}

#endif
