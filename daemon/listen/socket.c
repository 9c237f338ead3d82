/* socket.c -- sockets that listen: TCP by address, unix by path. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "listen/engine.h"

#define BACKLOG 4096 /* the kernel cuts it to net.core.somaxconn */

static enum lg_err fail(int fd)
{
    int error = errno;

    if (fd >= 0)
        close(fd);
    errno = error;
    return LG_ERR_IO;
}

/* A path that nobody answers at is left over from a crash; one that is answered is in use. */
static bool path_in_use(const struct sockaddr_un *address, socklen_t size)
{
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool answered;

    if (probe < 0)
        return true;
    answered = connect(probe, (const struct sockaddr *)address, size) == 0;
    close(probe);
    return answered;
}

static enum lg_err listen_unix(const struct lg_address *where, int *ret_fd)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct stat status;
    int fd;

    if (strlen(where->path) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        return LG_ERR_IO;
    }
    strncpy(address.sun_path, where->path, sizeof(address.sun_path) - 1);
    if (lstat(where->path, &status) == 0) {
        if (!S_ISSOCK(status.st_mode) || path_in_use(&address, sizeof(address))) {
            errno = EADDRINUSE;
            return LG_ERR_IO;
        }
        unlink(where->path);
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return LG_ERR_IO;
    /* The mode is set before listen(): nobody can connect in between. */
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        chmod(where->path, where->mode) != 0 || listen(fd, BACKLOG) != 0)
        return fail(fd);
    *ret_fd = fd;
    return LG_OK;
}

uint16_t lg_socket_port(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address;
    socklen_t size = sizeof(address);

    memset(&address, 0, sizeof(address));
    if (getsockname(fd, &address.any, &size) != 0)
        return 0;
    if (address.any.sa_family == AF_INET)
        return ntohs(address.v4.sin_port);
    return address.any.sa_family == AF_INET6 ? ntohs(address.v6.sin6_port) : 0;
}

static enum lg_err listen_at(const struct addrinfo *info, int *ret_fd)
{
    int one = 1;
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return LG_ERR_IO;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0)
        return fail(fd);
    /* An IPv6 address means just that: 0.0.0.0 and [::] can then both be bound. */
    if (info->ai_family == AF_INET6 &&
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)) != 0)
        return fail(fd);
    if (bind(fd, info->ai_addr, info->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0)
        return fail(fd);
    *ret_fd = fd;
    return LG_OK;
}

enum lg_err lg_listen_socket(const struct lg_address *address, int *ret_fd, uint16_t *ret_port)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
    struct addrinfo *info = NULL;
    char port[8];
    enum lg_err err;

    if (address->path != NULL) {
        if (ret_port != NULL)
            *ret_port = 0;
        return listen_unix(address, ret_fd);
    }
    (void)snprintf(port, sizeof(port), "%u", (unsigned)address->port);
    if (getaddrinfo(address->host, port, &hints, &info) != 0) {
        errno = EADDRNOTAVAIL;
        return LG_ERR_IO;
    }
    err = listen_at(info, ret_fd);
    freeaddrinfo(info);
    if (err == LG_OK && ret_port != NULL)
        *ret_port = lg_socket_port(*ret_fd);
    return err;
}
