/*
 * lines.h -- memory in whole cache lines, for tables that every request reads.
 *
 * A table of many routes is read at random: what counts is how many lines and pages a request
 * touches. So rows begin on lines, and large tables lie on huge pages where the kernel has them.
 */
#ifndef LG_BASE_LINES_H
#define LG_BASE_LINES_H

#include <stddef.h>
#include <stdint.h>

#define LG_LINE ((size_t)64)

/* `size` rounded up to whole lines. */
static inline size_t lg_lines_round(size_t size)
{
    return (size + LG_LINE - 1) / LG_LINE * LG_LINE;
}

/* Zeroed memory that begins on a line and shares none; free() ends it. */
__attribute__((returns_nonnull)) void *lg_lines_alloc(size_t size);

/* Has the lines of [memory, memory + size) brought near while other work goes on. */
static inline void lg_lines_fetch(const void *memory, size_t size)
{
    uintptr_t at = (uintptr_t)memory; /* it may be anything, NULL too: nothing is read */

    for (size_t from = 0; from < size; from += LG_LINE)
        __builtin_prefetch((const void *)(at + from));
}

#endif
