/* fixed.h -- options that a reload cannot change (LG_OPTION_FIXED in the table). */
#ifndef LG_CONFIG_FIXED_H
#define LG_CONFIG_FIXED_H

#include "config/config.h"

/*
 * Adds a fault for every fixed option whose value in `new` is not that of `old`, with the file of
 * `new` and the option's path.
 */
void lg_config_check_fixed(const struct lg_config *old, const struct lg_config *new,
                           struct lg_faults *faults);

#endif
