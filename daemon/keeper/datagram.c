/* datagram.c -- sendmsg, recvmsg and SCM_RIGHTS. */
#include "keeper/datagram.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

/* Room for one descriptor; the kernel closes any further ones. */
union control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
};

enum lg_err lg_datagram_send(int socket, struct lg_str bytes, int passed)
{
    union control control = { .bytes = { 0 } };
    struct iovec data = { .iov_base = (char *)(uintptr_t)bytes.data, .iov_len = bytes.size };
    struct msghdr header = { .msg_iov = &data, .msg_iovlen = 1 };
    ssize_t sent;

    if (passed >= 0) {
        header.msg_control = control.bytes;
        header.msg_controllen = sizeof(control.bytes);
        struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(passed));
        memcpy(CMSG_DATA(rights), &passed, sizeof(passed));
    }
    do
        sent = sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    if (sent >= 0)
        return LG_OK;
    if (errno == EMSGSIZE)
        return LG_ERR_TOO_BIG;
    return errno == EPIPE || errno == ECONNRESET || errno == ENOTCONN ? LG_ERR_CLOSED : LG_ERR_FULL;
}

static int passed_with(struct msghdr *header)
{
    struct cmsghdr *control = CMSG_FIRSTHDR(header);
    int fd;

    if (control == NULL || control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS ||
        control->cmsg_len < CMSG_LEN(sizeof(fd)))
        return -1;
    memcpy(&fd, CMSG_DATA(control), sizeof(fd));
    return fd;
}

enum lg_err lg_datagram_receive(int socket, void *buffer, size_t room, size_t *ret_size,
                                int *ret_passed)
{
    union control control;
    struct iovec data = { .iov_base = buffer, .iov_len = room };
    struct msghdr header = { .msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes) };
    ssize_t size;

    *ret_passed = -1;
    do
        size = recvmsg(socket, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    while (size < 0 && errno == EINTR);
    if (size < 0)
        return errno == EAGAIN ? LG_ERR_BUSY : LG_ERR_CLOSED;
    *ret_passed = passed_with(&header);
    if (size == 0)
        return LG_ERR_CLOSED;
    if ((header.msg_flags & MSG_TRUNC) != 0)
        return LG_ERR_TOO_BIG;
    *ret_size = (size_t)size;
    return LG_OK;
}
