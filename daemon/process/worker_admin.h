/*
 * worker_admin.h -- health, readiness and metrics of `lambdagate worker`, by the daemon's own
 * pages.
 *
 * Threads: all on its loop, or once that ended.
 */
#ifndef LG_WORKER_ADMIN_H
#define LG_WORKER_ADMIN_H

#include "config/config.h"
#include "invoke_api/admin.h"

struct lg_worker_admin;

/* Listens, and says where. NULL after the reason was logged. `state(context)`: as /readyz tells. */
struct lg_worker_admin *lg_worker_admin_new(struct lg_loop *loop, struct lg_mailbox *mailbox,
                                            const struct lg_config_address *address, unsigned mode,
                                            enum lg_admin_state (*state)(void *context),
                                            void *context);
/* The file of a unix socket goes, when the rest is left to the end of the process. NULL is fine. */
void lg_worker_admin_unlink(const struct lg_worker_admin *admin);
void lg_worker_admin_free(struct lg_worker_admin *admin); /* NULL is fine */

#endif
