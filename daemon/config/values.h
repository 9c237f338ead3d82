/*
 * values.h -- the texts that options take, read into values: 10s, 6MB, 127.0.0.1:8080, 0660.
 *
 * All are pure. LG_ERR_SYNTAX: not such a text; LG_ERR_RANGE: one that does not fit the value.
 */
#ifndef LG_CONFIG_VALUES_H
#define LG_CONFIG_VALUES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "config/config.h"

/* true, True, TRUE and the same of false. */
LG_MUST_CHECK enum lg_err lg_value_bool(const char *text, bool *ret_value);

/* Decimal, with a sign or without; a leading zero is refused, for it may have meant octal. */
LG_MUST_CHECK enum lg_err lg_value_integer(const char *text, int64_t *ret_value);

/* A whole number and its unit: ms, s, m or h. */
LG_MUST_CHECK enum lg_err lg_value_duration(const char *text, int64_t *ret_ms);

/* A whole number of bytes, or of B, KB, MB or GB (KiB, MiB, GiB), which are powers of 1024. */
LG_MUST_CHECK enum lg_err lg_value_size(const char *text, int64_t *ret_bytes);

/* Permissions in octal: 660, 0660 or 0o660. */
LG_MUST_CHECK enum lg_err lg_value_mode(const char *text, int64_t *ret_mode);

/*
 * HOST:PORT, [IPV6]:PORT or the absolute path of a unix socket. On LG_ERR_SYNTAX
 * *reterr_expected says what to write instead (static storage).
 */
LG_MUST_CHECK enum lg_err lg_value_address(struct lg_arena *arena, const char *text,
                                           struct lg_config_address *ret_address,
                                           const char **reterr_expected);

/* Whether only this machine can reach the address. */
bool lg_value_is_local(const struct lg_config_address *address);

/* The shortest text that reads back as the same value. */
void lg_value_write_duration(struct lg_buf *out, int64_t ms);
void lg_value_write_size(struct lg_buf *out, int64_t bytes);

#endif
