/* mailbox.c -- a locked list whose first letter rings an eventfd; a burst costs one wake-up. */
#include "wire/mailbox.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/mem.h"
#include "wire/loop.h"

struct lg_mailbox {
    struct lg_loop *loop;
    struct lg_watch watch;
    int bell;
    size_t room;
    pthread_mutex_t lock; /* held for a few instructions only */
    struct lg_link letters;
    size_t depth;
};

static struct lg_link *take_first(struct lg_mailbox *mailbox)
{
    struct lg_link *link;

    pthread_mutex_lock(&mailbox->lock);
    link = lg_list_first(&mailbox->letters);
    if (link != NULL) {
        lg_list_remove(link);
        mailbox->depth--;
    }
    pthread_mutex_unlock(&mailbox->lock);
    return link;
}

static void ring(struct lg_mailbox *mailbox)
{
    uint64_t one = 1;

    (void)!write(mailbox->bell, &one, sizeof(one));
}

/* Only what was there at the beginning, so that a fast sender cannot hold the loop. */
static void empty_mailbox(struct lg_watch *watch, uint32_t events)
{
    struct lg_mailbox *mailbox = LG_CONTAINER(watch, struct lg_mailbox, watch);
    uint64_t count;
    size_t here;

    (void)events;
    (void)!read(mailbox->bell, &count, sizeof(count));
    here = lg_mailbox_depth(mailbox);
    for (size_t i = 0; i < here; i++) {
        struct lg_link *link = take_first(mailbox);
        struct lg_letter *letter;

        if (link == NULL)
            return;
        letter = LG_LIST_OF(link, struct lg_letter, link);
        letter->fn(letter);
    }
    /* Those that came meanwhile found the box not empty, and did not ring. */
    if (lg_mailbox_depth(mailbox) > 0)
        ring(mailbox);
}

struct lg_mailbox *lg_mailbox_new(struct lg_loop *loop, size_t room)
{
    struct lg_mailbox *mailbox = LG_NEW(struct lg_mailbox);

    mailbox->loop = loop;
    mailbox->room = room;
    lg_list_init(&mailbox->letters);
    pthread_mutex_init(&mailbox->lock, NULL);
    mailbox->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (mailbox->bell < 0 ||
        lg_watch_add(loop, &mailbox->watch, mailbox->bell, EPOLLIN, empty_mailbox) != LG_OK) {
        int error = errno;

        lg_mailbox_free(mailbox);
        errno = error;
        return NULL;
    }
    return mailbox;
}

void lg_mailbox_free(struct lg_mailbox *mailbox)
{
    if (mailbox == NULL)
        return;
    lg_watch_remove(mailbox->loop, &mailbox->watch);
    if (mailbox->bell >= 0)
        close(mailbox->bell);
    pthread_mutex_destroy(&mailbox->lock);
    free(mailbox);
}

static bool put_letter(struct lg_mailbox *mailbox, struct lg_letter *letter, size_t room)
{
    bool fits, first;

    pthread_mutex_lock(&mailbox->lock);
    fits = mailbox->depth < room;
    first = mailbox->depth == 0;
    if (fits) {
        lg_list_add_last(&mailbox->letters, &letter->link);
        mailbox->depth++;
    }
    pthread_mutex_unlock(&mailbox->lock);
    if (fits && first)
        ring(mailbox);
    return fits;
}

enum lg_err lg_mailbox_post(struct lg_mailbox *mailbox, struct lg_letter *letter,
                            void (*fn)(struct lg_letter *letter))
{
    letter->fn = fn;
    return put_letter(mailbox, letter, mailbox->room) ? LG_OK : LG_ERR_FULL;
}

void lg_mailbox_post_always(struct lg_mailbox *mailbox, struct lg_letter *letter,
                            void (*fn)(struct lg_letter *letter))
{
    letter->fn = fn;
    (void)put_letter(mailbox, letter, SIZE_MAX);
}

size_t lg_mailbox_depth(struct lg_mailbox *mailbox)
{
    size_t depth;

    pthread_mutex_lock(&mailbox->lock);
    depth = mailbox->depth;
    pthread_mutex_unlock(&mailbox->lock);
    return depth;
}
