/*
 * poison.h -- tells AddressSanitizer which bytes of a block nobody may touch yet; nothing at all
 * in other builds.
 */
#ifndef LG_BASE_POISON_H
#define LG_BASE_POISON_H

#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LG_HAS_POISON 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(LG_HAS_POISON)
#include <sanitizer/asan_interface.h>
#define LG_POISON_GAP ((size_t)16) /* untouchable bytes between two neighbours */
static inline void lg_poison(const void *memory, size_t size)
{
    __asan_poison_memory_region(memory, size);
}
static inline void lg_unpoison(const void *memory, size_t size)
{
    __asan_unpoison_memory_region(memory, size);
}
#else
#define LG_POISON_GAP ((size_t)0)
static inline void lg_poison(const void *memory, size_t size)
{
    (void)memory;
    (void)size;
}
static inline void lg_unpoison(const void *memory, size_t size)
{
    (void)memory;
    (void)size;
}
#endif

#endif
