/*
 * http_field.h -- header lines of HTTP/1.1, of requests, answers and trailers alike.
 *
 * Strict (RFC 9112 section 5): a line ends with CR LF, nothing else; no folded lines, no blank
 * before the colon, no empty name, no control bytes. Pure: bytes in, slices of them out.
 */
#ifndef LG_WIRE_HTTP_FIELD_H
#define LG_WIRE_HTTP_FIELD_H

#include "base/err.h"
#include "base/str.h"

struct lg_header {
    struct lg_str name, value; /* value without surrounding blanks */
};

enum lg_http_found {
    LG_HTTP_FOUND, /* one was read */
    LG_HTTP_MORE,  /* the bytes end too early: nothing was taken, call again with more */
    LG_HTTP_END,   /* there is no further one: the empty line was taken */
    LG_HTTP_BAD    /* it breaks the rules; once said, more bytes do not change it */
};

/* What is left of some bytes. */
struct lg_http_cursor {
    const char *at, *end;
    const char *fault; /* after LG_HTTP_BAD: why, static storage */
};

/* Reads the next header line, or the empty line at the end. */
LG_MUST_CHECK enum lg_http_found lg_http_field_read(struct lg_http_cursor *cursor,
                                                    struct lg_header *ret_field);

/* Takes the CR LF that must stand here: FOUND, MORE or BAD. */
LG_MUST_CHECK enum lg_http_found lg_http_line_end(struct lg_http_cursor *cursor);

static inline struct lg_str lg_http_cursor_rest(const struct lg_http_cursor *cursor)
{
    return lg_str_make(cursor->at, (size_t)(cursor->end - cursor->at));
}

static inline enum lg_http_found lg_http_bad(struct lg_http_cursor *cursor, const char *fault)
{
    cursor->fault = fault;
    return LG_HTTP_BAD;
}

/*
 * Cuts the next element off a value that is a list ("a, b;c"); empty ones are left out. Start with
 * *rest = value; false when there are no more.
 */
bool lg_http_list_next(struct lg_str *rest, struct lg_str *ret_element);

#endif
