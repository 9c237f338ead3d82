/*
 * lookup.h -- private to resolve.c: one name on its way through a thread.
 *
 * A lookup belongs to the queue, then to the thread, then to the loop that gets its letter. The one
 * who asked may abandon it at any of these; whoever has it then frees it.
 */
#ifndef LG_WIRE_LOOKUP_H
#define LG_WIRE_LOOKUP_H

#include <stdbool.h>

#include "wire/mailbox.h"
#include "wire/resolve.h"

#define LG_HOST_SIZE 256 /* of a name with its NUL */

struct lg_lookup {
    struct lg_link link; /* in the queue */
    struct lg_letter letter;
    struct lg_mailbox *mailbox; /* where it is awaited; NULL: nowhere any more */
    void (*done)(struct lg_letter *letter);
    void *context; /* of the loop */
    bool posted;
    int code; /* of getaddrinfo(3) */
    struct lg_addresses addresses;
    char host[LG_HOST_SIZE];
};

/* Takes `lookup`, on the heap. LG_ERR_FULL leaves it with the caller. */
LG_MUST_CHECK enum lg_err lg_lookup_submit(struct lg_lookups *lookups, struct lg_lookup *lookup);
/* Its letter has not been run; it will not be. Frees it, now or later. */
void lg_lookup_abandon(struct lg_lookups *lookups, struct lg_lookup *lookup);

#endif
