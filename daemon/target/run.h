/* run.h -- between worker.c and run.c: the invocation of a worker, for its log lines. */
#ifndef LG_TARGET_RUN_H
#define LG_TARGET_RUN_H

#include "target/pool.h"

/* Lines belong to the job's invocation from here on. */
void lg_run_open(struct lg_worker *worker, struct lg_job *job);
/* The invocation is complete: END and REPORT, after all that the process wrote before. Once. */
void lg_run_settle(struct lg_worker *worker);

#endif
