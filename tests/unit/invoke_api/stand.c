/* stand.c -- the loop runs on the test's thread, the client on another. */
#include "stand.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "observe/log.h"
#include "wire/loop.h"
#include "wire/mailbox.h"
#include "wire/pool.h"

#define ANSWER_MAX ((size_t)1 << 20)

struct stand_target stand_target;
struct lg_admin stand_admin;

static struct lg_loop *loop;
static struct lg_mailbox *mailbox;
static struct lg_pool *pool;
static struct lg_server *server;
static struct lg_listener *listener;
static struct lg_function *function;
static char directory[] = "/tmp/lambdagate-test-XXXXXX";
static char path[64];

/* --- the target ------------------------------------------------------------------------------- */

static char *copy(struct lg_str text)
{
    return lg_strndup(text.data == NULL ? "" : text.data, text.size);
}

static void remember(const struct lg_invocation *invocation)
{
    stand_target.payload = copy(invocation->payload);
    stand_target.client_context = copy(invocation->client_context);
    stand_target.trace = copy(invocation->trace);
    stand_target.arn = lg_strdup(invocation->arn);
    stand_target.id = lg_strdup(invocation->id);
    stand_target.want_log_tail = invocation->want_log_tail;
}

static void forget(void)
{
    free(stand_target.payload);
    free(stand_target.client_context);
    free(stand_target.trace);
    free(stand_target.arn);
    free(stand_target.id);
}

static void end_invocation(struct lg_task *task)
{
    struct lg_invocation *invocation = stand_target.invocation;
    const struct lg_invocation_head head = { .function_error = stand_target.function_error };
    const struct lg_invocation_end end = { .cause = stand_target.cause,
                                           .reason = "the test says so",
                                           .log_tail = lg_str_of(stand_target.log_tail) };

    (void)task;
    if (stand_target.data != NULL) {
        invocation->events->on_head(invocation->owner, &head);
        invocation->events->on_data(invocation->owner, stand_target.data,
                                    strlen(stand_target.data));
    }
    invocation->events->on_end(invocation->owner, &end);
}

static enum lg_err start(struct lg_target *target, struct lg_invocation *invocation)
{
    (void)target;
    stand_target.started++;
    forget();
    remember(invocation);
    if (stand_target.start != LG_OK)
        return stand_target.start;
    stand_target.invocation = invocation;
    if (!stand_target.silent)
        lg_task_queue(loop, &stand_target.task, end_invocation);
    return LG_OK;
}

static void cancel(struct lg_target *target, struct lg_invocation *invocation, enum lg_cancel why)
{
    (void)target;
    (void)invocation;
    (void)why;
    stand_target.cancelled++;
    lg_task_queue(loop, &stand_target.task, end_invocation);
    lg_loop_stop(loop);
}

static void free_target(struct lg_target *target)
{
    (void)target;
}

static const struct lg_target_class target_class = {
    .name = "stand", .start = start, .cancel = cancel, .free = free_target
};

/* --- the listener ----------------------------------------------------------------------------- */

static enum lg_admin_state state(void *context)
{
    (void)context;
    return LG_ADMIN_READY;
}

static struct lg_function *find_function(void *context, struct lg_str name)
{
    (void)context;
    return lg_str_is(name, lg_function_name(function)) ? lg_function_ref(function) : NULL;
}

static void each_function(void *context, void (*show)(void *to, struct lg_function *function),
                          void *to)
{
    (void)context;
    show(to, function);
    show(to, function);
}

static void each_route(void *context, void (*show)(void *to, const struct lg_config_route *route),
                       void *to)
{
    static const struct lg_config_function config = { .name = "demo", .concurrency = -1 };
    static const struct lg_config_redirect redirect = { .to = "https://x/{p}", .status = 308 };
    static const struct lg_config_respond respond = { .status = 204 };
    static const char *const hosts[] = { "a.example.com", "*.example.com" };
    static const struct lg_config_api api = {
        .name = "shop", .kind = LG_API_REST, .hosts = { hosts, 2 }, .mount = "/v1"
    };
    static const struct lg_config_api simple = { .name = "default", .mount = "" };
    static const struct lg_config_body body = { .media_type = "", .file = "/s.json" };
    const struct lg_config_route routes[] = {
        { .key = "POST /a",
          .api = &api,
          .payload = LG_PAYLOAD_V1,
          .function = &config,
          .bodies = &body,
          .body_count = 1,
          .timeout_ms = 30000 },
        { .key = "GET /b/{p+}", .api = &simple, .redirect = &redirect, .timeout_ms = 30000 },
        { .key = "$default", .api = &simple, .respond = &respond, .timeout_ms = 1000 },
    };

    (void)context;
    for (size_t i = 0; i < LG_COUNT(routes); i++)
        show(to, &routes[i]);
}

static void open_listener(void)
{
    static const struct lg_listen_limits limits = { .header_bytes = 16384,
                                                    .headers = 100,
                                                    .drop_bytes = 1 << 20 };
    static const struct lg_server_options options = { .library = true, .connection_memory = 65536 };
    static struct lg_service service;
    const struct lg_address address = { .path = path, .mode = 0600 };
    int fd;

    service = (struct lg_service){ .limits = &limits,
                                   .on_request = lg_admin_request,
                                   .context = &stand_admin };
    server = lg_server_new(loop, &options);
    cr_assert_not_null(server);
    cr_assert(lg_listen_socket(&address, &fd, NULL) == LG_OK);
    listener = lg_listener_open(&server, &mailbox, 1, fd, &service);
    cr_assert_not_null(listener);
}

void stand_open(void)
{
    static const struct lg_function_env env = { "123456789012", "eu-west-1" };
    static const struct lg_config_function config = {
        .name = "demo",
        .timeout_ms = 3050,
        .queue_wait_ms = 3600000,
        .memory_mb = 128,
        .concurrency = -1,
    };

    lg_log_set_level(LG_LOG_ERROR);
    cr_assert_not_null(mkdtemp(directory));
    snprintf(path, sizeof(path), "%s/admin.sock", directory);
    stand_target = (struct stand_target){ .target.class = &target_class };
    stand_admin = (struct lg_admin){ .account_id = "123456789012",
                                     .region = "eu-west-1",
                                     .payload_bytes = LG_INVOKE_PAYLOAD_MAX,
                                     .result_bytes = LG_INVOKE_RESULT_MAX,
                                     .state = state,
                                     .find_function = find_function,
                                     .each_function = each_function,
                                     .each_route = each_route };
    function = lg_function_new(&env, &config, &stand_target.target, NULL);
    loop = lg_loop_new(0);
    mailbox = lg_mailbox_new(loop, 16);
    pool = lg_pool_new(1, 4);
    stand_admin.mailbox = mailbox;
    stand_admin.pool = pool;
    open_listener();
}

void stand_close(void)
{
    lg_listener_close(listener);
    lg_server_free(server);
    lg_pool_free(pool);
    lg_mailbox_free(mailbox);
    lg_loop_free(loop);
    lg_function_unref(function);
    forget();
    unlink(path);
    rmdir(directory);
}

/* --- the client ------------------------------------------------------------------------------- */

struct client {
    const char *request;
    size_t size;
    char *answer;
    size_t answer_size;
};

static int connect_client(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    memcpy(address.sun_path, path, strlen(path) + 1);
    cr_assert(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
    return fd;
}

/* Whoever is refused early may find the other side closed: that is no failure. */
static void send_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        data += sent;
        size -= (size_t)sent;
    }
}

static void *run_client(void *context)
{
    struct client *client = context;
    int fd = connect_client();
    ssize_t size;

    send_all(fd, client->request, client->size);
    while ((size = recv(fd, client->answer + client->answer_size,
                        ANSWER_MAX - 1 - client->answer_size, 0)) > 0)
        client->answer_size += (size_t)size;
    client->answer[client->answer_size] = '\0';
    close(fd);
    lg_loop_stop(loop);
    return NULL;
}

const char *stand_send(const char *request, size_t size)
{
    static char answer[ANSWER_MAX];
    struct client client = { .request = request, .size = size, .answer = answer };
    pthread_t thread;

    cr_assert(pthread_create(&thread, NULL, run_client, &client) == 0);
    lg_loop_run(loop);
    pthread_join(thread, NULL);
    return answer;
}

/* Half of the client: the other half is closed by the test's thread. */
struct leaver {
    struct lg_timer timer;
    int fd;
};

static void leave_when_started(struct lg_timer *timer)
{
    struct leaver *leaver = LG_CONTAINER(timer, struct leaver, timer);

    if (stand_target.started > 0 && leaver->fd >= 0) {
        close(leaver->fd);
        leaver->fd = -1;
    }
    lg_timer_set(loop, timer, lg_loop_now_ms(loop) + 1, leave_when_started);
}

void stand_send_and_leave(const char *request)
{
    struct leaver leaver = { .fd = connect_client() };

    send_all(leaver.fd, request, strlen(request));
    lg_timer_set(loop, &leaver.timer, 0, leave_when_started);
    lg_loop_run(loop); /* cancel() stops it, after its last task */
    lg_timer_clear(loop, &leaver.timer);
}
