#include "cli/table.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

#include "cli/listing.h"

static void check(const struct lg_table *table, const char *expected)
{
    struct lg_buf out;

    lg_buf_init(&out, SIZE_MAX);
    lg_table_write(table, &out);
    char *text = lg_buf_take(&out, NULL);
    cr_assert_str_eq(text, expected);
    free(text);
}

Test(table, columns_are_as_wide_as_their_widest_cell)
{
    struct lg_table *table = lg_table_new((const char *[]){ "A", "LONG", "C" }, 3);

    for (int i = 0; i < 10; i++)
        lg_table_add(table, (const char *[]){ "wide cell", "x", "y" });
    lg_table_add(table, (const char *[]){ "gr\xc3\xbc\xc3\x9f", "x", "" });
    check(table, "A          LONG  C\n"
                 "wide cell  x     y\nwide cell  x     y\nwide cell  x     y\nwide cell  x     y\n"
                 "wide cell  x     y\nwide cell  x     y\nwide cell  x     y\nwide cell  x     y\n"
                 "wide cell  x     y\nwide cell  x     y\n"
                 "gr\xc3\xbc\xc3\x9f       x\n");
    lg_table_free(table);
}

Test(table, a_cell_cannot_steer_the_terminal)
{
    struct lg_table *table = lg_table_new((const char *[]){ "A" }, 1);

    lg_table_add(table, (const char *[]){ "a\x1b[31m\nb\x7f" });
    check(table, "A\na?[31m?b?\n");
    lg_table_free(table);
}

Test(table, an_empty_one_has_its_head)
{
    struct lg_table *table = lg_table_new((const char *[]){ "A", "B" }, 2);

    check(table, "A  B\n");
    lg_table_free(table);
}

static void duration(long long ms, const char *expected)
{
    char text[LG_DURATION_SIZE];

    lg_duration_write(ms, text);
    cr_assert_str_eq(text, expected);
}

Test(table, durations_are_written_as_people_do)
{
    duration(300, "300ms");
    duration(1000, "1s");
    duration(1500, "1500ms");
    duration(30000, "30s");
    duration(60000, "1m");
    duration(90000, "90s");
    duration(0, "0ms");
}
