/*
 * log.c -- a ring a thread, and the log thread that empties them all.
 *
 * While lines keep coming, the log thread naps for a few milliseconds between its rounds and
 * nobody wakes it, unless a ring is half full. After a round with nothing to do it sleeps, and
 * the next line wakes it: a busy loop pays no system call for its lines.
 */
#include "observe/log.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "observe/log_record.h"
#include "observe/log_ring.h"

#define RING_ROOM ((size_t)256 * 1024)
#define BATCH_ROOM ((size_t)64 * 1024)
#define NAP_MS 4
#define STOP_WAIT_MS 2000
#define WHO_MAX 128
#define REQUEST_ID_MAX 128

enum state {
    STATE_DIRECT, /* no log thread: lines go straight to stderr */
    STATE_RUNNING,
    STATE_STUCK /* the sink blocks and the log thread was given up: lines are dropped */
};

enum rest { AWAKE, NAPPING, ASLEEP };

/* What one thread writes into; on a list that only the log thread takes from. */
struct source {
    struct lg_log_ring *ring;
    struct source *next;
    _Atomic bool orphan; /* its thread ended */
};

static _Atomic int state = STATE_DIRECT;
static _Atomic int level_now = LG_LOG_INFO;
static _Atomic bool json_now;
static _Atomic uint64_t dropped;
static _Atomic(struct source *) sources;

static _Thread_local struct source *own_source;
static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static pthread_key_t key;

/* The log thread and its bell, which is never closed: a late line may still ring it. */
static struct {
    pthread_t thread;
    int sink;
    int bell;  /* eventfd: wakes the log thread */
    int ended; /* eventfd: the log thread wrote its last line */
    _Atomic int rest;
    _Atomic bool stopping;
} writer = { .bell = -1, .ended = -1 };

/* What the log thread has formatted but not written. */
struct batch {
    char *data;
    size_t size;
    uint64_t told;   /* drops that were reported */
    uint64_t before; /* what `told` was before the report that is in the batch */
    bool telling;    /* there is one */
};

/* --- the threads that log --------------------------------------------------------------------- */

static void leave_source(void *value)
{
    struct source *source = value;

    atomic_store_explicit(&source->orphan, true, memory_order_release);
}

static void make_key(void)
{
    if (pthread_key_create(&key, leave_source) != 0)
        abort();
}

static struct source *this_source(void)
{
    if (own_source != NULL)
        return own_source;

    struct source *source = LG_NEW(struct source);
    source->ring = lg_log_ring_new(RING_ROOM);
    pthread_once(&key_once, make_key);
    pthread_setspecific(key, source);
    source->next = atomic_load(&sources);
    while (!atomic_compare_exchange_weak(&sources, &source->next, source))
        ;
    own_source = source;
    return source;
}

static void ring_bell(int bell)
{
    uint64_t one = 1;
    /* The only failure is a counter at its end, and then the bell rings already. */
    ssize_t size = write(bell, &one, sizeof(one));

    (void)size;
}

/* Wakes the log thread if it sleeps, or if it naps and the ring fills. */
static void wake_writer(size_t waiting)
{
    int rest = atomic_load(&writer.rest);

    if (rest == AWAKE || (rest == NAPPING && waiting < RING_ROOM / 2))
        return;
    if (atomic_exchange(&writer.rest, AWAKE) != AWAKE)
        ring_bell(writer.bell);
}

static void put_in_ring(const struct lg_log_line *line)
{
    struct source *source = this_source();
    void *memory = lg_log_ring_reserve(source->ring, lg_log_record_size(line));

    if (memory == NULL) {
        atomic_fetch_add_explicit(&dropped, 1, memory_order_relaxed);
        return;
    }
    lg_log_record_write(memory, line);
    wake_writer(lg_log_ring_publish(source->ring));
}

static void write_directly(const struct lg_log_line *line)
{
    char text[LG_LOG_LINE_MAX];
    size_t size = lg_log_line_format(line, atomic_load(&json_now), text);
    ssize_t written = write(STDERR_FILENO, text, size);

    (void)written;
}

static void submit(struct lg_log_line *line, struct lg_log_field *fields)
{
    lg_log_line_fit(line, fields);
    switch ((enum state)atomic_load(&state)) {
    case STATE_DIRECT:
        write_directly(line);
        break;
    case STATE_RUNNING:
        put_in_ring(line);
        break;
    case STATE_STUCK:
        atomic_fetch_add_explicit(&dropped, 1, memory_order_relaxed);
        break;
    }
}

static int64_t wall_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static struct lg_log_line line_of(enum lg_log_level level, const char *who, const char *request_id)
{
    struct lg_log_line line = { .wall_us = wall_us(), .level = level };

    line.who = lg_str_part(lg_str_of(who), 0, WHO_MAX);
    line.request_id = lg_str_part(lg_str_of(request_id), 0, REQUEST_ID_MAX);
    return line;
}

void lg_log(enum lg_log_level level, const char *who, const char *request_id, const char *format,
            ...)
{
    char message[LG_LOG_LINE_MAX + 1];
    va_list args;

    if (!lg_log_enabled(level))
        return;
    va_start(args, format);
    int size = vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    if (size < 0)
        size = 0;

    struct lg_log_line line = line_of(level, who, request_id);
    line.cut = (size_t)size >= sizeof(message);
    line.message = lg_str_make(message, line.cut ? sizeof(message) - 1 : (size_t)size);
    submit(&line, NULL);
}

void lg_log_str(enum lg_log_level level, const char *who, const char *request_id,
                struct lg_str message)
{
    if (!lg_log_enabled(level))
        return;

    struct lg_log_line line = line_of(level, who, request_id);
    line.cut = message.size > LG_LOG_LINE_MAX;
    line.message = lg_str_part(message, 0, LG_LOG_LINE_MAX);
    submit(&line, NULL);
}

void lg_log_fields(enum lg_log_level level, const char *who, const char *request_id,
                   const char *message, const struct lg_log_field *fields, size_t count)
{
    struct lg_log_field copies[LG_LOG_FIELDS_MAX];

    assert(count <= LG_LOG_FIELDS_MAX);
    if (!lg_log_enabled(level))
        return;
    if (count > 0)
        memcpy(copies, fields, count * sizeof(copies[0]));

    struct lg_log_line line = line_of(level, who, request_id);
    line.message = lg_str_of(message);
    line.fields = copies;
    line.field_count = count;
    submit(&line, copies);
}

void lg_log_set_level(enum lg_log_level level)
{
    atomic_store_explicit(&level_now, (int)level, memory_order_relaxed);
}

bool lg_log_enabled(enum lg_log_level level)
{
    return (int)level >= atomic_load_explicit(&level_now, memory_order_relaxed);
}

uint64_t lg_log_dropped(void)
{
    return atomic_load_explicit(&dropped, memory_order_relaxed);
}

/* --- the log thread --------------------------------------------------------------------------- */

/* The lines from `from` on are lost, that of drops among them: it is for later then. */
static void lose(struct batch *batch, size_t from)
{
    uint64_t lines = 0;

    for (size_t i = from; i < batch->size; i++)
        lines += batch->data[i] == '\n';
    if (batch->telling) {
        batch->told = batch->before;
        lines--;
    }
    atomic_fetch_add_explicit(&dropped, lines, memory_order_relaxed);
}

/* Writes all of the batch, however long the sink takes. What a broken sink loses is counted. */
static void flush(struct batch *batch)
{
    size_t done = 0;

    while (done < batch->size) {
        ssize_t size = write(writer.sink, batch->data + done, batch->size - done);
        if (size >= 0) {
            done += (size_t)size;
        } else if (errno == EAGAIN) {
            struct pollfd wait = { .fd = writer.sink, .events = POLLOUT };
            poll(&wait, 1, -1);
        } else if (errno != EINTR) {
            lose(batch, done);
            break;
        }
    }
    batch->size = 0;
    batch->telling = false;
}

static void write_line(struct batch *batch, const struct lg_log_line *line)
{
    if (BATCH_ROOM - batch->size < LG_LOG_LINE_MAX)
        flush(batch);
    batch->size += lg_log_line_format(line, atomic_load(&json_now), batch->data + batch->size);
}

static void tell_drops(struct batch *batch)
{
    uint64_t total = lg_log_dropped();
    char message[64];

    if (total == batch->told)
        return;
    int size = snprintf(message, sizeof(message), "%llu log lines dropped",
                        (unsigned long long)(total - batch->told));
    struct lg_log_line line = { .wall_us = wall_us(), .level = LG_LOG_WARN, .who = LG_STR("log") };
    line.message = lg_str_make(message, (size_t)size);
    write_line(batch, &line);
    batch->before = batch->told;
    batch->told = total;
    batch->telling = true;
}

/* The source with the oldest line that was seen, or NULL when all are empty. */
static struct source *oldest(struct lg_log_line *ret_line,
                             struct lg_log_field fields[LG_LOG_FIELDS_MAX])
{
    struct source *found = NULL;
    const void *record = NULL;
    int64_t first = 0;

    for (struct source *source = atomic_load(&sources); source != NULL; source = source->next) {
        const void *candidate = lg_log_ring_first(source->ring);
        if (candidate == NULL)
            continue;
        int64_t time = lg_log_record_time(candidate);
        if (found == NULL || time < first) {
            found = source;
            record = candidate;
            first = time;
        }
    }
    if (found != NULL)
        lg_log_record_read(record, ret_line, fields);
    return found;
}

/* Frees the rings of threads that ended, once they are empty. */
static void sweep(void)
{
    struct source *before = atomic_load(&sources);

    /* The newest stays for now: others push in front of it without a lock. */
    while (before != NULL && before->next != NULL) {
        struct source *source = before->next;
        bool orphan = atomic_load_explicit(&source->orphan, memory_order_acquire);
        if (!orphan || lg_log_ring_look(source->ring) > 0) {
            before = source;
            continue;
        }
        before->next = source->next;
        lg_log_ring_free(source->ring);
        free(source);
    }
}

/* Writes every line that was there when the round began. Returns whether there was any. */
static bool round_of_all(struct batch *batch)
{
    struct lg_log_field fields[LG_LOG_FIELDS_MAX];
    struct lg_log_line line;
    struct source *source;
    bool any = false;

    for (source = atomic_load(&sources); source != NULL; source = source->next)
        any |= lg_log_ring_look(source->ring) > 0;
    while ((source = oldest(&line, fields)) != NULL) {
        write_line(batch, &line);
        lg_log_ring_drop(source->ring);
    }
    tell_drops(batch);
    flush(batch);
    sweep();
    return any;
}

static void wait_for_bell(int timeout_ms)
{
    struct pollfd wait = { .fd = writer.bell, .events = POLLIN };
    uint64_t rings;

    if (poll(&wait, 1, timeout_ms) > 0 && read(writer.bell, &rings, sizeof(rings)) < 0)
        assert(errno == EAGAIN || errno == EINTR);
}

static bool anything_waits(void)
{
    for (struct source *source = atomic_load(&sources); source != NULL; source = source->next)
        if (lg_log_ring_look(source->ring) > 0)
            return true;
    return false;
}

static void rest(bool busy)
{
    atomic_store(&writer.rest, busy ? NAPPING : ASLEEP);
    /* A line published before the store above rang no bell: look again before sleeping. */
    if (!atomic_load(&writer.stopping) && (busy || !anything_waits()))
        wait_for_bell(busy ? NAP_MS : -1);
    atomic_store(&writer.rest, AWAKE);
}

static void *run_writer(void *context)
{
    struct batch batch = { .data = lg_alloc(BATCH_ROOM), .told = *(uint64_t *)context };

    free(context);
    while (!atomic_load(&writer.stopping))
        rest(round_of_all(&batch));
    round_of_all(&batch);
    free(batch.data);
    ring_bell(writer.ended);
    return NULL;
}

/* --- start and stop --------------------------------------------------------------------------- */

/* The log thread takes no signal: a broken pipe is an error of write() there. */
static int start_thread(void)
{
    sigset_t all, old;
    uint64_t *told = lg_alloc(sizeof(*told));

    *told = lg_log_dropped();
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int error = pthread_create(&writer.thread, NULL, run_writer, told);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (error != 0)
        free(told);
    else
        pthread_setname_np(writer.thread, "log");
    return error;
}

/* Returns an errno, or 0. */
static int open_bells(void)
{
    if (writer.bell < 0)
        writer.bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (writer.ended < 0)
        writer.ended = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return writer.bell < 0 || writer.ended < 0 ? errno : 0;
}

enum lg_err lg_log_start(const struct lg_log_options *options)
{
    assert(atomic_load(&state) == STATE_DIRECT);

    lg_log_set_level(options->level);
    atomic_store(&json_now, options->json);
    atomic_store(&writer.rest, AWAKE);
    atomic_store(&writer.stopping, false);
    writer.sink = options->fd;

    int error = open_bells();
    if (error == 0)
        error = start_thread();
    if (error != 0) {
        errno = error;
        return LG_ERR_IO;
    }
    atomic_store(&state, STATE_RUNNING);
    return LG_OK;
}

/* What was put into a ring while the log thread wrote its last lines. */
static void write_late_lines(void)
{
    struct batch batch = { .data = lg_alloc(BATCH_ROOM), .told = lg_log_dropped() };

    round_of_all(&batch);
    free(batch.data);
}

void lg_log_stop(void)
{
    uint64_t ends;

    if (atomic_load(&state) != STATE_RUNNING)
        return;
    atomic_store(&writer.stopping, true);
    ring_bell(writer.bell);

    struct pollfd wait = { .fd = writer.ended, .events = POLLIN };
    if (poll(&wait, 1, STOP_WAIT_MS) != 1 ||
        read(writer.ended, &ends, sizeof(ends)) != (ssize_t)sizeof(ends)) {
        /* The sink takes nothing: the thread and what it holds end with the process. */
        atomic_store(&state, STATE_STUCK);
        pthread_detach(writer.thread);
        return;
    }
    pthread_join(writer.thread, NULL);
    atomic_store(&state, STATE_DIRECT);
    write_late_lines();
}
