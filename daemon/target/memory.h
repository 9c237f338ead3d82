/*
 * memory.h -- what processes use, and an end to those that use too much.
 *
 * Where each process has a cgroup (keeper/cgroup.h) the kernel does all that. Elsewhere the
 * processes of a pool are looked at a few times a second: a process with all that it started,
 * which is what a cgroup would count but for the page cache. What left its parent is not seen.
 */
#ifndef LG_TARGET_MEMORY_H
#define LG_TARGET_MEMORY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct lg_pool;
struct lg_worker;

/* The most that the process itself ever had resident, in KiB; 0: it is not there. Any thread. */
int64_t lg_memory_peak_kib(pid_t pid);

/*
 * What the process and its descendants have resident now, in KiB; 0: it is not there. Pages that
 * they share are counted for each of them unless `exact`, which takes the kernel longer and may
 * not be for us: then it counts as if not. Any thread.
 */
int64_t lg_memory_group_kib(pid_t pid, bool exact);

/* A process of the pool runs, or has work: it is looked at before long. */
void lg_memory_watch(struct lg_pool *pool);
/* The pool has no processes any more. */
void lg_memory_forget(struct lg_pool *pool);

/* Brings worker->used_kib up to date. */
void lg_memory_read(struct lg_worker *worker);

#endif
