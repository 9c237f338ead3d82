/* answer_fields.c -- the tables of header fields of answers. */
#include "integrate/answer_fields.h"

#include <stddef.h>

#include "base/mem.h"
#include "integrate/hop_by_hop.h"

static bool is_one_of(struct lg_str name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (lg_str_iis(name, names[i]))
            return true;
    }
    return false;
}

/*
 * Connection and Content-Length, Date, Server and x-amzn-RequestId were recorded; the others are
 * those of the documented table.
 */
static enum lg_field_fate rest_fate(struct lg_str name)
{
    static const char *const remapped[] = {
        "authorization", "connection", "content-length", "content-md5",      "date",
        "max-forwards",  "server",     "user-agent",     "www-authenticate", "x-amzn-requestid",
    };
    static const char *const dropped[] = {
        "expect", "host", "via", "x-amz-apigw-id", "x-amzn-trace-id" /* the gateway's own */
    };

    if (is_one_of(name, remapped, LG_COUNT(remapped)))
        return LG_FIELD_REMAPPED;
    if (lg_hop_by_hop(name) || is_one_of(name, dropped, LG_COUNT(dropped)))
        return LG_FIELD_DROPPED;
    return LG_FIELD_SENT;
}

enum lg_field_fate lg_answer_field_fate(enum lg_config_api_kind kind, struct lg_str name)
{
    if (kind == LG_API_REST)
        return rest_fate(name);
    return lg_hop_by_hop(name) || lg_str_iis(name, "apigw-requestid") ? LG_FIELD_DROPPED
                                                                      : LG_FIELD_SENT;
}

bool lg_answer_field_repeats(struct lg_str name)
{
    return lg_str_iis(name, "set-cookie");
}

bool lg_answer_field_is_single(struct lg_str name)
{
    static const char *const single[] = {
        "age",           "content-disposition", "content-location",
        "content-range", "content-type",        "etag",
        "expires",       "last-modified",       "location",
        "retry-after",
    };

    return is_one_of(name, single, LG_COUNT(single));
}
