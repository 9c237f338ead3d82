/* outside.c -- turning a loop until something is so. */
#include "outside.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

#define STEP_MS 2
#define PATIENCE_MS 20000

struct outside outside;

void outside_begin(lg_lookup_fn *lookup, size_t room)
{
    (void)signal(SIGPIPE, SIG_IGN);
    outside.loop = lg_loop_new(0);
    outside.lookups = lg_lookups_new(2, room, lookup);
    outside.resolver = lg_resolver_new(outside.loop, outside.lookups);
    cr_assert(outside.lookups != NULL && outside.resolver != NULL);
}

void outside_end(void)
{
    outside_turn(); /* what was closed rests for a turn */
    lg_resolver_free(outside.resolver);
    lg_lookups_free(outside.lookups);
    lg_loop_free(outside.loop);
}

static bool (*awaited)(void);
static int64_t give_up_ms;
static int turns;

static void look(struct lg_timer *timer)
{
    if (awaited() || lg_loop_now_ms(outside.loop) > give_up_ms)
        lg_loop_stop(outside.loop);
    else
        lg_timer_set(outside.loop, timer, lg_loop_now_ms(outside.loop) + STEP_MS, look);
}

void outside_until(bool (*condition)(void), const char *what)
{
    struct lg_timer timer = { 0 };

    awaited = condition;
    give_up_ms = lg_loop_now_ms(outside.loop) + PATIENCE_MS;
    lg_timer_set(outside.loop, &timer, 0, look);
    lg_loop_run(outside.loop);
    lg_timer_clear(outside.loop, &timer);
    cr_assert(condition(), "%s", what);
}

static void count_turn(struct lg_task *task)
{
    if (--turns == 0)
        lg_loop_stop(outside.loop);
    else
        lg_task_queue(outside.loop, task, count_turn);
}

void outside_turn(void)
{
    struct lg_task task = { { NULL, NULL }, NULL };

    turns = 4;
    lg_task_queue(outside.loop, &task, count_turn);
    lg_loop_run(outside.loop);
}

void outside_answer(struct lg_addresses *addresses, const char *address)
{
    struct lg_socket_address *to = &addresses->list[addresses->count++];

    if (inet_pton(AF_INET, address, &to->v4.sin_addr) == 1) {
        to->v4.sin_family = AF_INET;
        to->size = sizeof(to->v4);
        return;
    }
    cr_assert(inet_pton(AF_INET6, address, &to->v6.sin6_addr) == 1);
    to->v6.sin6_family = AF_INET6;
    to->size = sizeof(to->v6);
}

void outside_same(const char *found, const char *wanted)
{
    cr_assert(strcmp(found, wanted) == 0, "found \"%s\", wanted \"%s\"", found, wanted);
}
