/* workers.c -- a pool from its configuration, as a target. */
#include "target/workers.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "cloud/credential_set.h"
#include "target/changes.h"
#include "target/confine.h"
#include "target/pool.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static const char *const state_names[LG_WORKER_STATES] = {
    [LG_WORKER_STARTING] = "starting", [LG_WORKER_IDLE] = "idle",         [LG_WORKER_BUSY] = "busy",
    [LG_WORKER_AWAY] = "away",         [LG_WORKER_STOPPING] = "stopping",
};

/* --- the configuration, copied -------------------------------------------------------------- */

static struct lg_config_pairs copy_pairs(struct lg_arena *arena, struct lg_config_pairs pairs)
{
    struct lg_config_pair *items = lg_arena_zalloc(arena, pairs.count * sizeof(*items));

    for (size_t i = 0; i < pairs.count; i++) {
        items[i].name = lg_arena_cstr_or_null(arena, pairs.items[i].name);
        items[i].value = lg_arena_cstr_or_null(arena, pairs.items[i].value);
    }
    return (struct lg_config_pairs){ items, pairs.count };
}

static struct lg_config_strings copy_strings(struct lg_arena *arena,
                                             struct lg_config_strings strings)
{
    const char **items = lg_arena_zalloc(arena, strings.count * sizeof(*items));

    for (size_t i = 0; i < strings.count; i++)
        items[i] = lg_arena_cstr_or_null(arena, strings.items[i]);
    return (struct lg_config_strings){ items, strings.count };
}

static const struct lg_config_user *copy_user(struct lg_arena *arena,
                                              const struct lg_config_user *user)
{
    struct lg_config_user *own;

    if (user == NULL)
        return NULL;
    own = lg_arena_copy(arena, user, sizeof(*user));
    own->name = lg_arena_cstr_or_null(arena, user->name);
    own->groups = lg_arena_copy(arena, user->groups, user->group_count * sizeof(*user->groups));
    return own;
}

static const struct lg_config_logging *copy_logging(struct lg_arena *arena,
                                                    const struct lg_config_logging *logging)
{
    struct lg_config_logging *own;

    if (logging == NULL)
        return NULL;
    own = lg_arena_copy(arena, logging, sizeof(*logging));
    own->where = (struct lg_where){ 0 };
    return own;
}

static const struct lg_config_function *copy_function(struct lg_arena *arena,
                                                      const struct lg_config_function *function)
{
    struct lg_config_function *own = lg_arena_copy(arena, function, sizeof(*function));
    struct lg_config_workers *workers =
        lg_arena_copy(arena, function->workers, sizeof(*function->workers));

    own->name = lg_arena_cstr_or_null(arena, function->name);
    own->environment = copy_pairs(arena, function->environment);
    own->user_name = lg_arena_cstr_or_null(arena, function->user_name);
    own->credentials = NULL; /* the provider has its own copy */
    own->aws = NULL;
    own->user_where = (struct lg_where){ 0 };
    own->user = copy_user(arena, function->user);
    own->logging = copy_logging(arena, function->logging);
    own->where = (struct lg_where){ 0 };
    own->workers = workers;
    workers->handler = lg_arena_cstr_or_null(arena, workers->handler);
    workers->command = copy_strings(arena, workers->command);
    workers->directory = lg_arena_cstr_or_null(arena, workers->directory);
    workers->where = (struct lg_where){ 0 };
    return own;
}

/* --- metrics -------------------------------------------------------------------------------- */

static const char *labels(struct lg_arena *arena, const char *function, const char *state)
{
    struct lg_buf text;
    const char *copied;

    lg_buf_init(&text, SIZE_MAX);
    lg_metric_label(&text, "function", function);
    if (state != NULL)
        lg_metric_label(&text, "state", state);
    copied = lg_arena_cstr(arena, lg_buf_str(&text));
    lg_buf_done(&text);
    return copied;
}

static void get_metrics(struct lg_pool *pool)
{
    struct lg_pool_metrics *metrics = &pool->metrics;
    const char *name = pool->function->name;
    const char *function = labels(&pool->arena, name, NULL);

    for (int state = 0; state < LG_WORKER_STATES; state++)
        metrics->workers[state] = lg_metric_get(LG_METRIC_GAUGE, "lambdagate_workers",
                                                labels(&pool->arena, name, state_names[state]),
                                                "Worker processes, by state.");
    metrics->starts = lg_metric_get(LG_METRIC_COUNTER, "lambdagate_worker_starts_total", function,
                                    "Worker processes started.");
    metrics->start_failures =
        lg_metric_get(LG_METRIC_COUNTER, "lambdagate_worker_start_failures_total", function,
                      "Worker processes that ended before they asked for a call.");
    metrics->waiting = lg_metric_get(LG_METRIC_GAUGE, "lambdagate_calls_waiting", function,
                                     "Calls that wait for a worker.");
    metrics->init = lg_histogram_get("lambdagate_worker_init_seconds", function,
                                     "Time from the start of a process until it asks for a call.");
    metrics->cold_starts = lg_metric_get(LG_METRIC_COUNTER, "lambdagate_cold_starts_total",
                                         function, "Calls that waited for a process to start.");
}

/* --- the target ----------------------------------------------------------------------------- */

static void pool_free(struct lg_target *target)
{
    struct lg_pool *pool = LG_CONTAINER(target, struct lg_pool, target);

    assert(pool->drained && "freed before it was drained");
    while (!lg_list_empty(&pool->ports)) {
        struct lg_link *link = lg_list_first(&pool->ports);

        lg_list_remove(link);
        LG_LIST_OF(link, struct lg_port, link)->pool = NULL;
    }
    if (pool->credentials != NULL)
        pool->credentials->class->free(pool->credentials);
    lg_buf_done(&pool->init_error.text);
    lg_metrics_drop("function", pool->function->name);
    lg_arena_done(&pool->arena);
    free(pool);
}

static void on_change(void *context)
{
    lg_pool_replace(context);
}

static const struct lg_target_class class = {
    .name = "workers",
    .start = lg_hop_start,
    .cancel = lg_hop_cancel,
    .resume = lg_hop_resume,
    .drain = lg_hop_drain,
    .free = pool_free,
};

static struct lg_credentials_provider *open_credentials(const struct lg_workers_env *env,
                                                        const struct lg_config_function *function)
{
    if (lg_credentials_are_local(function->credentials))
        return lg_credentials_provider_new(function->credentials, env->loop);
    const struct lg_chain_settings settings =
        lg_credential_settings(function->aws, function->credentials);
    return lg_credential_set_provider(lg_credential_set_get(env->credentials, &settings),
                                      env->loop);
}

struct lg_target *lg_workers_new(const struct lg_workers_env *env,
                                 const struct lg_config_function *function)
{
    struct lg_pool *pool = LG_NEW(struct lg_pool);
    const char *path = getenv("PATH");

    assert(function->workers != NULL && function->workers->max > 0);
    pool->target.class = &class;
    pool->env = *env;
    lg_arena_init(&pool->arena);
    pool->function = copy_function(&pool->arena, function);
    pool->who = lg_arena_printf(&pool->arena, "function %s", function->name);
    pool->arn = lg_arena_printf(&pool->arena, "arn:aws:lambda:%s:%s:function:%s", env->region,
                                env->account_id, function->name);
    pool->search_path =
        lg_arena_cstr_or_null(&pool->arena, path != NULL && *path != '\0' ? path : DEFAULT_PATH);
    pool->env.region = lg_arena_cstr_or_null(&pool->arena, env->region);
    pool->env.runtime_directory = lg_arena_cstr_or_null(&pool->arena, env->runtime_directory);
    lg_list_init(&pool->waiting);
    pool->starter.again = lg_pool_start_again;
    pool->shrunk_ms = INT64_MIN / 2;
    lg_list_init(&pool->ports);
    for (int state = 0; state < LG_WORKER_STATES; state++)
        lg_list_init(&pool->workers[state]);
    lg_buf_init(&pool->init_error.text, SIZE_MAX);
    lg_metrics_keep("function", pool->function->name);
    get_metrics(pool);
    pool->uid = pool->function->user != NULL ? pool->function->user->uid : geteuid();
    lg_confine_decide(pool);
    if (pool->function->workers->reload_on_change)
        pool->changes = lg_changes_open(env->loop, pool->who, pool->function->workers->directory,
                                        on_change, pool);
    if (function->credentials != NULL)
        pool->credentials = open_credentials(env, function);
    lg_pool_balance(pool);
    return &pool->target;
}

void lg_workers_state(const struct lg_target *target, struct lg_workers_state *ret_state)
{
    const struct lg_pool *pool = (const struct lg_pool *)(const void *)target;
    unsigned counts[LG_WORKER_STATES];

    for (int state = 0; state < LG_WORKER_STATES; state++)
        counts[state] = atomic_load(&pool->shown.workers[state]);
    *ret_state = (struct lg_workers_state){
        .starting = counts[LG_WORKER_STARTING],
        .idle = counts[LG_WORKER_IDLE],
        .busy = counts[LG_WORKER_BUSY] + counts[LG_WORKER_AWAY],
        .stopping = counts[LG_WORKER_STOPPING],
        .waiting = atomic_load(&pool->shown.waiting),
        .started_total = atomic_load(&pool->shown.started),
    };
}
