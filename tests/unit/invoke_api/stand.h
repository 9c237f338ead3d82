/*
 * stand.h -- the admin listener on a real loop and a real socket, with a target that does what the
 * test says: one request goes in, the answer comes out.
 */
#ifndef LG_TEST_STAND_H
#define LG_TEST_STAND_H

#include "invoke_api/admin.h"
#include "target/target.h"
#include "wire/loop.h"

/* What the target does with a call, and what it saw of it. */
struct stand_target {
    struct lg_target target;
    enum lg_err start;   /* LG_OK: it runs */
    bool silent;         /* it never ends by itself */
    enum lg_cause cause; /* how it ends */
    bool function_error;
    const char *data, *log_tail;

    unsigned started, cancelled;
    char *payload, *client_context, *trace, *arn, *id; /* of the last call, owned */
    bool want_log_tail;
    struct lg_task task;
    struct lg_invocation *invocation;
};

extern struct stand_target stand_target;
/* On a unix socket; a test that sets `host` is served as over TCP. */
extern struct lg_admin stand_admin;

void stand_open(void); /* with one function, "demo", of 3.05 seconds */
void stand_close(void);

/* Sends `request` as it is, reads until the daemon closes, and returns what came. */
const char *stand_send(const char *request, size_t size);
/* As stand_send(), but leaves once the call has started. Returns when the daemon noticed. */
void stand_send_and_leave(const char *request);

#endif
