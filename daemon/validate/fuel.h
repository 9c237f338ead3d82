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
 * ceiling. An honest check takes less than 1 a byte. The ceiling is 0.2 s of one thread.
 */
#define LG_FUEL_BASE UINT64_C(30000)
#define LG_FUEL_PER_BYTE UINT64_C(2)
#define LG_FUEL_MOST UINT64_C(20000000)

/*
 * What a loop may burn for a body before others have waited long enough: what honest checks take.
 * If it is not enough, a thread that nobody waits for checks again, with all of the fuel.
 */
#define LG_FUEL_GLANCE_BASE UINT64_C(10000)
#define LG_FUEL_GLANCE_PER_BYTE UINT64_C(1)

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

static inline struct lg_fuel lg_fuel_for_glance(size_t size)
{
    return (struct lg_fuel){ LG_FUEL_GLANCE_BASE + LG_FUEL_GLANCE_PER_BYTE * size };
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
