/*
 * say.h -- what the platform says about a worker among the lines of its function: as text or as
 * JSON records, as the function's `logging` wants it, and no more than its system level asks for.
 */
#ifndef LG_TARGET_SAY_H
#define LG_TARGET_SAY_H

#include "target/report.h"

struct lg_worker;

void lg_say_init_start(struct lg_worker *worker);
/* The process is ready for calls. Text has no line for that. */
void lg_say_init_done(struct lg_worker *worker);
void lg_say_init_failed(struct lg_worker *worker, enum lg_report_status status,
                        const char *error_type);
void lg_say_start(struct lg_worker *worker, const char *arn);
void lg_say_timed_out(struct lg_worker *worker);
/* It died in the middle, with this status of waitpid(2). */
void lg_say_exit(struct lg_worker *worker, int status);
/* The call is over, as the worker's run has it. */
void lg_say_report(struct lg_worker *worker);

#endif
