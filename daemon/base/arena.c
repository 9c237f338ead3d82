/* arena.c -- blocks that grow with use, cut from front to back. */
#include "base/arena.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/poison.h"

#define SPARE_BLOCKS 64

enum { FIRST_BLOCK = 4096, LARGEST_BLOCK = 256 * 1024, ALIGNMENT = alignof(max_align_t) };

struct lg_arena_block {
    struct lg_arena_block *older;
    size_t size; /* of data */
    alignas(max_align_t) char data[];
};

struct lg_arena_defer {
    struct lg_arena_defer *older;
    void (*fn)(void *object);
    void *object;
};

/*
 * First blocks that the thread keeps for its next arenas: malloc() is slow at their size, and a
 * loop begins and ends an arena with every request.
 */
static _Thread_local struct lg_arena_block *spare;
static _Thread_local unsigned spares;

static pthread_key_t spare_key; /* only for its destructor */
static pthread_once_t spare_once = PTHREAD_ONCE_INIT;

static void free_spares(void *unused)
{
    (void)unused;
    while (spare != NULL) {
        struct lg_arena_block *block = spare;

        spare = block->older;
        lg_unpoison(block->data, block->size);
        free(block);
    }
    spares = 0;
}

static void make_spare_key(void)
{
    (void)pthread_key_create(&spare_key, free_spares);
}

static bool is_first_block(size_t size)
{
    return size == FIRST_BLOCK - sizeof(struct lg_arena_block);
}

static void keep_spare(struct lg_arena_block *block)
{
    if (spares == 0) {
        (void)pthread_once(&spare_once, make_spare_key);
        (void)pthread_setspecific(spare_key, &spares);
    }
    lg_poison(block->data, block->size);
    block->older = spare;
    spare = block;
    spares++;
}

static struct lg_arena_block *take_spare(void)
{
    struct lg_arena_block *block = spare;

    spare = block->older;
    spares--;
    return block;
}

void lg_arena_init(struct lg_arena *arena)
{
    *arena = (struct lg_arena){ 0 };
}

static void run_defers(struct lg_arena *arena)
{
    /* A deferred call may defer another. */
    while (arena->defers != NULL) {
        struct lg_arena_defer *defer = arena->defers;

        arena->defers = defer->older;
        defer->fn(defer->object);
    }
}

void lg_arena_done(struct lg_arena *arena)
{
    run_defers(arena);
    for (struct lg_arena_block *block = arena->blocks, *older; block != NULL; block = older) {
        older = block->older;
        if (is_first_block(block->size) && spares < SPARE_BLOCKS) {
            keep_spare(block);
            continue;
        }
        lg_unpoison(block->data, block->size);
        free(block);
    }
    lg_arena_init(arena);
}

static struct lg_arena_block *new_block(size_t size)
{
    struct lg_arena_block *block;

    if (is_first_block(size) && spare != NULL)
        return take_spare();
    block = lg_alloc(sizeof(*block) + size);
    block->size = size;
    lg_poison(block->data, size);
    return block;
}

/* What is larger than a usual block gets one of its own, behind the one that is being cut. */
static void *alloc_alone(struct lg_arena *arena, size_t padded, size_t size)
{
    struct lg_arena_block *block = new_block(padded);

    if (arena->blocks == NULL) {
        block->older = NULL;
        arena->blocks = block;
    } else {
        block->older = arena->blocks->older;
        arena->blocks->older = block;
    }
    lg_unpoison(block->data, size);
    return block->data;
}

static size_t next_block_size(const struct lg_arena *arena)
{
    size_t size = FIRST_BLOCK;

    while (size < LARGEST_BLOCK && size < arena->used)
        size *= 2;
    return size - sizeof(struct lg_arena_block);
}

static void start_block(struct lg_arena *arena, size_t size)
{
    struct lg_arena_block *block = new_block(size);

    block->older = arena->blocks;
    arena->blocks = block;
    arena->next = block->data;
    arena->end = block->data + size;
}

void *lg_arena_alloc(struct lg_arena *arena, size_t size)
{
    /* No object can be that large; what asks for it has miscounted, and malloc() says so. */
    if (size > SIZE_MAX / 2)
        return lg_alloc(size);

    size_t padded = (size + LG_POISON_GAP + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;

    arena->used += size;
    if (padded > (size_t)(arena->end - arena->next)) {
        size_t block_size = next_block_size(arena);

        if (padded > block_size / 4)
            return alloc_alone(arena, padded, size);
        start_block(arena, block_size);
    }
    void *memory = arena->next;
    arena->next += padded;
    lg_unpoison(memory, size);
    return memory;
}

void *lg_arena_zalloc(struct lg_arena *arena, size_t size)
{
    return memset(lg_arena_alloc(arena, size), 0, size);
}

void *lg_arena_copy(struct lg_arena *arena, const void *data, size_t size)
{
    void *copy = lg_arena_alloc(arena, size);

    if (size > 0)
        memcpy(copy, data, size);
    return copy;
}

char *lg_arena_cstr(struct lg_arena *arena, struct lg_str text)
{
    char *copy = lg_arena_alloc(arena, text.size + 1);

    if (text.size > 0)
        memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    return copy;
}

char *lg_arena_cstr_or_null(struct lg_arena *arena, const char *text)
{
    return text == NULL ? NULL : lg_arena_cstr(arena, lg_str_of(text));
}

struct lg_str lg_arena_str(struct lg_arena *arena, struct lg_str text)
{
    return lg_str_make(lg_arena_cstr(arena, text), text.size);
}

struct lg_str lg_arena_i64(struct lg_arena *arena, int64_t number)
{
    char text[LG_I64_SIZE];
    size_t size = lg_i64_text(number, text);

    return lg_arena_str(arena, lg_str_make(text, size));
}

char *lg_arena_printf(struct lg_arena *arena, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *text = lg_arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}

char *lg_arena_vprintf(struct lg_arena *arena, const char *format, va_list args)
{
    char small[256];
    va_list again;

    va_copy(again, args);
    int length = vsnprintf(small, sizeof(small), format, args);
    size_t size = length < 0 ? 0 : (size_t)length;
    char *text = lg_arena_alloc(arena, size + 1);

    if (size < sizeof(small))
        memcpy(text, small, size);
    else
        vsnprintf(text, size + 1, format, again);
    text[size] = '\0';
    va_end(again);
    return text;
}

void lg_arena_defer(struct lg_arena *arena, void (*fn)(void *object), void *object)
{
    struct lg_arena_defer *defer = lg_arena_alloc(arena, sizeof(*defer));

    *defer = (struct lg_arena_defer){ .older = arena->defers, .fn = fn, .object = object };
    arena->defers = defer;
}
