/* address.c -- where to listen: HOST:PORT, [IPV6]:PORT or a unix socket. */
#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "config/values.h"

#define HOST_MAX 253 /* of a name in the DNS */

static enum lg_err refuse(const char *expected, const char **reterr_expected)
{
    *reterr_expected = expected;
    return LG_ERR_SYNTAX;
}

static bool is_numeric(int family, const char *host)
{
    unsigned char address[sizeof(struct in6_addr)];

    return inet_pton(family, host, address) == 1;
}

static bool is_host_name(const char *host)
{
    size_t size = strlen(host);

    if (size == 0 || size > HOST_MAX || !isalpha((unsigned char)host[0]))
        return false;
    for (size_t i = 0; i < size; i++)
        if (!isalnum((unsigned char)host[i]) && host[i] != '-' && host[i] != '.')
            return false;
    return true;
}

static bool read_port(const char *text, uint16_t *ret_port)
{
    int64_t port;

    if (lg_value_integer(text, &port) != LG_OK || text[0] == '+' || text[0] == '-' || port > 65535)
        return false;
    *ret_port = (uint16_t)port;
    return true;
}

static enum lg_err read_socket(struct lg_arena *arena, const char *text,
                               struct lg_config_address *ret_address, const char **reterr_expected)
{
    if (strlen(text) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
        return refuse("a path of at most 107 bytes for a unix socket", reterr_expected);
    *ret_address = (struct lg_config_address){ .path = lg_arena_cstr(arena, lg_str_of(text)) };
    return LG_OK;
}

static enum lg_err read_tcp(struct lg_arena *arena, struct lg_str host, const char *port, bool six,
                            struct lg_config_address *ret_address, const char **reterr_expected)
{
    struct lg_config_address address = { .host = lg_arena_cstr(arena, host) };

    if (six && !is_numeric(AF_INET6, address.host))
        return refuse("an IPv6 address between the brackets, such as [::1]:8080", reterr_expected);
    if (!six && !is_numeric(AF_INET, address.host) && !is_host_name(address.host))
        return refuse("an address such as 127.0.0.1:8080, [::1]:8080 or /run/name.sock",
                      reterr_expected);
    if (!read_port(port, &address.port))
        return refuse("a port from 0 to 65535 after the last colon", reterr_expected);
    *ret_address = address;
    return LG_OK;
}

enum lg_err lg_value_address(struct lg_arena *arena, const char *text,
                             struct lg_config_address *ret_address, const char **reterr_expected)
{
    const char *colon = strrchr(text, ':');
    const char *bracket = strchr(text, ']');

    if (text[0] == '/')
        return read_socket(arena, text, ret_address, reterr_expected);
    if (text[0] == ':' || (text[0] != '\0' && text[strspn(text, "0123456789")] == '\0'))
        return refuse("an address before the port: 127.0.0.1:PORT for this machine only, "
                      "0.0.0.0:PORT or [::]:PORT for every one",
                      reterr_expected);
    if (colon == NULL)
        return refuse("an address such as 127.0.0.1:8080, [::1]:8080 or /run/name.sock",
                      reterr_expected);
    if (text[0] == '[' && bracket != NULL && bracket + 1 == colon)
        return read_tcp(arena, lg_str_make(text + 1, (size_t)(bracket - text) - 1), colon + 1, true,
                        ret_address, reterr_expected);
    if (memchr(text, ':', (size_t)(colon - text)) != NULL)
        return refuse("an IPv6 address in brackets, such as [::1]:8080", reterr_expected);
    return read_tcp(arena, lg_str_make(text, (size_t)(colon - text)), colon + 1, false, ret_address,
                    reterr_expected);
}

bool lg_value_is_local(const struct lg_config_address *address)
{
    struct in_addr four;
    struct in6_addr six;

    if (address->host == NULL || strcmp(address->host, "localhost") == 0)
        return true;
    if (inet_pton(AF_INET, address->host, &four) == 1)
        return (ntohl(four.s_addr) >> 24) == 127;
    return inet_pton(AF_INET6, address->host, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}
