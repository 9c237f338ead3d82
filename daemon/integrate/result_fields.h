/*
 * result_fields.h -- the header fields of a structured answer, from all members that name some.
 */
#ifndef LG_INTEGRATE_RESULT_FIELDS_H
#define LG_INTEGRATE_RESULT_FIELDS_H

#include "config/config.h"
#include "integrate/result.h"

/* What a format, and the kind of API, make of the members. */
struct lg_result_form {
    enum lg_config_api_kind kind; /* whose restrictions hold */
    bool strict;                  /* values are strings or booleans, and no numbers */
    bool cookies;                 /* there may be `cookies`, which come first */
    bool lists;                   /* there may be `multiValueHeaders` */
    bool lists_first;             /* ... before `headers`, not after */
};

/*
 * Sets the reader's fields, in order. A name comes once: where there are lists, its values are
 * joined by ", " under its first spelling, and the last one counts where a field can have only one;
 * otherwise the last of its spellings counts. Each cookie has a field of its own.
 */
LG_MUST_CHECK enum lg_err lg_result_read_fields(struct lg_result_reader *reader,
                                                const struct lg_json *object,
                                                const struct lg_result_form *form);

/* Adds a content-type, for which there is room after reading, unless there is one. */
void lg_result_default_type(struct lg_result_reader *reader, struct lg_str type);

#endif
