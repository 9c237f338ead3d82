/*
 * function_name.h -- the function that a caller of Lambda's Invoke API names, in any of its forms.
 *
 *     demo   demo:PROD   123456789012:function:demo
 * arn:aws:lambda:eu-west-1:123456789012:function:demo
 *
 * Pure: bytes in, slices out. Contract: Lambda API, Invoke, FunctionName and Qualifier.
 */
#ifndef LG_CLOUD_FUNCTION_NAME_H
#define LG_CLOUD_FUNCTION_NAME_H

#include "base/err.h"
#include "base/str.h"

#define LG_INVOKE_NAME_MAX 256      /* the whole text, decoded */
#define LG_INVOKE_QUALIFIER_MAX 128 /* in the query */

/* What was not given is empty. */
struct lg_invoke_name {
    struct lg_str region, account, name, qualifier;
};

/*
 * `text` is the path segment after percent-decoding. LG_ERR_TOO_BIG: over LG_INVOKE_NAME_MAX;
 * LG_ERR_SYNTAX: of no form. The slices point into `text`.
 */
LG_MUST_CHECK enum lg_err lg_invoke_name_read(struct lg_str text, struct lg_invoke_name *ret_name);

/* The decoded Qualifier of the query. LG_ERR_TOO_BIG or LG_ERR_SYNTAX. */
LG_MUST_CHECK enum lg_err lg_invoke_qualifier_check(struct lg_str text);

/* AWS's words for the two constraints, as they stand in its error messages. */
extern const char lg_invoke_name_pattern[];
extern const char lg_invoke_qualifier_pattern[];

#endif
