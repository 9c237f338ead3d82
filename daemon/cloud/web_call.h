/*
 * web_call.h -- one HTTP request whose caller waits for the answer, for the thread that looks for
 * credentials, and for the command line. libcurl, a connection of its own, nothing sent twice.
 *
 * Never on a loop. No redirect is followed; TLS is verified with the host's name.
 */
#ifndef LG_CLOUD_WEB_CALL_H
#define LG_CLOUD_WEB_CALL_H

#include <netdb.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "wire/http_field.h" /* struct lg_header */

#define LG_WEB_ANSWER_MAX ((size_t)256 * 1024)

struct lg_web_request {
    const char *method; /* NULL: GET */
    const char *url;
    const struct lg_header *headers;
    size_t header_count;
    struct lg_str body; /* sent when there is a method */
    const char *ca_file;
    int64_t timeout_ms; /* for all of it */
    bool direct;        /* never through a proxy */
    /* Whether this address may be asked; NULL: any. */
    bool (*is_allowed)(const struct sockaddr *address);
    const atomic_bool *ended; /* set by another thread to give up; NULL: nobody does */
};

struct lg_web_answer {
    int status;         /* 0: there was no answer, see `fault` */
    struct lg_buf body; /* wiped by lg_web_answer_done() */
    int64_t date_ms;    /* of Date, unix; 0: not told */
    char fault[256];    /* a phrase */
};

/* The answer is to be ended with lg_web_answer_done() in any case. True: there was one. */
bool lg_web_call(const struct lg_web_request *request, struct lg_web_answer *ret_answer);
void lg_web_answer_done(struct lg_web_answer *answer);

#endif
