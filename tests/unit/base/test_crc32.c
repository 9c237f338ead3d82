#include "base/crc32.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

Test(crc32, is_that_of_zip)
{
    cr_assert(eq(u32, lg_crc32(0, LG_STR("")), 0));
    cr_assert(eq(u32, lg_crc32(0, LG_STR("123456789")), 0xcbf43926));
    cr_assert(eq(u32, lg_crc32(0, LG_STR("\0\0\0\0")), 0x2144df1c));
    cr_assert(eq(u32, lg_crc32(0, LG_STR("\xff\xff\xff\xff")), 0xffffffff));
}

Test(crc32, goes_on_after_what_came_before)
{
    cr_assert(eq(u32, lg_crc32(lg_crc32(0, LG_STR("1234")), LG_STR("56789")), 0xcbf43926));
}
