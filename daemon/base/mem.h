/*
 * mem.h -- allocation that never returns NULL.
 *
 * Everything a stranger can make grow has a ceiling elsewhere, so running out of memory is a
 * fault of sizing, not a case to handle: the process says so on stderr and aborts.
 * Threads: any.
 */
#ifndef LG_BASE_MEM_H
#define LG_BASE_MEM_H

#include <stddef.h>

__attribute__((returns_nonnull)) void *lg_alloc(size_t size);
__attribute__((returns_nonnull)) void *lg_zalloc(size_t size);
__attribute__((returns_nonnull)) void *lg_calloc(size_t count, size_t size);
/* `align` is a power of two and divides `size`. */
__attribute__((returns_nonnull)) void *lg_aligned_alloc(size_t align, size_t size);
__attribute__((returns_nonnull)) void *lg_realloc(void *old, size_t size);
__attribute__((returns_nonnull)) char *lg_strdup(const char *text);
char *lg_strdup_or_null(const char *text); /* NULL of NULL */
__attribute__((returns_nonnull)) char *lg_strndup(const char *text, size_t size);
__attribute__((returns_nonnull, format(printf, 1, 2))) char *lg_sprintf(const char *format, ...);

/*
 * Has large buffers go back to the system when they are freed. Once, before there are threads. The
 * library would raise its threshold with the first large buffer that is freed, and keep what a
 * crowd of them needed for ever.
 */
void lg_mem_tune(void);
/* Gives back what is free between buffers in use. Takes milliseconds: not on a busy loop. */
void lg_mem_trim(void);

#define LG_NEW(type) ((type *)lg_zalloc(sizeof(type)))
#define LG_COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LG_CONTAINER(pointer, type, member)                                                        \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#endif
