/* References: to places, anchors, other documents, drafts; and dynamic ones. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "held.h"

Test(refs, places_in_the_same_document)
{
    HOLDS("{\"$defs\":{\"a/b\":{\"type\":\"null\"},\"c~d\":{\"type\":\"string\"},"
          "\"e%f\":{\"minimum\":3}},\"properties\":{\"x\":{\"$ref\":\"#/$defs/a~1b\"},"
          "\"y\":{\"$ref\":\"#/$defs/c~0d\"},\"z\":{\"$ref\":\"#/$defs/e%25f\"},"
          "\"again\":{\"$ref\":\"#\"}}}",
          "{\"x\":null,\"y\":\"\",\"z\":3,\"again\":{\"again\":{\"x\":null}}}");
    REFUSES(
        "{\"$defs\":{\"a/b\":{\"type\":\"null\"}},\"properties\":{\"x\":{\"$ref\":\"#/$defs/a~1b\"}"
        ",\"again\":{\"$ref\":\"#\"}}}",
        "{\"x\":1}", "{\"again\":{\"again\":{\"x\":1}}}");
    HOLDS("{\"prefixItems\":[{\"type\":\"null\"},{\"$ref\":\"#/prefixItems/0\"}]}", "[null,null]");
    REFUSES("{\"prefixItems\":[{\"type\":\"null\"},{\"$ref\":\"#/prefixItems/0\"}]}", "[null,1]");
    REFUSES("{\"x-common\":{\"n\":{\"type\":\"null\"}},\"$ref\":\"#/x-common/n\"}", "1");
}

Test(refs, neighbours_count_from_2019_on_only)
{
    const struct lg_schema_options lax = { .lax = true };

    REFUSES("{\"$ref\":\"#/$defs/a\",\"minimum\":3,\"$defs\":{\"a\":{\"type\":\"number\"}}}", "2");
    cr_assert(held_with(&lax,
                        "{" DRAFT_7 ",\"properties\":{\"x\":{\"$ref\":\"#/definitions/a\","
                        "\"minimum\":3}},\"definitions\":{\"a\":{\"type\":\"number\"}}}",
                        "{\"x\":2}"));
}

Test(refs, anchors_and_addresses)
{
    HOLDS("{\"$id\":\"http://x/root\",\"$defs\":{\"a\":{\"$anchor\":\"name\",\"type\":\"null\"},"
          "\"b\":{\"$id\":\"other/b\",\"type\":\"string\",\"$defs\":{\"c\":{\"$anchor\":\"name\","
          "\"minimum\":3}}}},\"properties\":{\"p\":{\"$ref\":\"#name\"},"
          "\"q\":{\"$ref\":\"http://x/other/b\"},\"r\":{\"$ref\":\"other/b#name\"},"
          "\"s\":{\"$ref\":\"/root#name\"}}}",
          "{\"p\":null,\"q\":\"\",\"r\":3,\"s\":null}");
    REFUSES("{\"$id\":\"http://x/root\",\"$defs\":{\"b\":{\"$id\":\"other/b\",\"$defs\":{\"c\":{"
            "\"$anchor\":\"name\",\"minimum\":3}}}},\"$ref\":\"other/b#name\"}",
            "2");
    HOLDS("{" DRAFT_4 ",\"id\":\"http://x/y\",\"definitions\":{\"a\":{\"id\":\"#name\","
          "\"type\":\"null\"}},\"properties\":{\"p\":{\"$ref\":\"y#name\"}}}",
          "{\"p\":null}");
    REFUSES("{" DRAFT_7 ",\"definitions\":{\"a\":{\"$id\":\"#name\",\"type\":\"null\"}},"
            "\"allOf\":[{\"$ref\":\"#name\"}]}",
            "1");
}

Test(refs, an_id_inside_of_values_is_none)
{
    HOLDS("{\"$defs\":{\"a\":{\"enum\":[{\"$id\":\"http://x/a\",\"type\":\"null\"}]},"
          "\"b\":{\"$id\":\"http://x/a\",\"type\":\"string\"}},\"$ref\":\"http://x/a\"}",
          "\"s\"");
}

Test(refs, an_embedded_schema_may_be_of_another_draft)
{
    static const char schema[] =
        "{\"$defs\":{\"old\":{\"id\":\"http://x/old\"," DRAFT_4
        ",\"maximum\":5,\"exclusiveMaximum\":true}},\"$ref\":\"http://x/old\"}";

    HOLDS(schema, "4");
    REFUSES(schema, "5");
}

Test(refs, what_leads_nowhere_is_told)
{
    cr_assert_str_eq(
        held_fault(NULL, "{\"properties\":{\"a\":{\"$ref\":\"#/$defs/b\"}}}"),
        "s.json: /properties/a/$ref: found \"#/$defs/b\", expected a schema in that document");
    cr_assert_str_eq(
        held_fault(NULL, "{\"$ref\":\"https://example.com/x.json\"}"),
        "s.json: /$ref: found \"https://example.com/x.json\", expected a schema in this "
        "file, in a file that is listed or lies below its folder, or of a draft: "
        "nothing is fetched");
    cr_assert_str_eq(held_fault(NULL, "{\"$ref\":\"#missing\"}"),
                     "s.json: /$ref: found \"#missing\", expected a schema in that document");
    cr_assert_str_eq(held_fault(NULL, "{\"$ref\":\"#/title\",\"title\":\"x\"}"),
                     "s.json: /$ref: found \"#/title\", expected a schema in that document");
}

Test(refs, a_circle_for_the_same_value_is_refused)
{
    static const char *const circles[] = {
        "{\"$ref\":\"#\"}",
        "{\"allOf\":[{\"$ref\":\"#\"}]}",
        "{\"anyOf\":[{\"type\":\"null\"},{\"$ref\":\"#/$defs/a\"}],"
        "\"$defs\":{\"a\":{\"not\":{\"$ref\":\"#\"}}}}",
        "{\"if\":{\"$ref\":\"#\"}}",
        "{\"dependentSchemas\":{\"a\":{\"$ref\":\"#\"}}}",
        "{\"properties\":{\"a\":{\"$ref\":\"#/$defs/x\"}},\"$defs\":{\"x\":{\"$ref\":\"#/$defs/"
        "y\"},"
        "\"y\":{\"$ref\":\"#/$defs/x\"}}}",
    };

    for (size_t i = 0; i < LG_COUNT(circles); i++)
        cr_assert(strstr(held_fault(NULL, circles[i]), "leads back to itself without an end") !=
                      NULL,
                  "%s", circles[i]);
    HOLDS("{\"items\":{\"$ref\":\"#\"},\"type\":\"array\"}", "[[],[[]]]");
    HOLDS("{\"additionalProperties\":{\"anyOf\":[{\"type\":\"null\"},{\"$ref\":\"#\"}]},"
          "\"type\":\"object\"}",
          "{\"a\":{\"b\":null}}");
}

Test(refs, other_documents_by_their_address_or_their_id)
{
    const struct lg_schema_document documents[] = {
        { "http://x/types.json", lg_str_of("{\"$defs\":{\"n\":{\"type\":\"null\"}}}") },
        { "http://x/named.json", lg_str_of("{\"$id\":\"http://elsewhere/n\","
                                           "\"$ref\":\"http://x/types.json#/$defs/n\"}") },
    };
    const struct lg_schema_options options = { .documents = documents, .document_count = 2 };

    cr_assert(held_with(&options, "{\"$ref\":\"http://x/types.json#/$defs/n\"}", "null"));
    cr_assert(not(held_with(&options, "{\"$ref\":\"http://x/types.json#/$defs/n\"}", "1")));
    cr_assert(not(held_with(&options, "{\"$ref\":\"http://elsewhere/n\"}", "1")));
    cr_assert(held_with(&options, "{\"$id\":\"http://x/a\",\"$ref\":\"named.json\"}", "null"));
}

Test(refs, metaschemas_of_all_drafts_check_schemas)
{
    static const char *const addresses[] = {
        "http://json-schema.org/draft-04/schema#",
        "http://json-schema.org/draft-06/schema#",
        "http://json-schema.org/draft-07/schema#",
        "https://json-schema.org/draft/2019-09/schema",
        "https://json-schema.org/draft/2020-12/schema",
    };

    for (size_t i = 0; i < LG_COUNT(addresses); i++) {
        char *schema = lg_sprintf("{\"$ref\":\"%s\"}", addresses[i]);

        HOLDS(schema, "{}", "{\"type\":\"object\",\"properties\":{\"a\":{\"minLength\":3}}}",
              "{\"unknown\":1}", "{\"items\":{},\"required\":[\"a\"],\"enum\":[1]}");
        REFUSES(schema, "1", "{\"type\":\"x\"}", "{\"minLength\":-1}", "{\"minLength\":1.5}",
                "{\"properties\":{\"a\":{\"allOf\":[]}}}", "{\"required\":[1]}",
                "{\"properties\":{\"a\":1}}", "{\"multipleOf\":0}", "{\"pattern\":\"(\"}",
                "{\"uniqueItems\":1}", "{\"required\":[\"a\",\"a\"]}", "{\"maximum\":\"1\"}",
                "{\"allOf\":[{\"not\":{\"type\":[]}}]}");
        free(schema);
    }
    REFUSES("{\"$ref\":\"http://json-schema.org/draft-04/schema#\"}", "true",
            "{\"exclusiveMaximum\":true}", "{\"properties\":{\"a\":true}}", "{\"required\":[]}");
    HOLDS("{\"$ref\":\"http://json-schema.org/draft-06/schema#\"}", "true", "{\"not\":false}");
    HOLDS("{\"$ref\":\"https://json-schema.org/draft/2020-12/meta/validation\"}",
          "{\"properties\":1}");
    REFUSES("{\"$ref\":\"https://json-schema.org/draft/2020-12/meta/validation\"}",
            "{\"minLength\":-1}");
    REFUSES("{\"$ref\":\"http://json-schema.org/draft-07/schema#/definitions/nonNegativeInteger\"}",
            "-1", "\"x\"");
    cr_assert(strstr(held_fault(NULL, "{\"$ref\":\"http://json-schema.org/draft-05/schema\"}"),
                     "nothing is fetched") != NULL);
}

Test(refs, dynamic_references_find_the_outermost_anchor)
{
    static const char tree[] =
        "{\"$id\":\"http://x/strict\",\"$dynamicAnchor\":\"node\",\"$ref\":\"tree\","
        "\"unevaluatedProperties\":false,\"$defs\":{\"tree\":{\"$id\":\"tree\","
        "\"$dynamicAnchor\":\"node\",\"type\":\"object\",\"properties\":{\"data\":true,"
        "\"children\":{\"items\":{\"$dynamicRef\":\"#node\"}}}}}}";

    HOLDS(tree, "{\"children\":[{\"data\":1,\"children\":[{}]}]}");
    REFUSES(tree, "{\"daat\":1}", "{\"children\":[{\"daat\":1}]}",
            "{\"children\":[{\"children\":[{\"daat\":1}]}]}");
    /* Without an anchor where it leads to first it is like any other reference. */
    HOLDS("{\"$id\":\"http://x/a\",\"$dynamicAnchor\":\"n\",\"type\":\"array\",\"items\":{"
          "\"$ref\":\"b\"},\"$defs\":{\"b\":{\"$id\":\"b\",\"$dynamicRef\":\"#n\",\"$defs\":{"
          "\"c\":{\"$anchor\":\"n\",\"type\":\"null\"}}}}}",
          "[null]");
}

Test(refs, recursive_references_find_the_outermost_root)
{
    static const char tree[] =
        "{" DRAFT_2019 ",\"$id\":\"http://x/strict\",\"$recursiveAnchor\":true,\"$ref\":\"tree\","
        "\"unevaluatedProperties\":false,\"$defs\":{\"tree\":{" DRAFT_2019 ",\"$id\":\"tree\","
        "\"$recursiveAnchor\":%s,\"type\":\"object\",\"properties\":{\"data\":true,"
        "\"children\":{\"items\":{\"$recursiveRef\":\"#\"}}}}}}";
    char text[512];

    snprintf(text, sizeof(text), tree, "true");
    HOLDS(text, "{\"children\":[{\"data\":1}]}");
    REFUSES(text, "{\"daat\":1}", "{\"children\":[{\"daat\":1}]}");
    snprintf(text, sizeof(text), tree, "false");
    HOLDS(text, "{\"children\":[{\"daat\":1}]}");
}

Test(refs, vocabularies_of_a_metaschema_say_what_counts)
{
    const struct lg_schema_document documents[] = {
        { "http://x/meta",
          lg_str_of("{" DRAFT_2020 ",\"$id\":\"http://x/meta\",\"$vocabulary\":{"
                    "\"https://json-schema.org/draft/2020-12/vocab/core\":true,"
                    "\"https://json-schema.org/draft/2020-12/vocab/applicator\":true,"
                    "\"http://x/unknown\":false}}") },
        { "http://x/needs",
          lg_str_of("{" DRAFT_2020 ",\"$vocabulary\":{\"http://x/unknown\":true}}") },
        { "http://x/formats",
          lg_str_of("{" DRAFT_2020 ",\"$vocabulary\":{"
                    "\"https://json-schema.org/draft/2020-12/vocab/format-assertion\":false}}") },
    };

    struct lg_schema_options options = { .documents = documents, .document_count = 3, .lax = true };
    cr_assert(held_with(&options,
                        "{\"$schema\":\"http://x/meta\",\"properties\":{\"a\":{\"minimum\":3}}}",
                        "{\"a\":1}"));
    cr_assert(not(held_with(
        &options, "{\"$schema\":\"http://x/meta\",\"properties\":{\"a\":false}}", "{\"a\":1}")));
    cr_assert(not(
        held_with(&options, "{\"$schema\":\"http://x/formats\",\"format\":\"date\"}", "\"x\"")));
    cr_assert(strstr(held_fault(&options, "{\"$schema\":\"http://x/needs\"}"),
                     "the vocabulary is required, but not known") != NULL);
    options.lax = false;
    cr_assert(strstr(held_fault(&options, "{\"$schema\":\"http://x/meta\",\"minimum\":3}"),
                     "/minimum: the metaschema leaves this keyword's vocabulary out") != NULL);
    cr_assert(strstr(held_fault(&options, "{\"$schema\":\"http://x/nowhere\"}"),
                     "/$schema: found \"http://x/nowhere\", expected the address of draft 4") !=
              NULL);
}

/* --- files ------------------------------------------------------------------------------------ */

static char folder[] = "/tmp/lambdagate-refs-XXXXXX";

static void write_file(const char *name, const char *text)
{
    char *path = lg_sprintf("%s/%s", folder, name);
    FILE *stream = fopen(path, "w");

    fputs(text, stream);
    fclose(stream);
    free(path);
}

static void make_files(void)
{
    cr_assert(mkdtemp(folder) != NULL);
    char *path = lg_sprintf("%s/api", folder);
    mkdir(path, 0700);
    free(path);
    path = lg_sprintf("%s/api/types", folder);
    mkdir(path, 0700);
    free(path);
    write_file("api/types/name.json", "{\"type\":\"string\",\"minLength\":1}");
    write_file("common.json", "{\"$id\":\"https://example.com/common\",\"$defs\":{\"n\":"
                              "{\"type\":\"null\"}}}");
}

static void remove_files(void)
{
    char *command = lg_sprintf("rm -r %s", folder);

    cr_assert(eq(int, system(command), 0));
    free(command);
}

static bool loads(const char *text, const struct lg_schema_options *options, const char *json,
                  bool *ret_valid)
{
    const struct lg_where where = { "t.yaml", 1, "body" };
    struct lg_faults *faults = lg_faults_new();
    char *path = lg_sprintf("%s/api/item.json", folder);

    write_file("api/item.json", text);
    struct lg_schema *schema = lg_schema_load_with(path, options, &where, faults);
    if (schema != NULL) {
        struct lg_fuel fuel = lg_fuel_for(0);
        struct lg_arena arena;
        struct lg_json *value;

        lg_arena_init(&arena);
        cr_assert(eq(int,
                     lg_json_read(&arena, lg_str_of(json), &lg_json_default_limits, &value, NULL),
                     LG_OK));
        *ret_valid = lg_schema_check(schema, value, &fuel, &held_failure);
        lg_arena_done(&arena);
    }
    lg_schema_free(schema);
    lg_faults_free(faults);
    free(path);
    return schema != NULL;
}

Test(refs, files_below_the_folder_are_found_and_others_must_be_listed, .init = make_files,
     .fini = remove_files)
{
    char *common = lg_sprintf("%s/common.json", folder);
    const char *const files[] = { common };
    const struct lg_schema_options listed = { .files = files, .file_count = 1 };
    bool valid;

    cr_assert(loads("{\"$ref\":\"types/name.json\"}", NULL, "\"\"", &valid) && !valid);
    cr_assert(loads("{\"$ref\":\"types/name.json\"}", NULL, "\"x\"", &valid) && valid);
    cr_assert(not(loads("{\"$ref\":\"types/none.json\"}", NULL, "1", &valid)));
    cr_assert(not(loads("{\"$ref\":\"../common.json#/$defs/n\"}", NULL, "1", &valid)));
    cr_assert(loads("{\"$ref\":\"../common.json#/$defs/n\"}", &listed, "1", &valid) && !valid);
    cr_assert(loads("{\"$ref\":\"https://example.com/common#/$defs/n\"}", &listed, "1", &valid) &&
              !valid);
    cr_assert(loads("{\"$id\":\"https://example.com/api/item\",\"$ref\":\"../common#/$defs/n\"}",
                    &listed, "1", &valid) &&
              !valid);
    cr_assert(not(loads("{\"$ref\":\"types/../../common.json#/$defs/n\"}", NULL, "1", &valid)));
    free(common);
}

/* {"properties":{"p0":{"$ref":"types/0.json"},...}} of files that are there. */
static bool loads_with_files(int count)
{
    struct lg_buf schema;
    bool valid;

    lg_buf_init(&schema, SIZE_MAX);
    lg_buf_add_cstr(&schema, "{\"properties\":{");
    for (int i = 0; i < count; i++) {
        char *name = lg_sprintf("api/types/%d.json", i);
        write_file(name, "{}");
        lg_buf_printf(&schema, "%s\"p%d\":{\"$ref\":\"types/%d.json\"}", i > 0 ? "," : "", i, i);
        free(name);
    }
    lg_buf_add(&schema, "}}", sizeof("}}"));
    bool loaded = loads(schema.data, NULL, "{}", &valid);
    lg_buf_done(&schema);
    return loaded;
}

Test(refs, a_schema_consists_of_1000_documents_at_most, .init = make_files, .fini = remove_files)
{
    cr_assert(loads_with_files(999), "999 files, and itself");
    cr_assert(not(loads_with_files(1000)));
}
