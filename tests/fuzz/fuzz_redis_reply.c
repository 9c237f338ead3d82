/*
 * fuzz_redis_reply.c -- any bytes as what a Redis says, in pieces, with elements and without, long
 * ones cut; and as lines of the worker protocol.
 */
#include <assert.h>
#include <stdint.h>

#include "redis/line.h"
#include "redis/resp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void is_within(struct lg_str part, struct lg_str text)
{
    assert(part.size <= text.size);
}

static void on_element(void *context, struct lg_str element)
{
    struct lg_redis_request request;
    struct lg_redis_reply reply;
    struct lg_arena arena;
    char type[32];

    (void)context;
    lg_arena_init(&arena);
    if (lg_redis_reply_read(&arena, element, &reply) == LG_OK) {
        assert(reply.id.size > 0 && reply.id.size <= LG_REDIS_ID_MAX);
        is_within(reply.body, element);
        lg_redis_error_type(reply.body, type, sizeof(type));
    }
    if (lg_redis_request_read(&arena, element, &request) == LG_OK)
        is_within(request.body, element);
    lg_arena_done(&arena);
}

#define CEILING 8192
#define SHORT 100                          /* where strings are cut */
#define CUTS (((size_t)128 << 10) + SHORT) /* this ceiling */

static void on_cut(void *context, struct lg_str element)
{
    assert(element.size <= SHORT);
    on_element(context, element);
}

/* Feeds pieces whose sizes follow from the input, as long as the reader takes them. */
static void read_all(const uint8_t *data, size_t size, size_t ceiling,
                     void (*with)(void *context, struct lg_str element))
{
    struct lg_resp_reader *reader = lg_resp_reader_new(ceiling, with, NULL);
    size_t step = size > 0 ? data[0] % 32 + 1 : 1;

    if (ceiling == CUTS)
        lg_resp_cut_long(reader);
    for (size_t at = 0; at < size; at += step) {
        size_t piece = size - at < step ? size - at : step;
        redisReply *reply = NULL;

        if (lg_resp_feed(reader, data + at, piece) != LG_OK)
            break;
        do {
            reply = NULL;
            if (lg_resp_next(reader, &reply) != LG_OK) {
                at = size;
                break;
            }
            (void)lg_resp_text(reply);
            if (reply != NULL)
                freeReplyObject(reply);
        } while (reply != NULL);
    }
    lg_resp_reader_free(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    on_element(NULL, lg_str_make((const char *)data, size));
    read_all(data, size, CEILING, NULL);
    read_all(data, size, CEILING, on_element);
    read_all(data, size, CUTS, on_cut);
    return 0;
}
