/*
 * fuzz_invoke_name.c -- the pure parts of the Invoke API against bytes of strangers: function
 * name, qualifier, host and payload.
 */
#include <assert.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/json.h"
#include "invoke_api/guard.h"
#include "invoke_api/json_check.h"
#include "invoke_api/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_name(struct lg_str text)
{
    struct lg_invoke_name name;

    if (lg_invoke_name_read(text, &name) != LG_OK)
        return;
    assert(name.name.size > 0);
    assert(name.name.data >= text.data);
    assert(name.name.data + name.name.size + name.qualifier.size <= text.data + text.size);
    assert(name.account.size == 0 || name.account.size == 12);
}

static void check_request(struct lg_str text)
{
    const struct lg_header headers[] = {
        { LG_STR("X-Amz-Client-Context"), text },
        { LG_STR("Host"), text },
    };
    const struct lg_head head = { .query = text, .headers = headers, .header_count = 2 };
    struct lg_arena arena;
    struct lg_invoke_request request;
    struct lg_invoke_fault fault;
    const char *reason;

    lg_arena_init(&arena);
    for (int stream = 0; stream < 2; stream++) {
        const struct lg_invoke_path path = { text, stream == 1 };

        (void)!lg_invoke_request_read(&arena, &head, &path, &request, &fault);
    }
    lg_arena_done(&arena);
    (void)!lg_guard_check(&head, "127.0.0.1", &reason);
}

/* Whatever the strict reader takes is JSON; the other way, the reader has more limits. */
static void check_payload(struct lg_str text)
{
    struct lg_json_check_fault fault;
    struct lg_arena arena;
    struct lg_json *root;

    lg_arena_init(&arena);
    if (lg_json_read(&arena, text, &lg_json_default_limits, &root, NULL) == LG_OK)
        assert(lg_json_check(text, &fault));
    else if (!lg_json_check(text, &fault))
        assert(fault.offset <= text.size);
    lg_arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lg_str text = lg_str_make((const char *)data, size);

    check_name(text);
    check_request(text);
    check_payload(text);
    return 0;
}
