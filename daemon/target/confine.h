/* confine.h -- how the processes of a function are kept apart: from its configuration, for keeper/.
 */
#ifndef LG_TARGET_CONFINE_H
#define LG_TARGET_CONFINE_H

#include "target/pool.h"

/* Sets pool->confine. Looks at the file system: once a pool. */
void lg_confine_decide(struct lg_pool *pool);

/* Whether /tmp holds `path`, which need not exist, once links are followed. */
bool lg_confine_in_tmp(const char *path);

#endif
