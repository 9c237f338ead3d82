/* loop.c -- epoll, a heap of timers, a list of tasks, and the hooks that run every turn. */
#include "wire/loop.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "observe/metrics.h"

#define EVENTS_A_TURN 128

struct lg_loop {
    unsigned index;
    int epoll;
    int wake; /* eventfd: only to end a wait from outside */
    atomic_bool stopping;
    int64_t now_us, wall_ms;
    struct lg_histogram *turns; /* how long a turn held the loop */

    struct epoll_event events[EVENTS_A_TURN]; /* of this turn; ptr NULL: its watch was removed */
    int event_count;

    struct lg_timer **heap; /* owned; the earliest is first */
    size_t timers, heap_room;

    struct lg_link tasks, last_tasks;
    struct lg_link end; /* of those that are run */
    struct lg_link hooks;
};

static _Thread_local struct lg_loop *current_loop;

/* --- life --- */

static void read_clock(struct lg_loop *loop)
{
    loop->now_us = lg_clock_mono_us();
    loop->wall_ms = lg_clock_wall_ms();
}

static struct lg_histogram *turn_metric(unsigned index)
{
    char labels[32];

    (void)snprintf(labels, sizeof(labels), "loop=\"%u\"", index);
    return lg_histogram_get("lambdagate_loop_turn_seconds", labels,
                            "How long a turn of a loop took, without its waiting.");
}

static bool watch_wake(struct lg_loop *loop)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = loop };

    return epoll_ctl(loop->epoll, EPOLL_CTL_ADD, loop->wake, &event) == 0;
}

struct lg_loop *lg_loop_new(unsigned index)
{
    struct lg_loop *loop = LG_NEW(struct lg_loop);

    loop->index = index;
    loop->turns = turn_metric(index);
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    loop->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    lg_list_init(&loop->tasks);
    lg_list_init(&loop->last_tasks);
    lg_list_init(&loop->hooks);
    read_clock(loop);
    if (loop->epoll < 0 || loop->wake < 0 || !watch_wake(loop)) {
        int error = errno;

        lg_loop_free(loop);
        errno = error;
        return NULL;
    }
    return loop;
}

void lg_loop_free(struct lg_loop *loop)
{
    if (loop == NULL)
        return;
    assert(loop->timers == 0 && "a timer is still armed");
    assert(lg_list_empty(&loop->hooks) && "a hook is still there");
    if (loop->epoll >= 0)
        close(loop->epoll);
    if (loop->wake >= 0)
        close(loop->wake);
    free(loop->heap);
    free(loop);
}

unsigned lg_loop_index(const struct lg_loop *loop)
{
    return loop->index;
}

int64_t lg_loop_now_ms(const struct lg_loop *loop)
{
    return loop->now_us / 1000;
}

int64_t lg_loop_now_us(const struct lg_loop *loop)
{
    return loop->now_us;
}

int64_t lg_loop_wall_ms(const struct lg_loop *loop)
{
    return loop->wall_ms;
}

struct lg_loop *lg_loop_current(void)
{
    return current_loop;
}

/* --- watches --- */

enum lg_err lg_watch_add(struct lg_loop *loop, struct lg_watch *watch, int fd, uint32_t events,
                         void (*fn)(struct lg_watch *watch, uint32_t events))
{
    struct epoll_event event = { .events = events, .data.ptr = watch };

    if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        return LG_ERR_IO;
    watch->fd = fd;
    watch->events = events;
    watch->fn = fn;
    return LG_OK;
}

enum lg_err lg_watch_change(struct lg_loop *loop, struct lg_watch *watch, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = watch };

    if (watch->events == events)
        return LG_OK;
    if (epoll_ctl(loop->epoll, EPOLL_CTL_MOD, watch->fd, &event) != 0)
        return LG_ERR_IO;
    watch->events = events;
    return LG_OK;
}

/* The kernel may already have handed out an event for it in this turn. */
static void forget_events(struct lg_loop *loop, const struct lg_watch *watch)
{
    for (int i = 0; i < loop->event_count; i++) {
        if (loop->events[i].data.ptr == watch)
            loop->events[i].data.ptr = NULL;
    }
}

void lg_watch_remove(struct lg_loop *loop, struct lg_watch *watch)
{
    if (watch->fn == NULL)
        return;
    (void)epoll_ctl(loop->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
    forget_events(loop, watch);
    watch->fd = -1;
    watch->fn = NULL;
}

/* --- timers: a binary heap, each timer knows its place --- */

static void place_timer(struct lg_loop *loop, size_t index, struct lg_timer *timer)
{
    loop->heap[index] = timer;
    timer->place = index + 1;
}

static void sift_up(struct lg_loop *loop, size_t index)
{
    struct lg_timer *timer = loop->heap[index];

    while (index > 0) {
        size_t parent = (index - 1) / 2;

        if (loop->heap[parent]->at_ms <= timer->at_ms)
            break;
        place_timer(loop, index, loop->heap[parent]);
        index = parent;
    }
    place_timer(loop, index, timer);
}

static void sift_down(struct lg_loop *loop, size_t index)
{
    struct lg_timer *timer = loop->heap[index];

    for (;;) {
        size_t child = 2 * index + 1;

        if (child >= loop->timers)
            break;
        if (child + 1 < loop->timers && loop->heap[child + 1]->at_ms < loop->heap[child]->at_ms)
            child++;
        if (timer->at_ms <= loop->heap[child]->at_ms)
            break;
        place_timer(loop, index, loop->heap[child]);
        index = child;
    }
    place_timer(loop, index, timer);
}

static void grow_heap(struct lg_loop *loop)
{
    if (loop->timers < loop->heap_room)
        return;
    loop->heap_room = loop->heap_room == 0 ? 64 : 2 * loop->heap_room;
    loop->heap = lg_realloc(loop->heap, loop->heap_room * sizeof(struct lg_timer *));
}

void lg_timer_set(struct lg_loop *loop, struct lg_timer *timer, int64_t at_ms,
                  void (*fn)(struct lg_timer *timer))
{
    timer->fn = fn;
    timer->at_ms = at_ms;
    if (timer->place == 0) {
        grow_heap(loop);
        loop->heap[loop->timers] = timer;
        sift_up(loop, loop->timers++);
        return;
    }
    sift_up(loop, timer->place - 1);
    sift_down(loop, timer->place - 1);
}

void lg_timer_clear(struct lg_loop *loop, struct lg_timer *timer)
{
    size_t index = timer->place;

    if (index == 0)
        return;
    index--;
    timer->place = 0;
    loop->timers--;
    if (index == loop->timers)
        return;
    loop->heap[index] = loop->heap[loop->timers];
    place_timer(loop, index, loop->heap[index]);
    sift_up(loop, index);
    sift_down(loop, loop->heap[index]->place - 1);
}

bool lg_timer_armed(const struct lg_timer *timer)
{
    return timer->place != 0;
}

static void run_timers(struct lg_loop *loop)
{
    while (loop->timers > 0 && loop->heap[0]->at_ms <= lg_loop_now_ms(loop)) {
        struct lg_timer *timer = loop->heap[0];

        lg_timer_clear(loop, timer);
        timer->fn(timer);
    }
}

/* --- tasks and hooks --- */

static void queue(struct lg_link *list, struct lg_task *task, void (*fn)(struct lg_task *task))
{
    task->fn = fn;
    if (!lg_link_in_list(&task->link))
        lg_list_add_last(list, &task->link);
}

void lg_task_queue(struct lg_loop *loop, struct lg_task *task, void (*fn)(struct lg_task *task))
{
    queue(&loop->tasks, task, fn);
}

void lg_task_queue_last(struct lg_loop *loop, struct lg_task *task,
                        void (*fn)(struct lg_task *task))
{
    queue(&loop->last_tasks, task, fn);
}

void lg_task_cancel(struct lg_task *task)
{
    lg_list_remove(&task->link);
}

/* Runs what is queued now; what these queue in turn waits for the next turn. */
static void run_tasks(struct lg_loop *loop, struct lg_link *list)
{
    struct lg_link *link;

    if (lg_list_empty(list))
        return;
    lg_list_add_last(list, &loop->end);
    while ((link = lg_list_first(list)) != &loop->end) {
        struct lg_task *task = LG_LIST_OF(link, struct lg_task, link);

        lg_list_remove(link);
        task->fn(task);
    }
    lg_list_remove(&loop->end);
}

void lg_loop_settle(struct lg_loop *loop)
{
    struct lg_link *link;

    while ((link = lg_list_first(&loop->tasks)) != NULL) {
        struct lg_task *task = LG_LIST_OF(link, struct lg_task, link);

        lg_list_remove(link);
        task->fn(task);
    }
}

void lg_hook_add(struct lg_loop *loop, struct lg_hook *hook, int64_t (*run)(struct lg_hook *hook))
{
    hook->run = run;
    lg_list_add_last(&loop->hooks, &hook->link);
}

void lg_hook_remove(struct lg_hook *hook)
{
    lg_list_remove(&hook->link);
}

/* Returns how long the hooks allow the loop to sleep; -1: for ever. */
static int64_t run_hooks(struct lg_loop *loop)
{
    int64_t shortest = -1;
    struct lg_link *link = lg_list_first(&loop->hooks);

    while (link != NULL) {
        struct lg_hook *hook = LG_LIST_OF(link, struct lg_hook, link);
        struct lg_link *after = lg_list_after(&loop->hooks, link);
        int64_t wait = hook->run(hook);

        if (wait >= 0 && (shortest < 0 || wait < shortest))
            shortest = wait;
        link = after;
    }
    return shortest;
}

/* --- the turn --- */

static int wait_ms(const struct lg_loop *loop, int64_t shortest)
{
    if (!lg_list_empty(&loop->tasks) || !lg_list_empty(&loop->last_tasks))
        return 0;
    if (loop->timers > 0) {
        /* The clock of this turn is a little old: a wait from it is at most too long by a turn. */
        int64_t until = loop->heap[0]->at_ms - lg_clock_mono_ms();

        if (until < 0)
            until = 0;
        if (shortest < 0 || until < shortest)
            shortest = until;
    }
    return shortest > 60000 ? 60000 : (int)shortest;
}

static void run_event(struct lg_loop *loop, const struct epoll_event *event)
{
    struct lg_watch *watch = event->data.ptr;

    if (watch == NULL)
        return;
    if (event->data.ptr == loop) {
        uint64_t count;

        (void)!read(loop->wake, &count, sizeof(count));
        return;
    }
    watch->fn(watch, event->events);
}

static void turn(struct lg_loop *loop, int timeout_ms)
{
    int count = epoll_wait(loop->epoll, loop->events, EVENTS_A_TURN, timeout_ms);

    assert(count >= 0 || errno == EINTR);
    read_clock(loop);
    loop->event_count = count > 0 ? count : 0;
    for (int i = 0; i < loop->event_count; i++)
        run_event(loop, &loop->events[i]);
    loop->event_count = 0;
    run_timers(loop);
    run_tasks(loop, &loop->tasks);
    run_tasks(loop, &loop->last_tasks);
}

void lg_loop_run(struct lg_loop *loop)
{
    struct lg_loop *outer = current_loop;

    current_loop = loop;
    read_clock(loop);
    while (!atomic_load_explicit(&loop->stopping, memory_order_acquire)) {
        int64_t shortest = run_hooks(loop);

        lg_histogram_observe_us(loop->turns, lg_clock_mono_us() - loop->now_us);
        turn(loop, wait_ms(loop, shortest));
    }
    atomic_store_explicit(&loop->stopping, false, memory_order_release);
    current_loop = outer;
}

void lg_loop_stop(struct lg_loop *loop)
{
    uint64_t one = 1;

    atomic_store_explicit(&loop->stopping, true, memory_order_release);
    (void)!write(loop->wake, &one, sizeof(one));
}
