/* changes.c -- inotify, one watch a folder. */
#include "target/changes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "observe/log.h"

#define SETTLE_MS 200      /* without a change, before it is told */
#define SETTLE_MAX_MS 2000 /* from the first, whatever comes meanwhile */
#define RETRY_MS 1000      /* while the folder is not there */
#define DEPTH_MAX 32

#define EVENTS                                                                                     \
    (IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF |       \
     IN_MOVE_SELF)

struct lg_changes {
    struct lg_loop *loop;
    const char *who, *directory;
    void (*on_change)(void *context);
    void *context;
    struct lg_watch watch; /* of the inotify descriptor, -1: none */
    int fd;
    struct lg_timer timer;
    int64_t first_ms; /* of the changes that are not told yet; 0: there are none */
    unsigned folders;
    bool stale; /* there are other folders than those that are watched */
    bool said;  /* that there are too many */
};

bool lg_changes_ignored(const char *name)
{
    static const char *const patterns[] = {
        ".git", "node_modules", "__pycache__", "*.pyc", "*~", ".*.sw?", ".#*", "#*#", "4913",
    };

    for (size_t i = 0; i < LG_COUNT(patterns); i++)
        if (fnmatch(patterns[i], name, 0) == 0)
            return true;
    return false;
}

/* --- the folders --------------------------------------------------------------------------------
 */

static bool is_directory(int parent, const struct dirent *entry)
{
    struct stat stat;

    if (entry->d_type != DT_UNKNOWN)
        return entry->d_type == DT_DIR;
    return fstatat(parent, entry->d_name, &stat, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(stat.st_mode);
}

static bool has_room(struct lg_changes *changes)
{
    if (changes->folders < LG_CHANGES_FOLDERS_MAX)
        return true;
    if (!changes->said)
        lg_log(LG_LOG_WARN, changes->who, "",
               "%s has more than %d folders: changes in some of them are not seen",
               changes->directory, LG_CHANGES_FOLDERS_MAX);
    changes->said = true;
    return false;
}

/* Returns 0, or the errno that kept the folder itself from being watched. */
static int watch_tree(struct lg_changes *changes, const char *path, unsigned depth)
{
    const struct dirent *entry;
    DIR *directory;

    if (!has_room(changes))
        return 0;
    if (inotify_add_watch(changes->fd, path, EVENTS | IN_ONLYDIR | IN_EXCL_UNLINK) < 0)
        return errno;
    changes->folders++;
    directory = depth < DEPTH_MAX ? opendir(path) : NULL;
    if (directory == NULL)
        return 0;
    while ((entry = readdir(directory)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            lg_changes_ignored(entry->d_name) || !is_directory(dirfd(directory), entry))
            continue;

        char *below = lg_sprintf("%s/%s", path, entry->d_name);
        (void)watch_tree(changes, below, depth + 1);
        free(below);
    }
    closedir(directory);
    return 0;
}

static void stop_watching(struct lg_changes *changes)
{
    if (changes->fd < 0)
        return;
    lg_watch_remove(changes->loop, &changes->watch);
    close(changes->fd);
    changes->fd = -1;
    changes->folders = 0;
}

static void on_events(struct lg_watch *watch, uint32_t events);

/* Returns 0 or an errno. */
static int watch_all(struct lg_changes *changes)
{
    int error;

    stop_watching(changes);
    changes->stale = false;
    changes->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (changes->fd < 0)
        return errno;
    if (lg_watch_add(changes->loop, &changes->watch, changes->fd, EPOLLIN, on_events) != LG_OK) {
        close(changes->fd);
        changes->fd = -1;
        return ENOMEM;
    }
    error = watch_tree(changes, changes->directory, 0);
    if (error != 0)
        stop_watching(changes);
    return error;
}

/* --- what happens in them -----------------------------------------------------------------------
 */

static void on_settled(struct lg_timer *timer);

static void note(struct lg_changes *changes)
{
    int64_t now = lg_loop_now_ms(changes->loop);
    int64_t at = now + SETTLE_MS;

    if (changes->first_ms == 0)
        changes->first_ms = now;
    if (at > changes->first_ms + SETTLE_MAX_MS)
        at = changes->first_ms + SETTLE_MAX_MS;
    lg_timer_set(changes->loop, &changes->timer, at, on_settled);
}

/* New folders are watched before the change is told: what is written into them later is seen. */
static void on_settled(struct lg_timer *timer)
{
    struct lg_changes *changes = LG_CONTAINER(timer, struct lg_changes, timer);

    if (changes->stale && watch_all(changes) != 0) {
        changes->stale = true;
        lg_timer_set(changes->loop, timer, lg_loop_now_ms(changes->loop) + RETRY_MS, on_settled);
        return;
    }
    changes->first_ms = 0;
    changes->on_change(changes->context);
}

static void on_event(struct lg_changes *changes, const struct inotify_event *event)
{
    if ((event->mask & IN_IGNORED) != 0 || (event->len > 0 && lg_changes_ignored(event->name)))
        return;
    if ((event->mask & (IN_ISDIR | IN_DELETE_SELF | IN_MOVE_SELF | IN_Q_OVERFLOW)) != 0)
        changes->stale = true;
    note(changes);
}

static void on_events(struct lg_watch *watch, uint32_t events)
{
    struct lg_changes *changes = LG_CONTAINER(watch, struct lg_changes, watch);
    union {
        struct inotify_event event;
        char bytes[16384];
    } room;
    ssize_t size;

    (void)events;
    while ((size = read(changes->fd, room.bytes, sizeof(room.bytes))) > 0) {
        for (ssize_t at = 0; at < size;) {
            const struct inotify_event *event =
                (const struct inotify_event *)(const void *)(room.bytes + at);

            on_event(changes, event);
            at += (ssize_t)(sizeof(*event) + event->len);
        }
    }
}

/* --- life ---------------------------------------------------------------------------------------
 */

struct lg_changes *lg_changes_open(struct lg_loop *loop, const char *who, const char *directory,
                                   void (*on_change)(void *context), void *context)
{
    struct lg_changes *changes = LG_NEW(struct lg_changes);
    int error;

    *changes = (struct lg_changes){ .loop = loop,
                                    .who = who,
                                    .directory = directory,
                                    .on_change = on_change,
                                    .context = context,
                                    .fd = -1 };
    error = watch_all(changes);
    if (error != 0)
        lg_log(LG_LOG_WARN, who, "", "changes in %s are not seen: %s", directory, strerror(error));
    return changes;
}

void lg_changes_close(struct lg_changes *changes)
{
    if (changes == NULL)
        return;
    lg_timer_clear(changes->loop, &changes->timer);
    stop_watching(changes);
    free(changes);
}
