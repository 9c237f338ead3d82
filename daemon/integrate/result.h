/*
 * result.h -- what a function returned as an HTTP answer: what the formats share.
 *
 * The readers refuse with LG_ERR_SYNTAX, and say why for the log: the client hears its API kind's
 * error. What could not be sent safely is refused whatever the format.
 */
#ifndef LG_INTEGRATE_RESULT_H
#define LG_INTEGRATE_RESULT_H

#include "base/arena.h"
#include "base/json.h"
#include "listen/exchange.h"

struct lg_result {
    int status;
    const struct lg_header *headers; /* content-type included; cookies as set-cookie fields */
    size_t header_count;
    struct lg_str body;
};

/* Header fields of one answer, cookies included. Far above what clients take. */
#define LG_RESULT_FIELDS_MAX ((size_t)256)
/* Of all of them together, counted as the listener counts those of a request. */
#define LG_RESULT_FIELD_BYTES_MAX ((size_t)10240)

/* --- for the readers -------------------------------------------------------------------------- */

struct lg_result_reader {
    struct lg_arena *arena;
    const char **reterr_message;
    struct lg_header *headers; /* room for all that may be added */
    size_t header_count;
};

/* The reason in words; returns LG_ERR_SYNTAX. */
LG_PRINTF(2, 3)
enum lg_err lg_result_refuse(struct lg_result_reader *reader, const char *format, ...);

const char *lg_result_type_name(const struct lg_json *value); /* "null", "object", ... */
bool lg_result_is_given(const struct lg_json *value);         /* there, and not null */

/* A string, or a number or boolean as it is written in JSON; false: another type. */
bool lg_result_scalar(const struct lg_json *value, struct lg_str *ret_text);

/* The first field called `name` (case ignored), or NULL. */
struct lg_header *lg_result_find(struct lg_result_reader *reader, struct lg_str name);

/* Adds a field, whatever is there already, if it may be sent. */
LG_MUST_CHECK enum lg_err lg_result_add(struct lg_result_reader *reader, struct lg_str name,
                                        struct lg_str value);
/* Refuses more bytes of fields than clients take. */
LG_MUST_CHECK enum lg_err lg_result_check_bytes(struct lg_result_reader *reader);

/* A whole number from 200 to 599, or one in a string. */
LG_MUST_CHECK enum lg_err lg_result_read_status(struct lg_result_reader *reader,
                                                const struct lg_json *code, int *ret_status);

/* The members `body` and `isBase64Encoded`, not decoded yet. */
LG_MUST_CHECK enum lg_err lg_result_read_body(struct lg_result_reader *reader,
                                              const struct lg_json *object, struct lg_str *ret_body,
                                              bool *ret_base64);
LG_MUST_CHECK enum lg_err lg_result_decode_body(struct lg_result_reader *reader,
                                                struct lg_str *body);

#endif
