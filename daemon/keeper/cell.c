/* cell.c -- made in one go, left in two: a cgroup goes when the last one in it has died. */
#include "keeper/cell.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "keeper/keeper.h"

struct leaving {
    struct lg_link link;
    unsigned number;
};

void lg_cells_open(struct lg_cells *cells, const char *cgroup)
{
    *cells = (struct lg_cells){ .scratch = lg_scratch_new() };
    lg_list_init(&cells->leaving);
    if (cgroup != NULL)
        cells->cgroup = lg_cgroup_open(cgroup);
}

static void try_to_leave(struct lg_cells *cells)
{
    struct lg_link *link = lg_list_first(&cells->leaving);

    while (link != NULL) {
        struct leaving *leaving = LG_LIST_OF(link, struct leaving, link);

        link = lg_list_after(&cells->leaving, link);
        if (!lg_cgroup_remove(cells->cgroup, leaving->number))
            continue;
        lg_list_remove(&leaving->link);
        free(leaving);
    }
}

void lg_cells_close(struct lg_cells *cells)
{
    try_to_leave(cells);
    struct lg_link *link = lg_list_first(&cells->leaving);
    while (link != NULL) {
        struct leaving *leaving = LG_LIST_OF(link, struct leaving, link);

        link = lg_list_after(&cells->leaving, link);
        free(leaving);
    }
    lg_list_init(&cells->leaving);
    lg_cgroup_free(cells->cgroup);
    lg_scratch_free(cells->scratch);
}

enum lg_err lg_cell_make(struct lg_cells *cells, const struct lg_keeper_confine *confine,
                         struct lg_cell *ret_cell, struct lg_exec_place *ret_place,
                         struct lg_exec_failure *reterr_failure)
{
    struct lg_cell cell = { .number = ++cells->serial };
    char *tmp = NULL;
    int error = 0, join = -1;

    if (cells->serial > INT32_MAX)
        cells->serial = 0; /* the next one is 1 again: those of so long ago are gone */
    if (confine->tmp != LG_KEEPER_TMP_SHARED) {
        error = lg_scratch_make(cells->scratch, cell.number, confine, &tmp);
        reterr_failure->step = LG_KEEPER_STEP_TMP;
        cell.has_tmp = error == 0;
    }
    if (error == 0 && confine->memory_bytes > 0 && cells->cgroup != NULL) {
        error = lg_cgroup_make(cells->cgroup, cell.number, confine->memory_bytes, &join);
        reterr_failure->step = LG_KEEPER_STEP_MEMORY;
        cell.has_cgroup = error == 0;
    }
    if (error != 0) {
        reterr_failure->error = error;
        free(tmp);
        lg_cell_leave(cells, &cell);
        return LG_ERR_REFUSED;
    }
    ret_place->tmp = tmp;
    ret_place->join = join;
    *ret_cell = cell;
    return LG_OK;
}

void lg_cell_read(struct lg_cells *cells, const struct lg_cell *cell,
                  struct lg_keeper_message *ret_end)
{
    int64_t peak_kib;

    if (!cell->has_cgroup)
        return;
    lg_cgroup_read(cells->cgroup, cell->number, &peak_kib, &ret_end->out_of_memory);
    if (peak_kib > 0 && peak_kib <= INT32_MAX)
        ret_end->peak_kib = (int)peak_kib;
}

void lg_cell_leave(struct lg_cells *cells, const struct lg_cell *cell)
{
    if (cell->has_tmp)
        lg_scratch_drop(cells->scratch, cell->number);
    if (!cell->has_cgroup || lg_cgroup_remove(cells->cgroup, cell->number))
        return;

    struct leaving *leaving = LG_NEW(struct leaving);
    leaving->number = cell->number;
    lg_list_add_last(&cells->leaving, &leaving->link);
}

void lg_cells_reaped(struct lg_cells *cells, pid_t pid)
{
    lg_scratch_reaped(cells->scratch, pid);
    try_to_leave(cells);
}
