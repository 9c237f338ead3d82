/* body.c -- reads a body strictly, then holds it against its schema. */
#include "validate/body.h"

#include <stdio.h>

enum lg_err lg_body_check(struct lg_arena *arena, const struct lg_schema *schema,
                          struct lg_str body, struct lg_fuel *fuel,
                          struct lg_schema_failure *reterr_failure)
{
    struct lg_json_fault fault;
    struct lg_json *value;

    if (body.size == 0)
        body = LG_STR("{}");
    enum lg_err err = lg_json_read(arena, body, &lg_json_default_limits, &value, &fault);
    if (err != LG_OK) {
        snprintf(reterr_failure->text, sizeof(reterr_failure->text), "%s: %s, at byte %zu",
                 err == LG_ERR_SYNTAX ? "not JSON" : "beyond the limits for JSON", fault.message,
                 fault.offset);
        return err == LG_ERR_SYNTAX ? LG_ERR_SYNTAX : LG_ERR_RANGE;
    }
    if (lg_schema_check(schema, value, fuel, reterr_failure))
        return LG_OK;
    return lg_fuel_exhausted(fuel) ? LG_ERR_TOO_BIG : LG_ERR_RANGE;
}
