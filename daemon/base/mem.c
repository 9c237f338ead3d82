/* mem.c -- malloc and friends that end the process when memory runs out. */
#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <string.h>
#include <unistd.h>

#define LARGE (128 * 1024)

/* No stdio: it might want memory. */
static _Noreturn void out_of_memory(void)
{
    static const char message[] = "lambdagate: out of memory\n";
    ssize_t ignored = write(STDERR_FILENO, message, sizeof(message) - 1);

    (void)ignored;
    abort();
}

static void *present(void *memory)
{
    if (memory == NULL)
        out_of_memory();
    return memory;
}

/* malloc(0) may answer NULL, which is no shortage. */
static size_t at_least_one(size_t size)
{
    return size == 0 ? 1 : size;
}

void *lg_alloc(size_t size)
{
    return present(malloc(at_least_one(size)));
}

void *lg_zalloc(size_t size)
{
    return present(calloc(1, at_least_one(size)));
}

void *lg_calloc(size_t count, size_t size)
{
    return present(calloc(at_least_one(count), at_least_one(size)));
}

void *lg_aligned_alloc(size_t align, size_t size)
{
    return present(aligned_alloc(align, size));
}

void *lg_realloc(void *old, size_t size)
{
    return present(realloc(old, at_least_one(size)));
}

void lg_mem_tune(void)
{
#ifdef __GLIBC__
    (void)mallopt(M_MMAP_THRESHOLD, LARGE);
    (void)mallopt(M_TRIM_THRESHOLD, 4 * LARGE);
#endif
}

void lg_mem_trim(void)
{
#ifdef __GLIBC__
    (void)malloc_trim(0);
#endif
}

char *lg_strdup_or_null(const char *text)
{
    return text == NULL ? NULL : lg_strdup(text);
}

char *lg_strdup(const char *text)
{
    return lg_strndup(text, strlen(text));
}

char *lg_strndup(const char *text, size_t size)
{
    size_t length = strnlen(text, size);
    char *copy = lg_alloc(length + 1);

    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *lg_sprintf(const char *format, ...)
{
    char *text = NULL;
    va_list args;

    va_start(args, format);
    int size = vasprintf(&text, format, args);
    va_end(args);
    return present(size < 0 ? NULL : text);
}
