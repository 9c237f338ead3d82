/* body.c -- picks the schema, reads the body strictly, then holds it against the schema. */
#include "validate/body.h"

#include <stdio.h>

/* --- which schema ----------------------------------------------------------------------------- */

/* Without parameters and blanks. */
static struct lg_str media_type_of(struct lg_str content_type)
{
    return lg_str_trim(lg_str_part(content_type, 0, lg_str_find(content_type, ';', 0)));
}

static bool is_json(struct lg_str media_type)
{
    size_t plus = media_type.size < 5 ? 0 : media_type.size - 5;

    return lg_str_iis(media_type, "application/json") ||
           lg_str_iis(lg_str_part(media_type, plus, media_type.size), "+json");
}

enum lg_err lg_body_choose(const struct lg_body_rules *rules, struct lg_str content_type,
                           const struct lg_schema **ret_schema)
{
    struct lg_str media_type =
        content_type.data == NULL ? LG_STR("application/json") : media_type_of(content_type);

    *ret_schema = rules->others;
    for (size_t i = 0; i < rules->type_count; i++) {
        if (lg_str_ieq(media_type, rules->types[i].media_type)) {
            *ret_schema = rules->types[i].schema;
            return LG_OK;
        }
    }
    if (rules->json != NULL && is_json(media_type))
        *ret_schema = rules->json;
    return *ret_schema != NULL || rules->pass ? LG_OK : LG_ERR_REFUSED;
}

struct lg_str lg_body_types(const struct lg_body_rules *rules, struct lg_arena *arena)
{
    struct lg_buf out;

    lg_buf_init(&out, SIZE_MAX);
    if (rules->json != NULL)
        lg_buf_add_cstr(&out, "application/json, application/*+json");
    for (size_t i = 0; i < rules->type_count; i++) {
        lg_buf_add_cstr(&out, out.size > 0 ? ", " : "");
        lg_buf_add_str(&out, rules->types[i].media_type);
    }
    struct lg_str text = lg_arena_str(arena, lg_buf_str(&out));
    lg_buf_done(&out);
    return text;
}

/* --- the check -------------------------------------------------------------------------------- */

static enum lg_err read(struct lg_arena *arena, struct lg_str body, struct lg_json **ret_value,
                        struct lg_schema_failure *reterr_failure)
{
    struct lg_json_fault fault;

    if (body.size == 0)
        body = LG_STR("{}");
    enum lg_err err = lg_json_read(arena, body, &lg_json_default_limits, ret_value, &fault);
    if (err == LG_OK)
        return LG_OK;
    snprintf(reterr_failure->text, sizeof(reterr_failure->text), "%s: %s, at byte %zu",
             err == LG_ERR_SYNTAX ? "not JSON" : "beyond the limits for JSON", fault.message,
             fault.offset);
    return err == LG_ERR_SYNTAX ? LG_ERR_SYNTAX : LG_ERR_RANGE;
}

enum lg_err lg_body_check(struct lg_arena *arena, const struct lg_schema *schema,
                          struct lg_str body, struct lg_fuel *fuel,
                          struct lg_schema_failure *reterr_failure)
{
    struct lg_json *value;
    enum lg_err err = read(arena, body, &value, reterr_failure);

    if (err != LG_OK)
        return err;
    if (lg_schema_check(schema, value, fuel, reterr_failure))
        return LG_OK;
    return lg_fuel_exhausted(fuel) ? LG_ERR_TOO_BIG : LG_ERR_RANGE;
}

enum lg_err lg_body_explain(struct lg_arena *arena, const struct lg_schema *schema,
                            struct lg_str body, struct lg_fuel *fuel,
                            struct lg_schema_failure *reterr_failure,
                            struct lg_schema_findings *reterr_findings)
{
    struct lg_json *value;
    enum lg_err err = read(arena, body, &value, reterr_failure);

    if (err != LG_OK) {
        lg_schema_findings_set(reterr_findings, reterr_failure->text);
        return err;
    }
    if (lg_schema_check(schema, value, fuel, reterr_failure))
        return LG_OK;
    if (lg_fuel_exhausted(fuel)) {
        lg_schema_findings_set(reterr_findings, "takes too much work to check");
        return LG_ERR_TOO_BIG;
    }
    lg_schema_explain(schema, value, *fuel, reterr_findings);
    return LG_ERR_RANGE;
}
