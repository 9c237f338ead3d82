/*
 * function.h -- a function by name: its limits, its target, and the calls that are made to it.
 *
 * A function is a runtime object: reference-counted, made from the configuration, adopted by
 * the next snapshot when its options did not change. A call is one invocation seen from the
 * caller's side: this folder owns its timers (queue_wait until pick-up, timeout from then).
 *
 * Threads: a function may be called from any loop; a call belongs to the loop that began it.
 */
#ifndef LG_FUNCTION_FUNCTION_H
#define LG_FUNCTION_FUNCTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "config/config.h"
#include "target/target.h"

struct lg_function;
struct lg_call;
struct lg_loop;
struct lg_slots;

/* What functions need from the process. Outlives them. */
struct lg_function_env {
    const char *account_id, *region;
};

/*
 * Takes over `target`. The configuration is copied as far as it is needed. Owned: one reference.
 * `slots` are those of the function that had the name before, whose calls count on; NULL: none.
 */
struct lg_function *lg_function_new(const struct lg_function_env *env,
                                    const struct lg_config_function *config,
                                    struct lg_target *target, struct lg_slots *slots);
struct lg_function *lg_function_ref(struct lg_function *function);
/* The last reference frees the function; its target must have been drained. */
void lg_function_unref(struct lg_function *function);
/* How many references there are now. Only 1 can be relied on, by the one who holds it. */
unsigned lg_function_references(const struct lg_function *function);

/* No other function of this process has it; one that a reload changes is another one. */
uint64_t lg_function_serial(const struct lg_function *function);
const char *lg_function_name(const struct lg_function *function);
const char *lg_function_arn(const struct lg_function *function); /* unqualified */
int64_t lg_function_timeout_ms(const struct lg_function *function);
int64_t lg_function_memory_mb(const struct lg_function *function);
int64_t lg_function_concurrency(const struct lg_function *function); /* -1: no limit */
/* Where its calls are counted; lives as long as the function. */
struct lg_slots *lg_function_slots(const struct lg_function *function);
struct lg_target *lg_function_target(const struct lg_function *function);

/* How a call ended. Slices live until on_end returns; a result that is kept must be copied. */
struct lg_call_end {
    enum lg_cause cause;
    const char *reason;     /* for the log, or NULL */
    struct lg_buf *buffer;  /* that `result` lies in: may be taken over by lg_buf_take() */
    bool passed_on;         /* the answer went to on_head and on_data; `result` holds none of it */
    struct lg_str result;   /* OK: the function's bytes; FUNCTION_ERROR: its error document */
    const char *error_type; /* of a failure, or NULL: "Runtime.ExitError", ... */
    struct lg_str content_type;
    struct lg_str log_tail;
    int64_t duration_us; /* from pick-up to the end; 0 if never started */
};

/* For a caller that takes an answer while the function still makes it. */
struct lg_call_stream {
    /* The answer begins: on_data follows. Only for an answer that the runtime streams. */
    void (*on_head)(void *owner, const struct lg_invocation_head *head);
    /* LG_FLOW_PAUSE: no more before lg_call_resume(), but the end may come. */
    enum lg_flow (*on_data)(void *owner, const void *data, size_t size);
};

struct lg_call_options {
    struct lg_str payload; /* borrowed until on_end */
    const char
        *request_id; /* for log lines and, in the shape of a UUID, the invocation id; borrowed */
    const char *invocation_id;    /* a UUID, or NULL: one is made */
    struct lg_str trace;          /* X-Amzn-Trace-Id; borrowed until on_end */
    struct lg_str client_context; /* raw JSON; borrowed until on_end */
    const char *qualifier;        /* NULL: none */
    bool want_log_tail;
    bool http; /* an HTTP integration response is as good as a result (integrate/prelude.h) */
    int64_t result_ceiling;              /* bytes collected at most */
    const struct lg_call_stream *stream; /* NULL: every answer is collected; static */
};

/*
 * Begins a call; `on_end(owner, end)` comes exactly once, never before this returns, on this
 * loop. Never NULL: a refusal (throttled, too large) comes through on_end too.
 */
struct lg_call *lg_function_call(struct lg_function *function,
                                 const struct lg_call_options *options,
                                 void (*on_end)(void *owner, const struct lg_call_end *end),
                                 void *owner);
const char *lg_call_id(const struct lg_call *call); /* the invocation's UUID */
bool lg_call_started(const struct lg_call *call);   /* a worker has taken it */

/*
 * The caller has left. A call that still waits is ended (LG_CAUSE_NEVER_STARTED); one that runs
 * goes on to its own end, as on AWS, but an answer that streams is cut (LG_CAUSE_ABANDONED).
 * on_end still comes: what the call borrowed must live until then.
 */
void lg_call_withdraw(struct lg_call *call);

/* The caller of a stream can take data again. */
void lg_call_resume(struct lg_call *call);

#endif
