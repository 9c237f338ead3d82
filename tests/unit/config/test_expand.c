/* test_expand.c -- ${NAME} in values. */
#include <string.h>

#include <criterion/criterion.h>

#include "config/expand.h"
#include "config/json_text.h"

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

TestSuite(expand, .init = begin, .fini = end);

static void *const context = &arena;
static char huge[LG_EXPAND_SCALAR_MAX + 1];

static const char *lookup(void *given, const char *name)
{
    cr_assert_eq(given, context);
    if (strcmp(name, "HOST") == 0)
        return "example.com";
    if (strcmp(name, "N") == 0)
        return "7";
    if (strcmp(name, "EMPTY") == 0)
        return "";
    if (strcmp(name, "YAML") == 0)
        return "[1, \"2\"]: ${HOST}";
    if (strcmp(name, "LATIN") == 0)
        return "caf\xe9";
    if (strcmp(name, "HUGE") == 0) {
        memset(huge, 'x', LG_EXPAND_SCALAR_MAX);
        return huge;
    }
    return NULL;
}

static struct lg_node *expand(const char *yaml)
{
    struct lg_node *root = lg_node_read(&arena, "t.yaml", lg_str_of(yaml), faults);

    cr_assert(root != NULL);
    lg_expand(&arena, root, lookup, context, faults);
    return root;
}

static const char *expanded(const char *yaml)
{
    const struct lg_node *bad = lg_json_text(&text, expand(yaml));

    if (lg_faults_count(faults) > 0)
        cr_log_error("%s", lg_faults_line(faults, 0));
    cr_assert(bad == NULL && lg_faults_count(faults) == 0);
    return lg_arena_cstr(&arena, lg_buf_str(&text));
}

static const char *fault_of(const char *yaml)
{
    cr_assert_eq(expand(yaml)->first->type, LG_NODE_BROKEN);
    cr_assert_eq(lg_faults_count(faults), 1);
    return lg_faults_line(faults, 0);
}

Test(expand, a_name_becomes_its_value)
{
    cr_assert_str_eq(expanded("a: http://${HOST}/${N}/${HOST}"),
                     "{\"a\":\"http://example.com/7/example.com\"}");
}

Test(expand, the_default_stands_in_for_what_is_unset)
{
    cr_assert_str_eq(expanded("[\"${NO:-a:-b}\", '${NO:-}', '${HOST:-x}']"),
                     "[\"a:-b\",\"\",\"example.com\"]");
}

Test(expand, the_default_stands_in_for_what_is_empty)
{
    cr_assert_str_eq(expanded("['${EMPTY:-x}', '${EMPTY}']"), "[\"x\",\"\"]");
}

Test(expand, two_dollars_escape)
{
    cr_assert_str_eq(expanded("['$${HOST}', '$$$${N}', '$', '$HOST', '$$', 'a$']"),
                     "[\"${HOST}\",\"$$${N}\",\"$\",\"$HOST\",\"$$\",\"a$\"]");
}

Test(expand, keys_stay_as_they_are)
{
    cr_assert_str_eq(expanded("\"${HOST}\": 1"), "{\"${HOST}\":1}");
}

Test(expand, what_a_value_holds_is_neither_parsed_nor_expanded_again)
{
    cr_assert_str_eq(expanded("a: ${YAML}"), "{\"a\":\"[1, \\\"2\\\"]: ${HOST}\"}");
}

Test(expand, a_plain_scalar_has_the_type_of_its_value_and_a_quoted_one_has_not)
{
    cr_assert_str_eq(expanded("- ${N}\n- '${N}'"), "[7,\"7\"]");
}

Test(expand, only_what_was_expanded_is_marked)
{
    const struct lg_node *root = expand("[x, '${N}']");

    cr_assert(!root->first->expanded);
    cr_assert(root->first->next->expanded);
}

Test(expand, a_name_that_is_not_set_is_a_fault)
{
    cr_assert_str_eq(fault_of("a: ${NO}"),
                     "t.yaml:1: a: found ${NO}, which is not set, expected it in the environment "
                     "or a default: ${NO:-...}");
}

Test(expand, a_value_that_is_not_utf8_is_a_fault_and_is_not_shown)
{
    cr_assert_str_eq(fault_of("a: ${LATIN}"),
                     "t.yaml:1: a: found ${LATIN}, which is not UTF-8, expected UTF-8 text");
}

Test(expand, a_brace_without_its_end_is_a_fault)
{
    cr_assert_str_eq(fault_of("a: x${HOST"),
                     "t.yaml:1: a: found \"${HOST\", expected ${NAME}, ${NAME:-default}, or $${ "
                     "for a literal ${");
}

Test(expand, what_is_no_name_is_a_fault)
{
    static const char *const bad[] = { "${}",   "${1A}",   "${A-B}", "${A:x}",
                                       "${ A}", "${A:?x}", "${:-x}", "${NO:-${HOST}}" };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct lg_node node = { .type = LG_NODE_SCALAR, .text = bad[i], .where = { .file = "t" } };
        lg_expand(&arena, &node, lookup, context, faults);
        cr_assert_eq(lg_faults_count(faults), i + 1, "%s", bad[i]);
        cr_assert_eq(node.type, LG_NODE_BROKEN);
    }
}

Test(expand, a_value_that_grows_too_large_is_a_fault)
{
    cr_assert_str_eq(fault_of("a: ${HUGE}!"),
                     "t.yaml:1: a: found a value that expands to more than 1MB, expected a shorter "
                     "one");
}

Test(expand, values_that_grow_too_large_together_are_one_fault)
{
    for (int i = 0; i < 20; i++)
        lg_buf_add_cstr(&text, "- ${HUGE}\n");
    lg_buf_add_char(&text, '\0');
    expand(text.data);
    cr_assert_eq(lg_faults_count(faults), 1);
    cr_assert_str_eq(lg_faults_line(faults, 0),
                     "t.yaml:17: [16]: found values that expand to more than 16MB together, "
                     "expected less");
}

Test(expand, references_of_parameter_mappings_are_left_alone)
{
    struct lg_node *root = expand("a: '/${N}/${request.path.id}-${context.requestId}'\n"
                                  "b: ${stageVariables.x}${response.header.y}\n"
                                  "c: $request.path.id\n");

    cr_assert_str_eq(lg_node_get(root, "a")->text, "/7/${request.path.id}-${context.requestId}");
    cr_assert_str_eq(lg_node_get(root, "b")->text, "${stageVariables.x}${response.header.y}");
    cr_assert_str_eq(lg_node_get(root, "c")->text, "$request.path.id");
    cr_assert_eq(lg_faults_count(faults), 0);
}
