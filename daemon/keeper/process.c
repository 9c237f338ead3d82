/* process.c -- the keeper: takes requests, reaps, sweeps, tells. */
#include "keeper/process.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/list.h"
#include "base/mem.h"
#include "keeper/cell.h"
#include "keeper/datagram.h"
#include "keeper/descent.h"
#include "keeper/exec.h"
#include "keeper/keeper.h"
#include "keeper/protocol.h"
#include "keeper/settle.h"
#include "keeper/sweep.h"
#include "wire/loop.h"

/* Requests of one line before the others have their turn. */
#define REQUESTS_PER_TURN 16

struct process {
    struct lg_loop *loop;
    struct line *lines; /* owned, `count` of them */
    unsigned count;
    struct lg_watch children; /* a signalfd for SIGCHLD */
    struct lg_link jobs;      /* starting and running */
    size_t job_count;         /* those, and the ended ones that were not told yet */
    struct lg_cells cells;
    const char *helper; /* private_tmp.h */
    bool sweeping;      /* strays were killed: whoever was below them comes to us next */
    char request[LG_KEEPER_MESSAGE_MAX];
};

struct line {
    struct lg_watch watch;
    struct process *process;
    struct lg_link answers; /* jobs with something to tell; while there are, nothing is read */
};

/* One process: on process.jobs while it may live, on line.answers while there is news. */
struct job {
    struct lg_link link, answer;
    struct line *line;
    uint64_t ticket;
    pid_t pid;
    char *marker; /* owned, NULL: none */
    struct lg_cell cell;
    struct lg_watch report; /* while it starts: whether exec worked */
    struct lg_exec_failure failure;
    uint64_t signals; /* asked for while it started, a bit each */
    bool starting, tell_spawned;
    struct lg_keeper_message end; /* kind 0 until it ended */
};

static void end_of_line(struct process *process)
{
    lg_loop_stop(process->loop);
}

/* --- telling ---------------------------------------------------------------------------------- */

static bool tell(struct line *line, const struct lg_keeper_message *message)
{
    struct lg_buf bytes;
    enum lg_err err;

    lg_buf_init(&bytes, LG_KEEPER_MESSAGE_MAX);
    err = lg_keeper_encode(&bytes, message);
    if (err == LG_OK)
        err = lg_datagram_send(line->watch.fd, lg_buf_str(&bytes), -1);
    lg_buf_done(&bytes);
    return err == LG_OK;
}

/* Tells all that is to be told about `job`. False: the line takes no more now. */
static bool tell_job(struct job *job)
{
    struct lg_keeper_message spawned = { .kind = LG_KEEPER_SPAWNED,
                                         .ticket = job->ticket,
                                         .pid = job->pid };

    if (job->cell.has_cgroup)
        spawned.group = (int)job->cell.number;

    if (job->tell_spawned && !tell(job->line, &spawned))
        return false;
    job->tell_spawned = false;
    return job->end.kind == 0 || tell(job->line, &job->end);
}

static void free_job(struct process *process, struct job *job)
{
    process->job_count--;
    free(job->marker);
    free(job);
}

/*
 * The daemon reads its line every turn, so a full one is rare. While it lasts we read no request
 * from it: what waits to be told is so never more than LG_KEEPER_PROCESSES_MAX.
 */
static void flush(struct line *line)
{
    struct lg_link *link, *next;

    for (link = lg_list_first(&line->answers); link != NULL; link = next) {
        struct job *job = LG_LIST_OF(link, struct job, answer);

        if (!tell_job(job))
            break;
        next = lg_list_after(&line->answers, link);
        lg_list_remove(link);
        if (job->end.kind != 0)
            free_job(line->process, job);
    }
    if (lg_watch_change(line->process->loop, &line->watch, link == NULL ? EPOLLIN : EPOLLOUT) !=
        LG_OK)
        end_of_line(line->process);
}

static void has_news(struct job *job)
{
    if (!lg_link_in_list(&job->answer))
        lg_list_add_last(&job->line->answers, &job->answer);
}

/* The last news of a job. */
static void finish(struct job *job, struct lg_keeper_message end)
{
    end.ticket = job->ticket;
    job->end = end;
    lg_list_remove(&job->link);
    has_news(job);
}

static void finish_failed(struct job *job, struct lg_exec_failure failure)
{
    finish(job, (struct lg_keeper_message){
                    .kind = LG_KEEPER_FAILED, .error = failure.error, .step = failure.step });
}

/* --- starting --------------------------------------------------------------------------------- */

/* The whole group; just after fork there is none yet. */
static void kill_group(pid_t pid, int number)
{
    if (kill(-pid, number) < 0 && errno == ESRCH)
        kill(pid, number);
}

static void started(struct job *job)
{
    job->starting = false;
    job->tell_spawned = true;
    has_news(job);
    for (int number = 1; number < NSIG; number++)
        if ((job->signals >> (number - 1) & 1) != 0)
            kill_group(job->pid, number);
}

/* Learns whether exec worked. A process that failed is still to be reaped, and told of then. */
static void read_report(struct job *job)
{
    int report = job->report.fd;
    enum lg_err err = lg_exec_result(report, &job->failure);

    if (err == LG_ERR_BUSY)
        return;
    lg_watch_remove(job->line->process->loop, &job->report);
    close(report);
    job->report.fd = -1;
    if (err == LG_OK)
        started(job);
}

static void on_report(struct lg_watch *watch, uint32_t events)
{
    struct job *job = LG_CONTAINER(watch, struct job, report);

    (void)events;
    read_report(job);
    flush(job->line);
}

static char *marker_of(const char *const *environment)
{
    const size_t length = strlen(LG_KEEPER_MARKER);

    for (; *environment != NULL; environment++)
        if (strncmp(*environment, LG_KEEPER_MARKER, length) == 0 && (*environment)[length] == '=')
            return lg_strdup(*environment + length + 1);
    return NULL;
}

/* Returns 0 or an errno. */
static int start(struct job *job, const struct lg_keeper_message *request,
                 struct lg_exec_place *place, int output)
{
    struct process *process = job->line->process;
    int report;

    if (output < 0) /* the kernel dropped it: no descriptor left to receive it with */
        return EMFILE;
    if (process->job_count > LG_KEEPER_PROCESSES_MAX)
        return EAGAIN;

    place->output = output;
    place->helper = process->helper;
    int error = lg_exec_start(request, place, &job->pid, &report);
    if (error != 0)
        return error;
    job->starting = true;
    job->report.fd = report;
    /* Without a watch we hear of it no sooner than it ends, which is then at once. */
    if (lg_watch_add(process->loop, &job->report, report, EPOLLIN, on_report) != LG_OK)
        kill(job->pid, SIGKILL);
    return 0;
}

static void spawn(struct line *line, const struct lg_keeper_message *request, int output)
{
    struct process *process = line->process;
    struct lg_exec_failure failure = { 0 };
    struct lg_exec_place place = { .join = -1 };
    struct job *job = LG_NEW(struct job);

    job->line = line;
    job->ticket = request->ticket;
    job->report.fd = -1;
    job->marker = marker_of(request->environment);
    lg_list_add_last(&process->jobs, &job->link);
    process->job_count++;

    if (lg_cell_make(&process->cells, &request->confine, &job->cell, &place, &failure) == LG_OK) {
        failure =
            (struct lg_exec_failure){ start(job, request, &place, output), LG_KEEPER_STEP_FORK };
        free((void *)(uintptr_t)place.tmp);
        if (place.join >= 0)
            close(place.join);
        if (failure.error != 0)
            lg_cell_leave(&process->cells, &job->cell);
    }
    if (failure.error != 0)
        finish_failed(job, failure);
}

/* --- signals ---------------------------------------------------------------------------------- */

static void signal_job(struct job *job, int number)
{
    /* Before exec a signal could meet our own dispositions; a SIGKILL has none to meet. */
    if (job->starting && number != SIGKILL)
        job->signals |= (uint64_t)1 << (number - 1);
    else
        kill_group(job->pid, number);
}

/* An ended one is not found: its number may be another's by now. */
static void signal_ticket(struct line *line, uint64_t ticket, int number)
{
    struct lg_link *jobs = &line->process->jobs;

    for (struct lg_link *link = lg_list_first(jobs); link != NULL;
         link = lg_list_after(jobs, link)) {
        struct job *job = LG_LIST_OF(link, struct job, link);

        if (job->line == line && job->ticket == ticket) {
            signal_job(job, number);
            return;
        }
    }
}

/* --- reaping ---------------------------------------------------------------------------------- */

static struct job *job_of(struct process *process, pid_t pid)
{
    for (struct lg_link *link = lg_list_first(&process->jobs); link != NULL;
         link = lg_list_after(&process->jobs, link)) {
        struct job *job = LG_LIST_OF(link, struct job, link);

        if (job->pid == pid)
            return job;
    }
    return NULL;
}

static void reap_job(struct job *job)
{
    struct lg_cells *cells = &job->line->process->cells;
    struct lg_keeper_message end = { .kind = LG_KEEPER_EXITED };
    struct rusage usage = { 0 };

    if (job->report.fd >= 0)
        read_report(job);
    kill(-job->pid, SIGKILL); /* before its number is free for another */
    wait4(job->pid, &end.status, 0, &usage);
    end.peak_kib = (int)usage.ru_maxrss;
    lg_cell_read(cells, &job->cell, &end);
    lg_cell_leave(cells, &job->cell);
    if (job->failure.error != 0)
        finish_failed(job, job->failure);
    else
        finish(job, end);
}

static void reap_other(struct process *process, pid_t pid)
{
    waitpid(pid, NULL, 0);
    lg_cells_reaped(&process->cells, pid);
}

/* Reaps all that ended. Returns whether one of them was a job. */
static bool reap(struct process *process)
{
    siginfo_t info;
    bool jobs = false;

    for (;;) {
        info.si_pid = 0;
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0)
            return jobs;

        struct job *job = job_of(process, info.si_pid);
        if (job != NULL)
            reap_job(job);
        else
            reap_other(process, info.si_pid);
        jobs = jobs || job != NULL;
    }
}

/* Whether a child of ours belongs to a process that lives: by its session, or by its marker. */
static bool has_owner(const struct lg_descendant *child, void *context)
{
    struct process *process = context;
    char *marker = NULL;
    bool found = child->pid == lg_scratch_remover(process->cells.scratch) ||
                 job_of(process, child->pid) != NULL || job_of(process, child->session) != NULL;

    if (!found)
        marker = lg_descent_variable(child->pid, LG_KEEPER_MARKER);
    for (struct lg_link *link = lg_list_first(&process->jobs);
         link != NULL && marker != NULL && !found; link = lg_list_after(&process->jobs, link)) {
        struct job *job = LG_LIST_OF(link, struct job, link);

        found = job->marker != NULL && strcmp(marker, job->marker) == 0;
    }
    free(marker);
    return found;
}

static void on_children(struct lg_watch *watch, uint32_t events)
{
    struct process *process = LG_CONTAINER(watch, struct process, children);
    struct signalfd_siginfo infos[16];

    (void)events;
    while (read(watch->fd, infos, sizeof(infos)) > 0) {
    }
    if (reap(process) || process->sweeping)
        process->sweeping = lg_sweep(has_owner, process);
    for (unsigned i = 0; i < process->count; i++)
        flush(&process->lines[i]);
}

/* --- requests --------------------------------------------------------------------------------- */

static enum lg_err serve(struct line *line, struct lg_str bytes, int fd)
{
    struct lg_keeper_message request;
    struct lg_arena arena;
    enum lg_err err;

    lg_arena_init(&arena);
    err = lg_keeper_decode(bytes, &arena, &request);
    if (err == LG_OK && request.kind == LG_KEEPER_SPAWN)
        spawn(line, &request, fd);
    else if (err == LG_OK && request.kind == LG_KEEPER_SIGNAL)
        signal_ticket(line, request.ticket, request.signal);
    else
        err = LG_ERR_SYNTAX;
    lg_arena_done(&arena);
    return err;
}

/* LG_ERR_BUSY: nothing there now. Anything else but LG_OK: the line is at its end. */
static enum lg_err serve_one(struct line *line)
{
    char *request = line->process->request;
    size_t size;
    int fd;
    enum lg_err err =
        lg_datagram_receive(line->watch.fd, request, LG_KEEPER_MESSAGE_MAX, &size, &fd);

    if (err == LG_OK)
        err = serve(line, lg_str_make(request, size), fd);
    if (fd >= 0)
        close(fd);
    return err;
}

/* A damaged request is as bad as none: whoever wrote it must not go on half served. */
static void on_line(struct lg_watch *watch, uint32_t events)
{
    struct line *line = LG_CONTAINER(watch, struct line, watch);
    enum lg_err err = LG_OK;

    if ((events & (EPOLLHUP | EPOLLERR)) != 0)
        err = LG_ERR_CLOSED;
    for (int i = 0; i < REQUESTS_PER_TURN && err == LG_OK && (events & EPOLLIN) != 0; i++)
        err = serve_one(line);
    if (err == LG_OK || err == LG_ERR_BUSY)
        flush(line);
    else
        end_of_line(line->process);
}

/* --- life ------------------------------------------------------------------------------------- */

/* False: the kernel refuses what we cannot do without. */
static bool prepare(struct process *process)
{
    sigset_t child;

    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    int fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    process->loop = lg_loop_new(0);
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 || fd < 0 || process->loop == NULL ||
        lg_watch_add(process->loop, &process->children, fd, EPOLLIN, on_children) != LG_OK)
        return false;
    for (unsigned i = 0; i < process->count; i++) {
        struct line *line = &process->lines[i];

        if (lg_watch_add(process->loop, &line->watch, line->watch.fd, EPOLLIN, on_line) != LG_OK)
            return false;
    }
    return true;
}

void lg_keeper_process(const int *lines, unsigned count, const char *helper, const char *cgroup)
{
    struct process *process = LG_NEW(struct process);

    process->helper = helper;
    process->count = count;
    process->lines = lg_calloc(count, sizeof(*process->lines));
    lg_list_init(&process->jobs);
    for (unsigned i = 0; i < count; i++) {
        process->lines[i].process = process;
        lg_list_init(&process->lines[i].answers);
    }
    int *fds = lg_calloc(count, sizeof(*fds));
    memcpy(fds, lines, count * sizeof(*fds));
    lg_settle(fds, count);
    for (unsigned i = 0; i < count; i++)
        process->lines[i].watch.fd = fds[i];
    free(fds);
    lg_cells_open(&process->cells, cgroup);
    if (!prepare(process))
        _exit(1);
    lg_loop_run(process->loop);
    lg_sweep_all();
    lg_cells_close(&process->cells);
    if (cgroup != NULL)
        lg_cgroup_leave(cgroup);
    _exit(0); /* the daemon's exit handlers are not ours to run */
}
