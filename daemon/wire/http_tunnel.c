/* http_tunnel.c -- CONNECT: through an HTTP proxy to an upstream with TLS (RFC 9110, 9.3.6). */
#include <stdio.h>
#include <string.h>

#include "wire/http_private.h"

static void write_connect(struct lg_http_line *line)
{
    const struct lg_http_pool_options *options = &line->pool->options;
    bool v6 = strchr(options->host, ':') != NULL;
    char authority[300];

    (void)snprintf(authority, sizeof(authority), "%s%s%s:%u", v6 ? "[" : "", options->host,
                   v6 ? "]" : "", (unsigned)options->port);
    lg_buf_printf(&line->out, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n", authority, authority);
    if (options->proxy->authorization != NULL)
        lg_buf_printf(&line->out, "Proxy-Authorization: %s\r\n", options->proxy->authorization);
    lg_buf_add_cstr(&line->out, "\r\n");
}

void lg_http_tunnel_begin(struct lg_http_line *line)
{
    int64_t now = lg_loop_now_ms(line->pool->client->loop);

    line->state = LG_HTTP_LINE_TUNNEL;
    lg_buf_init(&line->out, SIZE_MAX);
    write_connect(line);
    lg_buf_init(&line->in, LG_HTTP_RESPONSE_HEAD_BYTES + LG_HTTP_WINDOW);
    lg_http_response_init(&line->reader, line->pool->client->headers, LG_STR("CONNECT"));
    lg_http_line_set_deadline(line, now + line->pool->options.connect_ms);
    lg_http_tunnel_write(line);
}

void lg_http_tunnel_write(struct lg_http_line *line)
{
    while (line->out.size > 0) {
        struct iovec part = { line->out.data, line->out.size };
        size_t size;
        enum lg_err err = lg_conn_write(line->conn, &part, 1, &size);

        if (err == LG_ERR_BUSY)
            return;
        if (err != LG_OK) {
            lg_http_line_fail_opening(line, lg_conn_error(line->conn));
            return;
        }
        lg_buf_drop(&line->out, size);
    }
    lg_http_tunnel_read(line);
}

static void begin_tls(struct lg_http_line *line)
{
    const struct lg_http_pool_options *options = &line->pool->options;

    lg_buf_done(&line->in);
    line->state = LG_HTTP_LINE_OPENING;
    lg_http_line_set_deadline(line, INT64_MAX);
    lg_conn_start_tls(line->conn, options->tls,
                      options->tls_name != NULL ? options->tls_name : options->host,
                      &line->pool->session, options->tls_ms);
}

static const char *refusal(int status)
{
    switch (status) {
    case 407:
        return "the proxy wants credentials (407)";
    case 403:
        return "the proxy does not allow the host (403)";
    case 502:
    case 503:
    case 504:
        return "the proxy cannot reach the host";
    default:
        return "the proxy refused the connection";
    }
}

/* Whether it is over, one way or the other. */
static bool judge(struct lg_http_line *line)
{
    struct lg_http_cursor cursor = { line->in.data, line->in.data + line->in.size, NULL };
    struct lg_str data;

    switch (lg_http_response_next(&line->reader, &cursor, &data)) {
    case LG_HTTP_RESPONSE_PIECE_MORE:
        return false;
    case LG_HTTP_RESPONSE_PIECE_HEAD:
        if (line->reader.head.status >= 300)
            lg_http_line_fail_opening(line, refusal(line->reader.head.status));
        else if (cursor.at < cursor.end)
            lg_http_line_fail_opening(line, "the proxy speaks for the host");
        else
            begin_tls(line);
        return true;
    default:
        lg_http_line_fail_opening(line, "the proxy does not speak HTTP");
        return true;
    }
}

void lg_http_tunnel_read(struct lg_http_line *line)
{
    char *window = line->pool->client->window;
    size_t size;

    for (;;) {
        switch (lg_conn_read(line->conn, window, LG_HTTP_WINDOW, &size)) {
        case LG_OK:
            lg_buf_add(&line->in, window, size);
            if (judge(line))
                return;
            break;
        case LG_ERR_BUSY:
            return;
        case LG_ERR_CLOSED:
            lg_http_line_fail_opening(line, "the proxy closed the connection");
            return;
        default:
            lg_http_line_fail_opening(line, lg_conn_error(line->conn));
            return;
        }
    }
}
