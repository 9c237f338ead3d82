/* command.c -- usage and complaints, in one voice. */
#include "command.h"

#include <stdarg.h>

void lg_command_usage(const struct lg_command *command, FILE *to)
{
    fprintf(to, "usage: lambdagate %s%s%s\n\n%s\n", command->name,
            command->arguments[0] == '\0' ? "" : " ", command->arguments, command->summary);
    if (command->help[0] != '\0')
        fprintf(to, "\n%s", command->help);
}

__attribute__((format(printf, 1, 0))) static void complain(const char *format, va_list args)
{
    fflush(stdout);
    fprintf(stderr, "lambdagate: ");
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
}

void lg_complain(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    complain(format, args);
    va_end(args);
}

int lg_command_misused(const struct lg_command *command, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    complain(format, args);
    va_end(args);
    fprintf(stderr, "usage: lambdagate %s %s\n", command->name, command->arguments);
    return LG_EXIT_USAGE;
}
