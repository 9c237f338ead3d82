/* elsewhere.c -- a thread that turns a loop, and errands to it by letter. */
#include "elsewhere.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/mem.h"
#include "wire/loop.h"
#include "wire/mailbox.h"
#include "world.h"

struct lg_loop *away;
static pthread_t thread;

static void *run(void *context)
{
    (void)context;
    lg_loop_run(away);
    return NULL;
}

void begin_away(void)
{
    world_begin();
    away = lg_loop_new(1);
    world.mailboxes[1] = lg_mailbox_new(away, 64);
    cr_assert(pthread_create(&thread, NULL, run, NULL) == 0);
}

void end_away(void)
{
    if (!world.drained) {
        kill_puppets();
        drain_pool();
        until_drained();
    }
    lg_loop_stop(away);
    pthread_join(thread, NULL);
    lg_mailbox_free(world.mailboxes[1]);
    lg_loop_free(away);
    world_end();
}

/* Something done on the other loop. */
struct errand {
    struct lg_letter letter;
    void (*fn)(void);
    atomic_bool done;
};

static void on_errand(struct lg_letter *letter)
{
    struct errand *errand = LG_CONTAINER(letter, struct errand, letter);

    errand->fn();
    atomic_store(&errand->done, true);
}

static bool is_done(const void *context)
{
    return atomic_load(&((const struct errand *)context)->done);
}

void over_there(void (*fn)(void))
{
    struct errand errand = { .fn = fn };

    lg_mailbox_post_always(world.mailboxes[1], &errand.letter, on_errand);
    until(is_done, &errand);
}
