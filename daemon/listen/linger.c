/* linger.c -- reads and drops until the peer closes, a deadline passes or it sends too much. */
#include "listen/linger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "wire/loop.h"

#define LINGERS_MAX 512       /* of a loop */
#define QUIET_MS 5000         /* a client that sends nothing for so long has given up */
#define LINGER_MS 30000       /* longer nobody is waited for, however it sends */
#define DROPPED_AT_ONCE 65536 /* then others have their turn */

struct lingering {
    struct lg_lingers *lingers;
    struct lg_link link;
    struct lg_watch watch;
    struct lg_timer deadline;
    int fd;
    size_t left; /* bytes to drop, then no more */
    int64_t until_ms;
};

static void end(struct lingering *linger)
{
    struct lg_loop *loop = linger->lingers->loop;

    lg_watch_remove(loop, &linger->watch);
    lg_timer_clear(loop, &linger->deadline);
    lg_list_remove(&linger->link);
    linger->lingers->count--;
    close(linger->fd);
    free(linger);
}

static void on_deadline(struct lg_timer *timer)
{
    end(LG_CONTAINER(timer, struct lingering, deadline));
}

static void wait_for_more(struct lingering *linger)
{
    struct lg_loop *loop = linger->lingers->loop;
    int64_t quiet = lg_loop_now_ms(loop) + QUIET_MS;

    lg_timer_set(loop, &linger->deadline, quiet < linger->until_ms ? quiet : linger->until_ms,
                 on_deadline);
}

static void drop(struct lg_watch *watch, uint32_t events)
{
    struct lingering *linger = LG_CONTAINER(watch, struct lingering, watch);
    char nowhere[DROPPED_AT_ONCE];
    ssize_t count = recv(linger->fd, nowhere, sizeof(nowhere), MSG_DONTWAIT);

    (void)events;
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (count <= 0 || (size_t)count > linger->left) {
        end(linger);
        return;
    }
    linger->left -= (size_t)count;
    wait_for_more(linger);
}

void lg_lingers_init(struct lg_lingers *lingers, struct lg_loop *loop)
{
    lingers->loop = loop;
    lingers->count = 0;
    lg_list_init(&lingers->all);
}

void lg_lingers_done(struct lg_lingers *lingers)
{
    struct lg_link *link = lg_list_first(&lingers->all);

    while (link != NULL) {
        struct lg_link *after = lg_list_after(&lingers->all, link);

        end(LG_LIST_OF(link, struct lingering, link));
        link = after;
    }
}

void lg_linger_take(struct lg_lingers *lingers, int fd, size_t most)
{
    struct lingering *linger = LG_NEW(struct lingering);

    linger->lingers = lingers;
    linger->fd = fd;
    linger->left = most;
    if (lingers->count >= LINGERS_MAX ||
        lg_watch_add(lingers->loop, &linger->watch, fd, EPOLLIN, drop) != LG_OK) {
        close(fd);
        free(linger);
        return;
    }
    (void)shutdown(fd, SHUT_WR);
    linger->until_ms = lg_loop_now_ms(lingers->loop) + LINGER_MS;
    wait_for_more(linger);
    lg_list_add_last(&lingers->all, &linger->link);
    lingers->count++;
}

void lg_linger_copy(struct lg_lingers *lingers, int fd)
{
    int copy = lingers->count < LINGERS_MAX ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;

    if (copy >= 0)
        lg_linger_take(lingers, copy, LG_LINGER_BYTES);
}
