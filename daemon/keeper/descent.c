/* descent.c -- reads /proc/PID/stat and /proc/PID/environ. */
#include "keeper/descent.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

/* A process can have a larger environment; ours cannot (keeper/protocol.h), so nor its marker. */
#define ENVIRONMENT_MAX ((size_t)1024 * 1024)
#define STAT_MAX ((size_t)4096)

enum lg_err lg_descent_parse(struct lg_str stat, struct lg_descendant *ret_process)
{
    char text[STAT_MAX];
    char state;
    int pid, parent, group, session;

    if (stat.size >= sizeof(text))
        return LG_ERR_SYNTAX;
    memcpy(text, stat.data, stat.size);
    text[stat.size] = '\0';

    /* The name in parentheses may hold anything, parentheses and blanks included. */
    const char *end = strrchr(text, ')');
    if (end == NULL || sscanf(text, "%d (", &pid) != 1 ||
        sscanf(end + 1, " %c %d %d %d", &state, &parent, &group, &session) != 4)
        return LG_ERR_SYNTAX;
    *ret_process = (struct lg_descendant){ .pid = pid,
                                           .parent = parent,
                                           .group = group,
                                           .session = session,
                                           .ended = state == 'Z' || state == 'X' };
    return LG_OK;
}

/* Reads a file of /proc/PID into `out` as far as it fits. A process that is gone has none. */
static bool read_file(const char *pid, const char *name, struct lg_buf *out)
{
    char path[64];
    ssize_t size = -1;

    snprintf(path, sizeof(path), "/proc/%s/%s", pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    for (;;) {
        char piece[4096];

        size = read(fd, piece, sizeof(piece));
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0 || !lg_buf_add(out, piece, (size_t)size))
            break;
    }
    close(fd);
    return size >= 0 && out->size > 0;
}

bool lg_descent_children(void (*each)(const struct lg_descendant *child, void *context),
                         void *context)
{
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    struct lg_descendant process;
    struct lg_buf stat;
    pid_t self = getpid();

    if (proc == NULL)
        return false;
    lg_buf_init(&stat, STAT_MAX);
    while ((entry = readdir(proc)) != NULL) {
        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        lg_buf_clear(&stat);
        if (read_file(entry->d_name, "stat", &stat) &&
            lg_descent_parse(lg_buf_str(&stat), &process) == LG_OK && process.parent == self)
            each(&process, context);
    }
    lg_buf_done(&stat);
    closedir(proc);
    return true;
}

char *lg_descent_variable(pid_t pid, const char *name)
{
    struct lg_buf environment;
    struct lg_str rest, pair;
    char digits[16];
    char *value = NULL;
    size_t length = strlen(name);

    lg_buf_init(&environment, ENVIRONMENT_MAX);
    snprintf(digits, sizeof(digits), "%d", (int)pid);
    if (read_file(digits, "environ", &environment)) {
        rest = lg_buf_str(&environment);
        while (value == NULL && lg_str_next(&rest, '\0', &pair))
            if (pair.size > length && memcmp(pair.data, name, length) == 0 &&
                pair.data[length] == '=')
                value = lg_strndup(pair.data + length + 1, pair.size - length - 1);
    }
    lg_buf_done(&environment);
    return value;
}
