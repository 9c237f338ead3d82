/* scratch.c -- made by mkdir, told apart from stale ones by flock, removed by a child. */
#include "keeper/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "keeper/remove.h"

#define TRASH "trash-"

struct lg_scratch {
    char *base; /* owned; NULL until it is needed */
    char *path; /* of our own directory in it, owned; NULL until it is needed */
    int base_fd, fd;
    pid_t remover; /* -1: none */
    bool again;    /* there is more to remove than it saw */
};

/* --- the base -----------------------------------------------------------------------------------
 */

static const char *temporary_directory(void)
{
    const char *path = getenv("TMPDIR");

    return path != NULL && *path == '/' ? path : "/tmp";
}

/* Ours, and nobody else's to change. */
static bool is_ours(int fd)
{
    struct stat stat;

    return fstat(fd, &stat) == 0 && stat.st_uid == geteuid() &&
           (stat.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static int open_directory(int parent, const char *path)
{
    return openat(parent, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Others must be able to pass, for processes of other users; reading it is for us. */
static int make_passable(int fd)
{
    return fchmod(fd, 0711);
}

/*
 * The usual place, or, where a stranger holds that name, one that nobody could have known.
 * Returns a descriptor, or -1 with errno.
 */
static int open_base(bool make, char **ret_path)
{
    char *path = lg_sprintf("%s/lambdagate-%u", temporary_directory(), (unsigned)geteuid());
    int fd;

    if (make && mkdir(path, 0700) < 0 && errno != EEXIST) {
        free(path);
        return -1;
    }
    fd = open_directory(AT_FDCWD, path);
    if (fd >= 0 && !is_ours(fd)) {
        close(fd);
        free(path);
        path = lg_sprintf("%s/lambdagate-XXXXXX", temporary_directory());
        fd = make && mkdtemp(path) != NULL ? open_directory(AT_FDCWD, path) : -1;
    }
    if (fd >= 0 && make && make_passable(fd) < 0) {
        close(fd);
        fd = -1;
    }
    *ret_path = path;
    return fd;
}

/* --- our own ------------------------------------------------------------------------------------
 */

/* Under the lock of the base, in which stale ones are looked for: nobody sees it without its own.
 */
static int make_own(struct lg_scratch *scratch)
{
    char *path = lg_sprintf("%s/XXXXXX", scratch->base);
    int error = 0;

    flock(scratch->base_fd, LOCK_EX);
    if (mkdtemp(path) == NULL || (scratch->fd = open_directory(AT_FDCWD, path)) < 0 ||
        make_passable(scratch->fd) < 0 || flock(scratch->fd, LOCK_EX | LOCK_NB) < 0)
        error = errno;
    flock(scratch->base_fd, LOCK_UN);
    if (error == 0) {
        scratch->path = path;
        return 0;
    }
    free(path);
    if (scratch->fd >= 0)
        close(scratch->fd);
    scratch->fd = -1;
    return error;
}

static int open_own(struct lg_scratch *scratch)
{
    if (scratch->path != NULL)
        return 0;
    if (scratch->base_fd < 0) {
        free(scratch->base);
        scratch->base = NULL;
        scratch->base_fd = open_base(true, &scratch->base);
    }
    if (scratch->base_fd < 0)
        return errno;
    return make_own(scratch);
}

static void close_own(struct lg_scratch *scratch)
{
    if (scratch->fd >= 0)
        close(scratch->fd);
    if (scratch->base_fd >= 0)
        close(scratch->base_fd);
    free(scratch->path);
    scratch->path = NULL;
    scratch->fd = scratch->base_fd = -1;
}

static int make_directory(struct lg_scratch *scratch, const char *name)
{
    int error = open_own(scratch);

    return error == 0 && mkdirat(scratch->fd, name, 0700) < 0 ? errno : error;
}

int lg_scratch_make(struct lg_scratch *scratch, unsigned number,
                    const struct lg_keeper_confine *confine, char **ret_path)
{
    char name[16];
    int error;

    (void)snprintf(name, sizeof(name), "%u", number);
    error = make_directory(scratch, name);
    if (error == ENOENT) { /* somebody cleaned up above us */
        close_own(scratch);
        error = make_directory(scratch, name);
    }
    if (error != 0)
        return error;
    if (confine->change_user &&
        fchownat(scratch->fd, name, confine->uid, confine->gid, AT_SYMLINK_NOFOLLOW) < 0) {
        error = errno;
        unlinkat(scratch->fd, name, AT_REMOVEDIR);
        return error;
    }
    *ret_path = lg_sprintf("%s/%s", scratch->path, name);
    return 0;
}

/* --- removing -----------------------------------------------------------------------------------
 */

/* Calls `remove` for every entry; it may take the entry away. */
static void each_entry(int fd, void (*remove)(int parent, const char *name))
{
    int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = copy < 0 ? NULL : fdopendir(copy);
    const struct dirent *entry;

    if (directory == NULL) {
        if (copy >= 0)
            close(copy);
        return;
    }
    while ((entry = readdir(directory)) != NULL)
        if (entry->d_name[0] != '.')
            remove(fd, entry->d_name);
    closedir(directory);
}

static void remove_trash(int parent, const char *name)
{
    if (strncmp(name, TRASH, strlen(TRASH)) == 0)
        (void)lg_remove_tree(parent, name);
}

static void remove_any(int parent, const char *name)
{
    (void)lg_remove_tree(parent, name);
}

/* One whose keeper lives is locked. */
static void remove_stale(int parent, const char *name)
{
    int fd = open_directory(parent, name);

    if (fd < 0)
        return;
    flock(parent, LOCK_EX);
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        flock(parent, LOCK_UN);
        (void)lg_remove_tree(parent, name);
    } else {
        flock(parent, LOCK_UN);
    }
    close(fd);
}

/* A descriptor of its own: locks belong to what was opened, and a fork shares that. */
static void remove_all_stale(void)
{
    char *path = NULL;
    int fd = open_base(false, &path);

    if (fd >= 0) {
        each_entry(fd, remove_stale);
        close(fd);
    }
    free(path);
}

static void start_remover(struct lg_scratch *scratch, bool stale)
{
    pid_t parent = getpid();
    pid_t pid;

    if (scratch->remover > 0) {
        scratch->again = true;
        return;
    }
    scratch->again = false;
    pid = fork();
    if (pid != 0) {
        scratch->remover = pid;
        return;
    }
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
        _exit(1);
    if (scratch->fd >= 0)
        each_entry(scratch->fd, remove_trash);
    if (stale)
        remove_all_stale();
    _exit(0);
}

void lg_scratch_drop(struct lg_scratch *scratch, unsigned number)
{
    char name[16], trash[32];

    if (scratch->fd < 0)
        return;
    (void)snprintf(name, sizeof(name), "%u", number);
    (void)snprintf(trash, sizeof(trash), TRASH "%u", number);
    if (renameat(scratch->fd, name, scratch->fd, trash) == 0)
        start_remover(scratch, false);
}

pid_t lg_scratch_remover(const struct lg_scratch *scratch)
{
    return scratch->remover;
}

void lg_scratch_reaped(struct lg_scratch *scratch, pid_t pid)
{
    if (pid != scratch->remover)
        return;
    scratch->remover = -1;
    if (scratch->again)
        start_remover(scratch, false);
}

/* --- life ---------------------------------------------------------------------------------------
 */

struct lg_scratch *lg_scratch_new(void)
{
    struct lg_scratch *scratch = LG_NEW(struct lg_scratch);
    char *path = NULL;
    int fd = open_base(false, &path);

    scratch->base_fd = scratch->fd = scratch->remover = -1;
    free(path);
    if (fd < 0)
        return scratch;
    close(fd);
    start_remover(scratch, true);
    return scratch;
}

void lg_scratch_free(struct lg_scratch *scratch)
{
    if (scratch->fd >= 0) {
        each_entry(scratch->fd, remove_any);
        (void)rmdir(scratch->path);
    }
    if (scratch->base_fd >= 0)
        (void)rmdir(scratch->base); /* if nobody else uses it */
    close_own(scratch);
    free(scratch->base);
    free(scratch);
}
