/* event_stream.c -- lengths first, so that a frame is written in one go. */
#include "invoke_api/event_stream.h"

#include <assert.h>
#include <string.h>

#include "base/crc32.h"
#include "base/mem.h"

#define TYPE_STRING 7
#define PRELUDE 12
#define FRAME_MAX ((size_t)24 << 20) /* AWS's libraries refuse larger ones */

struct header {
    const char *name, *value;
};

static void add_u32(struct lg_buf *out, uint32_t number)
{
    const unsigned char bytes[] = { (unsigned char)(number >> 24), (unsigned char)(number >> 16),
                                    (unsigned char)(number >> 8), (unsigned char)number };

    lg_buf_add(out, bytes, sizeof(bytes));
}

static size_t header_size(const struct header *header)
{
    return 1 + strlen(header->name) + 1 + 2 + strlen(header->value);
}

static void add_header(struct lg_buf *out, const struct header *header)
{
    size_t size = strlen(header->value);

    assert(strlen(header->name) <= UINT8_MAX && size <= INT16_MAX);
    lg_buf_add_char(out, (char)strlen(header->name));
    lg_buf_add_cstr(out, header->name);
    lg_buf_add_char(out, TYPE_STRING);
    lg_buf_add_char(out, (char)(size >> 8));
    lg_buf_add_char(out, (char)size);
    lg_buf_add_cstr(out, header->value);
}

static uint32_t sum_from(const struct lg_buf *out, size_t start)
{
    return lg_crc32(0, lg_str_part(lg_buf_str(out), start, out->size));
}

void lg_event_stream_add(struct lg_buf *out, const char *event_type, const char *content_type,
                         struct lg_str payload)
{
    const struct header headers[] = {
        { ":message-type", "event" },
        { ":event-type", event_type },
        { ":content-type", content_type },
    };
    size_t start = out->size, size = 0, total;

    for (size_t i = 0; i < LG_COUNT(headers); i++)
        size += header_size(&headers[i]);
    total = PRELUDE + size + payload.size + sizeof(uint32_t);
    assert(total <= FRAME_MAX);
    add_u32(out, (uint32_t)total);
    add_u32(out, (uint32_t)size);
    add_u32(out, sum_from(out, start));
    for (size_t i = 0; i < LG_COUNT(headers); i++)
        add_header(out, &headers[i]);
    lg_buf_add_str(out, payload);
    add_u32(out, sum_from(out, start));
}
