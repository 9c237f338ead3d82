/* hash.c -- SipHash with one round a word and three at the end. */
#include "base/hash.h"

#include <endian.h>
#include <pthread.h>
#include <string.h>

#include "base/id.h"

struct state {
    uint64_t a, b, c, d;
};

static uint64_t rotate(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

static void round_once(struct state *s)
{
    s->a += s->b;
    s->b = rotate(s->b, 13) ^ s->a;
    s->a = rotate(s->a, 32);
    s->c += s->d;
    s->d = rotate(s->d, 16) ^ s->c;
    s->a += s->d;
    s->d = rotate(s->d, 21) ^ s->a;
    s->c += s->b;
    s->b = rotate(s->b, 17) ^ s->c;
    s->c = rotate(s->c, 32);
}

static void mix(struct state *s, uint64_t word)
{
    s->d ^= word;
    round_once(s);
    s->a ^= word;
}

uint64_t lg_hash_with(struct lg_hash_key key, struct lg_str bytes)
{
    struct state s = {
        .a = key.low ^ UINT64_C(0x736f6d6570736575),
        .b = key.high ^ UINT64_C(0x646f72616e646f6d),
        .c = key.low ^ UINT64_C(0x6c7967656e657261),
        .d = key.high ^ UINT64_C(0x7465646279746573),
    };
    size_t whole = bytes.size / 8 * 8;
    uint64_t word = 0;

    for (size_t i = 0; i < whole; i += 8) {
        memcpy(&word, bytes.data + i, 8);
        mix(&s, le64toh(word));
    }
    word = 0;
    if (bytes.size > whole)
        memcpy(&word, bytes.data + whole, bytes.size - whole);
    mix(&s, le64toh(word) | (uint64_t)bytes.size << 56);
    s.c ^= 0xff;
    for (int i = 0; i < 3; i++)
        round_once(&s);
    return s.a ^ s.b ^ s.c ^ s.d;
}

static struct lg_hash_key process_key;
static pthread_once_t key_drawn = PTHREAD_ONCE_INIT;

static void draw_key(void)
{
    lg_random(&process_key, sizeof(process_key));
}

uint64_t lg_hash(struct lg_str bytes)
{
    pthread_once(&key_drawn, draw_key);
    return lg_hash_with(process_key, bytes);
}
