/*
 * worker.h -- `lambdagate worker` as a process: one loop, a pool of workers, a bridge.
 */
#ifndef LG_WORKER_PROCESS_H
#define LG_WORKER_PROCESS_H

#include "config/config.h"

struct lg_worker_options {
    const struct lg_config *config; /* limits, log, account */
    const struct lg_config_redis *redis;
    const struct lg_config_function *function; /* with workers, and no more of them than calls */
    const char *queue;
    int64_t drain_timeout_ms;
    const struct lg_config_address *admin; /* for health and metrics, or NULL */
    unsigned admin_mode;                   /* where it is a unix socket */
};

/* Serves until SIGTERM or SIGINT. Only while there is one thread. Returns an exit status. */
int lg_worker_process(const struct lg_worker_options *options);

#endif
