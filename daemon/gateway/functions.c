/*
 * functions.c -- functions as runtime objects: made, adopted by a reload, retired.
 *
 * A place is a function with the loop that its workers live on. It is made and freed on that
 * loop; loop 0 keeps the list. A retired place is drained as soon as nothing but the list
 * refers to its function: no snapshot, no call.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/map.h"
#include "base/mem.h"
#include "function/slots.h"
#include "gateway/private.h"
#include "lambda/lambda.h"
#include "observe/log.h"
#include "redis/redis.h"

#define LOOK_MS 50 /* how often loop 0 looks whether a retired function is free */

/* --- identity --- */

static void add_pairs(struct lg_buf *out, const struct lg_config_pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++)
        lg_buf_printf(out, "%zu:%s=%zu:%s\n", strlen(pairs->items[i].name), pairs->items[i].name,
                      strlen(pairs->items[i].value), pairs->items[i].value);
}

/* What the machine said of it: a user who joined a group needs new processes. */
static void add_user(struct lg_buf *out, const struct lg_config_user *user)
{
    if (user == NULL)
        return;
    lg_buf_printf(out, "user %u %u", (unsigned)user->uid, (unsigned)user->gid);
    for (size_t i = 0; i < user->group_count; i++)
        lg_buf_printf(out, " %u", (unsigned)user->groups[i]);
    lg_buf_add_char(out, '\n');
}

static void add_credentials(struct lg_buf *out, const struct lg_config_function *function)
{
    if (function->credentials == NULL)
        return;
    const struct lg_chain_settings settings =
        lg_credential_settings(function->aws, function->credentials);

    lg_buf_add_cstr(out, "credentials ");
    lg_credential_identity(out, &settings);
}

static void add_workers(struct lg_buf *out, const struct lg_config_workers *workers)
{
    lg_buf_printf(out, "%d %d %d %lld %lld %lld %lld\n", (int)workers->runtime,
                  workers->private_tmp, workers->reload_on_change, (long long)workers->min,
                  (long long)workers->max, (long long)workers->idle_timeout_ms,
                  (long long)workers->init_timeout_ms);
    lg_buf_printf(out, "%s\n%s\n", workers->handler != NULL ? workers->handler : "",
                  workers->directory);
    for (size_t i = 0; i < workers->command.count; i++)
        lg_buf_printf(out, "%zu:%s\n", strlen(workers->command.items[i]),
                      workers->command.items[i]);
}

static void add_queue(struct lg_buf *out, const struct lg_config_redis_target *redis)
{
    lg_buf_printf(out, "redis %s %lld %d %d %d\n", redis->queue != NULL ? redis->queue : "",
                  (long long)redis->depth, (int)redis->priority, redis->start_receipts,
                  redis->expect_workers);
}

static const char *or_dash(const char *text)
{
    return text != NULL ? text : "-";
}

/* The credentials that it is called with are the daemon's, where it has none of its own. */
static void add_lambda(struct lg_buf *out, const struct lg_config_function *function)
{
    const struct lg_config_lambda *lambda = function->lambda;
    const struct lg_chain_settings settings =
        lg_credential_settings(function->aws, function->credentials);
    const struct lg_tls_client_options tls = {
        .ca_file = lambda->ca_file != NULL ? lambda->ca_file : settings.ca_file,
    };

    lg_tls_client_stamp(&tls, out);
    lg_buf_printf(out, "lambda %s %s %s %d %s %s %s %s %d %d %d %lld %lld %lld\n",
                  or_dash(lambda->arn), or_dash(lambda->function), or_dash(lambda->url),
                  lambda->no_auth, or_dash(lambda->qualifier), or_dash(lambda->region),
                  or_dash(lambda->endpoint), or_dash(lambda->ca_file), lambda->fips,
                  lambda->dual_stack, lambda->event, (long long)lambda->retries,
                  (long long)lambda->connections, (long long)lambda->connect_timeout_ms);
    lg_credential_identity(out, &settings);
}

/* Every option of a function as one text: equal texts are the same function. */
static char *identity_of(const struct lg_config_function *function)
{
    struct lg_buf text;

    lg_buf_init(&text, SIZE_MAX);
    lg_buf_printf(&text, "%lld %lld %lld %lld %lld\n", (long long)function->timeout_ms,
                  (long long)function->queue_wait_ms, (long long)function->queue,
                  (long long)function->memory_mb, (long long)function->concurrency);
    add_pairs(&text, &function->environment);
    add_user(&text, function->user);
    add_credentials(&text, function);
    if (function->logging != NULL)
        lg_buf_printf(&text, "logging %d %d %d\n", (int)function->logging->format,
                      (int)function->logging->application_level,
                      (int)function->logging->system_level);
    if (function->workers != NULL)
        add_workers(&text, function->workers);
    else if (function->redis != NULL)
        add_queue(&text, function->redis);
    else
        add_lambda(&text, function);
    return lg_buf_take(&text, NULL);
}

bool lg_place_is(const struct lg_place *place, const struct lg_config_function *function)
{
    char *identity = identity_of(function);
    bool same = strcmp(identity, place->identity) == 0;

    free(identity);
    return same;
}

/* --- making --- */

/* Of the function that has the name now: its calls go on counting. */
static struct lg_slots *slots_before(struct lg_gateway *gateway, const char *name)
{
    const struct lg_place *place = lg_map_get(gateway->functions, lg_str_of(name));

    return place == NULL ? NULL : lg_slots_ref(lg_function_slots(place->function));
}

struct lg_place *lg_place_new(struct lg_gateway *gateway, const struct lg_config_function *function)
{
    struct lg_place *place = LG_NEW(struct lg_place);
    uint64_t hash = lg_hash(lg_str_of(function->name));

    place->gateway = gateway;
    place->config = function;
    place->identity = identity_of(function);
    place->before = slots_before(gateway, function->name);
    place->home = &gateway->lanes[hash % gateway->lane_count];
    lg_list_add_last(&gateway->places, &place->link);
    return place;
}

static struct lg_target *open_target(const struct lg_place *place,
                                     const struct lg_config_function *config)
{
    struct lg_gateway *gateway = place->gateway;
    const struct lg_lambda_env env = {
        .mailboxes = gateway->mailboxes,
        .loops = gateway->lane_count,
        .pool = gateway->shared.pool,
        .credentials = gateway->credentials,
        .region = gateway->region,
        .client = lg_gateway_client,
        .context = gateway,
    };

    if (config->redis != NULL)
        return lg_redis_target_new(gateway->redis, place->home->loop, config);
    if (config->lambda != NULL)
        return lg_lambda_target_new(&env, place->home->loop, config);
    return lg_workers_new(&place->home->workers, config);
}

void lg_place_open(struct lg_place *place)
{
    const struct lg_function_env *env = &place->gateway->function_env;
    const struct lg_config_function *config = place->config;
    struct lg_target *target = open_target(place, config);

    place->function = lg_function_new(env, place->config, target, place->before);
    place->config = NULL;
    if (place->before != NULL)
        lg_slots_unref(place->before);
    place->before = NULL;
}

/* --- the end --- */

static void free_at_home(struct lg_letter *letter)
{
    struct lg_place *place = LG_CONTAINER(letter, struct lg_place, letter);

    lg_function_unref(place->function);
    free(place->identity);
    free(place);
}

void lg_place_free_now(struct lg_place *place)
{
    lg_list_remove(&place->link);
    free_at_home(&place->letter);
}

static void on_drained(struct lg_letter *letter)
{
    struct lg_place *place = LG_CONTAINER(letter, struct lg_place, drained_letter);
    struct lg_gateway *gateway = place->gateway;

    place->state = LG_PLACE_DRAINED;
    if (atomic_load(&gateway->life) == LG_LIFE_DRAINING) {
        lg_gateway_place_drained(gateway);
        return;
    }
    lg_log(LG_LOG_INFO, "daemon", NULL, "function %s retired", lg_function_name(place->function));
    lg_list_remove(&place->link);
    lg_mailbox_post_always(place->home->mailbox, &place->letter, free_at_home);
}

static void on_target_drained(void *context)
{
    struct lg_place *place = context;

    lg_mailbox_post_always(place->gateway->lanes[0].mailbox, &place->drained_letter, on_drained);
}

static void drain_at_home(struct lg_letter *letter)
{
    struct lg_place *place = LG_CONTAINER(letter, struct lg_place, letter);
    struct lg_target *target = lg_function_target(place->function);

    target->class->drain(target, on_target_drained, place);
}

void lg_place_drain(struct lg_place *place)
{
    if (place->state == LG_PLACE_DRAINING || place->state == LG_PLACE_DRAINED)
        return;
    place->state = LG_PLACE_DRAINING;
    lg_mailbox_post_always(place->home->mailbox, &place->letter, drain_at_home);
}

static void look_at_retired(struct lg_timer *timer)
{
    struct lg_gateway *gateway = LG_CONTAINER(timer, struct lg_gateway, retire_timer);
    bool more = false;

    for (struct lg_link *link = lg_list_first(&gateway->places); link != NULL;
         link = lg_list_after(&gateway->places, link)) {
        struct lg_place *place = LG_LIST_OF(link, struct lg_place, link);

        if (place->state != LG_PLACE_RETIRED)
            continue;
        if (lg_function_references(place->function) == 1)
            lg_place_drain(place);
        else
            more = true;
    }
    if (more && atomic_load(&gateway->life) != LG_LIFE_DRAINING)
        lg_timer_set(gateway->lanes[0].loop, timer,
                     lg_loop_now_ms(gateway->lanes[0].loop) + LOOK_MS, look_at_retired);
}

void lg_place_retire(struct lg_place *place)
{
    struct lg_gateway *gateway = place->gateway;

    assert(place->state == LG_PLACE_ACTIVE);
    place->state = LG_PLACE_RETIRED;
    lg_timer_set(gateway->lanes[0].loop, &gateway->retire_timer,
                 lg_loop_now_ms(gateway->lanes[0].loop), look_at_retired);
}
