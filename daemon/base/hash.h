/*
 * hash.h -- a keyed hash of bytes (SipHash-1-3), so that nobody outside can choose names that
 * collide. The key is drawn once a process. Threads: any.
 */
#ifndef LG_BASE_HASH_H
#define LG_BASE_HASH_H

#include <stdint.h>

#include "base/str.h"

struct lg_hash_key {
    uint64_t low, high;
};

uint64_t lg_hash(struct lg_str bytes);

/* With a key of the caller's, for results that must repeat. */
uint64_t lg_hash_with(struct lg_hash_key key, struct lg_str bytes);

#endif
