/* peak.h -- the most memory that a process ever had resident. Threads: any. */
#ifndef LG_TARGET_PEAK_H
#define LG_TARGET_PEAK_H

#include <stdint.h>
#include <sys/types.h>

/* KiB; 0 when there is no such process or it does not tell. */
int64_t lg_peak_kib(pid_t pid);

#endif
