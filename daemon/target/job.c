/* job.c -- one accepted invocation: its result, and when it may be told. */
#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "target/pool.h"

struct lg_job *lg_job_new(struct lg_pool *pool, struct lg_invocation *invocation,
                          struct lg_loop *from)
{
    struct lg_job *job = LG_NEW(struct lg_job);

    job->pool = pool;
    job->invocation = invocation;
    job->from = from;
    lg_list_init(&job->sends);
    lg_buf_init(&job->result.body, SIZE_MAX);
    return job;
}

void lg_job_free(struct lg_job *job)
{
    assert(lg_list_empty(&job->sends) && !lg_link_in_list(&job->link));
    free(job->result.content_type);
    lg_buf_done(&job->result.body);
    free(job->result.log_tail);
    lg_stream_done(&job->stream);
    free(job);
}

void lg_job_document(struct lg_job *job, const char *error_type, struct lg_buf *document)
{
    struct lg_result *result = &job->result;

    lg_buf_done(&result->body);
    result->body = *document;
    lg_buf_init(document, SIZE_MAX);
    result->has_head = true;
    result->function_error = true;
    result->streaming = false;
    free(result->content_type);
    result->content_type = lg_strdup("application/json");
    lg_cstr_copy(result->error_type, sizeof(result->error_type), error_type);
}

/* The payload belongs to the caller again after on_end, so nobody may still be reading it then. */
static void stop_sending(struct lg_job *job)
{
    struct lg_link *link = lg_list_first(&job->sends);

    for (; link != NULL; link = lg_list_after(&job->sends, link))
        lg_ask_abort(LG_LIST_OF(link, struct lg_ask, send_link));
}

void lg_job_end(struct lg_job *job, enum lg_cause cause, const char *reason)
{
    assert(!job->ended);
    job->ended = true;
    job->worker = NULL;
    job->result.cause = cause;
    lg_cstr_copy(job->result.reason, sizeof(job->result.reason), reason);
    if (job->claim != NULL) {
        job->claim->job = NULL;
        job->claim = NULL;
    }
    stop_sending(job);
    lg_job_settle(job);
}

void lg_job_settle(struct lg_job *job)
{
    if (job->ended && !job->tail_due && lg_list_empty(&job->sends) && lg_stream_empty(job))
        lg_job_tell_end(job);
}
