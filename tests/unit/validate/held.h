/* held.h -- values held against schemas in one line, for the tests of keywords. */
#ifndef LG_TESTS_VALIDATE_HELD_H
#define LG_TESTS_VALIDATE_HELD_H

#include "validate/schema.h"

#define DRAFT_4 "\"$schema\":\"http://json-schema.org/draft-04/schema#\""
#define DRAFT_6 "\"$schema\":\"http://json-schema.org/draft-06/schema#\""
#define DRAFT_7 "\"$schema\":\"http://json-schema.org/draft-07/schema#\""
#define DRAFT_2019 "\"$schema\":\"https://json-schema.org/draft/2019-09/schema\""
#define DRAFT_2020 "\"$schema\":\"https://json-schema.org/draft/2020-12/schema\""

/* Whether the value is valid; the text of the failure is in held_failure. */
extern struct lg_schema_failure held_failure;
bool held(const char *schema, const char *json);
bool held_with(const struct lg_schema_options *options, const char *schema, const char *json);

/* The first of the faults behind the place in the configuration; "" if there is none. */
const char *held_fault(const struct lg_schema_options *options, const char *schema);

/* Asserts it for each of the values, NULL at the end. */
void held_all(const char *schema, const char *const *values);
void held_none(const char *schema, const char *const *values);

#define HOLDS(schema, ...) held_all(schema, (const char *const[]){ __VA_ARGS__, NULL })
#define REFUSES(schema, ...) held_none(schema, (const char *const[]){ __VA_ARGS__, NULL })

#endif
