/* token_pattern.c -- PCRE2, anchored at both ends, with a bound on the steps. */
#include "authorize/token_pattern.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define STEPS_MAX 50000
#define HEAP_MAX_KIB 1024

struct lg_token_pattern {
    pcre2_code *code;
};

struct lg_token_pattern *lg_token_pattern_compile(const char *text,
                                                  struct lg_token_pattern_fault *reterr_fault)
{
    struct lg_token_pattern *pattern;
    PCRE2_UCHAR message[96];
    size_t offset;
    int error;
    /* A token is bytes: PCRE2_UTF would make an error of what is no UTF-8. */
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
                                     PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_NEVER_UTF |
                                         PCRE2_NEVER_BACKSLASH_C,
                                     &error, &offset, NULL);

    if (code == NULL) {
        (void)pcre2_get_error_message(error, message, sizeof(message));
        (void)snprintf(reterr_fault->text, sizeof(reterr_fault->text), "%s at byte %zu",
                       (const char *)message, offset);
        return NULL;
    }
    pattern = LG_NEW(struct lg_token_pattern);
    pattern->code = code;
    return pattern;
}

void lg_token_pattern_free(struct lg_token_pattern *pattern)
{
    if (pattern == NULL)
        return;
    pcre2_code_free(pattern->code);
    free(pattern);
}

bool lg_token_pattern_matches(const struct lg_token_pattern *pattern, struct lg_str token)
{
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    pcre2_match_data *match = pcre2_match_data_create(1, NULL);

    assert(context != NULL && match != NULL);
    (void)pcre2_set_match_limit(context, STEPS_MAX);
    (void)pcre2_set_heap_limit(context, HEAP_MAX_KIB);
    int found = pcre2_match(pattern->code, (PCRE2_SPTR)(token.data != NULL ? token.data : ""),
                            token.size, 0, 0, match, context);
    pcre2_match_data_free(match);
    pcre2_match_context_free(context);
    /* 0: it matched, and there was no room for its groups. */
    return found >= 0;
}
