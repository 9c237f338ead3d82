/*
 * log.h -- lines for the operator. Nothing on a loop waits for a sink.
 *
 * Every thread writes into a bounded ring of its own; one log thread empties the rings to
 * stderr. A full ring drops the line and counts it; the count is logged as soon as there is
 * room, and is a metric. Lines longer than LG_LOG_LINE_MAX are cut with a mark.
 *
 * Secrets never come here: callers pass names and lengths, not values of credentials.
 * Threads: any. Before lg_log_start() and after lg_log_stop() lines go to stderr directly.
 */
#ifndef LG_OBSERVE_LOG_H
#define LG_OBSERVE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define LG_LOG_LINE_MAX 8192

enum lg_log_level { LG_LOG_DEBUG, LG_LOG_INFO, LG_LOG_WARN, LG_LOG_ERROR };

struct lg_log_options {
    enum lg_log_level level; /* lower ones are not written */
    bool json;               /* one JSON object a line; else text */
    int fd;                  /* the sink, usually 2 */
};

/* A named value of a line. */
struct lg_log_field {
    const char *name;
    enum { LG_FIELD_STR, LG_FIELD_INT, LG_FIELD_MS /* microseconds, shown as 1.234 ms */ } type;
    struct lg_str text;
    int64_t number;
};

/* Starts the log thread. LG_ERR_IO with errno when the thread cannot start. */
LG_MUST_CHECK enum lg_err lg_log_start(const struct lg_log_options *options);
/* Writes what is queued and ends the thread. */
void lg_log_stop(void);
void lg_log_set_level(enum lg_log_level level);
bool lg_log_enabled(enum lg_log_level level);

/*
 * One line: who says it ("listen", "function put-item"), about which request ("" or NULL: none),
 * and what. Control characters in the text are escaped, so that a client cannot forge a line.
 */
LG_PRINTF(4, 5)
void lg_log(enum lg_log_level level, const char *who, const char *request_id, const char *format,
            ...);

/* As lg_log() with a text that is no format. */
void lg_log_str(enum lg_log_level level, const char *who, const char *request_id,
                struct lg_str message);

/* As lg_log() with a fixed message and fields after it. */
void lg_log_fields(enum lg_log_level level, const char *who, const char *request_id,
                   const char *message, const struct lg_log_field *fields, size_t count);

/* Lines dropped since start. */
uint64_t lg_log_dropped(void);

#endif
