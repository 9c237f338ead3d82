/*
 * world.h -- a daemon in small for the tests: a keeper, a loop on its line, and workers whose
 * events and output are collected. Nothing here sleeps: until() turns the loop until something can
 * be observed, and fails the test after a generous deadline.
 */
#ifndef LG_TEST_KEEPER_WORLD_H
#define LG_TEST_KEEPER_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "keeper/keeper.h"

struct worker {
    uint64_t ticket;
    pid_t pid; /* once spawned */
    int spawned, exited, error, status;
    bool limited, out_of_memory;
    int64_t peak_kib;
    int output; /* our end of its stdout and stderr */
    char text[65536];
    size_t size;
};

extern struct lg_keeper *keeper;
extern struct lg_loop *loop;
extern struct lg_keeper_line *line;
extern int lost; /* calls of on_lost */

void world_begin(void);
void world_end(void);

/* Asks for `argv` with the marker `marker`, in /tmp; spawn() for a script of the shell. */
enum lg_err ask(struct worker *worker, const struct lg_keeper_spawn *spawn);
void spawn(struct worker *worker, const char *marker, const char *script);

void until(bool (*done)(const void *context), const void *context);

void until_spawned(const struct worker *worker);
void until_exited(const struct worker *worker);
void until_said(const struct worker *worker, const char *text);
void until_silent(const struct worker *worker); /* nobody holds its output any more */
void until_gone(pid_t pid);                     /* not even a zombie */

bool exists(pid_t pid);
/* The number on the first line of its output that starts with `name=`, once it is there. */
pid_t said_pid(struct worker *worker, const char *name);
/* Processes whose parent is `parent`, zombies included. */
unsigned count_children(pid_t parent);

#endif
