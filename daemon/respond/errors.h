/*
 * errors.h -- what a client hears when the gateway answers by itself: one table, a column a kind.
 *
 * Contract: API Gateway, "Error mapping" and "Gateway responses". The client hears the class, the
 * log the reason. Status and body follow the API kind, unless the API asks for distinct ones;
 * whether a repeat is safe travels beside them in x-lambdagate-outcome and Retry-After.
 */
#ifndef LG_RESPOND_ERRORS_H
#define LG_RESPOND_ERRORS_H

#include "base/arena.h"
#include "config/config.h"
#include "config/response_types.h"
#include "target/target.h"

enum lg_error {
    LG_ERROR_NONE,
    LG_ERROR_BAD_REQUEST,
    LG_ERROR_UNKNOWN_METHOD,
    LG_ERROR_URI_TOO_LONG,
    LG_ERROR_HEADERS_TOO_LARGE,
    LG_ERROR_LATE_HEAD,    /* a head was begun and did not come in time */
    LG_ERROR_EXPECTATION,  /* other than 100-continue */
    LG_ERROR_VERSION,      /* not HTTP/1.x */
    LG_ERROR_UNKNOWN_HOST, /* no API serves it */
    LG_ERROR_NO_STAGE,     /* no API of the host takes the path */
    LG_ERROR_NOT_FOUND,    /* no route of the API takes method and path */
    LG_ERROR_NOT_SIGNED,   /* the same in a REST API, with an Authorization that is no signature */
    LG_ERROR_NO_TOKEN,     /* the route needs one */
    LG_ERROR_BAD_TOKEN,
    LG_ERROR_EXPIRED_TOKEN,
    LG_ERROR_NO_SCOPE,          /* a good token, but not for this */
    LG_ERROR_NO_KEYS,           /* nothing to judge a token by */
    LG_ERROR_DENIED,            /* a Lambda authorizer does not allow it */
    LG_ERROR_EXPLICIT_DENY,     /* its policy denies it */
    LG_ERROR_AUTHORIZER_ANSWER, /* it failed, or its answer is none */
    LG_ERROR_AUTHORIZER_FAILED, /* it was not there, or not in time */
    LG_ERROR_BODY_TOO_LARGE,
    LG_ERROR_EVENT_TOO_LARGE, /* the event that was made of it */
    LG_ERROR_INVALID_PARAMETERS,
    LG_ERROR_INVALID_BODY,
    LG_ERROR_UNSUPPORTED_MEDIA_TYPE, /* no schema for its content type */
    LG_ERROR_FUNCTION,               /* it failed */
    LG_ERROR_MALFORMED,              /* its answer is not one */
    LG_ERROR_NOT_BASE64,             /* its answer's body is not what it claims to be */
    LG_ERROR_TOO_LARGE,              /* its answer is over the limit */
    LG_ERROR_FUNCTION_TIMEOUT,       /* its own time is over: Lambda calls that an error too */
    LG_ERROR_TIMEOUT,                /* the route's time is over: it may have run */
    LG_ERROR_TIMEOUT_WAITING,        /* the route's time ended before it started */
    LG_ERROR_NOT_STARTED,            /* it surely did not run */
    LG_ERROR_THROTTLED,              /* too many wait already: it did not run */
    LG_ERROR_ROUTE_BUSY,             /* the route's own limit */
    LG_ERROR_OVERLOADED,             /* a limit of the process: it did not run */
    LG_ERROR_UPSTREAM_UNREACHABLE,   /* no server was asked: refused, unknown name */
    LG_ERROR_UPSTREAM_TLS,           /* nor this one: it is not trusted, or does not speak TLS */
    LG_ERROR_UPSTREAM_FAILED,        /* a server was asked, and gave no answer */
    LG_ERROR_NO_ROOM, /* it ran, and its result finds no memory, or nobody to read it */
    LG_ERROR_INTERNAL
};
#define LG_ERROR_COUNT (LG_ERROR_INTERNAL + 1)

/* An HTTP API's answer. */
struct lg_error_http {
    int status;
    const char *message;
    bool untyped; /* without a content type, as the service has it */
};

/* A REST API's answer. */
struct lg_error_rest {
    enum lg_response_type type;
    /* 0 and NULL: those of the type. */
    int status;
    const char *message, *error_type;
    bool spaced;  /* {"message": "..."}: the service writes the later phases so */
    bool plain;   /* the message is the body, as text */
    bool capital; /* {"Message":"..."} */
};

struct lg_error_row {
    const char *word;    /* for logs and metrics */
    const char *outcome; /* "not-started", "unknown", or NULL: nothing was at stake */
    bool retry_after;    /* a later try may find room */
    int distinct;        /* the status where an API wants `errors: distinct`; 0: that of the kind */
    struct lg_error_http http;
    struct lg_error_rest rest;
};

/* The row of `error`, static; not for LG_ERROR_NONE. */
const struct lg_error_row *lg_error_row(enum lg_error error);

struct lg_error_answer {
    int status;
    struct lg_str body;
    const char *content_type;   /* NULL: none */
    const char *error_type;     /* x-amzn-ErrorType; NULL: none */
    enum lg_response_type type; /* of a REST API */
    const char *message;        /* what `body` says; NULL: null */
};

/*
 * The answer of an API of `kind`; `message`, if not NULL, is said instead of that of the table. The
 * body is static or in the arena.
 */
void lg_error_answer(enum lg_error error, enum lg_config_api_kind kind,
                     enum lg_config_errors errors, const char *message, struct lg_arena *arena,
                     struct lg_error_answer *ret_answer);

/* The error that a call's cause means for an HTTP client; LG_ERROR_NONE for LG_CAUSE_OK. */
enum lg_error lg_error_of_cause(enum lg_cause cause);

/* The error of a head that listen/ refused with `status`. */
enum lg_error lg_error_of_head(int status);

#endif
