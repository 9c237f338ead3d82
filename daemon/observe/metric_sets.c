/*
 * metric_sets.c -- numbers of one thing side by side, by class and labels.
 *
 * The numbers of a class lie in cells of slabs, apart from their labels, so that a request that
 * counts touches few pages. A cell ends with the way back to its set.
 */
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/lines.h"
#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"
#include "observe/metrics.h"
#include "observe/metrics_text.h"

#define FIRST_SLAB 16 /* cells */
#define LARGEST_SLAB ((size_t)2 * 1024 * 1024)

/* All sets of one class. */
struct rank {
    const struct lg_metric_class *class;
    struct lg_link link; /* in `ranks` */
    struct lg_map *sets; /* by labels */
    char *slab;          /* the newest; what is cut from it stays in use or free for ever */
    size_t slab_cells, slab_used;
    void *free_cells; /* each begins with the next one */
};

struct set {
    unsigned references;
    char *labels;
    void *numbers;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct lg_link ranks = { &ranks, &ranks };

static struct rank *rank_of(const struct lg_metric_class *class)
{
    struct rank *rank;

    for (struct lg_link *link = ranks.next; link != &ranks; link = link->next) {
        rank = LG_LIST_OF(link, struct rank, link);
        if (rank->class == class)
            return rank;
    }
    rank = LG_NEW(struct rank);
    rank->class = class;
    rank->sets = lg_map_new();
    lg_list_add_last(&ranks, &rank->link);
    return rank;
}

/* --- cells ------------------------------------------------------------------------------------ */

/* Where a cell says whose it is. */
static struct set **owner_of(const struct lg_metric_class *class, void *cell)
{
    assert(class->size % sizeof(struct set *) == 0);
    return (struct set **)(void *)((char *)cell + class->size);
}

static size_t cell_size(const struct lg_metric_class *class)
{
    return lg_lines_round(class->size + sizeof(struct set *));
}

static void new_slab(struct rank *rank)
{
    size_t size = cell_size(rank->class);
    size_t most = LARGEST_SLAB / size;

    rank->slab_cells = rank->slab_cells == 0 ? FIRST_SLAB : rank->slab_cells * 2;
    if (rank->slab_cells > most)
        rank->slab_cells = most;
    rank->slab = lg_lines_alloc(rank->slab_cells * size);
    rank->slab_used = 0;
}

static void *take_cell(struct rank *rank)
{
    void *cell = rank->free_cells;

    if (cell != NULL) {
        memcpy(&rank->free_cells, cell, sizeof(rank->free_cells));
        return memset(cell, 0, cell_size(rank->class));
    }
    if (rank->slab_used == rank->slab_cells)
        new_slab(rank);
    return rank->slab + rank->slab_used++ * cell_size(rank->class);
}

static void give_cell(struct rank *rank, void *cell)
{
    memcpy(cell, &rank->free_cells, sizeof(rank->free_cells));
    rank->free_cells = cell;
}

/* --- sets ------------------------------------------------------------------------------------- */

static struct set *new_set(struct rank *rank, const char *labels)
{
    struct set *set = LG_NEW(struct set);
    enum lg_err err;

    set->labels = lg_strdup(labels);
    set->numbers = take_cell(rank);
    *owner_of(rank->class, set->numbers) = set;
    err = lg_map_put(rank->sets, lg_str_of(labels), set);
    assert(err == LG_OK);
    (void)err;
    return set;
}

void *lg_metric_set_get(const struct lg_metric_class *class, const char *labels)
{
    pthread_mutex_lock(&lock);
    struct rank *rank = rank_of(class);
    struct set *set = lg_map_get(rank->sets, lg_str_of(labels));
    if (set == NULL)
        set = new_set(rank, labels);
    set->references++;
    pthread_mutex_unlock(&lock);
    return set->numbers;
}

void lg_metric_set_unref(const struct lg_metric_class *class, void *numbers)
{
    if (numbers == NULL)
        return;
    pthread_mutex_lock(&lock);
    struct rank *rank = rank_of(class);
    struct set *set = *owner_of(class, numbers);
    if (--set->references == 0) {
        const struct set *removed = lg_map_remove(rank->sets, lg_str_of(set->labels));

        assert(removed == set);
        (void)removed;
        give_cell(rank, numbers);
        free(set->labels);
        free(set);
    }
    pthread_mutex_unlock(&lock);
}

/* --- writing ---------------------------------------------------------------------------------- */

/* The rows from `first` to `end` have one name. */
static void write_rows(struct lg_buf *out, const struct rank *rank, size_t first, size_t end)
{
    const struct lg_metric_row *rows = rank->class->rows;

    lg_metric_write_head(out, rows[first].type, rows[first].name, rows[first].help);
    for (size_t i = 0; i < lg_map_count(rank->sets); i++) {
        const struct set *set = lg_map_at(rank->sets, i, NULL);

        for (size_t row = first; row < end; row++)
            lg_metric_write(out, rows[row].type, rows[row].name, set->labels, rows[row].labels,
                            (const char *)set->numbers + rows[row].offset);
    }
}

static void write_rank(struct lg_buf *out, const struct rank *rank)
{
    const struct lg_metric_row *rows = rank->class->rows;
    size_t end;

    for (size_t first = 0; first < rank->class->count; first = end) {
        for (end = first + 1; end < rank->class->count; end++) {
            if (strcmp(rows[end].name, rows[first].name) != 0)
                break;
        }
        write_rows(out, rank, first, end);
    }
}

void lg_metric_sets_write(struct lg_buf *out)
{
    pthread_mutex_lock(&lock);
    for (struct lg_link *link = ranks.next; link != &ranks; link = link->next) {
        const struct rank *rank = LG_LIST_OF(link, struct rank, link);

        if (lg_map_count(rank->sets) > 0)
            write_rank(out, rank);
    }
    pthread_mutex_unlock(&lock);
}
