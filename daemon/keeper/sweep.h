/*
 * sweep.h -- kills what descends from this process, seen or not seen before.
 *
 * As a subreaper this process inherits whatever loses its parent below it, so its children are the
 * roots of all that is left over. SIGCHLD is blocked by the caller.
 */
#ifndef LG_KEEPER_SWEEP_H
#define LG_KEEPER_SWEEP_H

#include <stdbool.h>

#include "keeper/descent.h"

/*
 * Kills the children of this process that `spare` does not want to live, each with its group.
 * True: some are ending, and what was below them comes next: reap them, then sweep again.
 */
bool lg_sweep(bool (*spare)(const struct lg_descendant *child, void *context), void *context);

/*
 * Kills and reaps every descendant until there is none. Gives up only where nothing is left that
 * we may kill (another user's, by a set-uid program) or see (no /proc).
 */
void lg_sweep_all(void);

#endif
