/* world.c -- turns a loop, polls what /proc and kill(2) tell. */
#include "world.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "keeper/descent.h"
#include "wire/loop.h"

#define DEADLINE_MS 30000

struct lg_keeper *keeper;
struct lg_loop *loop;
struct lg_keeper_line *line;
int lost;

static void on_lost(void *context)
{
    (void)context;
    lost++;
}

void world_begin(void)
{
    keeper = lg_keeper_fork(1);
    cr_assert(keeper != NULL, "%s", strerror(errno));
    loop = lg_loop_new(0);
    line = lg_keeper_attach(keeper, 0, loop, on_lost, NULL);
    cr_assert(line != NULL);
}

void world_end(void)
{
    lg_keeper_detach(line);
    lg_loop_free(loop);
    lg_keeper_free(keeper);
}

static void on_spawned(void *owner, pid_t pid, bool limited)
{
    struct worker *worker = owner;

    worker->spawned++;
    worker->limited = limited;
    worker->pid = pid;
}

static void on_exit_(void *owner, const struct lg_keeper_exit *how)
{
    struct worker *worker = owner;

    worker->exited++;
    worker->error = how->error;
    worker->status = how->status;
    worker->peak_kib = how->peak_kib;
    worker->out_of_memory = how->out_of_memory;
}

enum lg_err ask(struct worker *worker, const struct lg_keeper_spawn *spawn)
{
    static const struct lg_keeper_events events = { on_spawned, on_exit_ };
    struct lg_keeper_spawn full = *spawn;
    int ends[2];

    memset(worker, 0, sizeof(*worker));
    cr_assert_eq(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    fcntl(ends[1], F_SETFL, 0);
    full.output = ends[1];
    full.events = &events;
    full.owner = worker;
    worker->output = ends[0];
    enum lg_err err = lg_keeper_spawn(line, &full, &worker->ticket);
    close(ends[1]);
    return err;
}

void spawn(struct worker *worker, const char *marker, const char *script)
{
    char *variable = lg_sprintf("AWS_LAMBDA_RUNTIME_API=%s", marker);
    const char *const argv[] = { "sh", "-c", script, NULL };
    const char *const environment[] = { "PATH=/usr/bin:/bin", variable, NULL };
    const struct lg_keeper_spawn full = { .argv = argv,
                                          .environment = environment,
                                          .directory = "/tmp" };

    cr_assert_eq(ask(worker, &full), LG_OK);
    free(variable);
}

/* --- waiting for what can be observed --------------------------------------------------------- */

struct wait {
    struct lg_hook hook;
    struct lg_timer timer;
    bool (*done)(const void *context);
    const void *context;
    bool late;
};

static int64_t check(struct lg_hook *hook)
{
    struct wait *wait = LG_CONTAINER(hook, struct wait, hook);

    if (wait->late || wait->done(wait->context))
        lg_loop_stop(loop);
    return 2; /* ms until the next look: most of it is not told by a descriptor */
}

static void on_late(struct lg_timer *timer)
{
    LG_CONTAINER(timer, struct wait, timer)->late = true;
}

void until(bool (*done)(const void *context), const void *context)
{
    struct wait wait = { .done = done, .context = context };

    lg_hook_add(loop, &wait.hook, check);
    lg_timer_set(loop, &wait.timer, lg_loop_now_ms(loop) + DEADLINE_MS, on_late);
    lg_loop_run(loop);
    lg_timer_clear(loop, &wait.timer);
    lg_hook_remove(&wait.hook);
    cr_assert_not(wait.late, "waited in vain");
}

static bool is_spawned(const void *worker)
{
    return ((const struct worker *)worker)->spawned > 0;
}

static bool is_exited(const void *worker)
{
    return ((const struct worker *)worker)->exited > 0;
}

void until_spawned(const struct worker *worker)
{
    until(is_spawned, worker);
}

void until_exited(const struct worker *worker)
{
    until(is_exited, worker);
}

/* Returns false at the end of the output. */
static bool read_more(struct worker *worker)
{
    size_t room = sizeof(worker->text) - 1 - worker->size;
    ssize_t size;

    cr_assert_gt(room, 0);
    size = read(worker->output, worker->text + worker->size, room);
    if (size > 0)
        worker->size += (size_t)size;
    worker->text[worker->size] = '\0';
    return size != 0;
}

struct said {
    struct worker *worker;
    const char *text;
};

static bool has_said(const void *context)
{
    const struct said *said = context;

    read_more(said->worker);
    return strstr(said->worker->text, said->text) != NULL;
}

void until_said(const struct worker *worker, const char *text)
{
    struct said said = { (struct worker *)(uintptr_t)worker, text };

    until(has_said, &said);
}

static bool is_silent(const void *context)
{
    struct worker *worker = (struct worker *)(uintptr_t)context;

    while (read_more(worker)) {
        if (errno == EAGAIN)
            return false;
        errno = 0;
    }
    return true;
}

void until_silent(const struct worker *worker)
{
    until(is_silent, worker);
}

bool exists(pid_t pid)
{
    return kill(pid, 0) == 0 || errno != ESRCH;
}

static bool is_gone(const void *context)
{
    return !exists(*(const pid_t *)context);
}

void until_gone(pid_t pid)
{
    until(is_gone, &pid);
}

pid_t said_pid(struct worker *worker, const char *name)
{
    char *start = lg_sprintf("%s=", name);
    const char *found;

    until_said(worker, start);
    found = strstr(worker->text, start) + strlen(start);
    while (strchr(found, '\n') == NULL) /* the number may still be on its way */
        until_said(worker, "\n"), read_more(worker);
    free(start);
    return (pid_t)atoi(found);
}

unsigned count_children(pid_t parent)
{
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    struct lg_descendant process;
    unsigned count = 0;

    while ((entry = readdir(proc)) != NULL) {
        char path[300], text[1024];
        int fd;

        snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
        if (atoi(entry->d_name) <= 0 || (fd = open(path, O_RDONLY)) < 0)
            continue;
        ssize_t size = read(fd, text, sizeof(text));
        close(fd);
        if (size > 0 && lg_descent_parse(lg_str_make(text, (size_t)size), &process) == LG_OK &&
            process.parent == parent)
            count++;
    }
    closedir(proc);
    return count;
}
