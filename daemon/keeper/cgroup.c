/* cgroup.c -- files of cgroupfs, read and written. */
#include "keeper/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

#define TEXT_MAX 65536
#define OURS "gateway"
#define WORKER "worker-"

struct lg_cgroup {
    int fd; /* of our own */
};

/* --- files --------------------------------------------------------------------------------------
 */

/* The text of a file, to be freed; NULL with errno. */
static char *read_text(int directory, const char *path)
{
    int fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
    char *text;
    size_t used = 0;
    ssize_t size;

    if (fd < 0)
        return NULL;
    text = lg_alloc(TEXT_MAX);
    while (used < TEXT_MAX - 1 && (size = read(fd, text + used, TEXT_MAX - 1 - used)) > 0)
        used += (size_t)size;
    close(fd);
    text[used] = '\0';
    return text;
}

/* Returns 0 or an errno. */
static int write_text(int directory, const char *path, const char *text)
{
    int fd = openat(directory, path, O_WRONLY | O_CLOEXEC);
    int error = 0;

    if (fd < 0)
        return errno;
    if (write(fd, text, strlen(text)) < 0)
        error = errno;
    close(fd);
    return error;
}

static int64_t read_number(int directory, const char *path)
{
    char *text = read_text(directory, path);
    int64_t number = text == NULL ? 0 : strtoll(text, NULL, 10);

    free(text);
    return number;
}

/* --- which is ours ------------------------------------------------------------------------------
 */

static char *join_path(struct lg_str point, struct lg_str root, struct lg_str path)
{
    /* In a container only a part is mounted, and paths count from the whole. */
    if (root.size > 1 && path.size >= root.size && memcmp(path.data, root.data, root.size) == 0)
        path = lg_str_part(path, root.size, path.size);
    if (lg_str_is(path, "/"))
        path = LG_STR_NONE;
    return lg_sprintf("%.*s%.*s", LG_STR_ARG(point), LG_STR_ARG(path));
}

static char *own_path(void)
{
    char *groups = read_text(AT_FDCWD, "/proc/self/cgroup");
    char *mounts = read_text(AT_FDCWD, "/proc/self/mountinfo");
    struct lg_str point, root, path;
    char *found = NULL;

    if (groups != NULL && mounts != NULL &&
        lg_cgroup_parse_path(lg_str_of(groups), &path) == LG_OK &&
        lg_cgroup_parse_mount(lg_str_of(mounts), &point, &root) == LG_OK)
        found = join_path(point, root, path);
    free(groups);
    free(mounts);
    return found;
}

static bool has_mark(const char *path, const char *name)
{
    char value[8];
    ssize_t size = getxattr(path, name, value, sizeof(value));

    return size == 1 && value[0] == '1';
}

static bool is_alone(const char *path)
{
    char *file = lg_sprintf("%s/cgroup.procs", path);
    char *text = read_text(AT_FDCWD, file);
    bool alone = text != NULL && strtol(text, NULL, 10) == getpid() &&
                 strchr(text, '\n') == strrchr(text, '\n');

    free(text);
    free(file);
    return alone;
}

static bool is_delegated(const char *path)
{
    if (has_mark(path, "user.delegate") || has_mark(path, "trusted.delegate"))
        return true;
    return access("/run/systemd/system", F_OK) != 0 && is_alone(path);
}

char *lg_cgroup_find(void)
{
    char *path = own_path();
    char *file = path == NULL ? NULL : lg_sprintf("%s/cgroup.controllers", path);
    char *controllers = file == NULL ? NULL : read_text(AT_FDCWD, file);

    if (controllers == NULL || !lg_cgroup_has_word(lg_str_of(controllers), "memory") ||
        !is_delegated(path)) {
        free(path);
        path = NULL;
    }
    free(controllers);
    free(file);
    return path;
}

/* --- life ---------------------------------------------------------------------------------------
 */

static int move(int fd, const pid_t *pids, unsigned count)
{
    char text[16];
    int error = 0;

    if (mkdirat(fd, OURS, 0755) < 0 && errno != EEXIST)
        return errno;
    for (unsigned i = 0; i < count && error == 0; i++) {
        (void)snprintf(text, sizeof(text), "%d", (int)pids[i]);
        error = write_text(fd, OURS "/cgroup.procs", text);
    }
    return error;
}

/* Those of a keeper that was killed, if the daemon was started again in the same cgroup. */
static void remove_stale(int fd)
{
    int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = copy < 0 ? NULL : fdopendir(copy);
    const struct dirent *entry;
    char path[300];

    if (directory == NULL) {
        if (copy >= 0)
            close(copy);
        return;
    }
    while ((entry = readdir(directory)) != NULL) {
        if (strncmp(entry->d_name, WORKER, strlen(WORKER)) != 0)
            continue;
        (void)snprintf(path, sizeof(path), "%s/cgroup.kill", entry->d_name);
        (void)write_text(fd, path, "1");
        (void)unlinkat(fd, entry->d_name, AT_REMOVEDIR);
    }
    closedir(directory);
}

struct lg_cgroup *lg_cgroup_open(const char *path, const pid_t *pids, unsigned count)
{
    struct lg_cgroup *cgroup;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int error = fd < 0 ? errno : move(fd, pids, count);

    if (error == 0)
        error = write_text(fd, "cgroup.subtree_control", "+memory");
    if (error != 0) {
        if (fd >= 0)
            close(fd);
        errno = error;
        return NULL;
    }
    remove_stale(fd);
    cgroup = LG_NEW(struct lg_cgroup);
    cgroup->fd = fd;
    return cgroup;
}

void lg_cgroup_free(struct lg_cgroup *cgroup)
{
    if (cgroup == NULL)
        return;
    close(cgroup->fd);
    free(cgroup);
}

/* --- groups -------------------------------------------------------------------------------------
 */

#define PATH_SIZE 64

static const char *path_of(char path[PATH_SIZE], unsigned number, const char *file)
{
    (void)snprintf(path, PATH_SIZE, WORKER "%u%s", number, file);
    return path;
}

static int set_limits(int fd, unsigned number, int64_t memory_bytes)
{
    char path[PATH_SIZE], text[24];
    int error;

    (void)snprintf(text, sizeof(text), "%" PRId64, memory_bytes);
    error = write_text(fd, path_of(path, number, "/memory.max"), text);
    if (error == 0)
        error = write_text(fd, path_of(path, number, "/memory.oom.group"), "1");
    /* As on Lambda there is no swap to go to; a kernel may be built without. */
    if (error == 0)
        (void)write_text(fd, path_of(path, number, "/memory.swap.max"), "0");
    return error;
}

int lg_cgroup_make(struct lg_cgroup *cgroup, unsigned number, int64_t memory_bytes, int *ret_join)
{
    char path[PATH_SIZE];
    int error;

    if (mkdirat(cgroup->fd, path_of(path, number, ""), 0755) < 0)
        return errno;
    error = set_limits(cgroup->fd, number, memory_bytes);
    if (error == 0) {
        *ret_join =
            openat(cgroup->fd, path_of(path, number, "/cgroup.procs"), O_WRONLY | O_CLOEXEC);
        error = *ret_join < 0 ? errno : 0;
    }
    if (error != 0)
        (void)unlinkat(cgroup->fd, path_of(path, number, ""), AT_REMOVEDIR);
    return error;
}

void lg_cgroup_read(struct lg_cgroup *cgroup, unsigned number, int64_t *ret_peak_kib,
                    bool *ret_out_of_memory)
{
    char path[PATH_SIZE];
    char *events = read_text(cgroup->fd, path_of(path, number, "/memory.events"));

    *ret_out_of_memory = events != NULL && lg_cgroup_parse_event(lg_str_of(events), "oom_kill") > 0;
    *ret_peak_kib = read_number(cgroup->fd, path_of(path, number, "/memory.peak")) / 1024;
    free(events);
}

bool lg_cgroup_remove(struct lg_cgroup *cgroup, unsigned number)
{
    char path[PATH_SIZE];

    (void)write_text(cgroup->fd, path_of(path, number, "/cgroup.kill"), "1");
    return unlinkat(cgroup->fd, path_of(path, number, ""), AT_REMOVEDIR) == 0 || errno == ENOENT;
}

int64_t lg_cgroup_peak_kib(const char *path, unsigned number)
{
    char *file = lg_sprintf("%s/" WORKER "%u/memory.peak", path, number);
    int64_t bytes = read_number(AT_FDCWD, file);

    free(file);
    return bytes / 1024;
}
