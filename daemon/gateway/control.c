/*
 * control.c -- the control plane's own loop and thread: whatever is fetched over the
 * network without a request waiting for it by right.
 *
 * It is started when the first configuration needs it, and libcurl with it. Sets of keys are known
 * by where they come from: a reload that names the same source keeps the keys it has.
 */
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "authorize/key_set.h"
#include "base/mem.h"
#include "gateway/private.h"
#include "observe/log.h"
#include "wire/fetch.h"

#define CONTROL_INDEX 1000 /* no lane has it */
#define MAILBOX_ROOM 65536

struct held_keys {
    char *identity;         /* owned */
    struct lg_key_set *set; /* one reference */
};

struct lg_control {
    struct lg_loop *loop;
    struct lg_key_home home;
    pthread_t thread;
    /* of the current configuration */
    struct held_keys *held;
    size_t held_count;
};

/* --- the thread ---------------------------------------------------------------------------------
 */

static void *run_control(void *context)
{
    struct lg_control *control = context;

    (void)pthread_setname_np(pthread_self(), "lg-control");
    lg_loop_run(control->loop);
    return NULL;
}

static void free_control(struct lg_control *control)
{
    lg_fetcher_free(control->home.fetcher);
    lg_mailbox_free(control->home.mailbox);
    lg_loop_free(control->loop);
    free(control);
}

static struct lg_control *start_control(struct lg_gateway *gateway)
{
    struct lg_control *control = LG_NEW(struct lg_control);

    control->loop = lg_loop_new(CONTROL_INDEX);
    if (control->loop == NULL) {
        free(control);
        return NULL;
    }
    control->home.loop = control->loop;
    control->home.mailbox = lg_mailbox_new(control->loop, MAILBOX_ROOM);
    control->home.mailboxes = gateway->mailboxes;
    control->home.loop_count = gateway->lane_count;
    lg_key_home_init(&control->home);
    if (control->home.mailbox != NULL)
        control->home.fetcher = lg_fetcher_new(control->loop);
    if (control->home.fetcher == NULL ||
        pthread_create(&control->thread, NULL, run_control, control) != 0) {
        lg_key_home_done(&control->home);
        free_control(control);
        return NULL;
    }
    return control;
}

/* --- keys ----------------------------------------------------------------------------------------
 */

static char *identity_of(const struct lg_key_source *source)
{
    return lg_sprintf("%s\n%s\n%s\n%lld %lld", source->issuer,
                      source->jwks_url != NULL ? source->jwks_url : "",
                      source->ca_file != NULL ? source->ca_file : "", (long long)source->refresh_ms,
                      (long long)source->stale_ms);
}

/* The sets of a configuration that is being put in place, and those of the one in use. */
struct gathering {
    struct lg_control *control;
    struct held_keys *held;
    size_t count;
};

static struct lg_key_set *look_up(const struct held_keys *held, size_t count, const char *identity)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(held[i].identity, identity) == 0)
            return held[i].set;
    }
    return NULL;
}

static struct lg_key_set *find_keys(void *context, const struct lg_key_source *source)
{
    struct gathering *gathering = context;
    struct lg_control *control = gathering->control;
    char *identity = identity_of(source);
    struct lg_key_set *set = look_up(gathering->held, gathering->count, identity);

    if (set != NULL) {
        free(identity);
        return lg_key_set_ref(set);
    }
    set = look_up(control->held, control->held_count, identity);
    set = set != NULL ? lg_key_set_ref(set) : lg_key_set_new(&control->home, source);
    gathering->held =
        lg_realloc(gathering->held, (gathering->count + 1) * sizeof(*gathering->held));
    gathering->held[gathering->count++] = (struct held_keys){ identity, set };
    return lg_key_set_ref(set);
}

static void release_held(struct lg_control *control)
{
    for (size_t i = 0; i < control->held_count; i++) {
        lg_key_set_unref(control->held[i].set);
        free(control->held[i].identity);
    }
    free(control->held);
    control->held = NULL;
    control->held_count = 0;
}

enum lg_err lg_gateway_attach_keys(struct lg_gateway *gateway, struct lg_snapshot *snapshot)
{
    struct gathering gathering = { NULL, NULL, 0 };

    if (gateway->control == NULL && !lg_snapshot_fetches(snapshot))
        return LG_OK;
    if (gateway->control == NULL)
        gateway->control = start_control(gateway);
    if (gateway->control == NULL)
        return LG_ERR_IO;
    gathering.control = gateway->control;
    lg_snapshot_attach_keys(snapshot, find_keys, &gathering);
    release_held(gateway->control);
    gateway->control->held = gathering.held;
    gateway->control->held_count = gathering.count;
    return LG_OK;
}

bool lg_gateway_awaits_keys(const struct lg_gateway *gateway)
{
    const struct lg_control *control = gateway->control;

    for (size_t i = 0; control != NULL && i < control->held_count; i++) {
        if (!lg_key_set_settled(control->held[i].set))
            return true;
    }
    return false;
}

/* --- the end
 * ---------------------------------------------------------------------------------------- */

void lg_gateway_control_end(struct lg_gateway *gateway)
{
    struct lg_control *control = gateway->control;

    if (control == NULL)
        return;
    lg_loop_stop(control->loop);
    pthread_join(control->thread, NULL);
    atomic_store(&control->home.ended, true);
    release_held(control);
}

void lg_gateway_control_free(struct lg_gateway *gateway)
{
    struct lg_control *control = gateway->control;

    if (control == NULL)
        return;
    lg_fetcher_free(control->home.fetcher); /* before the sets that wait for its fetches */
    control->home.fetcher = NULL;
    lg_key_home_done(&control->home);
    free_control(control);
}
