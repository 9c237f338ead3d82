/* skew.c -- the codes as the services have them. */
#include "cloud/skew.h"

#include "base/mem.h"

#define WORTH_MS 60000

bool lg_skew_is_blamed(struct lg_str code)
{
    static const char *const codes[] = {
        "InvalidSignatureException", "RequestTimeTooSkewed",  "RequestExpired",
        "RequestInTheFuture",        "SignatureDoesNotMatch", "AuthFailure"
    };

    for (size_t i = 0; i < LG_COUNT(codes); i++) {
        if (lg_str_is(code, codes[i]))
            return true;
    }
    return false;
}

bool lg_skew_differs(int64_t known_ms, int64_t found_ms)
{
    return known_ms - found_ms > WORTH_MS || found_ms - known_ms > WORTH_MS;
}
