/* test_loop.c -- timers, watches, tasks and hooks of one loop. */
#include "wire/loop.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

static struct lg_loop *loop;
static char order[64];
static size_t steps;

static void make_loop(void)
{
    loop = lg_loop_new(0);
    steps = 0;
}

static void drop_loop(void)
{
    lg_loop_free(loop);
}

TestSuite(loop, .init = make_loop, .fini = drop_loop, .timeout = 20);

static void step(char what)
{
    order[steps++] = what;
    order[steps] = '\0';
}

struct named_timer {
    struct lg_timer timer;
    char name;
};

static void fire(struct lg_timer *timer)
{
    char name = LG_CONTAINER(timer, struct named_timer, timer)->name;

    step(name);
    if (name == 'z')
        lg_loop_stop(loop);
}

Test(loop, timers_fire_in_the_order_of_their_time)
{
    struct named_timer timers[4] = {
        { .name = 'b' }, { .name = 'z' }, { .name = 'a' }, { .name = 'c' }
    };
    int64_t now = lg_loop_now_ms(loop);

    lg_timer_set(loop, &timers[0].timer, now + 2, fire);
    lg_timer_set(loop, &timers[1].timer, now + 4, fire);
    lg_timer_set(loop, &timers[2].timer, now + 1, fire);
    lg_timer_set(loop, &timers[3].timer, now + 3, fire);
    lg_loop_run(loop);
    cr_assert(eq(str, order, (char *)"abcz"));
}

Test(loop, a_cleared_timer_does_not_fire_and_a_moved_one_fires_at_its_new_time)
{
    struct named_timer timers[3] = { { .name = 'a' }, { .name = 'b' }, { .name = 'z' } };
    int64_t now = lg_loop_now_ms(loop);

    lg_timer_set(loop, &timers[0].timer, now + 1, fire);
    lg_timer_set(loop, &timers[1].timer, now + 2, fire);
    lg_timer_set(loop, &timers[2].timer, now + 3, fire);
    lg_timer_clear(loop, &timers[0].timer);
    cr_assert(not(lg_timer_armed(&timers[0].timer)));
    lg_timer_set(loop, &timers[1].timer, now + 3600000, fire);
    lg_loop_run(loop);
    cr_assert(eq(str, order, (char *)"z"));
    lg_timer_set(loop, &timers[1].timer, now + 4, fire);
    lg_timer_set(loop, &timers[2].timer, now + 5, fire);
    lg_loop_run(loop);
    cr_assert(eq(str, order, (char *)"zbz"));
}

static int64_t last_fired;
static size_t fired;

static void fire_counted(struct lg_timer *timer)
{
    cr_assert(ge(i64, timer->at_ms, last_fired));
    last_fired = timer->at_ms;
    if (++fired == 500)
        lg_loop_stop(loop);
}

Test(loop, a_thousand_timers_half_of_them_cleared_keep_their_order)
{
    static struct lg_timer timers[1000];
    int64_t past = lg_loop_now_ms(loop) - 1000;

    srand(7);
    for (size_t i = 0; i < 1000; i++)
        lg_timer_set(loop, &timers[i], past + rand() % 900, fire_counted);
    for (size_t i = 0; i < 1000; i += 2)
        lg_timer_clear(loop, &timers[i]);
    lg_loop_run(loop);
    cr_assert(eq(sz, fired, 500));
}

struct pair {
    struct lg_watch a, b;
    int fds_a[2], fds_b[2];
};

static struct pair pair;

static void remove_other(struct lg_watch *watch, uint32_t events)
{
    struct lg_watch *other = watch == &pair.a ? &pair.b : &pair.a;

    (void)events;
    step('x');
    lg_watch_remove(loop, other);
    lg_loop_stop(loop);
}

Test(loop, a_watch_removed_in_the_turn_of_its_event_is_not_called)
{
    cr_assert(eq(int, pipe(pair.fds_a), 0));
    cr_assert(eq(int, pipe(pair.fds_b), 0));
    cr_assert(eq(int, lg_watch_add(loop, &pair.a, pair.fds_a[0], EPOLLIN, remove_other), LG_OK));
    cr_assert(eq(int, lg_watch_add(loop, &pair.b, pair.fds_b[0], EPOLLIN, remove_other), LG_OK));
    cr_assert(eq(int, (int)write(pair.fds_a[1], "1", 1), 1));
    cr_assert(eq(int, (int)write(pair.fds_b[1], "1", 1), 1));
    lg_loop_run(loop);
    cr_assert(eq(str, order, (char *)"x"));
    lg_watch_remove(loop, &pair.a);
    lg_watch_remove(loop, &pair.b);
}

static struct lg_task tasks[2];

static void second_turn(struct lg_task *task)
{
    (void)task;
    step('2');
    lg_loop_stop(loop);
}

static void first_turn(struct lg_task *task)
{
    (void)task;
    step('1');
    lg_task_queue(loop, &tasks[1], second_turn);
}

static int64_t count_hook(struct lg_hook *hook)
{
    (void)hook;
    step('h');
    return -1;
}

Test(loop, a_task_queued_by_a_task_runs_in_the_next_turn_after_the_hooks)
{
    struct lg_hook hook = { 0 };

    lg_hook_add(loop, &hook, count_hook);
    lg_task_queue(loop, &tasks[0], first_turn);
    lg_loop_run(loop);
    lg_hook_remove(&hook);
    cr_assert(eq(str, order, (char *)"h1h2"));
}

static struct lg_task last;

static void last_of_turn(struct lg_task *task)
{
    step('l');
    if (order[0] == 'l' || steps > 4)
        lg_loop_stop(loop);
    else
        lg_task_queue_last(loop, task, last_of_turn);
}

static void before_the_last(struct lg_task *task)
{
    (void)task;
    step('1');
    lg_task_queue_last(loop, &last, last_of_turn);
}

Test(loop, a_last_task_runs_in_the_turn_of_the_task_that_queued_it_and_the_next_one_in_the_next)
{
    struct lg_hook hook = { 0 };

    lg_hook_add(loop, &hook, count_hook);
    lg_task_queue(loop, &tasks[0], before_the_last);
    lg_loop_run(loop);
    lg_hook_remove(&hook);
    cr_assert(eq(str, order, (char *)"h1lhl"));
}

Test(loop, a_cancelled_task_does_not_run)
{
    struct named_timer end = { .name = 'z' };

    lg_task_queue(loop, &tasks[0], first_turn);
    lg_task_cancel(&tasks[0]);
    lg_timer_set(loop, &end.timer, lg_loop_now_ms(loop), fire);
    lg_loop_run(loop);
    cr_assert(eq(str, order, (char *)"z"));
}

static int hook_calls;

static int64_t wants_no_sleep(struct lg_hook *hook)
{
    (void)hook;
    if (++hook_calls == 5)
        lg_loop_stop(loop);
    return 0;
}

Test(loop, a_hook_that_wants_no_sleep_is_run_again_at_once)
{
    struct lg_hook hook = { 0 };

    lg_hook_add(loop, &hook, wants_no_sleep);
    lg_loop_run(loop);
    lg_hook_remove(&hook);
    cr_assert(eq(int, hook_calls, 5));
}

Test(loop, knows_which_loop_runs_on_this_thread)
{
    struct named_timer end = { .name = 'z' };

    cr_assert(zero(ptr, lg_loop_current()));
    lg_timer_set(loop, &end.timer, 0, fire);
    lg_loop_run(loop);
    cr_assert(zero(ptr, lg_loop_current()));
}
