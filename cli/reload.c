/* reload.c -- lambdagate reload: the daemon reads its configuration again, and says if it may not.
 */
#include <jansson.h>

#include "admin_client.h"
#include "base/mem.h"
#include "options.h"

/* The daemon's own lines, as `check` would print them. */
static int print_faults(const struct lg_admin_answer *answer)
{
    json_t *root = json_loadb(answer->body.data, answer->body.size, 0, NULL);
    json_t *faults = json_object_get(root, "faults"), *fault;
    size_t i;

    if (!json_is_array(faults)) {
        json_decref(root);
        return lg_admin_complain(answer);
    }
    json_array_foreach(faults, i, fault)
    {
        fprintf(stderr, "%s\n", json_string_value(fault));
    }
    lg_complain("refused: the configuration in use stays");
    json_decref(root);
    return LG_EXIT_FAILED;
}

static int run(const struct lg_command *command, int argc, char **argv)
{
    static const struct lg_str nothing = { "", 0 };
    const struct lg_admin_request request = { .path = "/reload", .body = &nothing };
    struct lg_admin_answer answer;
    const char *admin = NULL;
    const struct lg_option options[] = { { .name = "admin", .value = &admin } };
    const struct lg_grammar grammar = { .options = options, .option_count = LG_COUNT(options) };
    int status;

    if (!lg_options_read(command, argc, argv, &grammar, NULL, &status))
        return status;
    status = lg_admin_send(command, admin, &request, &answer);
    if (status != LG_EXIT_OK)
        return status;
    if (answer.status == 200)
        printf("reloaded\n");
    else
        status = print_faults(&answer);
    lg_admin_answer_done(&answer);
    return status;
}

const struct lg_command lg_command_reload = {
    .name = "reload",
    .arguments = "[--admin ADDRESS]",
    .summary = "Let the daemon read its configuration again; a bad one changes nothing.",
    .help = "  --admin ADDRESS  HOST:PORT or the path of a unix socket\n"
            "\n"
            "Every fault of the file is a line on standard error, as `check` prints it.\n",
    .run = run,
};
