/*
 * crc32.h -- the checksum of Ethernet, zip and AWS's event streams (reflected 0xEDB88320).
 */
#ifndef LG_BASE_CRC32_H
#define LG_BASE_CRC32_H

#include <stdint.h>

#include "base/str.h"

/* Of `bytes` that follow those whose checksum is `before`; 0: nothing before. */
uint32_t lg_crc32(uint32_t before, struct lg_str bytes);

#endif
