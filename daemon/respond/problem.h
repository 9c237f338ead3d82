/* problem.h -- what is wrong with a body, as application/problem+json (RFC 9457). */
#ifndef LG_RESPOND_PROBLEM_H
#define LG_RESPOND_PROBLEM_H

#include "validate/schema.h"

/* The answer's body, in the arena. */
struct lg_str lg_problem_write(const struct lg_schema_findings *findings, struct lg_arena *arena);

/* The same of a body whose content type has no schema; `accept` lists those that have one. */
struct lg_str lg_problem_write_types(struct lg_str accept, struct lg_arena *arena);

#endif
