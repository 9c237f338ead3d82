/*
 * jwt_fault.h -- why a token is not believed. The client hears one word for all of them; the log,
 * the metrics and `lambdagate token --explain` tell them apart.
 */
#ifndef LG_AUTHORIZE_JWT_FAULT_H
#define LG_AUTHORIZE_JWT_FAULT_H

enum lg_jwt_fault {
    LG_JWT_GOOD,
    LG_JWT_TOO_LONG,
    LG_JWT_NOT_A_TOKEN,
    LG_JWT_BAD_HEADER,
    LG_JWT_BAD_TYPE,
    LG_JWT_CRITICAL,
    LG_JWT_BAD_ALGORITHM,
    LG_JWT_NO_KID,
    LG_JWT_BAD_PAYLOAD,
    LG_JWT_UNKNOWN_ISSUER,
    LG_JWT_UNKNOWN_KID,
    LG_JWT_KEY_ALGORITHM,
    LG_JWT_BAD_SIGNATURE,
    LG_JWT_NO_EXPIRY,
    LG_JWT_EXPIRED,
    LG_JWT_LIFETIME,
    LG_JWT_NOT_BEFORE,
    LG_JWT_FUTURE,
    LG_JWT_TOKEN_USE,
    LG_JWT_AUDIENCE,
    LG_JWT_GROUP,
    LG_JWT_CLAIM,
    LG_JWT_SCOPE, /* the only one that is answered 403 */
    LG_JWT_FAULT_COUNT
};

/* A word for metrics: "expired". Static. */
const char *lg_jwt_fault_name(enum lg_jwt_fault fault);

/* A phrase for people: "it has expired". Static. */
const char *lg_jwt_fault_text(enum lg_jwt_fault fault);

#endif
