/*
 * log_level.h -- the level of a line that a function wrote, for LoggingConfig's application level.
 *
 * Pure: bytes in, a level out.
 */
#ifndef LG_TARGET_LOG_LEVEL_H
#define LG_TARGET_LOG_LEVEL_H

#include "base/str.h"
#include "config/config.h"

/*
 * NONE for a line that is no JSON object. Of an object it is what its `level` says, in the words
 * of any of Lambda's runtimes and in any case; INFO without one, or with one that is not known.
 */
enum lg_level lg_log_level(struct lg_str line);

#endif
