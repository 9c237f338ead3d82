/*
 * credentials_api.h -- the function's AWS credentials on its worker's own port, as a container's
 * endpoint hands them out (AWS_CONTAINER_CREDENTIALS_FULL_URI).
 *
 * Who may connect at all is the port's to decide (by user); who may read is told by a token that
 * only this worker was given.
 */
#ifndef LG_TARGET_CREDENTIALS_API_H
#define LG_TARGET_CREDENTIALS_API_H

#include <stdbool.h>

#include "target/pool.h"

#define LG_CREDENTIALS_PATH "/v1/credentials"

/* Fills the worker's token, which is empty where the function has no credentials. */
void lg_credentials_api_token(struct lg_worker *worker);

/* Whether the request is for the endpoint, and there is one. */
bool lg_credentials_api_is(const struct lg_ask *ask);
/* Answers it, now or later. */
void lg_credentials_api_begin(struct lg_ask *ask);
/* The exchange or the worker is going. Fine when nothing is under way. */
void lg_credentials_api_cancel(struct lg_ask *ask);

#endif
