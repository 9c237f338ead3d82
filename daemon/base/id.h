/*
 * id.h -- unguessable identifiers. Randomness comes from the kernel in batches that each
 * thread keeps for itself, so no call waits for another thread. Threads: any.
 */
#ifndef LG_BASE_ID_H
#define LG_BASE_ID_H

#include <stddef.h>
#include <stdint.h>

void lg_random(void *ret_bytes, size_t size);

#define LG_UUID_SIZE 37
void lg_id_uuid(char ret_text[LG_UUID_SIZE]); /* version 4 */

/* As API Gateway's extended request id: 15 base64url characters and `=`. */
#define LG_REQUEST_ID_SIZE 17
void lg_id_request(char ret_text[LG_REQUEST_ID_SIZE]);

/* A new trace root: Root=1-{8 hex epoch seconds}-{24 hex random}. */
#define LG_TRACE_ROOT_SIZE 41
void lg_id_trace_root(int64_t wall_ms, char ret_text[LG_TRACE_ROOT_SIZE]);

#endif
