/*
 * admin_client.h -- one request to the daemon's admin address, and its answer.
 */
#ifndef LG_CLI_ADMIN_CLIENT_H
#define LG_CLI_ADMIN_CLIENT_H

#include "base/buf.h"
#include "command.h"

struct lg_admin_request {
    const char *path;           /* "/routes" */
    const char *const *headers; /* "Name: value", NULL-ended; NULL: none */
    const struct lg_str *body;  /* NULL: GET, else POST */
};

struct lg_admin_answer {
    long status;
    struct lg_buf body;
    struct lg_buf function_error; /* X-Amz-Function-Error; empty: none */
    struct lg_buf log_result;     /* X-Amz-Log-Result */
    struct lg_buf error_type;     /* x-amzn-ErrorType */
};

/*
 * `admin` is the address as given with --admin; NULL: of the environment, or the default.
 * LG_EXIT_OK: there is an answer of any status, to be ended with lg_admin_answer_done().
 * Otherwise the reason was told on stderr, and the result is the exit status.
 */
int lg_admin_send(const struct lg_command *command, const char *admin,
                  const struct lg_admin_request *request, struct lg_admin_answer *ret_answer);
void lg_admin_answer_done(struct lg_admin_answer *answer);

/* Says on stderr what an answer of an unexpected status says. Returns LG_EXIT_FAILED. */
int lg_admin_complain(const struct lg_admin_answer *answer);

#endif
