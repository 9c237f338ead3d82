/* test_mapping_http.c -- parameter mapping of requests as HTTP APIs have it, row by row. */
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "mapped.h"

TestSuite(mapping_http, .init = mapped_start, .fini = mapped_stop);

/* --- keys ------------------------------------------------------------------------------------- */

Test(mapping_http, append_header_adds_a_value_behind_those_that_are_there)
{
    mapped(PAIRS({ "append:header.x-tag", "new" }),
           &(struct mapped_request){ FIELDS(FIELD("X-Tag", "old"), FIELD("accept", "*/*")) });
    header_is("x-tag", "old|new");
    header_is("accept", "*/*");
}

Test(mapping_http, append_header_makes_one_that_is_not_there)
{
    mapped(PAIRS({ "append:header.x-tag", "new" }), &(struct mapped_request){ .body = "" });
    header_is("x-tag", "new");
}

Test(mapping_http, append_header_with_numbers_adds_several_values)
{
    mapped(PAIRS({ "append:header.x-tag", "one" }, { "append:header.x-tag.2", "two" },
                 { "append:header.x-tag.3", "three" }),
           &(struct mapped_request){ .body = "" });
    header_is("x-tag", "one|two|three");
}

Test(mapping_http, overwrite_header_replaces_all_values_whatever_their_case)
{
    mapped(PAIRS({ "overwrite:header.x-tag", "new" }),
           &(struct mapped_request){ FIELDS(FIELD("X-Tag", "a"), FIELD("x-tag", "b")) });
    header_is("x-tag", "new");
}

Test(mapping_http, remove_header_deletes_all_values_whatever_their_case)
{
    mapped(PAIRS({ "remove:header.x-tag", "''" }),
           &(struct mapped_request){ FIELDS(FIELD("X-Tag", "a"), FIELD("x-tag", "b")) });
    header_is("x-tag", NULL);
    cr_assert(eq(sz, mapped_last()->header_count, 0));
}

Test(mapping_http, what_cgi_would_take_for_the_header_is_replaced_and_deleted_too)
{
    mapped(PAIRS({ "overwrite:header.x-user-id", "new" }, { "remove:header.x-gone", "''" },
                 { "append:header.x-more", "2" }),
           &(struct mapped_request){ FIELDS(FIELD("X_User-ID", "a"), FIELD("x_gone", "b"),
                                            FIELD("x_more", "1"), FIELD("x_user_idx", "c")) });
    header_is("x_user-id", NULL);
    header_is("x-user-id", "new");
    header_is("x_gone", NULL);
    header_is("x_more", "1");
    header_is("x-more", "2");
    header_is("x_user_idx", "c");
}

Test(mapping_http, remove_takes_the_empty_text_too)
{
    mapped(PAIRS({ "remove:header.x-tag", "" }),
           &(struct mapped_request){ FIELDS(FIELD("X-Tag", "a")) });
    header_is("x-tag", NULL);
}

Test(mapping_http, a_header_is_renamed_by_append_and_remove)
{
    mapped(PAIRS({ "append:header.header2", "$request.header.header1" },
                 { "remove:header.header1", "''" }),
           &(struct mapped_request){ FIELDS(FIELD("Header1", "v")) });
    header_is("header2", "v");
    header_is("header1", NULL);
}

Test(mapping_http, of_one_target_remove_comes_first_then_overwrite_then_append)
{
    mapped(PAIRS({ "append:header.x", "c" }, { "overwrite:header.x", "b" },
                 { "remove:header.x", "''" }),
           &(struct mapped_request){ FIELDS(FIELD("x", "a")) });
    header_is("x", "b|c");
}

Test(mapping_http, values_are_those_of_the_request_as_it_came)
{
    mapped(PAIRS({ "overwrite:header.a", "$request.header.b" },
                 { "overwrite:header.b", "$request.header.a" }),
           &(struct mapped_request){ FIELDS(FIELD("a", "1"), FIELD("b", "2")) });
    header_is("a", "2");
    header_is("b", "1");
}

Test(mapping_http, append_querystring_adds_a_value_and_leaves_the_rest_as_it_was_written)
{
    mapped(PAIRS({ "append:querystring.q", "a b&c" }),
           &(struct mapped_request){ .target = "/shops/7/a?x=%41&q=1&&flag" });
    text_is(mapped_query(), "x=%41&q=1&flag&q=a%20b%26c");
}

Test(mapping_http, overwrite_querystring_replaces_all_values)
{
    mapped(PAIRS({ "overwrite:querystring.q", "new" }),
           &(struct mapped_request){ .target = "/shops/7/a?q=1&x=2&%71=3" });
    text_is(mapped_query(), "x=2&q=new");
}

Test(mapping_http, remove_querystring_deletes_all_values)
{
    mapped(PAIRS({ "remove:querystring.q", "''" }),
           &(struct mapped_request){ .target = "/shops/7/a?q=1&x=2&q" });
    text_is(mapped_query(), "x=2");
    mapped(PAIRS({ "remove:querystring.q", "''" }),
           &(struct mapped_request){ .target = "/shops/7/a?q=1" });
    text_is(mapped_query(), NULL);
}

Test(mapping_http, names_of_query_parameters_differ_by_case)
{
    mapped(PAIRS({ "remove:querystring.q", "''" }, { "append:header.x", "$request.querystring.Q" }),
           &(struct mapped_request){ .target = "/shops/7/a?q=1&Q=2" });
    text_is(mapped_query(), "Q=2");
    header_is("x", "2");
}

Test(mapping_http, a_request_without_a_query_gets_one)
{
    mapped(PAIRS({ "append:querystring.caf\xc3\xa9", "1" }),
           &(struct mapped_request){ .body = "" });
    text_is(mapped_query(), "caf%C3%A9=1");
}

Test(mapping_http, a_query_that_no_mapping_touches_stays_to_the_letter)
{
    mapped(PAIRS({ "append:header.x", "1" }),
           &(struct mapped_request){ .target = "/shops/7/a?&a=%zz&&b" });
    text_is(mapped_query(), "&a=%zz&&b");
}

Test(mapping_http, overwrite_path_is_the_new_path)
{
    mapped(PAIRS({ "overwrite:path", "/internal/shop list" }),
           &(struct mapped_request){ .body = "" });
    text_is(mapped_path(), "/internal/shop%20list");
    mapped(PAIRS({ "append:header.x", "1" }), &(struct mapped_request){ .body = "" });
    text_is(mapped_path(), NULL);
}

/* --- values ----------------------------------------------------------------------------------- */

Test(mapping_http, request_header_joins_several_values_by_commas_whatever_the_case)
{
    mapped(PAIRS({ "append:header.x", "$request.header.x-tag" }),
           &(struct mapped_request){ FIELDS(FIELD("X-Tag", "a"), FIELD("x-tag", "b,c")) });
    header_is("x", "a,b,c");
}

Test(mapping_http, request_querystring_joins_several_decoded_values_by_commas)
{
    mapped(PAIRS({ "append:header.x", "$request.querystring.q" }),
           &(struct mapped_request){ .target = "/shops/7/a?q=a+b&q=%63&r=d" });
    header_is("x", "a b,c");
}

Test(mapping_http, request_path_is_the_path_without_the_stage_as_it_came)
{
    mapped(PAIRS({ "append:header.x", "$request.path" }),
           &(struct mapped_request){ .target = "/shops/7/caf%C3%A9?q" });
    header_is("x", "/shops/7/caf%C3%A9");
}

Test(mapping_http, request_path_variable_is_decoded)
{
    mapped(PAIRS({ "append:header.shop", "$request.path.shop" },
                 { "append:header.rest", "$request.path.rest" }),
           &(struct mapped_request){ .target = "/shops/a%20b/c/d" });
    header_is("shop", "a b");
    header_is("rest", "c/d");
}

Test(mapping_http, request_body_is_the_whole_body)
{
    mapped(PAIRS({ "append:header.x", "$request.body" }),
           &(struct mapped_request){ .body = " {not json " });
    header_is("x", "{not json");
}

Test(mapping_http, an_empty_request_body_is_the_empty_text)
{
    mapped(PAIRS({ "append:header.x", "$request.body" }), &(struct mapped_request){ .body = "" });
    header_is("x", "");
}

Test(mapping_http, request_body_takes_a_json_path)
{
    mapped(PAIRS({ "append:header.a", "$request.body.pets[1].name" },
                 { "append:header.b", "${request.body['a b'].c}" },
                 { "append:header.c", "${request.body.pets[*].name}" }),
           &(struct mapped_request){
               .body = "{\"pets\":[{\"name\":\"rex\"},{\"name\":\"tom\"}],\"a b\":{\"c\":1.50}}" });
    header_is("a", "tom");
    header_is("b", "1.50");
    header_is("c", "[\"rex\",\"tom\"]");
}

Test(mapping_http, a_body_up_to_100_kb_has_values_for_json_paths)
{
    static char body[LG_MAPPING_BODY_MAX + 2];
    const struct pair *pairs = PAIRS({ "append:header.x", "$request.body.a" });

    memset(body, ' ', sizeof(body));
    memcpy(body, "{\"a\":\"b\"}", 9);
    mapped(pairs, &(struct mapped_request){ .body = body, .body_size = LG_MAPPING_BODY_MAX });
    header_is("x", "b");
    mapped(pairs, &(struct mapped_request){ .body = body, .body_size = LG_MAPPING_BODY_MAX + 1 });
    header_is("x", NULL);
}

Test(mapping_http, context_variables_are_those_of_the_request)
{
    mapped(PAIRS({ "append:header.a", "$context.requestId" },
                 { "append:header.b", "$context.identity.sourceIp" },
                 { "append:header.c", "$context.routeKey" },
                 { "append:header.d", "$context.requestTimeEpoch" }),
           &(struct mapped_request){ .body = "" });
    header_is("a", "Kx7mZpQ2vHcEXYa=");
    header_is("b", "198.51.100.7");
    header_is("c", "GET /shops/{shop}/{rest+}");
    header_is("d", "1783711144123");
}

Test(mapping_http, claims_are_context_variables)
{
    mapped(PAIRS({ "append:header.a", "$context.authorizer.claims.sub" },
                 { "append:header.b", "$context.authorizer.jwt.claims.sub" },
                 { "append:header.c", "${context.authorizer.claims['cognito:groups']}" },
                 { "append:header.d", "$context.authorizer.principalId" }),
           &(struct mapped_request){ .body = "" });
    header_is("a", "user-17");
    header_is("b", "user-17");
    header_is("c", "[a b]");
    header_is("d", "p-1");
}

Test(mapping_http, stage_variables_are_those_of_the_api)
{
    mapped(PAIRS({ "append:header.x", "$stageVariables.backend" },
                 { "overwrite:path", "/${stageVariables.backend}/x" }),
           &(struct mapped_request){ .body = "" });
    header_is("x", "blue");
    text_is(mapped_path(), "/blue/x");
}

Test(mapping_http, anything_else_is_text)
{
    mapped(PAIRS({ "append:header.a", "  two words\t" }, { "append:header.b", "5$ and $ 1 $9" },
                 { "append:header.c", "'quoted'" }, { "append:querystring.d", " x " }),
           &(struct mapped_request){ .body = "" });
    header_is("a", "two words");
    header_is("b", "5$ and $ 1 $9");
    header_is("c", "'quoted'");
    text_is(mapped_query(), "d=%20x%20");
}

Test(mapping_http, several_values_stand_in_braces)
{
    mapped(PAIRS({ "append:header.x", "${request.path.shop}-${context.requestId}}" }),
           &(struct mapped_request){ .body = "" });
    header_is("x", "7-Kx7mZpQ2vHcEXYa=}");
}

Test(mapping_http, a_value_without_braces_ends_at_a_blank_or_the_next_dollar)
{
    mapped(PAIRS({ "append:header.x",
                   "a/$request.path.shop b$request.path.shop$stageVariables.backend" }),
           &(struct mapped_request){ .body = "" });
    header_is("x", "a/7 b7blue");
}

/* --- values that are not there ------------------------------------------------------------------
 */

Test(mapping_http, an_append_without_a_value_adds_nothing)
{
    mapped(PAIRS({ "append:header.a", "$request.header.missing" },
                 { "append:header.b", "$request.querystring.missing" },
                 { "append:header.c", "$request.body.missing" },
                 { "append:header.d", "$context.authorizer.claims.missing" },
                 { "append:querystring.e", "$request.header.missing" },
                 { "overwrite:path", "/x/$request.header.missing" }),
           &(struct mapped_request){ .body = "{\"missing\":null}" });
    cr_assert(eq(sz, mapped_last()->header_count, 0));
    text_is(mapped_query(), NULL);
    text_is(mapped_path(), NULL);
}

/* A client must not choose what the configuration says comes from a token. */
Test(mapping_http, an_overwrite_without_a_value_leaves_none)
{
    mapped(PAIRS({ "overwrite:header.x-user", "$context.authorizer.claims.missing" },
                 { "overwrite:querystring.user", "$context.authorizer.claims.missing" }),
           &(struct mapped_request){ .target = "/shops/7/a?user=root&x=1",
                                     FIELDS(FIELD("X-User", "root")) });
    header_is("x-user", NULL);
    text_is(mapped_query(), "x=1");
}

Test(mapping_http, a_value_with_a_part_that_is_missing_is_missing_whole)
{
    mapped(PAIRS({ "append:header.a", "${request.path.shop} ${request.header.missing}" },
                 { "append:header.b", "$request.header.missing text" }),
           &(struct mapped_request){ .body = "" });
    header_is("a", NULL);
    header_is("b", NULL);
}

Test(mapping_http, a_body_that_is_no_json_has_no_values_and_neither_has_one_with_a_name_twice)
{
    mapped(PAIRS({ "append:header.x", "$request.body.a" }),
           &(struct mapped_request){ .body = "{not json]}" });
    header_is("x", NULL);
    mapped(PAIRS({ "append:header.x", "$request.body.a" }),
           &(struct mapped_request){ .body = "{\"a\":1,\"a\":2}" });
    header_is("x", NULL);
}

/* --- values that cannot stand where they should -------------------------------------------------
 */

Test(mapping_http, a_control_character_for_a_header_refuses_the_request)
{
    cr_assert(eq(int,
                 mapped_try(PAIRS({ "append:header.x", "$request.querystring.q" }),
                            &(struct mapped_request){ .target = "/shops/7/a?q=a%0d%0aEvil:1" }),
                 LG_ERR_SYNTAX));
    text_is(mapped_reason(), "mapping of x: the value cannot stand there");
    cr_assert(eq(int,
                 mapped_try(PAIRS({ "append:header.x", "$request.body.a" }),
                            &(struct mapped_request){ .body = "{\"a\":\"b\\nc\"}" }),
                 LG_ERR_SYNTAX));
}

Test(mapping_http, a_control_character_for_the_query_is_encoded)
{
    mapped(PAIRS({ "append:querystring.x", "$request.querystring.q" }),
           &(struct mapped_request){ .target = "/shops/7/a?q=a%0d%0ab" });
    text_is(mapped_query(), "q=a%0d%0ab&x=a%0D%0Ab");
}

Test(mapping_http, values_of_more_than_10240_bytes_together_are_too_large)
{
    static char body[LG_MAPPING_BYTES_MAX + 1];
    const struct pair *one = PAIRS({ "append:header.a", "$request.body" });
    const struct pair *two =
        PAIRS({ "append:header.a", "$request.body" }, { "append:header.b", "1" });

    memset(body, 'x', sizeof(body));
    mapped(one, &(struct mapped_request){ .body = body, .body_size = LG_MAPPING_BYTES_MAX });
    cr_assert(eq(int,
                 mapped_try(one, &(struct mapped_request){ .body = body,
                                                           .body_size = LG_MAPPING_BYTES_MAX + 1 }),
                 LG_ERR_TOO_BIG));
    cr_assert(eq(int,
                 mapped_try(two, &(struct mapped_request){ .body = body,
                                                           .body_size = LG_MAPPING_BYTES_MAX }),
                 LG_ERR_TOO_BIG));
}

/* --- paths --------------------------------------------------------------------------------------
 */

Test(mapping_http, a_variable_stays_inside_its_segment_of_the_path)
{
    mapped(PAIRS({ "overwrite:path", "/x/${request.path.shop}/y" }),
           &(struct mapped_request){ .target = "/shops/a%2Fb%3Fc/d" });
    text_is(mapped_path(), "/x/a%2Fb%3Fc/y");
}

Test(mapping_http, a_greedy_variable_keeps_its_slashes_in_the_path)
{
    mapped(PAIRS({ "overwrite:path", "/x/$request.path.rest" }),
           &(struct mapped_request){ .target = "/shops/7/a/b%2Fc/d" });
    text_is(mapped_path(), "/x/a/b%2Fc/d");
}

Test(mapping_http, a_path_that_does_not_begin_with_a_slash_gets_one)
{
    mapped(PAIRS({ "overwrite:path", "$request.path.rest" }),
           &(struct mapped_request){ .body = "" });
    text_is(mapped_path(), "/a/b");
}

Test(mapping_http, a_path_put_together_may_not_climb)
{
    const struct pair *pairs = PAIRS({ "overwrite:path", "/x/${request.path.rest}" });

    cr_assert(eq(int, mapped_try(pairs, &(struct mapped_request){ .target = "/shops/7/../etc" }),
                 LG_ERR_SYNTAX));
    cr_assert(eq(int,
                 mapped_try(pairs, &(struct mapped_request){ .target = "/shops/7/%2e%2E/etc" }),
                 LG_ERR_SYNTAX));
    mapped(pairs, &(struct mapped_request){ .target = "/shops/7/...a" });
    text_is(mapped_path(), "/x/...a");
}

Test(mapping_http, the_path_of_the_request_alone_is_passed_as_it_is)
{
    mapped(PAIRS({ "overwrite:path", "$request.path" }),
           &(struct mapped_request){ .target = "/shops/7/a%2Fb/../c?q" });
    text_is(mapped_path(), "/shops/7/a%2Fb/../c");
}
