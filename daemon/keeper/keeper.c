/* keeper.c -- the daemon's side: asks, and hands what the keeper tells to whom it concerns. */
#include "keeper/keeper.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/mem.h"
#include "keeper/cgroup.h"
#include "keeper/datagram.h"
#include "keeper/process.h"
#include "keeper/protocol.h"
#include "wire/loop.h"

/* How long the keeper may take to kill and reap all before it is killed itself. */
#define FREE_WAIT_MS 5000

/* Answers of one turn before other descriptors have theirs. */
#define ANSWERS_PER_TURN 64

/* A ticket is a serial number above the number of its place, so that none is given twice. */
#define PLACES LG_KEEPER_PROCESSES_MAX

struct lg_keeper {
    pid_t pid;
    unsigned count;
    struct lg_keeper_line *lines; /* owned, one a loop */
    char *cgroup;                 /* owned; NULL: none that is ours */
};

static const char *helper;

/* A process as the daemon knows it, until the keeper says that it ended. */
struct entry {
    uint64_t ticket;
    const struct lg_keeper_events *events; /* NULL: forgotten */
    void *owner;
    int group;             /* of its cgroup; 0: none */
    struct lg_link unsent; /* on line.unsent while `signals` wait for room on the socket */
    uint64_t signals;      /* a bit each */
};

struct lg_keeper_line {
    struct lg_watch watch; /* fd stays open until lg_keeper_free() */
    int fd;
    const char *cgroup;   /* the keeper's */
    struct lg_loop *loop; /* NULL: not attached */
    bool lost;
    void (*on_lost)(void *context);
    void *context;

    struct entry *places[PLACES]; /* owned */
    uint64_t serial;
    struct lg_link unsent;
};

/* --- life ------------------------------------------------------------------------------------- */

/* One pair a line: our end goes into the line, the other into `theirs`. */
static bool make_pairs(struct lg_keeper *keeper, int *theirs)
{
    /* For the largest message and the kernel's own share of it; the kernel may allow less. */
    const int room = 4 * (int)LG_KEEPER_MESSAGE_MAX;
    int ends[2];

    for (unsigned i = 0; i < keeper->count; i++) {
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
            return false;
        setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
        keeper->lines[i].fd = ends[0];
        theirs[i] = ends[1];
    }
    return true;
}

static void close_all(const int *fds, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

static void free_keeper(struct lg_keeper *keeper)
{
    for (unsigned i = 0; i < keeper->count; i++)
        if (keeper->lines[i].fd >= 0)
            close(keeper->lines[i].fd);
    free(keeper->lines);
    free(keeper->cgroup);
    free(keeper);
}

/* No signal may meet the keeper before it ignores what it ignores: it starts with all blocked. */
static pid_t fork_keeper(const int *theirs, unsigned loops, const char *cgroup)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t pid = fork();
    if (pid == 0)
        lg_keeper_process(theirs, loops, helper, cgroup);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return pid;
}

/* Before the fork, so that the keeper is in it too. */
static char *take_cgroup(void)
{
    char *path = lg_cgroup_find();

    if (path != NULL && !lg_cgroup_take(path)) {
        free(path);
        path = NULL;
    }
    return path;
}

struct lg_keeper *lg_keeper_fork(unsigned loops)
{
    struct lg_keeper *keeper = LG_NEW(struct lg_keeper);
    int *theirs = lg_calloc(loops, sizeof(*theirs));

    assert(loops > 0);
    keeper->pid = -1;
    keeper->count = loops;
    keeper->lines = lg_calloc(loops, sizeof(*keeper->lines));
    keeper->cgroup = take_cgroup();
    for (unsigned i = 0; i < loops; i++) {
        keeper->lines[i].cgroup = keeper->cgroup;
        keeper->lines[i].fd = theirs[i] = -1;
        lg_list_init(&keeper->lines[i].unsent);
    }
    if (make_pairs(keeper, theirs))
        keeper->pid = fork_keeper(theirs, loops, keeper->cgroup);

    int error = errno;
    close_all(theirs, loops);
    free(theirs);
    if (keeper->pid < 0) {
        free_keeper(keeper);
        errno = error;
        return NULL;
    }
    return keeper;
}

void lg_keeper_use_helper(const char *program)
{
    helper = program;
}

pid_t lg_keeper_pid(const struct lg_keeper *keeper)
{
    return keeper->pid;
}

const char *lg_keeper_cgroup(const struct lg_keeper *keeper)
{
    return keeper->cgroup;
}

/* Waits for the end of `pid`, at most `limit_ms`. */
static void wait_bounded(pid_t pid, int64_t limit_ms)
{
    struct pollfd end = { .fd = pidfd_open(pid, 0), .events = POLLIN };
    int64_t until_ms = lg_clock_mono_ms() + limit_ms;
    int64_t left_ms = limit_ms;

    while (end.fd >= 0 && left_ms > 0 && poll(&end, 1, (int)left_ms) < 0 && errno == EINTR)
        left_ms = until_ms - lg_clock_mono_ms();
    if (end.fd >= 0)
        close(end.fd);
}

void lg_keeper_free(struct lg_keeper *keeper)
{
    if (keeper == NULL)
        return;

    pid_t pid = keeper->pid;
    char *cgroup = keeper->cgroup;
    keeper->cgroup = NULL;
    for (unsigned i = 0; i < keeper->count; i++)
        assert(keeper->lines[i].loop == NULL && "a line is still attached");
    free_keeper(keeper);
    wait_bounded(pid, FREE_WAIT_MS);
    kill(pid, SIGKILL); /* its direct children die with it (PR_SET_PDEATHSIG) */
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
    }
    if (cgroup != NULL)
        lg_cgroup_leave(cgroup);
    free(cgroup);
}

/* --- asking ----------------------------------------------------------------------------------- */

static enum lg_err send_message(struct lg_keeper_line *line,
                                const struct lg_keeper_message *message, int passed_fd)
{
    struct lg_buf bytes;
    enum lg_err err;

    lg_buf_init(&bytes, LG_KEEPER_MESSAGE_MAX);
    err = lg_keeper_encode(&bytes, message);
    if (err == LG_OK)
        err = lg_datagram_send(line->fd, lg_buf_str(&bytes), passed_fd);
    lg_buf_done(&bytes);
    return err;
}

static struct entry *entry_of(struct lg_keeper_line *line, uint64_t ticket)
{
    struct entry *entry = line->places[ticket % PLACES];

    return entry != NULL && entry->ticket == ticket ? entry : NULL;
}

static bool free_place(const struct lg_keeper_line *line, size_t *ret_place)
{
    for (size_t i = 0; i < PLACES; i++)
        if (line->places[i] == NULL) {
            *ret_place = i;
            return true;
        }
    return false;
}

static void drop_entry(struct lg_keeper_line *line, struct entry *entry)
{
    line->places[entry->ticket % PLACES] = NULL;
    lg_list_remove(&entry->unsent);
    free(entry);
}

enum lg_err lg_keeper_spawn(struct lg_keeper_line *line, const struct lg_keeper_spawn *spawn,
                            uint64_t *ret_ticket)
{
    size_t place;

    assert(line->loop != NULL && spawn->argv[0] != NULL && spawn->output >= 0);
    if (line->lost)
        return LG_ERR_CLOSED;
    if (!free_place(line, &place))
        return LG_ERR_FULL;

    uint64_t ticket = (line->serial + 1) * PLACES + place;
    struct lg_keeper_message message = { .kind = LG_KEEPER_SPAWN,
                                         .ticket = ticket,
                                         .directory = spawn->directory,
                                         .argv = spawn->argv,
                                         .environment = spawn->environment,
                                         .confine = spawn->confine };
    enum lg_err err = send_message(line, &message, spawn->output);
    if (err != LG_OK)
        return err;

    struct entry *entry = LG_NEW(struct entry);
    *entry = (struct entry){ .ticket = ticket, .events = spawn->events, .owner = spawn->owner };
    line->places[place] = entry;
    line->serial++;
    *ret_ticket = ticket;
    return LG_OK;
}

/* LG_ERR_FULL: signals are left over. */
static enum lg_err send_signals(struct lg_keeper_line *line, struct entry *entry)
{
    enum lg_err err = LG_OK;

    for (int number = 1; number < NSIG && entry->signals != 0; number++) {
        uint64_t bit = (uint64_t)1 << (number - 1);
        struct lg_keeper_message message = { .kind = LG_KEEPER_SIGNAL,
                                             .ticket = entry->ticket,
                                             .signal = number };

        if ((entry->signals & bit) == 0)
            continue;
        err = send_message(line, &message, -1);
        if (err != LG_OK)
            break;
        entry->signals &= ~bit;
    }
    return err;
}

/* What did not fit is sent once the socket takes more; a keeper that died needs no signal. */
static void send_unsent(struct lg_keeper_line *line)
{
    struct lg_link *first;
    enum lg_err err = LG_OK;

    while ((first = lg_list_first(&line->unsent)) != NULL) {
        struct entry *entry = LG_LIST_OF(first, struct entry, unsent);

        err = send_signals(line, entry);
        if (err == LG_ERR_FULL)
            break;
        lg_list_remove(&entry->unsent);
    }

    uint32_t events = err == LG_ERR_FULL ? EPOLLIN | EPOLLOUT : EPOLLIN;
    err = lg_watch_change(line->loop, &line->watch, events);
    assert(err == LG_OK); /* changing what is watched allocates nothing */
}

void lg_keeper_signal(struct lg_keeper_line *line, uint64_t ticket, int signal)
{
    struct entry *entry = entry_of(line, ticket);

    assert(signal > 0 && signal < NSIG);
    if (entry == NULL || line->lost)
        return;
    entry->signals |= (uint64_t)1 << (signal - 1);
    if (!lg_link_in_list(&entry->unsent))
        lg_list_add_last(&line->unsent, &entry->unsent);
    send_unsent(line);
}

int64_t lg_keeper_peak_kib(struct lg_keeper_line *line, uint64_t ticket)
{
    const struct entry *entry = entry_of(line, ticket);

    if (entry == NULL || entry->group == 0)
        return 0;
    return lg_cgroup_peak_kib(line->cgroup, (unsigned)entry->group);
}

void lg_keeper_forget(struct lg_keeper_line *line, uint64_t ticket)
{
    struct entry *entry = entry_of(line, ticket);

    if (entry == NULL)
        return;
    entry->events = NULL;
    lg_keeper_signal(line, ticket, SIGKILL);
}

/* --- hearing ---------------------------------------------------------------------------------- */

/* The last that its owner hears; the entry goes first, so that the owner may do anything. */
static void ended(struct lg_keeper_line *line, struct entry *entry,
                  const struct lg_keeper_exit *how)
{
    const struct lg_keeper_events *events = entry->events;
    void *owner = entry->owner;

    drop_entry(line, entry);
    if (events != NULL)
        events->on_exit(owner, how);
}

static void spawned(struct entry *entry, const struct lg_keeper_message *message)
{
    entry->group = message->group;
    if (entry->events != NULL)
        entry->events->on_spawned(entry->owner, message->pid, message->group > 0);
}

static void hear(struct lg_keeper_line *line, const struct lg_keeper_message *message)
{
    struct entry *entry = entry_of(line, message->ticket);

    if (entry == NULL)
        return;
    if (message->kind == LG_KEEPER_EXITED)
        ended(line, entry,
              &(struct lg_keeper_exit){ .status = message->status,
                                        .peak_kib = message->peak_kib,
                                        .out_of_memory = message->out_of_memory });
    else if (message->kind == LG_KEEPER_FAILED)
        ended(line, entry,
              &(struct lg_keeper_exit){ .error = message->error, .status = message->step });
    else if (message->kind == LG_KEEPER_SPAWNED)
        spawned(entry, message);
}

/* An owner may detach the line; then nobody hears any more, and there are no entries. */
static void lose(struct lg_keeper_line *line)
{
    line->lost = true;
    lg_watch_remove(line->loop, &line->watch);
    for (size_t i = 0; i < PLACES; i++)
        if (line->places[i] != NULL)
            ended(line, line->places[i], &(struct lg_keeper_exit){ .error = EPIPE });
    if (line->loop != NULL && line->on_lost != NULL)
        line->on_lost(line->context);
}

/* LG_ERR_BUSY: nothing there now. LG_ERR_CLOSED: the keeper is gone, or out of its mind. */
static enum lg_err hear_one(struct lg_keeper_line *line)
{
    char bytes[128];
    struct lg_arena arena;
    struct lg_keeper_message message;
    size_t size;
    int fd;

    enum lg_err err = lg_datagram_receive(line->fd, bytes, sizeof(bytes), &size, &fd);
    if (fd >= 0) /* not from our keeper */
        close(fd);
    if (err != LG_OK)
        return err == LG_ERR_BUSY ? LG_ERR_BUSY : LG_ERR_CLOSED;

    lg_arena_init(&arena);
    err = lg_keeper_decode(lg_str_make(bytes, size), &arena, &message);
    lg_arena_done(&arena);
    if (err != LG_OK)
        return LG_ERR_CLOSED;
    hear(line, &message);
    return LG_OK;
}

static void on_line(struct lg_watch *watch, uint32_t events)
{
    struct lg_keeper_line *line = LG_CONTAINER(watch, struct lg_keeper_line, watch);
    enum lg_err err = LG_OK;

    if ((events & EPOLLOUT) != 0)
        send_unsent(line);
    for (int i = 0; i < ANSWERS_PER_TURN && err == LG_OK && line->loop != NULL; i++)
        err = hear_one(line);
    if (err == LG_ERR_CLOSED && line->loop != NULL)
        lose(line);
}

struct lg_keeper_line *lg_keeper_attach(struct lg_keeper *keeper, unsigned index,
                                        struct lg_loop *loop, void (*on_lost)(void *context),
                                        void *context)
{
    assert(index < keeper->count);
    struct lg_keeper_line *line = &keeper->lines[index];

    assert(line->loop == NULL);
    if (lg_watch_add(loop, &line->watch, line->fd, EPOLLIN, on_line) != LG_OK)
        return NULL;
    line->loop = loop;
    line->on_lost = on_lost;
    line->context = context;
    return line;
}

void lg_keeper_detach(struct lg_keeper_line *line)
{
    if (line->loop == NULL)
        return;
    lg_watch_remove(line->loop, &line->watch);
    line->loop = NULL;
    for (size_t i = 0; i < PLACES; i++)
        if (line->places[i] != NULL)
            drop_entry(line, line->places[i]);
}
