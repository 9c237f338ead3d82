/*
 * target.h -- where a function runs, behind one interface: workers here, later Redis and Lambda.
 *
 * start() takes an invocation, and the target then calls back, on the loop that called start():
 *
 *     on_start   a worker took it: the function's timeout runs from here      (0 or 1 time)
 *     on_head    the answer begins                                            (0 or 1)
 *     on_data    a piece of it; a buffered result is one head, one piece      (0 ..)
 *     on_end     the only end, exactly once; the target forgets the invocation before it calls
 *
 * After on_data answered LG_FLOW_PAUSE there is no more of it before resume(), but on_end may come.
 *
 * on_end never comes before start() or cancel() returned. Only function/ owns deadlines: it
 * calls cancel(), and the cause of the end says what is known (LG_CAUSE_NEVER_STARTED: safe to
 * repeat).
 */
#ifndef LG_TARGET_TARGET_H
#define LG_TARGET_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "base/list.h"
#include "base/str.h"
#include "listen/exchange.h" /* enum lg_flow */

struct lg_loop;
struct lg_target;
struct lg_invocation;

enum lg_cause {
    LG_CAUSE_OK,             /* the function answered */
    LG_CAUSE_FUNCTION_ERROR, /* it ran and failed; the data is its error document */
    LG_CAUSE_TIMEOUT,        /* it ran past its deadline and was stopped; data as above */
    LG_CAUSE_THROTTLED,      /* refused for lack of room: never started */
    LG_CAUSE_NEVER_STARTED,  /* withdrawn, or could not be started */
    LG_CAUSE_UNKNOWN,        /* it may have run, or be running */
    LG_CAUSE_TOO_LARGE,      /* the result is over the limit; data as above */
    LG_CAUSE_REFUSED,        /* the target does not accept this invocation */
    LG_CAUSE_ABANDONED       /* its caller left in the middle of a streamed answer */
};
#define LG_CAUSE_COUNT (LG_CAUSE_ABANDONED + 1)

/* Lower-case word for logs and metrics: "ok", "function_error", ... */
const char *lg_cause_text(enum lg_cause cause);

enum lg_cancel {
    LG_CANCEL_WITHDRAW, /* end it if it has not started, else leave it alone */
    LG_CANCEL_TIMEOUT,  /* its deadline passed: stop it whatever it does */
    LG_CANCEL_ABANDON   /* as WITHDRAW, and nobody takes an answer: one that streams is cut */
};

struct lg_invocation_head {
    struct lg_str content_type; /* as the runtime sent it; may be empty */
    bool function_error;        /* the data is an error document */
    bool streaming;             /* the runtime asked for response streaming */
    /* The answer is passed on while it comes: only where the invocation takes it so. */
    bool passed_on;
};

struct lg_invocation_end {
    enum lg_cause cause;
    const char *reason;     /* for the log: "exit status 1", ...; NULL: none */
    struct lg_str log_tail; /* last 4 KiB of its log lines, when asked for */
    const char *error_type; /* of a failure: "Runtime.ExitError", ...; NULL: none is known */
    struct lg_str document; /* of a failure after an answer was passed on: its error document */
};

struct lg_invocation_events {
    void (*on_start)(void *owner);
    void (*on_head)(void *owner, const struct lg_invocation_head *head);
    enum lg_flow (*on_data)(void *owner, const void *data, size_t size);
    void (*on_end)(void *owner, const struct lg_invocation_end *end);
};

/* One event for one function. Filled in by the caller, which keeps it until on_end. */
struct lg_invocation {
    char id[LG_UUID_SIZE];
    const char *request_id;       /* for log lines; the id itself where there is no other */
    struct lg_str payload;        /* never re-encoded; immutable until on_end */
    struct lg_str trace;          /* X-Amzn-Trace-Id */
    struct lg_str client_context; /* raw JSON, may be empty */
    struct lg_str cognito_identity;
    const char *arn;    /* as invoked */
    int64_t timeout_ms; /* from pick-up */
    unsigned attempt;   /* from 1 */
    bool want_log_tail;
    bool stream; /* an answer that the runtime streams is wanted while it comes */
    bool http;   /* its caller reads an HTTP integration response as well as a result */
    const struct lg_invocation_events *events;
    void *owner;

    struct lg_loop *loop; /* set by start(): the caller's loop */
    void *place;          /* the target's own */
    struct lg_link link;  /* the target's own */
};

struct lg_target_class {
    const char *name; /* "workers" */
    /*
     * LG_OK: on_end will come. LG_ERR_FULL: no room to wait (throttled). LG_ERR_CLOSED: the target
     * is shutting down. After an error the invocation is as it was and nothing will be called.
     * From another loop than the target's own, no room is told by the end: LG_CAUSE_THROTTLED.
     */
    enum lg_err (*start)(struct lg_target *target, struct lg_invocation *invocation);
    void (*cancel)(struct lg_target *target, struct lg_invocation *invocation, enum lg_cancel why);
    /* The owner can take data again after it answered LG_FLOW_PAUSE. */
    void (*resume)(struct lg_target *target, struct lg_invocation *invocation);
    /* Takes nothing new; runs `on_drained(context)` once all has ended. */
    void (*drain)(struct lg_target *target, void (*on_drained)(void *context), void *context);
    void (*free)(struct lg_target *target); /* after on_drained */
};

/* First member of every target. */
struct lg_target {
    const struct lg_target_class *class;
};

#endif
