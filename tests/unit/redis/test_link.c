/* test_link.c -- a connection against a server of a few lines: greeting, order, what is lost. */
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "redis/link.h"
#include "wire/loop.h"

/* --- a server that greets, says what it is told, and reads no more ---------------------------- */

static struct sockaddr_un place = { .sun_family = AF_UNIX };
static int listener;
static const char *says; /* after the greeting */
static bool reads_on;    /* all that comes, and says no more */

static void *serve(void *context)
{
    int peer = accept(listener, NULL, NULL);
    char heard[4096] = "";
    size_t used = 0;

    (void)context;
    while (strstr(heard, "PING\r\n") == NULL) {
        ssize_t size = read(peer, heard + used, sizeof(heard) - 1 - used);
        if (size <= 0)
            return NULL;
        used += (size_t)size;
        heard[used] = '\0';
    }
    if (write(peer, says, strlen(says)) < 0)
        return NULL;
    while (reads_on && read(peer, heard, sizeof(heard)) > 0)
        ;
    (void)!read(listener, heard, 1); /* until the end of the test */
    pause();
    return NULL;
}

#define GREETING_OF_ONE_WITH_A_REPLICA                                                             \
    "+OK\r\n*3\r\n$6\r\nmaster\r\n:1\r\n"                                                          \
    "*1\r\n*3\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\n9\r\n+PONG\r\n"
#define GREETING "+OK\r\n*1\r\n$6\r\nmaster\r\n+PONG\r\n"

/* --- the link --------------------------------------------------------------------------------- */

static struct lg_loop *loop;
static struct lg_redis_link *redis;
static char why[256];
static int ups, answers, lost, unsent;
static void (*when_up)(void);

static struct lg_timer ending;

/* While the loop turns: a connection puts off its end to that of the turn. */
static void end(struct lg_timer *which)
{
    (void)which;
    lg_redis_link_free(redis);
    lg_loop_stop(loop);
}

static void finish(void)
{
    lg_timer_set(loop, &ending, lg_loop_now_ms(loop), end);
}

static void on_up(void *context)
{
    (void)context;
    ups++;
    if (when_up != NULL)
        when_up();
    else
        finish();
}

static void on_down(void *context, const char *reason)
{
    (void)context;
    (void)snprintf(why, sizeof(why), "%s", reason);
    finish();
}

static size_t ceiling(void *context)
{
    (void)context;
    return 65536 * 2;
}

static void on_reply(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    (void)context;
    if (fate == LG_REDIS_ANSWERED && lg_resp_integer(reply, -1) == ++answers && answers == 2)
        finish();
    lost += fate == LG_REDIS_LOST;
    unsent += fate == LG_REDIS_UNSENT;
}

static size_t elements;

static void on_element(void *context, struct lg_str element)
{
    (void)context, (void)element;
    elements++;
}

static const struct lg_redis_link_events events = { on_up, on_down, on_element, ceiling };

static void run(const char *words, const char *password)
{
    const struct lg_config_redis_node node = { .path = place.sun_path };
    struct lg_config_redis config = { .nodes = &node,
                                      .node_count = 1,
                                      .login = { .password = password },
                                      .connect_timeout_ms = 30000,
                                      .command_timeout_ms = 30000 };
    struct lg_redis_link_options options = { .config = &config, .name = "test" };
    struct lg_lookups *lookups = lg_lookups_new(1, 1, NULL);
    pthread_t thread;

    (void)snprintf(place.sun_path, sizeof(place.sun_path), "/tmp/lg-link-%d", getpid());
    listener = socket(AF_UNIX, SOCK_STREAM, 0);
    cr_assert_eq(bind(listener, (struct sockaddr *)&place, sizeof(place)), 0);
    cr_assert_eq(listen(listener, 8), 0);
    says = words;
    pthread_create(&thread, NULL, serve, NULL);
    pthread_detach(thread);
    loop = lg_loop_new(0);
    struct lg_resolver *resolver = lg_resolver_new(loop, lookups);
    redis = lg_redis_link_new(loop, resolver, &options, &events, NULL);
    lg_loop_run(loop);
    lg_resolver_free(resolver);
    lg_lookups_free(lookups);
    lg_loop_free(loop);
    unlink(place.sun_path);
}

Test(link, is_up_once_it_was_greeted)
{
    run(GREETING, NULL);
    cr_assert_eq(ups, 1);
}

Test(link, replicas_of_a_master_are_no_elements)
{
    run(GREETING_OF_ONE_WITH_A_REPLICA, NULL);
    cr_assert_eq(ups, 1);
    cr_assert_eq(elements, 0);
}

Test(link, one_that_greets_like_a_list_gives_no_elements)
{
    run("+OK\r\n*2\r\n$8\r\nsentinel\r\n*1\r\n$8\r\nmymaster\r\n+PONG\r\n", NULL);
    cr_assert_str_eq(why, "it is a replica");
    cr_assert_eq(elements, 0);
}

Test(link, a_wrong_password_is_told)
{
    run("-WRONGPASS no\r\n" GREETING, "secret");
    cr_assert_str_eq(why, "AUTH: WRONGPASS no");
    cr_assert_eq(ups, 0);
}

Test(link, a_password_that_a_server_repeats_is_not)
{
    run("-ERR unknown command 'AUTH', with args beginning with: 'secret' \r\n" GREETING, "secret");
    cr_assert_str_eq(why, "AUTH: ERR unknown command ");
}

Test(link, a_replica_is_not_taken)
{
    run("+OK\r\n*1\r\n$5\r\nslave\r\n+PONG\r\n", NULL);
    cr_assert_str_eq(why, "it is a replica");
    cr_assert_eq(ups, 0);
}

Test(link, one_that_still_loads_is_not_taken)
{
    run("-LOADING x\r\n-LOADING x\r\n-LOADING x\r\n", NULL);
    cr_assert_str_eq(why, "PING: LOADING x");
}

Test(link, what_speaks_otherwise_is_not_taken)
{
    run("HTTP/1.1 400 Bad Request\r\n\r\n", NULL);
    cr_assert_str_eq(why, "it speaks another protocol than Redis");
}

static void send_two(void)
{
    const struct lg_str arguments[] = { LG_STR("LLEN"), LG_STR("k") };

    lg_redis_link_send(redis, arguments, 2, 0, on_reply, NULL);
    lg_redis_link_send(redis, arguments, 2, 0, on_reply, NULL);
    cr_assert_eq(answers, 0);
}

Test(link, replies_come_in_order)
{
    when_up = send_two;
    run(GREETING ":1\r\n:2\r\n", NULL);
    cr_assert_eq(answers, 2);
}

static struct lg_timer timer;
static size_t backlog;

static void look(struct lg_timer *which)
{
    (void)which;
    backlog = lg_redis_link_backlog(redis);
    lg_redis_link_drop(redis, "enough");
}

static void send_much(void)
{
    static char large[1 << 20];
    const struct lg_str arguments[] = { LG_STR("RPUSH"), LG_STR("k"),
                                        lg_str_make(large, sizeof(large)) };

    for (int i = 0; i < 16; i++)
        lg_redis_link_send(redis, arguments, 3, 0, on_reply, NULL);
    lg_timer_set(loop, &timer, lg_loop_now_ms(loop) + 20, look);
}

Test(link, what_has_not_left_is_counted)
{
    when_up = send_much;
    run(GREETING, NULL); /* and reads no more */
    cr_assert_gt(backlog, 8u << 20);
    cr_assert_lt(backlog, 17u << 20);
    cr_assert_str_eq(why, "enough");
    cr_assert_gt(lost, 0); /* some of it left */
    cr_assert_gt(unsent, 8);
    cr_assert_eq(lost + unsent, 16);
}

/* --- what never stops ------------------------------------------------------------------------- */

#define STEADY ((size_t)16 << 20) /* waits to leave, always */
#define IN_ALL ((size_t)512 << 20)
#ifdef __SANITIZE_ADDRESS__
#define MOST_KB LONG_MAX /* it keeps what was freed */
#else
#define MOST_KB (200 * 1024L)
#endif

static size_t sent_in_all;

/* Redis is slower than those who call, for long, but nothing piles up. */
static void send_steadily(struct lg_timer *which)
{
    static char part[1 << 16];
    const struct lg_str arguments[] = { LG_STR("RPUSH"), LG_STR("k"),
                                        lg_str_make(part, sizeof(part)) };

    for (; lg_redis_link_backlog(redis) < STEADY; sent_in_all += sizeof(part))
        lg_redis_link_send(redis, arguments, 3, 0, on_reply, NULL);
    if (sent_in_all < IN_ALL)
        lg_timer_set(loop, which, lg_loop_now_ms(loop) + 1, send_steadily);
    else
        lg_redis_link_drop(redis, "enough");
}

static void send_from_now_on(void)
{
    send_steadily(&timer);
}

Test(link, what_has_left_is_kept_no_longer)
{
    struct rusage usage;

    reads_on = true;
    when_up = send_from_now_on;
    run(GREETING, NULL);
    cr_assert_str_eq(why, "enough");
    getrusage(RUSAGE_SELF, &usage);
    cr_assert_lt(usage.ru_maxrss, MOST_KB, "%ld KB", usage.ru_maxrss);
}
