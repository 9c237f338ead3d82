/*
 * echo.h -- a server on a thread of its own that sends back what it gets, with TLS or without.
 */
#ifndef LG_TESTS_WIRE_ECHO_H
#define LG_TESTS_WIRE_ECHO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "certificates.h"

struct echo;

struct echo_options {
    const struct certificate *tls; /* NULL: plain */
    const char *client_ca;         /* asks for a certificate of its; NULL: does not ask */
    int max_version;               /* of TLS; 0: any */
    bool starts_plain;             /* answers "TLS" with "ok" before TLS begins */
    bool mute;                     /* accepts, and then does nothing */
    bool cuts;                     /* closes the socket after the first bytes, without a goodbye */
    bool v6;                       /* on ::1 */
    const char *path;              /* of a unix socket, in place of a port */
};

struct echo *echo_start(const struct echo_options *options);
void echo_stop(struct echo *echo);
uint16_t echo_port(const struct echo *echo);
unsigned echo_accepted(struct echo *echo);
/* Of the latest connection; "" for none. */
const char *echo_server_name(const struct echo *echo);
const char *echo_alpn(const struct echo *echo);

#endif
