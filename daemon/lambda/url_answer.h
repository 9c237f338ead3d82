/*
 * url_answer.h -- what a function URL answered as the result of a function: in payload format 2.0,
 * or as the head of an HTTP integration response, which its body follows as it is.
 *
 *     {"statusCode":200,"headers":{...},"cookies":[...]} \0\0\0\0\0\0\0\0 body
 *     {"statusCode":200,"headers":{...},"cookies":[...],"body":"...","isBase64Encoded":false}
 *
 * Pure: values in, text out.
 */
#ifndef LG_LAMBDA_URL_ANSWER_H
#define LG_LAMBDA_URL_ANSWER_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "wire/http_response.h"

#define LG_URL_HEAD_TYPE "application/vnd.awslambda.http-integration-response"

/*
 * Appends the object up to its last brace, which is left out. Fields of one name are joined, what
 * means the connection or is the service's own does not travel.
 */
void lg_url_answer_begin(struct lg_buf *out, const struct lg_http_response *answer);

/* Appends the rest, where the body follows. */
void lg_url_answer_end_head(struct lg_buf *out);
/* Appends the rest, the body within. `is_text`: if it can be; else it is in base64. */
void lg_url_answer_end_result(struct lg_buf *out, struct lg_str body, bool is_text);

/* Whether the body may be text as far as the fields tell: it has no coding of its own. */
bool lg_url_answer_is_plain(const struct lg_http_response *answer);

/*
 * Whether the answer may be the service's own word, and not the function's: it names an error
 * (x-amzn-ErrorType), or is what the service says for a function that failed. Only the body tells.
 */
bool lg_url_answer_may_be_error(const struct lg_http_response *answer);
/*
 * Whether it is, now that `body` is known. *ret_message is what it says, in the arena or static;
 * may be empty.
 */
bool lg_url_answer_is_error(struct lg_arena *arena, int status, struct lg_str body,
                            struct lg_str *ret_message);

#endif
