/*
 * prelude.h -- the head of a streamed HTTP answer: JSON, eight zero bytes, then the body.
 *
 *     {"statusCode":200,"headers":{...},"multiValueHeaders":{...},"cookies":[...]} \0\0\0\0\0\0\0\0
 *
 * Contract: Lambda, "HTTP integration response"; it comes in pieces of any size. A content type of
 * its own says that an answer begins with it, and without that all of the answer is body.
 */
#ifndef LG_INTEGRATE_PRELUDE_H
#define LG_INTEGRATE_PRELUDE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "config/config.h"
#include "integrate/result.h"

/* The zero bytes must end within this: API Gateway gives up then too. */
#define LG_PRELUDE_MAX ((size_t)16384)

enum lg_prelude_state {
    LG_PRELUDE_MORE, /* its end has not come */
    LG_PRELUDE_WHOLE,
    LG_PRELUDE_TOO_LONG
};

struct lg_prelude {
    struct lg_buf text; /* what came of it; once whole, the JSON alone */
    size_t zeros;       /* at the end of it */
};

/* Whether an answer of that Content-Type begins with a prelude. */
bool lg_prelude_expected(struct lg_str content_type);

/*
 * Where no content type says so: whether `bytes`, which begin with `{` and hold no end of a
 * prelude, may be the beginning of one. Its first name tells, and that nothing else follows it.
 */
bool lg_prelude_may_come(struct lg_str bytes);

void lg_prelude_init(struct lg_prelude *prelude);
void lg_prelude_done(struct lg_prelude *prelude);

/* Takes in `bytes`. *ret_used is how many of them belong to the prelude: the body follows. */
enum lg_prelude_state lg_prelude_feed(struct lg_prelude *prelude, struct lg_str bytes,
                                      size_t *ret_used);

/*
 * The head that the JSON means in an API of `kind`; its body is empty. Without a statusCode it is
 * 200, without a content-type application/octet-stream. All of it lies in the arena or points into
 * `json`. LG_ERR_SYNTAX: *reterr_message (static or arena) is the reason for the log.
 */
LG_MUST_CHECK enum lg_err lg_prelude_read(struct lg_arena *arena, enum lg_config_api_kind kind,
                                          struct lg_str json, struct lg_result *ret_result,
                                          const char **reterr_message);

/* The same for a streamed answer that was collected whole: the body is what follows. */
LG_MUST_CHECK enum lg_err lg_prelude_split(struct lg_arena *arena, enum lg_config_api_kind kind,
                                           struct lg_str bytes, struct lg_result *ret_result,
                                           const char **reterr_message);

#endif
