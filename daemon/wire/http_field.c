/* http_field.c -- a header line in one pass: name, colon, blanks, value, CR LF. */
#include "wire/http_field.h"

#include "base/http_chars.h"

enum lg_http_found lg_http_line_end(struct lg_http_cursor *cursor)
{
    if (cursor->at == cursor->end)
        return LG_HTTP_MORE;
    if (*cursor->at == '\n')
        return lg_http_bad(cursor, "line feed without carriage return");
    if (*cursor->at != '\r')
        return lg_http_bad(cursor, "control character");
    if (cursor->at + 1 == cursor->end)
        return LG_HTTP_MORE;
    if (cursor->at[1] != '\n')
        return lg_http_bad(cursor, "carriage return without line feed");
    cursor->at += 2;
    return LG_HTTP_FOUND;
}

/* Where a name should begin there is none. */
static enum lg_http_found no_name(struct lg_http_cursor *cursor)
{
    enum lg_http_found found;

    switch (*cursor->at) {
    case '\r':
    case '\n':
        found = lg_http_line_end(cursor);
        return found == LG_HTTP_FOUND ? LG_HTTP_END : found;
    case ' ':
    case '\t':
        return lg_http_bad(cursor, "folded header line");
    case ':':
        return lg_http_bad(cursor, "header line without a name");
    default:
        return lg_http_bad(cursor, "header name is not a token");
    }
}

static enum lg_http_found no_colon(struct lg_http_cursor *cursor, char byte)
{
    if (byte == ' ' || byte == '\t')
        return lg_http_bad(cursor, "blank before the colon of a header");
    if (byte == '\r' || byte == '\n')
        return lg_http_bad(cursor, "header line without a colon");
    return lg_http_bad(cursor, "header name is not a token");
}

static enum lg_http_found end_of_value(struct lg_http_cursor *cursor)
{
    enum lg_http_found found = lg_http_line_end(cursor);

    if (found == LG_HTTP_BAD && *cursor->at != '\n' && *cursor->at != '\r')
        return lg_http_bad(cursor, "control character in a header value");
    return found;
}

enum lg_http_found lg_http_field_read(struct lg_http_cursor *cursor, struct lg_header *ret_field)
{
    struct lg_http_cursor line = *cursor;
    struct lg_str name, value;
    enum lg_http_found found;

    if (line.at == line.end)
        return LG_HTTP_MORE;
    name = lg_str_make(line.at, lg_http_token_span(lg_http_cursor_rest(&line)));
    if (name.size == 0)
        return no_name(cursor);
    line.at += name.size;
    if (line.at == line.end)
        return LG_HTTP_MORE;
    if (*line.at != ':')
        return no_colon(cursor, *line.at);
    line.at++;
    while (line.at < line.end && (*line.at == ' ' || *line.at == '\t'))
        line.at++;
    value = lg_str_make(line.at, lg_http_field_value_span(lg_http_cursor_rest(&line)));
    line.at += value.size;
    found = end_of_value(&line);
    if (found != LG_HTTP_FOUND) {
        cursor->fault = line.fault;
        return found;
    }
    while (value.size > 0 &&
           (value.data[value.size - 1] == ' ' || value.data[value.size - 1] == '\t'))
        value.size--;
    *ret_field = (struct lg_header){ name, value };
    cursor->at = line.at;
    return LG_HTTP_FOUND;
}

bool lg_http_list_next(struct lg_str *rest, struct lg_str *ret_element)
{
    struct lg_str piece;

    while (rest->data != NULL && lg_str_next(rest, ',', &piece)) {
        piece = lg_str_trim(piece);
        if (piece.size > 0) {
            *ret_element = piece;
            return true;
        }
    }
    return false;
}
