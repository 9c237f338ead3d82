/*
 * workers.h -- the embedded default: processes of this machine that speak the Lambda Runtime API.
 *
 * A pool lives on one loop. The keeper spawns, reaps and kills its processes; each has a
 * loopback port of its own, and only a process of the expected user may connect to it.
 *
 *     starting -> idle -> busy -> (away) -> idle ... -> stopping -> (gone)
 *
 * A process that cannot start is tried again ever more slowly, and those who wait get the reason
 * as the function's error. What a process may ask: runtime_request.h.
 */
#ifndef LG_TARGET_WORKERS_H
#define LG_TARGET_WORKERS_H

#include "config/config.h"
#include "target/target.h"

struct lg_keeper_line;
struct lg_server;
struct lg_mailbox;
struct lg_starts;
struct lg_credential_home;

struct lg_workers_limits {
    int64_t result_bytes; /* largest result */
    int64_t stream_bytes; /* largest answer that is passed on while it comes; 0: no limit */
};

/* What a pool needs from its surroundings; all of it outlives the pool. */
struct lg_workers_env {
    struct lg_loop *loop;                /* the pool's home */
    struct lg_mailbox *mailbox;          /* of that loop */
    struct lg_mailbox *const *mailboxes; /* of all loops, by index: answers travel there */
    struct lg_server *server;            /* the home loop's HTTP engine, for the Runtime API */
    struct lg_keeper_line *keeper;       /* the home loop's line */
    struct lg_starts *starts;            /* of the home loop */
    const char *runtime_directory;       /* where our bootstraps lie */
    const char *account_id, *region;
    struct lg_credential_home *credentials; /* for functions that get others' than this machine's */
    const struct lg_workers_limits *limits; /* read on the home loop, and may change there */
};

/* A snapshot of a pool's numbers, for `lambdagate functions` and tests. Any thread. */
struct lg_workers_state {
    unsigned starting, idle;
    unsigned busy; /* with those that answered, and did not ask for more yet */
    unsigned stopping;
    unsigned waiting;       /* invocations */
    uint64_t started_total; /* processes ever */
};

/*
 * Makes the pool of `function` and starts its `min` processes. The function's configuration is
 * copied. Never NULL. On the home loop, or before it runs.
 */
struct lg_target *lg_workers_new(const struct lg_workers_env *env,
                                 const struct lg_config_function *function);
void lg_workers_state(const struct lg_target *target, struct lg_workers_state *ret_state);

#endif
