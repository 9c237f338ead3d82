/*
 * resp.h -- Redis's protocol as bytes: commands are written into a buffer, replies are read out of
 * whatever arrives.
 *
 * Replies are hiredis' own (redisReply, version 2 of the protocol). Commands are written here and
 * not by redisFormatCommandArgv(), which would copy a payload of megabytes three times.
 */
#ifndef LG_REDIS_RESP_H
#define LG_REDIS_RESP_H

#include <stddef.h>
#include <stdint.h>

#include <hiredis/hiredis.h>

#include "base/buf.h"
#include "base/err.h"

/* A command of `count` arguments, each of which must follow. */
void lg_resp_begin(struct lg_buf *out, size_t count);
void lg_resp_add(struct lg_buf *out, struct lg_str argument);
/* One argument that lies in two pieces. */
void lg_resp_add_joined(struct lg_buf *out, struct lg_str first, struct lg_str second);
/* The whole of a command; with `joined` its last two arguments are one that lies in two pieces. */
void lg_resp_add_command(struct lg_buf *out, const struct lg_str *arguments, size_t count,
                         bool joined);

struct lg_resp_reader;

/*
 * `ceiling`: bytes of one reply that may be held. With `on_element` the elements that a list gave
 * (of LPOP, BLPOP, LMPOP, BLMPOP with a name) are handed over one by one as they come, in place of
 * being gathered: the text is good for the call only, and stands empty in the reply.
 */
struct lg_resp_reader *lg_resp_reader_new(size_t ceiling,
                                          void (*on_element)(void *context, struct lg_str element),
                                          void *context);
void lg_resp_reader_free(struct lg_resp_reader *reader); /* NULL is fine */

void lg_resp_set_ceiling(struct lg_resp_reader *reader, size_t ceiling);

/*
 * From the beginning: strings that the ceiling has no room for are cut to what it has room for (a
 * little less than it), and the rest of them is thrown away.
 */
void lg_resp_cut_long(struct lg_resp_reader *reader);

/* LG_ERR_TOO_BIG: no more than the ceiling is held. LG_ERR_SYNTAX: an earlier fault stays. */
LG_MUST_CHECK enum lg_err lg_resp_feed(struct lg_resp_reader *reader, const void *data,
                                       size_t size);

/* *ret_reply is the caller's to freeReplyObject(); NULL: none is complete. */
LG_MUST_CHECK enum lg_err lg_resp_next(struct lg_resp_reader *reader, redisReply **ret_reply);

/* Of replies that may be NULL or of any type. */
struct lg_str lg_resp_text(const redisReply *reply); /* of a string, a status, an error; else "" */
int64_t lg_resp_integer(const redisReply *reply, int64_t otherwise);
bool lg_resp_is_error(const redisReply *reply);

#endif
