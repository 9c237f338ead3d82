/* credential_set.c -- the sets, the threads that search, what is published. */
#include "cloud/credential_set.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/list.h"
#include "base/mem.h"
#include "cloud/credential_private.h"
#include "cloud/skew.h"
#include "observe/log.h"

#define RETRY_MIN_MS 1000
#define RETRY_MAX_MS 60000
#define LOOK_AGAIN_MS 60000 /* what has no end may be changed */
#define AHEAD_MS (15 * 60000)
#define STALE_MS (10 * 60000) /* for how long an instance's ended ones are taken for good */

struct lg_credential_home {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct lg_link sets;
    atomic_bool ended;
    pthread_t threads[LG_CREDENTIAL_THREADS];
    size_t thread_count;
};

/* --- what was published ----------------------------------------------------------------------- */

void lg_published_unref(struct lg_published *published)
{
    if (published == NULL || atomic_fetch_sub(&published->references, 1) > 1)
        return;
    lg_credentials_done(&published->credentials);
    free(published);
}

void lg_credential_set_take(struct lg_credential_set *set, bool with_fault,
                            struct lg_credential_news *ret_news)
{
    pthread_mutex_lock(&set->home->lock);
    *ret_news = (struct lg_credential_news){ .published = set->published,
                                             .edition = atomic_load(&set->edition),
                                             .searches = set->searches,
                                             .failing = set->failing };
    if (set->published != NULL)
        (void)atomic_fetch_add(&set->published->references, 1);
    if (with_fault)
        ret_news->fault = lg_strdup(set->fault != NULL ? set->fault : "none were found yet");
    pthread_mutex_unlock(&set->home->lock);
}

/* --- searching -------------------------------------------------------------------------------- */

/* Half of it is chance, so that gateways that failed together do not come back together. */
static int64_t with_chance(int64_t ms)
{
    uint32_t chance;

    lg_random(&chance, sizeof(chance));
    return ms < 2 ? ms : ms / 2 + chance % (ms / 2);
}

static int64_t renew_after(int64_t left_ms)
{
    int64_t ahead_ms = left_ms > 3 * AHEAD_MS ? AHEAD_MS : left_ms / 3;

    if (left_ms <= 0)
        return RETRY_MIN_MS;
    return left_ms - ahead_ms - with_chance(ahead_ms / 10);
}

/*
 * An instance may hand out what has ended while its service has troubles of its own; AWS takes such
 * credentials meanwhile, and they are better than none. Any other place has failed that does so:
 * what is there already may be good for longer. False: why is the reason.
 */
static bool are_alive(struct lg_chain_result *result, int64_t now_ms, struct lg_buf *reterr_reason)
{
    char stamp[LG_CLOCK_ISO_SIZE];

    if (result->credentials.expires_ms == 0 || result->credentials.expires_ms > now_ms)
        return true;
    lg_clock_iso(result->credentials.expires_ms, stamp);
    if (result->outlive) {
        lg_log(LG_LOG_WARN, "aws", NULL,
               "%s: its credentials ended at %s; they are used all the same", result->provider,
               stamp);
        result->credentials.expires_ms = now_ms + STALE_MS + with_chance(STALE_MS);
        return true;
    }
    lg_buf_clear(reterr_reason); /* the search began a sentence */
    lg_buf_printf(reterr_reason, "those of %s ended at %s", result->provider, stamp);
    lg_credentials_done(&result->credentials);
    return false;
}

static void publish(struct lg_credential_set *set, struct lg_chain_result *result)
{
    int64_t now_ms = lg_clock_wall_ms() + atomic_load(&set->skew_ms);
    struct lg_published *published = LG_NEW(struct lg_published);
    char stamp[LG_CLOCK_ISO_SIZE] = "further notice";

    atomic_init(&published->references, 1);
    published->credentials = result->credentials;
    int64_t expires_ms = published->credentials.expires_ms;
    if (expires_ms > 0)
        lg_clock_iso(expires_ms, stamp);
    bool is_same = set->published != NULL &&
                   strcmp(set->published->credentials.access_key_id,
                          published->credentials.access_key_id) == 0 &&
                   strcmp(set->published->credentials.secret_access_key,
                          published->credentials.secret_access_key) == 0;
    lg_log(is_same && !set->failing ? LG_LOG_DEBUG : LG_LOG_INFO, "aws", NULL,
           "credentials of %s, until %s", result->provider, stamp);
    lg_published_unref(set->published);
    set->published = published;
    set->failing = false;
    set->retry_ms = RETRY_MIN_MS;
    set->due_ms = lg_clock_mono_ms() +
                  (expires_ms > 0 ? renew_after(expires_ms - now_ms) : with_chance(LOOK_AGAIN_MS));
    (void)atomic_fetch_add(&set->edition, 1);
}

static void fail(struct lg_credential_set *set, const char *reason)
{
    lg_log(set->failing ? LG_LOG_DEBUG : LG_LOG_WARN, "aws", NULL,
           "no %scredentials: %s; trying again", set->published != NULL ? "new " : "", reason);
    set->failing = true;
    free(set->fault);
    set->fault = lg_strdup(reason);
    set->due_ms = lg_clock_mono_ms() + with_chance(set->retry_ms);
    set->retry_ms = set->retry_ms * 2 > RETRY_MAX_MS ? RETRY_MAX_MS : set->retry_ms * 2;
}

/* Comes and goes with the lock held. */
static void search(struct lg_credential_home *home, struct lg_credential_set *set)
{
    const int64_t skew_ms = atomic_load(&set->skew_ms);
    struct lg_chain chain = { .settings = &set->settings,
                              .ended = &home->ended,
                              .skew_ms = skew_ms };
    struct lg_chain_result result;
    struct lg_buf reason;

    set->searching = true;
    pthread_mutex_unlock(&home->lock);
    lg_buf_init(&reason, SIZE_MAX);
    bool good = lg_chain_resolve(&chain, &result, &reason) &&
                are_alive(&result, lg_clock_wall_ms() + chain.skew_ms, &reason);
    lg_buf_add_char(&reason, '\0');
    if (chain.skew_ms != skew_ms) /* else a loop may have learned it meanwhile */
        atomic_store(&set->skew_ms, chain.skew_ms);
    pthread_mutex_lock(&home->lock);
    if (good)
        publish(set, &result);
    else if (!atomic_load(&home->ended))
        fail(set, reason.data);
    set->searches++;
    set->searched_ms = lg_clock_mono_ms();
    set->searching = false;
    lg_buf_done(&reason);
}

/* --- sets ---------------------------------------------------------------------------------------
 */

static void free_set(struct lg_credential_set *set)
{
    lg_list_remove(&set->link);
    lg_published_unref(set->published);
    free(set->fault);
    free(set->identity);
    lg_arena_done(&set->arena);
    free(set);
}

/* The set that is due first; those that nobody wants any more are freed on the way. */
static struct lg_credential_set *first_due(struct lg_credential_home *home)
{
    struct lg_credential_set *first = NULL;
    struct lg_link *next;

    for (struct lg_link *link = lg_list_first(&home->sets); link != NULL; link = next) {
        struct lg_credential_set *set = LG_LIST_OF(link, struct lg_credential_set, link);

        next = lg_list_after(&home->sets, link);
        if (set->searching)
            continue;
        if (set->references == 0)
            free_set(set);
        else if (first == NULL || set->due_ms < first->due_ms)
            first = set;
    }
    return first;
}

static void wait_until(struct lg_credential_home *home, int64_t at_ms)
{
    const struct timespec when = { at_ms / 1000, at_ms % 1000 * 1000000 };

    (void)pthread_cond_timedwait(&home->changed, &home->lock, &when);
}

static void *run(void *context)
{
    struct lg_credential_home *home = context;

    (void)pthread_setname_np(pthread_self(), "lg-aws");
    pthread_mutex_lock(&home->lock);
    while (!atomic_load(&home->ended)) {
        struct lg_credential_set *set = first_due(home);

        if (set == NULL)
            pthread_cond_wait(&home->changed, &home->lock);
        else if (set->due_ms <= lg_clock_mono_ms())
            search(home, set);
        else
            wait_until(home, set->due_ms);
    }
    pthread_mutex_unlock(&home->lock);
    return NULL;
}

struct lg_credential_home *lg_credential_home_new(void)
{
    struct lg_credential_home *home = LG_NEW(struct lg_credential_home);
    pthread_condattr_t attributes;

    pthread_mutex_init(&home->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&home->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    lg_list_init(&home->sets);
    return home;
}

void lg_credential_home_free(struct lg_credential_home *home)
{
    if (home == NULL)
        return;
    pthread_mutex_lock(&home->lock);
    atomic_store(&home->ended, true);
    pthread_cond_broadcast(&home->changed);
    pthread_mutex_unlock(&home->lock);
    for (size_t i = 0; i < home->thread_count; i++)
        pthread_join(home->threads[i], NULL);
    for (struct lg_link *link = lg_list_first(&home->sets); link != NULL;) {
        struct lg_credential_set *set = LG_LIST_OF(link, struct lg_credential_set, link);

        link = lg_list_after(&home->sets, link);
        free_set(set);
    }
    pthread_cond_destroy(&home->changed);
    pthread_mutex_destroy(&home->lock);
    free(home);
}

/* Signals are for the loops. */
static void start_threads(struct lg_credential_home *home)
{
    sigset_t all, before;

    sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    while (home->thread_count < LG_CREDENTIAL_THREADS &&
           pthread_create(&home->threads[home->thread_count], NULL, run, home) == 0)
        home->thread_count++;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (home->thread_count == 0)
        lg_log(LG_LOG_ERROR, "aws", NULL, "cannot start a thread that looks for credentials");
}

static struct lg_credential_set *find_set(struct lg_credential_home *home, const char *identity)
{
    for (struct lg_link *link = lg_list_first(&home->sets); link != NULL;
         link = lg_list_after(&home->sets, link)) {
        struct lg_credential_set *set = LG_LIST_OF(link, struct lg_credential_set, link);

        if (strcmp(set->identity, identity) == 0)
            return set;
    }
    return NULL;
}

static struct lg_credential_set *new_set(struct lg_credential_home *home,
                                         const struct lg_chain_settings *settings, char *identity)
{
    struct lg_credential_set *set = LG_NEW(struct lg_credential_set);

    set->home = home;
    set->identity = identity;
    lg_arena_init(&set->arena);
    lg_chain_settings_copy(&set->arena, settings, &set->settings);
    set->retry_ms = RETRY_MIN_MS;
    lg_list_add_last(&home->sets, &set->link);
    return set;
}

struct lg_credential_set *lg_credential_set_get(struct lg_credential_home *home,
                                                const struct lg_chain_settings *settings)
{
    struct lg_credential_set *set;
    struct lg_buf identity;

    lg_buf_init(&identity, SIZE_MAX);
    lg_credential_identity(&identity, settings);
    char *text = lg_buf_take(&identity, NULL);
    pthread_mutex_lock(&home->lock);
    set = find_set(home, text);
    if (set == NULL)
        set = new_set(home, settings, text);
    else
        free(text);
    set->references++;
    if (home->thread_count == 0)
        start_threads(home);
    pthread_cond_broadcast(&home->changed);
    pthread_mutex_unlock(&home->lock);
    return set;
}

struct lg_credential_set *lg_credential_set_ref(struct lg_credential_set *set)
{
    pthread_mutex_lock(&set->home->lock);
    set->references++;
    pthread_mutex_unlock(&set->home->lock);
    return set;
}

void lg_credential_set_unref(struct lg_credential_set *set)
{
    if (set == NULL)
        return;
    struct lg_credential_home *home = set->home;

    pthread_mutex_lock(&home->lock);
    set->references--;
    pthread_cond_signal(&home->changed); /* a thread frees it */
    pthread_mutex_unlock(&home->lock);
}

void lg_credential_set_hurry(struct lg_credential_set *set, uint64_t edition)
{
    pthread_mutex_lock(&set->home->lock);
    if (!set->searching && atomic_load(&set->edition) == edition && !set->failing) {
        set->due_ms = set->searched_ms + RETRY_MIN_MS;
        pthread_cond_signal(&set->home->changed);
    }
    pthread_mutex_unlock(&set->home->lock);
}

int64_t lg_credential_set_skew(const struct lg_credential_set *set)
{
    return atomic_load_explicit(&set->skew_ms, memory_order_relaxed);
}

void lg_credential_set_learn_skew(struct lg_credential_set *set, int64_t skew_ms)
{
    if (!lg_skew_differs(atomic_load(&set->skew_ms), skew_ms))
        return;
    lg_log(LG_LOG_WARN, "aws", NULL, "the clock is %lld s off AWS's: signatures are dated by that",
           (long long)(-skew_ms / 1000));
    atomic_store(&set->skew_ms, skew_ms);
}
