/*
 * schema.h -- a JSON Schema compiled at load, and a body held against it.
 *
 * The keywords understood so far: type, required, properties, additionalProperties, minLength,
 * minimum, pattern; and the annotations $schema, $id, $comment, title, description, default,
 * examples. Any other keyword is a configuration error that names its JSON pointer, so that no
 * check is silently skipped.
 * Threads: a compiled schema may be used by any number at once.
 */
#ifndef LG_VALIDATE_SCHEMA_H
#define LG_VALIDATE_SCHEMA_H

#include "base/arena.h"
#include "base/json.h"
#include "config/fault.h"
#include "validate/fuel.h"

struct lg_schema;

/*
 * Reads and compiles the schema file. All that is wrong is added to `faults`, with the place in
 * the configuration that named the file, the file, and the JSON pointer: NULL then.
 */
struct lg_schema *lg_schema_load(const char *file, const struct lg_where *where,
                                 struct lg_faults *faults);

/* As lg_schema_load() on text; `name` stands for the file in messages. */
struct lg_schema *lg_schema_compile(const char *name, struct lg_str text,
                                    const struct lg_where *where, struct lg_faults *faults);
void lg_schema_free(struct lg_schema *schema); /* NULL is fine */

/* The first failure, for the log: "/price: minimum 0, found -1". */
struct lg_schema_failure {
    char text[512];
};

/*
 * Whether `value` is valid. On false *reterr_failure is set. What takes more than `fuel` is not
 * valid: "fuel exhausted at /name: pattern ^(a+)+$", and the fuel is exhausted then.
 */
bool lg_schema_check(const struct lg_schema *schema, const struct lg_json *value,
                     struct lg_fuel *fuel, struct lg_schema_failure *reterr_failure);

#endif
