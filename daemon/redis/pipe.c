/* pipe.c -- a queue of commands under way, a buffer of those that have not left, a timer. */
#include "redis/pipe.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/mem.h"

#define READ_SIZE 65536
#define READS_A_TURN 16             /* then others have theirs */
#define KEEP_ROOM ((size_t)1 << 20) /* of an output buffer that is empty */
#define TLS_RECORD 16384            /* may be on its way before it counts as written */

struct command {
    struct lg_link link;
    lg_redis_reply_fn *fn;
    void *context;
    uint64_t begins; /* where in the stream of bytes */
    int64_t sent_ms, wait_ms;
};

struct lg_redis_pipe {
    struct lg_loop *loop;
    struct lg_resolver *resolver;
    struct lg_redis_pipe_options options;
    const struct lg_redis_pipe_events *events;
    void *context;

    struct lg_conn *conn; /* NULL: closed */
    bool open;            /* it was told */
    struct lg_tls_session session;
    char *session_of; /* "HOST:PORT": another one gets to see its own certificate checked */
    struct lg_resp_reader *reader;
    struct lg_link commands; /* under way, oldest first */
    struct lg_link spares;   /* that were answered: every call needs two or three */
    struct lg_buf out;
    size_t out_from;          /* what of it has left */
    uint64_t queued, written; /* bytes of this connection */
    int64_t heard_ms;         /* when the last reply came */
    bool full;                /* the socket takes no more for now */
    bool secret;              /* a password may be in `out` */
    bool drop_due;
    char why[LG_REDIS_WHY_SIZE];
    struct lg_timer patience;
    struct lg_task flush, read;
};

/* --- the end of a connection ------------------------------------------------------------------ */

static bool has_left(const struct lg_redis_pipe *pipe, const struct command *command)
{
    return command->begins < pipe->written + (pipe->options.tls != NULL ? TLS_RECORD : 0);
}

static void lose_commands(struct lg_redis_pipe *pipe)
{
    struct lg_link lost;

    /* What is told may send nothing: the pipe is closed. */
    lg_list_init(&lost);
    while (!lg_list_empty(&pipe->commands)) {
        struct lg_link *first = lg_list_first(&pipe->commands);

        lg_list_remove(first);
        lg_list_add_last(&lost, first);
    }
    for (struct lg_link *at = lg_list_first(&lost), *next; at != NULL; at = next) {
        struct command *command = LG_LIST_OF(at, struct command, link);

        next = lg_list_after(&lost, at);
        command->fn(command->context, has_left(pipe, command) ? LG_REDIS_LOST : LG_REDIS_UNSENT,
                    NULL);
        free(command);
    }
}

static void free_spares(struct lg_redis_pipe *pipe)
{
    for (struct lg_link *at = lg_list_first(&pipe->spares), *next; at != NULL; at = next) {
        next = lg_list_after(&pipe->spares, at);
        free(LG_LIST_OF(at, struct command, link));
    }
    lg_list_init(&pipe->spares);
}

static void wipe(struct lg_redis_pipe *pipe)
{
    if (pipe->secret && pipe->out.data != NULL)
        explicit_bzero(pipe->out.data, pipe->out.size);
    pipe->secret = false;
}

static void hang_up(struct lg_redis_pipe *pipe)
{
    pipe->open = false;
    lg_conn_close(pipe->conn);
    pipe->conn = NULL;
    lg_task_cancel(&pipe->flush);
    lg_task_cancel(&pipe->read);
    lg_timer_clear(pipe->loop, &pipe->patience);
    lg_resp_reader_free(pipe->reader);
    pipe->reader = NULL;
    wipe(pipe);
    lg_buf_done(&pipe->out);
    lg_buf_init(&pipe->out, SIZE_MAX);
    pipe->out_from = 0;
    pipe->full = pipe->drop_due = false;
}

void lg_redis_pipe_close(struct lg_redis_pipe *pipe)
{
    hang_up(pipe);
    lose_commands(pipe);
    free_spares(pipe);
}

/* The last that is done in a callback: who hears of it may open the pipe again. */
static void fail(struct lg_redis_pipe *pipe, const char *why)
{
    char text[LG_REDIS_WHY_SIZE];

    lg_cstr_copy(text, sizeof(text), why);
    lg_redis_pipe_close(pipe);
    pipe->events->on_end(pipe->context, text);
}

/* --- sending ---------------------------------------------------------------------------------- */

/* A socket that is never idle never empties it: what has left goes once it is most of it. */
static void give_back_written(struct lg_redis_pipe *pipe)
{
    if (pipe->out_from < KEEP_ROOM || pipe->out_from < pipe->out.size - pipe->out_from)
        return;
    lg_buf_drop(&pipe->out, pipe->out_from);
    pipe->out_from = 0;
}

static void take_written(struct lg_redis_pipe *pipe, size_t size)
{
    pipe->written += size;
    pipe->out_from += size;
    if (pipe->out_from < pipe->out.size) {
        give_back_written(pipe);
        return;
    }
    pipe->out_from = 0;
    wipe(pipe);
    lg_buf_clear(&pipe->out);
    if (pipe->out.room > KEEP_ROOM) {
        lg_buf_done(&pipe->out);
        lg_buf_init(&pipe->out, SIZE_MAX);
    }
}

static void write_out(struct lg_redis_pipe *pipe)
{
    while (pipe->out_from < pipe->out.size && !pipe->full) {
        struct iovec part = { pipe->out.data + pipe->out_from, pipe->out.size - pipe->out_from };
        size_t size;
        enum lg_err err = lg_conn_write(pipe->conn, &part, 1, &size);

        if (err == LG_ERR_BUSY) {
            pipe->full = true;
        } else if (err != LG_OK) {
            fail(pipe, lg_conn_error(pipe->conn));
            return;
        } else {
            take_written(pipe, size);
        }
    }
}

static void on_flush(struct lg_task *task)
{
    struct lg_redis_pipe *pipe = LG_CONTAINER(task, struct lg_redis_pipe, flush);

    if (pipe->drop_due)
        fail(pipe, pipe->why);
    else
        write_out(pipe);
}

void lg_redis_pipe_flush(struct lg_redis_pipe *pipe)
{
    if (lg_redis_pipe_is_open(pipe))
        write_out(pipe);
}

static void flush_later(struct lg_redis_pipe *pipe)
{
    if (lg_link_in_list(&pipe->flush.link))
        return;
    if (pipe->options.after_others)
        lg_task_queue_last(pipe->loop, &pipe->flush, on_flush);
    else
        lg_task_queue(pipe->loop, &pipe->flush, on_flush);
}

void lg_redis_pipe_drop(struct lg_redis_pipe *pipe, const char *why)
{
    if (pipe->conn == NULL || pipe->drop_due)
        return;
    pipe->drop_due = true;
    lg_cstr_copy(pipe->why, sizeof(pipe->why), why);
    flush_later(pipe);
}

static int64_t due_ms(const struct lg_redis_pipe *pipe, const struct command *command)
{
    int64_t since = command->sent_ms > pipe->heard_ms ? command->sent_ms : pipe->heard_ms;

    return since + command->wait_ms + pipe->options.command_ms;
}

/* One timer for all: it looks at the oldest command, whose answer must come first. */
static void on_patience(struct lg_timer *timer)
{
    struct lg_redis_pipe *pipe = LG_CONTAINER(timer, struct lg_redis_pipe, patience);
    struct lg_link *first = lg_list_first(&pipe->commands);
    int64_t due;

    if (first == NULL)
        return;
    due = due_ms(pipe, LG_LIST_OF(first, struct command, link));
    if (lg_loop_now_ms(pipe->loop) >= due)
        fail(pipe, "no answer within command_timeout");
    else
        lg_timer_set(pipe->loop, timer, due, on_patience);
}

static struct command *new_command(struct lg_redis_pipe *pipe)
{
    struct lg_link *spare = lg_list_first(&pipe->spares);

    if (spare == NULL)
        return LG_NEW(struct command);
    lg_list_remove(spare);
    return LG_LIST_OF(spare, struct command, link);
}

static void enqueue(struct lg_redis_pipe *pipe, size_t before, int64_t wait_ms,
                    lg_redis_reply_fn *fn, void *context)
{
    struct command *command = new_command(pipe);

    command->fn = fn;
    command->context = context;
    command->begins = pipe->queued;
    command->sent_ms = lg_loop_now_ms(pipe->loop);
    command->wait_ms = wait_ms;
    pipe->queued += pipe->out.size - before;
    lg_list_add_last(&pipe->commands, &command->link);
    if (!lg_timer_armed(&pipe->patience))
        lg_timer_set(pipe->loop, &pipe->patience, due_ms(pipe, command), on_patience);
    flush_later(pipe);
}

void lg_redis_pipe_send(struct lg_redis_pipe *pipe, const struct lg_str *arguments, size_t count,
                        int64_t wait_ms, lg_redis_reply_fn *fn, void *context)
{
    size_t before = pipe->out.size;

    assert(pipe->open);
    lg_resp_add_command(&pipe->out, arguments, count, false);
    enqueue(pipe, before, wait_ms, fn, context);
}

void lg_redis_pipe_send_joined(struct lg_redis_pipe *pipe, const struct lg_str *arguments,
                               size_t count, lg_redis_reply_fn *fn, void *context)
{
    size_t before = pipe->out.size;

    assert(pipe->open);
    lg_resp_add_command(&pipe->out, arguments, count, true);
    enqueue(pipe, before, 0, fn, context);
}

void lg_redis_pipe_send_secret(struct lg_redis_pipe *pipe, const struct lg_str *arguments,
                               size_t count, lg_redis_reply_fn *fn, void *context)
{
    pipe->secret = true;
    lg_redis_pipe_send(pipe, arguments, count, 0, fn, context);
}

void lg_redis_pipe_send_bytes(struct lg_redis_pipe *pipe, struct lg_str bytes, int64_t wait_ms,
                              lg_redis_reply_fn *fn, void *context)
{
    size_t before = pipe->out.size;

    assert(pipe->open);
    lg_buf_add_str(&pipe->out, bytes);
    enqueue(pipe, before, wait_ms, fn, context);
}

size_t lg_redis_pipe_backlog(const struct lg_redis_pipe *pipe)
{
    return pipe->out.size - pipe->out_from;
}

/* --- receiving -------------------------------------------------------------------------------- */

static void answer(struct lg_redis_pipe *pipe, redisReply *reply)
{
    struct lg_link *first = lg_list_first(&pipe->commands);
    struct command *command;

    if (first == NULL) { /* such as "-ERR max number of clients reached", said unasked */
        char why[LG_REDIS_WHY_SIZE];
        struct lg_str text = lg_resp_text(reply);

        (void)snprintf(why, sizeof(why), "it said unasked: %.*s", LG_STR_ARG(text));
        lg_redis_pipe_drop(pipe, why);
        freeReplyObject(reply);
        return;
    }
    command = LG_LIST_OF(first, struct command, link);
    lg_list_remove(first);
    pipe->heard_ms = lg_loop_now_ms(pipe->loop);
    command->fn(command->context, LG_REDIS_ANSWERED, reply);
    lg_list_add_first(&pipe->spares, first);
    if (lg_resp_is_error(reply) && lg_str_starts(lg_resp_text(reply), LG_STR("READONLY")))
        lg_redis_pipe_drop(pipe, "it is a replica now");
    freeReplyObject(reply);
}

/* Answers all that is complete. False: the connection is of no more use. */
static bool take_replies(struct lg_redis_pipe *pipe)
{
    redisReply *reply = NULL;

    for (;;) {
        if (lg_resp_next(pipe->reader, &reply) != LG_OK) {
            fail(pipe, "it speaks another protocol than Redis");
            return false;
        }
        if (reply == NULL)
            return true;
        answer(pipe, reply);
        if (pipe->drop_due)
            return false;
    }
}

static void on_read(struct lg_task *task);

static void read_in(struct lg_redis_pipe *pipe)
{
    char data[READ_SIZE];

    for (int i = 0; i < READS_A_TURN; i++) {
        size_t size;
        enum lg_err err = lg_conn_read(pipe->conn, data, sizeof(data), &size);

        if (err == LG_ERR_BUSY)
            return;
        if (err != LG_OK) {
            fail(pipe,
                 err == LG_ERR_CLOSED ? "it closed the connection" : lg_conn_error(pipe->conn));
            return;
        }
        lg_resp_set_ceiling(pipe->reader, pipe->events->ceiling(pipe->context));
        err = lg_resp_feed(pipe->reader, data, size);
        if (err != LG_OK) {
            fail(pipe, err == LG_ERR_TOO_BIG ? "a reply is over its limit" : "out of order");
            return;
        }
        if (!take_replies(pipe))
            return;
    }
    if (!lg_link_in_list(&pipe->read.link))
        lg_task_queue(pipe->loop, &pipe->read, on_read);
}

static void on_read(struct lg_task *task)
{
    read_in(LG_CONTAINER(task, struct lg_redis_pipe, read));
}

/* --- the connection --------------------------------------------------------------------------- */

static void on_open(void *context, const char *error)
{
    struct lg_redis_pipe *pipe = context;

    if (error != NULL) {
        fail(pipe, error);
        return;
    }
    pipe->open = true;
    pipe->events->on_open(pipe->context);
    if (!pipe->drop_due)
        read_in(pipe); /* until it is empty: then it is told when there is more */
}

static void on_readable(void *context)
{
    struct lg_redis_pipe *pipe = context;

    if (pipe->reader != NULL && !pipe->drop_due)
        read_in(pipe);
}

static void on_writable(void *context)
{
    struct lg_redis_pipe *pipe = context;

    pipe->full = false;
    if (!pipe->drop_due)
        write_out(pipe);
}

static const struct lg_conn_events conn_events = { on_open, on_readable, on_writable };

static void forget_others_session(struct lg_redis_pipe *pipe,
                                  const struct lg_config_redis_node *node)
{
    char *place = lg_sprintf("%s:%u", node->host != NULL ? node->host : "", node->port);

    if (pipe->session_of == NULL || strcmp(pipe->session_of, place) != 0)
        lg_tls_session_clear(&pipe->session);
    free(pipe->session_of);
    pipe->session_of = place;
}

void lg_redis_pipe_open(struct lg_redis_pipe *pipe, const struct lg_config_redis_node *node)
{
    struct lg_conn_options options = {
        .host = node->host,
        .port = node->port,
        .path = node->path,
        .connect_ms = pipe->options.connect_ms,
        .tls = pipe->options.tls,
        .session = pipe->options.tls != NULL ? &pipe->session : NULL,
        .tls_ms = pipe->options.connect_ms,
    };

    assert(pipe->conn == NULL);
    forget_others_session(pipe, node);
    pipe->queued = pipe->written = 0;
    pipe->heard_ms = lg_loop_now_ms(pipe->loop);
    pipe->reader = lg_resp_reader_new(pipe->events->ceiling(pipe->context),
                                      pipe->events->on_element, pipe->context);
    if (pipe->options.cuts)
        lg_resp_cut_long(pipe->reader);
    pipe->conn = lg_conn_open(pipe->resolver, &options, &conn_events, pipe);
}

bool lg_redis_pipe_is_open(const struct lg_redis_pipe *pipe)
{
    return pipe->open && !pipe->drop_due;
}

bool lg_redis_pipe_is_idle(const struct lg_redis_pipe *pipe)
{
    return lg_list_empty(&pipe->commands);
}

/* --- life ------------------------------------------------------------------------------------- */

struct lg_redis_pipe *lg_redis_pipe_new(struct lg_loop *loop, struct lg_resolver *resolver,
                                        const struct lg_redis_pipe_options *options,
                                        const struct lg_redis_pipe_events *events, void *context)
{
    struct lg_redis_pipe *pipe = LG_NEW(struct lg_redis_pipe);

    pipe->loop = loop;
    pipe->resolver = resolver;
    pipe->options = *options;
    pipe->events = events;
    pipe->context = context;
    lg_list_init(&pipe->commands);
    lg_list_init(&pipe->spares);
    lg_buf_init(&pipe->out, SIZE_MAX);
    return pipe;
}

void lg_redis_pipe_free(struct lg_redis_pipe *pipe)
{
    if (pipe == NULL)
        return;
    lg_redis_pipe_close(pipe);
    lg_tls_session_clear(&pipe->session);
    lg_buf_done(&pipe->out);
    free(pipe->session_of);
    free(pipe);
}
