/* guard.c -- headers that only browsers send, and hosts that only this machine has. */
#include "invoke_api/guard.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* The longest numeric address, in brackets or not, and its NUL. */
#define ADDRESS_MAX 64

/* An address as bytes: IPv4 ones as IPv4-mapped, so that both spellings are the same. */
static bool read_address(struct lg_str text, struct in6_addr *ret_address)
{
    char name[ADDRESS_MAX];
    struct in_addr v4;

    if (text.size >= sizeof(name) || text.size == 0)
        return false;
    memcpy(name, text.data, text.size);
    name[text.size] = '\0';
    if (strlen(name) != text.size)
        return false;
    if (inet_pton(AF_INET6, name, ret_address) == 1)
        return true;
    if (inet_pton(AF_INET, name, &v4) != 1)
        return false;
    memset(ret_address, 0, sizeof(*ret_address));
    ret_address->s6_addr[10] = ret_address->s6_addr[11] = 0xff;
    memcpy(&ret_address->s6_addr[12], &v4, sizeof(v4));
    return true;
}

static bool is_any(const struct in6_addr *address)
{
    static const struct in6_addr any4 = { .s6_addr = { [10] = 0xff, [11] = 0xff } };

    return IN6_IS_ADDR_UNSPECIFIED(address) || memcmp(address, &any4, sizeof(any4)) == 0;
}

static bool is_loopback(const struct in6_addr *address)
{
    return IN6_IS_ADDR_LOOPBACK(address) ||
           (IN6_IS_ADDR_V4MAPPED(address) && address->s6_addr[12] == 127);
}

static bool is_port(struct lg_str text)
{
    uint64_t port;

    return lg_str_to_u64(text, &port) == LG_OK && port <= 65535;
}

/* The host of a Host field, without brackets and port. */
static bool split_host(struct lg_str field, struct lg_str *ret_host)
{
    size_t end;

    if (lg_str_starts(field, LG_STR("["))) {
        end = lg_str_find(field, ']', 0);
        if (end == field.size)
            return false;
        *ret_host = lg_str_part(field, 1, end);
        end++;
    } else {
        end = lg_str_find(field, ':', 0);
        *ret_host = lg_str_part(field, 0, end);
    }
    if (end == field.size)
        return true;
    return field.data[end] == ':' && is_port(lg_str_part(field, end + 1, field.size));
}

/*
 * A name that was turned to this machine is never a number, so where the listener is bound to
 * all addresses, any address is one of ours.
 */
static bool is_our_host(struct lg_str field, const char *configured)
{
    struct lg_str host;
    struct in6_addr address, own;

    if (!split_host(field, &host))
        return false;
    if (lg_str_iis(host, "localhost") || lg_str_iis(host, configured))
        return true;
    if (!read_address(host, &address))
        return false;
    if (is_loopback(&address))
        return true;
    return read_address(lg_str_of(configured), &own) &&
           (is_any(&own) || memcmp(&own, &address, sizeof(own)) == 0);
}

enum lg_err lg_guard_check(const struct lg_head *head, const char *host, const char **reterr_reason)
{
    bool has_host = false;

    if (host == NULL)
        return LG_OK;
    for (size_t i = 0; i < head->header_count; i++) {
        const struct lg_header *header = &head->headers[i];
        if (lg_str_iis(header->name, "origin") || lg_str_iis(header->name, "sec-fetch-site")) {
            *reterr_reason = "requests of web pages (with Origin or Sec-Fetch-Site) are refused";
            return LG_ERR_REFUSED;
        }
        if (!lg_str_iis(header->name, "host"))
            continue;
        has_host = true;
        if (!is_our_host(header->value, host)) {
            *reterr_reason = "this Host is refused: use localhost, a loopback address or the "
                             "configured admin address";
            return LG_ERR_REFUSED;
        }
    }
    if (has_host)
        return LG_OK;
    *reterr_reason = "a request without Host is refused";
    return LG_ERR_REFUSED;
}
