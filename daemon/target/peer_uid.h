/*
 * peer_uid.h -- whose process is at the other end of a loopback TCP connection.
 *
 * A worker's port is open to everybody on this machine, and the Runtime API has no password:
 * whoever can connect could take an invocation and answer it.
 */
#ifndef LG_TARGET_PEER_UID_H
#define LG_TARGET_PEER_UID_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

struct sockaddr_in;

/*
 * The user of the socket that `fd`, a connected IPv4 TCP socket, talks to. Asks the kernel by
 * netlink, and reads /proc/net where that is not allowed.
 * LG_ERR_NOT_FOUND: the other end is not of this machine, or closed already: nobody's then.
 * LG_ERR_IO: the kernel does not tell. Threads: any.
 */
LG_MUST_CHECK enum lg_err lg_peer_uid(int fd, uid_t *ret_uid);

/* The two ways by themselves, for tests. LG_ERR_REFUSED: netlink is not for us, or knows nothing.
 */
LG_MUST_CHECK enum lg_err lg_peer_uid_netlink(const struct sockaddr_in *peer,
                                              const struct sockaddr_in *here, uid_t *ret_uid);
LG_MUST_CHECK enum lg_err lg_peer_uid_proc(const struct sockaddr_in *peer,
                                           const struct sockaddr_in *here, uid_t *ret_uid);

/* Whether `line` of /proc/net/tcp or tcp6 is the established socket from `peer` to `here`. Pure. */
bool lg_peer_uid_line(const char *line, const struct sockaddr_in *peer,
                      const struct sockaddr_in *here, uid_t *ret_uid);

#endif
