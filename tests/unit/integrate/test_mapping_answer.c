/* test_mapping_answer.c -- parameter mapping of answers as HTTP APIs have it. */
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "mapped.h"

TestSuite(mapping_answer, .init = mapped_start, .fini = mapped_stop);

Test(mapping_answer, headers_are_appended_overwritten_and_removed)
{
    mapped_answer(
        PAIRS({ "append:header.a", "2" }, { "overwrite:header.b", "new" },
              { "remove:header.c", "''" }),
        &(struct mapped_request){ FIELDS(FIELD("A", "1"), FIELD("b", "old"), FIELD("B", "old"),
                                         FIELD("c", "x"), FIELD("content-type", "text/plain")) });
    header_is("a", "1|2");
    header_is("b", "new");
    header_is("c", NULL);
    header_is("content-type", "text/plain");
    cr_assert(eq(int, mapped_status(), 200));
}

Test(mapping_answer, a_cookie_more_is_a_field_more)
{
    mapped_answer(PAIRS({ "append:header.set-cookie", "b=2" }),
                  &(struct mapped_request){ FIELDS(FIELD("set-cookie", "a=1")) });
    header_is("set-cookie", "a=1|b=2");
}

Test(mapping_answer, the_status_is_overwritten_by_text_or_by_a_value)
{
    mapped_answer(PAIRS({ "overwrite:statuscode", "403" }), &(struct mapped_request){ .body = "" });
    cr_assert(eq(int, mapped_status(), 403));
    mapped_answer(PAIRS({ "overwrite:statuscode", "$response.header.status" }),
                  &(struct mapped_request){ FIELDS(FIELD("status", "418")) });
    cr_assert(eq(int, mapped_status(), 418));
    mapped_answer(PAIRS({ "overwrite:statuscode", "$response.body.code" }),
                  &(struct mapped_request){ .body = "{\"code\":503}" });
    cr_assert(eq(int, mapped_status(), 503));
}

Test(mapping_answer, a_value_that_is_no_status_leaves_it_as_it_was)
{
    static const char *const bodies[] = { "{\"code\":99}", "{\"code\":600}", "{\"code\":\"ok\"}",
                                          "{\"code\":2.5}", "{}" };

    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        mapped_answer(PAIRS({ "overwrite:statuscode", "$response.body.code" }),
                      &(struct mapped_request){ .body = bodies[i] });
        cr_assert(eq(int, mapped_status(), 200), "%s", bodies[i]);
    }
}

Test(mapping_answer, values_come_from_the_answer_the_context_and_stage_variables)
{
    mapped_answer(PAIRS({ "append:header.a", "$response.header.X-Back" },
                        { "append:header.b", "$response.body" },
                        { "append:header.c", "$response.body.test" },
                        { "append:header.d", "$context.apiId" },
                        { "append:header.e", "$stageVariables.backend" },
                        { "append:header.f", "${context.integration.status}/static" }),
                  &(struct mapped_request){ .body = "{\"test\":\"v\"}",
                                            FIELDS(FIELD("x-back", "1"), FIELD("X-BACK", "2")) });
    header_is("a", "1,2");
    header_is("b", "{\"test\":\"v\"}");
    header_is("c", "v");
    header_is("d", "ab12cd34ef");
    header_is("e", "blue");
    header_is("f", "200/static");
}

Test(mapping_answer, a_control_character_for_a_header_is_refused)
{
    cr_assert(eq(int,
                 mapped_answer_try(PAIRS({ "append:header.a", "$response.body.a" }),
                                   &(struct mapped_request){ .body = "{\"a\":\"x\\r\\ny\"}" }),
                 LG_ERR_SYNTAX));
    text_is(mapped_reason(), "mapping of a: the value cannot stand there");
}

Test(mapping_answer, values_of_more_than_10240_bytes_together_are_too_large)
{
    static char body[LG_MAPPING_BYTES_MAX + 1];

    memset(body, 'x', sizeof(body));
    cr_assert(
        eq(int,
           mapped_answer_try(PAIRS({ "append:header.a", "$response.body" }),
                             &(struct mapped_request){ .body = body, .body_size = sizeof(body) }),
           LG_ERR_TOO_BIG));
}
