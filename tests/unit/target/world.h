/*
 * world.h -- a daemon in small: keeper, loop, HTTP engine, a pool, and a log that can be read.
 *
 * Most tests play the runtime themselves: puppets are real processes that do nothing by
 * themselves, and the test speaks to their ports. Nothing sleeps: until() turns the loop until
 * something can be observed, and fails the test after a generous deadline.
 */
#ifndef LG_TEST_TARGET_WORLD_H
#define LG_TEST_TARGET_WORLD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "config/config.h"
#include "target/starts.h"
#include "target/target.h"
#include "target/workers.h"

struct world {
    struct lg_keeper *keeper;
    struct lg_keeper_line *line;
    struct lg_loop *loop;
    struct lg_server *server;
    struct lg_mailbox *mailboxes[2];
    char folder[64]; /* puppets meet the test here */
    struct lg_target *pool;
    struct lg_starts starts;
    struct lg_workers_env env;
    struct lg_workers_limits limits;
    struct lg_config_workers workers; /* change these before open_pool() */
    struct lg_config_function function;
    bool drained;
};

extern struct world world;

void world_begin(void);
void world_end(void); /* drains the pool if the test did not */
void kill_puppets(void);

/* Processes that wait for commands, or worker.py. */
void use_puppets(int64_t min, int64_t max);
void use_python(int64_t min, int64_t max);
void open_pool(void);
void drain_pool(void); /* returns at once; world.drained tells */

void until(bool (*done)(const void *context), const void *context);
struct lg_workers_state state(void);
void until_state(unsigned starting, unsigned idle, unsigned busy, unsigned stopping);
void until_drained(void);
/* For what must not happen meanwhile. */
void until_later(int64_t ms);
/* A puppet made the file NAME in the folder. */
void until_file(const char *name);
bool file_exists(const char *name);

/* What was logged so far, and whether `text` is in it; and until it is. */
const char *logged(void);
void until_logged(const char *text);
unsigned count_logged(const char *text);
/* Each of the texts, NULL-ended, after the one before. */
void assert_logged_in_order(const char *const *texts);

/* --- calls ---------------------------------------------------------------------------------- */

struct call {
    struct lg_invocation invocation;
    struct lg_loop *loop; /* on_end must come there */
    atomic_int starts, heads, ends;
    struct call *then; /* begun by on_end, with the payload `then` */
    bool function_error, streaming, passed_on;
    atomic_bool pause;
    atomic_size_t given; /* bytes of `data`, for other threads */
    char content_type[64];
    struct lg_buf data;
    enum lg_cause cause;
    char reason[128];
    char log_tail[4097];
    char document[256], error_type[64];
};

/* The payload is not copied. */
void prepare(struct call *call, const char *payload);
void begin(struct call *call, const char *payload); /* must be accepted */
enum lg_err start(struct call *call);               /* a prepared one */
enum lg_err try_begin(struct call *call, const char *payload);
void cancel(struct call *call, enum lg_cancel why);
void until_started(const struct call *call);
void until_ended(const struct call *call);
const char *data_of(struct call *call);
void finish(struct call *call); /* frees what it collected */

/* --- puppets -------------------------------------------------------------------------------- */

struct puppet {
    pid_t pid;
    uint16_t port;
};

/* The next one that came up and was not returned before. */
void until_puppet(struct puppet *puppet);
void command(const struct puppet *puppet, const char *line);
bool process_exists(pid_t pid);
void until_gone(pid_t pid);

/* --- the runtime's side of a port ----------------------------------------------------------- */

struct peer {
    int fd;
    char *text; /* what came since the last request, terminated */
    size_t size, room;
    int status; /* of the last answer */
};

void peer_open(struct peer *peer, uint16_t port);
void peer_close(struct peer *peer);
void peer_send(struct peer *peer, const char *bytes, size_t size);
/* The whole of a request by its lines; the head is ended here. */
void peer_request(struct peer *peer, const char *method, const char *path, const char *body);
void peer_request_with(struct peer *peer, const char *method, const char *path, const char *headers,
                       const char *body);
/* Waits for the answer and returns its status. */
int peer_answer(struct peer *peer);
const char *peer_body(const struct peer *peer);
bool peer_header(const struct peer *peer, const char *line);
void until_cut(struct peer *peer);
/* GET next, without waiting. */
void ask_next(struct peer *peer);
/* POST .../response for `call`, and its status. */
int respond(struct peer *peer, const struct call *call, const char *body);
/* Brings a puppet to life and into `next`. */
void puppet_ready(struct puppet *puppet, struct peer *peer);

#endif
