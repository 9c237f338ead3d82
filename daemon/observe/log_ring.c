/* log_ring.c -- two positions that only grow, each written by one side. */
#include "observe/log_ring.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"

#define CACHE_LINE 64

/* In front of every record; skip: nothing follows before the end of the memory. */
struct slot {
    uint32_t size; /* of slot and record */
    uint32_t skip;
};

struct lg_log_ring {
    char *memory;
    size_t room;

    /* the writer's; `seen_tail`, which may be old, saves most looks at the reader's line */
    _Alignas(CACHE_LINE) _Atomic size_t head;
    size_t reserved, seen_tail;

    /* the reader's */
    _Alignas(CACHE_LINE) _Atomic size_t tail;
    size_t seen_head;
};

struct lg_log_ring *lg_log_ring_new(size_t room)
{
    assert(room >= 64 && (room & (room - 1)) == 0);

    struct lg_log_ring *ring = aligned_alloc(CACHE_LINE, sizeof(*ring));
    if (ring == NULL)
        abort();
    ring->memory = lg_alloc(room);
    ring->room = room;
    atomic_init(&ring->head, 0);
    atomic_init(&ring->tail, 0);
    ring->reserved = ring->seen_tail = ring->seen_head = 0;
    return ring;
}

void lg_log_ring_free(struct lg_log_ring *ring)
{
    if (ring == NULL)
        return;
    free(ring->memory);
    free(ring);
}

static struct slot *slot_at(const struct lg_log_ring *ring, size_t position)
{
    return (struct slot *)(void *)(ring->memory + (position & (ring->room - 1)));
}

static bool has_room(struct lg_log_ring *ring, size_t end)
{
    if (end - ring->seen_tail <= ring->room)
        return true;
    ring->seen_tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
    return end - ring->seen_tail <= ring->room;
}

void *lg_log_ring_reserve(struct lg_log_ring *ring, size_t size)
{
    assert(size % 8 == 0 && size <= ring->room / 4);

    size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    size_t whole = size + sizeof(struct slot);
    size_t to_end = ring->room - (head & (ring->room - 1));
    size_t skip = whole > to_end ? to_end : 0;

    if (!has_room(ring, head + skip + whole))
        return NULL;
    if (skip > 0)
        *slot_at(ring, head) = (struct slot){ .size = (uint32_t)skip, .skip = 1 };
    struct slot *slot = slot_at(ring, head + skip);
    *slot = (struct slot){ .size = (uint32_t)whole };
    ring->reserved = head + skip + whole;
    return slot + 1;
}

size_t lg_log_ring_publish(struct lg_log_ring *ring)
{
    /* Sequentially consistent: ordered before the writer's look at whether the reader sleeps. */
    atomic_store(&ring->head, ring->reserved);
    if (ring->reserved - ring->seen_tail > ring->room / 2)
        ring->seen_tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
    return ring->reserved - ring->seen_tail;
}

size_t lg_log_ring_look(struct lg_log_ring *ring)
{
    ring->seen_head = atomic_load(&ring->head);
    return ring->seen_head - atomic_load_explicit(&ring->tail, memory_order_relaxed);
}

const void *lg_log_ring_first(struct lg_log_ring *ring)
{
    size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);

    if (tail == ring->seen_head)
        return NULL;
    struct slot *slot = slot_at(ring, tail);
    if (slot->skip) {
        tail += slot->size;
        atomic_store_explicit(&ring->tail, tail, memory_order_release);
        slot = slot_at(ring, tail);
    }
    return slot + 1;
}

void lg_log_ring_drop(struct lg_log_ring *ring)
{
    size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);

    assert(tail != ring->seen_head);
    tail += slot_at(ring, tail)->size;
    atomic_store_explicit(&ring->tail, tail, memory_order_release);
}
