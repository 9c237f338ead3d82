/*
 * mailbox.h -- how another thread asks a loop for something: a bounded queue and an eventfd.
 *
 * A letter is embedded in what it carries; its sender keeps it alive until fn() has run on the
 * receiving loop. Letters of one sender arrive in order.
 */
#ifndef LG_WIRE_MAILBOX_H
#define LG_WIRE_MAILBOX_H

#include <stddef.h>

#include "base/err.h"
#include "base/list.h"

struct lg_loop;
struct lg_mailbox;

struct lg_letter {
    struct lg_link link;
    void (*fn)(struct lg_letter *letter); /* runs on the receiving loop */
};

/* A mailbox that is emptied by `loop`. `room`: letters at most. NULL with errno on failure. */
struct lg_mailbox *lg_mailbox_new(struct lg_loop *loop, size_t room);
/* On the loop's thread, or after it ended. Letters still inside are not run. */
void lg_mailbox_free(struct lg_mailbox *mailbox);

/* Any thread. LG_ERR_FULL leaves the letter with the caller. */
LG_MUST_CHECK enum lg_err lg_mailbox_post(struct lg_mailbox *mailbox, struct lg_letter *letter,
                                          void (*fn)(struct lg_letter *letter));

/* As lg_mailbox_post(), but never refused: for ends and releases that must not get lost. */
void lg_mailbox_post_always(struct lg_mailbox *mailbox, struct lg_letter *letter,
                            void (*fn)(struct lg_letter *letter));

/* Letters waiting now. Any thread. */
size_t lg_mailbox_depth(struct lg_mailbox *mailbox);

#endif
