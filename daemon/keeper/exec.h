/*
 * exec.h -- from a request to a running process, without waiting for it.
 *
 * fork(2) answers at once; whether exec worked is told later through a pipe that exec closes:
 * its end is success, what is written into it is the reason. A slow disk so never stops the
 * keeper.
 *
 * The process leads its own session and group, dies with the keeper (SIGKILL), reads /dev/null,
 * writes to `output`, has no other descriptor, default signal dispositions, none blocked, and
 * umask 0077: what a function writes is its user's alone unless it says otherwise.
 */
#ifndef LG_KEEPER_EXEC_H
#define LG_KEEPER_EXEC_H

#include <sys/types.h>

#include "base/err.h"
#include "keeper/protocol.h"

/* Returns 0 or an errno. ret_report is a non-blocking descriptor for lg_exec_result(). */
LG_MUST_CHECK int lg_exec_start(const struct lg_keeper_message *spawn, int output, pid_t *ret_pid,
                                int *ret_report);

struct lg_exec_failure {
    int error, step; /* an errno, and an enum lg_keeper_step */
};

/* LG_OK: it runs. LG_ERR_BUSY: not known yet. LG_ERR_REFUSED: it does not, and why. */
LG_MUST_CHECK enum lg_err lg_exec_result(int report, struct lg_exec_failure *reterr_failure);

#endif
