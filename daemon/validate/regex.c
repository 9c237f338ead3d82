/*
 * regex.c -- PCRE2 with our limits, JIT where the system lets it, scratch memory per thread.
 *
 * Where memory may not be made executable pcre2_jit_compile() fails and pcre2_match() uses its
 * interpreter by itself; calling pcre2_jit_match() directly would be a fault then.
 */
#include "validate/regex.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/mem.h"
#include "validate/regex_ecma.h"

/*
 * Steps for one text: enough for any sane pattern, and below a millisecond for a hostile text. A
 * group that is repeated takes two for each byte, and without JIT some 300 bytes of memory, so
 * long texts get more: up to 10 ms with JIT, 60 ms without.
 */
#define STEPS 100000
#define STEPS_PER_BYTE 4
#define STEPS_MOST 4000000
#define HEAP_KIB (64 * 1024)
#define LONG_TEXT ((size_t)64 * 1024)
#define JIT_STACK_FIRST ((size_t)32 * 1024)
#define JIT_STACK_MOST ((size_t)8 * 1024 * 1024)

/* \x{...} keeps its Perl meaning: the translation relies on it. No PCRE2_UCP: \d and \w are ASCII.
 */
#define OPTIONS                                                                                    \
    (PCRE2_UTF | PCRE2_MATCH_UNSET_BACKREF | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C |      \
     PCRE2_NEVER_UCP)

struct lg_regex {
    pcre2_code *code;
};

/* What a match needs beside the pattern; one for each thread that ever matches. */
struct scratch {
    pcre2_match_context *context;
    pcre2_match_data *data;
    pcre2_jit_stack *stack; /* NULL without JIT */
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

/* Out of memory ends the process, as in lg_alloc(). */
static pcre2_match_data *new_match_data(void)
{
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);

    if (data == NULL)
        abort();
    return data;
}

static struct scratch *new_scratch(void)
{
    struct scratch *scratch = LG_NEW(struct scratch);

    scratch->context = pcre2_match_context_create(NULL);
    if (scratch->context == NULL)
        abort();
    scratch->data = new_match_data();
    pcre2_set_heap_limit(scratch->context, HEAP_KIB);
    scratch->stack = pcre2_jit_stack_create(JIT_STACK_FIRST, JIT_STACK_MOST, NULL);
    if (scratch->stack != NULL)
        pcre2_jit_stack_assign(scratch->context, NULL, scratch->stack);
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

struct lg_regex *lg_regex_compile(struct lg_str pattern, struct lg_regex_fault *reterr_fault)
{
    struct lg_regex_ecma_fault fault;
    struct lg_regex *regex = NULL;
    struct lg_buf spelling;
    int error;
    PCRE2_SIZE offset; /* in our spelling, which nobody has seen */

    lg_buf_init(&spelling, SIZE_MAX);
    if (lg_regex_from_ecma(pattern, &spelling, &fault) != LG_OK) {
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

static uint32_t steps_for(size_t size)
{
    if (size > (STEPS_MOST - STEPS) / STEPS_PER_BYTE)
        return STEPS_MOST;
    return STEPS + STEPS_PER_BYTE * (uint32_t)size;
}

/* The library keeps the memory of its hardest match for the next one. */
static void release_memory(struct scratch *scratch)
{
    pcre2_match_data_free(scratch->data);
    scratch->data = new_match_data();
}

enum lg_regex_answer lg_regex_match(const struct lg_regex *regex, struct lg_str text)
{
    struct scratch *scratch = own_scratch();

    pcre2_set_match_limit(scratch->context, steps_for(text.size));
    int answer = pcre2_match(regex->code, (PCRE2_SPTR)(text.size == 0 ? "" : text.data), text.size,
                             0, PCRE2_NO_UTF_CHECK, scratch->data, scratch->context);
    if (text.size > LONG_TEXT)
        release_memory(scratch);
    if (answer >= 0)
        return LG_REGEX_YES;
    return answer == PCRE2_ERROR_NOMATCH ? LG_REGEX_NO : LG_REGEX_GAVE_UP;
}
