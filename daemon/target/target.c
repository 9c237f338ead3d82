/* target.c -- the words for how an invocation can end. */
#include "target/target.h"

#include <assert.h>

#include "base/mem.h"

static const char *const cause_texts[] = {
    [LG_CAUSE_OK] = "ok",
    [LG_CAUSE_FUNCTION_ERROR] = "function_error",
    [LG_CAUSE_TIMEOUT] = "timeout",
    [LG_CAUSE_THROTTLED] = "throttled",
    [LG_CAUSE_NEVER_STARTED] = "never_started",
    [LG_CAUSE_UNKNOWN] = "unknown",
    [LG_CAUSE_TOO_LARGE] = "too_large",
    [LG_CAUSE_REFUSED] = "refused",
    [LG_CAUSE_ABANDONED] = "abandoned",
};

const char *lg_cause_text(enum lg_cause cause)
{
    static_assert(LG_COUNT(cause_texts) == LG_CAUSE_COUNT, "a cause without a word");
    assert((unsigned)cause < LG_CAUSE_COUNT);
    return cause_texts[cause];
}
