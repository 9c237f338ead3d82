/*
 * arena.h -- memory that ends all at once.
 *
 * One arena a request: nobody frees inside it, and what must be released with it (a
 * descriptor, a reference) is tied to it by lg_arena_defer(). Threads: one at a time.
 */
#ifndef LG_BASE_ARENA_H
#define LG_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "base/str.h"

struct lg_arena_block;
struct lg_arena_defer;

struct lg_arena {
    struct lg_arena_block *blocks; /* newest first, owned */
    struct lg_arena_defer *defers; /* newest first */
    char *next, *end;              /* free room in the newest block */
    size_t used;                   /* bytes handed out so far */
};

/* Makes `arena` empty; the first block is allocated on first use. */
void lg_arena_init(struct lg_arena *arena);

/* Runs the deferred calls, newest first, and frees everything. The arena is then empty again. */
void lg_arena_done(struct lg_arena *arena);

/* Uninitialised memory, aligned for any type. A size of 0 is fine. */
__attribute__((returns_nonnull)) void *lg_arena_alloc(struct lg_arena *arena, size_t size);
__attribute__((returns_nonnull)) void *lg_arena_zalloc(struct lg_arena *arena, size_t size);
__attribute__((returns_nonnull)) void *lg_arena_copy(struct lg_arena *arena, const void *data,
                                                     size_t size);
/* Terminated copies. */
__attribute__((returns_nonnull)) char *lg_arena_cstr(struct lg_arena *arena, struct lg_str text);
char *lg_arena_cstr_or_null(struct lg_arena *arena, const char *text); /* NULL of NULL */
struct lg_str lg_arena_str(struct lg_arena *arena, struct lg_str text);
struct lg_str lg_arena_i64(struct lg_arena *arena, int64_t number); /* in decimal digits */
__attribute__((returns_nonnull, format(printf, 2, 3))) char *
lg_arena_printf(struct lg_arena *arena, const char *format, ...);
__attribute__((returns_nonnull, format(printf, 2, 0))) char *
lg_arena_vprintf(struct lg_arena *arena, const char *format, va_list args);

/* Calls fn(object) when the arena ends. */
void lg_arena_defer(struct lg_arena *arena, void (*fn)(void *object), void *object);

#define LG_ARENA_NEW(arena, type) ((type *)lg_arena_zalloc((arena), sizeof(type)))

#endif
