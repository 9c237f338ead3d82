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
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

#define TEXT_MAX 65536
#define OURS "gateway"
#define WORKER "worker-"
/* What a worker may have made below its own: deeper than this it stays. */
#define DEPTH_MAX 16
/* For processes that were killed to be gone: two seconds. */
#define CLEAR_TRIES 200
#define CLEAR_PAUSE_NS (10L * 1000 * 1000)

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

static bool remove_group(int fd, const char *name, int depth);

/* The groups below whose names begin so. Returns whether none is left. */
static bool remove_groups(int fd, const char *prefix, int depth)
{
    int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = copy < 0 ? NULL : fdopendir(copy);
    const struct dirent *entry;
    bool gone = true;

    if (directory == NULL) {
        if (copy >= 0)
            close(copy);
        return false;
    }
    while ((entry = readdir(directory)) != NULL)
        if (entry->d_type == DT_DIR && entry->d_name[0] != '.' &&
            strncmp(entry->d_name, prefix, strlen(prefix)) == 0)
            gone = remove_group(fd, entry->d_name, depth) && gone;
    closedir(directory);
    return gone;
}

/*
 * Kills whoever is in it, which takes a moment, and removes it, with those that a process of our
 * own user may have made below. Returns whether it is gone.
 */
static bool remove_group(int fd, const char *name, int depth)
{
    int below;

    if (unlinkat(fd, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
        return true;
    below = depth > 0 ? openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
    if (below < 0)
        return false;
    (void)write_text(below, "cgroup.kill", "1");
    (void)remove_groups(below, "", depth - 1);
    close(below);
    return unlinkat(fd, name, AT_REMOVEDIR) == 0 || errno == ENOENT;
}

/* Those of a keeper that was killed, and of whoever escaped it. */
static void clear(int fd)
{
    const struct timespec pause = { .tv_nsec = CLEAR_PAUSE_NS };

    for (int i = 0; i < CLEAR_TRIES && !remove_groups(fd, WORKER, DEPTH_MAX); i++)
        nanosleep(&pause, NULL);
}

/* As it was found, if nobody else is in our part: a process may be put into it again. */
static void give_back(int fd)
{
    (void)write_text(fd, "cgroup.subtree_control", "-memory");
    (void)write_text(fd, "cgroup.procs", "0");
    (void)unlinkat(fd, OURS, AT_REMOVEDIR);
}

bool lg_cgroup_take(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int error = fd < 0 ? errno : 0;

    if (error == 0 && mkdirat(fd, OURS, 0755) < 0 && errno != EEXIST)
        error = errno;
    if (error == 0)
        error = write_text(fd, OURS "/cgroup.procs", "0");
    if (error == 0)
        error = write_text(fd, "cgroup.subtree_control", "+memory");
    if (error == 0)
        clear(fd);
    else if (fd >= 0)
        give_back(fd);
    if (fd >= 0)
        close(fd);
    errno = error;
    return error == 0;
}

void lg_cgroup_leave(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return;
    clear(fd);
    give_back(fd);
    close(fd);
}

struct lg_cgroup *lg_cgroup_open(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct lg_cgroup *cgroup;

    if (fd < 0)
        return NULL;
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

    return remove_group(cgroup->fd, path_of(path, number, ""), DEPTH_MAX);
}

int64_t lg_cgroup_peak_kib(const char *path, unsigned number)
{
    char *file = lg_sprintf("%s/" WORKER "%u/memory.peak", path, number);
    int64_t bytes = read_number(AT_FDCWD, file);

    free(file);
    return bytes / 1024;
}
