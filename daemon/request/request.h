/*
 * request.h -- the life of one request, from its head to its access line.
 *
 *     route -> preflight -> admit -> authorize -> parameters -> body -> validate -> integrate ->
 *     respond
 *
 * Everything before `body` runs on the head alone. A stage says next, wait (something will call
 * lg_request_resume() on this loop) or answer, which jumps to respond. The request is freed when
 * its exchange is done and its call has ended, whichever comes last.
 * Threads: the loop that accepted the connection.
 */
#ifndef LG_REQUEST_H
#define LG_REQUEST_H

#include "authorize/authorizer.h"
#include "base/arena.h"
#include "base/budget.h"
#include "base/buf.h"
#include "base/id.h"
#include "function/function.h"
#include "integrate/context.h"
#include "listen/exchange.h"
#include "listen/server.h"
#include "respond/errors.h"
#include "route/table.h"
#include "snapshot/snapshot.h"
#include "wire/loop.h"
#include "wire/pool.h"

struct lg_cors;
struct lg_front;
struct lg_mapped;
struct lg_http_client;
struct lg_outbound;
struct lg_pass;
struct lg_prelude;
struct lg_question;
struct lg_result;

enum lg_next { LG_NEXT, LG_WAIT, LG_ANSWER };

/* stream_answer.c */
enum lg_stream_state {
    LG_STREAM_NONE,
    LG_STREAM_PRELUDE, /* the head of the answer comes */
    LG_STREAM_BEGUN,   /* its body goes to the client */
    LG_STREAM_SILENT   /* its body goes nowhere: HEAD, 204, 304 */
};

struct lg_request {
    struct lg_arena arena; /* the request itself and all below lies here unless it says otherwise */
    struct lg_front *front;
    struct lg_snapshot *snapshot; /* one reference */
    struct lg_exchange *exchange; /* NULL once it is done */
    const struct lg_head *head;   /* the exchange's: NULL once it is done */
    size_t stage;

    char id[LG_UUID_SIZE];                /* as the kind has them: short, or a UUID */
    char extended_id[LG_REQUEST_ID_SIZE]; /* short; the same as `id` in an HTTP API */
    struct lg_str trace; /* X-Amzn-Trace-Id, created or continued; only for a function */
    int64_t start_us, wall_ms;
    int64_t took_us; /* set when the exchange is done */

    int head_status; /* 0, or why listen/ refuses this head */
    const char *head_reason;

    enum lg_config_api_kind kind;    /* whose contract is followed, also without an API */
    const struct lg_config_api *api; /* NULL: of none */
    struct lg_str path;              /* raw, behind the stage or base path: what routes see */
    struct lg_route_match match;
    const struct lg_rule *rule; /* NULL: no route matched */

    const struct lg_cors *cors;          /* what the answer says of origins, or NULL: nothing */
    const struct lg_mapped *mapped;      /* what mappings made of the head, or NULL */
    struct lg_identity *identity;        /* who asks; one reference, or NULL */
    struct lg_context_authorizer bearer; /* the same for mappings */
    struct lg_key_waiter key_waiter;
    bool keys_awaited;            /* they were waited for already */
    struct lg_question *question; /* to a Lambda authorizer; NULL: there is none */
    const char *challenge;        /* www-authenticate of a refusal, or NULL */

    bool admitted; /* counted in front->shared->requests, and in the rule's in_flight */

    struct lg_buf body;
    struct lg_buf event;    /* the function's payload */
    size_t held;            /* taken from the memory budget */
    size_t held_waiting;    /* of it: taken from front->shared->waiting, too */
    struct lg_link waiting; /* in front->waiting: for memory to read the body into */

    struct lg_job job; /* offload.c */
    bool working;      /* the job is out */
    bool head_kept;    /* head is a copy of our own, valid to the request's end */
    void (*work)(struct lg_request *request);
    enum lg_next (*after)(struct lg_request *request);

    struct lg_str result;    /* what the function returned */
    char *result_memory;     /* that it lies in, owned; NULL: it is in the arena */
    struct lg_call *call;    /* until it ended */
    const char *function_id; /* the invocation's id, for the access line; NULL: none */
    struct lg_timer budget;  /* route.timeout */
    bool late;               /* it is over, and the call was withdrawn */

    struct lg_pass *pass; /* the way to an upstream server; NULL: none. stage_http.c */

    const struct lg_schema *schema; /* that the body must fit, or NULL */

    /* the answer */
    enum lg_error error;   /* other than NONE: the table's answer instead of what follows */
    const char *message;   /* said instead of the table's, or NULL */
    const char *reason;    /* for the log, or NULL */
    struct lg_str problem; /* application/problem+json, said instead of the table's body */
    int status;
    const struct lg_header *headers;
    size_t header_count;
    struct lg_str answer;
    bool answered;
    int sent_status;

    struct {
        enum lg_stream_state state;
        struct lg_prelude *prelude; /* with PRELUDE */
        int64_t silent_bytes;
        bool has_length; /* of an answer from elsewhere */
        int64_t length;
        const char *cut; /* why we cut it, a word; NULL: we did not */
    } stream;
    bool result_has_prelude; /* a streamed answer that was collected begins with its head */
};

/* What the requests of all loops share. */
struct lg_shared {
    struct lg_budget memory;   /* limits.memory_budget */
    struct lg_budget waiting;  /* what bodies hold that grew and wait for more: a quarter of it */
    struct lg_budget requests; /* limits.requests */
    struct lg_pool *pool;      /* for work on large bodies */
};

/* What the requests of one loop share. */
struct lg_front {
    struct lg_shared *shared;
    struct lg_mailbox *mailbox;
    struct lg_link waiting; /* requests that wait for memory, oldest first */
    struct lg_timer memory_timer;
    size_t given; /* back to the budget since memory was trimmed */
    struct lg_timer trim_timer;
    struct lg_job trim_job;
    bool trimming; /* the job is out */
    struct lg_loop *loop;
    struct lg_snapshot *snapshot; /* the current one; one reference */
    struct lg_metric *refused;    /* heads that were refused */
    struct lg_authorize_lane authorize;
    struct lg_metric *tokens_refused[LG_JWT_FAULT_COUNT]; /* none for GOOD */
    int64_t glanced_us;      /* the turn in which bodies were last checked on this loop ... */
    uint64_t glances_burned; /* ... and what that took */
    struct lg_metric *fuel_exhausted;         /* bodies that took too much work to check */
    struct lg_metric *errors[LG_ERROR_COUNT]; /* answers of the gateway's own; none for NONE */
    size_t requests;                          /* alive on this loop */
    /* The loop's, made by need; NULL when the kernel refuses. */
    struct lg_http_client *(*http_client)(struct lg_front *front);
    struct lg_outbound *outbound; /* owned; NULL until a request goes to an upstream server */
};

/* For struct lg_service of the public listener on one loop; the context is that loop's lg_front. */
void lg_request_begin(void *front, struct lg_exchange *exchange);
void lg_request_refuse(void *front, struct lg_exchange *exchange, int status, const char *reason);

/* Goes on with the stage after the one that answered LG_WAIT. */
void lg_request_resume(struct lg_request *request);
/* Jumps to respond from a stage that waits. */
void lg_request_answer(struct lg_request *request);

/* Sets the answer to the table's row for `error`; `reason` (static or in the arena) is for the log.
 */
enum lg_next lg_request_fail(struct lg_request *request, enum lg_error error, const char *reason);

/* As lg_request_fail(), with a message (static or in the arena) that the client hears. */
enum lg_next lg_request_fail_saying(struct lg_request *request, enum lg_error error,
                                    const char *message, const char *reason);

/*
 * Does work(request), then after(request) on this loop, whose answer is that of a stage. If `size`
 * is large the work is done by another thread and LG_WAIT comes back first: work() may read the
 * request and write what no event of the exchange touches. offload.c.
 */
enum lg_next lg_request_work(struct lg_request *request, size_t size,
                             void (*work)(struct lg_request *request),
                             enum lg_next (*after)(struct lg_request *request));

/* Frees a request whose exchange is done and whose call has ended. */
void lg_request_release(struct lg_request *request);

/* What $context variables stand for; borrows from the request. context.c. */
void lg_request_context(const struct lg_request *request, struct lg_context *ret_context);

/* What the event tells of the token; empty without one. stage_authorize.c. */
struct lg_str lg_request_authorizer_json(struct lg_request *request);

/* Arms the route's own patience, from now. stage_integrate.c. */
void lg_request_arm_budget(struct lg_request *request);
/* Begins a trace, or continues the client's, unless that was done. stage_integrate.c. */
void lg_request_begin_trace(struct lg_request *request);

/* The stages: stage_*.c. */
enum lg_next lg_stage_route(struct lg_request *request);
enum lg_next lg_stage_preflight(struct lg_request *request);
enum lg_next lg_stage_authorize(struct lg_request *request);
enum lg_next lg_stage_admit(struct lg_request *request);
enum lg_next lg_stage_parameters(struct lg_request *request);
enum lg_next lg_stage_body(struct lg_request *request);
enum lg_next lg_stage_validate(struct lg_request *request);
enum lg_next lg_stage_integrate(struct lg_request *request);
enum lg_next lg_stage_respond(struct lg_request *request);

/* stage_route.c: the routes of the request's API, and by what they are chosen. */
const struct lg_route_table *lg_request_routes(const struct lg_request *request);
struct lg_str lg_request_method(const struct lg_request *request);
struct lg_str lg_request_resource(const struct lg_request *request);

/* identity_source.c */
enum lg_found { LG_FOUND_NONE, LG_FOUND_ONE, LG_FOUND_SEVERAL };
enum lg_found lg_request_find_source(struct lg_request *request,
                                     const struct lg_token_source *source,
                                     struct lg_str *ret_value);

/* ask_authorizer.c: the stage for a route with a Lambda authorizer. */
enum lg_next lg_request_ask_authorizer(struct lg_request *request);
/* What the event tells of its answer. */
struct lg_str lg_request_grant_json(struct lg_request *request);

/* stage_preflight.c */
/* Whether a request without a route is a preflight that is answered; the answer is set then. */
bool lg_request_answer_unrouted(struct lg_request *request);
/*
 * What the answer says of CORS, added to `headers`, which has room for LG_CORS_HEADERS_MAX + 1
 * more; what an integration said of it may be taken away.
 */
void lg_request_add_cors(struct lg_request *request, struct lg_header *headers, size_t *count);

/* map_parameters.c: false: the request has failed, and the answer is set. From any thread. */
bool lg_request_map(struct lg_request *request);
bool lg_request_mapping_reads_body(const struct lg_request *request);
/* Of the integration's answer as it stands in the request. */
bool lg_request_map_answer(struct lg_request *request);

/* memory.c: what a request holds of the memory budget. */
/* Makes it `size`, whatever that leads to: for what is here already, or less than before. */
void lg_request_hold(struct lg_request *request, size_t size);
/*
 * For a body of `length` (-1: unknown) and the event made of it. LG_OK: read it. LG_ERR_BUSY: the
 * request waits and lg_request_memory_found() will be called. LG_ERR_FULL: there is no room.
 */
LG_MUST_CHECK enum lg_err lg_request_ask_memory(struct lg_request *request, int64_t length);
/*
 * Grows the hold for a body of unknown length that is `size` long by now. LG_ERR_BUSY: the request
 * waits and lg_request_memory_found() will be called. LG_ERR_FULL: there is no room.
 */
LG_MUST_CHECK enum lg_err lg_request_grow_memory(struct lg_request *request, size_t size);

void lg_request_stop_waiting(struct lg_request *request); /* fine when it does not */

/*
 * Once no call needs them: frees body and event and gives back what was held for them. After an
 * error that is all there is.
 */
void lg_request_drop_input(struct lg_request *request);
void lg_request_drop_result(struct lg_request *request); /* gives nothing back */

/* Holds `size` from now on, more or less than before; LG_ERR_FULL: no room for more. */
LG_MUST_CHECK enum lg_err lg_request_settle_memory(struct lg_request *request, size_t size);
/* Holds `size` more; LG_ERR_FULL: no room. */
LG_MUST_CHECK enum lg_err lg_request_add_memory(struct lg_request *request, size_t size);

/* memory_trim.c: so much was given back to the budget. */
void lg_front_gave(struct lg_front *front, size_t size);

/* stage_body.c */
void lg_request_memory_found(struct lg_request *request);
/* What the exchange tells while the body comes. */
enum lg_flow lg_request_on_data(void *request, const void *data, size_t size);
void lg_request_on_body(void *request);

/* stage_integrate.c: the status and a copy of the header fields are those of the answer. */
void lg_request_keep_head(struct lg_request *request, const struct lg_result *head);

/* stream_answer.c */
extern const struct lg_call_stream lg_request_stream;
bool lg_request_streams(const struct lg_request *request); /* its route and function say so */
void lg_request_on_room(void *request);                    /* the exchange's */
/* The call of an answer that was passed on has ended; `reason` as in lg_request_fail(). */
void lg_request_end_stream(struct lg_request *request, enum lg_cause cause, const char *reason);
/* Ends an answer that is not whole so that it does not look like one. */
void lg_request_cut(struct lg_request *request, const char *cause, const char *reason);
void lg_request_count_cut(const struct lg_request *request);

/* stage_respond.c: one access line, when the exchange is done. */
void lg_request_log_access(const struct lg_request *request, enum lg_done how, uint64_t bytes_sent);

#endif
