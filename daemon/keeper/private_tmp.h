/*
 * private_tmp.h -- a directory mounted over /tmp, for the calling process and what it becomes.
 *
 * As root that takes a mount namespace. Others need a user namespace around it, and for that a
 * process that may be looked into while it is made: one that was executed afresh, with nothing of
 * the daemon in its memory. So the program executes itself once more (lg_private_tmp_exec), sets
 * the stage, and executes the worker (lg_private_tmp_main).
 */
#ifndef LG_KEEPER_PRIVATE_TMP_H
#define LG_KEEPER_PRIVATE_TMP_H

#include "keeper/protocol.h"

/* The first argument of a program that is to call lg_private_tmp_main(). */
#define LG_PRIVATE_TMP_WORD "--start-worker"

/* Mounts `directory` over /tmp. Returns 0 or an errno, with which nothing has changed. */
int lg_private_tmp_mount(const char *directory);

/*
 * Executes `helper`, which does the rest of `spawn`. `report` stays open for it. Returns only when
 * that fails.
 */
void lg_private_tmp_exec(const char *helper, const struct lg_keeper_message *spawn,
                         const char *directory, int report);

/* What the helper does; see lg_private_tmp_exec(). */
_Noreturn void lg_private_tmp_main(int argc, char **argv);

#endif
