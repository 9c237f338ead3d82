/*
 * chain_process.c -- credential_process: a program that prints credentials. It is run as it stands,
 * without a shell, and ended when it takes too long.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cloud/chain_private.h"
#include "cloud/credential_text.h"

#define PROCESS_MS 30000
#define LOOK_MS 100
#define WORDS_MAX 64
#define OUTPUT_MAX 65536

/* --- words --------------------------------------------------------------------------------------
 */

/* One word off the front of *rest: quotes join, a backslash takes what follows. NULL: no more. */
static char *take_word(struct lg_str *rest)
{
    struct lg_buf word;
    char quote = '\0';
    size_t i = 0;

    while (i < rest->size && strchr(" \t", rest->data[i]) != NULL)
        i++;
    if (i == rest->size)
        return NULL;
    lg_buf_init(&word, SIZE_MAX);
    for (; i < rest->size; i++) {
        char byte = rest->data[i];

        if (quote == '\0' && (byte == ' ' || byte == '\t'))
            break;
        if (byte == quote) {
            quote = '\0';
        } else if (quote == '\0' && (byte == '"' || byte == '\'')) {
            quote = byte;
        } else if (byte == '\\' && quote != '\'' && i + 1 < rest->size) {
            lg_buf_add_char(&word, rest->data[++i]);
        } else {
            lg_buf_add_char(&word, byte);
        }
    }
    *rest = lg_str_part(*rest, i, rest->size);
    return lg_buf_take(&word, NULL);
}

static void free_words(char **words)
{
    for (size_t i = 0; words[i] != NULL; i++)
        free(words[i]);
}

static bool split(struct lg_str command, char *ret_words[WORDS_MAX + 1])
{
    size_t count = 0;
    char *word;

    while ((word = take_word(&command)) != NULL && count < WORDS_MAX)
        ret_words[count++] = word;
    ret_words[count] = NULL;
    free(word);
    return word == NULL && count > 0;
}

/* --- running ------------------------------------------------------------------------------------
 */

/* In a group of its own, with the signals of a program that somebody starts by hand. */
static bool start(char **words, int output, pid_t *ret_pid, int *ret_error)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;

    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                              POSIX_SPAWN_SETPGROUP);
    *ret_error = posix_spawnp(ret_pid, words[0], &actions, &attributes, words, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return *ret_error == 0;
}

static bool is_patient(const struct lg_chain *chain, int64_t end_ms)
{
    return lg_clock_mono_ms() < end_ms && (chain->ended == NULL || !atomic_load(chain->ended));
}

/* False: it took too long, printed too much, or nobody waits any longer. */
static bool read_output(const struct lg_chain *chain, int fd, int64_t end_ms, struct lg_buf *output)
{
    while (is_patient(chain, end_ms)) {
        struct pollfd ready = { fd, POLLIN, 0 };
        char *room = lg_buf_reserve(output, 4096);

        if (room == NULL)
            return false;
        if (poll(&ready, 1, LOOK_MS) <= 0)
            continue;
        ssize_t got = read(fd, room, 4096);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0;
        output->size += (size_t)got;
    }
    return false;
}

/* It may close its output and live on. False: as above. */
static bool await_end(const struct lg_chain *chain, pid_t pid, int64_t end_ms)
{
    struct pollfd end = { .fd = pidfd_open(pid, 0), .events = POLLIN };
    bool ended = false;

    while (!ended && is_patient(chain, end_ms))
        ended = poll(&end, 1, LOOK_MS) > 0;
    if (end.fd >= 0)
        close(end.fd);
    return ended;
}

static bool run(const struct lg_chain *chain, char **words, struct lg_buf *output,
                struct lg_buf *reason)
{
    int64_t end_ms = lg_clock_mono_ms() + PROCESS_MS;
    int pipes[2], status = 0, error = 0;
    pid_t pid;

    if (pipe2(pipes, O_CLOEXEC) < 0) {
        lg_buf_printf(reason, "credential_process: %s", strerror(errno));
        return false;
    }
    bool started = start(words, pipes[1], &pid, &error);
    close(pipes[1]);
    bool whole =
        started && read_output(chain, pipes[0], end_ms, output) && await_end(chain, pid, end_ms);
    close(pipes[0]);
    if (!started) {
        lg_buf_printf(reason, "credential_process: %s: %s", words[0], strerror(error));
        return false;
    }
    if (!whole)
        kill(-pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (!whole)
        lg_buf_printf(reason, "credential_process: %s did not end in time, or printed too much",
                      words[0]);
    else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        lg_buf_printf(reason, "credential_process: %s failed", words[0]);
    return whole && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool lg_chain_process(struct lg_chain *chain, struct lg_str command,
                      struct lg_chain_result *ret_result, struct lg_buf *reterr_reason)
{
    char *words[WORDS_MAX + 1];
    struct lg_buf output;
    bool good = false;

    lg_buf_init(&output, OUTPUT_MAX);
    (void)lg_buf_reserve(&output, OUTPUT_MAX); /* so that secrets do not move while they come */
    if (!split(command, words)) {
        lg_buf_add_cstr(reterr_reason, "credential_process: no command, or too many words");
    } else if (run(chain, words, &output, reterr_reason)) {
        struct lg_buf why;

        lg_buf_init(&why, SIZE_MAX);
        good = lg_credentials_read_json(lg_buf_str(&output), &lg_credentials_of_process,
                                        &ret_result->credentials, &why);
        if (!good)
            lg_buf_printf(reterr_reason, "credential_process: %s printed %.*s", words[0],
                          LG_STR_ARG(lg_buf_str(&why)));
        lg_buf_done(&why);
    }
    free_words(words);
    if (output.size > 0)
        explicit_bzero(output.data, output.size);
    lg_buf_done(&output);
    return good;
}
