/*
 * changes.h -- tells when files in a folder, or in folders below it, have changed.
 *
 * For development: many changes in one stroke are told once, a moment after the last. What tools
 * keep for themselves is passed over (.git, node_modules, __pycache__, an editor's backups).
 * Links are not followed, and there is a largest number of folders.
 * Threads: the loop's.
 */
#ifndef LG_TARGET_CHANGES_H
#define LG_TARGET_CHANGES_H

#include <stdbool.h>

#include "wire/loop.h"

#define LG_CHANGES_FOLDERS_MAX 1024

struct lg_changes;

/*
 * Watches `directory`; `who` is for the log, and both outlive the watching. Never NULL: where the
 * kernel refuses, that is logged, and nothing is ever told.
 */
struct lg_changes *lg_changes_open(struct lg_loop *loop, const char *who, const char *directory,
                                   void (*on_change)(void *context), void *context);
void lg_changes_close(struct lg_changes *changes); /* NULL is fine */

/* Whether an entry of that name says nothing about the code. Pure. */
bool lg_changes_ignored(const char *name);

#endif
