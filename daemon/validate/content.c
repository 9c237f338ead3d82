/* content.c -- decodes, then reads. */
#include "validate/content.h"

#include "base/arena.h"
#include "base/json.h"
#include "base/text.h"

static enum lg_content check(struct lg_arena *arena, struct lg_str text, bool base64, bool json)
{
    struct lg_json *value;

    /* Without padding it is no base64 of RFC 4648. */
    if (base64 && (text.size % 4 != 0 || lg_base64_decode(arena, text, &text) != LG_OK))
        return LG_CONTENT_NOT_ENCODED;
    if (json && lg_json_read(arena, text, &lg_json_default_limits, &value, NULL) != LG_OK)
        return LG_CONTENT_NOT_JSON;
    return LG_CONTENT_FITS;
}

enum lg_content lg_content_check(struct lg_str text, bool base64, bool json)
{
    struct lg_arena arena;

    lg_arena_init(&arena);
    enum lg_content content = check(&arena, text, base64, json);
    lg_arena_done(&arena);
    return content;
}
