/*
 * offload.c -- work on large bodies leaves the loop: one job of a request at a time, and the
 * request waits for it.
 *
 * The head belongs to the exchange, which may end while the job runs, so the request keeps a copy
 * of what a job may read.
 */
#include <string.h>

#include "request/request.h"
#include "wire/pool.h"

static struct lg_str keep(struct lg_arena *arena, struct lg_str text)
{
    return text.data == NULL ? LG_STR_NONE : lg_arena_str(arena, text);
}

static const struct lg_head *copy_head(struct lg_arena *arena, const struct lg_head *head)
{
    struct lg_head *copy = lg_arena_copy(arena, head, sizeof(*head));
    struct lg_header *headers =
        lg_arena_alloc(arena, (head->header_count + 1) * sizeof(struct lg_header));

    for (size_t i = 0; i < head->header_count; i++)
        headers[i] = (struct lg_header){ keep(arena, head->headers[i].name),
                                         keep(arena, head->headers[i].value) };
    copy->headers = headers;
    copy->method = keep(arena, head->method);
    copy->target = keep(arena, head->target);
    copy->path = keep(arena, head->path);
    copy->query = keep(arena, head->query);
    copy->peer = lg_arena_cstr(arena, lg_str_of(head->peer));
    return copy;
}

static void keep_head(struct lg_request *request)
{
    struct lg_arena *arena = &request->arena;
    size_t count = request->match.capture_count;
    struct lg_capture *captures;

    if (request->head_kept)
        return;
    request->head_kept = true;
    request->head = copy_head(arena, request->head);
    request->path = keep(arena, request->path);
    captures = lg_arena_alloc(arena, (count + 1) * sizeof(struct lg_capture));
    for (size_t i = 0; i < count; i++)
        captures[i] = (struct lg_capture){ request->match.captures[i].name,
                                           keep(arena, request->match.captures[i].raw),
                                           keep(arena, request->match.captures[i].value) };
    request->match.captures = captures;
}

static void run(struct lg_job *job)
{
    struct lg_request *request = LG_CONTAINER(job, struct lg_request, job);

    request->work(request);
}

static void done(struct lg_job *job)
{
    struct lg_request *request = LG_CONTAINER(job, struct lg_request, job);

    request->working = false;
    if (request->exchange == NULL) {
        lg_request_release(request);
        return;
    }
    switch (request->after(request)) {
    case LG_NEXT:
        lg_request_resume(request);
        break;
    case LG_ANSWER:
        lg_request_answer(request);
        break;
    case LG_WAIT:
        break;
    }
}

/* Whether a repeat is safe: a function that was called has run. */
static enum lg_error full_for(const struct lg_request *request)
{
    return request->function_id == NULL ? LG_ERROR_OVERLOADED : LG_ERROR_NO_ROOM;
}

enum lg_next lg_request_work(struct lg_request *request, size_t size,
                             void (*work)(struct lg_request *request),
                             enum lg_next (*after)(struct lg_request *request))
{
    if (size < LG_POOL_WORTH) {
        work(request);
        return after(request);
    }
    keep_head(request);
    request->work = work;
    request->after = after;
    request->job.run = run;
    request->job.done = done;
    request->job.mailbox = request->front->mailbox;
    if (lg_pool_submit(request->front->shared->pool, &request->job) != LG_OK)
        return lg_request_fail(request, full_for(request), "too many large bodies at once");
    request->working = true;
    return LG_WAIT;
}
