/*
 * http_response.h -- answers of HTTP/1.1, taken apart as they come (RFC 9112).
 *
 * Strict, as for requests: what two readers could take for two different answers is refused, since
 * the next answer on the connection would be somebody else's. Pure: bytes in, slices of them out;
 * what is not whole yet is left to the caller, who keeps it and calls again with more behind it.
 */
#ifndef LG_WIRE_HTTP_RESPONSE_H
#define LG_WIRE_HTTP_RESPONSE_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/http_chunks.h"
#include "wire/http_field.h"

#define LG_HTTP_RESPONSE_HEADERS 128                    /* fields of a head */
#define LG_HTTP_RESPONSE_HEAD_BYTES ((size_t)32 * 1024) /* of a head, status line included */
#define LG_HTTP_RESPONSE_INTERIM 16                     /* 1xx before an answer */
#define LG_HTTP_RESPONSE_TRAILER_BYTES ((size_t)8 * 1024)
#define LG_HTTP_RESPONSE_TRAILERS 64

struct lg_http_response {
    int status; /* 200..599 */
    int version_minor;
    const struct lg_header *headers; /* in order; framing fields included */
    size_t header_count;
    int64_t length; /* of the body; -1: not known */
};

enum lg_http_response_state {
    LG_HTTP_RESPONSE_HEAD,
    LG_HTTP_RESPONSE_LENGTH,
    LG_HTTP_RESPONSE_CHUNKED,
    LG_HTTP_RESPONSE_TO_CLOSE,
    LG_HTTP_RESPONSE_DONE
};

struct lg_http_response_reader {
    enum lg_http_response_state state;
    bool bodiless;   /* the request was HEAD */
    bool tunnel;     /* the request was CONNECT: a 2xx has no body, whatever it says */
    bool persistent; /* the connection may be used again; once the head was read */
    unsigned interim;
    size_t tried; /* so many bytes are no whole head */
    uint64_t left;
    struct lg_http_chunks chunks;
    struct lg_http_response head;
    struct lg_header *headers; /* room for LG_HTTP_RESPONSE_HEADERS, the caller's */
};

void lg_http_response_init(struct lg_http_response_reader *reader, struct lg_header *headers,
                           struct lg_str method);

enum lg_http_response_piece {
    LG_HTTP_RESPONSE_PIECE_HEAD, /* reader->head: slices of the bytes */
    LG_HTTP_RESPONSE_PIECE_DATA, /* bytes of the body */
    LG_HTTP_RESPONSE_PIECE_MORE, /* what is left is not whole */
    LG_HTTP_RESPONSE_PIECE_END,  /* it is complete; what is left is not part of it */
    LG_HTTP_RESPONSE_PIECE_BAD   /* cursor->fault says why */
};

/* Takes the next piece off `cursor`. Interim answers (1xx) are taken and not shown. */
LG_MUST_CHECK enum lg_http_response_piece
lg_http_response_next(struct lg_http_response_reader *reader, struct lg_http_cursor *cursor,
                      struct lg_str *ret_data);

/* Whether the answer is whole if the connection ends now. */
bool lg_http_response_may_end(const struct lg_http_response_reader *reader);

#endif
