/*
 * log_record.h -- one log line on its way from the thread that logs to the log thread.
 *
 * The writer copies its texts as they are; escaping and formatting are left to the log thread,
 * so that a line costs the writer a copy and no more. Bytes in, values out: no clock, no thread.
 */
#ifndef LG_OBSERVE_LOG_RECORD_H
#define LG_OBSERVE_LOG_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "observe/log.h"

#define LG_LOG_FIELDS_MAX 32

/* A line as values. Every text is borrowed. */
struct lg_log_line {
    int64_t wall_us;
    enum lg_log_level level;
    bool cut; /* a text was shortened to fit */
    struct lg_str who, request_id, message;
    const struct lg_log_field *fields;
    size_t field_count; /* at most LG_LOG_FIELDS_MAX */
};

/*
 * Shortens the texts of `line` so that they come to LG_LOG_LINE_MAX bytes together: a cut text
 * ends with a whole character, and what follows it is left out. The fields are the caller's copy.
 */
void lg_log_line_fit(struct lg_log_line *line, struct lg_log_field *fields);

/* Bytes that lg_log_record_write() needs; a multiple of 8. */
size_t lg_log_record_size(const struct lg_log_line *line);
#define LG_LOG_RECORD_MAX (LG_LOG_LINE_MAX + 64 + LG_LOG_FIELDS_MAX * 40)

/* Packs a line that fits. `memory` is aligned for int64_t. */
void lg_log_record_write(void *memory, const struct lg_log_line *line);
int64_t lg_log_record_time(const void *memory); /* wall_us */
/* The line's texts point into `memory`, its fields are `fields`. */
void lg_log_record_read(const void *memory, struct lg_log_line *ret_line,
                        struct lg_log_field fields[LG_LOG_FIELDS_MAX]);

/*
 * Writes the line as text or as one JSON object, ended by LF, never longer than LG_LOG_LINE_MAX:
 * what does not fit is left out, and a mark says so. Returns its size.
 */
size_t lg_log_line_format(const struct lg_log_line *line, bool json,
                          char out_text[LG_LOG_LINE_MAX]);

#endif
