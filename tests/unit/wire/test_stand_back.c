/* A thread that stands back offers the processor while it works, and not when it has nothing to do.
 */
#include "wire/stand_back.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

static atomic_uint offers;

/* In place of the C library's. */
int sched_yield(void)
{
    atomic_fetch_add(&offers, 1);
    errno = EINVAL; /* as if it had failed */
    return -1;
}

static void spin_until(unsigned count)
{
    while (atomic_load(&offers) < count)
        ;
}

Test(stand_back, offers_the_processor_again_and_again_while_it_works, .timeout = 30)
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

Test(stand_back, offers_nothing_between_two_jobs, .timeout = 30)
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

Test(stand_back, what_it_interrupts_notices_nothing, .timeout = 30)
{
    struct lg_stand_back aside;
    int ends[2];
    char byte;

    cr_assert(eq(int, pipe(ends), 0));
    lg_stand_back_init(&aside);
    lg_stand_back_begin(&aside);
    errno = 0;
    spin_until(3);
    cr_assert(eq(int, errno, 0), "errno is as it was");
    if (fork() == 0) {
        nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
        _exit(write(ends[1], "x", 1) == 1 ? 0 : 1);
    }
    cr_assert(eq(long, read(ends[0], &byte, 1), 1), "a system call is begun again");
    lg_stand_back_end(&aside);
    lg_stand_back_done(&aside);
}
