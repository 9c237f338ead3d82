/*
 * output.h -- what one worker process writes to stdout and stderr, as lines of the log.
 *
 * The pipe is read a bounded amount a turn, so that a chatty process cannot hold the loop, and
 * always emptied, so that it never blocks either: what exceeds a rate is dropped and counted.
 * Threads: the loop's.
 */
#ifndef LG_TARGET_OUTPUT_H
#define LG_TARGET_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "target/lines.h"
#include "target/log_level.h"
#include "wire/loop.h"

#define LG_OUTPUT_LINES_A_SECOND 5000

/* Embedded in its owner. */
struct lg_output {
    struct lg_watch watch;
    struct lg_loop *loop;
    const char *who;        /* for the log; outlives this */
    const char *request_id; /* of the invocation that runs; "" outside */
    struct lg_tail *tail;   /* also goes here, while not NULL */
    enum lg_level least;    /* JSON lines of lower levels are left out; NONE: none are */
    struct lg_lines lines;
    int64_t second;   /* of the clock, for the rate */
    unsigned written; /* lines in it */
    uint64_t dropped; /* since the last line that was written */
};

/* Makes the pipe and watches it. *ret_write is the process's end, for the caller to hand on and
 * close. */
LG_MUST_CHECK enum lg_err lg_output_open(struct lg_output *output, struct lg_loop *loop,
                                         const char *who, int *ret_write);
/* Reads what is in the pipe now, incomplete line included. Bounded. */
void lg_output_drain(struct lg_output *output);
/* Drains and closes. Fine when not open. */
void lg_output_close(struct lg_output *output);

/* A line of the platform among those of the process, unless it is empty; empties `text`. */
void lg_output_say(struct lg_output *output, struct lg_buf *text);
/* Whether anybody reads what is said. */
bool lg_output_heard(const struct lg_output *output);

#endif
