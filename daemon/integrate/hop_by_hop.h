/*
 * hop_by_hop.h -- header fields that mean one connection and never travel on (RFC 9110, 7.6.1).
 */
#ifndef LG_INTEGRATE_HOP_BY_HOP_H
#define LG_INTEGRATE_HOP_BY_HOP_H

#include <stdbool.h>

#include "base/str.h"

/* Connection, Keep-Alive, TE, Trailer, Transfer-Encoding, Upgrade and Proxy-*, in any case. */
bool lg_hop_by_hop(struct lg_str name);

#endif
