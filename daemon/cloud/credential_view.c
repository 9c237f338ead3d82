/* credential_view.c -- what one loop knows of a set, those who wait for it, and the provider. */
#include <stdlib.h>

#include "base/mem.h"
#include "cloud/credential_private.h"

#define LOOK_MS 10 /* while somebody waits */
#define WAIT_MS 5000
#define MARGIN_MS 1000 /* a signature must still be good when it arrives */

struct lg_credential_view {
    struct lg_credential_set *set;
    struct lg_loop *loop;
    struct lg_credential_news news; /* what was seen last */
    bool has_news;
    uint64_t refused; /* 1 + the edition that AWS does not take any more */
    struct lg_link waiters;
    struct lg_timer timer;
};

static void forget(struct lg_credential_view *view)
{
    lg_published_unref(view->news.published);
    free(view->news.fault);
}

static void look(struct lg_credential_view *view, bool with_fault)
{
    forget(view);
    lg_credential_set_take(view->set, with_fault, &view->news);
    view->has_news = true;
}

/* Of what was seen last; NULL: it is none that can be used. */
static const struct lg_credentials *good_ones(const struct lg_credential_view *view)
{
    const struct lg_published *published = view->news.published;

    if (published == NULL || view->refused == view->news.edition + 1)
        return NULL;
    int64_t expires_ms = published->credentials.expires_ms;
    bool lives = expires_ms == 0 || expires_ms - MARGIN_MS > lg_loop_wall_ms(view->loop) +
                                                                 lg_credential_set_skew(view->set);

    return lives ? &published->credentials : NULL;
}

struct lg_credential_view *lg_credential_view_new(struct lg_credential_set *set,
                                                  struct lg_loop *loop)
{
    struct lg_credential_view *view = LG_NEW(struct lg_credential_view);

    view->set = lg_credential_set_ref(set);
    view->loop = loop;
    lg_list_init(&view->waiters);
    return view;
}

void lg_credential_view_free(struct lg_credential_view *view)
{
    lg_timer_clear(view->loop, &view->timer);
    forget(view);
    lg_credential_set_unref(view->set);
    free(view);
}

const struct lg_credentials *lg_credential_view_now(struct lg_credential_view *view)
{
    uint64_t edition = atomic_load_explicit(&view->set->edition, memory_order_acquire);

    if (!view->has_news || view->news.edition != edition)
        look(view, false);
    return good_ones(view);
}

uint64_t lg_credential_view_edition(const struct lg_credential_view *view)
{
    return view->news.edition;
}

void lg_credential_view_refuse(struct lg_credential_view *view, uint64_t edition)
{
    if (view->news.published == NULL || view->news.edition != edition ||
        view->refused == edition + 1)
        return;
    view->refused = view->news.edition + 1;
    lg_credential_set_hurry(view->set, view->news.edition);
}

/* --- waiting ------------------------------------------------------------------------------------
 */

static void serve(struct lg_credential_view *view)
{
    const struct lg_credentials *now = lg_credential_view_now(view);
    struct lg_link *next;

    if (now == NULL) {
        look(view, true);
        now = good_ones(view); /* a search may have ended between the two looks */
    }
    for (struct lg_link *link = lg_list_first(&view->waiters); link != NULL; link = next) {
        struct lg_credential_waiter *waiter = LG_LIST_OF(link, struct lg_credential_waiter, link);
        bool has_failed = view->news.searches > waiter->searches;

        next = lg_list_after(&view->waiters, link);
        if (now == NULL && !has_failed && lg_loop_now_ms(view->loop) < waiter->until_ms)
            continue;
        lg_list_remove(link);
        waiter->fn(waiter, now,
                   now != NULL  ? NULL
                   : has_failed ? view->news.fault
                                : "looking for them takes too long");
    }
}

static void on_look(struct lg_timer *timer)
{
    struct lg_credential_view *view = LG_CONTAINER(timer, struct lg_credential_view, timer);

    serve(view);
    if (!lg_list_empty(&view->waiters))
        lg_timer_set(view->loop, timer, lg_loop_now_ms(view->loop) + LOOK_MS, on_look);
}

void lg_credential_view_wait(struct lg_credential_view *view, struct lg_credential_waiter *waiter,
                             int64_t wait_ms,
                             void (*fn)(struct lg_credential_waiter *waiter,
                                        const struct lg_credentials *credentials,
                                        const char *error))
{
    bool is_gone = lg_credential_view_now(view) == NULL && view->news.published != NULL;

    look(view, true);
    if (is_gone)
        lg_credential_set_hurry(view->set, view->news.edition);
    waiter->until_ms = lg_loop_now_ms(view->loop) + wait_ms;
    /* A search that has just failed is not waited for again: its reason is the answer. */
    waiter->searches = view->news.failing ? view->news.searches - 1 : view->news.searches;
    waiter->fn = fn;
    lg_list_add_last(&view->waiters, &waiter->link);
    if (!lg_timer_armed(&view->timer))
        lg_timer_set(view->loop, &view->timer, lg_loop_now_ms(view->loop), on_look);
}

void lg_credential_waiter_cancel(struct lg_credential_waiter *waiter)
{
    if (lg_link_in_list(&waiter->link))
        lg_list_remove(&waiter->link);
}

/* --- the provider -------------------------------------------------------------------------------
 */

struct provided {
    struct lg_credentials_provider provider; /* first */
    struct lg_credential_view *view;
};

static void on_found(struct lg_credential_waiter *waiter, const struct lg_credentials *credentials,
                     const char *error)
{
    struct lg_credentials_request *request =
        LG_CONTAINER(waiter, struct lg_credentials_request, waiter);

    request->on_end(request, credentials, error);
}

static void get(struct lg_credentials_provider *provider, struct lg_credentials_request *request)
{
    struct provided *provided = LG_CONTAINER(provider, struct provided, provider);

    request->provider = provider;
    lg_credential_view_wait(provided->view, &request->waiter, WAIT_MS, on_found);
}

static void cancel(struct lg_credentials_provider *provider, struct lg_credentials_request *request)
{
    (void)provider;
    lg_credential_waiter_cancel(&request->waiter);
}

static void free_provided(struct lg_credentials_provider *provider)
{
    struct provided *provided = LG_CONTAINER(provider, struct provided, provider);

    lg_credential_view_free(provided->view);
    free(provided);
}

static const struct lg_credentials_class provided_class = {
    .name = "aws", .get = get, .cancel = cancel, .free = free_provided
};

struct lg_credentials_provider *lg_credential_set_provider(struct lg_credential_set *set,
                                                           struct lg_loop *loop)
{
    struct provided *provided = LG_NEW(struct provided);

    provided->provider.class = &provided_class;
    provided->view = lg_credential_view_new(set, loop);
    lg_credential_set_unref(set);
    return &provided->provider;
}
