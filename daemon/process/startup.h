/*
 * startup.h -- what a process does to itself before it serves, in this order; lambdagated and
 * `lambdagate worker` alike.
 */
#ifndef LG_STARTUP_H
#define LG_STARTUP_H

#include "base/err.h"
#include "config/config.h"
#include "keeper/keeper.h"

/* Nobody may read the memory or trace this process. Sanitizers need both for themselves. */
void lg_startup_protect(void);

/* SIGTERM, SIGINT and SIGHUP are read on loop 0; every thread and the keeper inherit this mask. */
void lg_startup_block_signals(void);

/*
 * After the keeper was forked: two descriptors a request and one an idle client: the usual soft
 * limit of 1024 is soon reached. Workers keep the limit that the operator gave.
 */
void lg_startup_raise_descriptor_limit(void);

LG_MUST_CHECK enum lg_err lg_startup_log(const struct lg_config *config);
/* Binds and listens, and says where or why not. `what` is served there. */
LG_MUST_CHECK enum lg_err lg_startup_listen(const struct lg_config_address *where, unsigned mode,
                                            const char *what, int *ret_fd);
void lg_startup_say_memory(const struct lg_keeper *keeper);

#endif
