/* shape.c -- runs a shape's pattern, the same that editors get in the JSON Schema. */
#include "config/shape.h"

#include <assert.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

bool lg_shape_fits(const struct lg_shape *shape, const char *text)
{
    int error;
    size_t offset;
    pcre2_code *code =
        pcre2_compile((PCRE2_SPTR)shape->pattern, PCRE2_ZERO_TERMINATED,
                      PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_UTF, &error, &offset, NULL);
    assert(code != NULL);
    pcre2_match_data *match = pcre2_match_data_create_from_pattern(code, NULL);
    assert(match != NULL);
    int found = pcre2_match(code, (PCRE2_SPTR)text, strlen(text), 0, 0, match, NULL);

    pcre2_match_data_free(match);
    pcre2_code_free(code);
    return found > 0;
}
