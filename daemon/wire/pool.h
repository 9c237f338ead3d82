/*
 * pool.h -- a few threads for work that would hold a loop: parsing, checking and encoding bodies
 * over LG_POOL_WORTH bytes.
 *
 * Loops go first: the threads leave the processor to whoever wakes beside them, and take a tenth
 * of it where all of it is wanted.
 *
 * A job is embedded in what it works on. run() gets it alone on a pool thread and touches nothing
 * that a loop may touch meanwhile; done() comes on the loop that submitted it, by its mailbox.
 */
#ifndef LG_WIRE_POOL_H
#define LG_WIRE_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/list.h"
#include "wire/mailbox.h"

/*
 * A loop may take half a millisecond for it: escaping takes 7 ns a byte at worst. The trip to
 * another thread and back takes 16 us.
 */
#define LG_POOL_WORTH ((size_t)64 * 1024)

struct lg_pool;

struct lg_job {
    struct lg_link link;
    void (*run)(struct lg_job *job);
    void (*done)(struct lg_job *job);
    struct lg_mailbox *mailbox; /* of the submitting loop */
    struct lg_letter letter;
};

/* `room`: jobs that may wait. NULL with errno when no thread could be started. */
struct lg_pool *lg_pool_new(unsigned threads, size_t room);
/* Lets running jobs end; waiting ones are forgotten. After the loops ended. NULL is fine. */
void lg_pool_free(struct lg_pool *pool);

/* Any thread. No more jobs are taken for now. */
bool lg_pool_is_full(const struct lg_pool *pool);
/* Any thread. LG_ERR_FULL: too many wait. Fill in run, done and mailbox before. */
LG_MUST_CHECK enum lg_err lg_pool_submit(struct lg_pool *pool, struct lg_job *job);

#endif
