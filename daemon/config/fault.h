/*
 * fault.h -- what is wrong with a configuration: all of it at once, each with its place.
 *
 *     gateway.yaml:14: functions.put-item.timeout: found "10 parsecs", expected a duration such
 *     as 500ms, 10s or 2m
 *
 * Threads: one at a time.
 */
#ifndef LG_CONFIG_FAULT_H
#define LG_CONFIG_FAULT_H

#include <stddef.h>

#include "base/buf.h"

/* A place in a configuration file. Strings are borrowed from the configuration's arena. */
struct lg_where {
    const char *file; /* as the operator named it */
    unsigned line;    /* from 1; 0: unknown */
    const char *path; /* functions.put-item.timeout; "" for the whole file */
};

struct lg_faults;

struct lg_faults *lg_faults_new(void);
void lg_faults_free(struct lg_faults *faults); /* NULL is fine */

/* Adds "FILE:LINE: PATH: " and the message. The order is that of the calls. */
__attribute__((format(printf, 3, 4))) void
lg_faults_add(struct lg_faults *faults, const struct lg_where *where, const char *format, ...);
size_t lg_faults_count(const struct lg_faults *faults);
const char *lg_faults_line(const struct lg_faults *faults, size_t index);
/* Puts the faults from index `from` on into the order of the file. Same lines stay as they were. */
void lg_faults_sort(struct lg_faults *faults, size_t from);
/* Every line, each ended by LF. */
void lg_faults_print(const struct lg_faults *faults, struct lg_buf *out);

#endif
