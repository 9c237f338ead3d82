/* spawn.h -- between worker.c and spawn.c. */
#ifndef LG_TARGET_SPAWN_H
#define LG_TARGET_SPAWN_H

#include "keeper/keeper.h"
#include "target/pool.h"

/* worker.c: what it does when the keeper has news of a process. */
extern const struct lg_keeper_events lg_worker_keeper_events;

/* Gives the worker its output, its port and its process. On failure it has none of them. */
LG_MUST_CHECK enum lg_err lg_spawn(struct lg_worker *worker, struct lg_init_error *reterr_error);

/* Tells `error` how a process came to nothing that ended before its first `next`. */
void lg_spawn_describe(const struct lg_config_workers *config, int error, int status,
                       struct lg_init_error *ret_error);

#endif
