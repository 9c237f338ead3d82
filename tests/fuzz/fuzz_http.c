/*
 * fuzz_http.c -- heads and chunked bodies: what is said of a part holds for the whole, in any
 * pieces, and no slice leaves the bytes.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/http_chars.h"
#include "base/mem.h"
#include "listen/h1_request.h"
#include "wire/http_chunks.h"

#define ROOM 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct lg_listen_limits limits = { .header_bytes = 300, .headers = 12 };

static void check_inside(struct lg_str whole, struct lg_str part)
{
    assert(part.size == 0 || lg_str_is(part, "/") ||
           (part.data >= whole.data && part.data + part.size <= whole.data + whole.size));
}

static void check_head(struct lg_str text, const struct lg_h1_request *request,
                       const struct lg_header *headers)
{
    struct lg_head head = { .method = request->method,
                            .target = request->target,
                            .headers = headers,
                            .header_count = request->header_count,
                            .version_minor = request->version_minor };
    struct lg_head_facts facts;
    struct lg_head_fault fault;

    assert(request->size <= limits.header_bytes + 4 && request->size <= text.size);
    assert(memcmp(text.data + request->size - 4, "\r\n\r\n", 4) == 0);
    assert(memchr(text.data, '\0', request->size) == NULL);
    assert(request->header_count <= limits.headers);
    check_inside(text, request->method);
    check_inside(text, request->path);
    assert(lg_http_token_valid(request->method));
    for (size_t i = 0; i < request->header_count; i++) {
        check_inside(text, headers[i].value);
        assert(lg_http_token_valid(headers[i].name));
        assert(lg_http_field_value_valid(headers[i].value));
    }
    if (lg_head_judge(&head, &facts, &fault) != LG_OK)
        assert(fault.status >= 400 && lg_head_fault_body(&fault).size > 0);
}

static void fuzz_head(struct lg_str text)
{
    struct lg_header headers[ROOM];
    struct lg_h1_request request;
    enum lg_h1_read said = LG_H1_MORE;
    size_t size = 0;

    for (size_t part = 0; part <= text.size && part < 800; part++) {
        /* Of its own size, so that a read beyond it is seen. */
        char *copy = lg_alloc(part + 1);
        struct lg_str bytes = lg_str_make(copy, part);
        enum lg_h1_read now;

        memcpy(copy, text.data, part);
        now = lg_h1_request_read(bytes, &limits, headers, ROOM, &request);
        assert(said == LG_H1_MORE || said == now);
        assert(said != LG_H1_HEAD || size == request.size);
        if (now == LG_H1_HEAD)
            check_head(bytes, &request, headers);
        size = request.size;
        said = now;
        free(copy);
    }
}

static enum lg_http_piece take(struct lg_http_chunks *chunks, struct lg_http_cursor *cursor,
                               struct lg_buf *out)
{
    for (;;) {
        struct lg_header field = { LG_STR_NONE, LG_STR_NONE };
        enum lg_http_piece piece = lg_http_chunks_next(chunks, cursor, &field);

        if (piece == LG_HTTP_PIECE_TRAILER)
            lg_buf_add_char(out, '|');
        else if (piece != LG_HTTP_PIECE_DATA)
            return piece;
        lg_buf_add_str(out, field.name);
        lg_buf_add_str(out, field.value);
    }
}

static enum lg_http_piece take_steps(struct lg_str text, size_t step, struct lg_buf *out)
{
    struct lg_http_chunks chunks;
    struct lg_http_cursor cursor = { text.data, text.data, NULL };
    enum lg_http_piece piece = LG_HTTP_PIECE_MORE;

    lg_http_chunks_init(&chunks, 100, 3);
    while (piece == LG_HTTP_PIECE_MORE && cursor.end < text.data + text.size) {
        size_t left = (size_t)(text.data + text.size - cursor.end);

        cursor.end += step < left ? step : left;
        piece = take(&chunks, &cursor, out);
    }
    return piece;
}

static void fuzz_chunks(struct lg_str text, size_t step)
{
    struct lg_buf whole, steps;

    lg_buf_init(&whole, SIZE_MAX);
    lg_buf_init(&steps, SIZE_MAX);
    assert(take_steps(text, text.size, &whole) == take_steps(text, step, &steps));
    assert(whole.size == steps.size);
    assert(whole.size == 0 || memcmp(whole.data, steps.data, whole.size) == 0);
    lg_buf_done(&whole);
    lg_buf_done(&steps);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lg_str text;

    if (size < 2)
        return 0;
    text = lg_str_make((const char *)data + 1, size - 1);
    if ((data[0] & 1) != 0)
        fuzz_chunks(text, 1 + (data[0] >> 1));
    else
        fuzz_head(text);
    return 0;
}
