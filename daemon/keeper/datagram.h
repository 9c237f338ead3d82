/*
 * datagram.h -- whole messages over a socket that keeps their bounds, one descriptor beside each.
 * Nothing blocks.
 */
#ifndef LG_KEEPER_DATAGRAM_H
#define LG_KEEPER_DATAGRAM_H

#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

/*
 * Sends `bytes` and a copy of `passed` (-1: none). LG_ERR_FULL: not now. LG_ERR_TOO_BIG: never.
 * LG_ERR_CLOSED: the other side is gone.
 */
LG_MUST_CHECK enum lg_err lg_datagram_send(int socket, struct lg_str bytes, int passed);

/*
 * Receives one message of at most `room` bytes. LG_ERR_BUSY: there is none now. LG_ERR_TOO_BIG: it
 * was larger, and is lost. LG_ERR_CLOSED: the other side is gone. *ret_passed is set in any case,
 * to a close-on-exec descriptor that the caller closes or to -1.
 */
LG_MUST_CHECK enum lg_err lg_datagram_receive(int socket, void *buffer, size_t room,
                                              size_t *ret_size, int *ret_passed);

#endif
