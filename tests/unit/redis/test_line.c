/* test_line.c -- request and reply lines: what is written, what is read, what is refused. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "redis/line.h"

static struct lg_arena arena;

static void setup(void)
{
    lg_arena_init(&arena);
}

static void teardown(void)
{
    lg_arena_done(&arena);
}

TestSuite(line, .init = setup, .fini = teardown);

static void is_text(struct lg_str text, const char *wanted)
{
    cr_assert(lg_str_is(text, wanted), "found %.*s, expected %s", LG_STR_ARG(text), wanted);
}

static const struct lg_redis_request request = {
    .id = { "1", 1 },
    .function = { "f", 1 },
    .reply = { "lg:r:{g}:0", 10 },
    .deadline_ms = 1795279000000,
    .timeout_ms = 3000,
    .attempt = 1,
    .trace = { "Root=1", 6 },
};

Test(line, a_request_is_one_line_in_the_order_of_the_protocol)
{
    struct lg_buf out;

    lg_buf_init(&out, SIZE_MAX);
    lg_redis_request_write(&out, &request);
    is_text(
        lg_buf_str(&out),
        "{\"v\":1,\"id\":\"1\",\"fn\":\"f\",\"reply\":\"lg:r:{g}:0\",\"deadline\":1795279000000,"
        "\"timeout_ms\":3000,\"attempt\":1,\"async\":false,\"trace\":\"Root=1\"}\n");
    lg_buf_done(&out);
}

Test(line, what_a_client_sent_cannot_begin_another_line)
{
    struct lg_redis_request evil = request, read;
    struct lg_buf out;

    evil.client_context = LG_STR("{\"a\":\n\"\x01\"}\n");
    evil.identity = LG_STR("x\r\n");
    evil.start = true;
    lg_buf_init(&out, SIZE_MAX);
    lg_redis_request_write(&out, &evil);
    lg_buf_add_cstr(&out, "BODY\n");
    cr_assert(eq(sz, lg_str_find(lg_buf_str(&out), '\n', 0), out.size - 6));
    cr_assert_eq(lg_redis_request_read(&arena, lg_buf_str(&out), &read), LG_OK);
    is_text(read.client_context, "{\"a\":\n\"\x01\"}\n");
    is_text(read.identity, "x\r\n");
    is_text(read.body, "BODY\n");
    cr_assert(read.start);
    cr_assert_eq(read.deadline_ms, 1795279000000);
    lg_buf_done(&out);
}

static enum lg_err request_of(const char *text)
{
    struct lg_redis_request read;

    return lg_redis_request_read(&arena, lg_str_of(text), &read);
}

Test(line, requests_that_are_none)
{
    cr_assert_eq(request_of("{\"id\":\"1\",\"reply\":\"r\"}"), LG_OK);
    cr_assert_eq(request_of("{\"v\":2,\"id\":\"1\",\"reply\":\"r\"}"), LG_ERR_SYNTAX);
    cr_assert_eq(request_of("{\"id\":\"1\"}"), LG_ERR_SYNTAX);
    cr_assert_eq(request_of("{\"reply\":\"r\"}"), LG_ERR_SYNTAX);
    cr_assert_eq(request_of("{\"id\":\"1\",\"reply\":\"r\",\"deadline\":\"x\"}"), LG_ERR_SYNTAX);
    cr_assert_eq(request_of(""), LG_ERR_SYNTAX);
}

static enum lg_err reply_of(const char *text, struct lg_redis_reply *ret_reply)
{
    return lg_redis_reply_read(&arena, lg_str_of(text), ret_reply);
}

Test(line, replies)
{
    struct lg_redis_reply reply;

    cr_assert_eq(reply_of("{\"id\":\"a\",\"status\":\"ok\"}\n{\"x\":1}\n", &reply), LG_OK);
    is_text(reply.id, "a");
    cr_assert_eq(reply.status, LG_REDIS_OK);
    is_text(reply.body, "{\"x\":1}\n");
    cr_assert_eq(reply_of("{\"status\":\"error\",\"id\":\"a\",\"more\":[1]}\n", &reply), LG_OK);
    cr_assert_eq(reply.status, LG_REDIS_ERROR);
    is_text(reply.body, "");
    cr_assert_eq(reply_of("{\"id\":\"a\",\"status\":\"expired\"}", &reply), LG_OK);
    cr_assert_eq(reply.status, LG_REDIS_EXPIRED);
    cr_assert_eq(reply_of("{\"id\":\"a\",\"status\":\"start\",\"worker\":\"h:1\"}\n", &reply),
                 LG_OK);
    cr_assert_eq(reply.status, LG_REDIS_START);
    is_text(reply.worker, "h:1");
}

Test(line, replies_that_are_none)
{
    static const char *const bad[] = {
        "",
        "\n{}",
        "[]",
        "{}",
        "null",
        "{\"id\":\"\",\"status\":\"ok\"}",
        "{\"id\":1,\"status\":\"ok\"}",
        "{\"id\":\"a\",\"status\":\"OK\"}",
        "{\"id\":\"a\",\"status\":\"done\"}",
        "{\"id\":\"a\",\"status\":1}",
        "{\"id\":\"a\"}",
        "{\"id\":\"a\",\"id\":\"b\",\"status\":\"ok\"}",
        "{\"id\":\"a\",\"status\":\"ok\",\"worker\":1}",
        "{\"id\":\"a\",\"status\":\"ok\"} x\n",
        "{\"id\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"status\":"
        "\"ok\"}",
    };
    struct lg_redis_reply reply;

    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        cr_assert_neq(reply_of(bad[i], &reply), LG_OK, "%s", bad[i]);
}

Test(line, a_line_without_an_end_is_too_long)
{
    struct lg_redis_reply reply;
    struct lg_buf text;

    lg_buf_init(&text, SIZE_MAX);
    for (size_t i = 0; i < LG_REDIS_LINE_MAX + 10; i++)
        lg_buf_add_char(&text, ' ');
    cr_assert_eq(lg_redis_reply_read(&arena, lg_buf_str(&text), &reply), LG_ERR_TOO_BIG);
    lg_buf_done(&text);
}

Test(line, a_reply_that_was_written_is_read)
{
    struct lg_redis_reply reply = {
        .id = LG_STR("a"), .status = LG_REDIS_START, .worker = LG_STR("h:1"), .body = LG_STR("x")
    };
    struct lg_buf out;

    lg_buf_init(&out, SIZE_MAX);
    lg_redis_reply_write(&out, &reply);
    is_text(lg_buf_str(&out), "{\"id\":\"a\",\"status\":\"start\",\"worker\":\"h:1\"}\nx");
    lg_buf_done(&out);
}

static void type_is(const char *document, const char *wanted)
{
    char type[8];

    lg_redis_error_type(lg_str_of(document), type, sizeof(type));
    cr_assert_str_eq(type, wanted);
}

Test(line, the_type_of_an_error)
{
    type_is("{\"errorType\":\"Value\"}", "Value");
    type_is("{\"errorType\":\"ValueError\"}", "ValueEr");
    type_is("{\"errorType\":\"a\\nb\"}", "a_b");
    type_is("{\"errorType\":1}", "");
    type_is("[]", "");
    type_is("no", "");
}
