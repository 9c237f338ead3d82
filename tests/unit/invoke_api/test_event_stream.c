/* test_event_stream.c -- frames byte for byte, as AWS's own libraries make them. */
#include "invoke_api/event_stream.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "base/text.h"

static void frame_is(const struct lg_buf *frame, size_t start, const char *expected)
{
    struct lg_buf hex;

    lg_buf_init(&hex, SIZE_MAX);
    lg_hex_encode(&hex, lg_str_part(lg_buf_str(frame), start, frame->size));
    cr_assert(lg_str_is(lg_buf_str(&hex), expected), "%.*s", LG_STR_ARG(lg_buf_str(&hex)));
    lg_buf_done(&hex);
}

Test(event_stream, a_chunk_is_a_frame)
{
    struct lg_buf frame;

    lg_buf_init(&frame, SIZE_MAX);
    lg_event_stream_add(&frame, "PayloadChunk", "application/octet-stream", LG_STR("hi"));
    frame_is(
        &frame, 0,
        "0000006c0000005ab25efdcf0d3a6d6573736167652d747970650700056576656e740b3a6576656e742d74"
        "79706507000c5061796c6f61644368756e6b0d3a636f6e74656e742d747970650700186170706c69636174"
        "696f6e2f6f637465742d73747265616d6869314138e4");
    lg_buf_done(&frame);
}

Test(event_stream, frames_follow_each_other)
{
    struct lg_buf frames;
    size_t first;

    lg_buf_init(&frames, SIZE_MAX);
    lg_event_stream_add(&frames, "PayloadChunk", "application/octet-stream", LG_STR(""));
    first = frames.size;
    lg_event_stream_add(&frames, "InvokeComplete", "application/json", LG_STR("{}"));
    frame_is(
        &frames, first,
        "00000066000000541f56c8690d3a6d6573736167652d747970650700056576656e740b3a6576656e742d74"
        "79706507000e496e766f6b65436f6d706c6574650d3a636f6e74656e742d747970650700106170706c6963"
        "6174696f6e2f6a736f6e7b7dface259a");
    lg_buf_done(&frames);
}
