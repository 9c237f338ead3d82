/*
 * stream.h -- an answer that travels to its caller while the worker still sends it.
 *
 *     worker's connection -> waiting ...... -> load -> the caller's on_data
 *                            home loop         by letter, one at a time
 *
 * What came is gathered on the home loop while the load before it is on its way or the caller has
 * no room. From LG_STREAM_HIGH bytes on, the worker's connection is not read until there is room
 * again: so the caller's pace becomes the function's, and the memory of a stream is bounded.
 */
#ifndef LG_TARGET_STREAM_H
#define LG_TARGET_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "listen/exchange.h" /* enum lg_flow */
#include "wire/mailbox.h"

struct lg_job;

#define LG_STREAM_HIGH ((size_t)64 * 1024)

/* Embedded in a job; zero-initialised is a job that does not stream. */
struct lg_stream {
    /* home loop */
    bool on;        /* the answer is passed on */
    bool travels;   /* `load` belongs to the caller's loop */
    bool held;      /* the worker's connection is not read for want of room */
    bool broken;    /* its connection ended before the answer did */
    bool abandoned; /* nobody takes it: it is cut when it begins */
    char *content_type;
    int64_t bytes; /* of the answer so far */
    struct lg_buf waiting;
    /* the loop that has it */
    struct lg_buf load;
    struct lg_letter forth, back;
    /* the caller's loop */
    bool paused;
    bool dropped; /* the caller left: nothing is told but the end */
};

/* The worker began to send it. */
void lg_stream_begin(struct lg_job *job, struct lg_str content_type);
/* A piece came. LG_FLOW_PAUSE: lg_ask_go_on() will be called when there is room again. */
enum lg_flow lg_stream_add(struct lg_job *job, const void *data, size_t size);
/* The load came back: its caller has room for more. */
void lg_stream_taken(struct lg_job *job);
/* Forgets what is still here. */
void lg_stream_drop(struct lg_job *job);
/* Whether all that came is on its way, so that the end may follow. */
bool lg_stream_empty(const struct lg_job *job);
void lg_stream_done(struct lg_stream *stream);

#endif
