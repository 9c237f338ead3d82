/* Decimals of any length, compared without a rounding. */
#include "base/decimal.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct lg_decimal decimal_of(const char *text)
{
    struct lg_decimal decimal;

    cr_assert(eq(int, lg_decimal_read(lg_str_of(text), &decimal), LG_OK), "%s", text);
    return decimal;
}

static int order_of(const char *a, const char *b)
{
    struct lg_decimal first = decimal_of(a);
    struct lg_decimal second = decimal_of(b);
    int order = lg_decimal_cmp(&first, &second);

    return (order > 0) - (order < 0);
}

Test(decimal, a_longer_list_in_rising_order_compares_as_such)
{
    static const char *const rising[] = {
        "-1e400",
        "-1e18",
        "-9007199254740993",
        "-9007199254740992",
        "-10",
        "-1.5",
        "-1",
        "-0.1",
        "-1e-400",
        "0",
        "1e-400",
        "0.01",
        "0.0999999999999999999999999999999",
        "0.1",
        "0.1000000000000000000000000000001",
        "1",
        "1.05",
        "1.5",
        "2",
        "9.99",
        "10",
        "11",
        "9007199254740992",
        "9007199254740993",
        "123456789012345678901234567890",
        "123456789012345678901234567891",
        "1e400",
        "1.0000000000000000000000000000001e400",
        "2e400",
        "1e401",
    };
    size_t count = sizeof(rising) / sizeof(rising[0]);

    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++)
            cr_assert(eq(int, order_of(rising[i], rising[j]), (i > j) - (i < j)), "%s ? %s",
                      rising[i], rising[j]);
    }
}

Test(decimal, the_same_number_is_equal_however_it_is_written)
{
    cr_assert(eq(int, order_of("1", "1.000"), 0));
    cr_assert(eq(int, order_of("100", "1e2"), 0));
    cr_assert(eq(int, order_of("100", "1E+2"), 0));
    cr_assert(eq(int, order_of("0.001", "1e-3"), 0));
    cr_assert(eq(int, order_of("12.5e1", "125"), 0));
    cr_assert(eq(int, order_of("10.010", "1001e-2"), 0));
    cr_assert(eq(int, order_of("0", "-0"), 0));
    cr_assert(eq(int, order_of("0.000", "0e99"), 0));
    cr_assert(eq(int, order_of("0.00120", "1.2e-3"), 0));
    cr_assert(eq(int, order_of("0.0e5", "0"), 0));
}

Test(decimal, integers_are_known_by_their_value)
{
    static const char *const integers[] = { "0",   "-0.00", "1",      "-17",     "1.0",   "100.000",
                                            "1e2", "1.5e1", "120e-1", "0.001e3", "1e400", "0e-5" };
    static const char *const others[] = { "0.1",    "1.5",
                                          "1e-1",   "-1.25e1",
                                          "10.01",  "1e-400",
                                          "100e-3", "1.0000000000000000000000000001" };

    for (size_t i = 0; i < sizeof(integers) / sizeof(integers[0]); i++) {
        struct lg_decimal decimal = decimal_of(integers[i]);

        cr_assert(lg_decimal_is_integer(&decimal), "%s", integers[i]);
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct lg_decimal decimal = decimal_of(others[i]);

        cr_assert(not(lg_decimal_is_integer(&decimal)), "%s", others[i]);
    }
}

Test(decimal, exponents_beyond_all_measure_keep_their_side)
{
    cr_assert(eq(int, order_of("1e99999999999999999999", "1e1000"), 1));
    cr_assert(eq(int, order_of("1e-99999999999999999999", "1e-1000"), -1));
    cr_assert(eq(int, order_of("-1e99999999999999999999", "-1e1000"), -1));
    cr_assert(eq(int, order_of("1e-99999999999999999999", "0"), 1));
}

Test(decimal, only_the_number_grammar_of_json_is_read)
{
    static const char *const wrong[] = { "",   "-",  "+1", ".5", "1.",  "1.e1", "1e",    "1e+",
                                         "01", "1 ", " 1", "1x", "0x1", "--1",  "1e1.5", "00" };

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct lg_decimal decimal;

        cr_assert(eq(int, lg_decimal_read(lg_str_of(wrong[i]), &decimal), LG_ERR_SYNTAX), "%s",
                  wrong[i]);
    }
}
