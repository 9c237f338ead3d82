/*
 * answer_fields.h -- header fields that a function may not set, or that get another name.
 *
 * Contract: API Gateway, "REST header restrictions", the column of Lambda proxy integrations.
 */
#ifndef LG_INTEGRATE_ANSWER_FIELDS_H
#define LG_INTEGRATE_ANSWER_FIELDS_H

#include "base/str.h"
#include "config/config.h"

enum lg_field_fate {
    LG_FIELD_SENT,
    LG_FIELD_REMAPPED, /* sent as LG_REMAPPED and the name as the function spelt it */
    LG_FIELD_DROPPED
};

#define LG_REMAPPED "x-amzn-Remapped-"

/* What becomes of a field that a function of an API of this kind answered with. */
enum lg_field_fate lg_answer_field_fate(enum lg_config_api_kind kind, struct lg_str name);

/* Whether a field may come on several lines, where others are joined to one: set-cookie. */
bool lg_answer_field_repeats(struct lg_str name);

/* Whether a field has one value by its definition, so that several cannot be joined to a list. */
bool lg_answer_field_is_single(struct lg_str name);

#endif
