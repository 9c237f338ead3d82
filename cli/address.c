/* address.c -- a slash means a path, a port means TCP. */
#include "address.h"

#include <stdlib.h>
#include <string.h>

static const char unix_prefix[] = "unix:";

static bool is_port(const char *text)
{
    size_t size = strspn(text, "0123456789");

    return size > 0 && size <= 5 && text[size] == '\0' && strtoul(text, NULL, 10) <= 65535 &&
           strtoul(text, NULL, 10) > 0;
}

/* A name, an IPv4 address, or an IPv6 one in brackets: nothing that means more in a URL. */
static bool is_host(const char *text, size_t size)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    static const char in_brackets[] = "0123456789abcdefABCDEF:.";

    if (size == 0)
        return false;
    if (text[0] == '[')
        return size > 2 && text[size - 1] == ']' && strspn(text + 1, in_brackets) == size - 2;
    return strspn(text, allowed) == size;
}

bool lg_admin_address_read(const char *text, struct lg_admin_address *ret_address)
{
    const char *colon = strrchr(text, ':');

    if (strncmp(text, unix_prefix, strlen(unix_prefix)) == 0) {
        *ret_address = (struct lg_admin_address){ .path = text + strlen(unix_prefix) };
        return ret_address->path[0] != '\0';
    }
    if (strchr(text, '/') != NULL && strstr(text, "://") == NULL) {
        *ret_address = (struct lg_admin_address){ .path = text };
        return true;
    }
    if (colon == NULL || !is_port(colon + 1) || !is_host(text, (size_t)(colon - text)))
        return false;
    *ret_address = (struct lg_admin_address){ .host = text };
    return true;
}
