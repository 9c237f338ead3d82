/*
 * options.h -- the options of one command line, read by one table for each command.
 */
#ifndef LG_CLI_OPTIONS_H
#define LG_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "command.h"

/* The values of an option that may come again. */
struct lg_option_list {
    const char **items; /* room for argc of them */
    size_t count;
};

/* One `--name`, with a value or as a switch. Exactly one of the three targets is set. */
struct lg_option {
    const char *name;   /* without the dashes */
    const char **value; /* borrowed from argv; the last one counts */
    bool *given;
    struct lg_option_list *list;
};

/* What a command line may hold. */
struct lg_grammar {
    const struct lg_option *options;
    size_t option_count;
    size_t least, most; /* operands */
};

/*
 * Reads options and operands in any order; `--name=value` and `--name value` are the same, `--`
 * ends the options. `--help` prints the command's help. Returns false when the command ends here,
 * with *ret_status. `operands` has room for grammar->most, and may be NULL when that is 0.
 */
bool lg_options_read(const struct lg_command *command, int argc, char **argv,
                     const struct lg_grammar *grammar, const char **operands, int *ret_status);

#endif
