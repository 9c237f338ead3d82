/* table.c -- the calls of a loop by their ids. */
#include <assert.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "redis/hub.h"

#define ROOM_MIN 64

void lg_redis_table_init(struct lg_redis_table *table)
{
    table->room = ROOM_MIN;
    table->count = 0;
    table->buckets = lg_calloc(table->room, sizeof(struct lg_redis_job *));
}

void lg_redis_table_done(struct lg_redis_table *table)
{
    assert(table->count == 0);
    free(table->buckets);
}

static struct lg_redis_job **bucket_of(const struct lg_redis_table *table, struct lg_str id)
{
    return &table->buckets[lg_hash(id) & (table->room - 1)];
}

static void grow(struct lg_redis_table *table)
{
    struct lg_redis_job **old = table->buckets;
    size_t room = table->room;

    table->room = room * 2;
    table->buckets = lg_calloc(table->room, sizeof(struct lg_redis_job *));
    for (size_t i = 0; i < room; i++) {
        while (old[i] != NULL) {
            struct lg_redis_job *job = old[i];
            struct lg_redis_job **bucket = bucket_of(table, lg_str_of(job->invocation->id));

            old[i] = job->next;
            job->next = *bucket;
            *bucket = job;
        }
    }
    free(old);
}

void lg_redis_table_add(struct lg_redis_table *table, struct lg_redis_job *job)
{
    struct lg_redis_job **bucket;

    if (table->count == table->room)
        grow(table);
    bucket = bucket_of(table, lg_str_of(job->invocation->id));
    job->next = *bucket;
    *bucket = job;
    table->count++;
}

void lg_redis_table_remove(struct lg_redis_table *table, struct lg_redis_job *job)
{
    struct lg_redis_job **at = bucket_of(table, lg_str_of(job->invocation->id));

    while (*at != NULL && *at != job)
        at = &(*at)->next;
    if (*at == NULL)
        return;
    *at = job->next;
    table->count--;
}

struct lg_redis_job *lg_redis_table_find(const struct lg_redis_table *table, struct lg_str id)
{
    struct lg_redis_job *job = *bucket_of(table, id);

    while (job != NULL && !lg_str_is(id, job->invocation->id))
        job = job->next;
    return job;
}
