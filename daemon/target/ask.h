/* ask.h -- private to the Runtime API: how requests are answered, and answers read. */
#ifndef LG_TARGET_ASK_H
#define LG_TARGET_ASK_H

#include "target/pool.h"

void lg_ask_answer(struct lg_ask *ask, int status, const struct lg_header *type,
                   struct lg_str body);
void lg_ask_refuse(struct lg_ask *ask, const struct lg_runtime_refusal *refusal);

/* Reads what was allowed: whole, or, for a caller that takes it so, while it comes. */
void lg_ask_read_answer(struct lg_ask *ask, struct lg_worker *worker);

/* For its exchange. */
enum lg_flow lg_ask_on_data(void *ask, const void *data, size_t size);
void lg_ask_on_body(void *ask);

#endif
