/*
 * worst_bodies.c -- what the worst bodies we can think of cost: to be read by people.
 *
 *     worst-bodies          reading, writing, and checking against schemas
 *
 * Each is measured at several sizes, so that work which grows faster than the text is seen: the
 * figures of a row would rise. Times are those of this thread alone, the best of several runs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "base/mem.h"
#include "validate/schema.h"

enum { ROUNDS = 5 };

static const size_t sizes[] = { 16 * 1024, 255 * 1024, 1024 * 1024 };
#define SIZES LG_COUNT(sizes)

/* `head`, then `unit` again and again, then `tail`; # in a unit is a running number. */
struct body {
    const char *name, *head, *unit, *tail;
};

#define TEN(x) x x x x x x x x x x
#define NAMES_16                                                                                   \
    "\"" LONG "a\":1,\"" LONG "b\":1,\"" LONG "c\":1,\"" LONG "d\":1,\"" LONG "e\":1,\"" LONG      \
    "f\":1,\"" LONG "g\":1,\"" LONG "h\":1,\"" LONG "i\":1,\"" LONG "j\":1,\"" LONG                \
    "k\":1,\"" LONG "l\":1,\"" LONG "m\":1,\"" LONG "n\":1,\"" LONG "o\":1,\"" LONG "p\":1"
#define LONG TEN(TEN("x"))
#define SHORT_NAMES(last)                                                                          \
    "{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1,\"j\":1,\"k\":1,"    \
    "\"l\":1,\"m\":1,\"n\":1,\"o\":1,\"p\":1" last "},"

static const struct body bodies[] = {
    { "plain text", "[\"", "Lorem ipsum dolor sit amet ", "\"]" },
    { "empty arrays", "[", "[],", "1]" },
    { "empty objects", "[", "{},", "1]" },
    { "digits", "[", "1,", "1]" },
    { "numbers", "[", "-1.5e+9,", "1]" },
    { "one long number", "[1", "7", "]" },
    { "empty strings", "[", "\"\",", "1]" },
    { "short strings", "[", "\"abc\",", "1]" },
    { "literals", "[", "null,", "1]" },
    { "blanks", "[", " ", "1]" },
    { "line ends", "[", "\n", "1]" },
    { "blanks between", "[", "1 , ", "1]" },
    { "short escapes", "[\"", "\\n", "\"]" },
    { "\\u escapes", "[\"", "\\u0041", "\"]" },
    { "surrogate pairs", "[\"", "\\ud83d\\ude00", "\"]" },
    { "escape, letter", "[\"", "\\nx", "\"]" },
    { "strings with escape", "[", "\"\\n\",", "1]" },
    { "UTF-8 of 2 bytes", "[\"", "\xc3\xa9", "\"]" },
    { "UTF-8 of 3 bytes", "[\"", "\xe2\x82\xac", "\"]" },
    { "UTF-8 of 4 bytes", "[\"", "\xf0\x9f\x98\x80", "\"]" },
    { "UTF-8 and letter", "[\"", "\xc3\xa9x", "\"]" },
    { "nested arrays", "[", "[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]],", "1]" },
    { "nested objects", "[", "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{}}}}}}},", "1]" },
    { "small objects", "[", "{\"a\":1},", "1]" },
    { "16 members", "[", SHORT_NAMES(""), "1]" },
    { "17 members", "[", SHORT_NAMES(",\"q\":1"), "1]" },
    { "16 long names", "[", "{" NAMES_16 "},", "1]" },
    { "flat object", "{", "\"#\":1,", "\"\":1}" },
    { "flat, long names", "{", "\"" LONG "#\":1,", "\"\":1}" },
    { "flat, escaped names", "{", "\"\\u0061#\":1,", "\"\":1}" },
};

static void fill(const struct body *body, size_t size, struct lg_buf *out)
{
    const char *number = strchr(body->unit, '#');
    unsigned count = 0;

    lg_buf_init(out, SIZE_MAX);
    lg_buf_add_cstr(out, body->head);
    while (out->size < size) {
        if (number == NULL)
            lg_buf_add_cstr(out, body->unit);
        else
            lg_buf_printf(out, "%.*s%x%s", (int)(number - body->unit), body->unit, count++,
                          number + 1);
    }
    lg_buf_add_cstr(out, body->tail);
}

static double now_ns(void)
{
    struct timespec time;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

struct cost {
    double read_ns, write_ns, tree;
};

static void keep_best(double *best, double found)
{
    if (*best == 0 || found < *best)
        *best = found;
}

static void measure_once(struct lg_str text, struct cost *cost)
{
    struct lg_json_fault fault;
    struct lg_json *value;
    struct lg_arena arena;
    struct lg_buf out;

    lg_arena_init(&arena);
    double start = now_ns();
    if (lg_json_read(&arena, text, &lg_json_default_limits, &value, &fault) != LG_OK) {
        printf("%s at byte %zu\n", fault.message, fault.offset);
        lg_arena_done(&arena);
        return;
    }
    cost->tree = (double)arena.used;
    lg_arena_done(&arena);
    keep_best(&cost->read_ns, now_ns() - start);

    lg_buf_init(&out, SIZE_MAX);
    lg_buf_reserve(&out, text.size * 6);
    start = now_ns();
    lg_json_add_string(&out, text);
    keep_best(&cost->write_ns, now_ns() - start);
    lg_buf_done(&out);
}

static struct cost measure(const struct body *body, size_t size)
{
    struct cost cost = { 0 };
    struct lg_buf text;

    fill(body, size, &text);
    for (int i = 0; i < ROUNDS; i++)
        measure_once(lg_buf_str(&text), &cost);
    cost.read_ns /= (double)text.size;
    cost.write_ns /= (double)text.size;
    cost.tree /= (double)text.size;
    lg_buf_done(&text);
    return cost;
}

static void tell_texts(void)
{
    printf("ns a byte        reading at 16 KiB, 255 KiB, 1 MiB    writing (the same)"
           "    tree, bytes a byte\n");
    for (size_t i = 0; i < LG_COUNT(bodies); i++) {
        struct cost costs[SIZES];

        for (size_t k = 0; k < SIZES; k++)
            costs[k] = measure(&bodies[i], sizes[k]);
        printf("%-20s", bodies[i].name);
        for (size_t k = 0; k < SIZES; k++)
            printf(" %8.2f", costs[k].read_ns);
        printf("   ");
        for (size_t k = 0; k < SIZES; k++)
            printf(" %8.2f", costs[k].write_ns);
        printf("   ");
        for (size_t k = 0; k < SIZES; k++)
            printf(" %8.1f", costs[k].tree);
        printf("\n");
    }
}

/* --- checks ----------------------------------------------------------------------------------- */

struct check {
    const char *schema;
    struct body body;
};

#define ANY(schema) "{\"additionalProperties\":" schema "}"
#define PATTERN(pattern) ANY("{\"pattern\":\"" pattern "\"}")
#define A_AND_B "{\"properties\":{\"a\":{\"minLength\":1},\"b\":{\"type\":\"integer\"}}}"

#define FORMAT(format) ANY("{\"format\":\"" format "\"}")
#define EIGHT(x) x "," x "," x "," x "," x "," x "," x "," x
#define SIXTY                                                                                      \
    "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,"   \
    "34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50,51,52,53,54,55,56,57,58,59,60"
#define NESTED "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"
#define ALPHA "\xce\xb1"
#define IDN_NAME ALPHA "." ALPHA "." ALPHA "." ALPHA "." ALPHA "." ALPHA "." ALPHA "." ALPHA
#define IDN_LONG TEN(ALPHA) TEN(ALPHA) TEN(ALPHA) TEN(ALPHA)
#define IDN_MARKS "a" TEN("\xcc\x81\xcc\xa3")
#define PUNYCODE "xn--mxa.xn--mxa.xn--mxa.xn--mxa.xn--mxa.xn--mxa.xn--mxa"
#define IDN_MOST TEN(IDN_NAME ".") TEN(IDN_NAME ".") TEN(IDN_NAME ".") ALPHA

static const struct check checks[] = {
    { ANY("{\"type\":\"integer\"}"), { "any name", "{", "\"#\":1,", "\"\":1}" } },
    { "{\"properties\":{\"a\":{}}}", { "look-ups", "{", "\"#\":1,", "\"\":1}" } },
    { ANY(A_AND_B), { "nested", "{", "\"#\":{\"a\":\"x\",\"b\":2},", "\"\":{}}" } },
    { ANY("{\"required\":[\"a\",\"b\",\"c\"]}"),
      { "required", "{", "\"#\":{\"a\":1,\"b\":2,\"c\":3},", "\"\":{\"a\":1,\"b\":2,\"c\":3}}" } },
    { ANY("{\"minLength\":99999999}"), { "minLength", "{\"a\":\"", "x", "\"}" } },
    { ANY("{\"minLength\":1}"), { "many minLength", "{", "\"#\":\"\xc3\xa9\",", "\"\":\"x\"}" } },
    { ANY("{\"minimum\":1}"), { "digits, minimum", "{\"a\":1", "7", "}" } },
    { ANY("{\"minimum\":0.7}"), { "zeros, minimum", "{\"a\":0.7", "0", "1}" } },
    { ANY("{\"type\":\"integer\"}"), { "integer", "{\"a\":1.", "0", "1}" } },
    { PATTERN("^[a-z]{2}-[0-9]{2}$"),
      { "many matches", "{", "\"#\":\"ab-12\",", "\"\":\"ab-12\"}" } },
    { PATTERN("^[a-z]*$"), { "long run", "{\"a\":\"", "abcdefgh", "\"}" } },
    { PATTERN("^(?:[A-Za-z0-9+/]{4})*={0,2}$"), { "base64", "{\"a\":\"", "abcd", "\"}" } },
    { PATTERN("^(a|b|cd)*$"), { "(a|b|cd)*", "{\"a\":\"", "a", "\"}" } },
    { PATTERN("^(\\\\w|-|[.])*$"), { "(w|-|.)*", "{\"a\":\"", "word-word.", "\"}" } },
    { PATTERN("(a+)+$"), { "(a+)+$", "{\"a\":\"", "a", "!\"}" } },
    { PATTERN("(a+)+$"), { "many (a+)+$", "{", "\"#\":\"aaaaaaa\",", "\"\":\"aaaaaaaaaaaa!\"}" } },
    { PATTERN("^(a|aa)+$"), { "(a|aa)+", "{\"a\":\"", "a", "!\"}" } },
    { PATTERN("(?=[a-z]*1)"), { "look ahead", "{\"a\":\"", "a", "\"}" } },
    { PATTERN("[a-z]+[0-9]"), { "search", "{\"a\":\"", "a", "\"}" } },
    { PATTERN("[0-9a-f]{64}$"), { "search {64}", "{\"a\":\"", "a", "x\"}" } },
    { PATTERN("^(a*)\\\\1b$"), { "reference", "{\"a\":\"", "a", "b\"}" } },
    { PATTERN("^(a*)(?=\\\\1c)"), { "failed reference", "{\"a\":\"", "a", "c\"}" } },
    { PATTERN("^[\\\\p{L}]*[0-9]"), { "letters", "{\"a\":\"", "\xce\xb1", "\"}" } },
    { PATTERN("^.*a.*b.*c.*d.*$"), { ".*a.*b.*c.*d", "{\"a\":\"", "abc", "\"}" } },
    { FORMAT("idn-hostname"), { "idn-hostname", "{", "\"#\":\"\xce\xb1\xce\xb2\",", "\"\":1}" } },
    { FORMAT("idn-hostname"), { "idn, labels", "{", "\"#\":\"" IDN_NAME "\",", "\"\":1}" } },
    { FORMAT("idn-hostname"), { "idn, 63 letters", "{", "\"#\":\"" IDN_LONG "\",", "\"\":1}" } },
    { FORMAT("idn-hostname"), { "idn, decomposed", "{", "\"#\":\"" IDN_MARKS "\",", "\"\":1}" } },
    { FORMAT("hostname"), { "punycode", "{", "\"#\":\"" PUNYCODE "\",", "\"\":1}" } },
    { FORMAT("idn-hostname"), { "idn, 1000 bytes", "{", "\"#\":\"" IDN_MOST "\",", "\"\":1}" } },
    { FORMAT("regex"), { "regex", "{", "\"#\":\"(a|b)*[c-x]{1,9}\",", "\"\":1}" } },
    { FORMAT("regex"), { "one long regex", "{\"a\":\"", "(a|[b-z])*", "\"}" } },
    { FORMAT("email"), { "email", "{", "\"#\":\"a.b.c@example.com\",", "\"\":1}" } },
    { FORMAT("iri"), { "iri", "{\"a\":\"http://x/", "\xce\xb1%41", "\"}" } },
    { FORMAT("uri-template"), { "uri-template", "{\"a\":\"", "{x}", "\"}" } },
    { "{\"allOf\":[{\"additionalProperties\":{\"unevaluatedProperties\":{\"minLength\":1}}}]}",
      { "unevaluated inside", "{", "\"#\":{\"a\":\"x\"},", "\"\":{}}" } },
    { "{\"anyOf\":[{\"patternProperties\":{\"^0\":true}},{\"properties\":{\"a\":true}}],"
      "\"unevaluatedProperties\":{\"type\":\"integer\"}}",
      { "unevaluated", "{", "\"#\":1,", "\"\":1}" } },
    { "{\"items\":{\"allOf\":[" EIGHT(
          "{\"properties\":{\"a\":true}}") "],"
                                           "\"unevaluatedProperties\":false}}",
      { "unevaluated, 8 parts", "[", "{\"a\":1},", "{}]" } },
    { "{\"contains\":{\"const\":2},\"unevaluatedItems\":{\"type\":\"integer\"}}",
      { "contains, unevaluated", "[", "1,", "2]" } },
    { "{\"contains\":{\"contains\":{\"const\":3}}}", { "contains twice", "[", "[1,2],", "[3]]" } },
    { "{\"items\":{\"contains\":{\"const\":3},\"maxContains\":1}}",
      { "many contains", "[", "[3],", "[3]]" } },
    { "{\"uniqueItems\":true}", { "uniqueItems", "[", "\"#\",", "1]" } },
    { "{\"uniqueItems\":true}", { "uniqueItems, objects", "[", "{\"a\":\"#\",\"b\":[]},", "1]" } },
    { "{\"items\":{\"uniqueItems\":true}}", { "many uniqueItems", "[", "[1,2,3],", "[]]" } },
    { "{\"items\":{\"uniqueItems\":true}}", { "uniqueItems of 60", "[", "[" SIXTY "],", "[]]" } },
    { "{\"items\":{\"enum\":[" SIXTY "]}}", { "enum of 60", "[", "99,", "1]" } },
    { "{\"$dynamicAnchor\":\"n\",\"items\":{\"$dynamicRef\":\"#n\"}}",
      { "$dynamicRef", "[", NESTED ",", "1]" } },
    { "{\"$dynamicAnchor\":\"n\",\"items\":{\"anyOf\":[{\"$dynamicRef\":\"#n\",\"type\":\"null\"},"
      "{\"$dynamicRef\":\"#n\"}]}}",
      { "$dynamicRef twice", "[", NESTED ",", "1]" } },
    { "{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"oneOf\":[{\"items\":{\"$ref\":\"#/$defs/a\"}},"
      "{\"items\":{\"$ref\":\"#/$defs/a\"},\"minItems\":9}]}}}",
      { "oneOf twice", "[", NESTED ",", "1]" } },
};

/* Best of several, in ns; *ret_units: fuel that was burnt. */
static double check_once(const struct lg_schema *schema, struct lg_str text, bool *ret_valid,
                         double *ret_units)
{
    struct lg_schema_failure failure;
    struct lg_json *value;
    struct lg_arena arena;
    double best = 0;

    lg_arena_init(&arena);
    if (lg_json_read(&arena, text, &lg_json_default_limits, &value, NULL) != LG_OK)
        abort();
    for (int i = 0; i < ROUNDS; i++) {
        struct lg_fuel fuel = lg_fuel_for(text.size);
        double start = now_ns();

        *ret_valid = lg_schema_check(schema, value, &fuel, &failure);
        keep_best(&best, now_ns() - start);
        *ret_units = (double)(lg_fuel_for(text.size).left - fuel.left);
    }
    lg_arena_done(&arena);
    return best;
}

static void tell_check(const struct check *check)
{
    const struct lg_where where = { "", 0, "" };
    struct lg_faults *faults = lg_faults_new();
    const struct lg_schema_options options = { .formats = true };
    struct lg_schema *schema =
        lg_schema_compile_with("schema", lg_str_of(check->schema), &options, &where, faults);

    printf("%-20s", check->body.name);
    if (schema == NULL) {
        printf(" %s\n", lg_faults_line(faults, 0));
        lg_faults_free(faults);
        return;
    }
    for (size_t k = 0; k < SIZES; k++) {
        struct lg_buf text;
        double units;
        bool valid;

        fill(&check->body, sizes[k], &text);
        double ns = check_once(schema, lg_buf_str(&text), &valid, &units);
        printf("   %s %8.3f %5.2f %6.1f", valid ? "yes" : "no ", ns / 1e6,
               units / (double)text.size, ns / units);
        lg_buf_done(&text);
    }
    printf("\n");
    lg_schema_free(schema);
    lg_faults_free(faults);
}

static void tell_checks(void)
{
    printf("\nchecking at 16 KiB, 255 KiB, 1 MiB: valid, ms in all, units of fuel a byte, ns a "
           "unit\n");
    for (size_t i = 0; i < LG_COUNT(checks); i++)
        tell_check(&checks[i]);
}

int main(void)
{
    tell_texts();
    tell_checks();
    return 0;
}
