/* Memory in whole cache lines. */
#include "base/lines.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdint.h>
#include <stdlib.h>

static void check(size_t size)
{
    unsigned char *memory = lg_lines_alloc(size);

    cr_assert(eq(sz, (size_t)(uintptr_t)memory % LG_LINE, 0));
    for (size_t i = 0; i < lg_lines_round(size); i++)
        cr_assert(eq(u8, memory[i], 0));
    lg_lines_fetch(memory, size);
    free(memory);
}

Test(lines, memory_is_cleared_and_begins_on_a_line)
{
    check(0);
    check(1);
    check(64);
    check(65);
    check((size_t)5 * 1024 * 1024);
}

Test(lines, sizes_are_rounded_up_to_whole_lines)
{
    cr_assert(eq(sz, lg_lines_round(0), 0));
    cr_assert(eq(sz, lg_lines_round(1), 64));
    cr_assert(eq(sz, lg_lines_round(64), 64));
    cr_assert(eq(sz, lg_lines_round(65), 128));
}
