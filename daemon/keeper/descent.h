/*
 * descent.h -- who descends from this process, as /proc tells it.
 *
 * All of /proc is read in place of /proc/self/task/.../children: kernels may be built without
 * those, and they leave out siblings of a child that ends meanwhile.
 */
#ifndef LG_KEEPER_DESCENT_H
#define LG_KEEPER_DESCENT_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/str.h"

struct lg_descendant {
    pid_t pid, parent, group, session;
    bool ended; /* a zombie: nothing to kill, only to reap */
};

/* Reads the text of /proc/PID/stat. Pure. LG_ERR_SYNTAX. */
LG_MUST_CHECK enum lg_err lg_descent_parse(struct lg_str stat, struct lg_descendant *ret_process);

/* Calls `each` for every child of ours. False: /proc cannot be read. */
bool lg_descent_children(void (*each)(const struct lg_descendant *child, void *context),
                         void *context);

/*
 * The value of the variable `name` in the environment that `pid` was started with, to be freed
 * by the caller; NULL: none, or not for us to read.
 */
char *lg_descent_variable(pid_t pid, const char *name);

#endif
