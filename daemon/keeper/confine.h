/*
 * confine.h -- how a process is kept apart: whose it is, where its /tmp lies, how much it may take.
 */
#ifndef LG_KEEPER_CONFINE_H
#define LG_KEEPER_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum lg_keeper_tmp {
    LG_KEEPER_TMP_SHARED,    /* that of the machine */
    LG_KEEPER_TMP_DIRECTORY, /* a directory of its own, named by TMPDIR */
    LG_KEEPER_TMP_MOUNT      /* the same, mounted over /tmp; by TMPDIR where that is not allowed */
};

/* All zero: as the keeper itself. */
struct lg_keeper_confine {
    bool change_user;
    uid_t uid;
    gid_t gid;
    const gid_t *groups; /* supplementary */
    size_t group_count;
    enum lg_keeper_tmp tmp;
    int64_t memory_bytes; /* of a cgroup, where we have one to make others in; 0: no limit */
};

#endif
