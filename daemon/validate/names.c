/* names.c -- of several seeds the one that leaves the shortest runs. */
#include "validate/names.h"

enum { SEEDS = 32, LEAST_ROOM = 4 };

static size_t room_for(size_t count)
{
    size_t room = LEAST_ROOM;

    while (room < count * 2)
        room *= 2;
    return room;
}

/* Fills the table; returns the most steps that one of the names takes. */
static size_t fill(struct lg_names_slot *slots, size_t room, uint64_t seed,
                   const struct lg_str *names, size_t count)
{
    size_t most = 0;

    memset(slots, 0, room * sizeof(*slots));
    for (size_t i = 0; i < count; i++) {
        uint64_t at = lg_names_hash(seed, names[i]);
        size_t steps = 1;

        for (; slots[at & (room - 1)].data != NULL; at++)
            steps++;
        slots[at & (room - 1)] = (struct lg_names_slot){
            .data = names[i].size == 0 ? "" : names[i].data,
            .size = (uint32_t)names[i].size,
            .index = (uint32_t)i,
        };
        if (steps > most)
            most = steps;
    }
    return most;
}

struct lg_names lg_names_make(struct lg_arena *arena, const struct lg_str *names, size_t count)
{
    size_t room = room_for(count);
    size_t best_steps = SIZE_MAX;
    uint64_t best = 0;

    if (count == 0)
        return (struct lg_names){ 0 };
    struct lg_names_slot *slots = lg_arena_alloc(arena, room * sizeof(*slots));
    for (uint64_t seed = 1; seed <= SEEDS && best_steps > 1; seed++) {
        size_t steps = fill(slots, room, seed, names, count);

        if (steps < best_steps) {
            best_steps = steps;
            best = seed;
        }
    }
    fill(slots, room, best, names, count);
    return (struct lg_names){ .slots = slots, .seed = best, .mask = (uint32_t)(room - 1) };
}
