/*
 * http_chunks.h -- a body in chunks, taken apart as it comes (RFC 9112 section 7.1).
 *
 * Strict: sizes are 1 to 15 hexadecimal digits, lines end with CR LF. Extensions are bounded and
 * ignored. Pure: bytes in, slices of them out; what is not whole yet is left to the caller, who
 * keeps it and calls again with more behind it. Lines that must be whole are short: size lines by
 * LG_HTTP_CHUNK_LINE, trailers by the limit that they were given.
 */
#ifndef LG_WIRE_HTTP_CHUNKS_H
#define LG_WIRE_HTTP_CHUNKS_H

#include <stdint.h>

#include "wire/http_field.h"

#define LG_HTTP_CHUNK_LINE 256        /* a size with its extension */
#define LG_HTTP_CHUNK_EXTENSIONS 4096 /* all extensions of a body */

enum lg_http_chunk_state {
    LG_HTTP_CHUNK_SIZE,
    LG_HTTP_CHUNK_DATA,
    LG_HTTP_CHUNK_DATA_END,
    LG_HTTP_CHUNK_TRAILERS,
    LG_HTTP_CHUNK_DONE
};

struct lg_http_chunks {
    enum lg_http_chunk_state state;
    uint64_t left;        /* of the chunk's data */
    size_t extensions;    /* bytes of them so far */
    size_t trailer_bytes; /* that may still come */
    size_t trailers;      /* lines that may still come */
};

void lg_http_chunks_init(struct lg_http_chunks *chunks, size_t trailer_bytes, size_t trailers);

enum lg_http_piece {
    LG_HTTP_PIECE_DATA,    /* bytes of the body: field.value */
    LG_HTTP_PIECE_TRAILER, /* a field */
    LG_HTTP_PIECE_MORE,    /* what is left is not whole */
    LG_HTTP_PIECE_END,     /* the body is complete; what is left is not part of it */
    LG_HTTP_PIECE_BAD      /* cursor->fault says why */
};

/* Takes the next piece off `cursor`. */
LG_MUST_CHECK enum lg_http_piece lg_http_chunks_next(struct lg_http_chunks *chunks,
                                                     struct lg_http_cursor *cursor,
                                                     struct lg_header *ret_field);

/* How many of the bytes to come are surely data of the body, whatever they are. */
static inline uint64_t lg_http_chunks_sure(const struct lg_http_chunks *chunks)
{
    return chunks->state == LG_HTTP_CHUNK_DATA ? chunks->left : 0;
}

#endif
