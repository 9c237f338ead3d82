/* test_h1_request.c -- the head of a request: every rule by name, every head at every split. */
#include "listen/h1_request.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#define ROOM 8

static const struct lg_listen_limits limits = { .header_bytes = 200, .headers = 6 };
static struct lg_h1_request request;
static struct lg_header headers[ROOM];

static enum lg_h1_read read_part(const char *text, size_t size)
{
    return lg_h1_request_read(lg_str_make(text, size), &limits, headers, ROOM, &request);
}

/* Byte by byte, as it could come: what is said of a part holds for the whole. */
static enum lg_h1_read read_slowly(const char *text, size_t size)
{
    enum lg_h1_read read = LG_H1_MORE;
    size_t head = 0;

    for (size_t part = 0; part <= size; part++) {
        enum lg_h1_read now = read_part(text, part);

        cr_assert(read == LG_H1_MORE || now == read, "%s is not decided at %zu", text, part);
        cr_assert(read != LG_H1_HEAD || request.size == head);
        cr_assert(request.fault.reason != NULL || now != LG_H1_BAD);
        head = request.size;
        read = now;
    }
    return read;
}

/* 0 when accepted, -1 when not whole, else the status. */
static int status_of(const char *text)
{
    switch (read_slowly(text, strlen(text))) {
    case LG_H1_HEAD:
        return 0;
    case LG_H1_BAD:
        return request.fault.status;
    default:
        return -1;
    }
}

static int with_line(const char *line)
{
    char text[512];

    snprintf(text, sizeof(text), "%s\r\nHost: a\r\n\r\n", line);
    return status_of(text);
}

static int with_field(const char *line)
{
    char text[512];

    snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n\r\n", line);
    return status_of(text);
}

Test(h1_request, a_plain_head_is_taken_apart)
{
    static const char text[] = "POST /a/b?c=d&e HTTP/1.1\r\nHost: shop\r\nX:  y \r\n\r\nbody";

    cr_assert(eq(int, status_of(text), 0));
    cr_assert(eq(sz, request.size, sizeof(text) - 1 - 4));
    cr_assert(lg_str_is(request.method, "POST"));
    cr_assert(lg_str_is(request.target, "/a/b?c=d&e"));
    cr_assert(lg_str_is(request.path, "/a/b"));
    cr_assert(lg_str_is(request.query, "c=d&e"));
    cr_assert(eq(int, request.version_minor, 1));
    cr_assert(eq(sz, request.header_count, 2));
    cr_assert(lg_str_is(headers[1].name, "X") && lg_str_is(headers[1].value, "y"));
}

Test(h1_request, no_question_mark_is_no_query)
{
    cr_assert(eq(int, with_line("GET /a HTTP/1.1"), 0));
    cr_assert(zero(ptr, (void *)request.query.data));
    cr_assert(eq(int, with_line("GET /a? HTTP/1.1"), 0));
    cr_assert(request.query.data != NULL && request.query.size == 0);
}

Test(h1_request, one_empty_line_before_it_is_skipped)
{
    cr_assert(eq(int, with_line("\r\nGET / HTTP/1.1"), 0));
    cr_assert(lg_str_is(request.method, "GET"));
    cr_assert(eq(int, with_line("\r\n\r\nGET / HTTP/1.1"), 400));
    cr_assert(eq(int, with_line("\nGET / HTTP/1.1"), 400));
}

Test(h1_request, a_method_is_a_token)
{
    cr_assert(eq(int, with_line("G(T / HTTP/1.1"), 400));
    cr_assert(eq(int, with_line(" GET / HTTP/1.1"), 400));
    cr_assert(eq(int, with_line("\x16\x03\x01\x02"), 400));
    cr_assert(eq(int, with_line("BREW / HTTP/1.1"), 0), "which ones are known is not said here");
}

Test(h1_request, words_are_parted_by_one_blank)
{
    cr_assert(eq(int, with_line("GET  / HTTP/1.1"), 400));
    cr_assert(eq(int, with_line("GET /  HTTP/1.1"), 400));
    cr_assert(eq(int, with_line("GET\t/ HTTP/1.1"), 400));
    cr_assert(eq(int, with_line("GET / HTTP/1.1 "), 400));
    cr_assert(eq(int, with_line("GET /"), 400));
}

Test(h1_request, a_target_has_visible_characters_and_no_fragment)
{
    for (int byte = 1; byte < 256; byte++) {
        const char text[] = { 'G', 'E', 'T', ' ', '/', (char)byte, ' ', '\0' };
        bool good = byte > 0x20 && byte < 0x7f && byte != '#';
        char line[64];

        snprintf(line, sizeof(line), "%sHTTP/1.1", text);
        cr_assert(good == (with_line(line) == 0), "%02x", (unsigned)byte);
    }
}

Test(h1_request, a_version_is_1_and_a_digit)
{
    cr_assert(eq(int, with_line("GET / HTTP/1.0"), 0));
    cr_assert(eq(int, request.version_minor, 0));
    cr_assert(eq(int, with_line("GET / HTTP/1.9"), 0));
    cr_assert(eq(int, request.version_minor, 1));
    cr_assert(eq(int, with_line("GET / HTTP/2.0"), 505));
    cr_assert(eq(int, with_line("PRI * HTTP/2.0"), 505));
    cr_assert(eq(int, with_line("GET / HTTP/0.9"), 505));
    cr_assert(eq(int, with_line("GET / http/1.1"), 400));
    cr_assert(eq(int, with_line("GET / HTTP/11"), 400));
    cr_assert(eq(int, with_line("GET / HTTP/1.10"), 400));
    cr_assert(eq(int, with_line("GET / HTTP/1."), 400));
    cr_assert(eq(int, with_line("GET / HTTPS/1.1"), 400));
    cr_assert(eq(int, with_line("GET / ICY/1.1.1"), 400));
}

Test(h1_request, lines_end_with_both_characters)
{
    cr_assert(eq(int, status_of("GET / HTTP/1.1\nHost: a\r\n\r\n"), 400));
    cr_assert(eq(int, status_of("GET / HTTP/1.1\rHost: a\r\n\r\n"), 400));
    cr_assert(eq(int, status_of("GET / HTTP/1.1\r\nHost: a\n\r\n"), 400));
    cr_assert(eq(int, status_of("GET / HTTP/1.1\r\nHost: a\r\n\n"), 400));
}

Test(h1_request, a_header_line_that_breaks_the_rules_is_400)
{
    cr_assert(eq(int, with_field("X: y"), 0));
    cr_assert(eq(int, with_field("X : y"), 400));
    cr_assert(eq(int, with_field(" folded"), 400));
    cr_assert(eq(int, with_field(": nameless"), 400));
    cr_assert(eq(int, with_field("X: a\x01"), 400));
}

Test(h1_request, a_nul_is_refused_wherever_it_is)
{
    static const char text[] = "GET /abc HTTP/1.1\r\nHost: a\r\nX-Name: value\r\n\r\n";

    for (size_t i = 0; i < sizeof(text) - 1; i++) {
        char spoilt[sizeof(text)];

        memcpy(spoilt, text, sizeof(text));
        spoilt[i] = '\0';
        cr_assert(eq(int, read_slowly(spoilt, sizeof(text) - 1), LG_H1_BAD), "%zu", i);
        cr_assert(eq(int, request.fault.status, 400));
    }
}

Test(h1_request, a_target_may_name_the_host_that_host_names)
{
    cr_assert(eq(int, with_line("GET http://a/b?c HTTP/1.1"), 0));
    cr_assert(lg_str_is(request.target, "/b?c") && lg_str_is(request.path, "/b"));
    cr_assert(lg_str_is(request.authority, "a"));
    cr_assert(eq(int, with_line("GET HTTPS://A/b HTTP/1.1"), 0));
    cr_assert(eq(int, with_line("GET http://a HTTP/1.1"), 0));
    cr_assert(lg_str_is(request.path, "/"));
    cr_assert(eq(int, with_line("GET http://b/ HTTP/1.1"), 400));
    cr_assert(eq(int, with_line("GET http://a:80/ HTTP/1.1"), 400));
    cr_assert(eq(int, with_line("GET http://x@a/ HTTP/1.1"), 400));
    cr_assert(eq(int, with_line("GET http:///b HTTP/1.1"), 400));
    cr_assert(eq(int, with_line("GET http://a?b HTTP/1.1"), 400));
    cr_assert(eq(int, status_of("GET http://a/b HTTP/1.0\r\n\r\n"), 0));
}

Test(h1_request, header_bytes_count_all_lines_but_the_empty_one)
{
    static const char start[] = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
    char text[512];

    snprintf(text, sizeof(text), "%s%0*d\r\n\r\n", start, 200 - (int)sizeof(start) + 1 - 2, 0);
    cr_assert(eq(int, status_of(text), 0));
    cr_assert(eq(sz, request.size, 202));
    snprintf(text, sizeof(text), "%s%0*d\r\n\r\n", start, 201 - (int)sizeof(start) + 1 - 2, 0);
    cr_assert(eq(int, status_of(text), 431));
    snprintf(text, sizeof(text), "%s%0*d", start, 202 - (int)sizeof(start) + 1, 0);
    cr_assert(eq(int, status_of(text), 431));
}

Test(h1_request, a_request_line_over_the_limit_is_431_and_a_target_414)
{
    char text[512];

    snprintf(text, sizeof(text), "GET /%0*d HTTP/1.0\r\n\r\n", 190, 0);
    cr_assert(eq(int, status_of(text), 431));
    snprintf(text, sizeof(text), "GET /%0*d HTTP/1.1\r\n\r\n", 200, 0);
    cr_assert(eq(int, status_of(text), 414));
    cr_assert(lg_str_is(request.method, "GET"), "for the log");
}

Test(h1_request, header_fields_have_a_ceiling)
{
    char text[512] = "GET / HTTP/1.1\r\n";

    for (int i = 0; i < 6; i++)
        strcat(text, "a:b\r\n");
    strcat(text, "\r\n");
    cr_assert(eq(int, status_of(text), 0));
    strcpy(text + strlen(text) - 2, "a:b\r\n\r\n");
    cr_assert(eq(int, status_of(text), 431));
}

Test(h1_request, more_fields_than_there_is_room_for_are_said_so)
{
    struct lg_str text = LG_STR("GET / HTTP/1.1\r\na:b\r\nc:d\r\ne:f\r\n\r\n");

    cr_assert(eq(int, lg_h1_request_read(text, &limits, headers, 2, &request), LG_H1_ROOM));
    cr_assert(eq(int, lg_h1_request_read(text, &limits, headers, 3, &request), LG_H1_HEAD));
}
