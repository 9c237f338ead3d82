/*
 * fuzz_http_response.c -- answers of upstreams, whatever they send: read whole and in two parts,
 * which must come to the same.
 *
 * The first byte chooses the method, the second where the bytes are cut.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/http_response.h"

struct outcome {
    int status;
    size_t headers;
    uint64_t data, sum;
    enum lg_http_response_piece last;
    bool persistent;
};

/* Reads what is there; returns what is left. */
static size_t feed(struct lg_http_response_reader *reader, const char *data, size_t size,
                   struct outcome *outcome)
{
    struct lg_http_cursor cursor = { data, data + size, NULL };
    struct lg_str piece;

    for (;;) {
        outcome->last = lg_http_response_next(reader, &cursor, &piece);
        switch (outcome->last) {
        case LG_HTTP_RESPONSE_PIECE_HEAD:
            outcome->status = reader->head.status;
            outcome->headers = reader->head.header_count;
            outcome->persistent = reader->persistent;
            if (outcome->status < 200 || outcome->status > 599)
                abort();
            continue;
        case LG_HTTP_RESPONSE_PIECE_DATA:
            if (piece.size == 0)
                abort();
            outcome->data += piece.size;
            for (size_t i = 0; i < piece.size; i++)
                outcome->sum = outcome->sum * 31 + (unsigned char)piece.data[i];
            continue;
        case LG_HTTP_RESPONSE_PIECE_BAD:
            if (cursor.fault == NULL)
                abort();
            return 0;
        default:
            return (size_t)(cursor.end - cursor.at);
        }
    }
}

static struct outcome read_parts(struct lg_str method, const char *data, size_t size, size_t cut)
{
    struct lg_header headers[LG_HTTP_RESPONSE_HEADERS];
    struct lg_http_response_reader reader;
    struct outcome outcome = { 0 };
    size_t left = 0;

    lg_http_response_init(&reader, headers, method);
    if (cut > 0)
        left = feed(&reader, data, cut, &outcome);
    if (cut == 0 || outcome.last == LG_HTTP_RESPONSE_PIECE_MORE)
        (void)feed(&reader, data + cut - left, size - cut + left, &outcome);
    return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct outcome whole, parts;
    struct lg_str method;

    if (size < 3)
        return 0;
    method = data[0] % 3 == 0   ? LG_STR("HEAD")
             : data[0] % 3 == 1 ? LG_STR("GET")
                                : LG_STR("CONNECT");
    size -= 2;
    whole = read_parts(method, (const char *)data + 2, size, 0);
    parts = read_parts(method, (const char *)data + 2, size, data[1] % size);
    /* A head without an end is not read again for each byte. */
    if (whole.status == 0 && whole.last == LG_HTTP_RESPONSE_PIECE_BAD &&
        parts.last == LG_HTTP_RESPONSE_PIECE_MORE)
        return 0;
    if (whole.status != parts.status || whole.data != parts.data || whole.sum != parts.sum ||
        whole.headers != parts.headers || whole.last != parts.last ||
        whole.persistent != parts.persistent)
        abort();
    return 0;
}
