/* stream.c -- two buffers that change places, so that one can travel while the other fills. */
#include "target/stream.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "target/pool.h"

static void send_load(struct lg_job *job)
{
    struct lg_stream *stream = &job->stream;
    struct lg_buf empty = stream->load;

    assert(!stream->travels);
    lg_buf_clear(&empty);
    stream->load = stream->waiting;
    stream->waiting = empty;
    stream->travels = true;
    lg_job_tell_stream(job);
}

/* The head goes ahead of all data: a client may wait for it alone. */
void lg_stream_begin(struct lg_job *job, struct lg_str content_type)
{
    struct lg_stream *stream = &job->stream;

    assert(!stream->on && !job->ended);
    lg_buf_init(&stream->waiting, SIZE_MAX);
    lg_buf_init(&stream->load, SIZE_MAX);
    stream->content_type = lg_strndup(content_type.data, content_type.size);
    stream->on = true;
    send_load(job);
}

enum lg_flow lg_stream_add(struct lg_job *job, const void *data, size_t size)
{
    struct lg_stream *stream = &job->stream;

    assert(stream->on && !job->ended);
    stream->bytes += (int64_t)size;
    (void)lg_buf_add(&stream->waiting, data, size);
    if (!stream->travels)
        send_load(job);
    stream->held = stream->waiting.size >= LG_STREAM_HIGH;
    return stream->held ? LG_FLOW_PAUSE : LG_FLOW_MORE;
}

void lg_stream_taken(struct lg_job *job)
{
    struct lg_stream *stream = &job->stream;

    stream->travels = false;
    if (stream->waiting.size > 0) {
        send_load(job);
        lg_job_settle(job);
    }
    if (stream->held && stream->waiting.size < LG_STREAM_HIGH) {
        stream->held = false;
        if (job->claim != NULL)
            lg_ask_go_on(job->claim);
    }
}

void lg_stream_drop(struct lg_job *job)
{
    lg_buf_clear(&job->stream.waiting);
}

bool lg_stream_empty(const struct lg_job *job)
{
    return job->stream.waiting.size == 0;
}

void lg_stream_done(struct lg_stream *stream)
{
    free(stream->content_type);
    lg_buf_done(&stream->waiting);
    lg_buf_done(&stream->load);
}
