/* What a match burns: in proportion to its work, whatever the pattern and the text are. */
#include "validate/regex.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "validate/regex_ecma.h"

#define PLENTY UINT64_C(1000000000000)

static enum lg_regex_answer answer_with(const char *pattern, struct lg_str text,
                                        struct lg_fuel *fuel)
{
    struct lg_regex_fault fault = { "" };
    struct lg_regex *regex = lg_regex_compile(lg_str_of(pattern), &fault);

    cr_assert(regex != NULL, "%s: %s", pattern, fault.text);
    enum lg_regex_answer found = lg_regex_match(regex, text, fuel);
    lg_regex_free(regex);
    return found;
}

static uint64_t burnt(const char *pattern, struct lg_str text)
{
    struct lg_fuel fuel = { PLENTY };

    (void)answer_with(pattern, text, &fuel);
    return PLENTY - fuel.left;
}

/* `unit` so many times, and `tail`. */
static struct lg_buf repeated(const char *unit, size_t times, const char *tail)
{
    struct lg_buf text;

    lg_buf_init(&text, SIZE_MAX);
    for (size_t i = 0; i < times; i++)
        lg_buf_add_cstr(&text, unit);
    lg_buf_add_cstr(&text, tail);
    return text;
}

static uint64_t burnt_by(const char *pattern, const char *unit, size_t times, const char *tail)
{
    struct lg_buf text = repeated(unit, times, tail);
    uint64_t units = burnt(pattern, lg_buf_str(&text));

    lg_buf_done(&text);
    return units;
}

static bool spelt(const char *pattern, const char *wanted)
{
    struct lg_regex_ecma_fault fault;
    struct lg_buf out;
    uint32_t least;

    lg_buf_init(&out, SIZE_MAX);
    cr_assert(eq(int, lg_regex_from_ecma(lg_str_of(pattern), &out, &least, &fault), LG_OK));
    bool same = lg_str_is(lg_buf_str(&out), wanted);
    lg_buf_done(&out);
    return same;
}

static uint32_t least_of(const char *pattern)
{
    struct lg_regex_ecma_fault fault;
    uint32_t least = UINT32_MAX;
    struct lg_buf out;

    lg_buf_init(&out, SIZE_MAX);
    cr_assert(eq(int, lg_regex_from_ecma(lg_str_of(pattern), &out, &least, &fault), LG_OK));
    lg_buf_done(&out);
    return least;
}

Test(regex_fuel, callouts_stand_wherever_a_match_may_go_on)
{
    cr_assert(spelt("", "(?C)"));
    cr_assert(spelt("^ab$", "(?C)^ab$"));
    cr_assert(spelt("a|b", "(?C)a|(?C)b"));
    cr_assert(spelt("a*b", "(?C)a*(?C)b"));
    cr_assert(spelt("a+?b", "(?C)a+?(?C)b"));
    cr_assert(spelt("a{2,3}?b", "(?C)a{2,3}?(?C)b"));
    cr_assert(spelt("(a|b)c", "(?C)((?C)a|(?C)b)(?C)c"));
    cr_assert(spelt("(?:a)*b", "(?C)(?:(?C)a)*(?C)b"));
    cr_assert(spelt("(?<n>a){2}\\k<n>", "(?C)((?C)a){2}(?C)\\g{1}"));
    cr_assert(spelt("(?=a)(?<!b)", "(?C)(?=(?C)a)(?C)(?<!(?C)b)(?C)"));
    cr_assert(spelt("(a){x", "(?C)((?C)a)(?C)\\x{7b}x"), "a brace that is no quantifier");
}

Test(regex_fuel, the_largest_least_number_of_one_character_is_told)
{
    cr_assert(eq(u32, least_of("abc*"), 0));
    cr_assert(eq(u32, least_of("a{3}b{12,}c{5,99}"), 12));
    cr_assert(eq(u32, least_of("[a-f]{64}"), 64));
    cr_assert(eq(u32, least_of("(?:[a-f]{2}){64}"), 2), "a group has callouts inside");
    cr_assert(eq(u32, least_of("[^]{7}"), 7));
}

Test(regex_fuel, a_group_burns_each_time_it_is_repeated)
{
    uint64_t once = burnt_by("^(?:a|b)*$", "a", 1000, "");
    uint64_t twice = burnt_by("^(?:a|b)*$", "a", 2000, "");

    cr_assert(ge(u64, twice - once, 1000));
    cr_assert(le(u64, twice - once, 1500));
    cr_assert(ge(u64, burnt_by("^(?:a|b)*$", "b", 1000, ""), once + 900), "b is tried behind a");
}

Test(regex_fuel, a_run_burns_for_its_length)
{
    uint64_t units = burnt_by("^[a-z]*$", "a", 80000, "");

    cr_assert(ge(u64, units, 10000));
    cr_assert(le(u64, units, 20000));
}

Test(regex_fuel, every_place_where_a_match_may_begin_burns)
{
    cr_assert(ge(u64, burnt_by("a(?!a)b", "a", 1000, "b!ab"), 1000));
    cr_assert(ge(u64, burnt_by("(?=[a-z]*1)", "a", 2000, ""), 2000 * 2000 / 2 / 8));
    cr_assert(ge(u64, burnt_by("[a-z]+[0-9]", "a", 2000, ""), 2000 * 2000 / 2 / 8));
}

Test(regex_fuel, every_alternative_burns)
{
    struct lg_buf pattern = repeated("x1|", 200, "x2");

    lg_buf_add_char(&pattern, '\0');
    cr_assert(ge(u64, burnt(pattern.data, LG_STR("x3")), 200));
    lg_buf_done(&pattern);
}

Test(regex_fuel, going_back_burns)
{
    cr_assert(ge(u64, burnt_by("^a*[a-z]b", "a", 1000, "!b"), 1000));
    cr_assert(ge(u64, burnt_by("^a*?[a-z]b", "a", 1000, "!b"), 1000));
    cr_assert(ge(u64, burnt_by("^(?:a*)[a-z]b", "a", 1000, "!b"), 1000));
    cr_assert(ge(u64, burnt_by("^(a+)+$", "a", 15, "!"), UINT64_C(1) << 15));
}

Test(regex_fuel, what_a_reference_compares_in_vain_burns)
{
    uint64_t without = burnt_by("^(?:a*)(?=[a-z]c)", "a", 2000, "c");
    uint64_t with = burnt_by("^(a*)(?=\\1c)", "a", 2000, "c");

    cr_assert(ge(u64, with, without + 2000 * 2000 / 2 / 8 / 2));
}

Test(regex_fuel, a_number_of_characters_that_is_not_reached_burns)
{
    struct lg_buf nines = repeated("1", 999, "a");
    lg_buf_add_char(&nines, '\0');

    uint64_t units = burnt_by("[0-9]{1000}x", nines.data, 10, "x");
    cr_assert(ge(u64, units, 10 * 999 * 100), "some 500 digits are looked at, 9990 times");
    lg_buf_done(&nines);
}

Test(regex_fuel, hostile_texts_of_every_size_are_given_up)
{
    /* PCRE2's limit of steps would let each of these run for minutes. */
    static const char *const patterns[] = { "(?=[a-z]*1)", "[a-z]+[0-9]",      "(a+)+$",
                                            "^(a|aa)+$",   "(.*)(.*)(.*)[!1]", "^(a*)*$" };
    struct lg_buf text = repeated("a", 300000, "\n");

    for (size_t i = 0; i < LG_COUNT(patterns); i++) {
        for (size_t size = 3000; size <= 300000; size *= 10) {
            struct lg_str part = lg_str_part(lg_buf_str(&text), text.size - size, text.size);
            struct lg_fuel fuel = lg_fuel_for(size);

            cr_assert(eq(int, answer_with(patterns[i], part, &fuel), LG_REGEX_GAVE_UP), "%s, %zu",
                      patterns[i], size);
        }
    }
    lg_buf_done(&text);
}

Test(regex_fuel, honest_patterns_get_along_with_the_fuel_of_a_body)
{
    static const struct {
        const char *pattern, *unit;
    } honest[] = {
        { "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$", "abcd" },
        { "^[^<>]*$", "some text, and more of it; " },
        { "^[\\s\\S]*$", "\xc3\xa9\n" },
        { "^(\\w|-|[.])*$", "word-word." },
        { "^([^,]*,)*[^,]*$", "field,other," },
        { "^\\S+( \\S+)*$", "words" },
        { "^(?:(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)[.]?)+$", "192.168.100.2." },
        { "^(?=.*[a-z])(?=.*[A-Z])(?=.*\\d)[a-zA-Z\\d]{8,}$", "abcdX1" },
        { "^(?:[0-9a-f]{2}:?)*$", "0a:1b:" },
        { "^[\\p{L}\\p{N} .,'-]+$", "Caf\xc3\xa9 au lait, s'il vous pla\xc3\xaet. " },
    };

    for (size_t i = 0; i < LG_COUNT(honest); i++) {
        struct lg_buf text = repeated(honest[i].unit, 12000 / strlen(honest[i].unit), "");
        struct lg_str match = lg_buf_str(&text);
        struct lg_fuel fuel = lg_fuel_for(match.size);

        cr_assert(eq(int, answer_with(honest[i].pattern, match, &fuel), LG_REGEX_YES), "%s",
                  honest[i].pattern);
        lg_buf_done(&text);
    }
}

Test(regex_fuel, a_match_ends_when_the_fuel_does)
{
    struct lg_buf text = repeated("a", 5000, "");
    uint64_t needed = burnt("^(a|b)*$", lg_buf_str(&text));
    struct lg_fuel enough = { needed + 1 }, short_of = { needed }, none = { 0 };

    cr_assert(eq(int, answer_with("^(a|b)*$", lg_buf_str(&text), &enough), LG_REGEX_YES));
    cr_assert(not(lg_fuel_exhausted(&enough)));
    cr_assert(eq(int, answer_with("^(a|b)*$", lg_buf_str(&text), &short_of), LG_REGEX_GAVE_UP));
    cr_assert(lg_fuel_exhausted(&short_of));
    cr_assert(eq(int, answer_with("a", LG_STR("a"), &none), LG_REGEX_GAVE_UP));
    lg_buf_done(&text);
}

Test(regex_fuel, what_takes_too_much_memory_is_given_up_with_fuel_left)
{
    struct lg_buf text = repeated("a", 1000000, "");
    struct lg_str part = lg_str_part(lg_buf_str(&text), 0, 20000);
    struct lg_fuel fuel = { PLENTY };

    for (int i = 0; i < 2; i++) {
        cr_assert(eq(int, answer_with("^(a|b|cd)*$", lg_buf_str(&text), &fuel), LG_REGEX_GAVE_UP));
        cr_assert(not(lg_fuel_exhausted(&fuel)));
        cr_assert(eq(int, answer_with("^(a|b|cd)*$", part, &fuel), LG_REGEX_YES),
                  "the next match has memory again");
    }
    lg_buf_done(&text);
}

Test(regex_fuel, one_match_does_not_pay_for_another)
{
    struct lg_buf text = repeated("a", 8000, "");
    uint64_t first = burnt("^[a-z]*$", lg_buf_str(&text));

    cr_assert(eq(u64, burnt("^[a-z]*$", lg_buf_str(&text)), first));
    cr_assert(le(u64, burnt("^[a-z]*$", LG_STR("aaaa")), 6));
    cr_assert(eq(u64, burnt("^[a-z]*$", lg_buf_str(&text)), first));
    lg_buf_done(&text);
}
