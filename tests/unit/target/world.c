/* world.c -- turns a loop until what a test waits for has happened. */
#include "world.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "keeper/keeper.h"
#include "listen/server.h"
#include "wire/loop.h"
#include "wire/mailbox.h"

#define DEADLINE_MS 30000

struct world world;

static int log_fd, stderr_before;
static char *log_text;
static pid_t puppets_seen[64];
static size_t puppets_seen_count;
static char directory[4096];

/* --- begin and end -------------------------------------------------------------------------- */

static void on_lost(void *context)
{
    (void)context;
    cr_assert(false, "the keeper died");
}

static void catch_log(void)
{
    stderr_before = dup(STDERR_FILENO);
    log_fd = memfd_create("log", MFD_CLOEXEC);
    cr_assert(log_fd >= 0 && dup2(log_fd, STDERR_FILENO) == STDERR_FILENO);
}

void world_begin(void)
{
    static const struct lg_server_options options = { .idle_timeout_s = 0 };

    memset(&world, 0, sizeof(world));
    snprintf(world.folder, sizeof(world.folder), "/tmp/lg-target-XXXXXX");
    cr_assert(mkdtemp(world.folder) != NULL);
    cr_assert(getcwd(directory, sizeof(directory) - 32) != NULL);
    strcat(directory, "/tests/unit/target");
    world.keeper = lg_keeper_fork(1);
    cr_assert(world.keeper != NULL, "%s", strerror(errno));
    catch_log();
    world.loop = lg_loop_new(0);
    world.line = lg_keeper_attach(world.keeper, 0, world.loop, on_lost, NULL);
    world.server = lg_server_new(world.loop, &options);
    world.mailboxes[0] = lg_mailbox_new(world.loop, 64);
    cr_assert(world.line != NULL && world.server != NULL && world.mailboxes[0] != NULL);
    lg_starts_init(&world.starts, world.loop);
    world.limits = (struct lg_workers_limits){ .result_bytes = 100000 };
    world.env = (struct lg_workers_env){
        .loop = world.loop,
        .mailbox = world.mailboxes[0],
        .mailboxes = world.mailboxes,
        .server = world.server,
        .keeper = world.line,
        .starts = &world.starts,
        .runtime_directory = "/usr/lib/lambdagate",
        .account_id = "123456789012",
        .region = "eu-west-1",
        .limits = &world.limits,
    };
    world.workers = (struct lg_config_workers){
        .max = 1, .directory = directory, .idle_timeout_ms = 60000, .init_timeout_ms = 20000
    };
    world.function = (struct lg_config_function){ .name = "demo",
                                                  .timeout_ms = 3000,
                                                  .queue_wait_ms = 5000,
                                                  .queue = 10,
                                                  .memory_mb = 128,
                                                  .workers = &world.workers };
}

static int remove_entry(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
    (void)stat;
    (void)type;
    (void)ftw;
    return remove(path);
}

static bool is_alone(const void *context)
{
    (void)context;
    return lg_server_connections(world.server) == 0;
}

void kill_puppets(void)
{
    for (size_t i = 0; i < puppets_seen_count; i++)
        kill(puppets_seen[i], SIGKILL);
}

void world_end(void)
{
    if (world.pool != NULL) {
        /* One that has answered and did not ask again would be waited for until its deadline. */
        if (!world.drained) {
            kill_puppets();
            drain_pool();
        }
        until_drained();
        world.pool->class->free(world.pool);
        until(is_alone, NULL); /* ports of the past are freed by then */
        until(is_alone, NULL); /* ... in a turn of their own */
    }
    lg_server_free(world.server);
    lg_keeper_detach(world.line);
    lg_mailbox_free(world.mailboxes[0]);
    lg_loop_free(world.loop);
    lg_keeper_free(world.keeper);
    nftw(world.folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    free(log_text);
    close(log_fd);
    dup2(stderr_before, STDERR_FILENO); /* for the sanitizers */
    close(stderr_before);
}

static struct lg_config_pair folder_pair = { .name = "DIR" };

void use_puppets(int64_t min, int64_t max)
{
    static const char *const words[] = { "./puppet.sh" };

    folder_pair.value = world.folder;
    world.function.environment = (struct lg_config_pairs){ &folder_pair, 1 };
    world.workers.command = (struct lg_config_strings){ words, 1 };
    world.workers.min = min;
    world.workers.max = max;
}

void use_python(int64_t min, int64_t max)
{
    static const char *const words[] = { "/usr/bin/python3", "-ES", "worker.py" };

    world.workers.command = (struct lg_config_strings){ words, 3 };
    world.workers.min = min;
    world.workers.max = max;
}

void open_pool(void)
{
    world.pool = lg_workers_new(&world.env, &world.function);
}

static void on_drained(void *context)
{
    (void)context;
    cr_assert(!world.drained, "drained twice");
    world.drained = true;
}

void drain_pool(void)
{
    world.pool->class->drain(world.pool, on_drained, NULL);
}

/* --- waiting -------------------------------------------------------------------------------- */

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
        lg_loop_stop(world.loop);
    return 2; /* ms until the next look: some of it is not told by a descriptor */
}

static void on_late(struct lg_timer *timer)
{
    LG_CONTAINER(timer, struct wait, timer)->late = true;
}

void until(bool (*done)(const void *context), const void *context)
{
    struct wait wait = { .done = done, .context = context };

    lg_hook_add(world.loop, &wait.hook, check);
    lg_timer_set(world.loop, &wait.timer, lg_loop_now_ms(world.loop) + DEADLINE_MS, on_late);
    lg_loop_run(world.loop);
    lg_timer_clear(world.loop, &wait.timer);
    lg_hook_remove(&wait.hook);
    cr_assert_not(wait.late, "waited in vain; the log so far:\n%s", logged());
}

struct lg_workers_state state(void)
{
    struct lg_workers_state now;

    lg_workers_state(world.pool, &now);
    return now;
}

static bool is_in_state(const void *context)
{
    const struct lg_workers_state *wanted = context;
    struct lg_workers_state now = state();

    return now.starting == wanted->starting && now.idle == wanted->idle &&
           now.busy == wanted->busy && now.stopping == wanted->stopping;
}

void until_state(unsigned starting, unsigned idle, unsigned busy, unsigned stopping)
{
    struct lg_workers_state wanted = {
        .starting = starting, .idle = idle, .busy = busy, .stopping = stopping
    };

    until(is_in_state, &wanted);
}

static bool is_drained(const void *context)
{
    (void)context;
    return world.drained;
}

void until_drained(void)
{
    until(is_drained, NULL);
}

static bool is_later(const void *then_ms)
{
    return lg_loop_now_ms(world.loop) >= *(const int64_t *)then_ms;
}

void until_later(int64_t ms)
{
    int64_t then_ms = lg_clock_mono_ms() + ms;

    until(is_later, &then_ms);
}

static bool is_there(const void *name)
{
    return file_exists(name);
}

void until_file(const char *name)
{
    until(is_there, name);
}

bool file_exists(const char *name)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/%s", world.folder, name);
    return access(path, F_OK) == 0;
}

/* --- the log -------------------------------------------------------------------------------- */

const char *logged(void)
{
    off_t size = lseek(log_fd, 0, SEEK_END);

    log_text = lg_realloc(log_text, (size_t)size + 1);
    ssize_t got = pread(log_fd, log_text, (size_t)size, 0);
    log_text[got < 0 ? 0 : got] = '\0';
    return log_text;
}

static bool is_logged(const void *text)
{
    return strstr(logged(), text) != NULL;
}

void until_logged(const char *text)
{
    until(is_logged, text);
}

unsigned count_logged(const char *text)
{
    unsigned count = 0;

    for (const char *at = logged(); (at = strstr(at, text)) != NULL; at += strlen(text))
        count++;
    return count;
}

void assert_logged_in_order(const char *const *texts)
{
    const char *log = logged(), *at = log;

    for (; *texts != NULL; texts++) {
        at = strstr(at, *texts);
        cr_assert(at != NULL, "not there, or not in its place: %s\n%s", *texts, log);
        at += strlen(*texts);
    }
}

/* --- calls ---------------------------------------------------------------------------------- */

static void on_start(void *owner)
{
    struct call *call = owner;

    cr_assert(lg_loop_current() == call->loop && call->starts == 0 && call->ends == 0);
    call->starts++;
}

static void on_head(void *owner, const struct lg_invocation_head *head)
{
    struct call *call = owner;

    cr_assert(call->heads == 0 && call->ends == 0);
    call->heads++;
    call->function_error = head->function_error;
    call->streaming = head->streaming;
    call->passed_on = head->passed_on;
    snprintf(call->content_type, sizeof(call->content_type), "%.*s",
             LG_STR_ARG(head->content_type));
}

static enum lg_flow on_data(void *owner, const void *data, size_t size)
{
    struct call *call = owner;

    cr_assert(call->heads == 1 && call->ends == 0);
    cr_assert(lg_buf_add(&call->data, data, size));
    call->given += size;
    return call->pause ? LG_FLOW_PAUSE : LG_FLOW_MORE;
}

static void on_end(void *owner, const struct lg_invocation_end *end)
{
    struct call *call = owner;

    cr_assert(lg_loop_current() == call->loop && call->ends == 0);
    call->cause = end->cause;
    snprintf(call->reason, sizeof(call->reason), "%s", end->reason == NULL ? "" : end->reason);
    snprintf(call->log_tail, sizeof(call->log_tail), "%.*s", LG_STR_ARG(end->log_tail));
    snprintf(call->document, sizeof(call->document), "%.*s", LG_STR_ARG(end->document));
    snprintf(call->error_type, sizeof(call->error_type), "%s",
             end->error_type == NULL ? "" : end->error_type);
    call->ends++;
    /* The target may not look at it any more. */
    memset(&call->invocation.payload, 0xff, sizeof(call->invocation.payload));
    if (call->then != NULL)
        begin(call->then, "then");
}

void prepare(struct call *call, const char *payload)
{
    static const struct lg_invocation_events events = { on_start, on_head, on_data, on_end };
    struct lg_invocation *invocation = &call->invocation;

    memset(call, 0, sizeof(*call));
    call->loop = world.loop;
    lg_buf_init(&call->data, SIZE_MAX);
    lg_id_uuid(invocation->id);
    invocation->request_id = invocation->id;
    invocation->payload = lg_str_of(payload);
    invocation->timeout_ms = world.function.timeout_ms;
    invocation->attempt = 1;
    invocation->events = &events;
    invocation->owner = call;
}

enum lg_err start(struct call *call)
{
    enum lg_err err = world.pool->class->start(world.pool, &call->invocation);

    cr_assert(call->starts == 0 && call->ends == 0, "called back before start() returned");
    return err;
}

enum lg_err try_begin(struct call *call, const char *payload)
{
    prepare(call, payload);
    return start(call);
}

void begin(struct call *call, const char *payload)
{
    enum lg_err err = try_begin(call, payload);

    cr_assert(err == LG_OK, "%s", lg_err_text(err));
}

void cancel(struct call *call, enum lg_cancel why)
{
    int ends = call->ends;

    world.pool->class->cancel(world.pool, &call->invocation, why);
    cr_assert(call->ends == ends, "called back before cancel() returned");
}

static bool is_started(const void *call)
{
    return ((const struct call *)call)->starts > 0;
}

static bool is_ended(const void *call)
{
    return ((const struct call *)call)->ends > 0;
}

void until_started(const struct call *call)
{
    until(is_started, call);
}

void until_ended(const struct call *call)
{
    until(is_ended, call);
}

const char *data_of(struct call *call)
{
    cr_assert(lg_buf_add_char(&call->data, '\0'));
    call->data.size--;
    return call->data.data;
}

void finish(struct call *call)
{
    lg_buf_done(&call->data);
}

/* --- puppets -------------------------------------------------------------------------------- */

static bool is_new(pid_t pid)
{
    for (size_t i = 0; i < puppets_seen_count; i++) {
        if (puppets_seen[i] == pid)
            return false;
    }
    return true;
}

static void read_port(struct puppet *puppet)
{
    char path[128], text[64] = "";
    unsigned port = 0;

    snprintf(path, sizeof(path), "%s/%d.up", world.folder, (int)puppet->pid);
    FILE *file = fopen(path, "re");
    cr_assert(file != NULL && fgets(text, sizeof(text), file) != NULL);
    fclose(file);
    cr_assert(sscanf(text, "127.0.0.1:%u", &port) == 1);
    puppet->port = (uint16_t)port;
}

/* A const pointer by the rules of until(); the puppet is the caller's, and filled in. */
static bool find_puppet(const void *context)
{
    struct puppet *puppet = *(struct puppet *const *)context;
    DIR *folder = opendir(world.folder);
    struct dirent *entry;
    bool found = false;

    while (!found && (entry = readdir(folder)) != NULL) {
        const char *dot = strchr(entry->d_name, '.');
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

        found = dot != NULL && strcmp(dot, ".up") == 0 && pid > 0 && is_new(pid);
        puppet->pid = found ? pid : 0;
    }
    closedir(folder);
    return found;
}

void until_puppet(struct puppet *puppet)
{
    until(find_puppet, &puppet);
    read_port(puppet);
    cr_assert(puppets_seen_count < LG_COUNT(puppets_seen));
    puppets_seen[puppets_seen_count++] = puppet->pid;
}

void command(const struct puppet *puppet, const char *line)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/%d.in", world.folder, (int)puppet->pid);
    int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    cr_assert(fd >= 0, "%s", strerror(errno));
    cr_assert(dprintf(fd, "%s\n", line) > 0);
    close(fd);
}

bool process_exists(pid_t pid)
{
    return kill(pid, 0) == 0;
}

static bool is_gone(const void *pid)
{
    return !process_exists(*(const pid_t *)pid);
}

void until_gone(pid_t pid)
{
    until(is_gone, &pid);
}

/* --- the runtime's side of a port ----------------------------------------------------------- */

void peer_open(struct peer *peer, uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };

    memset(peer, 0, sizeof(*peer));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    peer->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(connect(peer->fd, (struct sockaddr *)&address, sizeof(address)) == 0);
    cr_assert(fcntl(peer->fd, F_SETFL, O_NONBLOCK) == 0);
}

void peer_close(struct peer *peer)
{
    close(peer->fd);
    free(peer->text);
    peer->fd = -1;
    peer->text = NULL;
}

struct sending {
    struct peer *peer;
    const char *bytes;
    size_t size;
};

static bool is_sent(const void *context)
{
    struct sending *sending = *(struct sending *const *)context;
    ssize_t sent = send(sending->peer->fd, sending->bytes, sending->size, MSG_NOSIGNAL);

    if (sent > 0) {
        sending->bytes += sent;
        sending->size -= (size_t)sent;
    }
    return sending->size == 0 || (sent < 0 && errno != EAGAIN);
}

void peer_send(struct peer *peer, const char *bytes, size_t size)
{
    struct sending sending = { peer, bytes, size };
    const struct sending *pointer = &sending;

    peer->size = 0;
    peer->status = 0;
    until(is_sent, &pointer);
}

void peer_request_with(struct peer *peer, const char *method, const char *path, const char *headers,
                       const char *body)
{
    char *head = lg_sprintf("%s %s HTTP/1.1\r\nHost: x\r\n%sContent-Length: %zu\r\n\r\n", method,
                            path, headers, strlen(body));

    peer_send(peer, head, strlen(head));
    if (*body != '\0')
        peer_send(peer, body, strlen(body));
    free(head);
}

void peer_request(struct peer *peer, const char *method, const char *path, const char *body)
{
    peer_request_with(peer, method, path, "", body);
}

/* Returns false at the end of the connection. */
static bool receive(struct peer *peer)
{
    if (peer->room - peer->size < 65536) {
        peer->room += 131072;
        peer->text = lg_realloc(peer->text, peer->room + 1);
    }
    ssize_t size = recv(peer->fd, peer->text + peer->size, peer->room - peer->size, 0);
    if (size > 0)
        peer->size += (size_t)size;
    peer->text[peer->size] = '\0';
    return size > 0 || (size < 0 && errno == EAGAIN);
}

static bool is_answered(const void *context)
{
    struct peer *peer = *(struct peer *const *)context;
    const char *end, *length;

    bool open = receive(peer);
    cr_assert(open || peer->size > 0, "the connection was cut without an answer\n%s", logged());
    end = strstr(peer->text, "\r\n\r\n");
    if (end == NULL)
        return false;
    length = strcasestr(peer->text, "\r\ncontent-length:");
    cr_assert(length != NULL && length < end, "no length:\n%s", peer->text);
    return peer->size >= (size_t)(end + 4 - peer->text) +
                             strtoul(length + strlen("\r\ncontent-length:"), NULL, 10);
}

int peer_answer(struct peer *peer)
{
    until(is_answered, &peer);
    cr_assert(sscanf(peer->text, "HTTP/1.1 %d", &peer->status) == 1, "%s", peer->text);
    return peer->status;
}

const char *peer_body(const struct peer *peer)
{
    return strstr(peer->text, "\r\n\r\n") + 4;
}

bool peer_header(const struct peer *peer, const char *line)
{
    char *text = lg_sprintf("\r\n%s\r\n", line);
    const char *found = strcasestr(peer->text, text);
    bool there = found != NULL && found < peer_body(peer);

    free(text);
    return there;
}

static bool is_cut(const void *context)
{
    struct peer *peer = *(struct peer *const *)context;

    return !receive(peer);
}

void until_cut(struct peer *peer)
{
    until(is_cut, &peer);
}

void ask_next(struct peer *peer)
{
    static const char text[] =
        "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n";

    peer_send(peer, text, sizeof(text) - 1);
}

int respond(struct peer *peer, const struct call *call, const char *body)
{
    char path[128];

    snprintf(path, sizeof(path), "/2018-06-01/runtime/invocation/%s/response", call->invocation.id);
    peer_request(peer, "POST", path, body);
    return peer_answer(peer);
}

void puppet_ready(struct puppet *puppet, struct peer *peer)
{
    until_puppet(puppet);
    peer_open(peer, puppet->port);
    ask_next(peer);
}
