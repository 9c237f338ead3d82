/* What is wrong with a schema is a fault of the configuration, with its place, all at once. */
#include "validate/schema.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#define PREFIX "gateway.yaml:12: routes.POST /items.body: "

static const struct lg_where where = { "gateway.yaml", 12, "routes.POST /items.body" };

static struct lg_faults *faults_of(const char *text)
{
    struct lg_faults *faults = lg_faults_new();
    struct lg_schema *schema = lg_schema_compile("item.json", lg_str_of(text), &where, faults);

    cr_assert(schema == NULL, "%s", text);
    cr_assert(lg_faults_count(faults) > 0, "%s", text);
    return faults;
}

static void only_fault_is(const char *text, const char *wanted)
{
    struct lg_faults *faults = faults_of(text);
    char *line = lg_sprintf(PREFIX "%s", wanted);

    cr_assert(eq(sz, lg_faults_count(faults), 1), "%s", text);
    cr_assert(strcmp(lg_faults_line(faults, 0), line) == 0, "%s: %s", text,
              lg_faults_line(faults, 0));
    free(line);
    lg_faults_free(faults);
}

Test(schema_faults, text_that_is_not_json_names_line_and_column)
{
    only_fault_is("{\n  \"type\": \"object\",\n  }",
                  "item.json:3:3: not JSON: a name in quotes was expected");
    only_fault_is("", "item.json:1:1: not JSON: the text ends where a value was expected");
    only_fault_is("{\"type\":\"null\",\"type\":\"null\"}",
                  "item.json:1:16: not JSON: duplicate name in an object");
}

Test(schema_faults, a_schema_is_an_object_or_a_boolean)
{
    only_fault_is("[]", "item.json: (root): found an empty array, expected a schema: an object, "
                        "true or false");
    only_fault_is("\"x\"",
                  "item.json: (root): found \"x\", expected a schema: an object, true or false");
    only_fault_is("{\"properties\":{\"a\":1}}",
                  "item.json: /properties/a: found 1, expected a schema: an object, true or false");
    only_fault_is("{\"additionalProperties\":null}",
                  "item.json: /additionalProperties: found null, expected a schema: an object, "
                  "true or false");
}

Test(schema_faults, an_unknown_keyword_is_named_with_what_may_have_been_meant)
{
    only_fault_is("{\"minimun\":1}",
                  "item.json: /minimun: unknown keyword, did you mean \"minimum\"?");
    only_fault_is("{\"properties\":{\"a/b\":{\"requird\":[]}}}",
                  "item.json: /properties/a~1b/requird: unknown keyword, did you mean "
                  "\"required\"?");
    only_fault_is("{\"additionalproperties\":false}",
                  "item.json: /additionalproperties: unknown keyword, did you mean "
                  "\"additionalProperties\"?");
    only_fault_is("{\"internal\":1}", "item.json: /internal: unknown keyword");
    only_fault_is("{\"\":1}", "item.json: /: unknown keyword");
}

Test(schema_faults, a_keyword_of_another_draft_says_of_which)
{
    only_fault_is("{\"id\":\"x\"}",
                  "item.json: /id: no keyword of draft 2020-12, which this schema is held to, but "
                  "of draft 4");
    only_fault_is("{\"$schema\":\"http://json-schema.org/draft-07/schema#\","
                  "\"dependentRequired\":{}}",
                  "item.json: /dependentRequired: no keyword of draft 7, which this schema is held "
                  "to, but of draft 2019-09, 2020-12");
    only_fault_is("{\"$schema\":\"http://json-schema.org/draft-04/schema#\",\"const\":1}",
                  "item.json: /const: no keyword of draft 4, which this schema is held to, but of "
                  "draft 6, 7, 2019-09, 2020-12");
}

Test(schema_faults, what_stands_beside_a_ref_is_not_ignored_silently)
{
    only_fault_is("{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"$ref\":\"#/x-a\","
                  "\"x-a\":{},\"minLength\":1}",
                  "item.json: /minLength: draft 7 ignores what stands beside $ref: put both into "
                  "allOf");
}

Test(schema_faults, types_are_the_seven_of_json_schema)
{
    only_fault_is("{\"type\":\"strng\"}",
                  "item.json: /type: found \"strng\", expected null, boolean, number, integer, "
                  "string, array or object, did you mean \"string\"?");
    only_fault_is("{\"type\":\"any\"}",
                  "item.json: /type: found \"any\", expected null, boolean, number, integer, "
                  "string, array or object");
    only_fault_is("{\"type\":7}",
                  "item.json: /type: found 7, expected null, boolean, number, integer, string, "
                  "array or object");
    only_fault_is("{\"type\":[]}",
                  "item.json: /type: found an empty array, expected a type or some of them");
    only_fault_is("{\"type\":[\"null\",null]}",
                  "item.json: /type/1: found null, expected null, boolean, number, integer, "
                  "string, array or object");
    only_fault_is("{\"type\":[\"null\",\"null\"]}", "item.json: /type/1: \"null\" is there twice");
}

Test(schema_faults, keywords_have_values_of_their_type)
{
    only_fault_is("{\"required\":true}",
                  "item.json: /required: found true, expected an array of names");
    only_fault_is("{\"required\":[\"a\",1]}", "item.json: /required/1: found 1, expected a name");
    only_fault_is("{\"required\":[\"a\",\"a\"]}", "item.json: /required/1: \"a\" is there twice");
    only_fault_is("{\"properties\":[1]}",
                  "item.json: /properties: found an array, expected an object of schemas");
    only_fault_is("{\"minLength\":-1}",
                  "item.json: /minLength: found -1, expected an integer, 0 or more");
    only_fault_is("{\"minLength\":-1e400}",
                  "item.json: /minLength: found -1e400, expected an integer, 0 or more");
    only_fault_is("{\"minLength\":1.5}",
                  "item.json: /minLength: found 1.5, expected an integer, 0 or more");
    only_fault_is("{\"minLength\":\"1\"}",
                  "item.json: /minLength: found \"1\", expected an integer, 0 or more");
    only_fault_is("{\"minimum\":\"1\"}", "item.json: /minimum: found \"1\", expected a number");
    only_fault_is("{\"minimum\":{}}", "item.json: /minimum: found an object, expected a number");
    only_fault_is("{\"pattern\":1}",
                  "item.json: /pattern: found 1, expected a regular expression in a string");
    only_fault_is("{\"pattern\":\"a(\"}",
                  "item.json: /pattern: found \"a(\", expected a regular expression of ECMA-262: "
                  "a ( without its ), at byte 2");
    only_fault_is("{\"title\":1}", "item.json: /title: found 1, expected a string");
    only_fault_is("{\"description\":1}", "item.json: /description: found 1, expected a string");
    only_fault_is("{\"$schema\":1}", "item.json: /$schema: found 1, expected a string");
    only_fault_is("{\"$id\":1}",
                  "item.json: /$id: found 1, expected an address without a fragment");
    only_fault_is("{\"$comment\":1}", "item.json: /$comment: found 1, expected a string");
    only_fault_is("{\"examples\":1}", "item.json: /examples: found 1, expected an array");
}

Test(schema_faults, all_of_them_are_told_at_once)
{
    struct lg_faults *faults = faults_of(
        "{\"type\":\"objekt\",\"properties\":{\"a\":{\"minLenght\":1},\"b\":{\"pattern\":\"(\"},"
        "\"c\":5},\"additionalProperties\":{\"enum\":[]},\"required\":[1,2]}");
    static const char *const places[] = {
        "/type:",         "/properties/a/minLenght:",    "/properties/b/pattern:",
        "/properties/c:", "/additionalProperties/enum:", "/required/0:",
        "/required/1:"
    };

    cr_assert(eq(sz, lg_faults_count(faults), LG_COUNT(places)));
    for (size_t i = 0; i < LG_COUNT(places); i++)
        cr_assert(strstr(lg_faults_line(faults, i), places[i]) != NULL, "%s",
                  lg_faults_line(faults, i));
    lg_faults_free(faults);
}

Test(schema_faults, faults_of_others_do_not_count)
{
    struct lg_faults *faults = lg_faults_new();

    lg_faults_add(faults, &where, "something else");
    struct lg_schema *schema = lg_schema_compile("item.json", LG_STR("{}"), &where, faults);
    cr_assert(schema != NULL);
    lg_schema_free(schema);
    lg_faults_free(faults);
}

Test(schema_faults, a_schema_nested_without_end_is_refused)
{
    struct lg_buf text;

    lg_buf_init(&text, SIZE_MAX);
    for (int i = 0; i < 100000; i++)
        lg_buf_add_cstr(&text, "{\"additionalProperties\":");
    lg_buf_add_char(&text, '\0');
    struct lg_faults *faults = faults_of(text.data);
    cr_assert(strstr(lg_faults_line(faults, 0), "nested too deeply") != NULL);
    lg_faults_free(faults);
    lg_buf_done(&text);
}

/* --- files ------------------------------------------------------------------------------------ */

static char folder[] = "/tmp/lambdagate-schema-XXXXXX";
static char file[sizeof(folder) + 16];

static void make_folder(void)
{
    cr_assert(mkdtemp(folder) != NULL);
    snprintf(file, sizeof(file), "%s/item.json", folder);
}

static void remove_folder(void)
{
    unlink(file);
    rmdir(folder);
}

static void write_file(const char *text, size_t times)
{
    FILE *stream = fopen(file, "w");

    for (size_t i = 0; i < times; i++)
        fputs(text, stream);
    fclose(stream);
}

static void loading_fails_with(const char *name, const char *wanted)
{
    struct lg_faults *faults = lg_faults_new();

    cr_assert(lg_schema_load(name, &where, faults) == NULL);
    cr_assert(eq(sz, lg_faults_count(faults), 1));
    cr_assert(lg_str_starts(lg_str_of(lg_faults_line(faults, 0)), LG_STR(PREFIX)));
    cr_assert(lg_str_ends(lg_str_of(lg_faults_line(faults, 0)), lg_str_of(wanted)), "%s",
              lg_faults_line(faults, 0));
    lg_faults_free(faults);
}

Test(schema_files, a_file_is_loaded, .init = make_folder, .fini = remove_folder)
{
    struct lg_faults *faults = lg_faults_new();

    write_file("{\"type\":\"object\"}\n", 1);
    struct lg_schema *schema = lg_schema_load(file, &where, faults);
    cr_assert(schema != NULL);
    lg_schema_free(schema);
    lg_faults_free(faults);
}

Test(schema_files, a_fault_in_a_file_names_the_file, .init = make_folder, .fini = remove_folder)
{
    write_file("{\"typ\":\"object\"}\n", 1);
    loading_fails_with(file, "item.json: /typ: unknown keyword, did you mean \"type\"?");
}

Test(schema_files, a_file_that_is_not_there_says_so, .init = make_folder, .fini = remove_folder)
{
    loading_fails_with(file, "item.json: No such file or directory");
}

Test(schema_files, a_folder_is_no_schema, .init = make_folder, .fini = remove_folder)
{
    loading_fails_with(folder, "not a regular file");
}

Test(schema_files, a_pipe_does_not_hold_up_the_start, .init = make_folder, .fini = remove_folder)
{
    cr_assert(eq(int, mkfifo(file, 0600), 0));
    loading_fails_with(file, "not a regular file");
}

Test(schema_files, an_endless_file_is_refused, .init = make_folder, .fini = remove_folder)
{
    write_file("                                                                ", 70000);
    loading_fails_with(file, "larger than 4 MiB");
}
