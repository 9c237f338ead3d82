/*
 * process.h -- what the kernel knows about this process, as metrics: read when they are asked for.
 */
#ifndef LG_OBSERVE_PROCESS_H
#define LG_OBSERVE_PROCESS_H

#include "base/buf.h"

/*
 * Appends memory, descriptors, CPU time, start time, version and dropped log lines in the
 * Prometheus text format. What the kernel does not tell is left out.
 */
void lg_process_metrics_write(struct lg_buf *out);

#endif
