#include "observe/log.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sink.h"

static struct sink sink;

static void start(enum lg_log_level level, bool json)
{
    sink_open(&sink);
    struct lg_log_options options = { .level = level, .json = json, .fd = sink.fds[1] };
    cr_assert(eq(int, lg_log_start(&options), LG_OK));
}

static void stop(void)
{
    lg_log_stop();
    sink_read_rest(&sink);
}

Test(log, a_line_tells_time_level_who_request_and_message)
{
    start(LG_LOG_INFO, false);
    lg_log(LG_LOG_WARN, "function put-item", "req-1", "took %d ms", 12);
    stop();
    cr_assert_not_null(strstr(sink.text, "Z WARN  function put-item [req-1] took 12 ms\n"));
    cr_assert(eq(chr, sink.text[10], 'T'));
}

Test(log, a_text_that_is_no_format_is_written_as_it_stands)
{
    char long_text[LG_LOG_LINE_MAX + 10];

    memset(long_text, 'y', sizeof(long_text));
    start(LG_LOG_INFO, false);
    lg_log_str(LG_LOG_INFO, "function f", "req-1", LG_STR("100 %s done"));
    lg_log_str(LG_LOG_INFO, "function f", "", lg_str_make(long_text, sizeof(long_text)));
    lg_log_str(LG_LOG_DEBUG, "function f", "", LG_STR("quiet"));
    stop();
    cr_assert_not_null(strstr(sink.text, "Z INFO  function f [req-1] 100 %s done\n"));
    cr_assert_not_null(strstr(sink.text, "yyy [cut]\n"));
    cr_assert(eq(sz, sink_count(&sink, "quiet"), 0));
}

Test(log, lines_below_the_level_are_not_written)
{
    start(LG_LOG_WARN, false);
    lg_log(LG_LOG_INFO, "a", NULL, "quiet");
    lg_log_fields(LG_LOG_INFO, "a", NULL, "quiet", NULL, 0);
    lg_log(LG_LOG_WARN, "a", NULL, "loud");
    lg_log_set_level(LG_LOG_DEBUG);
    cr_assert(lg_log_enabled(LG_LOG_DEBUG));
    lg_log(LG_LOG_DEBUG, "a", NULL, "whisper");
    stop();
    cr_assert(eq(sz, sink_count(&sink, "quiet"), 0));
    cr_assert(eq(sz, sink_count(&sink, "loud"), 1));
    cr_assert(eq(sz, sink_count(&sink, "whisper"), 1));
}

Test(log, what_is_queued_is_written_before_stop_returns)
{
    start(LG_LOG_INFO, false);
    for (int i = 0; i < 300; i++)
        lg_log(LG_LOG_INFO, "a", NULL, "line %d.", i);
    stop();
    cr_assert(eq(sz, sink_count(&sink, "line "), 300));
    cr_assert_not_null(strstr(sink.text, "line 299."));
    cr_assert(eq(u64, lg_log_dropped(), 0));
}

Test(log, a_line_comes_out_while_nobody_stops_the_log)
{
    start(LG_LOG_INFO, false);
    for (size_t i = 1; i <= 20; i++) {
        /* Each time the log thread sleeps or naps again, and has to be woken or wake itself. */
        lg_log(LG_LOG_INFO, "a", NULL, "again");
        sink_read_until(&sink, "again", i);
    }
    cr_assert(eq(sz, sink_count(&sink, "again"), 20));
    stop();
}

Test(log, a_stuck_sink_drops_lines_and_counts_them_and_never_waits)
{
    start(LG_LOG_INFO, false);
    /* Nobody reads: pipe, batch and ring fill, and then every line is dropped at once. */
    char text[1000];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    size_t sent = 0;
    while (lg_log_dropped() < 10) {
        lg_log(LG_LOG_INFO, "a", NULL, "flood %s", text);
        sent++;
    }
    sink_read_until(&sink, "log lines dropped", 1);
    lg_log(LG_LOG_INFO, "a", NULL, "after the flood");
    sink_read_until(&sink, "after the flood", 1);
    stop();
    cr_assert(eq(sz, sink_count(&sink, "flood x"), sent - lg_log_dropped()));
    cr_assert(eq(sz, sink_count(&sink, "after the flood"), 1));

    unsigned long long told = 0;
    const char *at = strstr(sink.text, "WARN  log ");
    cr_assert(at != NULL && sscanf(at, "WARN  log %llu log lines dropped", &told) == 1);
    cr_assert(eq(u64, told, lg_log_dropped()));
}

Test(log, lines_that_a_full_disk_does_not_take_are_counted_and_told_when_it_takes_some_again)
{
    int disk = open("/dev/full", O_WRONLY | O_CLOEXEC);
    struct lg_log_options options = { .level = LG_LOG_INFO, .fd = disk };

    cr_assert(ge(int, disk, 0));
    sink_open(&sink);
    cr_assert(eq(int, lg_log_start(&options), LG_OK));
    for (int i = 0; i < 3; i++)
        lg_log(LG_LOG_INFO, "a", NULL, "lost %d", i);
    while (lg_log_dropped() < 3)
        (void)usleep(1000);
    cr_assert(ge(int, dup2(sink.fds[1], disk), 0));
    lg_log(LG_LOG_INFO, "a", NULL, "kept");
    sink_read_until(&sink, "3 log lines dropped", 1);
    lg_log_stop();
    close(disk);
    sink_read_rest(&sink);
    cr_assert(eq(u64, lg_log_dropped(), 3));
    cr_assert(eq(sz, sink_count(&sink, "dropped"), 1));
    cr_assert(eq(sz, sink_count(&sink, "lost"), 0));
    cr_assert(eq(sz, sink_count(&sink, "kept"), 1));
}

Test(log, a_sink_that_never_takes_anything_does_not_keep_stop_for_ever)
{
    start(LG_LOG_INFO, false);
    while (lg_log_dropped() == 0)
        lg_log(LG_LOG_INFO, "a", NULL, "%s", "line after line");
    lg_log_stop();
    uint64_t before = lg_log_dropped();
    lg_log(LG_LOG_INFO, "a", NULL, "too late");
    cr_assert(eq(u64, lg_log_dropped(), before + 1));
}

static char thread_name[] = "t";

static void *log_from_a_thread(void *name)
{
    for (int i = 0; i < 200; i++)
        lg_log(LG_LOG_INFO, name, NULL, "%s-%d.", (const char *)name, i);
    return NULL;
}

Test(log, lines_of_many_threads_come_whole_and_each_threads_own_in_order)
{
    pthread_t threads[4];
    char names[4][2] = { "a", "b", "c", "d" };

    start(LG_LOG_INFO, false);
    for (size_t i = 0; i < 4; i++)
        cr_assert(pthread_create(&threads[i], NULL, log_from_a_thread, names[i]) == 0);
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    stop();
    for (size_t i = 0; i < 4; i++) {
        const char *at = sink.text;
        for (int line = 0; line < 200; line++) {
            char text[32];
            snprintf(text, sizeof(text), " %s-%d.\n", names[i], line);
            at = strstr(at, text);
            cr_assert_not_null(at, "line %d of thread %s", line, names[i]);
        }
    }
}

Test(log, lines_that_wait_together_are_ordered_by_time)
{
    /* The sink is full, so everything below waits in its ring until the test reads. */
    start(LG_LOG_INFO, false);
    cr_assert(fcntl(sink.fds[1], F_SETPIPE_SZ, 4096) == 4096);
    for (int i = 0; i < 200; i++)
        lg_log(LG_LOG_INFO, "fill", NULL, "%0100d", i);
    for (int i = 0; i < 50; i++) {
        pthread_t thread;
        lg_log(LG_LOG_INFO, "main", NULL, "pair");
        cr_assert(pthread_create(&thread, NULL, log_from_a_thread, thread_name) == 0);
        pthread_join(thread, NULL);
    }
    sink_read_until(&sink, "t-199.", 50);
    stop();
    char last[25] = "";
    for (const char *line = sink.text; *line != '\0'; line = strchr(line, '\n') + 1) {
        cr_assert(strncmp(last, line, 24) <= 0, "%s before %.24s", last, line);
        memcpy(last, line, 24);
    }
}

Test(log, it_can_be_started_again)
{
    start(LG_LOG_INFO, false);
    lg_log(LG_LOG_INFO, "a", NULL, "first");
    stop();
    cr_assert(eq(sz, sink_count(&sink, "first"), 1));
    start(LG_LOG_INFO, true);
    lg_log(LG_LOG_INFO, "a", NULL, "second");
    stop();
    cr_assert(eq(sz, sink_count(&sink, "\"message\":\"second\"}\n"), 1));
    cr_assert(eq(sz, sink_count(&sink, "first"), 0));
}

Test(log, without_its_thread_lines_go_straight_to_stderr)
{
    int old = dup(STDERR_FILENO);

    sink_open(&sink);
    dup2(sink.fds[1], STDERR_FILENO);
    lg_log(LG_LOG_ERROR, "main", NULL, "cannot start");
    dup2(old, STDERR_FILENO);
    close(old);
    sink_read_rest(&sink);
    cr_assert_not_null(strstr(sink.text, "Z ERROR main cannot start\n"));
}
