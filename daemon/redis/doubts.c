/* doubts.c -- settings of a Redis with which queues get lost, said aloud when it is met. */
#include <stdio.h>

#include "base/mem.h"
#include "observe/log.h"
#include "redis/hub.h"

/* CONFIG GET answers with the name and the value. */
static struct lg_str value_of(const redisReply *reply)
{
    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY || reply->elements != 2)
        return LG_STR_NONE;
    return lg_resp_text(reply->element[1]);
}

static void on_policy(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    struct lg_str policy = value_of(reply);

    (void)context;
    if (fate != LG_REDIS_ANSWERED || policy.size == 0)
        return;
    if (!lg_str_is(policy, "noeviction"))
        lg_log(LG_LOG_WARN, "redis", NULL,
               "maxmemory-policy is %.*s: Redis may throw away queues and replies when its memory "
               "is full; set it to noeviction",
               LG_STR_ARG(policy));
}

static void on_append_only(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    (void)context;
    if (fate == LG_REDIS_ANSWERED && lg_str_is(value_of(reply), "no"))
        lg_log(LG_LOG_WARN, "redis", NULL,
               "appendonly is no: calls that wait are lost when Redis stops; set it to yes");
}

void lg_redis_doubt(struct lg_redis_link *link)
{
    struct lg_str policy[] = { LG_STR("CONFIG"), LG_STR("GET"), LG_STR("maxmemory-policy") };
    struct lg_str append[] = { LG_STR("CONFIG"), LG_STR("GET"), LG_STR("appendonly") };

    lg_redis_link_send(link, policy, LG_COUNT(policy), 0, on_policy, NULL);
    lg_redis_link_send(link, append, LG_COUNT(append), 0, on_append_only, NULL);
}
