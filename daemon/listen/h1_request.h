/*
 * h1_request.h -- the head of an HTTP/1.1 request, read strictly (RFC 9112 sections 2 to 5).
 *
 * Pure, and without a memory: the same bytes are read from their start again when more have come.
 * What the header fields mean together is head_check.h's.
 */
#ifndef LG_LISTEN_H1_REQUEST_H
#define LG_LISTEN_H1_REQUEST_H

#include "listen/head_check.h"
#include "wire/http_field.h"

enum lg_h1_read {
    LG_H1_HEAD, /* a whole head */
    LG_H1_MORE, /* not whole yet, nothing wrong so far */
    LG_H1_ROOM, /* more fields than there was room for: call again with more */
    LG_H1_BAD   /* must not be served; more bytes do not change it */
};

/*
 * All slices lie in the bytes that were read. After LG_H1_BAD, and after LG_H1_MORE, the request
 * line is there as far as it is known, and the others are empty.
 */
struct lg_h1_request {
    struct lg_str method, target, path, query; /* as in struct lg_head */
    struct lg_str authority;                   /* of a target with a scheme; data NULL: none */
    int version_minor;                         /* 0 or 1 */
    size_t header_count;
    size_t size; /* of the head with all line ends; what follows is the body */
    struct lg_head_fault fault;
};

/* The names and values are put into `headers`, which has room for `room` of them. */
LG_MUST_CHECK enum lg_h1_read lg_h1_request_read(struct lg_str bytes,
                                                 const struct lg_listen_limits *limits,
                                                 struct lg_header *headers, size_t room,
                                                 struct lg_h1_request *ret_request);

#endif
