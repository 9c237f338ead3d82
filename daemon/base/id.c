/* id.c -- random bytes in batches a thread, and the identifiers made of them. */
#include "base/id.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* A system call for every hundred requests or so. */
enum { BATCH = 4096 };

static _Thread_local struct {
    unsigned char bytes[BATCH];
    size_t left; /* at the end of bytes */
} batch;

static pthread_once_t fork_watched = PTHREAD_ONCE_INIT;

/* In a child only the thread that forked lives on: it must not hand out what its parent will. */
static void forget_batch(void)
{
    batch.left = 0;
}

static void watch_fork(void)
{
    pthread_atfork(NULL, NULL, forget_batch);
}

static void from_kernel(unsigned char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t got = getrandom(bytes, size, 0);

        if (got < 0 && errno != EINTR) {
            /* Without randomness nothing we hand out could be trusted. */
            perror("lambdagate: getrandom");
            abort();
        }
        if (got > 0) {
            bytes += got;
            size -= (size_t)got;
        }
    }
}

void lg_random(void *ret_bytes, size_t size)
{
    if (size > BATCH) {
        from_kernel(ret_bytes, size);
        return;
    }
    if (size > batch.left) {
        pthread_once(&fork_watched, watch_fork);
        from_kernel(batch.bytes, BATCH);
        batch.left = BATCH;
    }
    unsigned char *start = batch.bytes + BATCH - batch.left;
    memcpy(ret_bytes, start, size);
    memset(start, 0, size); /* what was handed out is not to be found here later */
    batch.left -= size;
}

static char *put_hex(char *at, const unsigned char *bytes, size_t count)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < count; i++) {
        *at++ = digits[bytes[i] >> 4];
        *at++ = digits[bytes[i] & 15];
    }
    return at;
}

void lg_id_uuid(char ret_text[LG_UUID_SIZE])
{
    unsigned char bytes[16];
    char *at = ret_text;

    lg_random(bytes, sizeof(bytes));
    bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40); /* version 4 */
    bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80); /* variant of RFC 9562 */
    for (size_t i = 0; i < sizeof(bytes); i += 2) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *at++ = '-';
        at = put_hex(at, bytes + i, 2);
    }
    *at = '\0';
}

void lg_id_request(char ret_text[LG_REQUEST_ID_SIZE])
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    unsigned char bytes[LG_REQUEST_ID_SIZE - 2];

    lg_random(bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++)
        ret_text[i] = alphabet[bytes[i] & 63];
    ret_text[sizeof(bytes)] = '=';
    ret_text[sizeof(bytes) + 1] = '\0';
}

void lg_id_trace_root(int64_t wall_ms, char ret_text[LG_TRACE_ROOT_SIZE])
{
    unsigned char bytes[12];
    uint32_t seconds = (uint32_t)(wall_ms / 1000);
    const unsigned char stamp[4] = { (unsigned char)(seconds >> 24), (unsigned char)(seconds >> 16),
                                     (unsigned char)(seconds >> 8), (unsigned char)seconds };
    char *at = ret_text;

    lg_random(bytes, sizeof(bytes));
    memcpy(at, "Root=1-", 7);
    at = put_hex(at + 7, stamp, sizeof(stamp));
    *at++ = '-';
    at = put_hex(at, bytes, sizeof(bytes));
    *at = '\0';
}
