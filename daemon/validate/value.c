/* value.c -- equality by walking, and by hashes where many are compared. */
#include "validate/value.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "validate/number.h"

static bool burn_for(struct lg_fuel *fuel, struct lg_str text)
{
    return lg_fuel_burn(fuel, 1 + text.size / LG_FUEL_BYTES);
}

/* --- equality --------------------------------------------------------------------------------- */

static bool numbers_equal(const struct lg_json *a, const struct lg_json *b)
{
    if (lg_str_eq(a->text, b->text))
        return true;
    struct lg_number left = lg_number_read(a->text), right = lg_number_read(b->text);

    return lg_number_cmp(&left, &right) == 0;
}

static bool arrays_equal(const struct lg_json *a, const struct lg_json *b, struct lg_fuel *fuel)
{
    const struct lg_json *other = b->first;

    for (const struct lg_json *one = a->first; one != NULL; one = one->next, other = other->next) {
        if (!lg_value_equal(one, other, fuel))
            return false;
    }
    return true;
}

static const struct lg_json *member_of(const struct lg_json *object, struct lg_str name,
                                       struct lg_fuel *fuel)
{
    const struct lg_json *member = object->first;

    while (member != NULL && !lg_str_eq(member->name, name)) {
        if (!lg_fuel_burn(fuel, 1))
            return NULL;
        member = member->next;
    }
    return member;
}

/* Members in the same order are found at once. */
static bool objects_equal(const struct lg_json *a, const struct lg_json *b, struct lg_fuel *fuel)
{
    const struct lg_json *likely = b->first;

    for (const struct lg_json *one = a->first; one != NULL; one = one->next) {
        const struct lg_json *other = likely;

        if (!burn_for(fuel, one->name))
            return false;
        if (other == NULL || !lg_str_eq(other->name, one->name))
            other = member_of(b, one->name, fuel);
        if (other == NULL || !lg_value_equal(one, other, fuel))
            return false;
        likely = other->next;
    }
    return true;
}

bool lg_value_equal(const struct lg_json *a, const struct lg_json *b, struct lg_fuel *fuel)
{
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case LG_JSON_NUMBER:
        return burn_for(fuel, a->text) && burn_for(fuel, b->text) && numbers_equal(a, b);
    case LG_JSON_STRING:
        return a->text.size == b->text.size && burn_for(fuel, a->text) &&
               lg_str_eq(a->text, b->text);
    case LG_JSON_ARRAY:
        return a->count == b->count && lg_fuel_burn(fuel, 1) && arrays_equal(a, b, fuel);
    case LG_JSON_OBJECT:
        return a->count == b->count && lg_fuel_burn(fuel, 1) && objects_equal(a, b, fuel);
    default:
        return true;
    }
}

/* --- hashes ----------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t hash, uint64_t word)
{
    uint64_t pair[2] = { hash, word };

    return lg_hash(lg_str_make((const char *)pair, sizeof(pair)));
}

static uint64_t hash_container(const struct lg_json *value, struct lg_fuel *fuel)
{
    bool object = value->type == LG_JSON_OBJECT;
    uint64_t hash = 0;

    for (const struct lg_json *one = value->first; one != NULL; one = one->next) {
        uint64_t inner = lg_value_hash(one, fuel);

        if (object && !burn_for(fuel, one->name))
            return 0;
        /* A sum does not tell the order. */
        hash = object ? hash + mix(lg_hash(one->name), inner) : mix(hash, inner);
    }
    return mix(hash, value->count);
}

uint64_t lg_value_hash(const struct lg_json *value, struct lg_fuel *fuel)
{
    uint64_t type = value->type + 1;

    switch (value->type) {
    case LG_JSON_NUMBER: {
        struct lg_number number = lg_number_read(value->text);

        return burn_for(fuel, value->text) ? mix(type, lg_number_hash(&number)) : 0;
    }
    case LG_JSON_STRING:
        return burn_for(fuel, value->text) ? mix(type, lg_hash(value->text)) : 0;
    case LG_JSON_ARRAY:
    case LG_JSON_OBJECT:
        return lg_fuel_burn(fuel, 2) ? mix(type, hash_container(value, fuel)) : 0;
    default:
        return lg_fuel_burn(fuel, 1) ? mix(type, 0) : 0;
    }
}

/* --- different from each other ---------------------------------------------------------------- */

enum {
    FEW = 4,   /* compared one by one */
    SMALL = 64 /* found through a table on the stack */
};

struct slot {
    const struct lg_json *value; /* NULL: free */
    uint64_t hash;
};

/* Whether all so far differ from each other and from `value`. */
static bool put(struct slot *slots, size_t mask, const struct lg_json *value, struct lg_fuel *fuel,
                const struct lg_json **reterr_first)
{
    uint64_t hash = lg_value_hash(value, fuel);

    for (size_t at = (size_t)hash & mask;; at = (at + 1) & mask) {
        if (slots[at].value == NULL) {
            slots[at] = (struct slot){ value, hash };
            return true;
        }
        if (slots[at].hash == hash && lg_value_equal(slots[at].value, value, fuel)) {
            *reterr_first = slots[at].value;
            return false;
        }
    }
}

static bool differ_by_hash(const struct lg_json *array, struct lg_fuel *fuel, struct slot *slots,
                           size_t room, const struct lg_json **reterr_first,
                           const struct lg_json **reterr_second)
{
    for (const struct lg_json *one = array->first; one != NULL; one = one->next) {
        if (!lg_fuel_burn(fuel, 4))
            return false;
        if (!put(slots, room - 1, one, fuel, reterr_first)) {
            *reterr_second = one;
            return false;
        }
    }
    return true;
}

static bool few_differ(const struct lg_json *array, struct lg_fuel *fuel,
                       const struct lg_json **reterr_first, const struct lg_json **reterr_second)
{
    for (const struct lg_json *one = array->first; one != NULL; one = one->next) {
        for (const struct lg_json *other = one->next; other != NULL; other = other->next) {
            if (lg_value_equal(one, other, fuel)) {
                *reterr_first = one;
                *reterr_second = other;
                return false;
            }
        }
    }
    return true;
}

bool lg_value_all_differ(const struct lg_json *array, struct lg_fuel *fuel,
                         const struct lg_json **reterr_first, const struct lg_json **reterr_second)
{
    struct slot few[2 * SMALL];
    size_t room = LG_COUNT(few);

    if (array->count <= FEW)
        return few_differ(array, fuel, reterr_first, reterr_second);
    if (!lg_fuel_burn(fuel, array->count))
        return false;
    if (array->count <= SMALL) {
        memset(few, 0, sizeof(few));
        return differ_by_hash(array, fuel, few, room, reterr_first, reterr_second);
    }
    while (room < array->count * 2)
        room *= 2;
    struct slot *slots = lg_calloc(room, sizeof(*slots));
    bool differ = differ_by_hash(array, fuel, slots, room, reterr_first, reterr_second);
    free(slots);
    return differ;
}
