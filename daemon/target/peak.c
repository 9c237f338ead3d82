/* peak.c -- VmHWM of /proc/PID/status. */
#include "target/peak.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int64_t lg_peak_kib(pid_t pid)
{
    char path[64], text[4096];
    const char *found;
    ssize_t size;
    int fd;

    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    size = read(fd, text, sizeof(text) - 1);
    close(fd);
    if (size <= 0)
        return 0;
    text[size] = '\0';
    found = strstr(text, "\nVmHWM:");
    return found == NULL ? 0 : strtoll(found + strlen("\nVmHWM:"), NULL, 10);
}
