/* What processes write becomes lines of the log, in order, under the invocation that ran. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "wire/loop.h"
#include "world.h"

TestSuite(output, .init = world_begin, .fini = world_end, .timeout = 120);

static struct call one, two;
static struct puppet first;
static struct peer peer;

static void run_one(bool want_tail)
{
    use_puppets(0, 1);
    open_pool();
    prepare(&one, "1");
    one.invocation.want_log_tail = want_tail;
    cr_assert(eq(int, (int)start(&one), LG_OK));
    puppet_ready(&first, &peer);
    cr_assert(eq(int, peer_answer(&peer), 200));
    until_started(&one);
}

static void end_one(void)
{
    cr_assert(eq(int, respond(&peer, &one, "1"), 202));
    ask_next(&peer);
    until_ended(&one);
    until_state(0, 1, 0, 0);
}

static void done(void)
{
    finish(&one);
    peer_close(&peer);
}

/* Whether the first line of the log with `part` in it holds `other` too. */
static bool line_with(const char *part, const char *other)
{
    const char *log = logged(), *line = strstr(log, part), *found;

    if (line == NULL)
        return false;
    while (line > log && line[-1] != '\n')
        line--;
    found = strstr(line, other);
    return found != NULL && found < strchr(line, '\n');
}

Test(output, lines_lie_between_start_and_report)
{
    run_one(false);
    command(&first, "echo said; echo complained >&2; printf unfinished");
    until_logged("complained");
    end_one();
    assert_logged_in_order((const char *const[]){
        "INIT_START Runtime Version: ./puppet.sh", "START RequestId: ", "said", "complained",
        "unfinished", "END RequestId: ", "REPORT RequestId: ", "Billed Duration: ",
        "Memory Size: 128 MB", "Max Memory Used: ", "Init Duration: ", NULL });
    cr_assert(line_with("said", one.invocation.id));
    cr_assert(line_with("said", "function demo"));
    cr_assert_not(line_with("Max Memory Used:", "Max Memory Used: 0 MB"));
    done();
}

Test(output, what_is_written_before_the_first_call_stands_before_its_start)
{
    use_puppets(0, 1);
    open_pool();
    begin(&one, "1");
    until_puppet(&first);
    peer_open(&peer, first.port);
    command(&first, "echo importing; touch $DIR/done");
    until_file("done");
    ask_next(&peer);
    cr_assert(eq(int, peer_answer(&peer), 200));
    assert_logged_in_order((const char *const[]){ "importing", "START RequestId: ", NULL });
    end_one();
    done();
}

Test(output, what_is_written_between_calls_belongs_to_none)
{
    run_one(false);
    end_one();
    command(&first, "echo alone");
    until_logged("alone");
    cr_assert_not(line_with("alone", one.invocation.id));
    done();
}

Test(output, only_the_first_call_of_a_process_reports_its_start)
{
    run_one(false);
    end_one();
    cr_assert(eq(uint, count_logged("Init Duration: "), 1));
    begin(&two, "2");
    cr_assert(eq(int, peer_answer(&peer), 200));
    cr_assert(eq(int, respond(&peer, &two, "2"), 202));
    ask_next(&peer);
    until_state(0, 1, 0, 0);
    until_ended(&two);
    cr_assert(eq(uint, count_logged("REPORT RequestId: "), 2));
    cr_assert(eq(uint, count_logged("Init Duration: "), 1));
    cr_assert_not(line_with("Status:", "REPORT"), "a call that went well has no status");
    finish(&two);
    done();
}

Test(output, the_tail_of_the_log_goes_from_start_to_report)
{
    run_one(true);
    command(&first, "echo said");
    until_logged("said");
    cr_assert(eq(int, respond(&peer, &one, "1"), 202));
    cr_assert(eq(int, one.ends, 0), "the log is not complete before the runtime asks again");
    ask_next(&peer);
    until_ended(&one);
    char *start = lg_sprintf("START RequestId: %s Version: $LATEST\nsaid\nEND RequestId: %s\n"
                             "REPORT RequestId: %s\tDuration: ",
                             one.invocation.id, one.invocation.id, one.invocation.id);
    cr_assert(strncmp(one.log_tail, start, strlen(start)) == 0, "%s", one.log_tail);
    cr_assert(one.log_tail[strlen(one.log_tail) - 1] == '\n');
    free(start);
    done();
}

Test(output, the_tail_of_a_long_log_is_its_last_4096_bytes)
{
    run_one(true);
    command(&first, "i=0; while [ $i -lt 999 ]; do echo line $i; i=$((i+1)); done");
    until_logged("line 998");
    end_one();
    cr_assert(eq(sz, strlen(one.log_tail), 4096));
    cr_assert_null(strstr(one.log_tail, "START"));
    cr_assert(strstr(one.log_tail, "line 998\nEND RequestId") != NULL);
    done();
}

Test(output, the_tail_of_a_call_that_ran_out_of_time_tells_so)
{
    run_one(true);
    cancel(&one, LG_CANCEL_TIMEOUT);
    until_ended(&one);
    cr_assert(eq(int, (int)one.cause, LG_CAUSE_TIMEOUT));
    cr_assert(strstr(one.log_tail, "Task timed out after 3.00 seconds\nEND") != NULL);
    cr_assert(strstr(one.log_tail, "\tStatus: timeout\t\n") != NULL);
    done();
}

Test(output, the_tail_of_a_call_whose_process_died_tells_so)
{
    run_one(true);
    command(&first, "exit 9");
    until_ended(&one);
    cr_assert(strstr(one.log_tail, "Runtime exited with error: exit status 9\nEND") != NULL);
    cr_assert(strstr(one.log_tail, "\tStatus: error\tError Type: Runtime.ExitError\t\n") != NULL);
    done();
}

Test(output, a_flood_is_counted_not_kept_and_does_not_stop_anything)
{
    run_one(false);
    command(&first, "yes 0123456789 | head -n 300000; touch $DIR/done");
    until_file("done");
    end_one();
    cr_assert(eq(int, (int)one.cause, LG_CAUSE_OK));
    cr_assert(count_logged("lines of output dropped: more than 5000 in a second") > 0);
    cr_assert(count_logged("0123456789") < 300000);
    assert_logged_in_order(
        (const char *const[]){ "0123456789", "lines of output dropped", "END RequestId", NULL });
    done();
}

static unsigned turns;

static int64_t count_turn(struct lg_hook *hook)
{
    (void)hook;
    turns++;
    return -1;
}

Test(output, a_process_that_closes_its_output_can_go_on_and_costs_nothing)
{
    struct lg_hook hook;

    run_one(false);
    command(&first, "exec >/dev/null 2>&1; touch $DIR/done");
    until_file("done");
    lg_hook_add(world.loop, &hook, count_turn);
    until_later(100);
    lg_hook_remove(&hook);
    cr_assert(turns < 500, "the loop turns all the time");
    end_one();
    cr_assert(eq(int, (int)one.cause, LG_CAUSE_OK));
    done();
}

Test(output, bytes_that_are_no_text_forge_nothing)
{
    run_one(false);
    command(&first, "printf 'a\\000b\\033[31mc\\n'");
    until_logged("[31mc");
    cr_assert_null(strchr(logged(), '\033'));
    end_one();
    done();
}
