/* http_proxy.c -- a proxy's URL, and who is excepted from it. */
#include "wire/http_proxy.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "wire/http_field.h"

#define PROXY_PORT 3128

void lg_http_proxy_done(struct lg_http_proxy *proxy)
{
    free(proxy->host);
    free(proxy->authorization);
    *proxy = (struct lg_http_proxy){ 0 };
}

static char *basic(struct lg_str user_password)
{
    struct lg_arena arena;
    struct lg_buf text;

    lg_arena_init(&arena);
    lg_buf_init(&text, SIZE_MAX);
    lg_buf_add_cstr(&text, "Basic ");
    lg_base64_encode(&text, lg_percent_decode(&arena, user_password, false));
    lg_arena_done(&arena);
    return lg_buf_take(&text, NULL);
}

static enum lg_err refuse(const char **reterr_reason, const char *reason)
{
    *reterr_reason = reason;
    return LG_ERR_SYNTAX;
}

/* Splits "host:port", "[v6]:port"; no port: `port` stays. */
static bool split_port(struct lg_str text, struct lg_str *ret_host, uint16_t *port)
{
    size_t colon;
    uint64_t number;

    if (text.size > 0 && text.data[0] == '[') {
        size_t end = lg_str_find(text, ']', 0);

        if (end == text.size)
            return false;
        *ret_host = lg_str_part(text, 1, end);
        text = lg_str_part(text, end + 1, text.size);
        colon = 0;
    } else {
        colon = lg_str_find(text, ':', 0);
        *ret_host = lg_str_part(text, 0, colon);
    }
    if (colon >= text.size)
        return true;
    if (text.data[colon] != ':' ||
        lg_str_to_u64(lg_str_part(text, colon + 1, text.size), &number) != LG_OK || number == 0 ||
        number > UINT16_MAX)
        return false;
    *port = (uint16_t)number;
    return true;
}

static bool is_host(struct lg_str host)
{
    for (size_t i = 0; i < host.size; i++) {
        char c = host.data[i];

        if (c <= ' ' || c == 0x7f || strchr("/?#@[]\\", c) != NULL)
            return false;
    }
    return host.size > 0 && host.size <= 253;
}

enum lg_err lg_http_proxy_parse(struct lg_str url, struct lg_http_proxy *ret_proxy,
                                const char **reterr_reason)
{
    struct lg_str host, user = LG_STR_NONE;
    uint16_t port = PROXY_PORT;

    if (lg_str_istarts(url, LG_STR("http://")))
        url = lg_str_part(url, 7, url.size);
    else if (memmem(url.data, url.size, "://", 3) != NULL)
        return refuse(reterr_reason, "only proxies with http:// are supported");
    if (url.size > 0 && url.data[url.size - 1] == '/')
        url.size--;
    for (size_t i = url.size; i > 0; i--) {
        if (url.data[i - 1] != '@')
            continue;
        user = lg_str_part(url, 0, i - 1);
        url = lg_str_part(url, i, url.size);
        break;
    }
    if (!split_port(url, &host, &port) || !is_host(host))
        return refuse(reterr_reason, "expected http://host:port");
    ret_proxy->host = lg_strndup(host.data, host.size);
    ret_proxy->port = port;
    ret_proxy->authorization = user.data != NULL ? basic(user) : NULL;
    return LG_OK;
}

/* --- exceptions ------------------------------------------------------------------------------- */

/* An address as 16 bytes, those of version 4 mapped. */
static bool read_address(struct lg_str text, unsigned char ret_bytes[16], unsigned *ret_bits)
{
    char copy[INET6_ADDRSTRLEN];

    if (text.size >= sizeof(copy))
        return false;
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    memset(ret_bytes, 0, 16);
    ret_bytes[10] = ret_bytes[11] = 0xff;
    *ret_bits = 96;
    if (inet_pton(AF_INET, copy, ret_bytes + 12) == 1)
        return true;
    *ret_bits = 0;
    return inet_pton(AF_INET6, copy, ret_bytes) == 1;
}

static bool in_network(struct lg_str network, struct lg_str host)
{
    size_t slash = lg_str_find(network, '/', 0);
    unsigned char net[16], address[16];
    unsigned offset, ignored;
    uint64_t bits;

    if (slash == network.size ||
        lg_str_to_u64(lg_str_part(network, slash + 1, network.size), &bits) != LG_OK ||
        !read_address(lg_str_part(network, 0, slash), net, &offset) ||
        !read_address(host, address, &ignored) || bits > 128 - offset)
        return false;
    bits += offset;
    for (unsigned i = 0; i < bits; i++) {
        unsigned char mask = (unsigned char)(0x80u >> (i % 8));

        if ((net[i / 8] & mask) != (address[i / 8] & mask))
            return false;
    }
    return true;
}

static bool is_same_or_below(struct lg_str domain, struct lg_str host)
{
    if (domain.size > 0 && domain.data[0] == '.')
        domain = lg_str_part(domain, 1, domain.size);
    if (domain.size == 0 || domain.size > host.size)
        return false;
    if (!lg_str_ieq(lg_str_part(host, host.size - domain.size, host.size), domain))
        return false;
    return domain.size == host.size || host.data[host.size - domain.size - 1] == '.';
}

static bool matches(struct lg_str entry, struct lg_str host, uint16_t port)
{
    unsigned char address[16];
    unsigned bits;
    struct lg_str name = entry;
    uint16_t wanted = port;

    if (lg_str_is(entry, "*") || in_network(entry, host))
        return true;
    if (!read_address(entry, address, &bits) && !split_port(entry, &name, &wanted))
        return false;
    return wanted == port && is_same_or_below(name, host);
}

bool lg_http_proxy_excepted(struct lg_str no_proxy, struct lg_str host, uint16_t port)
{
    struct lg_str entry;

    while (lg_http_list_next(&no_proxy, &entry)) {
        struct lg_str word;

        /* Some separate by blanks. */
        while (entry.data != NULL && lg_str_next(&entry, ' ', &word)) {
            if (word.size > 0 && matches(word, host, port))
                return true;
        }
    }
    return false;
}

static struct lg_str first_of(const char *one, const char *other)
{
    const char *text = getenv(one);

    if (text == NULL || text[0] == '\0')
        text = getenv(other);
    return lg_str_of(text);
}

enum lg_err lg_http_proxy_find(bool tls, struct lg_str host, uint16_t port,
                               struct lg_http_proxy *ret_proxy, const char **reterr_reason)
{
    struct lg_str url =
        tls ? first_of("https_proxy", "HTTPS_PROXY") : first_of("http_proxy", "http_proxy");

    if (url.size == 0)
        url = first_of("all_proxy", "ALL_PROXY");
    if (url.size == 0 || lg_http_proxy_excepted(first_of("no_proxy", "NO_PROXY"), host, port))
        return LG_ERR_NOT_FOUND;
    return lg_http_proxy_parse(url, ret_proxy, reterr_reason);
}
