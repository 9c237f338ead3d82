/*
 * head_check.h -- what a gateway must refuse before it believes a request's head.
 *
 * Two fields that contradict each other are read differently by two servers in a row (request
 * smuggling): two lengths, two hosts, odd transfer codings. Both engines ask here, so that a head
 * has one meaning. Pure: no socket, no log. Contract: RFC 9110, RFC 9112.
 */
#ifndef LG_LISTEN_HEAD_CHECK_H
#define LG_LISTEN_HEAD_CHECK_H

#include "listen/server.h"

/* Why not: a status and a reason for the log, static storage. */
struct lg_head_fault {
    int status; /* 400, 401, 408, 414, 417, 431, 501 or 505 */
    const char *reason;
};

/* What the fields say together. */
struct lg_head_facts {
    int64_t content_length; /* as in struct lg_head */
    bool expects_continue;
    bool close, keep_alive; /* Connection asks for it */
};

/* The meaning of a head that is well formed. */
LG_MUST_CHECK enum lg_err lg_head_judge(const struct lg_head *head, struct lg_head_facts *ret_facts,
                                        struct lg_head_fault *reterr_fault);

/* The form too, and the limits: for a head that libmicrohttpd took apart. */
LG_MUST_CHECK enum lg_err lg_head_check(const struct lg_head *head,
                                        const struct lg_listen_limits *limits,
                                        struct lg_head_facts *ret_facts,
                                        struct lg_head_fault *reterr_fault);

/* A refusal's answer where the service has none of its own. */
struct lg_str lg_head_fault_body(const struct lg_head_fault *fault);

#endif
