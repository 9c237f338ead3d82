/* Allocation never answers NULL, and every error has its words. */
#include "base/mem.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

Test(mem, nothing_is_something)
{
    void *pieces[] = { lg_alloc(0), lg_zalloc(0), lg_calloc(0, 8), lg_calloc(8, 0),
                       lg_realloc(NULL, 0) };

    for (size_t i = 0; i < LG_COUNT(pieces); i++) {
        cr_assert(pieces[i] != NULL);
        free(pieces[i]);
    }
}

Test(mem, texts_are_copied)
{
    char *whole = lg_strdup("abc");
    char *part = lg_strndup("abc", 2);
    char *more = lg_strndup("abc", 99);
    char *printed = lg_sprintf("%d %s", 42, "things");

    cr_assert(eq(int, strcmp(whole, "abc"), 0));
    cr_assert(eq(int, strcmp(part, "ab"), 0));
    cr_assert(eq(int, strcmp(more, "abc"), 0));
    cr_assert(eq(int, strcmp(printed, "42 things"), 0));
    free(whole);
    free(part);
    free(more);
    free(printed);
}

/* AddressSanitizer would report a request of that size by itself, and we would not see NULL. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

/* Not a constant: the compiler would refuse to ask for that much. */
static volatile size_t too_much = SIZE_MAX / 4;

Test(mem, a_shortage_ends_the_process, .signal = SIGABRT)
{
    free(lg_alloc(too_much));
}

Test(mem, a_count_that_overflows_ends_the_process, .signal = SIGABRT)
{
    free(lg_calloc(too_much, 64));
}

Test(err, every_error_has_its_own_words)
{
    for (int a = LG_OK; a <= LG_ERR_BUSY; a++) {
        cr_assert(ne(int, strcmp(lg_err_text((enum lg_err)a), "unknown error"), 0));
        for (int b = LG_OK; b < a; b++)
            cr_assert(ne(int, strcmp(lg_err_text((enum lg_err)a), lg_err_text((enum lg_err)b)), 0));
    }
}
