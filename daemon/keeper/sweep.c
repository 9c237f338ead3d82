/* sweep.c -- children first; theirs become ours, until there are none. */
#include "keeper/sweep.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* Between two looks when no child tells of its end. */
#define PAUSE_NS (100L * 1000 * 1000)

/* Its group in one stroke, so that it cannot outrun us by forking. */
static int kill_tree(const struct lg_descendant *child)
{
    if (child->group > 1 && child->group != getpgrp())
        kill(-child->group, SIGKILL);
    return kill(child->pid, SIGKILL);
}

struct sweep {
    bool (*spare)(const struct lg_descendant *child, void *context);
    void *context;
    bool again;
};

/*
 * What was below a child becomes ours when that ends, perhaps behind the place that the reading
 * of /proc has reached: so one that ends or ended calls for another sweep after it is reaped.
 */
static void sweep_child(const struct lg_descendant *child, void *context)
{
    struct sweep *sweep = context;

    if (!child->ended && sweep->spare(child, sweep->context))
        return;
    if (!child->ended)
        kill_tree(child);
    sweep->again = true;
}

bool lg_sweep(bool (*spare)(const struct lg_descendant *child, void *context), void *context)
{
    struct sweep sweep = { .spare = spare, .context = context };

    lg_descent_children(sweep_child, &sweep);
    return sweep.again;
}

struct killing {
    unsigned found, killed;
};

static void kill_child(const struct lg_descendant *child, void *context)
{
    struct killing *killing = context;

    if (child->ended)
        return;
    killing->found++;
    if (kill_tree(child) == 0)
        killing->killed++;
}

void lg_sweep_all(void)
{
    const struct timespec pause = { .tv_nsec = PAUSE_NS };
    struct killing killing;
    sigset_t child;
    pid_t pid;

    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    do {
        killing = (struct killing){ 0 };
        if (!lg_descent_children(kill_child, &killing))
            return;
        while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {
        }
        if (pid < 0)
            return;
        sigtimedwait(&child, NULL, &pause);
    } while (killing.found == 0 || killing.killed > 0);
}
