/*
 * cell.h -- what one process is given before it runs, and what is taken away when it has ended: its
 * directory for temporary files (scratch.h) and its cgroup (cgroup.h).
 */
#ifndef LG_KEEPER_CELL_H
#define LG_KEEPER_CELL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/list.h"
#include "keeper/cgroup.h"
#include "keeper/exec.h"
#include "keeper/scratch.h"

/* All of a keeper. */
struct lg_cells {
    struct lg_scratch *scratch;
    struct lg_cgroup *cgroup; /* NULL: we have none to make others in */
    unsigned serial;
    struct lg_link leaving; /* of struct leaving: cgroups that still hold somebody who is dying */
};

/* Embedded in whoever lives in it; all zero: none. */
struct lg_cell {
    unsigned number;
    bool has_tmp, has_cgroup;
};

/* `cgroup` is the path of the one that was taken, or NULL. */
void lg_cells_open(struct lg_cells *cells, const char *cgroup);
/* After the last process ended. */
void lg_cells_close(struct lg_cells *cells);

/*
 * Makes what `confine` asks for. `ret_place` gets its tmp (to be freed) and its join (to be
 * closed). LG_ERR_REFUSED: it cannot be made, and why.
 */
LG_MUST_CHECK enum lg_err lg_cell_make(struct lg_cells *cells,
                                       const struct lg_keeper_confine *confine,
                                       struct lg_cell *ret_cell, struct lg_exec_place *ret_place,
                                       struct lg_exec_failure *reterr_failure);
/* What the process used; without a cgroup of its own nothing is set. */
void lg_cell_read(struct lg_cells *cells, const struct lg_cell *cell,
                  struct lg_keeper_message *ret_end);
/* The process has ended. */
void lg_cell_leave(struct lg_cells *cells, const struct lg_cell *cell);

/* A child that was no process of ours was reaped. */
void lg_cells_reaped(struct lg_cells *cells, pid_t pid);

#endif
