/*
 * fuzz_result.c -- what a function returned, mapped to an answer: every answer can be sent, and
 * what is refused is refused with a reason.
 */
#include <assert.h>
#include <string.h>

#include "base/http_chars.h"
#include "integrate/answer_fields.h"
#include "integrate/result_v1.h"
#include "integrate/result_v2.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(enum lg_config_api_kind kind, const struct lg_result *result)
{
    size_t types = 0;

    assert(result->status >= 200 && result->status <= 599);
    for (size_t i = 0; i < result->header_count; i++) {
        const struct lg_header *header = &result->headers[i];

        assert(lg_http_token_valid(header->name));
        assert(lg_http_field_value_valid(header->value));
        assert(lg_answer_field_fate(kind, header->name) == LG_FIELD_SENT);
        types += lg_str_iis(header->name, "content-type");
    }
    assert(types == 1);
    /* Every byte of the body must be there to be read. */
    for (size_t i = 0; i < result->body.size; i++)
        types += (size_t)(unsigned char)result->body.data[i];
    assert(types > 0);
}

static void read_v2(struct lg_str bytes)
{
    struct lg_result result;
    struct lg_arena arena;
    const char *message = NULL;

    lg_arena_init(&arena);
    if (lg_result_v2_read(&arena, bytes, &result, &message) == LG_OK)
        check(LG_API_HTTP, &result);
    else
        assert(strlen(message) > 0);
    lg_arena_done(&arena);
}

static void read_v1(struct lg_str bytes, enum lg_config_api_kind kind, bool every_type)
{
    static const char *const every[] = { "*/*" };
    const struct lg_config_api api = { .kind = kind, .binary_media_types = { every, every_type } };
    struct lg_result result;
    struct lg_arena arena;
    const char *message = NULL;

    lg_arena_init(&arena);
    if (lg_result_v1_read(&arena, bytes, &api, LG_STR("text/html"), &result, &message) == LG_OK)
        check(kind, &result);
    else
        assert(strlen(message) > 0);
    lg_arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lg_str bytes = lg_str_make((const char *)data, size);

    read_v2(bytes);
    read_v1(bytes, LG_API_HTTP, false);
    read_v1(bytes, LG_API_REST, false);
    read_v1(bytes, LG_API_REST, true);
    return 0;
}
