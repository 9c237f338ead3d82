/* crc32.c -- a table of half bytes: small enough to be read, fast enough for what is streamed. */
#include "base/crc32.h"

static const uint32_t table[16] = {
    0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
    0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
};

uint32_t lg_crc32(uint32_t before, struct lg_str bytes)
{
    uint32_t sum = ~before;

    for (size_t i = 0; i < bytes.size; i++) {
        sum ^= (unsigned char)bytes.data[i];
        sum = table[sum & 0xf] ^ sum >> 4;
        sum = table[sum & 0xf] ^ sum >> 4;
    }
    return ~sum;
}
