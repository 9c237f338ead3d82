/* Patterns mean what ECMA-262 says, or are refused. */
#include "validate/regex.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

static enum lg_regex_answer answer(const char *pattern, struct lg_str text)
{
    struct lg_regex_fault fault = { "" };
    struct lg_regex *regex = lg_regex_compile(lg_str_of(pattern), &fault);

    cr_assert(regex != NULL, "%s: %s", pattern, fault.text);
    struct lg_fuel fuel = lg_fuel_for(text.size);
    enum lg_regex_answer found = lg_regex_match(regex, text, &fuel);
    lg_regex_free(regex);
    return found;
}

static bool matches(const char *pattern, const char *text)
{
    return answer(pattern, lg_str_of(text)) == LG_REGEX_YES;
}

static const char *refusal(const char *pattern)
{
    static struct lg_regex_fault fault;
    struct lg_regex *regex = lg_regex_compile(lg_str_of(pattern), &fault);

    cr_assert(regex == NULL, "%s", pattern);
    cr_assert(fault.text[0] != '\0', "%s", pattern);
    return fault.text;
}

Test(regex, a_match_anywhere_counts_unless_it_is_anchored)
{
    cr_assert(matches("b", "abc"));
    cr_assert(not(matches("^b", "abc")));
    cr_assert(not(matches("b$", "abc")));
    cr_assert(matches("^abc$", "abc"));
    cr_assert(matches("", ""));
    cr_assert(matches("^$", ""));
    cr_assert(matches("a|^c", "cab"));
}

Test(regex, dollar_is_the_end_and_not_the_line_end_before_it)
{
    cr_assert(not(matches("^abc$", "abc\n")));
    cr_assert(not(matches("^b", "a\nb")), "no multi-line mode");
}

Test(regex, the_dot_is_anything_but_the_four_line_ends)
{
    cr_assert(matches("^a.b$", "a b"));
    cr_assert(matches("^.$", "\xf0\x9f\x98\x80"));
    cr_assert(matches("^.$", "\xc2\x85"));
    cr_assert(not(matches("^.$", "\n")));
    cr_assert(not(matches("^.$", "\r")));
    cr_assert(not(matches("^.$", "\xe2\x80\xa8")));
    cr_assert(not(matches("^.$", "\xe2\x80\xa9")));
}

Test(regex, digits_and_words_are_ascii)
{
    cr_assert(matches("^\\d\\D\\w\\W$", "7x_-"));
    cr_assert(not(matches("\\d", "\xe0\xa7\xaa"))); /* bengali 4 */
    cr_assert(matches("^\\D$", "\xe0\xa7\xaa"));
    cr_assert(not(matches("\\w", "\xc3\xa9")));
    cr_assert(matches("^\\W$", "\xc3\xa9"));
    cr_assert(matches("^[\\d\\w]+$", "a1_"));
    cr_assert(not(matches("[\\w]", "\xc3\xa9")));
}

Test(regex, space_is_all_of_white_space_and_line_ends)
{
    static const char *const spaces[] = { "\t",           "\n",           "\v",
                                          "\f",           "\r",           " ",
                                          "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80",
                                          "\xe2\x80\x8a", "\xe2\x80\xa8", "\xe2\x80\xa9",
                                          "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80",
                                          "\xef\xbb\xbf" };
    static const char *const others[] = {
        "\x08",         "\x0e",         "\x1f",         "!",
        "\xc2\x85",     "\xc2\x9f",     "\xc2\xa1",     "\xe1\xa0\x8e",
        "\xe2\x80\x8b", "\xe2\x80\xa7", "\xe2\x80\xaa", "\xe2\x80\xb0",
        "\xe2\x81\xa0", "\xe3\x80\x81", "\xef\xbb\xbe", "\xf0\x9f\x98\x80"
    };

    for (size_t i = 0; i < LG_COUNT(spaces); i++) {
        cr_assert(matches("^\\s$", spaces[i]), "%zu", i);
        cr_assert(not(matches("^\\S$", spaces[i])), "%zu", i);
        cr_assert(matches("^[a\\s]$", spaces[i]), "%zu", i);
        cr_assert(not(matches("^[a\\S]$", spaces[i])), "%zu", i);
        cr_assert(not(matches("^[^\\s]$", spaces[i])), "%zu", i);
    }
    for (size_t i = 0; i < LG_COUNT(others); i++) {
        cr_assert(not(matches("^\\s$", others[i])), "%zu", i);
        cr_assert(matches("^\\S$", others[i]), "%zu", i);
        cr_assert(matches("^[\\S]$", others[i]), "%zu", i);
        cr_assert(matches("^[^\\s]$", others[i]), "%zu", i);
    }
}

Test(regex, control_escapes_are_single_characters)
{
    cr_assert(matches("^\\t\\n\\v\\f\\r\\0$", "\t\n\v\f\r") == false);
    cr_assert(eq(int, answer("^\\t\\n\\v\\f\\r\\0$", LG_STR("\t\n\v\f\r\0")), LG_REGEX_YES));
    cr_assert(not(matches("^\\v$", "\n")), "one character, not all vertical space");
    cr_assert(matches("^\\cA\\cz\\cC$", "\x01\x1a\x03"));
    cr_assert(matches("^\\x41\\u0042\\u{43}\\u{1F600}$", "ABC\xf0\x9f\x98\x80"));
    cr_assert(matches("^\\ud83d\\ude00$", "\xf0\x9f\x98\x80"));
    cr_assert(matches("^[\\ud83d\\ude00]$", "\xf0\x9f\x98\x80"));
    cr_assert(matches("^[\\b]$", "\b"));
}

Test(regex, text_is_read_by_code_points)
{
    cr_assert(matches("^.{2}$", "\xf0\x9f\x98\x80\xc3\xa9"));
    cr_assert(matches("^[\xc3\xa0-\xc3\xbf]+$", "\xc3\xa9\xc3\xa8"));
    cr_assert(matches("^\xc3\xa9+$", "\xc3\xa9\xc3\xa9"));
    cr_assert(not(matches("^\xc3\xa9+$", "\xc3\xa8")));
}

Test(regex, escaped_and_unescaped_punctuation_is_itself)
{
    cr_assert(matches("^\\^\\$\\\\\\.\\*\\+\\?\\(\\)\\[\\]\\{\\}\\|\\/$", "^$\\.*+?()[]{}|/"));
    cr_assert(matches("^\\-\\@\\ \\_\\:\\\"\\#\\&\\~\\`$", "-@ _:\"#&~`"));
    cr_assert(matches("^-@ _:\"#&~`/,;<>=!%'$", "-@ _:\"#&~`/,;<>=!%'"));
    cr_assert(matches("^[.*+?^$(){}|/#@-]+$", ".*+?^$(){}|/#@-"));
    cr_assert(matches("^[\\]\\[\\\\\\-]+$", "][\\-"));
    cr_assert(matches("^# no comment$", "# no comment"));
}

Test(regex, braces_and_brackets_that_can_mean_nothing_else_are_themselves)
{
    cr_assert(matches("^a{,3}$", "a{,3}"));
    cr_assert(not(matches("^a{,3}$", "aa")));
    cr_assert(matches("^{}$", "{}"));
    cr_assert(matches("^a{b}$", "a{b}"));
    cr_assert(matches("^{\"a\"]}$", "{\"a\"]}"));
    cr_assert(matches("^x{ 1}$", "x{ 1}"));
}

Test(regex, quantifiers_are_greedy_or_lazy)
{
    cr_assert(matches("^a*b+c?$", "bb"));
    cr_assert(matches("^a{2}$", "aa"));
    cr_assert(not(matches("^a{2}$", "aaa")));
    cr_assert(matches("^a{2,}$", "aaaa"));
    cr_assert(matches("^a{1,3}$", "aaa"));
    cr_assert(not(matches("^a{1,3}$", "aaaa")));
    cr_assert(matches("^(a+?)(a*?)$", "aaa"));
    cr_assert(matches("^a{1,2}?a??$", "aa"));
    cr_assert(matches("^[ab]{2}.{1}\\d{1}(?:xy){2}$", "ab-7xyxy"));
}

Test(regex, classes_are_sets_of_characters)
{
    cr_assert(matches("^[a-c]+$", "abc"));
    cr_assert(not(matches("[a-c]", "d")));
    cr_assert(matches("^[^a-c]$", "d"));
    cr_assert(matches("^[a-]+$", "a-"));
    cr_assert(matches("^[-a]+$", "a-"));
    cr_assert(matches("^[\\w-.]+$", "a-."));
    cr_assert(matches("^[a-\\d]+$", "a-5"));
    cr_assert(not(matches("^[a-\\d]+$", "b")));
    cr_assert(matches("^[[a]+$", "[a"));
    cr_assert(matches("^[^[]$", "a"));
    cr_assert(not(matches("^[^[]$", "[")));
    cr_assert(matches("^[]^]$", "x") == false);
    cr_assert(matches("^[&&a]+$", "&a"));
    cr_assert(matches("^[\\x41-\\u0043]+$", "ABC"));
    cr_assert(matches("^[\\w-\\.]+@([\\w-]+\\.)+[\\w-]{2,4}$", "jo.do-e@mail.example.org"));
}

Test(regex, empty_classes_match_nothing_or_anything)
{
    cr_assert(not(matches("[]", "a")));
    cr_assert(not(matches("a[]|[]", "a")));
    cr_assert(matches("^a[]*$", "a"));
    cr_assert(not(matches("^a[]+$", "a")));
    cr_assert(matches("^[^]$", "\n"));
    cr_assert(matches("^[^]{2}$", "\r\xf0\x9f\x98\x80"));
}

Test(regex, groups_capture_and_are_referred_to)
{
    cr_assert(matches("^(a|b)\\1$", "aa"));
    cr_assert(not(matches("^(a|b)\\1$", "ab")));
    cr_assert(matches("^(?<year>\\d{4})-\\k<year>$", "2026-2026"));
    cr_assert(not(matches("^(?<year>\\d{4})-\\k<year>$", "2026-2027")));
    cr_assert(matches("^(?:x)(?<a>y)(?<b>z)\\k<b>\\2\\1$", "xyzzzy"));
    cr_assert(matches("^(x)?\\1y$", "y"), "a group that did not take part matches nothing");
    cr_assert(matches("^\\1(a)$", "a"), "so does one that comes later");
    cr_assert(matches("^(?:a|b)c$", "bc"));
    cr_assert(matches("^(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)\\10$", "abcdefghijj"));
    cr_assert(matches("^[(](a)\\)\\1$", "(a)a"), "neither class nor escape opens a group");
}

Test(regex, lookaround_is_understood)
{
    cr_assert(matches("^(?=.*\\d)(?=.*[a-z]).{4,}$", "abc1"));
    cr_assert(not(matches("^(?=.*\\d)(?=.*[a-z]).{4,}$", "abcd")));
    cr_assert(matches("^(?!admin)\\w+$", "user"));
    cr_assert(not(matches("^(?!admin)\\w+$", "admin1")));
    cr_assert(matches("(?<=\\$)\\d+", "cost $42"));
    cr_assert(not(matches("(?<!\\$)\\b\\d+", "cost $42")));
    cr_assert(matches("\\bcat\\b", "a cat sat"));
    cr_assert(matches("\\Bat\\b", "cat"));
}

Test(regex, properties_have_short_and_long_names)
{
    cr_assert(matches("^\\p{Letter}+$", "a\xc3\xa9\xce\xb1"));
    cr_assert(matches("^\\p{L}+$", "a\xc3\xa9\xce\xb1"));
    cr_assert(matches("^\\p{Lu}\\p{Lowercase_Letter}$", "Ab"));
    cr_assert(matches("^\\p{gc=Decimal_Number}+$", "4\xe0\xa7\xaa"));
    cr_assert(matches("^\\p{General_Category=Nd}+$", "4\xe0\xa7\xaa"));
    cr_assert(matches("^\\P{L}$", "4"));
    cr_assert(not(matches("\\P{L}", "a")));
    cr_assert(matches("^[\\p{L}\\p{Nd}_-]+$", "\xc3\xa9"
                                              "4_-"));
    cr_assert(matches("^[^\\P{L}]+$", "\xc3\xa9"));
    cr_assert(matches("^\\p{Script=Greek}\\p{sc=Grek}$", "\xce\xb1\xce\xb2"));
    cr_assert(matches("^\\p{scx=Greek}$", "\xce\xb1"));
    cr_assert(matches("^\\p{ASCII}\\p{Alphabetic}\\p{Any}\\p{Assigned}\\P{Assigned}$",
                      "a\xc3\xa9\n!\xcd\xb8"));
    cr_assert(matches("^\\p{Emoji_Presentation}$", "\xf0\x9f\x98\x80"));
    cr_assert(matches("^\\p{LC}$", "a"));
}

Test(regex, every_property_of_our_tables_is_known_to_the_library)
{
    static const char *const names[] = {
        "Close_Punctuation",
        "Control",
        "cntrl",
        "Currency_Symbol",
        "digit",
        "Enclosing_Mark",
        "Combining_Mark",
        "Other",
        "punct",
        "Private_Use",
        "Surrogate",
        "Unassigned",
        "ASCII",
        "ASCII_Hex_Digit",
        "AHex",
        "Alpha",
        "Bidi_Control",
        "Bidi_C",
        "Bidi_Mirrored",
        "Bidi_M",
        "Case_Ignorable",
        "CI",
        "Cased",
        "Changes_When_Casefolded",
        "CWCF",
        "Changes_When_Casemapped",
        "CWCM",
        "Changes_When_Lowercased",
        "CWL",
        "Changes_When_Titlecased",
        "CWT",
        "Changes_When_Uppercased",
        "CWU",
        "Dash",
        "Default_Ignorable_Code_Point",
        "DI",
        "Deprecated",
        "Dep",
        "Diacritic",
        "Dia",
        "Emoji",
        "Emoji_Component",
        "EComp",
        "Emoji_Modifier",
        "EMod",
        "Emoji_Modifier_Base",
        "EBase",
        "EPres",
        "Extended_Pictographic",
        "ExtPict",
        "Extender",
        "Ext",
        "Grapheme_Base",
        "Gr_Base",
        "Grapheme_Extend",
        "Gr_Ext",
        "Hex_Digit",
        "Hex",
        "IDS_Binary_Operator",
        "IDSB",
        "IDS_Trinary_Operator",
        "IDST",
        "ID_Continue",
        "IDC",
        "ID_Start",
        "IDS",
        "Ideographic",
        "Ideo",
        "Join_Control",
        "Join_C",
        "Logical_Order_Exception",
        "LOE",
        "Lowercase",
        "Lower",
        "Math",
        "Noncharacter_Code_Point",
        "NChar",
        "Pattern_Syntax",
        "Pat_Syn",
        "Pattern_White_Space",
        "Pat_WS",
        "Quotation_Mark",
        "QMark",
        "Radical",
        "Regional_Indicator",
        "RI",
        "Sentence_Terminal",
        "STerm",
        "Soft_Dotted",
        "SD",
        "Terminal_Punctuation",
        "Term",
        "Unified_Ideograph",
        "UIdeo",
        "Uppercase",
        "Upper",
        "Variation_Selector",
        "VS",
        "White_Space",
        "space",
        "XID_Continue",
        "XIDC",
        "XID_Start",
        "XIDS",
    };

    for (size_t i = 0; i < LG_COUNT(names); i++) {
        char *pattern = lg_sprintf("[\\p{%s}\\P{%s}]", names[i], names[i]);

        cr_assert(matches(pattern, "x"), "%s", names[i]);
        free(pattern);
    }
}

Test(regex, what_ecma_262_does_not_have_is_refused)
{
    static const char *const patterns[] = {
        "\\h",
        "\\R",
        "\\K",
        "\\G",
        "\\A",
        "\\z",
        "\\Z",
        "\\N",
        "\\Q.\\E",
        "\\a",
        "\\e",
        "\\X",
        "\\C",
        "\\y",
        "(?i)a",
        "(?i:a)",
        "(?#x)",
        "(?>a)",
        "(?|a)",
        "(?P<n>a)",
        "(?'n'a)",
        "(?&n)",
        "(?1)(a)",
        "(?R)",
        "(?C1)",
        "(?(1)a)(b)",
        "(*UTF)a",
        "(*LIMIT_MATCH=9)",
        "(*:x)",
        "a++",
        "a*+",
        "a?+",
        "a{1}+",
        "a**",
        "a{1}{2}",
        "[[:alpha:]]",
        "[[:^digit:]a]",
        "\\g{1}(a)",
        "\\o{101}",
        "\\x{41}",
        "\\x4",
        "\\u41",
        "\\u{110000}",
        "\\u{}",
        "\\u{41",
        "\\c",
        "\\c1",
        "\\01",
        "\\00",
        "\\8",
        "(a)\\2",
        "[\\1](a)",
        "\\p",
        "\\pL",
        "\\p{",
        "\\p{}",
        "\\p{Nope}",
        "\\p{Greek}",
        "\\p{letter}",
        "\\p{^L}",
        "\\p{sc=}",
        "\\p{sc=No pe}",
        "\\p{sc=Nope}",
        "\\p{gc=Nope}",
        "\\p{x=L}",
        "\\p{L}}\\p{x}",
        "\\k",
        "\\k<a>",
        "(?<a>x)\\k<b>",
        "(?<a>x)\\ka",
        "(?<a>x)(?<a>y)",
        "(?<1a>x)",
        "(?<>x)",
        "(?<a x>x)",
        "(?<a",
        "[\\B]",
        "[\\k]",
        "\\\xc3\xa9",
    };

    for (size_t i = 0; i < LG_COUNT(patterns); i++)
        refusal(patterns[i]);
}

Test(regex, what_is_not_well_formed_is_refused)
{
    static const char *const patterns[] = {
        "(",
        ")",
        "a)",
        "(a",
        "[",
        "[a",
        "[a-",
        "[^",
        "a[\\]",
        "*",
        "+a",
        "?",
        "^*",
        "$+",
        "\\b+",
        "(?=a)*",
        "(?!a)+",
        "(?<=a)?",
        "(?<!a){2}",
        "(*)",
        "a|*",
        "{1}",
        "a{2,1}",
        "[b-a]",
        "[\\u0062-a]",
        "\\",
        "[\\",
        "(?",
        "(?:",
        "(?<=",
        "\xff",
        "[\xff]",
        "a\xc3",
        "\\ud800",
        "\\udc00",
        "[\\ud800-\\udfff]",
        "\\ud800\\u0041",
        "a{99999}",
    };

    for (size_t i = 0; i < LG_COUNT(patterns); i++)
        refusal(patterns[i]);
}

Test(regex, a_refusal_says_what_and_where)
{
    cr_assert(eq(int, strcmp(refusal("ab\\hc"), "ECMA-262 has no such escape, at byte 3"), 0));
    cr_assert(eq(int, strcmp(refusal("a**"), "nothing to repeat, at byte 2"), 0));
    cr_assert(eq(int, strcmp(refusal("[xb-a]"), "a range runs backwards, at byte 2"), 0));
    cr_assert(eq(int,
                 strcmp(refusal("\\k<b>"), "a reference to a group that does not exist, at byte 5"),
                 0));
    cr_assert(eq(
        int, strcmp(refusal("\\ud800"), "half of a surrogate pair never occurs in text, at byte 6"),
        0));
}

Test(regex, groups_nest_deeply_but_not_without_end)
{
    struct lg_buf pattern;

    for (int depth = 199; depth <= 201; depth++) {
        struct lg_regex_fault fault;

        lg_buf_init(&pattern, SIZE_MAX);
        for (int i = 0; i < depth; i++)
            lg_buf_add_cstr(&pattern, "(?:");
        for (int i = 0; i < depth; i++)
            lg_buf_add_char(&pattern, ')');
        struct lg_regex *regex = lg_regex_compile(lg_buf_str(&pattern), &fault);
        cr_assert(eq(int, regex != NULL, depth <= 200));
        lg_regex_free(regex);
        lg_buf_done(&pattern);
    }
}

Test(regex, a_hostile_text_is_given_up_and_does_not_match)
{
    cr_assert(eq(int, answer("^(a+)+$", LG_STR("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!")),
                 LG_REGEX_GAVE_UP));
    cr_assert(eq(int, answer("^(a+)+$", LG_STR("aaaaaaaaaaaa")), LG_REGEX_YES));
    cr_assert(eq(int, answer("^(a+)+$", LG_STR("aaaaaaaaa!")), LG_REGEX_NO));
}

Test(regex, giving_up_comes_soon)
{
    cr_assert(eq(int, answer("^(a+)+$", LG_STR("aaaaaaaaaaaaaaaa!")), LG_REGEX_GAVE_UP));
}

static void *match_often(void *object)
{
    const struct lg_regex *regex = object;
    intptr_t wrong = 0;

    struct lg_fuel fuel = { UINT64_MAX };

    for (int i = 0; i < 200; i++) {
        wrong += lg_regex_match(regex, LG_STR("2026-01-31"), &fuel) != LG_REGEX_YES;
        wrong += lg_regex_match(regex, LG_STR("2026-01-3x"), &fuel) != LG_REGEX_NO;
    }
    return (void *)wrong;
}

Test(regex, many_threads_share_a_pattern)
{
    struct lg_regex_fault fault;
    struct lg_regex *regex = lg_regex_compile(LG_STR("^(\\d+)-(\\d\\d)-\\d\\d$"), &fault);
    pthread_t threads[4];

    for (size_t i = 0; i < LG_COUNT(threads); i++)
        cr_assert(eq(int, pthread_create(&threads[i], NULL, match_often, regex), 0));
    for (size_t i = 0; i < LG_COUNT(threads); i++) {
        void *wrong;

        pthread_join(threads[i], &wrong);
        cr_assert(eq(ptr, wrong, NULL));
    }
    lg_regex_free(regex);
}

Test(regex, a_long_text_gets_the_steps_it_needs)
{
    static const char *const patterns[] = { "^(a|b|cd)*$", "^([a-z]+,?)*$", "^(?:[^x]|xy)+$" };
    size_t size = 2000000;
    char *text = lg_alloc(size);

    memset(text, 'a', size);
    for (size_t i = 0; i < LG_COUNT(patterns); i++) {
        enum lg_regex_answer found = answer(patterns[i], lg_str_make(text, size / 64));

        cr_assert(eq(int, found, LG_REGEX_YES), "%s", patterns[i]);
    }
    cr_assert(eq(int, answer("^[a-z]+$", lg_str_make(text, size)), LG_REGEX_YES));
    free(text);
}

Test(regex, a_text_may_be_nothing_and_may_hold_nul)
{
    cr_assert(eq(int, answer("^$", LG_STR_NONE), LG_REGEX_YES));
    cr_assert(eq(int, answer("^a\\0b$", LG_STR("a\0b")), LG_REGEX_YES));

    struct lg_regex_fault fault;
    struct lg_regex *regex = lg_regex_compile(LG_STR("a\0b"), &fault);
    struct lg_fuel fuel = lg_fuel_for(0);
    cr_assert(eq(int, lg_regex_match(regex, LG_STR("a\0b"), &fuel), LG_REGEX_YES));
    cr_assert(eq(int, lg_regex_match(regex, LG_STR("ab"), &fuel), LG_REGEX_NO));
    lg_regex_free(regex);
    lg_regex_free(NULL);
}
