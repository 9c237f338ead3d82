/* link.c -- a queue of commands under way, a buffer of those that have not left, a timer. */
#include "redis/link.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/mem.h"
#include "cloud/secret_file.h"

#define READ_SIZE 65536
#define READS_A_TURN 16             /* then others have theirs */
#define KEEP_ROOM ((size_t)1 << 20) /* of an output buffer that is empty */
#define TLS_RECORD 16384            /* may be on its way before it counts as written */
#define BACKOFF_MIN_MS 50
#define STEADY_MS 1000
#define WHY_SIZE 256

enum state { DOWN, DIALLING, GREETING, UP };

struct command {
    struct lg_link link;
    lg_redis_reply_fn *fn;
    void *context;
    uint64_t begins; /* where in the stream of bytes */
    int64_t sent_ms, wait_ms;
};

struct lg_redis_link {
    struct lg_loop *loop;
    struct lg_resolver *resolver;
    struct lg_redis_link_options options;
    const struct lg_redis_link_events *events;
    void *context;

    enum state state;
    struct lg_conn *conn;
    struct lg_tls_session session;
    struct lg_resp_reader *reader;
    struct lg_link commands; /* under way, oldest first */
    struct lg_link spares;   /* that were answered: every call needs two or three */
    struct lg_buf out;
    size_t out_from;          /* what of it has left */
    uint64_t queued, written; /* bytes of this connection */
    int64_t heard_ms;         /* when the last reply came */
    int64_t up_ms;            /* since when it is up */
    bool full;                /* the socket takes no more for now */
    bool drop_due;
    char why[WHY_SIZE];
    unsigned failures; /* in a row */
    struct lg_timer retry, patience;
    struct lg_task flush, read;
};

static void dial(struct lg_redis_link *link);
static void fail(struct lg_redis_link *link, const char *why);

/* --- the end of a connection ------------------------------------------------------------------ */

static bool has_left(const struct lg_redis_link *link, const struct command *command)
{
    return command->begins < link->written + (link->options.config->tls ? TLS_RECORD : 0);
}

static void lose_commands(struct lg_redis_link *link)
{
    struct lg_link lost;

    /* What is told may send nothing: the link is down. */
    lg_list_init(&lost);
    while (!lg_list_empty(&link->commands)) {
        struct lg_link *first = lg_list_first(&link->commands);

        lg_list_remove(first);
        lg_list_add_last(&lost, first);
    }
    for (struct lg_link *at = lg_list_first(&lost), *next; at != NULL; at = next) {
        struct command *command = LG_LIST_OF(at, struct command, link);

        next = lg_list_after(&lost, at);
        command->fn(command->context, has_left(link, command) ? LG_REDIS_LOST : LG_REDIS_UNSENT,
                    NULL);
        free(command);
    }
}

static void free_spares(struct lg_redis_link *link)
{
    for (struct lg_link *at = lg_list_first(&link->spares), *next; at != NULL; at = next) {
        next = lg_list_after(&link->spares, at);
        free(LG_LIST_OF(at, struct command, link));
    }
    lg_list_init(&link->spares);
}

static void hang_up(struct lg_redis_link *link)
{
    link->state = DOWN;
    lg_conn_close(link->conn);
    link->conn = NULL;
    lg_task_cancel(&link->flush);
    lg_task_cancel(&link->read);
    lg_timer_clear(link->loop, &link->patience);
    lg_resp_reader_free(link->reader);
    link->reader = NULL;
    if (link->out.data != NULL)
        explicit_bzero(link->out.data, link->out.size); /* a password may be in it */
    lg_buf_done(&link->out);
    lg_buf_init(&link->out, SIZE_MAX);
    link->out_from = 0;
    link->full = link->drop_due = false;
}

static void on_retry(struct lg_timer *timer)
{
    dial(LG_CONTAINER(timer, struct lg_redis_link, retry));
}

/* 25 to 50 ms, 50 to 100, ..., 1 to 2 s: many gateways do not come back in one moment. */
static int64_t backoff_ms(unsigned failures)
{
    int64_t most = BACKOFF_MIN_MS;
    uint16_t random;

    for (unsigned i = 1; i < failures && most < LG_REDIS_BACKOFF_MAX_MS; i++)
        most *= 2;
    if (most > LG_REDIS_BACKOFF_MAX_MS)
        most = LG_REDIS_BACKOFF_MAX_MS;
    lg_random(&random, sizeof(random));
    return most / 2 + (most / 2) * random / UINT16_MAX;
}

static void fail(struct lg_redis_link *link, const char *why)
{
    lg_cstr_copy(link->why, sizeof(link->why), why);
    /* One that is up for a moment each time is no better than one that never is. */
    if (link->state == UP && lg_loop_now_ms(link->loop) - link->up_ms >= STEADY_MS)
        link->failures = 0;
    hang_up(link);
    link->failures++;
    lg_timer_set(link->loop, &link->retry, lg_loop_now_ms(link->loop) + backoff_ms(link->failures),
                 on_retry);
    lose_commands(link);
    free_spares(link);
    link->events->on_down(link->context, link->why);
}

/* --- sending ---------------------------------------------------------------------------------- */

static void take_written(struct lg_redis_link *link, size_t size)
{
    link->written += size;
    link->out_from += size;
    if (link->out_from < link->out.size)
        return;
    link->out_from = 0;
    if (link->state == GREETING)
        explicit_bzero(link->out.data, link->out.size);
    lg_buf_clear(&link->out);
    if (link->out.room > KEEP_ROOM) {
        lg_buf_done(&link->out);
        lg_buf_init(&link->out, SIZE_MAX);
    }
}

static void write_out(struct lg_redis_link *link)
{
    while (link->out_from < link->out.size && !link->full) {
        struct iovec part = { link->out.data + link->out_from, link->out.size - link->out_from };
        size_t size;
        enum lg_err err = lg_conn_write(link->conn, &part, 1, &size);

        if (err == LG_ERR_BUSY) {
            link->full = true;
        } else if (err != LG_OK) {
            fail(link, lg_conn_error(link->conn));
            return;
        } else {
            take_written(link, size);
        }
    }
}

static void on_flush(struct lg_task *task)
{
    struct lg_redis_link *link = LG_CONTAINER(task, struct lg_redis_link, flush);

    if (link->drop_due) {
        char why[WHY_SIZE];

        lg_cstr_copy(why, sizeof(why), link->why);
        fail(link, why);
        return;
    }
    write_out(link);
}

void lg_redis_link_flush(struct lg_redis_link *link)
{
    if (link->state == UP && !link->drop_due)
        write_out(link);
}

static void flush_later(struct lg_redis_link *link)
{
    if (lg_link_in_list(&link->flush.link))
        return;
    if (link->options.after_others)
        lg_task_queue_last(link->loop, &link->flush, on_flush);
    else
        lg_task_queue(link->loop, &link->flush, on_flush);
}

static int64_t due_ms(const struct lg_redis_link *link, const struct command *command)
{
    int64_t since = command->sent_ms > link->heard_ms ? command->sent_ms : link->heard_ms;

    return since + command->wait_ms + link->options.config->command_timeout_ms;
}

/* One timer for all: it looks at the oldest command, whose answer must come first. */
static void on_patience(struct lg_timer *timer)
{
    struct lg_redis_link *link = LG_CONTAINER(timer, struct lg_redis_link, patience);
    struct lg_link *first = lg_list_first(&link->commands);
    int64_t due;

    if (first == NULL)
        return;
    due = due_ms(link, LG_LIST_OF(first, struct command, link));
    if (lg_loop_now_ms(link->loop) >= due)
        fail(link, "no answer within command_timeout");
    else
        lg_timer_set(link->loop, timer, due, on_patience);
}

static struct command *new_command(struct lg_redis_link *link)
{
    struct lg_link *spare = lg_list_first(&link->spares);

    if (spare == NULL)
        return LG_NEW(struct command);
    lg_list_remove(spare);
    return LG_LIST_OF(spare, struct command, link);
}

static void enqueue(struct lg_redis_link *link, size_t size, int64_t wait_ms, lg_redis_reply_fn *fn,
                    void *context)
{
    struct command *command = new_command(link);

    command->fn = fn;
    command->context = context;
    command->begins = link->queued;
    command->sent_ms = lg_loop_now_ms(link->loop);
    command->wait_ms = wait_ms;
    link->queued += size;
    lg_list_add_last(&link->commands, &command->link);
    if (!lg_timer_armed(&link->patience))
        lg_timer_set(link->loop, &link->patience, due_ms(link, command), on_patience);
    flush_later(link);
}

static void put(struct lg_redis_link *link, const struct lg_str *arguments, size_t count,
                int64_t wait_ms, lg_redis_reply_fn *fn, void *context)
{
    size_t before = link->out.size;

    lg_resp_begin(&link->out, count);
    for (size_t i = 0; i < count; i++)
        lg_resp_add(&link->out, arguments[i]);
    enqueue(link, link->out.size - before, wait_ms, fn, context);
}

void lg_redis_link_send(struct lg_redis_link *link, const struct lg_str *arguments, size_t count,
                        int64_t wait_ms, lg_redis_reply_fn *fn, void *context)
{
    assert(link->state == UP);
    put(link, arguments, count, wait_ms, fn, context);
}

void lg_redis_link_send_joined(struct lg_redis_link *link, const struct lg_str *arguments,
                               size_t count, lg_redis_reply_fn *fn, void *context)
{
    size_t before = link->out.size;

    assert(link->state == UP && count >= 2);
    lg_resp_begin(&link->out, count - 1);
    for (size_t i = 0; i + 2 < count; i++)
        lg_resp_add(&link->out, arguments[i]);
    lg_resp_add_joined(&link->out, arguments[count - 2], arguments[count - 1]);
    enqueue(link, link->out.size - before, 0, fn, context);
}

size_t lg_redis_link_backlog(const struct lg_redis_link *link)
{
    return link->out.size - link->out_from;
}

void lg_redis_link_drop(struct lg_redis_link *link, const char *why)
{
    if (link->conn == NULL || link->drop_due)
        return;
    link->drop_due = true;
    lg_cstr_copy(link->why, sizeof(link->why), why);
    flush_later(link);
}

/* --- greeting --------------------------------------------------------------------------------- */

static void greeting_failed(struct lg_redis_link *link, const char *what, const redisReply *reply)
{
    char why[WHY_SIZE];

    (void)snprintf(why, sizeof(why), "%s: %.*s", what, LG_STR_ARG(lg_resp_text(reply)));
    lg_redis_link_drop(link, why);
}

static void on_auth(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    if (fate == LG_REDIS_ANSWERED && lg_resp_is_error(reply))
        greeting_failed(context, "AUTH", reply);
}

static void on_select(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    if (fate == LG_REDIS_ANSWERED && lg_resp_is_error(reply))
        greeting_failed(context, "SELECT", reply);
}

static void on_name(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    (void)context, (void)fate, (void)reply; /* a user who may not has no name: no harm */
}

/* [role, ...]. A user who may not ask hears of a replica by what it refuses. */
static void on_role(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    if (fate != LG_REDIS_ANSWERED || reply->type != REDIS_REPLY_ARRAY || reply->elements == 0)
        return;
    if (!lg_str_is(lg_resp_text(reply->element[0]), "master"))
        lg_redis_link_drop(context, "it is a replica");
}

static void on_ping(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    struct lg_redis_link *link = context;

    if (fate != LG_REDIS_ANSWERED || link->drop_due)
        return;
    if (lg_resp_is_error(reply)) {
        greeting_failed(link, "PING", reply);
        return;
    }
    link->state = UP;
    link->up_ms = lg_loop_now_ms(link->loop);
    link->why[0] = '\0';
    link->events->on_up(link->context);
}

static void send_auth(struct lg_redis_link *link, struct lg_str password)
{
    const char *user = link->options.config->username;
    struct lg_str arguments[] = { LG_STR("AUTH"), lg_str_of(user), password };

    if (user == NULL)
        arguments[1] = password;
    put(link, arguments, user == NULL ? 2 : 3, 0, on_auth, link);
}

/* Returns false when the password cannot be read: the link has failed then. */
static bool authenticate(struct lg_redis_link *link)
{
    const struct lg_config_redis *config = link->options.config;
    char *text = NULL, why[WHY_SIZE];
    size_t size = 0, used;

    if (config->password_file == NULL) {
        if (config->password != NULL && *config->password != '\0')
            send_auth(link, lg_str_of(config->password));
        return true;
    }
    if (lg_secret_read(config->password_file, &text, &size) != LG_OK) {
        (void)snprintf(why, sizeof(why), "%s: cannot be read: %s", config->password_file,
                       strerror(errno));
        fail(link, why);
        return false;
    }
    used = size > 0 && text[size - 1] == '\n' ? size - 1 : size;
    send_auth(link, lg_str_make(text, used));
    lg_secret_free(text, size);
    return true;
}

static void greet(struct lg_redis_link *link)
{
    struct lg_str name[] = { LG_STR("CLIENT"), LG_STR("SETNAME"), lg_str_of(link->options.name) };
    struct lg_str role[] = { LG_STR("ROLE") };
    struct lg_str ping[] = { LG_STR("PING") };
    char number[LG_I64_SIZE];

    link->state = GREETING;
    if (!authenticate(link))
        return;
    if (link->options.config->database != 0) {
        size_t digits = lg_i64_text(link->options.config->database, number);
        struct lg_str arguments[] = { LG_STR("SELECT"), lg_str_make(number, digits) };

        put(link, arguments, 2, 0, on_select, link);
    }
    put(link, name, LG_COUNT(name), 0, on_name, link);
    put(link, role, LG_COUNT(role), 0, on_role, link);
    put(link, ping, LG_COUNT(ping), 0, on_ping, link);
}

/* --- the connection --------------------------------------------------------------------------- */

static void answer(struct lg_redis_link *link, redisReply *reply)
{
    struct lg_link *first = lg_list_first(&link->commands);
    struct command *command;

    if (first == NULL) { /* such as "-ERR max number of clients reached", said unasked */
        char why[WHY_SIZE];
        struct lg_str text = lg_resp_text(reply);

        (void)snprintf(why, sizeof(why), "it said unasked: %.*s", LG_STR_ARG(text));
        lg_redis_link_drop(link, why);
        freeReplyObject(reply);
        return;
    }
    command = LG_LIST_OF(first, struct command, link);
    lg_list_remove(first);
    link->heard_ms = lg_loop_now_ms(link->loop);
    command->fn(command->context, LG_REDIS_ANSWERED, reply);
    lg_list_add_first(&link->spares, first);
    freeReplyObject(reply);
}

/* Answers all that is complete. False: the connection is of no more use. */
static bool take_replies(struct lg_redis_link *link)
{
    redisReply *reply = NULL;

    for (;;) {
        if (lg_resp_next(link->reader, &reply) != LG_OK) {
            fail(link, "it speaks another protocol than Redis");
            return false;
        }
        if (reply == NULL)
            return true;
        answer(link, reply);
        if (link->drop_due)
            return false;
    }
}

static void on_read(struct lg_task *task);

static void read_in(struct lg_redis_link *link)
{
    char data[READ_SIZE];

    for (int i = 0; i < READS_A_TURN; i++) {
        size_t size;
        enum lg_err err = lg_conn_read(link->conn, data, sizeof(data), &size);

        if (err == LG_ERR_BUSY)
            return;
        if (err != LG_OK) {
            fail(link,
                 err == LG_ERR_CLOSED ? "it closed the connection" : lg_conn_error(link->conn));
            return;
        }
        lg_resp_set_ceiling(link->reader, link->events->ceiling(link->context));
        err = lg_resp_feed(link->reader, data, size);
        if (err != LG_OK) {
            fail(link, err == LG_ERR_TOO_BIG ? "a reply is over its limit" : "out of order");
            return;
        }
        if (!take_replies(link))
            return;
    }
    if (!lg_link_in_list(&link->read.link))
        lg_task_queue(link->loop, &link->read, on_read);
}

static void on_read(struct lg_task *task)
{
    read_in(LG_CONTAINER(task, struct lg_redis_link, read));
}

static void on_open(void *context, const char *error)
{
    struct lg_redis_link *link = context;

    if (error != NULL) {
        fail(link, error);
        return;
    }
    greet(link);
    if (link->state == GREETING)
        read_in(link); /* until it is empty: then it is told when there is more */
}

static void on_readable(void *context)
{
    struct lg_redis_link *link = context;

    if (link->reader != NULL && !link->drop_due)
        read_in(link);
}

static void on_writable(void *context)
{
    struct lg_redis_link *link = context;

    link->full = false;
    if (!link->drop_due)
        write_out(link);
}

static const struct lg_conn_events conn_events = { on_open, on_readable, on_writable };

static void dial(struct lg_redis_link *link)
{
    const struct lg_config_redis *config = link->options.config;
    struct lg_conn_options options = {
        .host = config->host,
        .port = config->port,
        .path = config->path,
        .connect_ms = config->connect_timeout_ms,
        .tls = link->options.tls,
        .session = link->options.tls != NULL ? &link->session : NULL,
        .tls_ms = config->connect_timeout_ms,
    };

    link->state = DIALLING;
    link->queued = link->written = 0;
    link->heard_ms = lg_loop_now_ms(link->loop);
    link->reader = lg_resp_reader_new(link->events->ceiling(link->context),
                                      link->events->on_element, link->context);
    link->conn = lg_conn_open(link->resolver, &options, &conn_events, link);
}

/* --- life ------------------------------------------------------------------------------------- */

struct lg_redis_link *lg_redis_link_new(struct lg_loop *loop, struct lg_resolver *resolver,
                                        const struct lg_redis_link_options *options,
                                        const struct lg_redis_link_events *events, void *context)
{
    struct lg_redis_link *link = LG_NEW(struct lg_redis_link);

    link->loop = loop;
    link->resolver = resolver;
    link->options = *options;
    link->events = events;
    link->context = context;
    lg_list_init(&link->commands);
    lg_list_init(&link->spares);
    lg_buf_init(&link->out, SIZE_MAX);
    lg_cstr_copy(link->why, sizeof(link->why), "still connecting");
    dial(link);
    return link;
}

void lg_redis_link_free(struct lg_redis_link *link)
{
    if (link == NULL)
        return;
    hang_up(link);
    lg_timer_clear(link->loop, &link->retry);
    lose_commands(link);
    free_spares(link);
    lg_tls_session_clear(&link->session);
    lg_buf_done(&link->out);
    free(link);
}

bool lg_redis_link_is_up(const struct lg_redis_link *link)
{
    return link->state == UP && !link->drop_due;
}

const char *lg_redis_link_trouble(const struct lg_redis_link *link)
{
    return link->why;
}
