/* h1_server.c -- the connections of one loop: they come, have deadlines, and end. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>

#include "base/mem.h"
#include "listen/h1.h"
#include "observe/log.h"

#define CHECK_MS 250       /* grain of the deadlines for heads and bodies */
#define BODY_GRACE_MS 5000 /* a body must keep up its rate after this */

/* --- the date --- */

static void write_date(struct lg_h1_server *server, int64_t now_s)
{
    static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    time_t when = (time_t)now_s;
    struct tm utc;

    (void)gmtime_r(&when, &utc);
    (void)snprintf(server->date, sizeof(server->date),
                   "Date: %s, %02u %s %04u %02u:%02u:%02u GMT\r\n", days[utc.tm_wday],
                   (unsigned)utc.tm_mday % 100, months[utc.tm_mon],
                   (unsigned)(utc.tm_year + 1900) % 10000, (unsigned)utc.tm_hour % 100,
                   (unsigned)utc.tm_min % 100, (unsigned)utc.tm_sec % 100);
    server->date_s = now_s;
}

struct lg_str lg_h1_date(struct lg_h1_server *server)
{
    int64_t now_s = lg_loop_wall_ms(server->base.loop) / 1000;

    if (now_s != server->date_s)
        write_date(server, now_s);
    return lg_str_of(server->date);
}

/* --- deadlines --- */

static void cut(struct lg_h1_connection *connection, const char *why)
{
    lg_log(LG_LOG_INFO, "listen", NULL, "%s: %s, cut", connection->peer, why);
    lg_h1_close(connection, LG_DONE_GONE);
}

/* Who began a head hears why it ends. Who sent nothing expects no answer. */
static void end_head(struct lg_h1_connection *connection)
{
    if (connection->start == connection->end) {
        cut(connection, "no whole request head within header_timeout");
        return;
    }
    lg_h1_refuse_late(connection);
    lg_h1_run(connection);
}

static void check_heads(struct lg_h1_server *server, int64_t now)
{
    struct lg_link *link = lg_list_first(&server->heads);

    while (link != NULL) {
        struct lg_h1_connection *connection = LG_LIST_OF(link, struct lg_h1_connection, head_link);

        link = lg_list_after(&server->heads, link);
        if (now - connection->head_since_ms >= connection->service->limits->header_timeout_ms)
            end_head(connection);
    }
}

static bool too_slow(const struct lg_h1_connection *connection, int64_t now)
{
    int64_t took = now - connection->body.since_ms;

    return took >= BODY_GRACE_MS &&
           (int64_t)connection->body.bytes * 1000 / took < connection->service->limits->body_rate;
}

static void check_bodies(struct lg_h1_server *server, int64_t now)
{
    struct lg_link *link = lg_list_first(&server->bodies);

    while (link != NULL) {
        struct lg_h1_connection *connection = LG_LIST_OF(link, struct lg_h1_connection, body_link);

        link = lg_list_after(&server->bodies, link);
        if (too_slow(connection, now))
            cut(connection, "a body slower than body_rate");
    }
}

static struct lg_h1_connection *quietest(const struct lg_h1_server *server)
{
    struct lg_link *link = lg_list_first(&server->resting);

    return link == NULL ? NULL : LG_LIST_OF(link, struct lg_h1_connection, rest_link);
}

static void check_resting(struct lg_h1_server *server, int64_t now)
{
    struct lg_h1_connection *connection;

    while ((connection = quietest(server)) != NULL &&
           now - connection->active_ms >= server->idle_ms)
        lg_h1_close(connection, LG_DONE_GONE);
}

static void check(struct lg_timer *timer)
{
    struct lg_h1_server *server = LG_CONTAINER(timer, struct lg_h1_server, check_timer);
    int64_t now = lg_loop_now_ms(server->base.loop);

    check_heads(server, now);
    check_bodies(server, now);
    check_resting(server, now);
    if (!lg_list_empty(&server->heads) || !lg_list_empty(&server->bodies))
        lg_h1_check_soon(server, now + CHECK_MS);
    else if (!lg_list_empty(&server->resting))
        lg_h1_check_soon(server, quietest(server)->active_ms + server->idle_ms);
}

void lg_h1_check_soon(struct lg_h1_server *server, int64_t at_ms)
{
    if (!lg_timer_armed(&server->check_timer) || server->check_timer.at_ms > at_ms)
        lg_timer_set(server->base.loop, &server->check_timer, at_ms, check);
}

/* --- the server --- */

static struct lg_h1_server *of(struct lg_server *base)
{
    return LG_CONTAINER(base, struct lg_h1_server, base);
}

struct lg_server *lg_h1_server_new(struct lg_loop *loop, const struct lg_server_options *options)
{
    struct lg_h1_server *server = LG_NEW(struct lg_h1_server);

    server->base.engine = &lg_h1_engine;
    server->base.loop = loop;
    server->idle_ms = (int64_t)options->idle_timeout_s * 1000;
    lg_list_init(&server->connections);
    lg_list_init(&server->heads);
    lg_list_init(&server->bodies);
    lg_list_init(&server->resting);
    lg_list_init(&server->spare_exchanges);
    lg_lingers_init(&server->lingers, loop);
    return &server->base;
}

void lg_h1_free(struct lg_server *base)
{
    struct lg_h1_server *server = of(base);
    struct lg_link *link;

    while ((link = lg_list_first(&server->connections)) != NULL)
        lg_h1_close(LG_LIST_OF(link, struct lg_h1_connection, link), LG_DONE_ABORTED);
    lg_timer_clear(server->base.loop, &server->check_timer);
    lg_lingers_done(&server->lingers);
    lg_h1_exchanges_free(server);
    lg_h1_buffers_free(server);
    free(server);
}

/* A request may be on its way in the socket: such a connection is answered first. */
static bool is_idle(const struct lg_h1_connection *connection)
{
    int waiting = 0;

    if (connection->running || connection->exchange != NULL || connection->readable ||
        connection->start < connection->end || connection->body.kind != LG_H1_NO_BODY)
        return false;
    return ioctl(connection->watch.fd, FIONREAD, &waiting) != 0 || waiting == 0;
}

void lg_h1_drain(struct lg_server *base)
{
    struct lg_h1_server *server = of(base);
    struct lg_link *link = lg_list_first(&server->connections);

    server->draining = true;
    while (link != NULL) {
        struct lg_h1_connection *connection = LG_LIST_OF(link, struct lg_h1_connection, link);

        link = lg_list_after(&server->connections, link);
        if (is_idle(connection))
            lg_h1_close(connection, LG_DONE_GONE);
    }
}

/* The list of those that rest is in the order of their last byte, whatever the limit. */
void lg_h1_set_idle_timeout(struct lg_server *base, unsigned seconds)
{
    struct lg_h1_server *server = of(base);

    assert(server->idle_ms > 0 && seconds > 0);
    server->idle_ms = (int64_t)seconds * 1000;
    if (!lg_list_empty(&server->resting))
        lg_h1_check_soon(server, quietest(server)->active_ms + server->idle_ms);
}

size_t lg_h1_connections(const struct lg_server *base)
{
    return ((const struct lg_h1_server *)base)->connection_count;
}

void lg_h1_adopt(struct lg_server *base, const struct lg_arrival *arrival)
{
    lg_h1_connection_open(of(base), arrival);
}
