/* schema_evaluated.c -- sets of members and elements, as bits in the checker's own memory. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "validate/schema_check.h"

void lg_evaluated_begin(struct lg_checker *checker, struct lg_evaluated *set, size_t count)
{
    *set = (struct lg_evaluated){ .word_count = count / 64 + 1 };
    if (set->word_count > LG_CHECK_WORDS - checker->words_used) {
        set->allocated = true;
        set->words = lg_calloc(set->word_count, sizeof(*set->words));
        return;
    }
    set->words = checker->words + checker->words_used;
    memset(set->words, 0, set->word_count * sizeof(*set->words));
    checker->words_used += set->word_count;
}

void lg_evaluated_end(struct lg_checker *checker, struct lg_evaluated *set)
{
    if (set->allocated)
        free(set->words);
    else
        checker->words_used -= set->word_count;
}

void lg_evaluated_merge(struct lg_evaluated *set, const struct lg_evaluated *other)
{
    set->all = set->all || other->all;
    for (size_t i = 0; i < set->word_count; i++)
        set->words[i] |= other->words[i];
}
