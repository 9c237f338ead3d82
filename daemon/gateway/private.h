/*
 * private.h -- shared by the files of gateway/: what the running daemon is made of.
 */
#ifndef LG_GATEWAY_PRIVATE_H
#define LG_GATEWAY_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "cloud/credential_set.h"
#include "gateway/gateway.h"
#include "invoke_api/admin.h"
#include "keeper/keeper.h"
#include "redis/redis.h"
#include "request/request.h"
#include "target/starts.h"
#include "target/workers.h"
#include "wire/mailbox.h"
#include "wire/resolve.h"

/* For keys and Redis, before the first request that wants them; a fetch of keys takes 3 s. */
#define LG_AWAITED_MS 4000
#define LG_AWAIT_LOOK_MS 10

enum lg_life { LG_LIFE_STARTING, LG_LIFE_READY, LG_LIFE_DRAINING };

/* One loop with what it owns. */
struct lg_lane {
    struct lg_gateway *gateway;
    unsigned index;
    struct lg_loop *loop;
    struct lg_mailbox *mailbox;
    struct lg_server *server;  /* of the public listener */
    struct lg_server *runtime; /* of the Runtime API */
    struct lg_keeper_line *keeper;
    struct lg_front front;
    struct lg_listen_limits limits; /* of public connections on this loop */
    struct lg_workers_limits workers_limits;
    struct lg_redis_limits redis_limits;
    struct lg_workers_env workers;
    struct lg_starts starts; /* of processes, on this loop */
    pthread_t thread;        /* loops other than 0 */
    bool has_thread;

    struct lg_resolver *resolver;  /* NULL until something connects outward by name */
    struct lg_http_client *client; /* NULL until something is asked over HTTP */

    struct lg_timer tick_timer; /* for the service manager's watchdog */
    atomic_uint ticks;
    unsigned ticks_seen; /* loop 0's */

    struct lg_letter drain_letter; /* loop 0 asks this lane to drain */
    struct lg_timer drain_timer;
    struct lg_letter drained_letter; /* the lane answers */
};

enum lg_place_state {
    LG_PLACE_ACTIVE,
    LG_PLACE_RETIRED,  /* no new snapshot refers to it */
    LG_PLACE_DRAINING, /* nothing refers to it, its workers end */
    LG_PLACE_DRAINED
};

/* A function and where it lives. */
struct lg_place {
    struct lg_gateway *gateway;
    const struct lg_config_function *config; /* until it was opened */
    char *identity;                          /* every option of it as one text, owned */
    struct lg_slots *before;                 /* until it was opened; one reference, or NULL */
    struct lg_function *function;            /* one reference */
    struct lg_lane *home;
    enum lg_place_state state;
    struct lg_link link;             /* in gateway->places */
    struct lg_letter letter;         /* to its home */
    struct lg_letter drained_letter; /* back to loop 0 */
};

struct lg_control;
struct lg_reload;
struct lg_redis;

struct lg_gateway {
    struct lg_snapshot *snapshot; /* one reference */
    struct lg_keeper *keeper;
    struct lg_lane *lanes;
    unsigned lane_count;
    /* what other parts index by loop */
    struct lg_mailbox **mailboxes;
    struct lg_server **servers;
    struct lg_service *services; /* of the public listener */
    struct lg_link places;       /* all functions, also those that retire */
    struct lg_map *functions;    /* name -> struct lg_place, those of the current snapshot */
    struct lg_timer retire_timer;
    struct lg_reload *reload; /* the one under way, or NULL */
    const char *drain_wanted; /* a stop that waits for the reload, or NULL; static storage */
    bool reload_again;        /* SIGHUP came meanwhile, or before the start was over */
    char *account_id, *region, *admin_host;
    char *runtime_directory;

    struct lg_lookups *lookups; /* NULL until something connects outward by name */
    struct lg_redis *redis;     /* NULL until a configuration has one */
    bool redis_entered;
    unsigned redis_to_leave; /* loops */
    void (*redis_left)(struct lg_gateway *gateway);
    struct lg_credential_home *credentials; /* of AWS */
    struct lg_control *control;             /* NULL until keys are to be fetched */
    struct lg_timer ready_timer;
    int64_t ready_by_ms; /* it does not wait for keys any longer */

    struct lg_shared shared;
    struct lg_listen_limits admin_limits;
    struct lg_service admin_service;
    struct lg_server *admin_server; /* on loop 0 */
    struct lg_listener *public_listener, *admin_listener;
    char *admin_path; /* unix socket to remove at the end, or NULL */
    struct lg_admin admin;
    struct lg_function_env function_env;

    atomic_int life; /* enum lg_life */
    int signals;     /* signalfd */
    struct lg_watch signal_watch;
    atomic_bool keeper_lost;
    struct lg_letter lost_letter;
    struct lg_timer deadline;
    struct lg_timer watchdog;
    int64_t tick_ms;
    unsigned lanes_to_drain, places_to_drain;
    int exit_status;
};

/* limits.c */
unsigned lg_gateway_idle_timeout_s(const struct lg_config *config);
struct lg_listen_limits lg_gateway_admin_limits(const struct lg_config *config);
/* On the lane's loop, or before it runs. */
void lg_lane_set_limits(struct lg_lane *lane, const struct lg_config *config);
/* Those of all loops together. */
void lg_gateway_set_shared(struct lg_gateway *gateway, const struct lg_config *config);

/*
 * lane.c: open() leaves what it has made for close(), also when it fails, with errno. start() is
 * for lanes other than the first, which runs on the main thread; join() ends their loops.
 */
LG_MUST_CHECK bool lg_lane_open(struct lg_gateway *gateway, unsigned index);
LG_MUST_CHECK bool lg_lane_start(struct lg_lane *lane);
void lg_lane_join(struct lg_lane *lane);
void lg_lane_close(struct lg_lane *lane);

/* gateway.c */
void lg_gateway_name_place(struct lg_map *functions, const char *name, struct lg_place *place);

/* functions.c: loop 0, except lg_place_open() on the place's home. */
struct lg_place *lg_place_new(struct lg_gateway *gateway,
                              const struct lg_config_function *function);
void lg_place_open(struct lg_place *place);
bool lg_place_is(const struct lg_place *place, const struct lg_config_function *function);
void lg_place_retire(struct lg_place *place);
void lg_place_drain(struct lg_place *place);    /* once; on_drained follows */
void lg_place_free_now(struct lg_place *place); /* after the loops ended */

/* drain.c */
void lg_gateway_begin_drain(struct lg_gateway *gateway, const char *why);
void lg_gateway_place_drained(struct lg_gateway *gateway);
void lg_gateway_cut(struct lg_gateway *gateway, const char *why);

/*
 * reload.c. On loop 0. LG_ERR_BUSY: one is under way; LG_ERR_CLOSED: not serving. After
 * LG_OK on_end (may be NULL) comes once; without faults the new configuration is in use.
 */
LG_MUST_CHECK enum lg_err
lg_gateway_reload(struct lg_gateway *gateway,
                  void (*on_end)(void *context, const struct lg_faults *faults), void *context);
/* By signal: now, or once the start or the reload that is under way has ended. */
void lg_gateway_reload_soon(struct lg_gateway *gateway);

/*
 * control.c: the thread of the control plane, which fetches keys. Loop 0, or before the
 * loops run.
 */
/* Gives the issuers of a new snapshot their keys: those that are there, or new ones. */
LG_MUST_CHECK enum lg_err lg_gateway_attach_keys(struct lg_gateway *gateway,
                                                 struct lg_snapshot *snapshot);
/* Whether there are keys whose first fetch has not ended. */
bool lg_gateway_awaits_keys(const struct lg_gateway *gateway);
/* After the other loops ended, before the last snapshots go; and after them. */
void lg_gateway_control_end(struct lg_gateway *gateway);
void lg_gateway_control_free(struct lg_gateway *gateway);

/*
 * redis.c: on loop 0, or before the loops run. prepare() changes nothing that counts: what
 * it makes serves once enter() was called, which has every loop connect.
 */
bool lg_gateway_prepare_redis(struct lg_gateway *gateway, const struct lg_config *config,
                              struct lg_faults *faults);
bool lg_gateway_enter_redis(struct lg_gateway *gateway, bool running);
/* While the loops run: `then` comes once all have left. False: none has entered, it will not come.
 */
bool lg_gateway_leave_redis(struct lg_gateway *gateway, void (*then)(struct lg_gateway *gateway));
bool lg_gateway_awaits_redis(const struct lg_gateway *gateway);

/* outward.c: the first two on loop 0, or before the loops run. */
#define LG_NO_NAMES "a thread for names of hosts cannot be started"
bool lg_gateway_need_names(struct lg_gateway *gateway);
bool lg_gateway_prepare_outward(struct lg_gateway *gateway, const struct lg_config *config,
                                struct lg_faults *faults);
/* On the loop itself, after one of the above. NULL with errno when the kernel refuses. */
struct lg_resolver *lg_lane_resolver(struct lg_lane *lane);
struct lg_http_client *lg_gateway_client(void *gateway, unsigned loop);

/* notify.c: systemd, if we run under it. */
void lg_gateway_notify_ready(struct lg_gateway *gateway);
void lg_gateway_notify_reloading(void);
void lg_gateway_notify_stopping(const struct lg_gateway *gateway);
void lg_gateway_watchdog(struct lg_gateway *gateway); /* before the loops run */
void lg_gateway_watchdog_end(struct lg_gateway *gateway);

/* admin.c: what the admin listener may ask. */
void lg_gateway_fill_admin(struct lg_gateway *gateway);

#endif
