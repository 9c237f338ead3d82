/* event_reader.c -- lengths, checksums, and then the headers. */
#include "cloud/event_reader.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/crc32.h"
#include "base/mem.h"

#define PRELUDE 12
#define OVERHEAD 16 /* prelude and the last checksum */
#define TYPE_STRING 7

static uint32_t number(const char *at, size_t size)
{
    uint32_t value = 0;

    for (size_t i = 0; i < size; i++)
        value = value << 8 | (unsigned char)at[i];
    return value;
}

/* Bytes of a value of `type` at the start of `rest`; SIZE_MAX: none can be. */
static size_t value_size(unsigned type, struct lg_str rest)
{
    static const unsigned char fixed[] = { 0, 0, 1, 2, 4, 8, 0, 0, 8, 16 };

    if (type >= sizeof(fixed))
        return SIZE_MAX;
    if (type != 6 && type != TYPE_STRING)
        return fixed[type];
    return rest.size < 2 ? SIZE_MAX : 2 + number(rest.data, 2);
}

static void keep(struct lg_event *event, struct lg_str name, struct lg_str value)
{
    const struct {
        const char *name;
        struct lg_str *value;
    } known[] = {
        { ":message-type", &event->message_type }, { ":event-type", &event->type },
        { ":exception-type", &event->type },       { ":error-code", &event->type },
        { ":content-type", &event->content_type }, { ":error-message", &event->error_message },
    };

    for (size_t i = 0; i < LG_COUNT(known); i++) {
        if (lg_str_is(name, known[i].name))
            *known[i].value = value;
    }
}

/* Takes one header off the front. */
static bool read_header(struct lg_str *rest, struct lg_event *event)
{
    size_t name_size = (unsigned char)rest->data[0];

    if (name_size == 0 || rest->size < 1 + name_size + 1)
        return false;
    struct lg_str name = lg_str_part(*rest, 1, 1 + name_size);
    unsigned type = (unsigned char)rest->data[1 + name_size];
    *rest = lg_str_part(*rest, 2 + name_size, rest->size);
    size_t size = value_size(type, *rest);
    if (size == SIZE_MAX || size > rest->size)
        return false;
    if (type == TYPE_STRING)
        keep(event, name, lg_str_part(*rest, 2, size));
    *rest = lg_str_part(*rest, size, rest->size);
    return true;
}

enum lg_err lg_event_read(struct lg_str bytes, struct lg_event *ret_event, size_t *ret_size)
{
    struct lg_event event = { 0 };

    if (bytes.size < PRELUDE)
        return LG_ERR_BUSY;
    size_t total = number(bytes.data, 4), headers = number(bytes.data + 4, 4);
    if (lg_crc32(0, lg_str_part(bytes, 0, 8)) != number(bytes.data + 8, 4))
        return LG_ERR_SYNTAX;
    if (total > LG_EVENT_FRAME_MAX || headers > LG_EVENT_HEADERS_MAX)
        return LG_ERR_TOO_BIG;
    if (total < OVERHEAD || headers > total - OVERHEAD)
        return LG_ERR_SYNTAX;
    if (bytes.size < total)
        return LG_ERR_BUSY;
    if (lg_crc32(0, lg_str_part(bytes, 0, total - 4)) != number(bytes.data + total - 4, 4))
        return LG_ERR_SYNTAX;
    struct lg_str rest = lg_str_part(bytes, PRELUDE, PRELUDE + headers);
    while (rest.size > 0) {
        if (!read_header(&rest, &event))
            return LG_ERR_SYNTAX;
    }
    event.payload = lg_str_part(bytes, PRELUDE + headers, total - 4);
    *ret_event = event;
    *ret_size = total;
    return LG_OK;
}
