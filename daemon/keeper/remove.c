/* remove.c -- unlinkat() from the leaves up, by descriptors. */
#include "keeper/remove.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A tree that is deeper is taken apart: what lies below is moved to the top, and removed there. */
#define DEPTH_MAX 32

struct removal {
    int top;          /* the directory that the tree lies in */
    dev_t device;     /* of the tree */
    unsigned serial;  /* of what was moved up */
    const char *name; /* of the tree */
    bool moved;       /* there is something at the top to be removed */
    int error;        /* the first one */
};

static void keep_error(struct removal *removal, int error)
{
    if (removal->error == 0 && error != ENOENT)
        removal->error = error;
}

/* "name.1": beside the tree, so that it is found again. */
static void name_moved(const struct removal *removal, unsigned serial, char *ret_name, size_t room)
{
    (void)snprintf(ret_name, room, "%.200s.%u", removal->name, serial);
}

static void move_up(struct removal *removal, int parent, const char *name)
{
    char moved[256];

    name_moved(removal, removal->serial, moved, sizeof(moved));
    if (renameat(parent, name, removal->top, moved) < 0) {
        keep_error(removal, errno);
        return;
    }
    removal->serial++;
    removal->moved = true;
}

/* Only its owner may have shut it, so only its owner can open it again. */
static int open_directory(int parent, const char *name)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
    int fd = openat(parent, name, flags);

    if (fd < 0 && errno == EACCES && fchmodat(parent, name, 0700, 0) == 0)
        fd = openat(parent, name, flags);
    return fd;
}

static void remove_directory(struct removal *removal, int parent, const char *name, unsigned depth);

static void remove_entry(struct removal *removal, int parent, const char *name, unsigned depth)
{
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || unlinkat(parent, name, 0) == 0)
        return;
    if (errno != EISDIR && errno != EPERM)
        keep_error(removal, errno);
    else if (depth < DEPTH_MAX)
        remove_directory(removal, parent, name, depth + 1);
    else
        move_up(removal, parent, name);
}

static void remove_entries(struct removal *removal, int fd, unsigned depth)
{
    DIR *directory = fdopendir(fd);
    const struct dirent *entry;

    if (directory == NULL) {
        keep_error(removal, errno);
        close(fd);
        return;
    }
    while ((entry = readdir(directory)) != NULL)
        remove_entry(removal, dirfd(directory), entry->d_name, depth);
    closedir(directory);
}

static void remove_directory(struct removal *removal, int parent, const char *name, unsigned depth)
{
    int fd = open_directory(parent, name);
    struct stat stat;

    if (fd < 0 || fstat(fd, &stat) < 0 || stat.st_dev != removal->device) {
        keep_error(removal, fd < 0 ? errno : EXDEV);
        if (fd >= 0)
            close(fd);
        return;
    }
    if (fchmod(fd, 0700) < 0) /* where entries may not be removed */
        keep_error(removal, errno);
    remove_entries(removal, fd, depth);
    if (unlinkat(parent, name, AT_REMOVEDIR) < 0)
        keep_error(removal, errno);
}

int lg_remove_tree(int parent, const char *name)
{
    struct removal removal = { .top = parent, .name = name };
    char moved[256];
    struct stat stat;
    unsigned done = 0;

    if (fstatat(parent, name, &stat, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : errno;
    removal.device = stat.st_dev;
    remove_entry(&removal, parent, name, 0);
    while (removal.moved && done < removal.serial) {
        name_moved(&removal, done++, moved, sizeof(moved));
        remove_entry(&removal, parent, moved, 0);
    }
    return removal.error;
}
