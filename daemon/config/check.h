/* check.h -- a tree held against the options table: values where it fits, faults where not. */
#ifndef LG_CONFIG_CHECK_H
#define LG_CONFIG_CHECK_H

#include "config/config.h"
#include "config/node.h"
#include "config/options.h"

/* Beyond so many faults nobody reads on, and checking stops. */
#define LG_CHECK_FAULTS_MAX 1000

/*
 * Fills `config`, whose arena is ready, from `root`. `folder` is the absolute base of relative
 * paths. Every fault is added; `config` is only whole if there was none.
 */
void lg_check(struct lg_config *config, const struct lg_node *root, const char *folder,
              struct lg_faults *faults);

#endif
