/* test_mailbox.c -- letters from another thread: order, room, none lost. */
#include "wire/mailbox.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <sched.h>

#include "base/mem.h"
#include "wire/loop.h"

#define LETTERS 20000

struct numbered {
    struct lg_letter letter;
    size_t number;
};

static struct lg_loop *loop;
static struct lg_mailbox *mailbox;
static struct numbered letters[LETTERS];
static size_t received;

static void open_box(size_t room)
{
    loop = lg_loop_new(0);
    mailbox = lg_mailbox_new(loop, room);
    received = 0;
}

static void close_box(void)
{
    lg_mailbox_free(mailbox);
    lg_loop_free(loop);
}

static void receive(struct lg_letter *letter)
{
    struct numbered *numbered = LG_CONTAINER(letter, struct numbered, letter);

    cr_assert(eq(sz, numbered->number, received), "letters must come in the order of sending");
    if (++received == LETTERS)
        lg_loop_stop(loop);
}

static void *send_all(void *context)
{
    (void)context;
    for (size_t i = 0; i < LETTERS; i++) {
        letters[i].number = i;
        while (lg_mailbox_post(mailbox, &letters[i].letter, receive) != LG_OK)
            sched_yield();
    }
    return NULL;
}

Test(mailbox, letters_of_a_thread_come_in_order_and_none_is_lost, .timeout = 30)
{
    pthread_t thread;

    open_box(16);
    cr_assert(eq(int, pthread_create(&thread, NULL, send_all, NULL), 0));
    lg_loop_run(loop);
    pthread_join(thread, NULL);
    cr_assert(eq(sz, received, LETTERS));
    close_box();
}

Test(mailbox, a_full_box_refuses_but_not_what_must_not_get_lost, .timeout = 30)
{
    open_box(2);
    cr_assert(eq(int, lg_mailbox_post(mailbox, &letters[0].letter, receive), LG_OK));
    cr_assert(eq(int, lg_mailbox_post(mailbox, &letters[1].letter, receive), LG_OK));
    cr_assert(eq(int, lg_mailbox_post(mailbox, &letters[2].letter, receive), LG_ERR_FULL));
    lg_mailbox_post_always(mailbox, &letters[2].letter, receive);
    cr_assert(eq(sz, lg_mailbox_depth(mailbox), 3));
    close_box();
}

static struct lg_letter again;
static int rounds;

static void post_again(struct lg_letter *letter)
{
    if (++rounds == 3) {
        lg_loop_stop(loop);
        return;
    }
    lg_mailbox_post_always(mailbox, letter, post_again);
}

Test(mailbox, a_letter_posted_by_a_letter_is_delivered_too, .timeout = 30)
{
    open_box(2);
    lg_mailbox_post_always(mailbox, &again, post_again);
    lg_loop_run(loop);
    cr_assert(eq(int, rounds, 3));
    close_box();
}
