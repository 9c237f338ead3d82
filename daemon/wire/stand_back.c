/* stand_back.c -- a low rank, short slices, and a timer whose signal yields. */
#include "wire/stand_back.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * A tenth of the weight of a loop, and not SCHED_IDLE: a thread that never runs on a busy machine
 * would never let go of what it holds, such as a lock of malloc(3).
 */
#define NICER 10
/*
 * What it gives up when it yields is a slice: the least that there is, and half a millisecond of
 * work before, leave it 8 % of the processor beside a loop that is never idle. With a slice of
 * 500 us and 250 us of work they were 2 %.
 */
#define SLICE_NS UINT64_C(100000)
#define OFFER_NS 500000L

/* Not to be had by name in the libc of Debian 12. */
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

/* As linux/sched/types.h has it, which does not go with sched.h everywhere. */
struct attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

static void lower_rank(void)
{
    int nice = getpriority(PRIO_PROCESS, 0) + NICER;
    const struct attributes attributes = { .size = sizeof(attributes),
                                           .policy = SCHED_BATCH,
                                           .nice = nice > 19 ? 19 : nice,
                                           .runtime = SLICE_NS };

    if (syscall(SYS_sched_setattr, 0, &attributes, 0) != 0)
        (void)setpriority(PRIO_PROCESS, (id_t)gettid(), attributes.nice);
}

static int offer_signal(void)
{
    return SIGRTMIN;
}

static void offer(int number)
{
    int error = errno;

    (void)number;
    (void)sched_yield();
    errno = error;
}

void lg_stand_back_init(struct lg_stand_back *aside)
{
    const struct sigaction action = { .sa_handler = offer, .sa_flags = SA_RESTART };
    struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = offer_signal() };

    lower_rank();
    event.sigev_notify_thread_id = gettid();
    aside->has_timer = sigaction(offer_signal(), &action, NULL) == 0 &&
                       timer_create(CLOCK_MONOTONIC, &event, &aside->timer) == 0;
}

static void set(const struct lg_stand_back *aside, long nanoseconds)
{
    const struct itimerspec every = { .it_interval = { .tv_nsec = nanoseconds },
                                      .it_value = { .tv_nsec = nanoseconds } };

    if (aside->has_timer)
        (void)timer_settime(aside->timer, 0, &every, NULL);
}

void lg_stand_back_begin(struct lg_stand_back *aside)
{
    set(aside, OFFER_NS);
}

void lg_stand_back_end(struct lg_stand_back *aside)
{
    set(aside, 0);
}

void lg_stand_back_done(struct lg_stand_back *aside)
{
    if (aside->has_timer)
        (void)timer_delete(aside->timer);
    aside->has_timer = false;
}
