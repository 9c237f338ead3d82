/* Frames of an event stream: as AWS writes them, cut, and damaged. */
#include "cloud/event_reader.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "base/crc32.h"

static const unsigned char chunk[] = {
    0x00, 0x00, 0x00, 0x6c, 0x00, 0x00, 0x00, 0x5a, 0xb2, 0x5e, 0xfd, 0xcf, 0x0d, 0x3a, 0x6d, 0x65,
    0x73, 0x73, 0x61, 0x67, 0x65, 0x2d, 0x74, 0x79, 0x70, 0x65, 0x07, 0x00, 0x05, 0x65, 0x76, 0x65,
    0x6e, 0x74, 0x0b, 0x3a, 0x65, 0x76, 0x65, 0x6e, 0x74, 0x2d, 0x74, 0x79, 0x70, 0x65, 0x07, 0x00,
    0x0c, 0x50, 0x61, 0x79, 0x6c, 0x6f, 0x61, 0x64, 0x43, 0x68, 0x75, 0x6e, 0x6b, 0x0d, 0x3a, 0x63,
    0x6f, 0x6e, 0x74, 0x65, 0x6e, 0x74, 0x2d, 0x74, 0x79, 0x70, 0x65, 0x07, 0x00, 0x18, 0x61, 0x70,
    0x70, 0x6c, 0x69, 0x63, 0x61, 0x74, 0x69, 0x6f, 0x6e, 0x2f, 0x6f, 0x63, 0x74, 0x65, 0x74, 0x2d,
    0x73, 0x74, 0x72, 0x65, 0x61, 0x6d, 0x68, 0x69, 0x31, 0x41, 0x38, 0xe4,
};

static struct lg_str part(size_t size)
{
    return lg_str_make((const char *)chunk, size);
}

static void put(unsigned char *at, uint32_t number)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (unsigned char)(number >> (24 - 8 * i));
}

TestSuite(event_reader, .timeout = 20);

Test(event_reader, a_chunk_as_aws_writes_it)
{
    struct lg_event event;
    size_t size;

    cr_assert(eq(int, lg_event_read(part(sizeof(chunk)), &event, &size), LG_OK));
    cr_assert(eq(sz, size, sizeof(chunk)));
    cr_assert(lg_str_is(event.message_type, "event"));
    cr_assert(lg_str_is(event.type, "PayloadChunk"));
    cr_assert(lg_str_is(event.content_type, "application/octet-stream"));
    cr_assert(lg_str_is(event.payload, "hi"));
}

Test(event_reader, every_part_of_a_frame_wants_more)
{
    struct lg_event event;
    size_t size;

    for (size_t i = 0; i < sizeof(chunk); i++)
        cr_expect(eq(int, lg_event_read(part(i), &event, &size), LG_ERR_BUSY));
}

Test(event_reader, a_byte_that_changed_is_noticed)
{
    unsigned char copy[sizeof(chunk)];
    struct lg_event event;
    size_t size;

    for (size_t i = 0; i < sizeof(chunk); i++) {
        memcpy(copy, chunk, sizeof(chunk));
        copy[i] ^= 1;
        cr_expect(eq(int, lg_event_read(lg_str_make((char *)copy, sizeof(copy)), &event, &size),
                     LG_ERR_SYNTAX));
    }
}

Test(event_reader, an_empty_frame_has_nothing)
{
    static const char frame[] = "\0\0\0\x10\0\0\0\0\x05\xc2\x48\xeb\x7d\x98\xc8\xff";
    struct lg_event event;
    size_t size;

    cr_assert(eq(int, lg_event_read(lg_str_make(frame, 16), &event, &size), LG_OK));
    cr_assert(eq(sz, event.payload.size, 0));
    cr_assert(eq(sz, event.type.size, 0));
}

Test(event_reader, lengths_over_the_limits_are_refused)
{
    static const struct {
        uint32_t total, headers;
        enum lg_err err;
    } cases[] = {
        { LG_EVENT_FRAME_MAX, 0, LG_ERR_BUSY },
        { LG_EVENT_FRAME_MAX + 1, 0, LG_ERR_TOO_BIG },
        { 1000000, LG_EVENT_HEADERS_MAX, LG_ERR_BUSY },
        { 1000000, LG_EVENT_HEADERS_MAX + 1, LG_ERR_TOO_BIG },
        { 15, 0, LG_ERR_SYNTAX },
        { 20, 5, LG_ERR_SYNTAX },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        unsigned char prelude[12];
        struct lg_event event;
        size_t size;

        put(prelude, cases[i].total);
        put(prelude + 4, cases[i].headers);
        put(prelude + 8, lg_crc32(0, lg_str_make((char *)prelude, 8)));
        cr_expect(eq(int, (int)lg_event_read(lg_str_make((char *)prelude, 12), &event, &size),
                     (int)cases[i].err));
    }
}
