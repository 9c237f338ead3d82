/* world.c -- the Redis, the target and the loop of these tests. */
#include "world.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <hiredis/hiredis.h>

#include "base/mem.h"

#define PEERS 8
#define TEXTS 64
#define NIL_MS 40 /* a pop that finds nothing is told so after that */
#define PATIENCE_MS 20000

struct world world;

/* --- Redis ------------------------------------------------------------------------------------ */

struct peer {
    int fd;
    redisReader *reader;
    bool pops;
};

static struct {
    pthread_mutex_t lock;
    pthread_t thread;
    int listener, stop;
    struct sockaddr_un place;
    struct peer peers[PEERS];
    char *queue[TEXTS], *replies[TEXTS], *heard[4 * TEXTS];
    size_t queued, replied, commands, refusals;
    int64_t ahead_ms;
    bool refuses, cuts, stands;
} redis = { .lock = PTHREAD_MUTEX_INITIALIZER };

int64_t redis_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000 + redis.ahead_ms;
}

/* The bridge may have left meanwhile. */
static void say(const struct peer *peer, const char *text, size_t size)
{
    ssize_t sent = send(peer->fd, text, size, MSG_NOSIGNAL);

    cr_assert(sent == (ssize_t)size || (sent < 0 && (errno == EPIPE || errno == ECONNRESET)));
}

static void hang_up(struct peer *peer)
{
    close(peer->fd);
    redisReaderFree(peer->reader);
    *peer = (struct peer){ .fd = -1 };
}

static void hear(const redisReply *command)
{
    char text[1024] = "";
    size_t used = 0;

    for (size_t i = 0; i < command->elements && used < sizeof(text) - 1; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%.*s", i > 0 ? " " : "", 200,
                                 command->element[i]->str);
    if (redis.commands < LG_COUNT(redis.heard))
        redis.heard[redis.commands++] = strdup(text);
}

static void pop(struct peer *peer)
{
    char head[64];
    char *text = redis.queue[0];
    int size;

    if (redis.queued == 0)
        return;
    size = snprintf(head, sizeof(head), "*2\r\n$1\r\nq\r\n$%zu\r\n", strlen(text));
    say(peer, head, (size_t)size);
    say(peer, text, strlen(text));
    say(peer, "\r\n", 2);
    free(text);
    memmove(redis.queue, redis.queue + 1, --redis.queued * sizeof(*redis.queue));
    peer->pops = false;
}

/* False: the connection was cut. */
static bool push(struct peer *peer, const char *reply)
{
    if (redis.cuts) {
        redis.cuts = false;
        hang_up(peer);
        return false;
    }
    if (redis.refuses) {
        redis.refusals++;
        say(peer, "-OOM command not allowed\r\n", 26);
    } else {
        redis.replies[redis.replied++] = strdup(reply);
        say(peer, ":1\r\n", 4);
    }
    return true;
}

static void tell_time(const struct peer *peer)
{
    char text[128], seconds[32], micros[32];
    int64_t now = redis_now_ms();
    int first = snprintf(seconds, sizeof(seconds), "%lld", (long long)(now / 1000));
    int second = snprintf(micros, sizeof(micros), "%lld", (long long)(now % 1000 * 1000));
    int size = snprintf(text, sizeof(text), "*2\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n", first, seconds,
                        second, micros);

    say(peer, text, (size_t)size);
}

static bool obey(struct peer *peer, const redisReply *command)
{
    const char *name = command->element[0]->str;

    hear(command);
    if (strcmp(name, "PING") == 0)
        say(peer, "+PONG\r\n", 7);
    else if (strcmp(name, "ROLE") == 0)
        say(peer, "*1\r\n$6\r\nmaster\r\n", 16);
    else if (strcmp(name, "TIME") == 0)
        tell_time(peer);
    else if (strcmp(name, "RPUSH") == 0)
        return push(peer, command->element[2]->str);
    else if (strcmp(name, "BLPOP") == 0)
        peer->pops = true;
    else
        say(peer, ":1\r\n", 4);
    return true;
}

static void read_from(struct peer *peer)
{
    char data[65536];
    ssize_t size = read(peer->fd, data, sizeof(data));
    redisReply *command = NULL;

    if (size <= 0) {
        hang_up(peer);
        return;
    }
    cr_assert_eq(redisReaderFeed(peer->reader, data, (size_t)size), REDIS_OK);
    while (redisReaderGetReply(peer->reader, (void **)&command) == REDIS_OK && command != NULL) {
        bool open = obey(peer, command);

        freeReplyObject(command);
        if (!open)
            return;
    }
}

static void take_peer(void)
{
    int fd = accept(redis.listener, NULL, NULL);

    for (size_t i = 0; i < PEERS; i++) {
        if (redis.peers[i].fd < 0) {
            redis.peers[i] = (struct peer){ .fd = fd, .reader = redisReaderCreate() };
            return;
        }
    }
    close(fd);
}

/* Held by who waits longest; told that there is nothing when none came for a while. */
static void serve_pops(bool over)
{
    for (size_t i = 0; i < PEERS; i++) {
        struct peer *peer = &redis.peers[i];

        if (peer->fd < 0 || !peer->pops)
            continue;
        pop(peer);
        if (peer->pops && over) {
            peer->pops = false;
            say(peer, "*-1\r\n", 5);
        }
    }
}

static void *serve(void *context)
{
    bool stop = false, stands = false;

    (void)context;
    while (!stop) {
        struct pollfd watched[PEERS + 1] = { { .fd = redis.listener, .events = POLLIN } };

        for (size_t i = 0; i < PEERS; i++)
            watched[i + 1] =
                (struct pollfd){ .fd = stands ? -1 : redis.peers[i].fd, .events = POLLIN };
        int count = poll(watched, PEERS + 1, NIL_MS);

        pthread_mutex_lock(&redis.lock);
        for (size_t i = 0; i < PEERS; i++)
            if (watched[i + 1].revents != 0 && redis.peers[i].fd >= 0)
                read_from(&redis.peers[i]);
        if (watched[0].revents != 0)
            take_peer();
        serve_pops(count == 0);
        stop = redis.stop != 0;
        stands = redis.stands;
        pthread_mutex_unlock(&redis.lock);
    }
    return NULL;
}

static void redis_begin(void)
{
    for (size_t i = 0; i < PEERS; i++)
        redis.peers[i].fd = -1;
    redis.place.sun_family = AF_UNIX;
    (void)snprintf(redis.place.sun_path, sizeof(redis.place.sun_path), "/tmp/lg-bridge-%d",
                   (int)getpid());
    redis.listener = socket(AF_UNIX, SOCK_STREAM, 0);
    cr_assert_eq(bind(redis.listener, (struct sockaddr *)&redis.place, sizeof(redis.place)), 0);
    cr_assert_eq(listen(redis.listener, PEERS), 0);
    pthread_create(&redis.thread, NULL, serve, NULL);
}

static void free_all(char **texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
}

static void redis_end(void)
{
    pthread_mutex_lock(&redis.lock);
    redis.stop = 1;
    pthread_mutex_unlock(&redis.lock);
    pthread_join(redis.thread, NULL);
    for (size_t i = 0; i < PEERS; i++)
        if (redis.peers[i].fd >= 0)
            hang_up(&redis.peers[i]);
    close(redis.listener);
    unlink(redis.place.sun_path);
    free_all(redis.queue, redis.queued);
    free_all(redis.replies, redis.replied);
    free_all(redis.heard, redis.commands);
}

void redis_set_clock(int64_t ahead_ms)
{
    redis.ahead_ms = ahead_ms; /* before world_open() */
}

void redis_queue_text(const char *text)
{
    pthread_mutex_lock(&redis.lock);
    redis.queue[redis.queued++] = strdup(text);
    pthread_mutex_unlock(&redis.lock);
}

void redis_queue(const char *id, int64_t deadline_ms, const char *more, const char *body)
{
    char text[4096];

    (void)snprintf(
        text, sizeof(text),
        "{\"v\":1,\"id\":\"%s\",\"fn\":\"f\",\"reply\":\"lg:r:{g}:0\",\"deadline\":%lld%s}"
        "\n%s",
        id, (long long)deadline_ms, more, body);
    redis_queue_text(text);
}

void redis_refuse(bool refuse)
{
    pthread_mutex_lock(&redis.lock);
    redis.refuses = refuse;
    pthread_mutex_unlock(&redis.lock);
}

void redis_stand_still(bool stand)
{
    pthread_mutex_lock(&redis.lock);
    redis.stands = stand;
    pthread_mutex_unlock(&redis.lock);
}

void redis_cut_next_push(void)
{
    pthread_mutex_lock(&redis.lock);
    redis.cuts = true;
    pthread_mutex_unlock(&redis.lock);
}

static size_t look_at(const size_t *number)
{
    pthread_mutex_lock(&redis.lock);
    size_t value = *number;
    pthread_mutex_unlock(&redis.lock);
    return value;
}

size_t redis_waiting(void)
{
    return look_at(&redis.queued);
}

size_t redis_replies(void)
{
    return look_at(&redis.replied);
}

size_t redis_refusals(void)
{
    return look_at(&redis.refusals);
}

const char *redis_reply(size_t index)
{
    cr_assert_lt(index, redis_replies());
    return redis.replies[index];
}

size_t redis_count(const char *command)
{
    size_t count = 0;

    pthread_mutex_lock(&redis.lock);
    for (size_t i = 0; i < redis.commands; i++)
        count += strncmp(redis.heard[i], command, strlen(command)) == 0;
    pthread_mutex_unlock(&redis.lock);
    return count;
}

const char *redis_heard(const char *command)
{
    const char *found = NULL;

    pthread_mutex_lock(&redis.lock);
    for (size_t i = 0; i < redis.commands && found == NULL; i++)
        if (strncmp(redis.heard[i], command, strlen(command)) == 0)
            found = redis.heard[i];
    pthread_mutex_unlock(&redis.lock);
    return found;
}

/* --- the target ------------------------------------------------------------------------------- */

static struct lg_task cancels[HELD_MAX];

static void forget(size_t index)
{
    world.held[index] = NULL;
}

static void on_cancelled(struct lg_task *task)
{
    size_t index = (size_t)(task - cancels);
    bool timeout = world.cancelled[index] == LG_CANCEL_TIMEOUT;
    struct lg_invocation *invocation = world.held[index];
    struct lg_invocation_end end = { .cause = timeout ? LG_CAUSE_TIMEOUT : LG_CAUSE_NEVER_STARTED,
                                     .error_type = timeout ? "Sandbox.Timedout" : NULL };

    forget(index);
    invocation->events->on_end(invocation->owner, &end);
}

static enum lg_err start(struct lg_target *target, struct lg_invocation *invocation)
{
    (void)target;
    if (world.start_answers != LG_OK)
        return world.start_answers;
    cr_assert_lt(world.held_count, HELD_MAX);
    world.held[world.held_count++] = invocation;
    return LG_OK;
}

static void cancel(struct lg_target *target, struct lg_invocation *invocation, enum lg_cancel why)
{
    (void)target;
    for (size_t i = 0; i < world.held_count; i++) {
        if (world.held[i] == invocation) {
            world.cancelled[i] = (int)why;
            lg_task_queue(world.loop, &cancels[i], on_cancelled);
        }
    }
}

static const struct lg_target_class class = { .name = "test", .start = start, .cancel = cancel };
static struct lg_target target = { .class = &class };

void target_start(size_t index)
{
    world.held[index]->events->on_start(world.held[index]->owner);
}

void target_answer(size_t index, bool error, const char *data, enum lg_cause cause)
{
    struct lg_invocation *invocation = world.held[index];
    const struct lg_invocation_events *events = invocation->events;
    struct lg_invocation_head head = { .function_error = error };
    struct lg_invocation_end end = { .cause = cause };

    if (data != NULL) {
        events->on_head(invocation->owner, &head);
        (void)events->on_data(invocation->owner, data, strlen(data));
    }
    forget(index);
    events->on_end(invocation->owner, &end);
}

/* --- the loop --------------------------------------------------------------------------------- */

static struct lg_lookups *lookups;
static struct lg_resolver *resolver;
static struct lg_timer look_timer;
static bool (*awaited)(void);
static int64_t until_ms;

static const struct lg_config_redis_node node = { .path = redis.place.sun_path };
static const struct lg_config_redis config = { .nodes = &node,
                                               .node_count = 1,
                                               .url = "unix:test",
                                               .prefix = "lg",
                                               .connect_timeout_ms = 10000,
                                               .command_timeout_ms = 10000 };

static void look(struct lg_timer *timer)
{
    int64_t now = lg_loop_now_ms(world.loop);

    if ((awaited != NULL && awaited()) || now >= until_ms)
        lg_loop_stop(world.loop);
    else
        lg_timer_set(world.loop, timer, now + 2, look);
}

static void turn_for(int64_t ms, bool (*is_so)(void))
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    until_ms = now.tv_sec * 1000 + now.tv_nsec / 1000000 + ms;
    awaited = is_so;
    lg_timer_set(world.loop, &look_timer, 0, look);
    lg_loop_run(world.loop);
}

void world_until(bool (*is_so)(void), const char *what)
{
    turn_for(PATIENCE_MS, is_so);
    cr_assert(is_so(), "waited in vain for %s", what);
}

void world_rest(void)
{
    turn_for(2 * NIL_MS, NULL);
}

void world_init(void)
{
    redis_begin();
    world.loop = lg_loop_new(0);
    lookups = lg_lookups_new(1, 1, NULL);
    resolver = lg_resolver_new(world.loop, lookups);
    for (size_t i = 0; i < HELD_MAX; i++)
        world.cancelled[i] = -1;
    world.env = (struct lg_bridge_env){ .loop = world.loop,
                                        .resolver = resolver,
                                        .redis = &config,
                                        .target = &target,
                                        .queue = "f",
                                        .arn = "arn:f",
                                        .timeout_ms = 3000,
                                        .payload_bytes = 1 << 20,
                                        .result_bytes = 1 << 20,
                                        .concurrency = 2,
                                        .grace_ms = 10000 };
}

void world_open(void)
{
    world.bridge = lg_bridge_new(&world.env);
}

static void on_drained(void *context)
{
    (void)context;
    cr_assert(!world.drained, "told twice that it is drained");
    world.drained = true;
    lg_bridge_free(world.bridge);
    world.bridge = NULL;
}

static bool is_drained(void)
{
    return world.drained;
}

static bool draining;

void world_drain(void)
{
    draining = true;
    lg_bridge_drain(world.bridge, on_drained, NULL);
    cr_assert(!world.drained, "told within the call");
}

void world_done(void)
{
    if (world.bridge != NULL) {
        if (!draining)
            world_drain();
        world_until(is_drained, "the end of the bridge");
    }
    if (draining)
        world_rest(); /* connections are let go of at the end of a turn */
    lg_timer_clear(world.loop, &look_timer);
    lg_resolver_free(resolver);
    lg_lookups_free(lookups);
    lg_loop_free(world.loop);
    redis_end();
}
