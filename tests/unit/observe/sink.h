/* sink.h -- a pipe as a sink of the log, and the lines that came out of it. */
#ifndef LG_TEST_SINK_H
#define LG_TEST_SINK_H

#include <stddef.h>

struct sink {
    int fds[2];
    char text[1 << 20];
    size_t size;
};

void sink_open(struct sink *sink);
/* Reads until `part` was seen `times` times (blocks), or the writer closed its end. */
void sink_read_until(struct sink *sink, const char *part, size_t times);
/* Closes the writing end and reads the rest. */
void sink_read_rest(struct sink *sink);
size_t sink_count(const struct sink *sink, const char *part);

#endif
