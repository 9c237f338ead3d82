/* What large and hostile texts cost the JSON reader: memory in line with the text, and no squares.
 */
#include "base/json.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdint.h>
#include <string.h>

static enum lg_err reading(const struct lg_buf *text)
{
    struct lg_arena arena;
    struct lg_json *value;

    lg_arena_init(&arena);
    enum lg_err err = lg_json_read(&arena, lg_buf_str(text), &lg_json_default_limits, &value, NULL);
    lg_arena_done(&arena);
    return err;
}

static void add_members(struct lg_buf *text, int count, int repeated)
{
    lg_buf_add_char(text, '{');
    for (int i = 0; i < count; i++)
        lg_buf_printf(text, "%s\"name%d\":0", i == 0 ? "" : ",", i == repeated ? 0 : i);
    lg_buf_add_char(text, '}');
}

Test(json_size, objects_of_every_size_one_behind_the_other_know_their_own_names_only)
{
    static const int counts[] = { 3, 9, 16, 17, 8, 500, 12, 40, 7, 8, 9, 300, 17, 1 };
    enum { COUNTS = sizeof(counts) / sizeof(counts[0]) };

    for (int wrong = -1; wrong < COUNTS; wrong++) {
        struct lg_buf text;

        lg_buf_init(&text, SIZE_MAX);
        lg_buf_add_char(&text, '[');
        for (int i = 0; i < COUNTS; i++) {
            add_members(&text, counts[i], i == wrong ? counts[i] - 1 : -1);
            lg_buf_add_char(&text, i == COUNTS - 1 ? ']' : ',');
        }
        enum lg_err err = reading(&text);
        bool repeated = wrong >= 0 && counts[wrong] > 1;
        cr_assert(eq(int, err, repeated ? LG_ERR_SYNTAX : LG_OK), "%d", wrong);
        lg_buf_done(&text);
    }
}

/* Takes minutes if every name is compared with every other, or the table wiped for every object. */
Test(json_size, many_names_and_many_objects_behind_them_are_read_in_one_go, .timeout = 40)
{
    struct lg_buf text;

    lg_buf_init(&text, SIZE_MAX);
    lg_buf_add_char(&text, '[');
    add_members(&text, 530000, -1); /* a table of 32 MiB */
    for (int i = 0; i < 46000; i++) {
        lg_buf_add_char(&text, ',');
        add_members(&text, 9, -1);
    }
    lg_buf_add_char(&text, ']');
    cr_assert(eq(int, reading(&text), LG_OK));
    lg_buf_done(&text);
}

Test(json_size, a_tree_takes_at_most_32_bytes_for_each_byte_of_the_text)
{
    static const char *const units[] = { "1,", "[],", "{},", "\"\",", "[[[1]]]," };

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        struct lg_buf text;
        struct lg_json *value;
        struct lg_arena tree;

        lg_buf_init(&text, SIZE_MAX);
        lg_buf_add_char(&text, '[');
        while (text.size < 50000)
            lg_buf_add_cstr(&text, units[i]);
        lg_buf_add_cstr(&text, "1]");
        lg_arena_init(&tree);
        enum lg_err err =
            lg_json_read(&tree, lg_buf_str(&text), &lg_json_default_limits, &value, NULL);
        cr_assert(eq(int, err, LG_OK));
        cr_assert(lt(sz, tree.used, 32 * text.size + 1000), "%s", units[i]);
        lg_arena_done(&tree);
        lg_buf_done(&text);
    }
}

Test(json_size, a_text_of_4_gib_is_refused_unread)
{
    struct lg_json_fault fault;
    struct lg_json *value;
    struct lg_arena arena;

    lg_arena_init(&arena);
    enum lg_err err = lg_json_read(&arena, lg_str_make("1", (size_t)UINT32_MAX + 1),
                                   &lg_json_default_limits, &value, &fault);
    lg_arena_done(&arena);

    cr_assert(eq(int, err, LG_ERR_TOO_BIG));
    cr_assert(eq(int, strcmp(fault.message, "the text is too long"), 0));
}
