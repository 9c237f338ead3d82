/* user.h -- a user of this machine, by name. */
#ifndef LG_CONFIG_USER_H
#define LG_CONFIG_USER_H

#include "base/arena.h"
#include "base/err.h"
#include "config/config.h"

/*
 * Asks the machine, which may take a while where users come from elsewhere. Lies in the arena.
 * LG_ERR_NOT_FOUND: there is none of that name. LG_ERR_IO: the machine cannot tell.
 */
LG_MUST_CHECK enum lg_err lg_user_find(struct lg_arena *arena, const char *name,
                                       const struct lg_config_user **ret_user);

#endif
