/* Words for causes go into logs and metrics. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "target/target.h"

Test(target, every_cause_has_a_word_of_its_own)
{
    for (int cause = 0; cause < LG_CAUSE_COUNT; cause++) {
        for (int other = 0; other < cause; other++)
            cr_assert_str_neq(lg_cause_text((enum lg_cause)cause),
                              lg_cause_text((enum lg_cause)other));
    }
    cr_assert_str_eq(lg_cause_text(LG_CAUSE_OK), "ok");
    cr_assert_str_eq(lg_cause_text(LG_CAUSE_NEVER_STARTED), "never_started");
}
