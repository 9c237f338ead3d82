/* fuzz_keeper.c -- the keeper's decoder: whatever it accepts, it must encode to the same bytes. */
#include <assert.h>
#include <string.h>

#include "keeper/protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lg_keeper_message message;
    struct lg_arena arena;
    struct lg_buf again;

    lg_arena_init(&arena);
    lg_buf_init(&again, LG_KEEPER_MESSAGE_MAX);
    if (lg_keeper_decode(lg_str_make((const char *)data, size), &arena, &message) == LG_OK) {
        enum lg_err err = lg_keeper_encode(&again, &message);

        assert(err == LG_OK);
        assert(again.size == size && memcmp(again.data, data, size) == 0);
    }
    lg_buf_done(&again);
    lg_arena_done(&arena);
    return 0;
}
