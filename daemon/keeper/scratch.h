/*
 * scratch.h -- a directory for temporary files for each process, and none left behind.
 *
 *     BASE/               $TMPDIR (or /tmp) /lambdagate-UID, ours alone
 *       XXXXXX/           of this keeper, which holds a lock on it
 *         7/              of one process: its user's, 0700
 *         trash-7/        of one that ended, until it is removed
 *
 * A keeper that is gone has let go of its lock: whoever starts next removes what it left. All
 * removing is done by a child process, since a process may leave a million files.
 */
#ifndef LG_KEEPER_SCRATCH_H
#define LG_KEEPER_SCRATCH_H

#include <stdbool.h>
#include <sys/types.h>

#include "keeper/confine.h"

struct lg_scratch;

/* Starts to remove what earlier keepers left. The directory itself is made when it is needed. */
struct lg_scratch *lg_scratch_new(void);
/* Removes everything, and waits for it. */
void lg_scratch_free(struct lg_scratch *scratch);

/*
 * Makes the directory of the process `number` for its user. *ret_path is absolute, and the
 * caller's to free. Returns 0 or an errno.
 */
int lg_scratch_make(struct lg_scratch *scratch, unsigned number,
                    const struct lg_keeper_confine *confine, char **ret_path);
/* That process has ended. Fine when it had none. */
void lg_scratch_drop(struct lg_scratch *scratch, unsigned number);

/* The child that removes, or -1: it must be left alone. */
pid_t lg_scratch_remover(const struct lg_scratch *scratch);
/* A child was reaped: if it was the remover, another may be started. */
void lg_scratch_reaped(struct lg_scratch *scratch, pid_t pid);

#endif
