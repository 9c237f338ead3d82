/* Who descends from us is read right, whatever a process calls itself. */
#include "keeper/descent.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct lg_descendant parse(const char *text)
{
    struct lg_descendant process = { 0 };

    cr_assert(eq(int, lg_descent_parse(lg_str_of(text), &process), LG_OK), "%s", text);
    return process;
}

Test(descent, a_stat_line_is_read)
{
    struct lg_descendant process = parse("71 (sleep) S 70 69 68 0 -1 4194304 123\n");

    cr_assert(eq(int, process.pid, 71));
    cr_assert(eq(int, process.parent, 70));
    cr_assert(eq(int, process.group, 69));
    cr_assert(eq(int, process.session, 68));
    cr_assert(not(process.ended));
}

Test(descent, a_name_cannot_pass_itself_off_as_numbers)
{
    cr_assert(eq(int, parse("71 (a) Z 1 1 1 () S 70 69 68 0\n").parent, 70));
    cr_assert(eq(int, parse("71 (two words\n)) S 70 69 68 0\n").group, 69));
}

Test(descent, zombies_have_ended)
{
    cr_assert(parse("71 (sh) Z 70 69 68 0").ended);
    cr_assert(parse("71 (sh) X 70 69 68 0").ended);
    cr_assert(not(parse("71 (sh) D 70 69 68 0").ended));
    cr_assert(not(parse("71 (sh) T 70 69 68 0").ended));
}

Test(descent, what_is_no_stat_line_is_refused)
{
    const char *const wrong[] = {
        "", "71", "71 (sh", "71 (sh)", "71 (sh) S 70 69", "x (sh) S 1 2 3"
    };
    struct lg_descendant process;
    char large[5000];

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        cr_assert(eq(int, lg_descent_parse(lg_str_of(wrong[i]), &process), LG_ERR_SYNTAX), "%s",
                  wrong[i]);
    memset(large, ' ', sizeof(large));
    cr_assert(
        eq(int, lg_descent_parse(lg_str_make(large, sizeof(large)), &process), LG_ERR_SYNTAX));
}

/* Exec'd, as /proc shows the environment that a process was started with. */
static pid_t start_child(int *ret_in)
{
    char *const argv[] = { (char *)(uintptr_t) "cat", NULL };
    char *const envp[] = { (char *)(uintptr_t) "PORTAL=wrong",
                           (char *)(uintptr_t) "PORT=127.0.0.1:9", NULL };
    int in[2], out[2];
    char byte;

    cr_assert(eq(int, pipe(in), 0));
    cr_assert(eq(int, pipe(out), 0));
    pid_t pid = fork();
    if (pid == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        close(in[1]);
        close(out[0]);
        execvpe("cat", argv, envp);
        _exit(127);
    }
    cr_assert(eq(sz, (size_t)write(in[1], "x", 1), 1));
    cr_assert(eq(sz, (size_t)read(out[0], &byte, 1), 1)); /* what comes back proves the exec */
    close(in[0]);
    close(out[0]);
    close(out[1]);
    *ret_in = in[1];
    return pid;
}

static pid_t wanted;
static int seen, seen_ended;

static void look(const struct lg_descendant *child, void *context)
{
    (void)context;
    if (child->pid != wanted)
        return;
    seen++;
    seen_ended += child->ended;
}

Test(descent, a_child_is_found_alive_and_ended_but_not_once_reaped)
{
    siginfo_t info;
    int in;

    wanted = start_child(&in);
    cr_assert(lg_descent_children(look, NULL));
    cr_assert(eq(int, seen, 1));
    cr_assert(eq(int, seen_ended, 0));

    close(in);
    waitid(P_PID, (id_t)wanted, &info, WEXITED | WNOWAIT);
    cr_assert(lg_descent_children(look, NULL));
    cr_assert(eq(int, seen, 2));
    cr_assert(eq(int, seen_ended, 1));

    waitpid(wanted, NULL, 0);
    cr_assert(lg_descent_children(look, NULL));
    cr_assert(eq(int, seen, 2));
}

Test(descent, a_variable_is_found_by_its_whole_name)
{
    int in;
    pid_t pid = start_child(&in);
    char *value = lg_descent_variable(pid, "PORT");

    cr_assert_str_eq(value, "127.0.0.1:9");
    free(value);
    cr_assert(lg_descent_variable(pid, "POR") == NULL);
    cr_assert(lg_descent_variable(pid, "PORTALS") == NULL);
    close(in);
    waitpid(pid, NULL, 0);
    cr_assert(lg_descent_variable(pid, "PORT") == NULL);
}
