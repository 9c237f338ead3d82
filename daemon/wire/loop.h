/*
 * loop.h -- one thread with its epoll: descriptors, timers, work for the end of the turn.
 *
 *     wait -> clock -> mailbox and descriptors -> timers -> tasks -> last tasks -> hooks -> wait
 *
 * A loop owns what it touches. All calls are made on the loop's own thread, or before
 * lg_loop_run(), except lg_loop_stop() and the mailbox (mailbox.h).
 * The clock is read once a turn and handed out by lg_loop_now_ms().
 */
#ifndef LG_WIRE_LOOP_H
#define LG_WIRE_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/list.h"

struct lg_loop;
struct lg_watch;
struct lg_timer;

/* `index` names the loop: 0, 1, ... . Returns NULL with errno set when the kernel refuses. */
struct lg_loop *lg_loop_new(unsigned index);
/* Nothing may be watched or armed any more. NULL is fine. */
void lg_loop_free(struct lg_loop *loop);

unsigned lg_loop_index(const struct lg_loop *loop);

/* Turns until lg_loop_stop(). Sets the calling thread's current loop. */
void lg_loop_run(struct lg_loop *loop);

/* Makes lg_loop_run() return after its turn. Any thread; safe in a signal handler. */
void lg_loop_stop(struct lg_loop *loop);

/* Monotonic milliseconds, microseconds, and unix milliseconds, read once this turn. */
int64_t lg_loop_now_ms(const struct lg_loop *loop);
int64_t lg_loop_now_us(const struct lg_loop *loop);
int64_t lg_loop_wall_ms(const struct lg_loop *loop);

/* The loop that runs on this thread; NULL on other threads. */
struct lg_loop *lg_loop_current(void);

/*
 * A watched descriptor, embedded in its owner. `fn` gets the EPOLL* bits that came. A watch that
 * is removed gets no further call, also not from events of the same turn; its memory may be
 * freed at once. Level-triggered unless EPOLLET is asked for.
 */
struct lg_watch {
    int fd; /* -1 while not watched */
    uint32_t events;
    void (*fn)(struct lg_watch *watch, uint32_t events);
};

LG_MUST_CHECK enum lg_err lg_watch_add(struct lg_loop *loop, struct lg_watch *watch, int fd,
                                       uint32_t events,
                                       void (*fn)(struct lg_watch *watch, uint32_t events));
LG_MUST_CHECK enum lg_err lg_watch_change(struct lg_loop *loop, struct lg_watch *watch,
                                          uint32_t events);
/* Does not close the descriptor; must come before close(). Fine when not watched. */
void lg_watch_remove(struct lg_loop *loop, struct lg_watch *watch);

/* A timer, embedded in its owner; zero-initialised is "not armed". Fires once, then is unarmed. */
struct lg_timer {
    int64_t at_ms; /* monotonic */
    size_t place;  /* 1 + index in the loop's heap; 0: not armed */
    void (*fn)(struct lg_timer *timer);
};

/* Arms, or moves an armed one. A time in the past fires in this or the next turn. */
void lg_timer_set(struct lg_loop *loop, struct lg_timer *timer, int64_t at_ms,
                  void (*fn)(struct lg_timer *timer));
void lg_timer_clear(struct lg_loop *loop, struct lg_timer *timer); /* fine when not armed */
bool lg_timer_armed(const struct lg_timer *timer);

/* Work for the end of this turn, embedded; zero-initialised is "not queued". Runs once. */
struct lg_task {
    struct lg_link link;
    void (*fn)(struct lg_task *task);
};

void lg_task_queue(struct lg_loop *loop, struct lg_task *task, void (*fn)(struct lg_task *task));
/* The same, after all other tasks: what these have to say is sent in this turn. */
void lg_task_queue_last(struct lg_loop *loop, struct lg_task *task,
                        void (*fn)(struct lg_task *task));
void lg_task_cancel(struct lg_task *task); /* fine when not queued */

/* After the loop ended: runs what is queued, and what these queue, so that what rests is freed. */
void lg_loop_settle(struct lg_loop *loop);

/*
 * A part that must be run every turn (the HTTP engine). run() is called after everything else of
 * the turn and returns how long the loop may sleep on its behalf: milliseconds, 0 to turn again
 * at once, -1 for no limit.
 */
struct lg_hook {
    struct lg_link link;
    int64_t (*run)(struct lg_hook *hook);
};

void lg_hook_add(struct lg_loop *loop, struct lg_hook *hook, int64_t (*run)(struct lg_hook *hook));
void lg_hook_remove(struct lg_hook *hook);

#endif
