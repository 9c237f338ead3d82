/*
 * fuzz_function_url.c -- any event becomes a request that can be sent, or is refused with a reason;
 * and any answer becomes a result that is JSON.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/http_chars.h"
#include "base/json.h"
#include "lambda/url_answer.h"
#include "lambda/url_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_event(struct lg_str event, bool is_signed)
{
    struct lg_url_request request;
    const char *reason = NULL;
    struct lg_arena arena;

    lg_arena_init(&arena);
    if (lg_url_request_read(&arena, event, LG_STR("/p"), is_signed, &request, &reason) != LG_OK) {
        assert(strlen(reason) > 0);
    } else {
        assert(lg_http_token_valid(request.method));
        assert(lg_http_target_span(request.target) == request.target.size);
        assert(lg_str_starts(request.path, LG_STR("/p/")));
        assert(request.header_count <= LG_URL_REQUEST_HEADERS);
        assert(request.target.size <= LG_URL_REQUEST_HEAD_BYTES);
        for (size_t i = 0; i < request.header_count; i++) {
            assert(lg_http_token_valid(request.headers[i].name));
            assert(lg_http_field_value_valid(request.headers[i].value));
            assert(!lg_str_iis(request.headers[i].name, "host"));
        }
    }
    lg_arena_done(&arena);
}

static void write_result(const struct lg_http_response *head, struct lg_str body)
{
    struct lg_arena arena;
    struct lg_json *json;
    struct lg_buf out;

    lg_arena_init(&arena);
    lg_buf_init(&out, SIZE_MAX);
    lg_url_answer_begin(&out, head);
    lg_url_answer_end_result(&out, body, lg_url_answer_is_plain(head));
    assert(lg_json_read(&arena, lg_buf_str(&out), &lg_json_default_limits, &json, NULL) == LG_OK);
    lg_buf_done(&out);
    lg_arena_done(&arena);
}

static void read_answer(struct lg_str bytes)
{
    struct lg_header headers[LG_HTTP_RESPONSE_HEADERS];
    struct lg_http_cursor cursor = { bytes.data, bytes.data + bytes.size, NULL };
    struct lg_http_response_reader reader;
    struct lg_str piece, message;
    struct lg_arena arena;

    lg_http_response_init(&reader, headers, LG_STR("GET"));
    if (lg_http_response_next(&reader, &cursor, &piece) == LG_HTTP_RESPONSE_PIECE_HEAD)
        write_result(&reader.head, lg_http_cursor_rest(&cursor));
    lg_arena_init(&arena);
    (void)lg_url_answer_is_error(&arena, 502, bytes, &message);
    lg_arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lg_str bytes = lg_str_make((const char *)data, size);

    read_event(bytes, true);
    read_event(bytes, false);
    read_answer(bytes);
    return 0;
}
