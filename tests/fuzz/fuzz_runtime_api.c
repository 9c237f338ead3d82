/*
 * fuzz_runtime_api.c -- what a worker may send: a request line, headers, in any state.
 *
 * Input: a byte for the state, "METHOD PATH", and lines of "Name: value".
 */
#include <assert.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "target/runtime_request.h"

#define RUNNING "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
#define HEADERS_MAX 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t read_headers(struct lg_str rest, struct lg_header *headers)
{
    struct lg_str line;
    size_t count = 0;

    while (count < HEADERS_MAX && lg_str_next(&rest, '\n', &line)) {
        size_t colon = lg_str_find(line, ':', 0);

        headers[count].name = lg_str_part(line, 0, colon);
        headers[count++].value = lg_str_trim(lg_str_part(line, colon + 1, line.size));
    }
    return count;
}

static void check_json(struct lg_str text)
{
    struct lg_json_fault fault;
    struct lg_json *value;
    struct lg_arena arena;
    enum lg_err err;

    lg_arena_init(&arena);
    err = lg_json_read(&arena, text, &lg_json_default_limits, &value, &fault);
    assert(err == LG_OK);
    lg_arena_done(&arena);
}

static void check_refusal(const struct lg_runtime_refusal *refusal)
{
    struct lg_buf out;

    assert(refusal->status == 400 || refusal->status == 403 || refusal->status == 404 ||
           refusal->status == 405);
    lg_buf_init(&out, SIZE_MAX);
    lg_runtime_refusal_write(refusal, &out);
    check_json(lg_buf_str(&out));
    lg_buf_done(&out);
}

static void check_decision(const struct lg_runtime_request *request, enum lg_runtime_state state)
{
    const char *running = state == LG_RUNTIME_RUNNING ? RUNNING : NULL;
    bool answers = request->call == LG_RUNTIME_RESPONSE || request->call == LG_RUNTIME_ERROR;
    struct lg_runtime_refusal refusal;

    if (!lg_runtime_allowed(request, state, running, &refusal)) {
        check_refusal(&refusal);
        return;
    }
    assert(request->call != LG_RUNTIME_UNKNOWN && request->call != LG_RUNTIME_WRONG_METHOD);
    assert(!answers || (running != NULL && lg_str_is(request->id, running)));
    assert(request->call != LG_RUNTIME_INIT_ERROR || state == LG_RUNTIME_STARTED);
    assert(strncmp(request->error_type, "Runtime.", 8) == 0 ||
           strncmp(request->error_type, "Function.", 9) == 0);
}

/* Whatever it is, it fits a header; and what was JSON stays JSON. */
static void check_header_json(struct lg_str text)
{
    struct lg_json_fault fault;
    struct lg_json *value;
    struct lg_arena arena;
    struct lg_buf out;

    lg_arena_init(&arena);
    lg_buf_init(&out, SIZE_MAX);
    lg_runtime_header_json(&out, text);
    for (size_t i = 0; i < out.size; i++)
        assert(out.data[i] >= 0x20 && out.data[i] < 0x7f);
    if (lg_json_read(&arena, text, &lg_json_default_limits, &value, &fault) == LG_OK)
        check_json(lg_buf_str(&out));
    lg_buf_done(&out);
    lg_arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lg_str text = lg_str_make((const char *)data, size), line;
    struct lg_header headers[HEADERS_MAX];
    struct lg_runtime_request request;
    struct lg_head head = { .headers = headers };
    size_t blank;

    if (size == 0)
        return 0;
    text = lg_str_part(text, 1, size);
    check_header_json(text);
    if (!lg_str_next(&text, '\n', &line))
        return 0;
    blank = lg_str_find(line, ' ', 0);
    head.method = lg_str_part(line, 0, blank);
    head.target = head.path = lg_str_part(line, blank + 1, line.size);
    head.header_count = text.data == NULL ? 0 : read_headers(text, headers);
    lg_runtime_request_read(&head, &request);
    check_decision(&request, (enum lg_runtime_state)(data[0] % (LG_RUNTIME_INIT_ERROR_SENT + 1)));
    return 0;
}
