/* output.c -- pipe to lines to log. */
#include "target/output.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "observe/log.h"

#define READ_SIZE 16384
#define READS_A_TURN 4
#define READS_AT_END                                                                               \
    64 /* when a call or the process ended: then the rest is not worth waiting for */

/* --- lines ---------------------------------------------------------------------------------- */

static void log_line(const struct lg_output *output, struct lg_str line)
{
    char copy[LG_LINE_MAX];

    if (line.size > 0 && memchr(line.data, '\0', line.size) != NULL) {
        for (size_t i = 0; i < line.size; i++)
            copy[i] = line.data[i] == '\0' ? ' ' : line.data[i];
        line.data = copy;
    }
    lg_log_str(LG_LOG_INFO, output->who, output->request_id, line);
}

static void write_line(struct lg_output *output, struct lg_str line)
{
    if (output->tail != NULL) {
        lg_tail_add(output->tail, line);
        lg_tail_add(output->tail, LG_STR("\n"));
    }
    if (lg_log_enabled(LG_LOG_INFO))
        log_line(output, line);
}

static void report_dropped(struct lg_output *output)
{
    if (output->dropped == 0)
        return;
    lg_log(LG_LOG_WARN, output->who, output->request_id,
           "%" PRIu64 " lines of output dropped: more than %d in a second", output->dropped,
           LG_OUTPUT_LINES_A_SECOND);
    output->dropped = 0;
}

static bool is_below(struct lg_str line, enum lg_level least)
{
    enum lg_level level = lg_log_level(line);

    return level != LG_LEVEL_NONE && level < least;
}

static void on_line(void *context, struct lg_str line)
{
    struct lg_output *output = context;
    int64_t second = lg_loop_now_ms(output->loop) / 1000;

    if (second != output->second) {
        output->second = second;
        output->written = 0;
        report_dropped(output);
    }
    if (output->written == LG_OUTPUT_LINES_A_SECOND) {
        output->dropped++;
        return;
    }
    output->written++;
    if (output->least == LG_LEVEL_NONE || !is_below(line, output->least))
        write_line(output, line);
}

void lg_output_say(struct lg_output *output, struct lg_buf *text)
{
    report_dropped(output); /* the process may not write again for long */
    if (text->size > 0)
        write_line(output, lg_buf_str(text));
    lg_buf_clear(text);
}

bool lg_output_heard(const struct lg_output *output)
{
    return output->tail != NULL || lg_log_enabled(LG_LOG_INFO);
}

/* --- the pipe ------------------------------------------------------------------------------- */

/* Returns false when there is nothing more to read now, or ever. */
static bool read_once(struct lg_output *output, ssize_t *ret_size)
{
    char bytes[READ_SIZE];

    do
        *ret_size = read(output->watch.fd, bytes, sizeof(bytes));
    while (*ret_size < 0 && errno == EINTR);
    if (*ret_size <= 0)
        return false;
    lg_lines_feed(&output->lines, lg_str_make(bytes, (size_t)*ret_size), on_line, output);
    return *ret_size == READ_SIZE;
}

static void close_pipe(struct lg_output *output)
{
    int fd = output->watch.fd;

    if (output->watch.fn == NULL)
        return;
    lg_watch_remove(output->loop, &output->watch);
    close(fd);
}

static void on_output(struct lg_watch *watch, uint32_t events)
{
    struct lg_output *output = LG_CONTAINER(watch, struct lg_output, watch);
    ssize_t size = 0;

    (void)events;
    for (int reads = 0; reads < READS_A_TURN; reads++) {
        if (!read_once(output, &size))
            break;
    }
    /* The process closed its output and may live on: an end that is watched would spin. */
    if (size == 0)
        close_pipe(output);
}

enum lg_err lg_output_open(struct lg_output *output, struct lg_loop *loop, const char *who,
                           int *ret_write)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        return LG_ERR_IO;
    *output = (struct lg_output){ .loop = loop, .who = who, .request_id = "" };
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0 ||
        lg_watch_add(loop, &output->watch, ends[0], EPOLLIN, on_output) != LG_OK) {
        close(ends[0]);
        close(ends[1]);
        return LG_ERR_IO;
    }
    *ret_write = ends[1];
    return LG_OK;
}

void lg_output_drain(struct lg_output *output)
{
    ssize_t size;

    if (output->watch.fn != NULL) {
        for (int reads = 0; reads < READS_AT_END && read_once(output, &size); reads++)
            continue;
    }
    lg_lines_flush(&output->lines, on_line, output);
    report_dropped(output);
}

void lg_output_close(struct lg_output *output)
{
    if (output->loop == NULL)
        return;
    lg_output_drain(output);
    close_pipe(output);
}
