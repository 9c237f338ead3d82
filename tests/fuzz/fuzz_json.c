/* fuzz_json.c -- whatever the JSON reader accepts must hold together, and read again. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool inside(struct lg_str part, struct lg_str whole)
{
    return part.data >= whole.data && part.size <= whole.size &&
           (size_t)(part.data - whole.data) <= whole.size - part.size;
}

static void check_text(const struct lg_json *value, struct lg_str text,
                       const struct lg_json_limits *limits)
{
    struct lg_arena arena;
    struct lg_json *again;
    int64_t number;

    assert(lg_utf8_valid(value->text) && lg_utf8_valid(value->name));
    if (lg_json_to_i64(value, &number) == LG_OK)
        assert(value->type == LG_JSON_NUMBER);
    if (value->type == LG_JSON_STRING)
        return;
    assert(inside(value->text, text) && value->text.size > 0);

    lg_arena_init(&arena);
    enum lg_err err = lg_json_read(&arena, value->text, limits, &again, NULL);
    assert(err == LG_OK);
    assert(again->type == value->type && again->count == value->count);
    assert(lg_str_eq(again->text, value->text));
    lg_arena_done(&arena);
}

/* A string written again reads back as what it was. */
static void check_writing(struct lg_str text, const struct lg_json_limits *limits)
{
    struct lg_arena arena;
    struct lg_json *again;
    struct lg_buf out;

    lg_arena_init(&arena);
    lg_buf_init(&out, SIZE_MAX);
    lg_json_add_string(&out, text);
    enum lg_err err = lg_json_read(&arena, lg_buf_str(&out), limits, &again, NULL);
    assert(err == LG_OK);
    if (lg_utf8_valid(text))
        assert(lg_str_eq(again->text, text));
    lg_buf_done(&out);
    lg_arena_done(&arena);
}

/* Only a few levels are read again one by one: all of them would take the square of the time. */
static void check_tree(const struct lg_json *value, struct lg_str text,
                       const struct lg_json_limits *limits, size_t depth)
{
    size_t count = 0;

    if (depth < 4)
        check_text(value, text, limits);
    if (value->type == LG_JSON_STRING)
        check_writing(value->text, limits);
    assert(value->type >= LG_JSON_ARRAY || value->first == NULL);
    assert(depth < limits->depth || value->first == NULL);
    for (const struct lg_json *child = value->first; child != NULL; child = child->next, count++)
        check_tree(child, value->text, limits, depth + 1);
    assert(count == value->count);
}

static enum lg_err read_once(struct lg_str text, bool allow_duplicates)
{
    const struct lg_json_limits limits = { .depth = 64,
                                           .values = 5000,
                                           .allow_duplicates = allow_duplicates };
    struct lg_json_fault fault = { SIZE_MAX, NULL };
    struct lg_json *value = NULL;
    struct lg_arena arena;

    lg_arena_init(&arena);
    enum lg_err err = lg_json_read(&arena, text, &limits, &value, &fault);
    if (err == LG_OK) {
        check_tree(value, text, &limits, 0);
    } else {
        assert(value == NULL && fault.message != NULL && fault.offset <= text.size);
        assert(err == LG_ERR_SYNTAX || err == LG_ERR_TOO_BIG);
    }
    lg_arena_done(&arena);
    return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* A copy of its own size, so that a byte read beyond it is seen. */
    char *copy = lg_alloc(size);
    for (size_t i = 0; i < size; i++)
        copy[i] = (char)data[i];

    struct lg_str text = lg_str_make(copy, size);
    enum lg_err strict = read_once(text, false);
    enum lg_err loose = read_once(text, true);
    if (strict == LG_OK)
        assert(loose == LG_OK);
    check_writing(text, &lg_json_default_limits);
    free(copy);
    return 0;
}
