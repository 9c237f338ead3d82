/* memory.c -- /proc/PID, its children, and a timer. */
#include "target/memory.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "keeper/keeper.h"
#include "observe/log.h"
#include "target/pool.h"

#define BUSY_MS 250      /* between two looks at processes that work */
#define IDLE_MS 2000     /* and at those that only might */
#define PROCESSES_MAX 64 /* of one worker, that are counted */

/* --- one process --------------------------------------------------------------------------------
 */

/* Returns the size of the text, -1 without any. */
static ssize_t read_file(const char *path, char *text, size_t room)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size;

    if (fd < 0)
        return -1;
    size = read(fd, text, room - 1);
    close(fd);
    if (size >= 0)
        text[size] = '\0';
    return size;
}

static int64_t read_field(pid_t pid, const char *file, const char *name)
{
    char path[64], text[4096];
    const char *found;

    (void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
    if (read_file(path, text, sizeof(text)) <= 0)
        return 0;
    found = strstr(text, name);
    return found == NULL ? 0 : strtoll(found + strlen(name), NULL, 10);
}

int64_t lg_memory_peak_kib(pid_t pid)
{
    return read_field(pid, "status", "\nVmHWM:");
}

static int64_t resident_kib(pid_t pid)
{
    char path[64], text[128];
    long long pages = 0;

    (void)snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
    if (read_file(path, text, sizeof(text)) <= 0 || sscanf(text, "%*s %lld", &pages) != 1)
        return 0;
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static int64_t used_kib(pid_t pid, bool exact)
{
    int64_t kib = exact ? read_field(pid, "smaps_rollup", "\nPss:") : 0;

    return kib > 0 ? kib : resident_kib(pid);
}

/* --- and its descendants ------------------------------------------------------------------------
 */

struct family {
    pid_t members[PROCESSES_MAX];
    size_t count;
};

static void add_children(struct family *family, const char *text)
{
    char *end;

    while (family->count < PROCESSES_MAX) {
        long pid = strtol(text, &end, 10);

        if (end == text || pid <= 0)
            return;
        family->members[family->count++] = (pid_t)pid;
        text = end;
    }
}

/* Every thread may have children. */
static void find_children(struct family *family, pid_t pid)
{
    char path[320], text[4096];
    const struct dirent *entry;
    DIR *tasks;

    (void)snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    tasks = opendir(path);
    if (tasks == NULL)
        return;
    while ((entry = readdir(tasks)) != NULL) {
        (void)snprintf(path, sizeof(path), "/proc/%d/task/%s/children", (int)pid, entry->d_name);
        if (entry->d_name[0] != '.' && read_file(path, text, sizeof(text)) > 0)
            add_children(family, text);
    }
    closedir(tasks);
}

int64_t lg_memory_group_kib(pid_t pid, bool exact)
{
    struct family family = { .members = { pid }, .count = 1 };
    int64_t kib = 0;

    for (size_t i = 0; i < family.count; i++) {
        kib += used_kib(family.members[i], exact);
        find_children(&family, family.members[i]);
    }
    return kib;
}

/* --- the processes of a pool --------------------------------------------------------------------
 */

static struct lg_loop *loop_of(const struct lg_worker *worker)
{
    return worker->pool->env.loop;
}

static void keep_most(struct lg_worker *worker, int64_t kib)
{
    if (kib > worker->used_kib)
        worker->used_kib = kib;
}

void lg_memory_read(struct lg_worker *worker)
{
    if (worker->pid == 0)
        return;
    worker->used_read_ms = lg_loop_now_ms(loop_of(worker));
    int64_t kib =
        worker->limited ? lg_keeper_peak_kib(worker->pool->env.keeper, worker->ticket) : 0;
    /* Linux has told a cgroup's peak since 5.19. */
    keep_most(worker, kib > 0 ? kib : lg_memory_peak_kib(worker->pid));
}

/*
 * Its end comes as that of a process that was killed, which is what Lambda's callers see too: with
 * a call in its hands it stays what it is until then.
 */
static void kill_worker(struct lg_worker *worker, int64_t kib)
{
    struct lg_pool *pool = worker->pool;

    lg_log(LG_LOG_WARN, pool->who, worker->output.request_id,
           "a process used %" PRId64 " MB of %" PRId64 " MB: killed", (kib + 1023) / 1024,
           pool->function->memory_mb);
    if (worker->state == LG_WORKER_IDLE) {
        lg_worker_kill(worker, "memory");
        lg_pool_balance(pool);
        return;
    }
    worker->why = "memory";
    lg_keeper_signal(pool->env.keeper, worker->ticket, SIGKILL);
}

static void look_at(struct lg_worker *worker)
{
    int64_t limit_kib = worker->pool->function->memory_mb * 1024;
    int64_t kib = lg_memory_group_kib(worker->pid, false);

    if (kib > limit_kib)
        kib = lg_memory_group_kib(worker->pid, true);
    keep_most(worker, kib);
    if (kib > limit_kib && worker->why == NULL)
        kill_worker(worker, kib);
}

/* Returns whether there is any that we have to look at. */
static bool look_at_all(struct lg_pool *pool, enum lg_worker_state state, bool now)
{
    const struct lg_link *head = &pool->workers[state];
    struct lg_link *link = lg_list_first(head);
    bool any = false;

    while (link != NULL) {
        struct lg_worker *worker = LG_LIST_OF(link, struct lg_worker, link);

        link = lg_list_after(head, link); /* one that is killed leaves the list */
        if (worker->pid == 0 || worker->limited)
            continue;
        any = true;
        if (now)
            look_at(worker);
    }
    return any;
}

static void on_timer(struct lg_timer *timer)
{
    struct lg_pool *pool = LG_CONTAINER(timer, struct lg_pool, memory_timer);
    int64_t now = lg_loop_now_ms(pool->env.loop);
    bool idle_too = now - pool->idle_looked_ms >= IDLE_MS;
    bool busy = look_at_all(pool, LG_WORKER_STARTING, true);
    bool idle = look_at_all(pool, LG_WORKER_IDLE, idle_too);

    busy = look_at_all(pool, LG_WORKER_BUSY, true) || busy;
    busy = look_at_all(pool, LG_WORKER_AWAY, true) || busy;
    if (idle_too)
        pool->idle_looked_ms = now;
    if (busy || idle)
        lg_timer_set(pool->env.loop, timer, now + (busy ? BUSY_MS : IDLE_MS), on_timer);
}

void lg_memory_watch(struct lg_pool *pool)
{
    int64_t soon = lg_loop_now_ms(pool->env.loop) + BUSY_MS;

    if (!lg_timer_armed(&pool->memory_timer) || pool->memory_timer.at_ms > soon)
        lg_timer_set(pool->env.loop, &pool->memory_timer, soon, on_timer);
}

void lg_memory_forget(struct lg_pool *pool)
{
    lg_timer_clear(pool->env.loop, &pool->memory_timer);
}
