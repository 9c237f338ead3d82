/* rules_http.c -- the URL that requests are passed on to, taken apart: whom to connect to. */
#include <string.h>

#include "config/rules.h"
#include "config/values.h"
#include "config/words.h"

static const char expected_url[] =
    "expected http://HOST, http://HOST:PORT or the same with https, and a path behind it";

/* Where the host and port of a URL end. */
static size_t authority_end(struct lg_str url, size_t from)
{
    size_t at = from;

    while (at < url.size && strchr("/?#", url.data[at]) == NULL)
        at++;
    return at;
}

static bool has_port(struct lg_str authority)
{
    size_t from = 0;

    if (authority.size > 0 && authority.data[0] == '[')
        from = lg_str_find(authority, ']', 0);
    return lg_str_find(authority, ':', from) < authority.size;
}

static bool read_url(struct lg_rule_call *call, struct lg_config_http *http,
                     struct lg_config_origin *ret_origin)
{
    struct lg_str url = lg_str_of(http->url);
    size_t from = lg_str_find(url, ':', 0) + 3;
    struct lg_str authority = lg_str_part(url, from, authority_end(url, from));
    struct lg_config_address address;
    const char *expected, *text;

    http->tls = lg_str_istarts(url, LG_STR("https:"));
    http->authority = lg_arena_cstr(call->arena, authority);
    text = lg_arena_printf(call->arena, "%s%s", http->authority,
                           has_port(authority) ? ""
                           : http->tls         ? ":443"
                                               : ":80");
    if (authority.size == 0 || lg_value_address(call->arena, text, &address, &expected) != LG_OK ||
        address.host == NULL || address.port == 0)
        return false;
    http->host = address.host;
    *ret_origin = (struct lg_config_origin){ address.host, address.port };
    return true;
}

static void read_upstreams(struct lg_rule_call *call, const struct lg_config_http *http,
                           struct lg_config_origin *origins)
{
    for (size_t i = 0; i < http->upstreams.count; i++) {
        const char *text = http->upstreams.items[i], *expected;
        struct lg_config_address address;

        if (lg_value_address(call->arena, text, &address, &expected) != LG_OK ||
            address.host == NULL || address.port == 0)
            lg_faults_add(call->faults, lg_rule_where(call->node, "upstreams"),
                          "found %s, expected HOST:PORT, such as 10.0.0.1:8080",
                          lg_words_quote(call->arena, text));
        else
            origins[i] = (struct lg_config_origin){ address.host, address.port };
    }
}

void lg_rule_http(struct lg_rule_call *call, void *values)
{
    struct lg_config_http *http = values;
    size_t count = http->upstreams.count > 0 ? http->upstreams.count : 1;
    struct lg_config_origin *origins = lg_arena_zalloc(call->arena, count * sizeof(*origins));

    if (http->url == NULL)
        return; /* said already */
    if (!read_url(call, http, &origins[0])) {
        lg_faults_add(call->faults, lg_rule_where(call->node, "url"), "found %s, %s",
                      lg_words_quote(call->arena, http->url), expected_url);
        return;
    }
    read_upstreams(call, http, origins);
    http->origins = origins;
    http->origin_count = count;
    if (http->keepalive < 0)
        http->keepalive = http->connections;
    if (!http->tls && (http->ca_file != NULL || http->certificate_file != NULL))
        lg_faults_add(call->faults,
                      lg_rule_where(call->node, http->ca_file != NULL ? "ca_file" : "certificate"),
                      "found beside a URL with http, expected one with https");
}
