/* key_set.c -- one state machine on the control loop, one view on each other loop. */
#include "authorize/key_set.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/mem.h"
#include "observe/log.h"
#include "wire/loop.h"
#include "wire/mailbox.h"

#define PENALTY_MS 10000 /* between two fetches for keys that nobody knows */
#define RETRY_MIN_MS 1000
#define RETRY_MAX_MS 60000
#define REFRESH_MIN_MS (5 * 60000)
#define REFRESH_MAX_MS (24 * 3600000)
#define WAITERS_MAX 1000 /* of one set, over all loops */

/* What one loop knows. Touched on that loop only, but for what is atomic. */
struct view {
    struct lg_key_set *set;
    struct lg_jwks *jwks; /* one reference, or NULL */
    struct lg_link waiters;
    struct lg_letter ask_letter; /* to the control loop */
    atomic_bool asking;          /* it is under way */
    bool asked;                  /* it is under way, or its answer is */
    _Atomic uint64_t asked_with; /* `seen`, when it asked last */
    uint64_t seen;               /* set->edition of `jwks` */
    struct lg_letter news_letter;
    atomic_bool told; /* news_letter is under way */
    struct lg_letter close_letter;
};

struct lg_key_set {
    _Atomic size_t references;
    struct lg_key_home *home; /* NULL: fixed */
    struct lg_key_source source;
    struct view *views; /* one a loop; a fixed set has one for all */
    size_t view_count;
    _Atomic size_t waiters;
    atomic_bool settled;
    _Atomic int64_t penalty_until_ms; /* monotonic */
    atomic_bool fetching;

    pthread_mutex_t lock; /* of `published`, which views take when they are told */
    struct lg_jwks *published;
    uint64_t edition; /* counts what was published; written on the control loop alone */

    /* of the control loop */
    struct lg_key_fetch *fetch;
    int64_t retry_ms;
    int64_t good_until_ms; /* when a set that cannot be renewed is dropped */
    bool failing;          /* said so already */
    struct lg_timer timer;
    struct lg_letter start_letter, retire_letter;
    _Atomic size_t open_views;
    struct lg_link link; /* in home->sets */
};

static void begin_fetch(struct lg_key_set *set);

/* --- the views -------------------------------------------------------------------------------- */

static void wake_waiters(struct view *view)
{
    while (!lg_list_empty(&view->waiters)) {
        struct lg_key_waiter *waiter =
            LG_LIST_OF(lg_list_first(&view->waiters), struct lg_key_waiter, link);
        lg_list_remove(&waiter->link);
        (void)atomic_fetch_sub(&view->set->waiters, 1);
        waiter->fn(waiter);
    }
}

static void on_news(struct lg_letter *letter)
{
    struct view *view = LG_CONTAINER(letter, struct view, news_letter);
    struct lg_key_set *set = view->set;

    atomic_store(&view->told, false); /* before looking: what comes later is told again */
    pthread_mutex_lock(&set->lock);
    struct lg_jwks *jwks = set->published != NULL ? lg_jwks_ref(set->published) : NULL;
    view->seen = set->edition;
    pthread_mutex_unlock(&set->lock);
    lg_jwks_unref(view->jwks);
    view->jwks = jwks;
    view->asked = false;
    wake_waiters(view);
}

static void tell_view(struct lg_key_set *set, size_t index)
{
    struct view *view = &set->views[index];

    if (!atomic_exchange(&view->told, true))
        lg_mailbox_post_always(set->home->mailboxes[index], &view->news_letter, on_news);
}

static void tell_all(struct lg_key_set *set)
{
    for (size_t i = 0; i < set->view_count; i++)
        tell_view(set, i);
}

/* --- the control loop: what comes of a fetch -------------------------------------------------- */

static void on_timer(struct lg_timer *timer)
{
    begin_fetch(LG_CONTAINER(timer, struct lg_key_set, timer));
}

static int64_t clamp(int64_t value, int64_t least, int64_t most)
{
    return value < least ? least : value > most ? most : value;
}

static void publish(struct lg_key_set *set, struct lg_jwks *jwks)
{
    pthread_mutex_lock(&set->lock);
    struct lg_jwks *old = set->published;
    set->published = jwks;
    set->edition++;
    pthread_mutex_unlock(&set->lock);
    lg_jwks_unref(old);
}

static void end_fetch(struct lg_key_set *set)
{
    set->fetch = NULL;
    atomic_store(&set->fetching, false);
    atomic_store(&set->settled, true);
    tell_all(set);
}

static void fail(struct lg_key_set *set, const char *what, const char *why)
{
    int64_t now_ms = lg_loop_now_ms(set->home->loop);

    lg_log(set->failing ? LG_LOG_DEBUG : LG_LOG_WARN, "keys", NULL, "%s: %s: %s; trying again",
           set->source.name, what, why);
    set->failing = true;
    if (set->published != NULL && now_ms >= set->good_until_ms) {
        lg_log(
            LG_LOG_ERROR, "keys", NULL,
            "%s: its keys could not be renewed for too long: they are dropped, tokens are refused",
            set->source.name);
        publish(set, NULL);
    }
    /* Half of it is chance, so that gateways that failed together do not come back together. */
    uint32_t chance;
    lg_random(&chance, sizeof(chance));
    int64_t wait_ms = set->retry_ms / 2 + chance % (set->retry_ms / 2);
    lg_timer_set(set->home->loop, &set->timer, now_ms + wait_ms, on_timer);
    set->retry_ms = clamp(set->retry_ms * 2, RETRY_MIN_MS, RETRY_MAX_MS);
    end_fetch(set);
}

static void log_notes(const struct lg_key_set *set, const struct lg_jwks *jwks)
{
    size_t count;
    const struct lg_jwks_note *notes = lg_jwks_notes(jwks, &count);

    for (size_t i = 0; i < count; i++)
        lg_log(LG_LOG_WARN, "keys", NULL, "%s: keys[%zu] is left out: %s", set->source.name,
               notes[i].index, notes[i].reason);
}

static void take(struct lg_key_set *set, struct lg_jwks *jwks, int64_t max_age_s)
{
    int64_t now_ms = lg_loop_now_ms(set->home->loop);
    int64_t wait_ms = max_age_s >= 0 ? max_age_s * 1000 : set->source.refresh_ms;

    if (max_age_s >= 0)
        wait_ms = clamp(wait_ms, REFRESH_MIN_MS, REFRESH_MAX_MS);
    set->failing = false;
    set->retry_ms = RETRY_MIN_MS;
    set->good_until_ms = now_ms + set->source.stale_ms;
    if (set->published != NULL && lg_jwks_same(set->published, jwks)) {
        lg_jwks_unref(jwks); /* what was verified with the old one stays verified */
    } else {
        lg_log(LG_LOG_INFO, "keys", NULL, "%s: %zu keys", set->source.name, lg_jwks_count(jwks));
        log_notes(set, jwks);
        publish(set, jwks);
    }
    lg_timer_set(set->home->loop, &set->timer, now_ms + wait_ms, on_timer);
    end_fetch(set);
}

static void on_fetched(void *context, const struct lg_key_fetched *fetched)
{
    struct lg_key_set *set = context;

    if (fetched->jwks == NULL)
        fail(set, fetched->what, fetched->why);
    else
        take(set, fetched->jwks, fetched->max_age_s);
}

static void begin_fetch(struct lg_key_set *set)
{
    if (set->fetch != NULL)
        return;
    atomic_store(&set->fetching, true);
    lg_timer_clear(set->home->loop, &set->timer);
    set->fetch =
        lg_key_fetch_begin(set->home->loop, set->home->fetcher, &set->source, on_fetched, set);
}

/* --- asking for keys that nobody knows -------------------------------------------------------- */

static void on_ask(struct lg_letter *letter)
{
    struct view *view = LG_CONTAINER(letter, struct view, ask_letter);
    struct lg_key_set *set = view->set;
    int64_t now_ms = lg_loop_now_ms(set->home->loop);

    atomic_store(&view->asking, false); /* before looking: what comes later asks again */
    if (set->fetch != NULL)
        return; /* its end is told to all */
    /* It asked before it heard the news: they may be what it wants. */
    if (atomic_load(&view->asked_with) != set->edition ||
        now_ms < atomic_load(&set->penalty_until_ms)) {
        tell_view(set, (size_t)(view - set->views));
        return;
    }
    atomic_store(&set->penalty_until_ms, now_ms + PENALTY_MS);
    begin_fetch(set);
}

bool lg_key_set_wait(struct lg_key_set *set, size_t index, struct lg_key_waiter *waiter,
                     void (*fn)(struct lg_key_waiter *waiter))
{
    if (set == NULL || set->home == NULL)
        return false;
    struct view *view = &set->views[index];
    if (!view->asked && !atomic_load(&set->fetching) &&
        lg_clock_mono_ms() < atomic_load(&set->penalty_until_ms))
        return false;
    if (atomic_fetch_add(&set->waiters, 1) >= WAITERS_MAX) {
        (void)atomic_fetch_sub(&set->waiters, 1);
        return false;
    }
    waiter->set = set;
    waiter->fn = fn;
    lg_list_add_last(&view->waiters, &waiter->link);
    if (!view->asked) {
        view->asked = true;
        atomic_store(&view->asked_with, view->seen);
        /* News may have come before it was read: then it is read with what is asked now. */
        if (!atomic_exchange(&view->asking, true))
            lg_mailbox_post_always(set->home->mailbox, &view->ask_letter, on_ask);
    }
    return true;
}

void lg_key_waiter_cancel(struct lg_key_waiter *waiter)
{
    if (!lg_link_in_list(&waiter->link))
        return;
    lg_list_remove(&waiter->link);
    (void)atomic_fetch_sub(&waiter->set->waiters, 1);
}

/* --- life
 * ------------------------------------------------------------------------------------------------
 */

void lg_key_home_init(struct lg_key_home *home)
{
    pthread_mutex_init(&home->lock, NULL);
    lg_list_init(&home->sets);
}

static void free_set(struct lg_key_set *set)
{
    if (set->home != NULL) {
        pthread_mutex_lock(&set->home->lock);
        lg_list_remove(&set->link);
        pthread_mutex_unlock(&set->home->lock);
        lg_timer_clear(set->home->loop, &set->timer); /* armed only when the loop has ended */
    }
    for (size_t i = 0; i < set->view_count; i++)
        lg_jwks_unref(set->views[i].jwks);
    lg_jwks_unref(set->published);
    lg_key_fetch_forget(set->fetch);
    pthread_mutex_destroy(&set->lock);
    free(set->views);
    free((char *)set->source.name);
    free((char *)set->source.issuer);
    free((char *)set->source.jwks_url);
    free((char *)set->source.ca_file);
    free(set);
}

/* What is left was on its way out when the loops ended. */
void lg_key_home_done(struct lg_key_home *home)
{
    while (!lg_list_empty(&home->sets))
        free_set(LG_LIST_OF(lg_list_first(&home->sets), struct lg_key_set, link));
    pthread_mutex_destroy(&home->lock);
}

static void on_start(struct lg_letter *letter)
{
    begin_fetch(LG_CONTAINER(letter, struct lg_key_set, start_letter));
}

static struct lg_key_set *new_set(size_t view_count)
{
    struct lg_key_set *set = LG_NEW(struct lg_key_set);

    atomic_init(&set->references, 1);
    pthread_mutex_init(&set->lock, NULL);
    set->views = lg_calloc(view_count, sizeof(struct view));
    set->view_count = view_count;
    for (size_t i = 0; i < view_count; i++) {
        set->views[i].set = set;
        lg_list_init(&set->views[i].waiters);
    }
    return set;
}

struct lg_key_set *lg_key_set_new(struct lg_key_home *home, const struct lg_key_source *source)
{
    struct lg_key_set *set = new_set(home->loop_count);

    set->home = home;
    set->source = *source;
    set->source.name = lg_strdup_or_null(source->name);
    set->source.issuer = lg_strdup_or_null(source->issuer);
    set->source.jwks_url = lg_strdup_or_null(source->jwks_url);
    set->source.ca_file = lg_strdup_or_null(source->ca_file);
    set->retry_ms = RETRY_MIN_MS;
    pthread_mutex_lock(&home->lock);
    lg_list_add_last(&home->sets, &set->link);
    pthread_mutex_unlock(&home->lock);
    lg_mailbox_post_always(home->mailbox, &set->start_letter, on_start);
    return set;
}

struct lg_key_set *lg_key_set_fixed(struct lg_jwks *jwks)
{
    struct lg_key_set *set = new_set(1);

    set->views[0].jwks = jwks;
    atomic_store(&set->settled, true);
    return set;
}

struct lg_key_set *lg_key_set_ref(struct lg_key_set *set)
{
    (void)atomic_fetch_add_explicit(&set->references, 1, memory_order_relaxed);
    return set;
}

/* The last letter of a view; the last view takes the set along. */
static void on_close(struct lg_letter *letter)
{
    struct lg_key_set *set = LG_CONTAINER(letter, struct view, close_letter)->set;

    if (atomic_fetch_sub(&set->open_views, 1) == 1)
        free_set(set);
}

static void on_retire(struct lg_letter *letter)
{
    struct lg_key_set *set = LG_CONTAINER(letter, struct lg_key_set, retire_letter);

    lg_key_fetch_cancel(set->fetch);
    set->fetch = NULL;
    lg_timer_clear(set->home->loop, &set->timer);
    size_t count = set->view_count;
    atomic_store(&set->open_views, count);
    for (size_t i = 0; i < count; i++) /* after the last post the set may be gone */
        lg_mailbox_post_always(set->home->mailboxes[i], &set->views[i].close_letter, on_close);
}

void lg_key_set_unref(struct lg_key_set *set)
{
    if (set == NULL || atomic_fetch_sub_explicit(&set->references, 1, memory_order_acq_rel) > 1)
        return;
    if (set->home == NULL || atomic_load(&set->home->ended))
        free_set(set);
    else
        lg_mailbox_post_always(set->home->mailbox, &set->retire_letter, on_retire);
}

bool lg_key_set_settled(const struct lg_key_set *set)
{
    return atomic_load(&set->settled);
}

const struct lg_jwks *lg_key_set_keys(const struct lg_key_set *set, size_t index)
{
    if (set == NULL)
        return NULL;
    return set->home == NULL ? set->views[0].jwks : set->views[index].jwks;
}
