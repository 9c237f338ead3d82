/* pool.c -- a queue under a lock, and threads that wait for it to fill. */
#include "wire/pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/mem.h"
#include "observe/metrics.h"
#include "wire/stand_back.h"

struct lg_pool {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct lg_link jobs;
    atomic_size_t count; /* changed under the lock */
    size_t room;
    struct lg_metric *done, *waiting;
    bool ending;
    unsigned threads;
    pthread_t *handles;
};

/* Under the lock. */
static void count(struct lg_pool *pool, int change)
{
    size_t now = atomic_load(&pool->count) + (size_t)(ptrdiff_t)change;

    atomic_store(&pool->count, now);
    lg_metric_set(pool->waiting, (int64_t)now);
}

/* The next job, or NULL when the pool ends. */
static struct lg_job *wait_for_job(struct lg_pool *pool)
{
    struct lg_link *link = NULL;

    pthread_mutex_lock(&pool->lock);
    while (!pool->ending && (link = lg_list_first(&pool->jobs)) == NULL)
        pthread_cond_wait(&pool->filled, &pool->lock);
    if (link != NULL) {
        lg_list_remove(link);
        count(pool, -1);
    }
    pthread_mutex_unlock(&pool->lock);
    return link == NULL ? NULL : LG_LIST_OF(link, struct lg_job, link);
}

static void deliver(struct lg_letter *letter)
{
    struct lg_job *job = LG_CONTAINER(letter, struct lg_job, letter);

    job->done(job);
}

static void *work(void *context)
{
    struct lg_pool *pool = context;
    struct lg_stand_back aside;
    struct lg_job *job;

    (void)pthread_setname_np(pthread_self(), "lg-cpu");
    lg_stand_back_init(&aside);
    while ((job = wait_for_job(pool)) != NULL) {
        lg_stand_back_begin(&aside);
        job->run(job);
        lg_stand_back_end(&aside);
        lg_metric_add(pool->done, 1);
        lg_mailbox_post_always(job->mailbox, &job->letter, deliver);
    }
    lg_stand_back_done(&aside);
    return NULL;
}

struct lg_pool *lg_pool_new(unsigned threads, size_t room)
{
    struct lg_pool *pool = LG_NEW(struct lg_pool);
    int error = 0;

    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->filled, NULL);
    lg_list_init(&pool->jobs);
    pool->room = room;
    pool->done = lg_metric_get(LG_METRIC_COUNTER, "lambdagate_cpu_jobs_total", "",
                               "Work on large or hard bodies that threads of their own did.");
    pool->waiting = lg_metric_get(LG_METRIC_GAUGE, "lambdagate_cpu_jobs_waiting", "",
                                  "Such work that waits for one of these threads.");
    pool->handles = lg_calloc(threads, sizeof(pthread_t));
    while (pool->threads < threads && error == 0) {
        error = pthread_create(&pool->handles[pool->threads], NULL, work, pool);
        if (error == 0)
            pool->threads++;
    }
    if (pool->threads > 0)
        return pool;
    lg_pool_free(pool);
    errno = error;
    return NULL;
}

void lg_pool_free(struct lg_pool *pool)
{
    if (pool == NULL)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->ending = true;
    pthread_cond_broadcast(&pool->filled);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->threads; i++)
        pthread_join(pool->handles[i], NULL);
    pthread_cond_destroy(&pool->filled);
    pthread_mutex_destroy(&pool->lock);
    free(pool->handles);
    free(pool);
}

bool lg_pool_is_full(const struct lg_pool *pool)
{
    return atomic_load(&pool->count) >= pool->room;
}

enum lg_err lg_pool_submit(struct lg_pool *pool, struct lg_job *job)
{
    bool fits;

    pthread_mutex_lock(&pool->lock);
    fits = !lg_pool_is_full(pool);
    if (fits) {
        lg_list_add_last(&pool->jobs, &job->link);
        count(pool, 1);
        pthread_cond_signal(&pool->filled);
    }
    pthread_mutex_unlock(&pool->lock);
    return fits ? LG_OK : LG_ERR_FULL;
}
