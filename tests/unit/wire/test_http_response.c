/* test_http_response.c -- answers are read strictly, whole or byte by byte. */
#include "wire/http_response.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "outside.h"

static char told[8192];

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...)
{
    size_t size = strlen(told);
    va_list args;

    va_start(args, format);
    vsnprintf(told + size, sizeof(told) - size, format, args);
    va_end(args);
}

/* One step; false when it is over. */
static bool step(struct lg_http_response_reader *reader, struct lg_http_cursor *cursor)
{
    struct lg_str data;

    switch (lg_http_response_next(reader, cursor, &data)) {
    case LG_HTTP_RESPONSE_PIECE_HEAD:
        note("<%d", reader->head.status);
        for (size_t i = 0; i < reader->head.header_count; i++)
            note(" %.*s=%.*s", LG_STR_ARG(reader->head.headers[i].name),
                 LG_STR_ARG(reader->head.headers[i].value));
        note(">");
        return true;
    case LG_HTTP_RESPONSE_PIECE_DATA:
        note("%.*s", LG_STR_ARG(data));
        return true;
    case LG_HTTP_RESPONSE_PIECE_MORE:
        return false;
    case LG_HTTP_RESPONSE_PIECE_END:
        note("<end%s>", reader->persistent ? " on" : "");
        return false;
    case LG_HTTP_RESPONSE_PIECE_BAD:
        note("<bad: %s>", cursor->fault);
        return false;
    }
    return false;
}

/* Gives `text` in pieces of `size`. */
static void read_in_pieces(const char *method, const char *text, size_t size)
{
    struct lg_header headers[LG_HTTP_RESPONSE_HEADERS];
    struct lg_http_response_reader reader;
    size_t from = 0, all = strlen(text);

    told[0] = '\0';
    lg_http_response_init(&reader, headers, lg_str_of(method));
    for (size_t to = size; strstr(told, "<bad") == NULL && strstr(told, "<end") == NULL;
         to += size) {
        char *copy = malloc(all + 1); /* so that a read beyond its end is seen */
        size_t end = to < all ? to : all;
        struct lg_http_cursor cursor;

        cr_assert(copy != NULL);
        memcpy(copy, text + from, end - from);
        copy = realloc(copy, end - from + 1);
        cursor = (struct lg_http_cursor){ copy, copy + (end - from), NULL };
        while (step(&reader, &cursor)) {
        }
        from += (size_t)(cursor.at - copy);
        free(copy);
        if (to >= all)
            break;
    }
    if (strstr(told, "<bad") == NULL && strstr(told, "<end") == NULL)
        note(lg_http_response_may_end(&reader) ? "<close>" : "<cut>");
}

static void reads(const char *method, const char *text, const char *wanted)
{
    read_in_pieces(method, text, strlen(text));
    outside_same(told, wanted);
    for (size_t size = 1; size < 8; size++) {
        read_in_pieces(method, text, size);
        outside_same(told, wanted);
    }
}

#define OK "HTTP/1.1 200 OK\r\n"

Test(http_response, bodies_end_where_the_head_says)
{
    reads("GET", OK "Content-Length: 5\r\n\r\nhello", "<200 Content-Length=5>hello<end on>");
    reads("GET", OK "Content-Length: 0\r\n\r\n", "<200 Content-Length=0><end on>");
    reads("GET", OK "Content-Length: 5\r\nConnection: x, Close\r\n\r\nhello",
          "<200 Content-Length=5 Connection=x, Close>hello<end>");
    reads("GET", OK "\r\nhello", "<200>hello<close>");
    reads("GET", OK "Content-Length: 6\r\n\r\nhello", "<200 Content-Length=6>hello<cut>");
    reads("GET", OK "Transfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
          "<200 Transfer-Encoding=Chunked>hello<end on>");
    reads("GET", OK "Transfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nT: v\r\n\r\n",
          "<200 Transfer-Encoding=chunked>hello<end on>");
}

Test(http_response, some_answers_have_no_body)
{
    reads("HEAD", OK "Content-Length: 5\r\n\r\n", "<200 Content-Length=5><end on>");
    reads("HEAD", OK "Transfer-Encoding: chunked\r\n\r\n",
          "<200 Transfer-Encoding=chunked><end on>");
    reads("GET", "HTTP/1.1 204 No Content\r\n\r\n", "<204><end on>");
    reads("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
          "<304 Content-Length=5><end on>");
    reads("CONNECT", OK "Content-Length: 5\r\n\r\n", "<200 Content-Length=5><end on>");
}

Test(http_response, interim_answers_come_before_it)
{
    char many[2000] = "";

    reads("GET",
          "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" OK
          "Content-Length: 1\r\n\r\nx",
          "<200 Content-Length=1>x<end on>");
    for (int i = 0; i < 17; i++)
        strcat(many, "HTTP/1.1 102 Processing\r\n\r\n");
    reads("GET", many, "<bad: too many interim answers>");
    reads("GET", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
          "<bad: it switches protocols, and nobody asked for that>");
}

Test(http_response, old_servers_close_unless_they_say_otherwise)
{
    reads("GET", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", "<200 Content-Length=1>x<end>");
    reads("GET", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\nx",
          "<200 Content-Length=1 Connection=keep-alive>x<end on>");
    reads("GET", "HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx", "<200 Content-Length=1>x<end on>");
    reads("GET", "HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\nx", "<200 Content-Length=1>x<end on>");
}

Test(http_response, what_could_be_read_in_two_ways_is_refused)
{
    static const char *const bad[] = {
        OK "Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
        OK "Content-Length: 5\r\nContent-Length: 5\r\n\r\n",
        OK "Content-Length: 5, 5\r\n\r\n",
        OK "Content-Length: +5\r\n\r\n",
        OK "Content-Length: -5\r\n\r\n",
        OK "Content-Length: \r\n\r\n",
        OK "Content-Length: 99999999999999999999\r\n\r\n",
        OK "Content-Length: 9223372036854775808\r\n\r\n",
        OK "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        OK "Transfer-Encoding: gzip, chunked\r\n\r\n",
        OK "Transfer-Encoding: identity\r\n\r\n",
        OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        OK "Content-Length : 5\r\n\r\n",
        OK "X: a\r\n b\r\n\r\n",
        OK "X: a\n\r\n",
        OK "X\r\n\r\n",
        OK ": x\r\n\r\n",
        OK "X: a\x01\r\n\r\n",
        "HTTP/1.1 200 OK\n\n",
        "HTTP/1.1  200 OK\r\n\r\n",
        "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 999 OK\r\n\r\n",
        "HTTP/1.1 099 OK\r\n\r\n",
        "HTTP/2.0 200 OK\r\n\r\n",
        "http/1.1 200 OK\r\n\r\n",
        " HTTP/1.1 200 OK\r\n\r\n",
        "\r\nHTTP/1.1 200 OK\r\n\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n",
        "hello",
        OK "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
        OK "Transfer-Encoding: chunked\r\n\r\n5 \r\nhello\r\n0\r\n\r\n",
        OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloX0\r\n\r\n",
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        for (size_t size = 1; size < 200; size = 3 * size) {
            read_in_pieces("GET", bad[i], size);
            /* A head without an end is not read again for each byte: then it is cut. */
            cr_assert(strstr(told, "<bad") != NULL || strcmp(told, "<cut>") == 0, "%s: %s", bad[i],
                      told);
        }
    }
}

Test(http_response, heads_are_limited_in_bytes_and_fields)
{
    static char text[200000];
    size_t at;

    at = (size_t)sprintf(text, OK "X: ");
    memset(text + at, 'a', LG_HTTP_RESPONSE_HEAD_BYTES);
    strcpy(text + at + LG_HTTP_RESPONSE_HEAD_BYTES, "\r\n\r\n");
    read_in_pieces("GET", text, strlen(text));
    outside_same(told, "<bad: the head is too long>");
    read_in_pieces("GET", text, 1000);
    outside_same(told, "<bad: the head is too long>");
    at = (size_t)sprintf(text, OK);
    for (int i = 0; i <= LG_HTTP_RESPONSE_HEADERS; i++)
        at += (size_t)sprintf(text + at, "X: a\r\n");
    strcpy(text + at, "\r\n");
    read_in_pieces("GET", text, strlen(text));
    outside_same(told, "<bad: too many header fields>");
}

Test(http_response, trailers_are_limited)
{
    static char text[200000];
    size_t at = (size_t)sprintf(text, OK "Transfer-Encoding: chunked\r\n\r\n0\r\n");

    for (int i = 0; i <= LG_HTTP_RESPONSE_TRAILERS; i++)
        at += (size_t)sprintf(text + at, "X: a\r\n");
    strcpy(text + at, "\r\n");
    read_in_pieces("GET", text, strlen(text));
    cr_assert(strstr(told, "<bad") != NULL, "%s", told);
}

Test(http_response, what_follows_is_left)
{
    struct lg_header headers[LG_HTTP_RESPONSE_HEADERS];
    static const char text[] = OK "Content-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n";
    struct lg_http_cursor cursor = { text, text + sizeof(text) - 1, NULL };
    struct lg_http_response_reader reader;

    lg_http_response_init(&reader, headers, LG_STR("GET"));
    while (step(&reader, &cursor)) {
    }
    outside_same(cursor.at, "HTTP/1.1 200 OK\r\n");
}
