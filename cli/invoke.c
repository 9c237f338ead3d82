/* invoke.c -- lambdagate invoke: one call of a function, as an SDK would make it. */
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "admin_client.h"
#include "base/mem.h"
#include "base/text.h"
#include "input.h"
#include "options.h"

/* Above the daemon's own limit, so that it is the daemon that says what is too large. */
#define PAYLOAD_MAX ((size_t)64 * 1024 * 1024)

struct asked {
    const char *function, *admin, *data, *event, *client_context;
    bool log;
};

/* --- the payload ------------------------------------------------------------------------------ */

/* Nobody types an event: a terminal means none, and the function gets {}. */
static bool read_payload(const struct asked *asked, struct lg_buf *ret_payload)
{
    if (asked->data != NULL)
        return lg_buf_add_cstr(ret_payload, asked->data);
    if (asked->event == NULL && isatty(STDIN_FILENO))
        return true;
    return lg_input_read(asked->event != NULL ? asked->event : "-", ret_payload);
}

/* --- the answer ------------------------------------------------------------------------------- */

static void print_line(FILE *to, struct lg_str text)
{
    if (text.size == 0)
        return;
    fwrite(text.data, 1, text.size, to);
    if (text.data[text.size - 1] != '\n')
        fputc('\n', to);
}

static void print_log(const struct lg_admin_answer *answer)
{
    struct lg_arena arena;
    struct lg_str log;

    lg_arena_init(&arena);
    if (lg_base64_decode(&arena, lg_buf_str(&answer->log_result), &log) == LG_OK)
        print_line(stderr, log);
    lg_arena_done(&arena);
}

static int print_answer(const struct lg_admin_answer *answer)
{
    if (answer->status != 200)
        return lg_admin_complain(answer);
    print_log(answer);
    print_line(stdout, lg_buf_str(&answer->body));
    if (answer->function_error.size == 0)
        return LG_EXIT_OK;
    lg_complain("the function failed (%.*s)", LG_STR_ARG(lg_buf_str(&answer->function_error)));
    return LG_EXIT_FAILED;
}

/* --- the call --------------------------------------------------------------------------------- */

static char *make_path(const char *function)
{
    char *encoded = curl_easy_escape(NULL, function, 0);

    if (encoded == NULL)
        abort();
    char *path = lg_sprintf("/2015-03-31/functions/%s/invocations", encoded);
    curl_free(encoded);
    return path;
}

static char *make_context_header(const char *json)
{
    struct lg_buf header;

    lg_buf_init(&header, SIZE_MAX);
    lg_buf_add_cstr(&header, "X-Amz-Client-Context: ");
    lg_base64_encode(&header, lg_str_of(json));
    return lg_buf_take(&header, NULL);
}

static int call(const struct lg_command *command, const struct asked *asked,
                const struct lg_buf *payload)
{
    struct lg_str body = lg_buf_str(payload);
    char *path = make_path(asked->function);
    char *context =
        asked->client_context == NULL ? NULL : make_context_header(asked->client_context);
    const char *headers[3] = { NULL };
    size_t count = 0;
    struct lg_admin_answer answer;

    if (asked->log)
        headers[count++] = "X-Amz-Log-Type: Tail";
    if (context != NULL)
        headers[count++] = context;
    int status = lg_admin_send(
        command, asked->admin,
        &(struct lg_admin_request){ .path = path, .headers = headers, .body = &body }, &answer);
    if (status == LG_EXIT_OK) {
        status = print_answer(&answer);
        lg_admin_answer_done(&answer);
    }
    free(context);
    free(path);
    return status;
}

static int run(const struct lg_command *command, int argc, char **argv)
{
    struct asked asked = { .function = NULL };
    const struct lg_option options[] = {
        { .name = "admin", .value = &asked.admin },
        { .name = "data", .value = &asked.data },
        { .name = "event", .value = &asked.event },
        { .name = "client-context", .value = &asked.client_context },
        { .name = "log", .given = &asked.log },
    };
    const struct lg_grammar grammar = {
        .options = options, .option_count = LG_COUNT(options), .least = 1, .most = 1
    };
    struct lg_buf payload;
    int status;

    if (!lg_options_read(command, argc, argv, &grammar, &asked.function, &status))
        return status;
    if (asked.data != NULL && asked.event != NULL)
        return lg_command_misused(command, "--data and --event are two payloads, a call has one");
    lg_buf_init(&payload, PAYLOAD_MAX);
    status = read_payload(&asked, &payload) ? call(command, &asked, &payload) : LG_EXIT_USAGE;
    lg_buf_done(&payload);
    return status;
}

const struct lg_command lg_command_invoke = {
    .name = "invoke",
    .arguments = "FUNCTION [--data TEXT | --event FILE] [--log] [--client-context JSON]\n"
                 "                         [--admin ADDRESS]",
    .summary = "Call a function and print its answer.",
    .help = "FUNCTION is a name, NAME:QUALIFIER or an ARN. Without --data and --event the payload "
            "is read from\nstandard input, unless that is a terminal; an empty payload becomes "
            "{}.\n\n"
            "  --data TEXT            the payload\n"
            "  --event FILE           a file that holds the payload; - is standard input\n"
            "  --log                  the last 4 KB of the call's log, on standard error\n"
            "  --client-context JSON  what the handler finds in its client context\n"
            "  --admin ADDRESS        HOST:PORT or the path of a unix socket\n\n"
            "The answer goes to standard output as it is. When the function fails, it is the "
            "function's error\nand the exit status is 1.\n",
    .run = run,
};
