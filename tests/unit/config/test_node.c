/* test_node.c -- the tree: what YAML and JSON become, and what is refused on the way. */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "base/mem.h"
#include "config/json_text.h"
#include "config/node.h"
#include "parse.h"

static struct lg_arena arena;
static struct lg_faults *faults;
static struct lg_buf text;

static void begin(void)
{
    lg_arena_init(&arena);
    faults = lg_faults_new();
    lg_buf_init(&text, SIZE_MAX);
}

static void end(void)
{
    lg_buf_done(&text);
    lg_faults_free(faults);
    lg_arena_done(&arena);
}

TestSuite(node, .init = begin, .fini = end);

static struct lg_node *read_bytes(const char *bytes, size_t size)
{
    return lg_node_read(&arena, "t.yaml", lg_str_make(bytes, size), faults);
}

static struct lg_node *read_good(const char *yaml)
{
    struct lg_node *node = read_bytes(yaml, strlen(yaml));

    if (lg_faults_count(faults) > 0)
        cr_log_error("%s", lg_faults_line(faults, 0));
    cr_assert(node != NULL && lg_faults_count(faults) == 0);
    return node;
}

/* The only fault of `yaml`, whether or not there is a tree. */
static const char *fault_of(const char *yaml)
{
    read_bytes(yaml, strlen(yaml));
    for (size_t i = 1; i < lg_faults_count(faults); i++)
        cr_log_error("%s", lg_faults_line(faults, i));
    cr_assert_eq(lg_faults_count(faults), 1);
    return lg_faults_line(faults, 0);
}

/* The tree as JSON text. */
static const char *json_of(const char *yaml)
{
    const struct lg_node *bad = lg_json_text(&text, read_good(yaml));

    cr_assert(bad == NULL);
    return lg_arena_cstr(&arena, lg_buf_str(&text));
}

/* --- what is read ----------------------------------------------------------------------------- */

Test(node, yaml_and_json_give_the_same_tree)
{
    static const char yaml[] = "a:\n  b: [1, true, null, x]\n  'c d': \"e\\nf\"\ng: {}\n";
    static const char json[] = "{\"a\": {\"b\": [1, true, null, \"x\"],\n\t\"c d\": \"e\\nf\"},"
                               "\"g\":{}}";
    const char *first = lg_arena_cstr(&arena, lg_str_of(json_of(yaml)));

    lg_buf_clear(&text);
    cr_assert_str_eq(json_of(json), first);
    cr_assert_str_eq(first, "{\"a\":{\"b\":[1,true,null,\"x\"],\"c d\":\"e\\nf\"},\"g\":{}}");
}

Test(node, an_escaped_pair_of_json_is_one_character)
{
    cr_assert_str_eq(json_of("\n {\"a\": \"\\ud83d\\uDE00 \\\\ud83d \\u00e9\"}"),
                     "{\"a\":\"\xf0\x9f\x98\x80 \\\\ud83d \xc3\xa9\"}");
}

Test(node, half_a_pair_is_refused)
{
    cr_assert(strstr(fault_of("{\"a\": \"\\ud83dx\"}"), "not YAML: ") != NULL);
}

Test(node, half_a_pair_before_another_escape_is_refused)
{
    cr_assert(strstr(fault_of("{\"a\": \"\\ud83d\\u0041\"}"), "not YAML: ") != NULL);
}

Test(node, places_are_those_of_the_keys)
{
    const struct lg_node *root = read_good("a:\n  b:\n    x\n  GET /x.y: [1,\n    2]\n");
    const struct lg_node *a = lg_node_get(root, "a");
    const struct lg_node *list = lg_node_get(a, "GET /x.y");

    cr_assert_str_eq(root->where.path, "");
    cr_assert_eq(lg_node_get(a, "b")->where.line, 2);
    cr_assert_str_eq(lg_node_get(a, "b")->where.path, "a.b");
    cr_assert_str_eq(lg_node_get(a, "b")->where.file, "t.yaml");
    cr_assert_str_eq(list->where.path, "a.\"GET /x.y\"");
    cr_assert_str_eq(list->first->next->where.path, "a.\"GET /x.y\"[1]");
    cr_assert_eq(list->first->next->where.line, 5);
    cr_assert_eq(list->count, 2);
}

Test(node, an_empty_file_is_nothing)
{
    cr_assert(lg_node_is_null(read_bytes(NULL, 0)));
    cr_assert(lg_node_is_null(read_good("# only a comment\n")));
    cr_assert(lg_node_is_null(read_good("---\n...\n")));
}

Test(node, a_byte_order_mark_is_no_part_of_the_text)
{
    cr_assert_str_eq(json_of("\xef\xbb\xbf"
                             "a: b\nc: d\n"),
                     "{\"a\":\"b\",\"c\":\"d\"}");
}

Test(node, plain_scalars_have_the_types_of_the_core_schema)
{
    static const struct {
        const char *text;
        enum lg_kind kind;
    } cases[] = {
        { "~", LG_KIND_NULL },        { "null", LG_KIND_NULL },    { "NULL", LG_KIND_NULL },
        { "true", LG_KIND_BOOL },     { "False", LG_KIND_BOOL },   { "yes", LG_KIND_STRING },
        { "on", LG_KIND_STRING },     { "tRue", LG_KIND_STRING },  { "0", LG_KIND_INTEGER },
        { "-12", LG_KIND_INTEGER },   { "+12", LG_KIND_INTEGER },  { "0o17", LG_KIND_INTEGER },
        { "0x1F", LG_KIND_INTEGER },  { "0x", LG_KIND_STRING },    { "0o8", LG_KIND_STRING },
        { "1_000", LG_KIND_STRING },  { "12:30", LG_KIND_STRING }, { "2.0", LG_KIND_FLOAT },
        { ".5", LG_KIND_FLOAT },      { "1.", LG_KIND_FLOAT },     { "1e3", LG_KIND_FLOAT },
        { "-1.5E-3", LG_KIND_FLOAT }, { "1e", LG_KIND_STRING },    { ".", LG_KIND_STRING },
        { "-", LG_KIND_STRING },      { "1.2.3", LG_KIND_STRING }, { ".inf", LG_KIND_FLOAT },
        { "-.INF", LG_KIND_FLOAT },   { ".nan", LG_KIND_FLOAT },   { "inf", LG_KIND_STRING },
        { "+", LG_KIND_STRING },      { "e3", LG_KIND_STRING },    { "", LG_KIND_NULL },
    };

    for (size_t i = 0; i < LG_COUNT(cases); i++) {
        struct lg_node node = { .type = LG_NODE_SCALAR, .text = cases[i].text };
        cr_assert_eq(lg_node_kind(&node), cases[i].kind, "%s", cases[i].text);
        node.quoted = true;
        cr_assert_eq(lg_node_kind(&node), LG_KIND_STRING, "quoted %s", cases[i].text);
    }
}

Test(node, quotes_and_blocks_make_strings)
{
    cr_assert_str_eq(json_of("[1, '1', \"1\"]"), "[1,\"1\",\"1\"]");
    lg_buf_clear(&text);
    cr_assert_str_eq(json_of("a: |\n  true\nb: >-\n  1\n"), "{\"a\":\"true\\n\",\"b\":\"1\"}");
}

/* --- JSON text -------------------------------------------------------------------------------- */

Test(node, numbers_keep_their_digits_and_become_json)
{
    cr_assert_str_eq(json_of("[1.50, 123456789012345678901234567890, +7, -007, .5, -.5, 1., 1.e5, "
                             "0x1F, 0o17, 00, 1E+2]"),
                     "[1.50,123456789012345678901234567890,7,-7,0.5,-0.5,1,1e5,31,15,0,1E+2]");
}

Test(node, what_json_has_no_number_for_is_at_fault)
{
    static const char *const cases[] = { ".inf", "-.INF", ".nan", "0x10000000000000000",
                                         "0o7777777777777777777777" };

    for (size_t i = 0; i < LG_COUNT(cases); i++) {
        const struct lg_node *node = read_good(cases[i]);
        cr_assert_eq(lg_json_text(&text, node), node, "%s", cases[i]);
    }
}

/* --- what is refused -------------------------------------------------------------------------- */

Test(node, a_key_that_stands_twice_is_refused)
{
    cr_assert_str_eq(fault_of("a: 1\nb:\n  c: 1\n  \"c\": 2\n"),
                     "t.yaml:4: b.c: found this key twice, expected it once: it stands in line 3 "
                     "already");
}

Test(node, the_first_of_two_keys_stays)
{
    const struct lg_node *root = read_bytes("a: 1\na: 2\n", 10);

    cr_assert_eq(root->count, 1);
    cr_assert_str_eq(lg_node_get(root, "a")->text, "1");
}

Test(node, an_anchor_is_refused)
{
    cr_assert_str_eq(fault_of("a: &x 1\n"),
                     "t.yaml:1: a: found the anchor &x, expected a value: anchors are not "
                     "supported");
}

Test(node, an_anchor_on_a_list_or_mapping_is_refused)
{
    read_bytes("a: &x [1]\nb: &y {c: 1}\n", 23);
    cr_assert_eq(lg_faults_count(faults), 2);
}

Test(node, an_alias_is_refused)
{
    cr_assert_str_eq(fault_of("a: *x\n"),
                     "t.yaml:1: a: found the alias *x, expected a value: aliases are not "
                     "supported");
}

Test(node, a_tag_is_refused)
{
    cr_assert_str_eq(fault_of("a: !!str 1\n"),
                     "t.yaml:1: a: found the tag tag:yaml.org,2002:str, expected a value: tags are "
                     "not supported");
}

Test(node, a_merge_key_is_refused)
{
    cr_assert_str_eq(fault_of("a:\n  <<: {b: 1}\n"),
                     "t.yaml:2: a: found the merge key <<, expected a name: merging is not "
                     "supported");
}

Test(node, a_quoted_merge_key_is_a_name)
{
    cr_assert_str_eq(json_of("\"<<\": 1\n"), "{\"<<\":1}");
}

Test(node, a_number_as_a_key_is_refused)
{
    cr_assert_str_eq(fault_of("404: x\n"),
                     "t.yaml:1: found 404 as a key, expected a name: put it in quotes");
}

Test(node, nothing_as_a_key_is_refused)
{
    cr_assert_str_eq(fault_of("~: x\n"),
                     "t.yaml:1: found nothing as a key, expected a name: put it in quotes");
}

Test(node, a_list_as_a_key_is_refused)
{
    cr_assert_str_eq(fault_of("? [a]\n: b\n"),
                     "t.yaml:1: found a list or mapping as a key, expected a name");
}

Test(node, a_second_document_is_refused)
{
    cr_assert_str_eq(fault_of("a: 1\n---\nb: 2\n"),
                     "t.yaml:2: found a second document, expected only one");
}

Test(node, a_nul_character_is_refused)
{
    cr_assert_str_eq(fault_of("a: \"x\\0y\"\n"),
                     "t.yaml:1: a: found a NUL character, expected text without one");
}

Test(node, a_nul_character_in_a_key_is_refused)
{
    cr_assert_str_eq(fault_of("\"x\\0y\": 1\n"),
                     "t.yaml:1: found a NUL character, expected text without one");
}

Test(node, bytes_that_are_not_utf8_are_refused)
{
    cr_assert_str_eq(fault_of("a: 1\nb: \xff\n"),
                     "t.yaml:2: found invalid leading UTF-8 octet (byte 8), expected UTF-8 text");
}

Test(node, utf16_is_refused)
{
    cr_assert(read_bytes("\xff\xfe"
                         "a\0",
                         4) == NULL);
    cr_assert_eq(lg_faults_count(faults), 1);
}

Test(node, a_control_character_is_refused)
{
    cr_assert_str_eq(fault_of("a: 1\n\nb: \x01\n"),
                     "t.yaml:3: found control characters are not allowed (byte 9), expected UTF-8 "
                     "text");
}

Test(node, a_tab_that_indents_is_named)
{
    cr_assert_str_eq(fault_of("a:\n\tb: 1\n"),
                     "t.yaml:2: not YAML: found character that cannot start any token while "
                     "scanning for the next token: a tab cannot indent YAML, expected blanks");
}

Test(node, a_tab_after_blanks_is_named_too)
{
    cr_assert(strstr(fault_of("a:\n  \tb: 1\n"), ": a tab cannot indent YAML") != NULL);
}

Test(node, a_tab_elsewhere_is_not_blamed)
{
    cr_assert(strstr(fault_of("a: 1\nb: @\t1\n"), "tab") == NULL);
}

Test(node, a_line_that_is_indented_too_far_is_told_so)
{
    cr_assert(strstr(fault_of("a:\n  b: 1\n    c: 2\n"), "indented as its neighbours") != NULL);
}

Test(node, a_line_that_is_indented_like_none_above_is_told_so)
{
    cr_assert(strstr(fault_of("a:\n  b:\n    c: 1\n   d: 2\n"), "indented as one above") != NULL);
}

Test(node, a_colon_without_a_blank_behind_it_is_told_so)
{
    cr_assert(strstr(fault_of("a:1\nb: 2\n"), "a blank behind each colon") != NULL);
}

Test(node, bad_yaml_is_refused_where_it_stands)
{
    cr_assert_str_eq(fault_of("a: 1\nb: [1, 2\nc: 3\n"),
                     "t.yaml:3: not YAML: did not find expected ',' or ']' while parsing a flow "
                     "sequence, which starts in line 2");
}

Test(node, a_name_that_wants_quotes_is_told)
{
    cr_assert_str_eq(fault_of("a: { b: ${X} }\n"),
                     "t.yaml:1: not YAML: did not find expected ',' or '}' while parsing a flow "
                     "mapping: inside brackets and braces, ${NAME} must be in quotes");
}

Test(node, too_many_levels_are_refused)
{
    char deep[LG_NODE_DEPTH_MAX + 2];

    memset(deep, '[', LG_NODE_DEPTH_MAX + 1);
    deep[LG_NODE_DEPTH_MAX + 1] = '\0';
    cr_assert(strstr(fault_of(deep), "found more than 64 levels, expected fewer") != NULL);
}

Test(node, as_many_levels_as_allowed_are_read)
{
    char deep[2 * LG_NODE_DEPTH_MAX + 1];

    memset(deep, '[', LG_NODE_DEPTH_MAX);
    memset(deep + LG_NODE_DEPTH_MAX, ']', LG_NODE_DEPTH_MAX);
    deep[2 * LG_NODE_DEPTH_MAX] = '\0';
    read_good(deep);
}

Test(node, too_many_values_are_refused)
{
    for (size_t i = 0; i < LG_NODE_COUNT_MAX; i++)
        lg_buf_add_cstr(&text, "- 1\n");
    cr_assert(read_bytes(text.data, text.size) == NULL);
    cr_assert(strstr(lg_faults_line(faults, 0), "found more than 100000 values, expected fewer") !=
              NULL);
}

Test(node, a_file_that_is_too_large_is_refused)
{
    char *large = lg_alloc(LG_NODE_BYTES_MAX + 1);

    memset(large, '#', LG_NODE_BYTES_MAX + 1);
    cr_assert(read_bytes(large, LG_NODE_BYTES_MAX + 1) == NULL);
    cr_assert_str_eq(lg_faults_line(faults, 0),
                     "t.yaml: found more than 4MB, expected a smaller file");
    free(large);
}

Test(node, several_faults_are_told_at_once)
{
    cr_assert(read_bytes("a: *x\nb: &y 1\na: 2\n", 19) != NULL);
    cr_assert_eq(lg_faults_count(faults), 3);
}
