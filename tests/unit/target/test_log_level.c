/* The level of a line, in the words of all runtimes. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "base/mem.h"
#include "target/log_level.h"

static void assert_level(const char *line, enum lg_level level)
{
    cr_assert(eq(int, (int)lg_log_level(lg_str_of(line)), (int)level), "%s", line);
}

Test(log_level, a_line_that_is_no_object_has_none)
{
    static const char *const lines[] = {
        "",
        "{",
        "plain",
        "[ERROR] level",
        "{level: error}",
        "\"error\"",
        "[{\"level\":\"ERROR\"}]",
        "{\"level\":\"ERROR\"} and more",
        "{\"level\":\"ERROR\"",
        "2026 {\"level\":\"DEBUG\"}",
    };

    for (size_t i = 0; i < LG_COUNT(lines); i++)
        assert_level(lines[i], LG_LEVEL_NONE);
}

Test(log_level, the_words_of_lambda_count_in_any_case)
{
    assert_level("{\"level\":\"TRACE\"}", LG_LEVEL_TRACE);
    assert_level("{\"timestamp\":\"x\",\"level\":\"debug\"}", LG_LEVEL_DEBUG);
    assert_level("  {\"level\":\"Info\"} ", LG_LEVEL_INFO);
    assert_level("{\"level\":\"WARN\"}", LG_LEVEL_WARN);
    assert_level("{\"level\":\"ERROR\"}", LG_LEVEL_ERROR);
    assert_level("{\"level\":\"FATAL\"}", LG_LEVEL_FATAL);
}

Test(log_level, the_words_of_python_count)
{
    assert_level("{\"level\":\"WARNING\"}", LG_LEVEL_WARN);
    assert_level("{\"level\":\"CRITICAL\"}", LG_LEVEL_FATAL);
}

Test(log_level, an_object_without_a_known_level_is_info)
{
    assert_level("{}", LG_LEVEL_INFO);
    assert_level("{\"level\":30}", LG_LEVEL_INFO);
    assert_level("{\"level\":\"loud\"}", LG_LEVEL_INFO);
    assert_level("{\"a\":{\"level\":\"ERROR\"}}", LG_LEVEL_INFO);
}
