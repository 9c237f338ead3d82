/* json_scan.h -- finds the end of plain bytes in a JSON string; for json.c and json_write.c. */
#ifndef LG_BASE_JSON_SCAN_H
#define LG_BASE_JSON_SCAN_H

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Plain: ASCII, no control character, neither `"` nor `\`. */
static inline bool lg_json_is_plain(char byte)
{
    return (unsigned char)byte >= 0x20 && (unsigned char)byte < 0x80 && byte != '"' && byte != '\\';
}

/* The first byte in [at, end) that is not plain, or `end`. Eight bytes a step. */
static inline const char *lg_json_skip_plain(const char *at, const char *end)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t tops = UINT64_C(0x8080808080808080);

    while (end - at >= 8) {
        uint64_t word;

        memcpy(&word, at, sizeof(word));
        word = le64toh(word);
        /*
         * The top bit of a byte is set where the byte is above 0x7f, below 0x20, `"` or `\`. A
         * borrow can set it wrongly only above such a byte, and only the lowest one counts.
         */
        uint64_t hits = (word | (word - 0x20 * ones) | ((word ^ '"' * ones) - ones) |
                         ((word ^ '\\' * ones) - ones)) &
                        tops;
        if (hits != 0)
            return at + __builtin_ctzll(hits) / 8;
        at += 8;
    }
    while (at < end && lg_json_is_plain(*at))
        at++;
    return at;
}

#endif
