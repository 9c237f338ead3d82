/*
 * protocol.h -- what daemon and keeper say to each other, one datagram a message.
 *
 *     daemon -> keeper   SPAWN (with the output descriptor beside it), SIGNAL
 *     keeper -> daemon   SPAWNED, then EXITED; or FAILED
 *
 * A ticket names a process over its whole life; the daemon chooses it, unique on its line.
 * Both ends are the same program, so numbers travel as the machine holds them; still no byte is
 * believed before it is checked. Pure: bytes in, values out.
 */
#ifndef LG_KEEPER_PROTOCOL_H
#define LG_KEEPER_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "keeper/confine.h"

/* The largest message, and so the largest command line with its environment. */
#define LG_KEEPER_MESSAGE_MAX ((size_t)128 * 1024)

enum lg_keeper_kind {
    LG_KEEPER_SPAWN = 1,
    LG_KEEPER_SIGNAL,
    LG_KEEPER_SPAWNED,
    LG_KEEPER_FAILED,
    LG_KEEPER_EXITED
};

struct lg_keeper_message {
    enum lg_keeper_kind kind;
    uint64_t ticket; /* never 0 */

    /* LG_KEEPER_SPAWN; both arrays end with NULL, argv has at least one word */
    const char *directory;
    const char *const *argv;
    const char *const *environment;
    struct lg_keeper_confine confine;

    int signal;         /* LG_KEEPER_SIGNAL */
    int pid;            /* LG_KEEPER_SPAWNED */
    int group;          /* of its cgroup; 0: none */
    int error;          /* LG_KEEPER_FAILED: an errno, and */
    int step;           /* an enum lg_keeper_step (keeper.h) */
    int status;         /* LG_KEEPER_EXITED: as waitpid(2) */
    int peak_kib;       /* the most memory it used; 0: not known */
    bool out_of_memory; /* the kernel killed it over its limit */
};

/* Appends `message` to `out`. LG_ERR_TOO_BIG (out is useless then) over the limit above. */
LG_MUST_CHECK enum lg_err lg_keeper_encode(struct lg_buf *out,
                                           const struct lg_keeper_message *message);

/*
 * Reads one whole message. Strings point into `bytes`, the arrays lie in `arena`.
 * LG_ERR_SYNTAX for anything that lg_keeper_encode() does not write.
 */
LG_MUST_CHECK enum lg_err lg_keeper_decode(struct lg_str bytes, struct lg_arena *arena,
                                           struct lg_keeper_message *ret_message);

#endif
