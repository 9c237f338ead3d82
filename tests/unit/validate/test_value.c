/* Values are equal as JSON Schema means it, and elements differ or do not. */
#include "validate/value.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "base/mem.h"

static struct lg_arena arena;

static struct lg_json *read_json(const char *text)
{
    struct lg_json *value = NULL;

    cr_assert(eq(int, lg_json_read(&arena, lg_str_of(text), &lg_json_default_limits, &value, NULL),
                 LG_OK),
              "%s", text);
    return value;
}

static bool equal(const char *a, const char *b)
{
    struct lg_fuel fuel = { 1000000 };
    const struct lg_json *left = read_json(a), *right = read_json(b);
    bool result = lg_value_equal(left, right, &fuel);

    cr_assert(eq(int, lg_value_equal(right, left, &fuel), result));
    cr_assert(eq(int, lg_value_hash(left, &fuel) == lg_value_hash(right, &fuel), result));
    return result;
}

static void start(void)
{
    lg_arena_init(&arena);
}

static void finish(void)
{
    lg_arena_done(&arena);
}

Test(value, equality_is_by_value, .init = start, .fini = finish)
{
    static const char *const same[][2] = {
        { "1", "1.0" },
        { "\"\\u0061\"", "\"a\"" },
        { "[1,2]", "[1.0,2e0]" },
        { "{\"a\":1,\"b\":[2]}", "{\"b\":[2.0],\"a\":1}" },
        { "{\"a\":1,\"b\":2,\"c\":3}", "{\"c\":3,\"a\":1,\"b\":2}" },
        { "null", " null " },
        { "[]", "[ ]" },
        { "{}", "{ }" },
    };
    static const char *const different[][2] = {
        { "1", "true" },
        { "0", "false" },
        { "0", "null" },
        { "\"1\"", "1" },
        { "[]", "{}" },
        { "[1,2]", "[2,1]" },
        { "[1]", "[1,1]" },
        { "{\"a\":1}", "{\"b\":1}" },
        { "{\"a\":1}", "{\"a\":2}" },
        { "{\"a\":1}", "{\"a\":1,\"b\":1}" },
        { "\"a\"", "\"b\"" },
        { "\"\"", "null" },
        { "[[1]]", "[1]" },
        { "true", "false" },
        { "{\"a\":\"b\"}", "{\"b\":\"a\"}" },
    };

    for (size_t i = 0; i < LG_COUNT(same); i++)
        cr_assert(equal(same[i][0], same[i][1]), "%s %s", same[i][0], same[i][1]);
    for (size_t i = 0; i < LG_COUNT(different); i++)
        cr_assert(not(equal(different[i][0], different[i][1])), "%s %s", different[i][0],
                  different[i][1]);
}

/* Elements 0..count-1, and one more that equals that at `twin`. */
static struct lg_json *array_of(size_t count, size_t twin)
{
    struct lg_buf text;

    lg_buf_init(&text, SIZE_MAX);
    for (size_t i = 0; i < count; i++)
        lg_buf_printf(&text, "%s{\"n\":%zu}", i == 0 ? "[" : ",", i);
    if (twin < count)
        lg_buf_printf(&text, ",{\"n\":%zu.0}", twin);
    lg_buf_add(&text, "]", 2);
    struct lg_json *array = read_json(lg_arena_cstr(&arena, lg_str_of(text.data)));
    lg_buf_done(&text);
    return array;
}

Test(value, elements_differ_in_arrays_of_every_size, .init = start, .fini = finish)
{
    static const size_t sizes[] = { 1, 3, 4, 5, 40, 64, 65, 1000, 100000 };

    for (size_t i = 0; i < LG_COUNT(sizes); i++) {
        const struct lg_json *first = NULL, *second = NULL;
        struct lg_fuel fuel = { UINT64_C(20000000) };

        cr_assert(lg_value_all_differ(array_of(sizes[i], SIZE_MAX), &fuel, &first, &second), "%zu",
                  sizes[i]);
        cr_assert(not(lg_fuel_exhausted(&fuel)));
        cr_assert(
            not(lg_value_all_differ(array_of(sizes[i], sizes[i] / 2), &fuel, &first, &second)),
            "%zu", sizes[i]);
        cr_assert(not(lg_fuel_exhausted(&fuel)));
        cr_assert(first != NULL && second != NULL);
        struct lg_fuel more = { 1000 };
        cr_assert(lg_value_equal(first, second, &more));
    }
}

Test(value, work_is_bounded_by_fuel, .init = start, .fini = finish)
{
    const struct lg_json *first, *second, *array = array_of(1000, SIZE_MAX);
    struct lg_fuel fuel = { 500 };

    (void)lg_value_all_differ(array, &fuel, &first, &second);
    cr_assert(lg_fuel_exhausted(&fuel));
    fuel.left = 500;
    (void)lg_value_hash(array, &fuel);
    cr_assert(lg_fuel_exhausted(&fuel));
    fuel.left = 500;
    (void)lg_value_equal(array, array_of(1000, SIZE_MAX), &fuel);
    cr_assert(lg_fuel_exhausted(&fuel));
}
