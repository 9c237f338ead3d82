/*
 * fuzz_prelude.c -- the head of a streamed answer: it ends at the same byte however it is cut into
 * pieces, and what it says can be sent.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "integrate/hop_by_hop.h"
#include "integrate/prelude.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum lg_prelude_state feed(struct lg_str bytes, size_t piece, size_t *ret_end,
                                  struct lg_prelude *prelude)
{
    enum lg_prelude_state state = LG_PRELUDE_MORE;
    size_t used;

    for (*ret_end = 0; *ret_end < bytes.size && state == LG_PRELUDE_MORE; *ret_end += used) {
        size_t end = bytes.size - *ret_end < piece ? bytes.size : *ret_end + piece;

        state = lg_prelude_feed(prelude, lg_str_part(bytes, *ret_end, end), &used);
        assert(state != LG_PRELUDE_MORE || used == end - *ret_end);
    }
    assert(prelude->text.size <= LG_PRELUDE_MAX);
    return state;
}

static void check(struct lg_str json)
{
    struct lg_result result;
    struct lg_arena arena;
    const char *message = NULL;

    lg_arena_init(&arena);
    if (lg_prelude_read(&arena, LG_API_REST, json, &result, &message) == LG_OK) {
        assert(result.status >= 200 && result.status <= 599);
        for (size_t i = 0; i < result.header_count; i++) {
            assert(lg_http_token_valid(result.headers[i].name));
            assert(lg_http_field_value_valid(result.headers[i].value));
            assert(!lg_hop_by_hop(result.headers[i].name));
        }
    } else {
        assert(strlen(message) > 0);
    }
    lg_arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lg_str bytes = lg_str_make((const char *)data, size);
    struct lg_prelude whole, pieces;
    size_t end, end_of_pieces;

    lg_prelude_init(&whole);
    lg_prelude_init(&pieces);
    enum lg_prelude_state state = feed(bytes, SIZE_MAX, &end, &whole);
    assert(feed(bytes, 1 + size % 5, &end_of_pieces, &pieces) == state);
    assert(end == end_of_pieces);
    if (state == LG_PRELUDE_WHOLE) {
        assert(lg_str_eq(lg_buf_str(&whole.text), lg_buf_str(&pieces.text)));
        check(lg_buf_str(&whole.text));
    }
    lg_prelude_done(&whole);
    lg_prelude_done(&pieces);
    return 0;
}
