/* test_pool.c -- jobs run beside the loop and come back to it. */
#include "wire/pool.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/resource.h>

#include "base/mem.h"
#include "wire/loop.h"

#define JOBS 200

static struct lg_loop *loop;
static struct lg_mailbox *mailbox;
static size_t ended;

struct counted {
    struct lg_job job;
    int input, output;
    pthread_t thread;
};

static struct counted jobs[JOBS];

static void square(struct lg_job *job)
{
    struct counted *counted = LG_CONTAINER(job, struct counted, job);

    counted->output = counted->input * counted->input;
    counted->thread = pthread_self();
}

static void collect(struct lg_job *job)
{
    struct counted *counted = LG_CONTAINER(job, struct counted, job);

    cr_assert(eq(int, counted->output, counted->input * counted->input));
    cr_assert(not(pthread_equal(counted->thread, pthread_self())), "jobs run on other threads");
    if (++ended == JOBS)
        lg_loop_stop(loop);
}

static void open_loop(void)
{
    loop = lg_loop_new(0);
    mailbox = lg_mailbox_new(loop, 16);
}

static void close_loop(void)
{
    lg_mailbox_free(mailbox);
    lg_loop_free(loop);
}

Test(pool, every_job_is_run_elsewhere_and_ends_on_its_loop, .timeout = 30)
{
    struct lg_pool *pool;

    open_loop();
    pool = lg_pool_new(2, JOBS);
    for (int i = 0; i < JOBS; i++) {
        jobs[i] = (struct counted){ .job = { .run = square, .done = collect, .mailbox = mailbox },
                                    .input = i };
        cr_assert(eq(int, lg_pool_submit(pool, &jobs[i].job), LG_OK));
    }
    lg_loop_run(loop);
    lg_pool_free(pool);
    close_loop();
    cr_assert(eq(sz, ended, JOBS));
}

static sem_t gate;

static void wait_at_gate(struct lg_job *job)
{
    (void)job;
    sem_wait(&gate);
}

static void stop_when_all(struct lg_job *job)
{
    (void)job;
    if (++ended == 2)
        lg_loop_stop(loop);
}

Test(pool, refuses_when_too_many_wait, .timeout = 30)
{
    struct lg_job first = { .run = wait_at_gate, .done = stop_when_all };
    struct lg_job second = { .run = wait_at_gate, .done = stop_when_all };
    struct lg_job third = { .run = wait_at_gate, .done = stop_when_all };
    struct lg_pool *pool;

    open_loop();
    first.mailbox = second.mailbox = third.mailbox = mailbox;
    sem_init(&gate, 0, 0);
    pool = lg_pool_new(1, 1);
    cr_assert(eq(int, lg_pool_submit(pool, &first), LG_OK));
    /* As soon as the thread has taken the first, there is room for one that waits. */
    while (lg_pool_submit(pool, &second) == LG_ERR_FULL)
        sched_yield();
    cr_assert(eq(int, lg_pool_submit(pool, &third), LG_ERR_FULL));
    sem_post(&gate);
    sem_post(&gate);
    lg_loop_run(loop);
    lg_pool_free(pool);
    close_loop();
}

struct rank {
    struct lg_job job;
    int policy, nice;
};

static void look_at_rank(struct lg_job *job)
{
    struct rank *rank = LG_CONTAINER(job, struct rank, job);

    rank->policy = sched_getscheduler(0);
    rank->nice = getpriority(PRIO_PROCESS, 0);
}

static void stop_loop(struct lg_job *job)
{
    (void)job;
    lg_loop_stop(loop);
}

Test(pool, its_threads_stand_back_behind_those_of_the_loops, .timeout = 30)
{
    struct rank rank = { .job = { .run = look_at_rank, .done = stop_loop } };
    int own = getpriority(PRIO_PROCESS, 0);
    struct lg_pool *pool;

    open_loop();
    rank.job.mailbox = mailbox;
    pool = lg_pool_new(1, 1);
    cr_assert(eq(int, lg_pool_submit(pool, &rank.job), LG_OK));
    lg_loop_run(loop);
    lg_pool_free(pool);
    close_loop();
    cr_assert(eq(int, rank.policy, SCHED_BATCH));
    cr_assert(eq(int, rank.nice, own + 10 > 19 ? 19 : own + 10));
    cr_assert(eq(int, getpriority(PRIO_PROCESS, 0), own), "nobody else does");
}
