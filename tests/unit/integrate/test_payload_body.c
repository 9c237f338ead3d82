/* test_payload_body.c -- the body of an event 2.0: as text, as base64, or not there. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "event.h"
#include "integrate/payload_v2.h"

#define EVENT(text, ...)                                                                           \
    event_of(&(const struct request){ .body = LG_STR(text), HEADERS(__VA_ARGS__) })

static void has_body(const struct event *event, const char *body, const char *base64)
{
    event_has(event, "body", body);
    event_has(event, "isBase64Encoded", base64);
}

Test(body, is_absent_when_the_request_has_none)
{
    has_body(EVENT("", HEADER("Content-Type", "application/json")), NULL, "false");
    has_body(EVENT("", HEADER("Content-Type", "image/png")), NULL, "false");
}

Test(body, of_a_text_type_is_text)
{
    has_body(EVENT("{\"name\":\"x\"}\n", HEADER("Content-Type", "application/json")),
             "{\"name\":\"x\"}\n", "false");
}

Test(body, of_another_type_is_base64)
{
    has_body(EVENT("\x89PNG", HEADER("Content-Type", "image/png")), "iVBORw==", "true");
    has_body(EVENT("a=1", HEADER("Content-Type", "application/x-www-form-urlencoded")), "YT0x",
             "true");
}

Test(body, without_a_type_is_base64)
{
    has_body(event_of(&(const struct request){ .body = LG_STR("abc") }), "YWJj", "true");
}

Test(body, of_a_text_type_that_is_no_utf8_is_base64)
{
    has_body(EVENT("\xff\xfe", HEADER("Content-Type", "text/plain")), "//4=", "true");
}

Test(body, may_hold_quotes_and_control_bytes)
{
    has_body(EVENT("\"\\\x01\xc3\xa9", HEADER("content-type", "text/plain")), "\"\\\x01\xc3\xa9",
             "false");
}

Test(body, too_big_for_the_buffer_is_noticed)
{
    struct lg_head head = { .method = LG_STR("GET"), .path = LG_STR("/"), .peer = "::1" };
    struct lg_pattern pattern = { .key = LG_STR("$default"), .is_default = true };
    struct lg_route_match match = { .pattern = &pattern };
    struct lg_config_api api = { .stage = "$default" };
    struct lg_event_source source = { .head = &head,
                                      .method = head.method,
                                      .match = &match,
                                      .api = &api,
                                      .body = LG_STR("0123456789") };
    struct lg_arena arena;
    struct lg_buf out;

    lg_arena_init(&arena);
    lg_buf_init(&out, 100);
    lg_payload_v2_write(&arena, &source, &out);
    cr_assert(lg_buf_failed(&out));
    lg_buf_done(&out);
    lg_arena_done(&arena);
}
