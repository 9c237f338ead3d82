/* A thread that stands back offers the processor while it works, and not when it has nothing to do.
 */
#include "wire/stand_back.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static atomic_uint offers;

/* In place of the C library's; it leaves a mark. */
int sched_yield(void)
{
    int result = (int)syscall(SYS_sched_yield);

    atomic_fetch_add(&offers, 1);
    errno = EINVAL;
    return result;
}

static void spin_until(unsigned count)
{
    while (atomic_load(&offers) < count)
        ;
}

Test(pool, offers_the_processor_again_and_again_while_it_works, .timeout = 30)
{
    struct lg_stand_back aside;

    lg_stand_back_init(&aside);
    for (unsigned job = 1; job <= 3; job++) {
        lg_stand_back_begin(&aside);
        spin_until(5 * job);
        lg_stand_back_end(&aside);
    }
    lg_stand_back_done(&aside);
}

Test(pool, offers_nothing_between_two_jobs, .timeout = 30)
{
    const struct timespec some_time = { .tv_nsec = 20000000 };
    struct lg_stand_back aside;
    unsigned before;

    lg_stand_back_init(&aside);
    lg_stand_back_begin(&aside);
    spin_until(1);
    lg_stand_back_end(&aside);
    before = atomic_load(&offers);
    nanosleep(&some_time, NULL);
    cr_assert(eq(uint, atomic_load(&offers), before));
    lg_stand_back_done(&aside);
}

static void *write_later(void *context)
{
    const int *end = context;

    nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
    cr_assert(eq(long, write(*end, "x", 1), 1));
    return NULL;
}

Test(pool, what_it_interrupts_notices_nothing, .timeout = 30)
{
    struct lg_stand_back aside;
    pthread_t writer;
    int ends[2];
    char byte;

    cr_assert(eq(int, pipe(ends), 0));
    lg_stand_back_init(&aside);
    lg_stand_back_begin(&aside);
    errno = 0;
    spin_until(3);
    cr_assert(eq(int, errno, 0), "errno is as it was");
    cr_assert(eq(int, pthread_create(&writer, NULL, write_later, &ends[1]), 0));
    cr_assert(eq(long, read(ends[0], &byte, 1), 1), "a system call is begun again");
    pthread_join(writer, NULL);
    lg_stand_back_end(&aside);
    lg_stand_back_done(&aside);
}
