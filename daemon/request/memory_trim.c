/*
 * memory_trim.c -- after a crowd has gone, what malloc(3) keeps of its small buffers goes back.
 *
 * Large buffers are mapped each by itself and go back at once (base/mem.c). Those of some ten KB
 * leave holes that only malloc_trim() gives back; it takes milliseconds and holds up whoever needs
 * memory meanwhile, so a thread of the pool does it, when hardly anything is held any more.
 */
#include "request/request.h"

#define WORTH ((size_t)16 * 1024 * 1024) /* given back since the last time */
#define IDLE ((size_t)1024 * 1024)       /* still held */
#define LOOK_MS 1000

static void trim(struct lg_job *job)
{
    (void)job;
    lg_mem_trim();
}

static void done(struct lg_job *job)
{
    LG_CONTAINER(job, struct lg_front, trim_job)->trimming = false;
}

static void look(struct lg_timer *timer)
{
    struct lg_front *front = LG_CONTAINER(timer, struct lg_front, trim_timer);

    if (lg_budget_used(&front->shared->memory) > IDLE || front->trimming) {
        lg_timer_set(front->loop, timer, lg_loop_now_ms(front->loop) + LOOK_MS, look);
        return;
    }
    front->given = 0;
    front->trim_job.run = trim;
    front->trim_job.done = done;
    front->trim_job.mailbox = front->mailbox;
    front->trimming = lg_pool_submit(front->shared->pool, &front->trim_job) == LG_OK;
}

void lg_front_gave(struct lg_front *front, size_t size)
{
    front->given += size;
    if (front->given >= WORTH && !lg_timer_armed(&front->trim_timer))
        lg_timer_set(front->loop, &front->trim_timer, lg_loop_now_ms(front->loop) + LOOK_MS, look);
}
