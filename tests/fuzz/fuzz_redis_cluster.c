/* fuzz_redis_cluster.c -- any bytes as a key, a redirection, and an answer to CLUSTER SLOTS. */
#include <assert.h>
#include <stdint.h>

#include "redis/resp.h"
#include "redis/slots.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_map(struct lg_str text)
{
    struct lg_resp_reader *reader = lg_resp_reader_new(65536, NULL, NULL);
    redisReply *reply = NULL;
    struct lg_redis_range range;

    if (lg_resp_feed(reader, text.data, text.size) == LG_OK &&
        lg_resp_next(reader, &reply) == LG_OK && reply != NULL) {
        for (size_t i = 0; lg_redis_range_read(reply, i, &range); i++) {
            assert(range.from <= range.to && range.to < LG_REDIS_SLOTS && range.port > 0);
            assert(range.host.size == 0 || lg_redis_is_host(range.host));
        }
        freeReplyObject(reply);
    }
    lg_resp_reader_free(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lg_str text = lg_str_make((const char *)data, size);
    struct lg_redis_redirect redirect;

    assert(lg_redis_slot(text) < LG_REDIS_SLOTS);
    if (lg_redis_redirect_read(text, &redirect)) {
        assert(redirect.slot < LG_REDIS_SLOTS && redirect.port > 0);
        assert(redirect.host.size == 0 || lg_redis_is_host(redirect.host));
        assert(lg_redis_is_passing(text));
    }
    read_map(text);
    return 0;
}
