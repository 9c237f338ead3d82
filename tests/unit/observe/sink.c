/* sink.c -- the reading side is the test's own thread: whatever it waits for must come. */
#include "sink.h"

#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

void sink_open(struct sink *sink)
{
    sink->size = 0;
    sink->text[0] = '\0';
    cr_assert(pipe(sink->fds) == 0);
}

static bool read_some(struct sink *sink)
{
    size_t room = sizeof(sink->text) - 1 - sink->size;

    cr_assert(room > 0, "the sink of the test is too small");
    ssize_t size = read(sink->fds[0], sink->text + sink->size, room);
    if (size <= 0)
        return false;
    sink->size += (size_t)size;
    sink->text[sink->size] = '\0';
    return true;
}

size_t sink_count(const struct sink *sink, const char *part)
{
    size_t count = 0;

    for (const char *at = sink->text; (at = strstr(at, part)) != NULL; at += strlen(part))
        count++;
    return count;
}

void sink_read_until(struct sink *sink, const char *part, size_t times)
{
    while (sink_count(sink, part) < times && read_some(sink))
        ;
}

void sink_read_rest(struct sink *sink)
{
    close(sink->fds[1]);
    while (read_some(sink))
        ;
    close(sink->fds[0]);
}
