/* schema_fault.c -- faults of a schema: the file, the JSON pointer, what is wrong. */
#include <stdlib.h>

#include "config/words.h"
#include "validate/schema_loader.h"

enum { FAULTS_MOST = 50 };

void lg_schema_fault(struct lg_schema_loader *loader, const struct lg_schema_source *source,
                     const struct lg_schema_place *place, const char *format, ...)
{
    struct lg_buf text;
    va_list args;

    if (++loader->fault_count > FAULTS_MOST) {
        if (loader->fault_count == FAULTS_MOST + 1)
            lg_faults_add(loader->faults, loader->where,
                          "%s: more than %d faults: only the first are shown", source->name,
                          FAULTS_MOST);
        return;
    }
    lg_buf_init(&text, SIZE_MAX);
    lg_schema_add_pointer(&text, place);
    lg_buf_add_cstr(&text, ": ");
    va_start(args, format);
    lg_buf_vprintf(&text, format, args);
    va_end(args);
    char *line = lg_buf_take(&text, NULL);
    lg_faults_add(loader->faults, loader->where, "%s: %s", source->name, line);
    free(line);
}

const char *lg_schema_found(struct lg_schema_loader *loader, const struct lg_json *value)
{
    if (value->type == LG_JSON_OBJECT)
        return "an object";
    if (value->type == LG_JSON_ARRAY)
        return value->count == 0 ? "an empty array" : "an array";
    if (value->type == LG_JSON_STRING)
        return lg_words_quote(&loader->temp, lg_arena_cstr(&loader->temp, value->text));
    return lg_arena_cstr(&loader->temp, lg_str_part(value->text, 0, 40));
}

void lg_schema_expected(struct lg_schema_loader *loader, const struct lg_schema_source *source,
                        const struct lg_schema_place *place, const struct lg_json *value,
                        const char *what)
{
    lg_schema_fault(loader, source, place, "found %s, expected %s", lg_schema_found(loader, value),
                    what);
}
