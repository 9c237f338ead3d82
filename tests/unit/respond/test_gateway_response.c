/* test_gateway_response.c -- gateway responses as a configuration changes them. */
#include "respond/gateway_response.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/mem.h"

static struct lg_arena arena;
static struct lg_gateway_responses *responses;
static struct lg_faults *faults;
static struct lg_error_answer answer;
static const struct lg_header *headers;
static size_t header_count;

static void begin(void)
{
    lg_arena_init(&arena);
    faults = lg_faults_new();
}

static void end(void)
{
    lg_gateway_responses_free(responses);
    lg_faults_free(faults);
    lg_arena_done(&arena);
}

TestSuite(gateway_response, .init = begin, .fini = end);

#define PAIRS(...)                                                                                 \
    {                                                                                              \
        (const struct lg_config_pair[]){ __VA_ARGS__ },                                            \
            sizeof((const struct lg_config_pair[]){ __VA_ARGS__ }) / sizeof(struct lg_config_pair) \
    }

#define PARAMETER(name, value)                                                                     \
    {                                                                                              \
        "gatewayresponse.header." name, value,                                                     \
        {                                                                                          \
            "t", 1, "p"                                                                            \
        }                                                                                          \
    }
#define TEMPLATE(type, text)                                                                       \
    {                                                                                              \
        type, text,                                                                                \
        {                                                                                          \
            "t", 1, "p"                                                                            \
        }                                                                                          \
    }

static const struct lg_config_pair variables[] = { { "tier", "gold&\"blue\"", { "t", 1, "p" } } };

static void compile(const struct lg_config_gateway_response *list, size_t count)
{
    struct lg_config_api api = { .name = "a", .kind = LG_API_REST };

    api.stage_variables = (struct lg_config_pairs){ variables, 1 };
    api.gateway_responses = list;
    api.gateway_response_count = count;
    responses = lg_gateway_responses_compile(&api, faults);
}

#define COMPILE(...)                                                                               \
    const struct lg_config_gateway_response list[] = { __VA_ARGS__ };                              \
    compile(list, LG_COUNT(list))

static const struct lg_header request_headers[] = {
    { { "Host", 4 }, { "h", 1 } },
    { { "X-Who", 5 }, { "<\"me\">", 6 } },
    { { "Accept", 6 }, { "text/html, application/json", 27 } },
};

/* The answer to a request for `error`, whose Accept is text/html if `html`. */
static void apply(enum lg_error error, bool html)
{
    struct lg_head head = { .method = LG_STR("GET"),
                            .path = LG_STR("/p"),
                            .query = LG_STR("q=1&q=a%20b"),
                            .headers = request_headers,
                            .header_count = html ? 3 : 2,
                            .peer = "192.0.2.1" };
    const struct lg_capture capture = { LG_STR("id"), LG_STR("7%20"), LG_STR("7 ") };
    const struct lg_route_match match = { .captures = &capture, .capture_count = 1 };
    const struct lg_context context = {
        .kind = LG_API_REST, .head = &head, .request_id = "r-1", .stage = "prod"
    };
    struct lg_response_source source = { .context = &context,
                                         .match = &match,
                                         .validation = "[\"sku\" is missing]" };

    lg_error_answer(error, LG_API_REST, LG_ERRORS_AWS, NULL, &arena, &answer);
    source.message = answer.message;
    source.type = lg_response_type_row(answer.type)->name;
    lg_gateway_responses_apply(responses, &source, &arena, &answer, &headers, &header_count);
}

static const char *body(void)
{
    return lg_arena_cstr(&arena, answer.body);
}

static void refuses(const char *said)
{
    cr_assert_null(responses);
    cr_assert_eq(lg_faults_count(faults), 1);
    cr_assert_str_eq(lg_faults_line(faults, 0), said);
}

/* --- which response --- */

Test(gateway_response, without_any_the_answer_stays)
{
    apply(LG_ERROR_NOT_FOUND, false);
    cr_assert_eq(answer.status, 403);
    cr_assert_str_eq(body(), "{\"message\":\"Missing Authentication Token\"}");
    cr_assert_eq(header_count, 0);
}

Test(gateway_response, the_type_of_the_error_is_changed_and_others_are_not)
{
    COMPILE({ .type = LG_RESPONSE_MISSING_AUTHENTICATION_TOKEN, .status_code = 404 });
    apply(LG_ERROR_NOT_FOUND, false);
    cr_assert_eq(answer.status, 404);
    cr_assert_str_eq(body(), "{\"message\":\"Missing Authentication Token\"}");
    cr_assert_str_eq(answer.error_type, "MissingAuthenticationTokenException");
    apply(LG_ERROR_ROUTE_BUSY, false);
    cr_assert_eq(answer.status, 429);
}

Test(gateway_response, the_defaults_stand_for_types_without_an_entry_with_their_status_too)
{
    COMPILE({ .type = LG_RESPONSE_DEFAULT_4XX, .status_code = 418 },
            { .type = LG_RESPONSE_DEFAULT_5XX, .status_code = 599 },
            { .type = LG_RESPONSE_THROTTLED });
    apply(LG_ERROR_NOT_FOUND, false);
    cr_assert_eq(answer.status, 418);
    apply(LG_ERROR_INVALID_BODY, false);
    cr_assert_eq(answer.status, 418);
    apply(LG_ERROR_FUNCTION, false);
    cr_assert_eq(answer.status, 599);
    apply(LG_ERROR_TIMEOUT, false);
    cr_assert_eq(answer.status, 599);
    apply(LG_ERROR_ROUTE_BUSY, false);
    cr_assert_eq(answer.status, 429);
}

Test(gateway_response, a_request_that_is_too_large_is_never_changed)
{
    COMPILE({ .type = LG_RESPONSE_DEFAULT_4XX,
              .status_code = 418,
              .response_parameters = PAIRS(PARAMETER("X-A", "'a'")) });
    apply(LG_ERROR_EVENT_TOO_LARGE, false);
    cr_assert_eq(answer.status, 413);
    cr_assert_eq(header_count, 0);
    apply(LG_ERROR_BODY_TOO_LARGE, false);
    cr_assert_eq(answer.status, 413);
}

/* --- bodies --- */

Test(gateway_response, the_message_string_stands_in_quotes_and_the_message_does_not)
{
    COMPILE({ .type = LG_RESPONSE_DEFAULT_4XX,
              .response_templates =
                  PAIRS(TEMPLATE("application/json",
                                 "{\"m\":$context.error.messageString,\"t\":\"$context."
                                 "error.responseType\",\"s\":\"$context.error.message.\"}")) });
    apply(LG_ERROR_NOT_FOUND, false);
    cr_assert_str_eq(body(), "{\"m\":\"Missing Authentication Token\",\"t\":\"MISSING_"
                             "AUTHENTICATION_TOKEN\",\"s\":\"Missing Authentication Token.\"}");
    cr_assert_str_eq(answer.content_type, "application/json");
}

Test(gateway_response, values_are_escaped_for_what_they_stand_in)
{
    COMPILE({ .type = LG_RESPONSE_DEFAULT_4XX,
              .response_templates =
                  PAIRS(TEMPLATE("application/json", "\"$method.request.header.X-Who\""),
                        TEMPLATE("text/html", "<p>$method.request.header.X-Who "
                                              "$context.error.validationErrorString</p>")) });
    apply(LG_ERROR_INVALID_BODY, false);
    cr_assert_str_eq(body(), "\"<\\\"me\\\">\"");
    apply(LG_ERROR_INVALID_BODY, true);
    cr_assert_str_eq(body(), "<p>&lt;&quot;me&quot;&gt; [&quot;sku&quot; is missing]</p>");
    cr_assert_str_eq(answer.content_type, "text/html");
}

Test(gateway_response, what_a_client_accepts_first_chooses_the_template)
{
    COMPILE({ .type = LG_RESPONSE_DEFAULT_4XX,
              .response_templates =
                  PAIRS(TEMPLATE("text/plain", "plain"), TEMPLATE("application/json", "{}")) },
            { .type = LG_RESPONSE_DEFAULT_5XX,
              .response_templates = PAIRS(TEMPLATE("text/plain", "plain")) });
    apply(LG_ERROR_NOT_FOUND, true); /* text/html: none */
    cr_assert_str_eq(body(), "{}");
    apply(LG_ERROR_FUNCTION, true);
    cr_assert_str_eq(body(), "plain");
}

Test(gateway_response, every_kind_of_variable_has_its_value)
{
    COMPILE(
        { .type = LG_RESPONSE_DEFAULT_4XX,
          .response_templates = PAIRS(TEMPLATE(
              "text/plain", "$context.requestId,$context.stage,$stageVariables.tier,"
                            "$method.request.querystring.q,$method.request.path.id,"
                            "$method.request.header.x-who,$context.identity.sourceIp,$other,$")) });
    apply(LG_ERROR_NOT_FOUND, false);
    cr_assert_str_eq(body(), "r-1,prod,gold&\"blue\",a b,7 ,,192.0.2.1,$other,$");
}

Test(gateway_response, a_body_that_grows_too_large_is_given_up)
{
    struct lg_buf text;

    lg_buf_init(&text, SIZE_MAX);
    while (text.size < LG_RESPONSE_BODY_MAX)
        lg_buf_add_cstr(&text, "0123456789");
    lg_buf_add_char(&text, '\0');
    COMPILE({ .type = LG_RESPONSE_DEFAULT_4XX,
              .response_templates = PAIRS(TEMPLATE("application/json", text.data)) });
    apply(LG_ERROR_NOT_FOUND, false);
    cr_assert_str_eq(body(), "{\"message\":\"Missing Authentication Token\"}");
    lg_buf_done(&text);
}

/* --- headers --- */

Test(gateway_response, headers_are_added)
{
    COMPILE({ .type = LG_RESPONSE_DEFAULT_4XX,
              .response_parameters = PAIRS(PARAMETER("Access-Control-Allow-Origin", "'*'"),
                                           PARAMETER("X-Id", "context.requestId"),
                                           PARAMETER("X-None", "method.request.header.X-None"),
                                           PARAMETER("X-Query", "method.request.querystring.q"),
                                           PARAMETER("X-Tier", "stageVariables.tier")) });
    apply(LG_ERROR_NOT_FOUND, false);
    cr_assert_eq(header_count, 4);
    cr_assert(lg_str_is(headers[0].name, "Access-Control-Allow-Origin"));
    cr_assert(lg_str_is(headers[0].value, "*"));
    cr_assert(lg_str_is(headers[1].value, "r-1"));
    cr_assert(lg_str_is(headers[2].value, "a b"));
    cr_assert(lg_str_is(headers[3].value, "gold&\"blue\""));
}

Test(gateway_response, header_fields_that_grow_too_large_are_left_out)
{
    char half[LG_RESPONSE_FIELDS_MAX / 2 + 3];

    memset(half, 'x', sizeof(half));
    half[0] = half[sizeof(half) - 2] = '\'';
    half[sizeof(half) - 1] = '\0';
    COMPILE({ .type = LG_RESPONSE_DEFAULT_4XX,
              .response_parameters = PAIRS(PARAMETER("X-A", half), PARAMETER("X-B", half),
                                           PARAMETER("X-C", "'c'"), PARAMETER("X-D", half)) });
    apply(LG_ERROR_NOT_FOUND, false);
    cr_assert_eq(header_count, 2);
    cr_assert(lg_str_is(headers[1].name, "X-B"));
}

Test(gateway_response, a_content_type_may_be_said_by_a_header)
{
    COMPILE({ .type = LG_RESPONSE_DEFAULT_4XX,
              .response_parameters = PAIRS(PARAMETER("Content-Type", "'application/problem+json'"),
                                           PARAMETER("X-A", "'a'")) });
    apply(LG_ERROR_NOT_FOUND, false);
    cr_assert_str_eq(answer.content_type, "application/problem+json");
    cr_assert_eq(header_count, 1);
}

/* --- what is refused --- */

Test(gateway_response, an_unknown_variable_is_a_fault)
{
    COMPILE({ .type = LG_RESPONSE_DEFAULT_4XX,
              .response_templates = PAIRS(TEMPLATE("text/plain", "$context.nothing")) });
    refuses("t:1: p: found \"context.nothing\", expected context.NAME, stageVariables.NAME, "
            "method.request.header.NAME, method.request.querystring.NAME or "
            "method.request.path.NAME");
}

Test(gateway_response, a_parameter_without_quotes_is_a_fault)
{
    COMPILE(
        { .type = LG_RESPONSE_DEFAULT_4XX, .response_parameters = PAIRS(PARAMETER("X-A", "a")) });
    refuses("t:1: p: found \"a\", expected context.NAME, stageVariables.NAME, "
            "method.request.header.NAME, method.request.querystring.NAME or "
            "method.request.path.NAME, or a text in '...'");
}

Test(gateway_response, an_unknown_stage_variable_is_a_fault)
{
    COMPILE({ .type = LG_RESPONSE_DEFAULT_4XX,
              .response_parameters = PAIRS(PARAMETER("X-A", "stageVariables.none")) });
    refuses("t:1: p: found the stage variable \"none\", expected one of the API");
}
