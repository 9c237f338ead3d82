/* lines.c -- aligned memory; what fills a huge page asks for some. */
#include "base/lines.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/mem.h"

#define HUGE_PAGE ((size_t)2 * 1024 * 1024)

void *lg_lines_alloc(size_t size)
{
    size_t align = size < HUGE_PAGE ? LG_LINE : HUGE_PAGE;
    size_t whole = size == 0 ? align : (size + align - 1) / align * align;
    void *memory = lg_aligned_alloc(align, whole);

    /* A kernel without huge pages gives small ones: the table works as well, only slower. */
    if (align == HUGE_PAGE)
        (void)madvise(memory, whole, MADV_HUGEPAGE);
    return memset(memory, 0, whole);
}
