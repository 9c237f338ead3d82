/* process.c -- /proc, getrusage and the version, in the Prometheus text format. */
#include "observe/process.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "observe/log.h"

/* The start of a file of /proc, terminated. Returns false when there is none. */
static bool read_start(const char *path, char *ret_text, size_t room)
{
    FILE *file = fopen(path, "re");

    if (file == NULL)
        return false;
    size_t size = fread(ret_text, 1, room - 1, file);
    fclose(file);
    ret_text[size] = '\0';
    return size > 0;
}

static void head(struct lg_buf *out, const char *name, const char *type, const char *help)
{
    lg_buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void write_memory(struct lg_buf *out)
{
    char text[256];
    unsigned long long size, resident;

    if (!read_start("/proc/self/statm", text, sizeof(text)) ||
        sscanf(text, "%llu %llu", &size, &resident) != 2)
        return;
    head(out, "lambdagate_process_resident_memory_bytes", "gauge", "Resident memory.");
    lg_buf_printf(out, "lambdagate_process_resident_memory_bytes %llu\n",
                  resident * (unsigned long long)sysconf(_SC_PAGESIZE));
}

static void write_descriptors(struct lg_buf *out)
{
    DIR *directory = opendir("/proc/self/fd");
    const struct dirent *entry;
    unsigned count = 0;

    if (directory == NULL)
        return;
    while ((entry = readdir(directory)) != NULL)
        count += entry->d_name[0] != '.';
    closedir(directory);
    head(out, "lambdagate_process_open_fds", "gauge", "Open file descriptors.");
    /* Less the one that was counting. */
    lg_buf_printf(out, "lambdagate_process_open_fds %u\n", count - 1);
}

static void write_cpu(struct lg_buf *out)
{
    struct rusage usage;

    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return;
    int64_t us = (int64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
                 usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
    head(out, "lambdagate_process_cpu_seconds_total", "counter", "User and system time.");
    lg_buf_printf(out, "lambdagate_process_cpu_seconds_total %lld.%06d\n",
                  (long long)(us / 1000000), (int)(us % 1000000));
}

/* Field 22 of /proc/self/stat: clock ticks from boot to the start; 0: not known. */
static unsigned long long start_ticks(void)
{
    char text[1024];

    if (!read_start("/proc/self/stat", text, sizeof(text)))
        return 0;
    /* The name, field 2, stands in parentheses and may hold blanks. */
    const char *at = strrchr(text, ')');
    for (int field = 2; at != NULL && field < 22; field++) {
        at = strchr(at, ' ');
        at = at == NULL ? NULL : at + 1;
    }
    return at == NULL ? 0 : strtoull(at, NULL, 10);
}

static void write_start(struct lg_buf *out)
{
    struct timespec boot, wall;
    unsigned long long ticks = start_ticks();

    if (ticks == 0 || clock_gettime(CLOCK_BOOTTIME, &boot) != 0 ||
        clock_gettime(CLOCK_REALTIME, &wall) != 0)
        return;
    long long since_boot_ms = (long long)(ticks * 1000 / (unsigned long long)sysconf(_SC_CLK_TCK));
    long long age_ms = boot.tv_sec * 1000LL + boot.tv_nsec / 1000000 - since_boot_ms;
    long long start_ms = wall.tv_sec * 1000LL + wall.tv_nsec / 1000000 - age_ms;
    head(out, "lambdagate_process_start_time_seconds", "gauge", "Start, in unix seconds.");
    lg_buf_printf(out, "lambdagate_process_start_time_seconds %lld.%03lld\n", start_ms / 1000,
                  start_ms % 1000);
}

void lg_process_metrics_write(struct lg_buf *out)
{
    write_memory(out);
    write_descriptors(out);
    write_cpu(out);
    write_start(out);
    head(out, "lambdagate_log_lines_dropped_total", "counter",
         "Log lines lost because the log could not be written, or not fast enough.");
    lg_buf_printf(out, "lambdagate_log_lines_dropped_total %llu\n",
                  (unsigned long long)lg_log_dropped());
    head(out, "lambdagate_build_info", "gauge", "Always 1; the label tells the version.");
    lg_buf_printf(out, "lambdagate_build_info{version=\"%s\"} 1\n", LG_VERSION);
}
