/* http_response.c -- a status line, header fields, and how long the body is. */
#include "wire/http_response.h"

#include <string.h>

#include "base/http_chars.h"

/* What the fields say of the connection and the body. */
struct framing {
    bool has_length, chunked, close, keep_alive;
    uint64_t length;
};

void lg_http_response_init(struct lg_http_response_reader *reader, struct lg_header *headers,
                           struct lg_str method)
{
    *reader = (struct lg_http_response_reader){ .headers = headers,
                                                .bodiless = lg_str_is(method, "HEAD"),
                                                .tunnel = lg_str_is(method, "CONNECT") };
}

/* --- the head --------------------------------------------------------------------------------- */

/* Takes `text` if it stands here. */
static enum lg_http_found take(struct lg_http_cursor *cursor, struct lg_str text)
{
    struct lg_str rest = lg_http_cursor_rest(cursor);
    size_t size = rest.size < text.size ? rest.size : text.size;

    if (size > 0 && memcmp(rest.data, text.data, size) != 0)
        return lg_http_bad(cursor, "this is no HTTP/1.1");
    if (size < text.size)
        return LG_HTTP_MORE;
    cursor->at += size;
    return LG_HTTP_FOUND;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* HTTP/1.1 200 OK */
static enum lg_http_found read_status(struct lg_http_response_reader *reader,
                                      struct lg_http_cursor *cursor)
{
    enum lg_http_found found = take(cursor, LG_STR("HTTP/1."));
    struct lg_str rest;

    if (found != LG_HTTP_FOUND)
        return found;
    rest = lg_http_cursor_rest(cursor);
    for (size_t i = 0; i < rest.size && i < 5; i++) {
        if (i == 1 ? rest.data[i] != ' ' : !is_digit(rest.data[i]))
            return lg_http_bad(cursor, "malformed status line");
    }
    if (rest.size < 6)
        return LG_HTTP_MORE;
    reader->head.version_minor = rest.data[0] == '0' ? 0 : 1;
    reader->head.status =
        (rest.data[2] - '0') * 100 + (rest.data[3] - '0') * 10 + (rest.data[4] - '0');
    if (reader->head.status < 100 || reader->head.status > 599)
        return lg_http_bad(cursor, "status out of range");
    cursor->at += 5;
    if (*cursor->at == ' ') {
        cursor->at++;
        cursor->at += lg_http_field_value_span(lg_http_cursor_rest(cursor));
    }
    return lg_http_line_end(cursor);
}

static enum lg_http_found read_fields(struct lg_http_response_reader *reader,
                                      struct lg_http_cursor *cursor)
{
    enum lg_http_found found;

    reader->head.header_count = 0;
    reader->head.headers = reader->headers;
    for (;;) {
        struct lg_header field;

        found = lg_http_field_read(cursor, &field);
        if (found != LG_HTTP_FOUND)
            return found;
        if (reader->head.header_count == LG_HTTP_RESPONSE_HEADERS)
            return lg_http_bad(cursor, "too many header fields");
        reader->headers[reader->head.header_count++] = field;
    }
}

static const char *read_length(struct lg_str value, struct framing *framing)
{
    if (framing->has_length)
        return "more than one Content-Length";
    if (lg_str_to_u64(value, &framing->length) != LG_OK || framing->length > INT64_MAX)
        return "malformed Content-Length";
    framing->has_length = true;
    return NULL;
}

static const char *read_coding(struct lg_str value, struct framing *framing)
{
    if (framing->chunked)
        return "more than one Transfer-Encoding";
    if (!lg_str_iis(value, "chunked"))
        return "Transfer-Encoding other than chunked";
    framing->chunked = true;
    return NULL;
}

static void read_connection(struct lg_str value, struct framing *framing)
{
    struct lg_str element;

    while (lg_http_list_next(&value, &element)) {
        if (lg_str_iis(element, "close"))
            framing->close = true;
        else if (lg_str_iis(element, "keep-alive"))
            framing->keep_alive = true;
    }
}

/* Why it cannot be trusted, or NULL. */
static const char *read_framing(const struct lg_http_response *head, struct framing *framing)
{
    const char *fault = NULL;

    for (size_t i = 0; i < head->header_count && fault == NULL; i++) {
        const struct lg_header *field = &head->headers[i];

        if (lg_str_iis(field->name, "content-length"))
            fault = read_length(field->value, framing);
        else if (lg_str_iis(field->name, "transfer-encoding"))
            fault = read_coding(field->value, framing);
        else if (lg_str_iis(field->name, "connection"))
            read_connection(field->value, framing);
    }
    if (fault == NULL && framing->chunked && framing->has_length)
        return "both Content-Length and Transfer-Encoding";
    if (fault == NULL && framing->chunked && head->version_minor == 0)
        return "Transfer-Encoding in HTTP/1.0";
    return fault;
}

static bool has_no_body(const struct lg_http_response_reader *reader)
{
    int status = reader->head.status;

    return reader->bodiless || status == 204 || status == 304 || (reader->tunnel && status < 300);
}

static const char *begin_body(struct lg_http_response_reader *reader)
{
    struct framing framing = { 0 };
    const char *fault = read_framing(&reader->head, &framing);

    if (fault != NULL)
        return fault;
    reader->persistent = !framing.close && (reader->head.version_minor > 0 || framing.keep_alive);
    reader->head.length = framing.has_length ? (int64_t)framing.length : -1;
    if (has_no_body(reader)) {
        reader->state = LG_HTTP_RESPONSE_DONE;
    } else if (framing.chunked) {
        reader->state = LG_HTTP_RESPONSE_CHUNKED;
        lg_http_chunks_init(&reader->chunks, LG_HTTP_RESPONSE_TRAILER_BYTES,
                            LG_HTTP_RESPONSE_TRAILERS);
    } else if (framing.has_length) {
        reader->left = framing.length;
        reader->state = framing.length > 0 ? LG_HTTP_RESPONSE_LENGTH : LG_HTTP_RESPONSE_DONE;
    } else {
        reader->state = LG_HTTP_RESPONSE_TO_CLOSE;
        reader->persistent = false;
    }
    return NULL;
}

/* The end of a head that does not end yet may be far: it is looked for before all is read again. */
static bool worth_reading(const struct lg_http_response_reader *reader, struct lg_str bytes)
{
    size_t from = reader->tried < 3 ? 0 : reader->tried - 3;

    return bytes.size >= 2 * reader->tried || bytes.size > LG_HTTP_RESPONSE_HEAD_BYTES ||
           memmem(bytes.data + from, bytes.size - from, "\r\n\r\n", 4) != NULL;
}

static enum lg_http_response_piece bad(struct lg_http_cursor *cursor, const char *fault)
{
    cursor->fault = fault;
    return LG_HTTP_RESPONSE_PIECE_BAD;
}

/* Reads one head, an interim one too. */
static enum lg_http_found read_head(struct lg_http_response_reader *reader,
                                    struct lg_http_cursor *cursor)
{
    struct lg_http_cursor whole = *cursor;
    enum lg_http_found found;

    found = read_status(reader, &whole);
    if (found == LG_HTTP_FOUND)
        found = read_fields(reader, &whole);
    if ((size_t)(whole.at - cursor->at) > LG_HTTP_RESPONSE_HEAD_BYTES ||
        (found == LG_HTTP_MORE && (size_t)(whole.end - cursor->at) > LG_HTTP_RESPONSE_HEAD_BYTES))
        return lg_http_bad(cursor, "the head is too long");
    if (found == LG_HTTP_BAD)
        cursor->fault = whole.fault;
    if (found == LG_HTTP_END)
        cursor->at = whole.at;
    return found;
}

static enum lg_http_response_piece next_head(struct lg_http_response_reader *reader,
                                             struct lg_http_cursor *cursor)
{
    for (;;) {
        struct lg_str bytes = lg_http_cursor_rest(cursor);
        const char *fault;

        if (bytes.size == 0 || !worth_reading(reader, bytes))
            return LG_HTTP_RESPONSE_PIECE_MORE;
        switch (read_head(reader, cursor)) {
        case LG_HTTP_END:
            break;
        case LG_HTTP_BAD:
            return LG_HTTP_RESPONSE_PIECE_BAD;
        default:
            reader->tried = bytes.size;
            return LG_HTTP_RESPONSE_PIECE_MORE;
        }
        reader->tried = 0;
        if (reader->head.status == 101)
            return bad(cursor, "it switches protocols, and nobody asked for that");
        if (reader->head.status >= 200) {
            fault = begin_body(reader);
            return fault != NULL ? bad(cursor, fault) : LG_HTTP_RESPONSE_PIECE_HEAD;
        }
        if (++reader->interim > LG_HTTP_RESPONSE_INTERIM)
            return bad(cursor, "too many interim answers");
    }
}

/* --- the body --------------------------------------------------------------------------------- */

static enum lg_http_response_piece next_data(struct lg_http_response_reader *reader,
                                             struct lg_http_cursor *cursor, struct lg_str *ret_data)
{
    struct lg_str rest = lg_http_cursor_rest(cursor);

    if (rest.size == 0)
        return LG_HTTP_RESPONSE_PIECE_MORE;
    if (reader->state == LG_HTTP_RESPONSE_LENGTH) {
        if (rest.size > reader->left)
            rest.size = (size_t)reader->left;
        reader->left -= rest.size;
        if (reader->left == 0)
            reader->state = LG_HTTP_RESPONSE_DONE;
    }
    cursor->at += rest.size;
    *ret_data = rest;
    return LG_HTTP_RESPONSE_PIECE_DATA;
}

static enum lg_http_response_piece next_chunk(struct lg_http_response_reader *reader,
                                              struct lg_http_cursor *cursor,
                                              struct lg_str *ret_data)
{
    for (;;) {
        struct lg_header field;

        switch (lg_http_chunks_next(&reader->chunks, cursor, &field)) {
        case LG_HTTP_PIECE_DATA:
            *ret_data = field.value;
            return LG_HTTP_RESPONSE_PIECE_DATA;
        case LG_HTTP_PIECE_TRAILER:
            continue; /* read, and not passed on */
        case LG_HTTP_PIECE_MORE:
            return LG_HTTP_RESPONSE_PIECE_MORE;
        case LG_HTTP_PIECE_END:
            reader->state = LG_HTTP_RESPONSE_DONE;
            return LG_HTTP_RESPONSE_PIECE_END;
        case LG_HTTP_PIECE_BAD:
            return LG_HTTP_RESPONSE_PIECE_BAD;
        }
    }
}

enum lg_http_response_piece lg_http_response_next(struct lg_http_response_reader *reader,
                                                  struct lg_http_cursor *cursor,
                                                  struct lg_str *ret_data)
{
    switch (reader->state) {
    case LG_HTTP_RESPONSE_HEAD:
        return next_head(reader, cursor);
    case LG_HTTP_RESPONSE_LENGTH:
    case LG_HTTP_RESPONSE_TO_CLOSE:
        return next_data(reader, cursor, ret_data);
    case LG_HTTP_RESPONSE_CHUNKED:
        return next_chunk(reader, cursor, ret_data);
    case LG_HTTP_RESPONSE_DONE:
        break;
    }
    return LG_HTTP_RESPONSE_PIECE_END;
}

bool lg_http_response_may_end(const struct lg_http_response_reader *reader)
{
    return reader->state == LG_HTTP_RESPONSE_TO_CLOSE || reader->state == LG_HTTP_RESPONSE_DONE;
}
