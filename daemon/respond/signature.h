/*
 * signature.h -- what a REST API says of an Authorization header where there is nothing to match.
 *
 * It tries to read every such header as a signature (SigV4), and says why it could not.
 */
#ifndef LG_RESPOND_SIGNATURE_H
#define LG_RESPOND_SIGNATURE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

/* Whether the value looks like a signature. */
bool lg_signature_present(struct lg_str authorization);

/* The message for one that does not. Nothing of the value itself is told, but its hash. */
const char *lg_signature_refusal(struct lg_arena *arena, struct lg_str authorization);

#endif
