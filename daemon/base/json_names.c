/* json_names.c -- linear for the objects people write, hashed for the ones they do not. */
#include "base/json_names.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

enum { FEW = 8, FIRST_ROOM = 4 * FEW };

/* The hash is kept: a slot is compared or moved without a look at the name's bytes. */
struct lg_json_name_slot {
    const char *data; /* NULL: free */
    uint32_t size, hash;
};

void lg_json_names_done(struct lg_json_names *names)
{
    free(names->slots);
    *names = (struct lg_json_names){ 0 };
}

void lg_json_names_clear(struct lg_json_names *names)
{
    /* A large table would have to be wiped for each of many small objects. */
    if (names->room > FIRST_ROOM)
        lg_json_names_done(names);
    names->count = 0;
}

static bool is_in(const struct lg_json_name_slot *slot, const struct lg_json_name_slot *name)
{
    return slot->hash == name->hash && slot->size == name->size &&
           memcmp(slot->data, name->data, name->size) == 0;
}

static bool put(struct lg_json_names *names, const struct lg_json_name_slot *name)
{
    size_t mask = names->room - 1;

    for (size_t at = name->hash & mask;; at = (at + 1) & mask) {
        struct lg_json_name_slot *slot = &names->slots[at];

        if (slot->data == NULL) {
            *slot = *name;
            names->count++;
            return true;
        }
        if (is_in(slot, name))
            return false;
    }
}

static struct lg_json_name_slot slot_of(struct lg_str name)
{
    return (struct lg_json_name_slot){ name.data, (uint32_t)name.size, (uint32_t)lg_hash(name) };
}

static void start_table(struct lg_json_names *names, const struct lg_json *object)
{
    if (names->slots == NULL) {
        names->slots = lg_calloc(FIRST_ROOM, sizeof(*names->slots));
        names->room = FIRST_ROOM;
    } else {
        memset(names->slots, 0, names->room * sizeof(*names->slots));
    }
    for (const struct lg_json *member = object->first; member != NULL; member = member->next) {
        struct lg_json_name_slot name = slot_of(member->name);

        put(names, &name);
    }
}

static void grow(struct lg_json_names *names)
{
    struct lg_json_names old = *names;

    names->room = old.room * 2;
    names->slots = lg_calloc(names->room, sizeof(*names->slots));
    names->count = 0;
    for (size_t i = 0; i < old.room; i++) {
        if (old.slots[i].data != NULL)
            put(names, &old.slots[i]);
    }
    lg_json_names_done(&old);
}

static bool is_member(const struct lg_json *object, struct lg_str name)
{
    for (const struct lg_json *member = object->first; member != NULL; member = member->next) {
        if (lg_str_eq(member->name, name))
            return true;
    }
    return false;
}

bool lg_json_names_add(struct lg_json_names *names, const struct lg_json *object,
                       struct lg_str name)
{
    if (object->count < FEW)
        return !is_member(object, name);

    struct lg_json_name_slot slot = slot_of(name);
    if (names->count == 0)
        start_table(names, object);
    if (names->count * 2 >= names->room)
        grow(names);
    return put(names, &slot);
}
