/* skew.h -- a clock that AWS does not believe: which errors tell so, and when to correct it. Pure.
 */
#ifndef LG_CLOUD_SKEW_H
#define LG_CLOUD_SKEW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* Whether an error of that code may come from our clock. */
bool lg_skew_is_blamed(struct lg_str code);
/* Whether it is worth a second signature: AWS takes five minutes, but a minute may be on the way.
 */
bool lg_skew_differs(int64_t known_ms, int64_t found_ms);

#endif
