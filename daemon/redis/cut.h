/*
 * cut.h -- strings of Redis's protocol that are longer than anybody wants, cut to a length while
 * they arrive: what is cut off is never held, and what follows is read as if nothing had happened.
 */
#ifndef LG_REDIS_CUT_H
#define LG_REDIS_CUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define LG_RESP_HEAD_MAX 24 /* of a string: longer ones are none */

struct lg_resp_cut {
    char head[LG_RESP_HEAD_MAX]; /* "$NUMBER\r\n", as far as it has come */
    size_t head_size;
    bool in_line;        /* of anything else */
    bool returned;       /* "\r" was the last byte of that, or of the head */
    uint64_t left, skip; /* of a string: to be passed on, and to be thrown away after that */
};

/*
 * Passes `data` on in pieces, with strings of at most `most` bytes. An error of pass() ends it, and
 * is returned.
 */
LG_MUST_CHECK enum lg_err
lg_resp_cut(struct lg_resp_cut *cut, const char *data, size_t size, size_t most,
            enum lg_err (*pass)(void *context, const char *data, size_t size), void *context);

#endif
