/* h1_request.c -- request line, then header lines, each byte looked at once. */
#include "listen/h1_request.h"

#include "base/http_chars.h"

struct reader {
    struct lg_http_cursor cursor;
    const char *start; /* of the request line */
    const struct lg_listen_limits *limits;
    struct lg_h1_request *request;
};

static enum lg_h1_read bad(struct reader *reader, int status, const char *reason)
{
    reader->request->fault = (struct lg_head_fault){ status, reason };
    return LG_H1_BAD;
}

static bool at_end(const struct reader *reader)
{
    return reader->cursor.at == reader->cursor.end;
}

/* One empty line before a request is left over from the last one's body, says RFC 9112. */
static enum lg_h1_read skip_empty_line(struct reader *reader)
{
    if (!at_end(reader) && (*reader->cursor.at == '\r' || *reader->cursor.at == '\n')) {
        switch (lg_http_line_end(&reader->cursor)) {
        case LG_HTTP_FOUND:
            break;
        case LG_HTTP_MORE:
            return LG_H1_MORE;
        default:
            return bad(reader, 400, reader->cursor.fault);
        }
    }
    reader->start = reader->cursor.at;
    return at_end(reader) ? LG_H1_MORE : LG_H1_HEAD;
}

/* A run of bytes of one kind, and the one blank behind it. */
static enum lg_h1_read take_word(struct reader *reader, size_t size, const char *fault,
                                 struct lg_str *ret_word)
{
    struct lg_str word = { reader->cursor.at, size };

    *ret_word = word;
    reader->cursor.at += size;
    if (size > reader->limits->header_bytes)
        return bad(reader, 414, "request target over the limit");
    if (at_end(reader))
        return LG_H1_MORE;
    if (size == 0 || *reader->cursor.at != ' ')
        return bad(reader, 400, fault);
    reader->cursor.at++;
    return LG_H1_HEAD;
}

static enum lg_h1_read read_version(struct reader *reader)
{
    static const char start[] = "HTTP/";
    const struct lg_str rest = lg_http_cursor_rest(&reader->cursor);
    size_t known = rest.size < sizeof(start) - 1 ? rest.size : sizeof(start) - 1;

    if (memcmp(rest.data, start, known) != 0)
        return bad(reader, 400, "no HTTP version behind the request target");
    if (rest.size < sizeof("HTTP/1.1") - 1)
        return LG_H1_MORE;
    if (rest.data[5] < '0' || rest.data[5] > '9' || rest.data[6] != '.' || rest.data[7] < '0' ||
        rest.data[7] > '9')
        return bad(reader, 400, "HTTP version is not a number");
    if (rest.data[5] != '1')
        return bad(reader, 505, "HTTP version other than 1.x");
    reader->request->version_minor = rest.data[7] == '0' ? 0 : 1;
    reader->cursor.at += sizeof("HTTP/1.1") - 1;
    switch (lg_http_line_end(&reader->cursor)) {
    case LG_HTTP_FOUND:
        return LG_H1_HEAD;
    case LG_HTTP_MORE:
        return LG_H1_MORE;
    default:
        return bad(reader, 400, "request line does not end behind the version");
    }
}

static bool over_limit(const struct reader *reader, size_t extra)
{
    return (size_t)(reader->cursor.at - reader->start) > reader->limits->header_bytes + extra;
}

static enum lg_h1_read too_large(struct reader *reader)
{
    return bad(reader, 431, "request line and headers over the limit");
}

static enum lg_h1_read read_line(struct reader *reader)
{
    struct lg_h1_request *request = reader->request;
    enum lg_h1_read read = skip_empty_line(reader);

    if (read == LG_H1_HEAD)
        read = take_word(reader, lg_http_token_span(lg_http_cursor_rest(&reader->cursor)),
                         "method is not a token", &request->method);
    if (read == LG_H1_HEAD)
        read = take_word(reader, lg_http_target_span(lg_http_cursor_rest(&reader->cursor)),
                         "request target has a byte that must be encoded", &request->target);
    if (read == LG_H1_HEAD)
        read = read_version(reader);
    return read == LG_H1_HEAD && over_limit(reader, 0) ? too_large(reader) : read;
}

/* What is left is a line that is not whole: it may be the empty one's first byte. */
static enum lg_h1_read wait_for_line(struct reader *reader)
{
    reader->cursor.at = reader->cursor.end;
    return over_limit(reader, 1) ? too_large(reader) : LG_H1_MORE;
}

static enum lg_h1_read read_fields(struct reader *reader, struct lg_header *headers, size_t room)
{
    struct lg_h1_request *request = reader->request;
    struct lg_header field;

    for (;;) {
        switch (lg_http_field_read(&reader->cursor, &field)) {
        case LG_HTTP_FOUND:
            if (over_limit(reader, 0))
                return too_large(reader);
            if (request->header_count == reader->limits->headers)
                return bad(reader, 431, "more header fields than the limit");
            if (request->header_count == room)
                return LG_H1_ROOM;
            headers[request->header_count++] = field;
            break;
        case LG_HTTP_END:
            return LG_H1_HEAD;
        case LG_HTTP_MORE:
            return wait_for_line(reader);
        case LG_HTTP_BAD:
            return bad(reader, 400, reader->cursor.fault);
        }
    }
}

static bool cut_start(struct lg_str *text, const char *start)
{
    if (!lg_str_istarts(*text, lg_str_of(start)))
        return false;
    *text = lg_str_part(*text, strlen(start), text->size);
    return true;
}

/* Who believes the one and who believes the other must mean the same host. */
static bool authority_agrees(const struct lg_h1_request *request, const struct lg_header *headers)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (lg_str_iis(headers[i].name, "host") &&
            !lg_str_ieq(headers[i].value, request->authority))
            return false;
    }
    return request->authority.size > 0 &&
           lg_http_host_span(request->authority) == request->authority.size;
}

/* "http://host/path", as proxies are asked: what follows the authority is the target then. */
static enum lg_h1_read split_target(struct reader *reader, const struct lg_header *headers)
{
    struct lg_h1_request *request = reader->request;
    struct lg_str rest = request->target;
    size_t mark;

    if (cut_start(&rest, "http://") || cut_start(&rest, "https://")) {
        mark = lg_str_find(rest, '/', 0);
        request->authority = lg_str_part(rest, 0, mark);
        request->target = mark == rest.size ? LG_STR("/") : lg_str_part(rest, mark, rest.size);
        if (!authority_agrees(request, headers))
            return bad(reader, 400, "request target and Host do not agree");
    }
    mark = lg_str_find(request->target, '?', 0);
    request->path = lg_str_part(request->target, 0, mark);
    if (mark < request->target.size)
        request->query = lg_str_part(request->target, mark + 1, request->target.size);
    return LG_H1_HEAD;
}

enum lg_h1_read lg_h1_request_read(struct lg_str bytes, const struct lg_listen_limits *limits,
                                   struct lg_header *headers, size_t room,
                                   struct lg_h1_request *ret_request)
{
    struct reader reader = {
        { bytes.data, bytes.data + bytes.size, NULL }, bytes.data, limits, ret_request
    };
    enum lg_h1_read read;

    memset(ret_request, 0, sizeof(*ret_request));
    ret_request->version_minor = 1;
    read = read_line(&reader);
    if (read == LG_H1_MORE)
        return wait_for_line(&reader);
    if (read == LG_H1_HEAD)
        read = read_fields(&reader, headers, room);
    if (read != LG_H1_HEAD)
        return read;
    ret_request->size = (size_t)(reader.cursor.at - bytes.data);
    return split_target(&reader, headers);
}
