/* h1_answer.c -- status line and headers of an answer, what becomes of its connection, writing. */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/mem.h"
#include "listen/h1.h"

#define LINES_MAX 256    /* status line, date, connection and length together are shorter */
#define DROP_TAKEN 65536 /* of a long stream, sent bytes are dropped in pieces of this */

/* --- the head --- */

struct reason {
    int status;
    struct lg_str text;
};

static struct lg_str reason_of(int status)
{
    static const struct reason reasons[] = {
        { 200, { "OK", 2 } },
        { 201, { "Created", 7 } },
        { 202, { "Accepted", 8 } },
        { 203, { "Non-Authoritative Information", 29 } },
        { 204, { "No Content", 10 } },
        { 205, { "Reset Content", 13 } },
        { 206, { "Partial Content", 15 } },
        { 207, { "Multi-Status", 12 } },
        { 300, { "Multiple Choices", 16 } },
        { 301, { "Moved Permanently", 17 } },
        { 302, { "Found", 5 } },
        { 303, { "See Other", 9 } },
        { 304, { "Not Modified", 12 } },
        { 307, { "Temporary Redirect", 18 } },
        { 308, { "Permanent Redirect", 18 } },
        { 400, { "Bad Request", 11 } },
        { 401, { "Unauthorized", 12 } },
        { 402, { "Payment Required", 16 } },
        { 403, { "Forbidden", 9 } },
        { 404, { "Not Found", 9 } },
        { 405, { "Method Not Allowed", 18 } },
        { 406, { "Not Acceptable", 14 } },
        { 407, { "Proxy Authentication Required", 29 } },
        { 408, { "Request Timeout", 15 } },
        { 409, { "Conflict", 8 } },
        { 410, { "Gone", 4 } },
        { 411, { "Length Required", 15 } },
        { 412, { "Precondition Failed", 19 } },
        { 413, { "Content Too Large", 17 } },
        { 414, { "URI Too Long", 12 } },
        { 415, { "Unsupported Media Type", 22 } },
        { 416, { "Range Not Satisfiable", 21 } },
        { 417, { "Expectation Failed", 18 } },
        { 418, { "I'm a teapot", 12 } },
        { 421, { "Misdirected Request", 19 } },
        { 422, { "Unprocessable Content", 21 } },
        { 423, { "Locked", 6 } },
        { 424, { "Failed Dependency", 17 } },
        { 425, { "Too Early", 9 } },
        { 426, { "Upgrade Required", 16 } },
        { 428, { "Precondition Required", 21 } },
        { 429, { "Too Many Requests", 17 } },
        { 431, { "Request Header Fields Too Large", 31 } },
        { 451, { "Unavailable For Legal Reasons", 29 } },
        { 500, { "Internal Server Error", 21 } },
        { 501, { "Not Implemented", 15 } },
        { 502, { "Bad Gateway", 11 } },
        { 503, { "Service Unavailable", 19 } },
        { 504, { "Gateway Timeout", 15 } },
        { 505, { "HTTP Version Not Supported", 26 } },
        { 507, { "Insufficient Storage", 20 } },
        { 511, { "Network Authentication Required", 31 } },
    };

    for (size_t i = 0; i < LG_COUNT(reasons); i++) {
        if (reasons[i].status == status)
            return reasons[i].text;
    }
    return LG_STR(
        ""); /* which is allowed, and all that can be said of a status of a function's own */
}

static char *put(char *at, struct lg_str text)
{
    memcpy(at, text.data, text.size);
    return at + text.size;
}

static char *put_number(char *at, uint64_t value)
{
    char digits[20];
    size_t count = 0;

    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    while (count > 0)
        *at++ = digits[--count];
    return at;
}

static char *put_status(char *at, int status)
{
    at = put(at, LG_STR("HTTP/1.1 "));
    at = put_number(at, (uint64_t)status);
    *at++ = ' ';
    at = put(at, reason_of(status));
    return put(at, LG_STR("\r\n"));
}

static char *put_headers(char *at, const struct lg_answer *answer)
{
    for (size_t i = 0; i < answer->header_count; i++) {
        const struct lg_header *header = &answer->headers[i];

        if (!lg_answer_header_fine(header))
            continue;
        at = put(at, header->name);
        at = put(at, LG_STR(": "));
        at = put(at, header->value);
        at = put(at, LG_STR("\r\n"));
    }
    return at;
}

/* How the end of the body is told, and whether the connection goes on. */
static char *put_framing(char *at, const struct lg_h1_exchange *exchange, int status,
                         int64_t length)
{
    if (exchange->connection->closing)
        at = put(at, LG_STR("Connection: close\r\n"));
    else if (exchange->base.head.version_minor == 0)
        at = put(at, LG_STR("Connection: Keep-Alive\r\n"));
    if (status == 204 || status == 304)
        return put(at, LG_STR("\r\n"));
    if (length >= 0) {
        at = put(at, LG_STR("Content-Length: "));
        at = put_number(at, (uint64_t)length);
        return put(at, LG_STR("\r\n\r\n"));
    }
    return put(at,
               exchange->chunked ? LG_STR("Transfer-Encoding: chunked\r\n\r\n") : LG_STR("\r\n"));
}

/* --- what becomes of the connection --- */

uint64_t lg_h1_drop_limit(const struct lg_h1_connection *connection)
{
    const struct lg_listen_limits *limits = connection->service->limits;
    uint64_t limit = lg_unread_limit(limits);

    return limits->drop_bytes > limit ? limits->drop_bytes : limit;
}

/*
 * The rest of a body that nobody reads would be read as a next request, so it is read and dropped
 * if it is not much, and how much is known. A client that waits for 100 Continue will not send it.
 */
static bool rest_worth_dropping(const struct lg_h1_exchange *exchange)
{
    const struct lg_h1_connection *connection = exchange->connection;

    if (connection->body.kind == LG_H1_NO_BODY)
        return true;
    if (connection->body.kind == LG_H1_CHUNKED || exchange->expects)
        return false;
    if (exchange->phase != LG_H1_HAS_HEAD)
        return connection->body.left <= lg_h1_drop_limit(connection);
    return connection->body.left <= lg_unread_limit(connection->service->limits);
}

static bool is_last(const struct lg_h1_connection *connection)
{
    size_t limit = connection->service->limits->requests_per_connection;

    return connection->server->draining || (limit > 0 && connection->requests >= limit);
}

static void decide_end(const struct lg_h1_exchange *exchange, const struct lg_answer *answer,
                       bool delimited)
{
    struct lg_h1_connection *connection = exchange->connection;

    connection->closing = answer->close || !exchange->keep || !delimited || is_last(connection) ||
                          !rest_worth_dropping(exchange);
    if (connection->closing && connection->body.kind != LG_H1_NO_BODY) {
        connection->unread = true;
        connection->partly = exchange->phase != LG_H1_HAS_HEAD;
    }
}

void lg_h1_answer_head(struct lg_h1_exchange *exchange, const struct lg_answer *answer,
                       int64_t length)
{
    size_t size = LINES_MAX;
    char *start, *at;

    exchange->answered = true;
    exchange->bodiless = answer->status == 204 || answer->status == 304 ||
                         lg_str_is(exchange->base.head.method, "HEAD");
    decide_end(exchange, answer, length >= 0 || exchange->chunked || exchange->bodiless);
    for (size_t i = 0; i < answer->header_count; i++)
        size += answer->headers[i].name.size + answer->headers[i].value.size + 4;
    start = lg_buf_reserve(&exchange->out, size);
    assert(start != NULL);
    at = put_status(start, answer->status);
    at = put(at, lg_h1_date(exchange->connection->server));
    at = put_headers(at, answer);
    at = put_framing(at, exchange, answer->status, length);
    assert((size_t)(at - start) <= size);
    exchange->out.size += (size_t)(at - start);
}

/* --- writing --- */

bool lg_h1_has_output(const struct lg_h1_exchange *exchange)
{
    return exchange->out_taken < exchange->out.size || exchange->body.size > 0;
}

static void advance(struct lg_h1_exchange *exchange, size_t count)
{
    size_t head = exchange->out.size - exchange->out_taken;

    if (head > count)
        head = count;
    exchange->out_taken += head;
    if (count > head)
        exchange->body = lg_str_part(exchange->body, count - head, exchange->body.size);
    if (exchange->out_taken == exchange->out.size) {
        lg_buf_clear(&exchange->out);
        exchange->out_taken = 0;
    } else if (exchange->out_taken >= DROP_TAKEN) {
        lg_buf_drop(&exchange->out, exchange->out_taken);
        exchange->out_taken = 0;
    }
}

static void tell_room(struct lg_h1_exchange *exchange)
{
    if (!exchange->full || exchange->out.size - exchange->out_taken > LG_STREAM_LOW)
        return;
    exchange->full = false;
    if (exchange->base.events->on_room != NULL && !exchange->complete)
        exchange->base.events->on_room(exchange->base.object);
}

/* Told once more when there is room; from then on it stays so. */
static enum lg_h1_step wait_for_room(struct lg_h1_connection *connection)
{
    connection->blocked = true;
    if (lg_watch_change(connection->server->base.loop, &connection->watch,
                        connection->watch.events | EPOLLOUT) != LG_OK)
        return LG_H1_GONE;
    return LG_H1_WAIT;
}

enum lg_h1_step lg_h1_write_step(struct lg_h1_connection *connection)
{
    struct lg_h1_exchange *exchange = connection->exchange;
    struct iovec parts[2] = {
        { exchange->out.data + exchange->out_taken, exchange->out.size - exchange->out_taken },
        { (void *)(uintptr_t)(const void *)exchange->body.data, exchange->body.size },
    };
    size_t wanted = parts[0].iov_len + parts[1].iov_len;
    struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
    ssize_t count;

    if (connection->blocked)
        return LG_H1_WAIT;
    if (parts[0].iov_len == 0)
        parts[0] = parts[1];
    if (parts[0].iov_len == wanted)
        message.msg_iovlen = 1;
    count = sendmsg(connection->watch.fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0) {
        if (errno == EINTR)
            return LG_H1_ON;
        return errno == EAGAIN ? wait_for_room(connection) : LG_H1_GONE;
    }
    lg_h1_touch(connection);
    advance(exchange, (size_t)count);
    tell_room(exchange);
    return (size_t)count < wanted ? wait_for_room(connection) : LG_H1_ON;
}
