/* json_names.c -- linear for the objects people write, hashed for the ones they do not. */
#include "base/json_names.h"

#include "base/hash.h"

enum { FEW = 16 };

void lg_json_names_clear(struct lg_json_names *names)
{
    *names = (struct lg_json_names){ 0 };
}

static bool put(struct lg_json_names *names, struct lg_str name)
{
    size_t mask = names->room - 1;

    for (size_t at = (size_t)lg_hash(name) & mask;; at = (at + 1) & mask) {
        struct lg_str *slot = &names->slots[at];

        if (slot->data == NULL) {
            *slot = name;
            names->count++;
            return true;
        }
        if (lg_str_eq(*slot, name))
            return false;
    }
}

static void start_table(struct lg_json_names *names, struct lg_arena *arena, size_t room)
{
    *names = (struct lg_json_names){
        .slots = lg_arena_zalloc(arena, room * sizeof(*names->slots)),
        .room = room,
    };
}

static void grow(struct lg_json_names *names, struct lg_arena *arena)
{
    struct lg_json_names old = *names;

    start_table(names, arena, old.room * 2);
    for (size_t i = 0; i < old.room; i++) {
        if (old.slots[i].data != NULL)
            put(names, old.slots[i]);
    }
}

static bool is_member(const struct lg_json *object, struct lg_str name)
{
    for (const struct lg_json *member = object->first; member != NULL; member = member->next) {
        if (lg_str_eq(member->name, name))
            return true;
    }
    return false;
}

bool lg_json_names_add(struct lg_json_names *names, struct lg_arena *arena,
                       const struct lg_json *object, struct lg_str name)
{
    if (object->count < FEW)
        return !is_member(object, name);
    if (names->slots == NULL) {
        start_table(names, arena, 4 * FEW);
        for (const struct lg_json *member = object->first; member != NULL; member = member->next)
            put(names, member->name);
    }
    if (names->count * 2 >= names->room)
        grow(names, arena);
    return put(names, name);
}
