/* http_chunks.c -- size line, data, line end, again; then trailers up to an empty line. */
#include "wire/http_chunks.h"

#include "base/http_chars.h"

#define DIGITS_MAX 15 /* so no size overflows */

void lg_http_chunks_init(struct lg_http_chunks *chunks, size_t trailer_bytes, size_t trailers)
{
    *chunks = (struct lg_http_chunks){ .state = LG_HTTP_CHUNK_SIZE,
                                       .trailer_bytes = trailer_bytes,
                                       .trailers = trailers };
}

/* From ";" to the end of the line, whatever it says. */
static enum lg_http_found skip_extension(struct lg_http_chunks *chunks, struct lg_http_cursor *line)
{
    const char *from = line->at;
    enum lg_http_found found;
    size_t size;

    while (line->at < line->end && (*line->at == ' ' || *line->at == '\t'))
        line->at++;
    if (line->at == line->end)
        return LG_HTTP_MORE;
    if (*line->at != ';')
        return lg_http_bad(line, "no end of the line behind a chunk size");
    line->at += lg_http_field_value_span(lg_http_cursor_rest(line));
    size = (size_t)(line->at - from);
    if (chunks->extensions + size > LG_HTTP_CHUNK_EXTENSIONS)
        return lg_http_bad(line, "too many chunk extensions");
    found = lg_http_line_end(line);
    if (found == LG_HTTP_FOUND)
        chunks->extensions += size;
    return found;
}

static enum lg_http_found read_size(struct lg_http_chunks *chunks, struct lg_http_cursor *line)
{
    const char *from = line->at;
    uint64_t size = 0;

    for (; line->at < line->end && lg_http_hex_digit(*line->at) >= 0; line->at++) {
        if (line->at - from == DIGITS_MAX)
            return lg_http_bad(line, "chunk size of too many digits");
        size = size << 4 | (unsigned)lg_http_hex_digit(*line->at);
    }
    if (line->at == line->end)
        return LG_HTTP_MORE;
    if (line->at == from)
        return lg_http_bad(line, "chunk size is not a number");
    chunks->left = size;
    if (*line->at == '\r')
        return lg_http_line_end(line);
    return skip_extension(chunks, line);
}

static enum lg_http_piece take_size(struct lg_http_chunks *chunks, struct lg_http_cursor *cursor)
{
    struct lg_http_cursor line = *cursor;
    bool long_line = lg_http_cursor_rest(cursor).size > LG_HTTP_CHUNK_LINE;
    enum lg_http_found found;

    if (long_line)
        line.end = line.at + LG_HTTP_CHUNK_LINE;
    found = read_size(chunks, &line);
    if (found == LG_HTTP_MORE && long_line)
        found = lg_http_bad(&line, "chunk size line over the limit");
    cursor->fault = line.fault;
    if (found != LG_HTTP_FOUND)
        return found == LG_HTTP_MORE ? LG_HTTP_PIECE_MORE : LG_HTTP_PIECE_BAD;
    cursor->at = line.at;
    chunks->state = chunks->left > 0 ? LG_HTTP_CHUNK_DATA : LG_HTTP_CHUNK_TRAILERS;
    return LG_HTTP_PIECE_DATA; /* goes on */
}

static enum lg_http_piece take_data(struct lg_http_chunks *chunks, struct lg_http_cursor *cursor,
                                    struct lg_header *ret_field)
{
    struct lg_str data = lg_http_cursor_rest(cursor);

    if (data.size > chunks->left)
        data.size = (size_t)chunks->left;
    chunks->left -= data.size;
    cursor->at += data.size;
    ret_field->value = data;
    if (chunks->left == 0)
        chunks->state = LG_HTTP_CHUNK_DATA_END;
    return LG_HTTP_PIECE_DATA;
}

static enum lg_http_piece take_data_end(struct lg_http_chunks *chunks,
                                        struct lg_http_cursor *cursor)
{
    switch (lg_http_line_end(cursor)) {
    case LG_HTTP_FOUND:
        chunks->state = LG_HTTP_CHUNK_SIZE;
        return LG_HTTP_PIECE_DATA; /* goes on */
    case LG_HTTP_MORE:
        return LG_HTTP_PIECE_MORE;
    default:
        (void)lg_http_bad(cursor, "chunk longer than its size");
        return LG_HTTP_PIECE_BAD;
    }
}

static enum lg_http_piece bad_trailers(struct lg_http_cursor *cursor)
{
    (void)lg_http_bad(cursor, "trailers over the limit");
    return LG_HTTP_PIECE_BAD;
}

static enum lg_http_piece take_trailer(struct lg_http_chunks *chunks, struct lg_http_cursor *cursor,
                                       struct lg_header *ret_field)
{
    const char *from = cursor->at;

    switch (lg_http_field_read(cursor, ret_field)) {
    case LG_HTTP_FOUND:
        if ((size_t)(cursor->at - from) > chunks->trailer_bytes || chunks->trailers == 0)
            return bad_trailers(cursor);
        chunks->trailer_bytes -= (size_t)(cursor->at - from);
        chunks->trailers--;
        return LG_HTTP_PIECE_TRAILER;
    case LG_HTTP_MORE:
        if (lg_http_cursor_rest(cursor).size > chunks->trailer_bytes + 1)
            return bad_trailers(cursor);
        return LG_HTTP_PIECE_MORE;
    case LG_HTTP_END:
        chunks->state = LG_HTTP_CHUNK_DONE;
        return LG_HTTP_PIECE_END;
    case LG_HTTP_BAD:
        break;
    }
    return LG_HTTP_PIECE_BAD;
}

enum lg_http_piece lg_http_chunks_next(struct lg_http_chunks *chunks, struct lg_http_cursor *cursor,
                                       struct lg_header *ret_field)
{
    enum lg_http_piece piece;

    for (;;) {
        switch (chunks->state) {
        case LG_HTTP_CHUNK_SIZE:
            piece = take_size(chunks, cursor);
            break;
        case LG_HTTP_CHUNK_DATA_END:
            piece = take_data_end(chunks, cursor);
            break;
        case LG_HTTP_CHUNK_DATA:
            if (cursor->at == cursor->end)
                return LG_HTTP_PIECE_MORE;
            return take_data(chunks, cursor, ret_field);
        case LG_HTTP_CHUNK_TRAILERS:
            return take_trailer(chunks, cursor, ret_field);
        default:
            return LG_HTTP_PIECE_END;
        }
        if (piece != LG_HTTP_PIECE_DATA)
            return piece;
    }
}
