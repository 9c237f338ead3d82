/* rest_header.c -- names of header fields as REST APIs compare them. */
#include "validate/rest_header.h"

#include "base/mem.h"

static bool is_spelt_by_the_gateway(struct lg_str name)
{
    static const char *const names[] = {
        "Host",
        "User-Agent",
        "Authorization",
        "X-Amzn-Trace-Id",
        "X-Forwarded-For",
        "X-Forwarded-Port",
        "X-Forwarded-Proto",
    };

    for (size_t i = 0; i < LG_COUNT(names); i++)
        if (lg_str_is(name, names[i]))
            return true;
    return false;
}

bool lg_rest_header_is(struct lg_str given, struct lg_str name)
{
    return lg_str_eq(given, name) || (lg_str_ieq(given, name) && is_spelt_by_the_gateway(name));
}
