/*
 * outside.h -- a loop with a resolver whose name servers are the test, and a user of connections
 * that writes down what happens.
 */
#ifndef LG_TESTS_WIRE_OUTSIDE_H
#define LG_TESTS_WIRE_OUTSIDE_H

#include "wire/connect.h"
#include "wire/loop.h"
#include "wire/resolve.h"

struct outside {
    struct lg_loop *loop;
    struct lg_lookups *lookups;
    struct lg_resolver *resolver;
};

extern struct outside outside;

/* Names are answered by `lookup`; NULL: by the system. */
void outside_begin(lg_lookup_fn *lookup, size_t room);
void outside_end(void);
/* Turns until `condition` holds; fails the test if it never does. */
void outside_until(bool (*condition)(void), const char *what);
void outside_turn(void); /* a few turns of the loop */

/* Fails the test if the texts differ. */
void outside_same(const char *found, const char *wanted);

/* Adds an address in words to what a lookup answers. */
void outside_answer(struct lg_addresses *addresses, const char *address);

#endif
