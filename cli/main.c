/* main.c -- finds the command and runs it. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "keeper/private_tmp.h"

static const struct lg_command *const commands[] = {
    &lg_command_check,  &lg_command_routes,   &lg_command_functions, &lg_command_invoke,
    &lg_command_event,  &lg_command_token,    &lg_command_reload,    &lg_command_aws,
    &lg_command_worker, &lg_command_generate,
};
#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void list_commands(FILE *to)
{
    fprintf(to, "usage: lambdagate COMMAND [ARGUMENTS]\n\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(to, "  %-11s%s\n", commands[i]->name, commands[i]->summary);
    fprintf(to, "  %-11s%s\n  %-11s%s\n", "version", "Tell the version.", "help",
            "Tell what a command does: lambdagate help COMMAND.");
    fprintf(to,
            "\nThe daemon is found at its admin address: --admin ADDRESS (HOST:PORT or the path "
            "of a unix\nsocket), else $LAMBDAGATE_ADMIN, else %s.\n\nExit status: 0 well, 1 the "
            "function failed or the check found faults, 2 wrong usage,\n3 the daemon cannot be "
            "reached.\n",
            LG_DEFAULT_ADMIN);
}

static const struct lg_command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static int unknown(const char *name)
{
    lg_complain("there is no command %s: `lambdagate help` lists them", name);
    return LG_EXIT_USAGE;
}

static int help(const char *name)
{
    const struct lg_command *command;

    if (name == NULL) {
        list_commands(stdout);
        return LG_EXIT_OK;
    }
    command = find_command(name);
    if (command == NULL)
        return unknown(name);
    lg_command_usage(command, stdout);
    return LG_EXIT_OK;
}

/* `lambdagate --admin ADDRESS COMMAND`: commands read their options behind their name. */
static void move_admin_behind_command(int argc, char **argv)
{
    int count = 0;

    if (argc > 3 && strcmp(argv[1], "--admin") == 0)
        count = 2;
    else if (argc > 2 && strncmp(argv[1], "--admin=", sizeof("--admin=") - 1) == 0)
        count = 1;
    if (count == 0)
        return;
    char *command = argv[1 + count];
    memmove(&argv[2], &argv[1], (size_t)count * sizeof(*argv));
    argv[1] = command;
}

static int run(int argc, char **argv)
{
    const char *name = argc < 2 ? NULL : argv[1];
    const struct lg_command *command;

    if (name == NULL) {
        list_commands(stderr);
        return LG_EXIT_USAGE;
    }
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return help(argc > 2 ? argv[2] : NULL);
    if (strcmp(name, "version") == 0 || strcmp(name, "--version") == 0) {
        printf("lambdagate %s\n", LG_VERSION);
        return LG_EXIT_OK;
    }
    command = find_command(name);
    return command == NULL ? unknown(name) : command->run(command, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
    /* A worker of `lambdagate worker`, whose temporary files are set up by its own program. */
    if (argc > 1 && strcmp(argv[1], LG_PRIVATE_TMP_WORD) == 0)
        lg_private_tmp_main(argc, argv);
    move_admin_behind_command(argc, argv);
    int status = run(argc, argv);

    /* What could not be written was not said: a full disk must not look like success. */
    if (fflush(stdout) != 0 || ferror(stdout)) {
        lg_complain("cannot write to standard output");
        return status == LG_EXIT_OK ? LG_EXIT_FAILED : status;
    }
    return status;
}
