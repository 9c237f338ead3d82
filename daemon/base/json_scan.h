/* json_scan.h -- finds the end of plain bytes in a JSON string; for json.c and json_write.c. */
#ifndef LG_BASE_JSON_SCAN_H
#define LG_BASE_JSON_SCAN_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Plain: ASCII, no control character, neither `"` nor `\`. */
static inline bool lg_json_is_plain(char byte)
{
    return (unsigned char)byte >= 0x20 && (unsigned char)byte < 0x80 && byte != '"' && byte != '\\';
}

#ifdef __SSE2__
#include <emmintrin.h>

#define LG_JSON_STEP 16

/* How many of the 16 bytes at `at` are plain before the first that is not. */
static inline size_t lg_json_plain_in_step(const char *at)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
    /* As signed numbers, what is above 0x7f is below 0x20 too. */
    __m128i odd = _mm_or_si128(_mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20)),
                               _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
                                            _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))));
    unsigned hits = (unsigned)_mm_movemask_epi8(odd);

    return hits == 0 ? LG_JSON_STEP : (size_t)__builtin_ctz(hits);
}
#else
#define LG_JSON_STEP 8

static inline size_t lg_json_plain_in_step(const char *at)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t tops = UINT64_C(0x8080808080808080);
    uint64_t word, hits;

    memcpy(&word, at, sizeof(word));
    word = le64toh(word);
    /*
     * The top bit of a byte is set where the byte is above 0x7f, below 0x20, `"` or `\`. A
     * borrow can set it wrongly only above such a byte, and only the lowest one counts.
     */
    hits = (word | (word - 0x20 * ones) | ((word ^ '"' * ones) - ones) |
            ((word ^ '\\' * ones) - ones)) &
           tops;
    return hits == 0 ? LG_JSON_STEP : (size_t)__builtin_ctzll(hits) / 8;
}
#endif

/* The first byte in [at, end) that is not plain, or `end`. Many bytes a step. */
static inline const char *lg_json_skip_plain(const char *at, const char *end)
{
    while (end - at >= LG_JSON_STEP) {
        size_t plain = lg_json_plain_in_step(at);

        at += plain;
        if (plain < LG_JSON_STEP)
            return at;
    }
    while (at < end && lg_json_is_plain(*at))
        at++;
    return at;
}

#endif
