/* Numbers of any length are compared and divided by their value. */
#include "validate/number.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "base/mem.h"

static int cmp(const char *a, const char *b)
{
    struct lg_number left = lg_number_read(lg_str_of(a)), right = lg_number_read(lg_str_of(b));
    int order = lg_number_cmp(&left, &right);

    cr_assert(
        eq(int, (order > 0) - (order < 0),
           -lg_number_cmp(&right, &left) > 0 ? 1 : (-lg_number_cmp(&right, &left) < 0 ? -1 : 0)));
    return (order > 0) - (order < 0);
}

Test(number, order_is_that_of_the_values)
{
    static const char *const ascending[] = {
        "-1e400",
        "-123456789012345678901234567890",
        "-999999999999999999",
        "-1.5",
        "-1",
        "-1e-400",
        "0",
        "1e-400",
        "0.0000000000000000001",
        "0.1",
        "0.10000000000000000001",
        "1",
        "1.0000000000000000000000001",
        "9007199254740992",
        "9007199254740993",
        "999999999999999999",
        "1000000000000000000",
        "123456789012345678901234567890",
        "123456789012345678901234567891",
        "1e400",
        "1e100000000000000000000000",
    };

    for (size_t i = 0; i < LG_COUNT(ascending); i++) {
        for (size_t k = 0; k < LG_COUNT(ascending); k++)
            cr_assert(eq(int, cmp(ascending[i], ascending[k]), (i > k) - (i < k)), "%s %s",
                      ascending[i], ascending[k]);
    }
}

Test(number, the_same_value_is_equal_and_hashes_alike_however_it_is_written)
{
    static const char *const same[][4] = {
        { "0", "-0", "0.000", "0e99999999999999999999" },
        { "1", "1.0", "10e-1", "0.00000000000000000000001e23" },
        { "-1500", "-1.5e3", "-1500.000000000000000000000", "-15e+2" },
        { "123456789012345678901234567890", "1.2345678901234567890123456789e29",
          "12345678901234567890123456789.0e1", "123456789012345678901234567890.0" },
    };

    for (size_t i = 0; i < LG_COUNT(same); i++) {
        struct lg_number first = lg_number_read(lg_str_of(same[i][0]));

        for (size_t k = 1; k < 4; k++) {
            struct lg_number other = lg_number_read(lg_str_of(same[i][k]));

            cr_assert(eq(int, cmp(same[i][0], same[i][k]), 0), "%s", same[i][k]);
            cr_assert(eq(u64, lg_number_hash(&first), lg_number_hash(&other)), "%s", same[i][k]);
        }
    }
    struct lg_number a = lg_number_read(LG_STR("1")), b = lg_number_read(LG_STR("10"));
    cr_assert(ne(u64, lg_number_hash(&a), lg_number_hash(&b)));
}

Test(number, integers_by_value_and_by_writing)
{
    static const struct {
        const char *text;
        bool by_value, by_writing;
    } cases[] = {
        { "0", true, true },       { "-12", true, true },
        { "1.0", true, false },    { "1e2", true, false },
        { "1.5", false, false },   { "1.50e1", true, false },
        { "1e-1", false, false },  { "10e-1", true, false },
        { "1e400", true, false },  { "1e-400", false, false },
        { "0.0", true, false },    { "123456789012345678901234567890", true, true },
        { "0e5000", true, false },
    };

    for (size_t i = 0; i < LG_COUNT(cases); i++) {
        struct lg_number number = lg_number_read(lg_str_of(cases[i].text));

        cr_assert(eq(int, lg_number_is_integer(&number), cases[i].by_value), "%s", cases[i].text);
        cr_assert(eq(int, lg_number_is_written_as_integer(number.text), cases[i].by_writing), "%s",
                  cases[i].text);
    }
}

static bool is_multiple(const char *text, const char *divisor_text)
{
    struct lg_number number = lg_number_read(lg_str_of(text));
    struct lg_divisor divisor;

    cr_assert(eq(int, lg_divisor_read(lg_str_of(divisor_text), &divisor), LG_OK));
    return lg_number_is_multiple(&number, &divisor);
}

Test(number, multiples_are_exact_where_doubles_are_not)
{
    static const char *const yes[][2] = {
        { "0", "7" },
        { "-0.0", "0.3" },
        { "4.35", "0.01" },
        { "0.3", "0.1" },
        { "1.1e1", "1.1" },
        { "-14", "7" },
        { "1e308", "0.5" },
        { "1e400", "1e399" },
        { "1e400", "8" },
        { "3e400", "0.0003" },
        { "123456789012345678901234567890", "10" },
        { "99999999999999999999999999999999999999", "99" },
        { "12345678901234567890123456789012345670", "1234567890123456789012345678901234567" },
        { "9223372036854775807", "9223372036854775807" },
        { "18446744073709551616", "9223372036854775808" },
    };
    static const char *const no[][2] = {
        { "0.0075", "0.01" },
        { "35", "1.5e9" },
        { "1e308", "0.123456789" },
        { "1e400", "3" },
        { "1e-400", "1" },
        { "7.0000000000000000000000001", "7" },
        { "123456789012345678901234567891", "10" },
        { "0.1", "0.03" },
        { "4", "8" },
    };

    for (size_t i = 0; i < LG_COUNT(yes); i++)
        cr_assert(is_multiple(yes[i][0], yes[i][1]), "%s of %s", yes[i][0], yes[i][1]);
    for (size_t i = 0; i < LG_COUNT(no); i++)
        cr_assert(not(is_multiple(no[i][0], no[i][1])), "%s of %s", no[i][0], no[i][1]);
}

Test(number, divisors_are_positive_and_have_an_end)
{
    struct lg_divisor divisor;

    cr_assert(eq(int, lg_divisor_read(LG_STR("0"), &divisor), LG_ERR_RANGE));
    cr_assert(eq(int, lg_divisor_read(LG_STR("-1"), &divisor), LG_ERR_RANGE));
    cr_assert(
        eq(int, lg_divisor_read(LG_STR("1234567890123456789012345678901234567"), &divisor), LG_OK));
    cr_assert(eq(int, lg_divisor_read(LG_STR("12345678901234567890123456789012345678"), &divisor),
                 LG_ERR_TOO_BIG));
    cr_assert(eq(int,
                 lg_divisor_read(LG_STR("1000000000000000000000000000000000000000000"), &divisor),
                 LG_OK),
              "zeros at the end do not count");
}
