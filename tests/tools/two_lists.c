/*
 * two_lists.c -- the worker protocol (docs/worker-protocol.md) with nothing around it: what two
 * lists of a Redis can do, for `make bench`.
 *
 *     two-lists worker PORT QUEUE       echoes the `body` of events of payload format 2.0, for ever
 *     two-lists callers PORT QUEUE FILE COUNT SECONDS
 *                                       COUNT calls with the event in FILE at once, and says how
 *                                       many there were and how long they took, as JSON
 *
 * The callers push and pop as a loop of the gateway does: a connection for requests, one write a
 * turn, and a connection that waits for up to 64 replies at once. The worker takes one request
 * after the other, and pushes a reply with the next BLPOP behind it.
 */
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define EVENT_ROOM ((size_t)1 << 20)
#define NAME_ROOM 256
#define SAMPLES ((size_t)1 << 23)

static void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

static void die(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    fputs("two-lists: ", stderr);
    (void)vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static redisContext *connect_to(const char *port)
{
    redisContext *redis = redisConnect("127.0.0.1", (int)strtol(port, NULL, 10));

    if (redis == NULL || redis->err != 0)
        die("cannot connect to %s: %s", port, redis == NULL ? "no memory" : redis->errstr);
    return redis;
}

static redisReply *expect(redisContext *redis, int type)
{
    redisReply *reply = NULL;

    if (redisGetReply(redis, (void **)&reply) != REDIS_OK)
        die("%s", redis->errstr);
    if (reply->type != type)
        die("Redis says %s", reply->str != NULL ? reply->str : "something else");
    return reply;
}

static double now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* --- the worker ------------------------------------------------------------------------------- */

/* What stands between the quotes of a member of the line; its text has no escapes. */
static int member(const char *line, const char *name, const char **ret_text)
{
    const char *at = strstr(line, name);

    if (at == NULL)
        die("a request without %s", name);
    *ret_text = at + strlen(name);
    return (int)strcspn(*ret_text, "\"");
}

/* The JSON string of the event is that of the answer, letter by letter. */
static void push_answer(redisContext *redis, const char *request)
{
    const char *id, *list, *text = strstr(request, "\"body\":\""), *end;
    int id_size = member(request, "\"id\":\"", &id);
    int list_size = member(request, "\"reply\":\"", &list);

    end = text != NULL ? strstr(text, "\",\"isBase64Encoded\"") : NULL;
    if (end == NULL)
        die("an event without a body: %s", request);
    char *reply = malloc((size_t)(end - text) + NAME_ROOM), name[NAME_ROOM];
    int size = sprintf(reply,
                       "{\"id\":\"%.*s\",\"status\":\"ok\"}\n{\"statusCode\":200,\"headers\":{"
                       "\"content-type\":\"application/json\"},%.*s\"}",
                       id_size, id, (int)(end - text), text);
    (void)snprintf(name, sizeof(name), "%.*s", list_size, list);
    redisAppendCommand(redis, "RPUSH %s %b", name, reply, (size_t)size);
    free(reply);
}

static void work(const char *port, const char *queue)
{
    redisContext *redis = connect_to(port);

    redisAppendCommand(redis, "BLPOP lg:q:{%s} 0", queue);
    for (;;) {
        redisReply *request = expect(redis, REDIS_REPLY_ARRAY);

        push_answer(redis, request->element[1]->str);
        redisAppendCommand(redis, "BLPOP lg:q:{%s} 0", queue);
        freeReplyObject(request);
        freeReplyObject(expect(redis, REDIS_REPLY_INTEGER));
    }
}

/* --- the callers ------------------------------------------------------------------------------ */

struct callers {
    redisContext *requests, *replies;
    const char *queue;
    char list[NAME_ROOM]; /* of the replies */
    char *message;        /* room for a line, then the event */
    char *event;
    size_t event_size;
    double *sent; /* of each caller: when */
    float *samples;
    size_t done;
    unsigned under_way;
    double end;
};

static void call(struct callers *callers, unsigned caller)
{
    struct timespec now;
    int size;

    clock_gettime(CLOCK_REALTIME, &now);
    size = sprintf(callers->message,
                   "{\"v\":1,\"id\":\"%08x-0000-4000-8000-%012zx\",\"fn\":\"%s\",\"reply\":\"%s\","
                   "\"deadline\":%" PRId64 ",\"timeout_ms\":10000,\"attempt\":1,\"async\":false,"
                   "\"trace\":\"Root=1-6b024eec-20916595d89672e9987e882a\","
                   "\"arn\":\"arn:aws:lambda:us-east-1:123456789012:function:%s\"}\n",
                   caller, callers->done, callers->queue, callers->list,
                   (int64_t)(now.tv_sec + 20) * 1000, callers->queue);
    memcpy(callers->message + size, callers->event, callers->event_size);
    callers->sent[caller] = now_s();
    callers->under_way++;
    redisAppendCommand(callers->requests, "RPUSH lg:q:{%s} %b", callers->queue, callers->message,
                       (size_t)size + callers->event_size);
}

static void pop(struct callers *callers)
{
    redisAppendCommand(callers->replies, "BLMPOP 5 1 %s LEFT COUNT 64", callers->list);
}

static void take(struct callers *callers, const char *text)
{
    const char *id;
    unsigned caller;
    double now = now_s();

    if (strstr(text, "\"status\":\"ok\"") == NULL || strstr(text, "order-0001") == NULL)
        die("a wrong reply: %.200s", text);
    (void)member(text, "\"id\":\"", &id);
    caller = (unsigned)strtoul(id, NULL, 16);
    if (callers->done < SAMPLES)
        callers->samples[callers->done] = (float)(now - callers->sent[caller]);
    callers->done++;
    callers->under_way--;
    if (now < callers->end)
        call(callers, caller);
}

static void take_all(struct callers *callers, const redisReply *reply)
{
    if (reply->type == REDIS_REPLY_ERROR)
        die("Redis says %s", reply->str);
    if (reply->type == REDIS_REPLY_ARRAY)
        for (size_t i = 0; i < reply->element[1]->elements; i++)
            take(callers, reply->element[1]->element[i]->str);
    pop(callers);
}

static void read_from(struct callers *callers, redisContext *redis)
{
    redisReply *reply = NULL;

    if (redisBufferRead(redis) != REDIS_OK)
        die("%s", redis->errstr);
    while (redisReaderGetReply(redis->reader, (void **)&reply) == REDIS_OK && reply != NULL) {
        if (redis == callers->replies)
            take_all(callers, reply);
        freeReplyObject(reply);
    }
}

static void flush(redisContext *redis)
{
    int done = 0;

    while (done == 0)
        if (redisBufferWrite(redis, &done) != REDIS_OK)
            die("%s", redis->errstr);
}

static void turn(struct callers *callers)
{
    struct pollfd watched[2] = { { .fd = callers->requests->fd, .events = POLLIN },
                                 { .fd = callers->replies->fd, .events = POLLIN } };

    if (poll(watched, 2, 10000) <= 0)
        die("no reply within 10 s");
    if (watched[0].revents != 0)
        read_from(callers, callers->requests);
    if (watched[1].revents != 0)
        read_from(callers, callers->replies);
    flush(callers->requests);
    flush(callers->replies);
}

static int by_time(const void *a, const void *b)
{
    float left = *(const float *)a, right = *(const float *)b;

    return left < right ? -1 : left > right;
}

static void tell(const struct callers *callers, double took)
{
    size_t count = callers->done < SAMPLES ? callers->done : SAMPLES;

    if (count == 0)
        die("no call was answered");
    qsort(callers->samples, count, sizeof(*callers->samples), by_time);
    printf("{\"calls\":%zu,\"seconds\":%.6f,\"p50_us\":%.1f,\"p99_us\":%.1f}\n", callers->done,
           took, (double)callers->samples[count / 2] * 1e6,
           (double)callers->samples[count / 100 * 99] * 1e6);
}

static void read_event(struct callers *callers, const char *path)
{
    FILE *file = fopen(path, "rb");

    callers->event = malloc(EVENT_ROOM);
    callers->message = malloc(EVENT_ROOM + 4 * NAME_ROOM);
    callers->event_size = file == NULL ? 0 : fread(callers->event, 1, EVENT_ROOM, file);
    if (callers->event_size == 0)
        die("cannot read %s", path);
    fclose(file);
}

static void make_calls(char **words)
{
    unsigned count = (unsigned)strtoul(words[3], NULL, 10);
    struct callers callers = { .requests = connect_to(words[0]),
                               .replies = connect_to(words[0]),
                               .queue = words[1],
                               .sent = calloc(count, sizeof(double)),
                               .samples = malloc(SAMPLES * sizeof(float)) };
    double began = now_s();

    read_event(&callers, words[2]);
    (void)snprintf(callers.list, sizeof(callers.list), "lg:r:{two-lists-%d}:0", (int)getpid());
    callers.end = began + strtod(words[4], NULL);
    pop(&callers);
    for (unsigned caller = 0; caller < count; caller++)
        call(&callers, caller);
    flush(callers.replies);
    flush(callers.requests);
    while (callers.under_way > 0)
        turn(&callers);
    tell(&callers, now_s() - began);
    redisFree(callers.requests);
    redisFree(callers.replies);
    free(callers.message);
    free(callers.event);
    free(callers.sent);
    free(callers.samples);
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "worker") == 0)
        work(argv[2], argv[3]);
    else if (argc == 7 && strcmp(argv[1], "callers") == 0)
        make_calls(argv + 2);
    else
        die("worker PORT QUEUE | callers PORT QUEUE FILE COUNT SECONDS");
    return 0;
}
