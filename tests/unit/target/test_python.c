/* The whole way with a real runtime: worker.py speaks to its port by itself. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

TestSuite(python, .init = world_begin, .fini = world_end, .timeout = 120);

static struct call calls[8];

Test(python, a_hundred_calls_one_after_the_other)
{
    use_python(0, 1);
    open_pool();
    for (int i = 0; i < 100; i++) {
        char payload[32];

        snprintf(payload, sizeof(payload), "[%d]", i);
        begin(&calls[0], payload);
        until_ended(&calls[0]);
        cr_assert(eq(int, (int)calls[0].cause, LG_CAUSE_OK));
        cr_assert_str_eq(data_of(&calls[0]), payload);
        finish(&calls[0]);
    }
    cr_assert(eq(u64, state().started_total, 1));
}

Test(python, many_calls_at_once_share_the_processes)
{
    use_python(2, 2);
    open_pool();
    for (size_t i = 0; i < 8; i++)
        begin(&calls[i], "{\"do\":\"pid\"}");
    for (size_t i = 0; i < 8; i++) {
        until_ended(&calls[i]);
        cr_assert(eq(int, (int)calls[i].cause, LG_CAUSE_OK));
        finish(&calls[i]);
    }
    cr_assert(eq(u64, state().started_total, 2));
}

Test(python, the_environment_is_lambdas)
{
    static const struct lg_config_pair own = { .name = "TABLE", .value = "items" };

    world.function.environment = (struct lg_config_pairs){ &own, 1 };
    setenv("AWS_SECRET_ACCESS_KEY", "of the daemon", 1);
    use_python(0, 1);
    open_pool();
    begin(&calls[0], "{\"do\":\"environment\"}");
    until_ended(&calls[0]);
    const char *environment = data_of(&calls[0]);
    cr_assert(strstr(environment, "\"TABLE\": \"items\"") != NULL, "%s", environment);
    cr_assert(strstr(environment, "\"AWS_LAMBDA_FUNCTION_NAME\": \"demo\"") != NULL);
    cr_assert_null(strstr(environment, "AWS_SECRET_ACCESS_KEY"));
    finish(&calls[0]);
}

Test(python, a_handler_that_fails_is_a_function_error)
{
    use_python(0, 1);
    open_pool();
    begin(&calls[0], "{\"do\":\"fail\"}");
    until_ended(&calls[0]);
    cr_assert(eq(int, (int)calls[0].cause, LG_CAUSE_FUNCTION_ERROR));
    cr_assert_str_eq(data_of(&calls[0]),
                     "{\"errorMessage\": \"boom\", \"errorType\": \"ValueError\"}");
    cr_assert_str_eq(calls[0].reason, "Runtime.Handler");
    finish(&calls[0]);
}

Test(python, a_crash_hurts_only_its_own_call)
{
    use_python(0, 1);
    open_pool();
    begin(&calls[0], "{\"do\":\"exit\",\"code\":7}");
    begin(&calls[1], "\"next\"");
    until_ended(&calls[1]);
    cr_assert(eq(int, (int)calls[0].cause, LG_CAUSE_FUNCTION_ERROR));
    cr_assert_str_eq(calls[0].reason, "exit status 7");
    cr_assert(eq(int, (int)calls[1].cause, LG_CAUSE_OK));
    cr_assert(eq(u64, state().started_total, 2));
    finish(&calls[0]);
    finish(&calls[1]);
}

Test(python, lines_of_a_call_stand_before_its_end)
{
    use_python(0, 1);
    open_pool();
    prepare(&calls[0], "{\"do\":\"print\",\"lines\":[\"eins\",\"zwei\"]}");
    calls[0].invocation.want_log_tail = true;
    cr_assert(eq(int, (int)start(&calls[0]), LG_OK));
    until_ended(&calls[0]);
    cr_assert(strstr(calls[0].log_tail, "\neins\nzwei\nEND RequestId: ") != NULL, "%s",
              calls[0].log_tail);
    finish(&calls[0]);
}
