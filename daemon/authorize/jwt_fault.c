/* jwt_fault.c -- the words for each fault. */
#include "authorize/jwt_fault.h"

#include <assert.h>

static const struct words {
    const char *name, *text;
} words[LG_JWT_FAULT_COUNT] = {
    [LG_JWT_GOOD] = { "good", "it is good" },
    [LG_JWT_TOO_LONG] = { "too-long", "it is longer than a token may be" },
    [LG_JWT_NOT_A_TOKEN] = { "not-a-token", "it is not three parts of unpadded base64url" },
    [LG_JWT_BAD_HEADER] = { "bad-header",
                            "its header is no JSON object whose members have their types" },
    [LG_JWT_BAD_TYPE] = { "bad-type",
                          "its header's \"typ\" is not JWT or at+jwt, or it is nested or "
                          "encrypted" },
    [LG_JWT_CRITICAL] = { "critical", "its header holds \"crit\" or \"b64\", which nobody here "
                                      "understands" },
    [LG_JWT_BAD_ALGORITHM] = { "bad-algorithm",
                               "its algorithm is not one that the issuer may use" },
    [LG_JWT_NO_KID] = { "no-kid", "its header names no key (\"kid\")" },
    [LG_JWT_BAD_PAYLOAD] = { "bad-payload",
                             "its payload is no JSON object whose claims have their types" },
    [LG_JWT_UNKNOWN_ISSUER] = { "unknown-issuer", "its \"iss\" is not a configured issuer" },
    [LG_JWT_UNKNOWN_KID] = { "unknown-kid", "its key (\"kid\") is not among the issuer's keys" },
    [LG_JWT_KEY_ALGORITHM] = { "key-algorithm", "its key is not for its algorithm" },
    [LG_JWT_BAD_SIGNATURE] = { "bad-signature", "its signature is wrong" },
    [LG_JWT_NO_EXPIRY] = { "no-expiry", "it never expires (no \"exp\")" },
    [LG_JWT_EXPIRED] = { "expired", "it has expired" },
    [LG_JWT_LIFETIME] = { "lifetime", "it is valid for longer than a token may be" },
    [LG_JWT_NOT_BEFORE] = { "not-before", "it is not valid yet (\"nbf\")" },
    [LG_JWT_FUTURE] = { "future", "it was issued in the future (\"iat\")" },
    [LG_JWT_TOKEN_USE] = { "token-use", "its \"token_use\" is another one than is wanted" },
    [LG_JWT_AUDIENCE] = { "audience", "it was made for another audience or client" },
    [LG_JWT_GROUP] = { "group", "its user is in none of the groups that may" },
    [LG_JWT_CLAIM] = { "claim", "a claim that is required is missing or has another value" },
    [LG_JWT_SCOPE] = { "scope", "it has none of the scopes that the route asks for" },
};

const char *lg_jwt_fault_name(enum lg_jwt_fault fault)
{
    assert(fault < LG_JWT_FAULT_COUNT);
    return words[fault].name;
}

const char *lg_jwt_fault_text(enum lg_jwt_fault fault)
{
    assert(fault < LG_JWT_FAULT_COUNT);
    return words[fault].text;
}
