/*
 * regex.c -- PCRE2 with our limits, JIT where the system lets it, scratch memory per thread.
 *
 * Where memory may not be made executable pcre2_jit_compile() fails and pcre2_match() uses its
 * interpreter by itself; calling pcre2_jit_match() directly would be a fault then.
 */
#include "validate/regex.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/mem.h"
#include "validate/regex_ecma.h"

/* What a match costs that fails at once. */
#define MATCH_UNITS 3
/* To find the places where a match may begin, of a unit for LG_FUEL_BYTES. */
#define SEARCH_SHARE 2
/* PCRE2's own steps for a unit of fuel, never needed unless a callout were left out. */
#define STEPS_PER_UNIT 16

/*
 * Memory of one match. A group that is repeated takes some 50 bytes for each time with JIT, 300
 * without. Threads keep what they have used, but for texts so long that they are rare.
 */
#define JIT_STACK_FIRST ((size_t)32 * 1024)
#define JIT_STACK_MOST ((size_t)16 * 1024 * 1024)
#define HEAP_KIB (16 * 1024) /* without JIT */
#define LONG_TEXT ((size_t)256 * 1024)

/* \x{...} keeps its Perl meaning: the translation relies on it. No PCRE2_UCP: \d and \w are ASCII.
 */
#define OPTIONS                                                                                    \
    (PCRE2_UTF | PCRE2_MATCH_UNSET_BACKREF | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C |      \
     PCRE2_NEVER_UCP)

struct lg_regex {
    pcre2_code *code;
    bool refers;         /* it has back references */
    uint64_t step_units; /* for a callout and what may be tried in vain before the next */
};

/* How far a match is, for the callouts. */
struct meter {
    const struct lg_regex *regex;
    struct lg_fuel *fuel;
    size_t at;
};

/* What a match needs beside the pattern; one for each thread that ever matches. */
struct scratch {
    pcre2_match_context *context;
    pcre2_match_data *data;
    pcre2_jit_stack *stack; /* NULL without JIT */
    struct meter meter;
};

static pthread_key_t scratch_key;
static pthread_once_t scratch_key_made = PTHREAD_ONCE_INIT;

static void free_scratch(void *object)
{
    struct scratch *scratch = object;

    pcre2_match_data_free(scratch->data);
    pcre2_match_context_free(scratch->context);
    pcre2_jit_stack_free(scratch->stack);
    free(scratch);
}

static void make_scratch_key(void)
{
    int failed = pthread_key_create(&scratch_key, free_scratch);

    assert(failed == 0);
    (void)failed;
}

/* The bytes that groups have captured: a back reference compares so many at most. */
static size_t captured(const pcre2_callout_block *block)
{
    size_t bytes = 0;

    for (uint32_t i = 1; i < block->capture_top; i++) {
        size_t start = block->offset_vector[2 * i];
        size_t end = block->offset_vector[2 * i + 1];

        if (start != PCRE2_UNSET && end != PCRE2_UNSET && end > start)
            bytes += end - start;
    }
    return bytes;
}

static int on_callout(pcre2_callout_block *block, void *object)
{
    struct meter *meter = object;
    size_t at = block->current_position;
    uint64_t units = meter->regex->step_units;

    if (at > meter->at)
        units += (at - meter->at) / LG_FUEL_BYTES;
    if (meter->regex->refers)
        units += captured(block) / LG_FUEL_BYTES;
    meter->at = at;
    return lg_fuel_burn(meter->fuel, units) ? 0 : PCRE2_ERROR_CALLOUT;
}

/* Out of memory ends the process, as in lg_alloc(). */
static pcre2_match_data *new_match_data(void)
{
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);

    if (data == NULL)
        abort();
    return data;
}

static void give_stack(struct scratch *scratch)
{
    scratch->stack = pcre2_jit_stack_create(JIT_STACK_FIRST, JIT_STACK_MOST, NULL);
    pcre2_jit_stack_assign(scratch->context, NULL, scratch->stack);
}

static struct scratch *new_scratch(void)
{
    struct scratch *scratch = LG_NEW(struct scratch);

    scratch->context = pcre2_match_context_create(NULL);
    if (scratch->context == NULL)
        abort();
    scratch->data = new_match_data();
    pcre2_set_heap_limit(scratch->context, HEAP_KIB);
    pcre2_set_callout(scratch->context, on_callout, &scratch->meter);
    give_stack(scratch);
    return scratch;
}

static struct scratch *own_scratch(void)
{
    pthread_once(&scratch_key_made, make_scratch_key);
    struct scratch *scratch = pthread_getspecific(scratch_key);
    if (scratch == NULL) {
        scratch = new_scratch();
        pthread_setspecific(scratch_key, scratch);
    }
    return scratch;
}

static bool has_references(const pcre2_code *code)
{
    uint32_t highest = 0;

    (void)pcre2_pattern_info(code, PCRE2_INFO_BACKREFMAX, &highest);
    return highest > 0;
}

struct lg_regex *lg_regex_compile(struct lg_str pattern, struct lg_regex_fault *reterr_fault)
{
    struct lg_regex_ecma_fault fault;
    struct lg_regex *regex = NULL;
    struct lg_buf spelling;
    uint32_t least;
    int error;
    PCRE2_SIZE offset; /* in our spelling, which nobody has seen */

    lg_buf_init(&spelling, SIZE_MAX);
    if (lg_regex_from_ecma(pattern, &spelling, &least, &fault) != LG_OK) {
        snprintf(reterr_fault->text, sizeof(reterr_fault->text), "%s, at byte %zu", fault.message,
                 fault.offset);
        goto out;
    }
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)(spelling.size == 0 ? "" : spelling.data),
                                     spelling.size, OPTIONS, &error, &offset, NULL);
    if (code == NULL) {
        pcre2_get_error_message(error, (PCRE2_UCHAR *)reterr_fault->text,
                                sizeof(reterr_fault->text));
        goto out;
    }
    pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
    regex = LG_NEW(struct lg_regex);
    regex->code = code;
    regex->refers = has_references(code);
    regex->step_units = 1 + least / LG_FUEL_BYTES;
out:
    lg_buf_done(&spelling);
    return regex;
}

void lg_regex_free(struct lg_regex *regex)
{
    if (regex == NULL)
        return;
    pcre2_code_free(regex->code);
    free(regex);
}

/* A second bound, should the first ever fail. */
static uint32_t steps_for(uint64_t fuel)
{
    return fuel > UINT32_MAX / STEPS_PER_UNIT ? UINT32_MAX : (uint32_t)fuel * STEPS_PER_UNIT;
}

static void release_memory(struct scratch *scratch)
{
    pcre2_match_data_free(scratch->data);
    scratch->data = new_match_data();
    pcre2_jit_stack_free(scratch->stack);
    give_stack(scratch);
}

enum lg_regex_answer lg_regex_match(const struct lg_regex *regex, struct lg_str text,
                                    struct lg_fuel *fuel)
{
    struct scratch *scratch = own_scratch();

    if (!lg_fuel_burn(fuel, MATCH_UNITS + text.size / LG_FUEL_BYTES / SEARCH_SHARE))
        return LG_REGEX_GAVE_UP;
    scratch->meter = (struct meter){ .regex = regex, .fuel = fuel };
    pcre2_set_match_limit(scratch->context, steps_for(fuel->left));
    int answer = pcre2_match(regex->code, (PCRE2_SPTR)(text.size == 0 ? "" : text.data), text.size,
                             0, PCRE2_NO_UTF_CHECK, scratch->data, scratch->context);
    if (text.size > LONG_TEXT)
        release_memory(scratch);
    if (answer >= 0)
        return LG_REGEX_YES;
    return answer == PCRE2_ERROR_NOMATCH ? LG_REGEX_NO : LG_REGEX_GAVE_UP;
}
