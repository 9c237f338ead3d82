/*
 * log_ring.h -- a bounded ring of records: one thread writes, one other reads, neither waits.
 *
 * A record is in one piece; one that would cross the end of the memory begins at the front.
 */
#ifndef LG_OBSERVE_LOG_RING_H
#define LG_OBSERVE_LOG_RING_H

#include <stddef.h>

struct lg_log_ring;

/* `room` bytes, a power of two. */
struct lg_log_ring *lg_log_ring_new(size_t room);
void lg_log_ring_free(struct lg_log_ring *ring); /* NULL is fine */

/*
 * Writer: memory for a record of `size` bytes (a multiple of 8, at most a quarter of the room),
 * aligned to 8, or NULL when it is full. It becomes readable with lg_log_ring_publish(), which
 * returns the bytes that wait to be read: exact above half of the room, else an upper bound.
 */
void *lg_log_ring_reserve(struct lg_log_ring *ring, size_t size);
size_t lg_log_ring_publish(struct lg_log_ring *ring);

/*
 * Reader: the oldest record, or NULL when there is none; it stays valid and in place until
 * lg_log_ring_drop(). lg_log_ring_look() takes notice of what was published up to now, and
 * lg_log_ring_first() sees no further: without that, a fast writer would keep a reader for ever.
 */
size_t lg_log_ring_look(struct lg_log_ring *ring); /* bytes to be read */
const void *lg_log_ring_first(struct lg_log_ring *ring);
void lg_log_ring_drop(struct lg_log_ring *ring);

#endif
