/*
 * head_check.h -- what a gateway must refuse before it believes a request's head.
 *
 * libmicrohttpd lets through what a stricter or laxer server behind us would read differently
 * (request smuggling): two lengths, two hosts, odd transfer codings, names that are no tokens.
 * Pure: no socket, no log. Contract: RFC 9110, RFC 9112.
 */
#ifndef LG_LISTEN_HEAD_CHECK_H
#define LG_LISTEN_HEAD_CHECK_H

#include "listen/server.h"

/* LG_OK, or why not: a status and a reason for the log, static storage. */
struct lg_head_fault {
    int status; /* 400, 414, 431 or 501 */
    const char *reason;
};

LG_MUST_CHECK enum lg_err lg_head_check(const struct lg_head *head,
                                        const struct lg_listen_limits *limits,
                                        struct lg_head_fault *reterr_fault);

/*
 * The length of the body by the head: 0 none, -1 chunked. Only for a head that passed the check.
 */
int64_t lg_head_body_length(const struct lg_head *head);

#endif
