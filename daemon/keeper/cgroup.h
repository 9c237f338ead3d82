/*
 * cgroup.h -- a cgroup (version 2) for each process, which holds it to its memory.
 *
 *     OURS/               that of the daemon, if it was delegated to us
 *       gateway/          daemon and keeper move here: a cgroup with processes has no groups below
 *       worker-7/         of one process and all that it starts
 *
 * Delegated means: the service manager says so (Delegate=yes), or there is none and nobody but us
 * lives there. Everything else is left as it is.
 */
#ifndef LG_KEEPER_CGROUP_H
#define LG_KEEPER_CGROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

/* --- pure ------------------------------------------------------------------------------------- */

/* The path in the one hierarchy of version 2, out of /proc/self/cgroup ("0::/a/b"). */
LG_MUST_CHECK enum lg_err lg_cgroup_parse_path(struct lg_str text, struct lg_str *ret_path);
/* Where /proc/self/mountinfo says that it is mounted, and which part of it ("/": all). */
LG_MUST_CHECK enum lg_err lg_cgroup_parse_mount(struct lg_str text, struct lg_str *ret_point,
                                                struct lg_str *ret_root);
/* The number behind `name` in text such as memory.events; -1: it is not there. */
int64_t lg_cgroup_parse_event(struct lg_str text, const char *name);
/* Whether the word stands in text such as cgroup.controllers. */
bool lg_cgroup_has_word(struct lg_str text, const char *word);

/* --- the daemon and its keeper ------------------------------------------------------------------
 */

/* The absolute path of our own, to be freed; NULL: there is none, or it was not delegated. */
char *lg_cgroup_find(void);

struct lg_cgroup;

/*
 * Moves this process, alone so far, into our part of it, hands the memory controller down, and
 * ends whatever an earlier one left there. False, errno: the kernel refuses, all is as before.
 */
bool lg_cgroup_take(const char *path);
/*
 * The reverse, of the keeper and then of the daemon, after the last worker: whoever is left in a
 * worker's group is killed. The last one to leave leaves it as it was found.
 */
void lg_cgroup_leave(const char *path);

/* One that was taken. NULL: it is not there. */
struct lg_cgroup *lg_cgroup_open(const char *path);
void lg_cgroup_free(struct lg_cgroup *cgroup);

/*
 * Makes the group of `number`. *ret_join is a descriptor: who writes "0" to it joins. Returns 0
 * or an errno.
 */
int lg_cgroup_make(struct lg_cgroup *cgroup, unsigned number, int64_t memory_bytes, int *ret_join);
/* What it used at most, and whether the kernel killed in it for want of memory. */
void lg_cgroup_read(struct lg_cgroup *cgroup, unsigned number, int64_t *ret_peak_kib,
                    bool *ret_out_of_memory);
/* Kills whoever is left in it or below. True: it is gone; else try again when some were reaped. */
bool lg_cgroup_remove(struct lg_cgroup *cgroup, unsigned number);

/* The same for one reader that has only the path: KiB, 0 when not known. Any thread. */
int64_t lg_cgroup_peak_kib(const char *path, unsigned number);

#endif
