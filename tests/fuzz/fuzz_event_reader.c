/* fuzz_event_reader.c -- any bytes as frames of an event stream, with checksums made right too. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32.h"
#include "base/mem.h"
#include "cloud/event_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put(char *at, uint32_t number)
{
    for (size_t i = 0; i < 4; i++)
        at[i] = (char)(number >> (24 - 8 * i));
}

static void read_all(struct lg_str bytes)
{
    struct lg_event event;
    size_t size;

    while (lg_event_read(bytes, &event, &size) == LG_OK) {
        assert(size >= 16 && size <= bytes.size && event.payload.size < size);
        bytes = lg_str_part(bytes, size, bytes.size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_all(lg_str_make((const char *)data, size));
    if (size < 16)
        return 0;
    char *copy = lg_alloc(size);
    memcpy(copy, data, size);
    put(copy, (uint32_t)size);
    put(copy + 8, lg_crc32(0, lg_str_make(copy, 8)));
    put(copy + size - 4, lg_crc32(0, lg_str_make(copy, size - 4)));
    read_all(lg_str_make(copy, size));
    free(copy);
    return 0;
}
