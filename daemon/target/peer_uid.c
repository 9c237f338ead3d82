/* peer_uid.c -- NETLINK_SOCK_DIAG for one socket, or a walk through /proc/net/tcp. */
#include "target/peer_uid.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- netlink -------------------------------------------------------------------------------- */

struct question {
    struct nlmsghdr header;
    struct inet_diag_req_v2 body;
};

static enum lg_err ask(int netlink, const struct sockaddr_in *peer, const struct sockaddr_in *here)
{
    struct question question = {
        .header = { .nlmsg_len = sizeof(question),
                    .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                    .nlmsg_flags = NLM_F_REQUEST },
        .body = { .sdiag_family = AF_INET,
                  .sdiag_protocol = IPPROTO_TCP,
                  .idiag_states = ~0u,
                  .id = { .idiag_sport = peer->sin_port,
                          .idiag_dport = here->sin_port,
                          .idiag_cookie = { INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE } } },
    };
    struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

    question.body.id.idiag_src[0] = peer->sin_addr.s_addr;
    question.body.id.idiag_dst[0] = here->sin_addr.s_addr;
    if (sendto(netlink, &question, sizeof(question), 0, (const struct sockaddr *)&kernel,
               sizeof(kernel)) != (ssize_t)sizeof(question))
        return LG_ERR_IO;
    return LG_OK;
}

/*
 * A socket that its owner has closed lives on without one and reports user 0: only an established
 * one with an inode belongs to somebody.
 */
static enum lg_err read_socket(const struct inet_diag_msg *found, uid_t *ret_uid)
{
    if (found->idiag_state != TCP_ESTABLISHED || found->idiag_inode == 0)
        return LG_ERR_NOT_FOUND;
    *ret_uid = found->idiag_uid;
    return LG_OK;
}

static enum lg_err hear(int netlink, uid_t *ret_uid)
{
    union {
        struct nlmsghdr header;
        char bytes[4096];
    } reply;
    ssize_t size = recv(netlink, &reply, sizeof(reply), MSG_DONTWAIT);

    if (size < 0 || !NLMSG_OK(&reply.header, (size_t)size))
        return LG_ERR_IO;
    /* ENOENT: there is no such socket, or the kernel has no tcp_diag. /proc knows which. */
    if (reply.header.nlmsg_type == NLMSG_ERROR)
        return LG_ERR_REFUSED;
    if (reply.header.nlmsg_type != SOCK_DIAG_BY_FAMILY ||
        reply.header.nlmsg_len < NLMSG_LENGTH(sizeof(struct inet_diag_msg)))
        return LG_ERR_IO;
    return read_socket(NLMSG_DATA(&reply.header), ret_uid);
}

enum lg_err lg_peer_uid_netlink(const struct sockaddr_in *peer, const struct sockaddr_in *here,
                                uid_t *ret_uid)
{
    int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    enum lg_err err;

    if (netlink < 0)
        return errno == EMFILE || errno == ENFILE ? LG_ERR_IO : LG_ERR_REFUSED;
    err = ask(netlink, peer, here);
    if (err == LG_OK)
        err = hear(netlink, ret_uid);
    close(netlink);
    return err;
}

/* --- /proc ---------------------------------------------------------------------------------- */

/* The kernel prints an address as 32-bit words in host order: 0100007F, or v4-mapped in tcp6. */
static bool same_address(const char *text, const struct sockaddr_in *address)
{
    char v4[16], v6[48];

    snprintf(v4, sizeof(v4), "%08" PRIX32, address->sin_addr.s_addr);
    snprintf(v6, sizeof(v6), "0000000000000000%08" PRIX32 "%s", htonl(0xffff), v4);
    return strcmp(text, v4) == 0 || strcmp(text, v6) == 0;
}

bool lg_peer_uid_line(const char *line, const struct sockaddr_in *peer,
                      const struct sockaddr_in *here, uid_t *ret_uid)
{
    char local[33], remote[33];
    unsigned local_port, remote_port, state, uid;
    unsigned long inode;

    if (sscanf(line, " %*u: %32[0-9A-F]:%x %32[0-9A-F]:%x %x %*x:%*x %*x:%*x %*x %u %*u %lu", local,
               &local_port, remote, &remote_port, &state, &uid, &inode) != 7)
        return false;
    if (state != TCP_ESTABLISHED || inode == 0)
        return false;
    if (local_port != ntohs(peer->sin_port) || remote_port != ntohs(here->sin_port))
        return false;
    if (!same_address(local, peer) || !same_address(remote, here))
        return false;
    *ret_uid = uid;
    return true;
}

static enum lg_err scan_file(const char *path, const struct sockaddr_in *peer,
                             const struct sockaddr_in *here, uid_t *ret_uid)
{
    enum lg_err err = LG_ERR_NOT_FOUND;
    FILE *file = fopen(path, "re");
    char line[512];

    if (file == NULL)
        return LG_ERR_IO;
    while (err != LG_OK && fgets(line, sizeof(line), file) != NULL) {
        if (lg_peer_uid_line(line, peer, here, ret_uid))
            err = LG_OK;
    }
    fclose(file);
    return err;
}

enum lg_err lg_peer_uid_proc(const struct sockaddr_in *peer, const struct sockaddr_in *here,
                             uid_t *ret_uid)
{
    enum lg_err err = scan_file("/proc/net/tcp", peer, here, ret_uid);

    /* Java and others connect with IPv6 sockets to mapped addresses. */
    if (err == LG_ERR_NOT_FOUND && scan_file("/proc/net/tcp6", peer, here, ret_uid) == LG_OK)
        return LG_OK;
    return err;
}

/* --- both ----------------------------------------------------------------------------------- */

enum lg_err lg_peer_uid(int fd, uid_t *ret_uid)
{
    struct sockaddr_in peer = { 0 }, here = { 0 };
    socklen_t peer_size = sizeof(peer), here_size = sizeof(here);
    enum lg_err err;

    if (getpeername(fd, (struct sockaddr *)&peer, &peer_size) != 0 ||
        getsockname(fd, (struct sockaddr *)&here, &here_size) != 0)
        return LG_ERR_NOT_FOUND;
    if (peer.sin_family != AF_INET || here.sin_family != AF_INET)
        return LG_ERR_NOT_FOUND;
    err = lg_peer_uid_netlink(&peer, &here, ret_uid);
    return err == LG_ERR_REFUSED ? lg_peer_uid_proc(&peer, &here, ret_uid) : err;
}
