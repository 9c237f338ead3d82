/*
 * fuel.h -- how much work the check of one body may take: a counter that runs out.
 *
 * Every step of a check burns units before it does its work, in proportion to what it may cost:
 * about 10 ns a unit. The counter makes the answer the same on every machine and under any load.
 */
#ifndef LG_VALIDATE_FUEL_H
#define LG_VALIDATE_FUEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * For a body of `size` bytes: 2 units a byte and some for small bodies with hard patterns, up to a
 * ceiling. An honest check takes less than 1 a byte. At 256 KiB, up to which a loop checks bodies
 * itself, that is 5 ms; at the ceiling it is 0.1 s of a thread that nobody else waits for.
 */
#define LG_FUEL_BASE UINT64_C(30000)
#define LG_FUEL_PER_BYTE UINT64_C(2)
#define LG_FUEL_MOST UINT64_C(20000000)

/* Bytes that are looked at one by one, and cost a unit together. */
#define LG_FUEL_BYTES ((size_t)8)

struct lg_fuel {
    uint64_t left; /* 0: exhausted */
};

static inline struct lg_fuel lg_fuel_for(size_t size)
{
    bool large = size >= (LG_FUEL_MOST - LG_FUEL_BASE) / LG_FUEL_PER_BYTE;

    return (struct lg_fuel){ large ? LG_FUEL_MOST : LG_FUEL_BASE + LG_FUEL_PER_BYTE * size };
}

/* False: exhausted, now or before; the work must not be done. */
static inline bool lg_fuel_burn(struct lg_fuel *fuel, uint64_t units)
{
    if (units >= fuel->left) {
        fuel->left = 0;
        return false;
    }
    fuel->left -= units;
    return true;
}

static inline bool lg_fuel_exhausted(const struct lg_fuel *fuel)
{
    return fuel->left == 0;
}

#endif
