/* user.c -- reads whatever comes, writes what it is told. */
#include "user.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "outside.h"

struct user user;

static char *flood;
static size_t flood_size, flood_sent, flood_back;

static void note(const char *text, size_t size)
{
    size_t at = strlen(user.events);

    cr_assert(at + size < sizeof(user.events));
    memcpy(user.events + at, text, size);
    user.events[at + size] = '\0';
}

static void take(const char *data, size_t size)
{
    if (flood == NULL) {
        note(data, size);
        return;
    }
    cr_assert(flood_back + size <= flood_sent + 65536);
    cr_assert(memcmp(flood + flood_back, data, size) == 0);
    flood_back += size;
}

static void on_readable(void *context)
{
    static char data[10000];
    size_t size;
    enum lg_err err;

    (void)context;
    while ((err = lg_conn_read(user.conn, data, sizeof(data), &size)) == LG_OK)
        take(data, size);
    if (err == LG_ERR_CLOSED)
        note("<end>", 5);
    else if (err == LG_ERR_IO)
        note("<broken>", 8);
    if (err == LG_ERR_IO)
        (void)snprintf(user.error, sizeof(user.error), "%s", lg_conn_error(user.conn));
}

static void on_writable(void *context)
{
    size_t size;
    enum lg_err err = LG_OK;

    (void)context;
    while (flood != NULL && flood_sent < flood_size && err == LG_OK) {
        size_t left = flood_size - flood_sent, first = left < 5 ? left : 5;
        struct iovec parts[] = { { flood + flood_sent, first },
                                 { flood + flood_sent + first, left - first } };

        err = lg_conn_write(user.conn, parts, 2, &size);
        flood_sent += size;
    }
    cr_assert(ne(int, err, LG_ERR_IO), "%s", lg_conn_error(user.conn));
}

static void on_open(void *context, const char *error)
{
    cr_assert(eq(ptr, context, &user));
    if (error != NULL) {
        (void)snprintf(user.error, sizeof(user.error), "%s", error);
        return;
    }
    note("<open>", 6);
    on_readable(context);
}

static const struct lg_conn_events events = { on_open, on_readable, on_writable };

void user_open(const struct lg_conn_options *options)
{
    memset(&user, 0, sizeof(user));
    user.conn = lg_conn_open(outside.resolver, options, &events, &user);
}

void user_close(void)
{
    lg_conn_close(user.conn);
    user.conn = NULL;
    outside_turn();
}

void user_say(const char *text)
{
    struct iovec part = { (void *)(uintptr_t)text, strlen(text) };
    size_t size;

    cr_assert(eq(int, lg_conn_write(user.conn, &part, 1, &size), LG_OK));
    cr_assert(eq(sz, size, part.iov_len));
}

static const char *wanted;

static bool has_events(void)
{
    return strcmp(user.events, wanted) == 0;
}

static bool has_error(void)
{
    return strstr(user.error, wanted) != NULL;
}

void user_until(const char *text)
{
    char what[512];

    wanted = text;
    (void)snprintf(what, sizeof(what), "wanted %s", text);
    outside_until(has_events, what);
}

void user_until_error(const char *part)
{
    wanted = part;
    outside_until(has_error, part);
}

static bool all_back(void)
{
    return flood_back == flood_size;
}

void user_flood(size_t size)
{
    flood = malloc(size);
    cr_assert(flood != NULL);
    for (size_t i = 0; i < size; i++)
        flood[i] = (char)(i * 2654435761u >> 13);
    flood_size = size;
    flood_sent = flood_back = 0;
    on_writable(NULL);
    cr_assert(lt(sz, flood_sent, size), "it must not fit at once");
    outside_until(all_back, "all bytes back");
    free(flood);
    flood = NULL;
}
