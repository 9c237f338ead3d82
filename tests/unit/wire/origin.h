/*
 * origin.h -- an HTTP server for tests that does what its requests say, however bad: each
 * connection has a thread.
 *
 * It reads a request with its body, counts it under its path, and calls answer(), which writes
 * whatever it likes to the socket.
 */
#ifndef LG_TESTS_WIRE_ORIGIN_H
#define LG_TESTS_WIRE_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certificates.h"

struct origin;
struct origin_request {
    struct origin *origin;
    void *peer;                   /* for origin_say() */
    unsigned connection, request; /* of all connections; on this one; from 1 */
    const char *head;             /* terminated */
    const char *path;
    size_t body_size;
};

/* false: the connection is closed now. */
typedef bool origin_answer_fn(const struct origin_request *request);

struct origin *origin_start(origin_answer_fn *answer, const struct certificate *tls);
/* Does not answer CONNECT but goes through to the port that it names. */
struct origin *origin_start_proxy(void);
void origin_stop(struct origin *origin);
uint16_t origin_port(const struct origin *origin);
/* Requests that came whole, or at least with their head. */
unsigned origin_executions(struct origin *origin);
unsigned origin_connections(struct origin *origin);

void origin_say(const struct origin_request *request, const char *text);
void origin_send(const struct origin_request *request, const char *data, size_t size);
/* Reads nothing, and waits until the other side has hung up. */
void origin_await_end(const struct origin_request *request);

#endif
