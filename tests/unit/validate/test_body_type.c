/* Which schema a body meets, by its content type. */
#include "validate/body.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "base/mem.h"

/* Only compared, never followed. */
#define SCHEMA(number) ((const struct lg_schema *)(const void *)&marks[number])
static const char marks[4];

static const struct lg_body_type types[] = {
    { { "application/json", 16 }, SCHEMA(1) },
    { { "application/vnd.a+json", 22 }, SCHEMA(2) },
};

static const struct lg_schema *chosen(const struct lg_body_rules *rules, const char *type)
{
    const struct lg_schema *schema = NULL;

    cr_assert(eq(int, lg_body_choose(rules, lg_str_of(type), &schema), LG_OK), "%s", type);
    return schema;
}

static bool refused(const struct lg_body_rules *rules, const char *type)
{
    const struct lg_schema *schema;

    return lg_body_choose(rules, lg_str_of(type), &schema) == LG_ERR_REFUSED;
}

Test(body_type, a_schema_alone_is_for_json_of_all_kinds)
{
    const struct lg_body_rules rules = { .json = SCHEMA(0) };

    cr_assert(chosen(&rules, NULL) == SCHEMA(0), "JSON is what has no type");
    cr_assert(chosen(&rules, "application/json") == SCHEMA(0));
    cr_assert(chosen(&rules, "Application/JSON ; charset=utf-8") == SCHEMA(0));
    cr_assert(chosen(&rules, "application/merge-patch+json") == SCHEMA(0));
    cr_assert(refused(&rules, "text/plain"));
    cr_assert(refused(&rules, "application/jsonx"));
    cr_assert(refused(&rules, "application/x-www-form-urlencoded"));
    cr_assert(refused(&rules, ""));
    cr_assert(refused(&rules, "text/plain; a=application/json"));
    cr_assert(refused(&rules, "json"));
}

Test(body_type, listed_types_are_exact)
{
    const struct lg_body_rules rules = { .types = types, .type_count = 2 };

    cr_assert(chosen(&rules, NULL) == SCHEMA(1));
    cr_assert(chosen(&rules, "application/json;x") == SCHEMA(1));
    cr_assert(chosen(&rules, "APPLICATION/VND.A+JSON") == SCHEMA(2));
    cr_assert(refused(&rules, "application/vnd.b+json"));
}

Test(body_type, others_have_a_schema_or_pass_or_are_refused)
{
    const struct lg_body_rules others = { .types = types, .type_count = 2, .others = SCHEMA(3) };
    const struct lg_body_rules pass = { .types = types, .type_count = 2, .pass = true };

    cr_assert(chosen(&others, "text/plain") == SCHEMA(3));
    cr_assert(chosen(&others, "application/json") == SCHEMA(1));
    cr_assert(chosen(&pass, "text/plain") == NULL);
    cr_assert(chosen(&pass, "application/json") == SCHEMA(1));
}

Test(body_type, those_that_have_a_schema_are_told)
{
    struct lg_body_rules rules = { .types = types, .type_count = 2 };
    struct lg_arena arena;

    lg_arena_init(&arena);
    cr_expect(lg_str_is(lg_body_types(&rules, &arena), "application/json, application/vnd.a+json"));
    rules.json = SCHEMA(0);
    rules.type_count = 1;
    cr_expect(lg_str_is(lg_body_types(&rules, &arena),
                        "application/json, application/*+json, application/json"));
    lg_arena_done(&arena);
}
