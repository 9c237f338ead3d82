/* test_token_pattern.c -- identity_validation: what a token must look like. */
#include "authorize/token_pattern.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static bool matches(const char *text, const char *token)
{
    struct lg_token_pattern_fault fault;
    struct lg_token_pattern *pattern = lg_token_pattern_compile(text, &fault);

    cr_assert(ne(ptr, pattern, NULL), "%s", text);
    bool found = lg_token_pattern_matches(pattern, lg_str_of(token));
    lg_token_pattern_free(pattern);
    return found;
}

Test(token_pattern, the_whole_token_must_match)
{
    cr_expect(matches("\\w{5}", "abcde"));
    cr_expect(not(matches("\\w{5}", "abcdef")));
    cr_expect(not(matches("\\w{5}", "-abcde")));
    cr_expect(matches("^Bearer [-0-9a-zA-Z._]*$", "Bearer a.b_c-d"));
    cr_expect(not(matches("a|ab", "abc")));
    cr_expect(matches("a|ab", "ab"));
    cr_expect(not(matches("^abc$", "abc\n")));
    cr_expect(matches("(a)(b)(c)", "abc"));
    cr_expect(matches("(?i)bearer .+", "BEARER x"));
}

Test(token_pattern, a_token_is_bytes)
{
    cr_expect(matches(".{2}", "\xff\xfe"));
    cr_expect(not(matches("x+", "")));
    cr_expect(matches("x*", NULL));
}

Test(token_pattern, a_token_that_takes_too_long_does_not_match)
{
    cr_expect(
        not(matches("(a*)*(a*)*(a*)*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac")));
}

Test(token_pattern, what_is_no_pattern_is_refused_in_words)
{
    static const char *const bad[] = { "(", "[a", "*a", "a{2,1}", "(*UTF)a", "\\C" };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct lg_token_pattern_fault fault = { "" };
        cr_expect(eq(ptr, lg_token_pattern_compile(bad[i], &fault), NULL), "%s", bad[i]);
        cr_expect(fault.text[0] != '\0');
    }
    lg_token_pattern_free(NULL);
}
