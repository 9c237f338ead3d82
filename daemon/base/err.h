/*
 * err.h -- the ways in which the world can fail us.
 *
 * The world's faults are values of enum lg_err; our own faults are asserts, which stay on in
 * release builds. A function that can fail returns lg_err, and details leave by a last
 * `reterr_x` parameter that is set only on failure.
 */
#ifndef LG_BASE_ERR_H
#define LG_BASE_ERR_H

#define LG_MUST_CHECK __attribute__((warn_unused_result))
#define LG_PRINTF(format_index, first_index)                                                       \
    __attribute__((format(printf, format_index, first_index)))

enum lg_err {
    LG_OK = 0,
    LG_ERR_SYNTAX,    /* the bytes are not what they claim to be */
    LG_ERR_RANGE,     /* well formed, but outside what is allowed */
    LG_ERR_TOO_BIG,   /* larger than its ceiling: no retry helps */
    LG_ERR_FULL,      /* no room now: a later try may succeed */
    LG_ERR_NOT_FOUND, /* there is no such thing */
    LG_ERR_EXISTS,    /* there is one already */
    LG_ERR_IO,        /* a system call failed; errno says which way */
    LG_ERR_REFUSED,   /* not permitted */
    LG_ERR_CLOSED,    /* the other side is gone */
    LG_ERR_BUSY       /* not in this state */
};

/* Returns a short lower-case phrase for `err`, static storage. */
const char *lg_err_text(enum lg_err err);

#endif
