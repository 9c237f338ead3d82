/* options.c -- a walk over argv. */
#include "options.h"

#include <string.h>

/* What the walk knows. */
struct walk {
    const struct lg_command *command;
    const struct lg_grammar *grammar;
    char **argv;
    int argc, at;
    int status;
};

static bool misused(struct walk *walk, const char *what, const char *word)
{
    walk->status = lg_command_misused(walk->command, "%s %s", what, word);
    return false;
}

static const struct lg_option *find(const struct walk *walk, const char *word, size_t size)
{
    for (size_t i = 0; i < walk->grammar->option_count; i++) {
        const char *name = walk->grammar->options[i].name;
        if (strlen(name) == size && memcmp(name, word, size) == 0)
            return &walk->grammar->options[i];
    }
    return NULL;
}

static bool take(const struct lg_option *option, const char *value)
{
    if (option->list != NULL)
        option->list->items[option->list->count++] = value;
    else
        *option->value = value;
    return true;
}

/* argv[at] starts with two dashes. */
static bool read_option(struct walk *walk)
{
    const char *word = walk->argv[walk->at] + 2;
    size_t size = strcspn(word, "=");
    const struct lg_option *option = find(walk, word, size);

    if (strcmp(word, "help") == 0) {
        lg_command_usage(walk->command, stdout);
        walk->status = LG_EXIT_OK;
        return false;
    }
    if (option == NULL)
        return misused(walk, "there is no option", walk->argv[walk->at]);
    if (option->given != NULL) {
        *option->given = true;
        return word[size] == '\0' || misused(walk, "no value belongs to", walk->argv[walk->at]);
    }
    if (word[size] == '=')
        return take(option, word + size + 1);
    if (walk->at + 1 == walk->argc)
        return misused(walk, "a value is missing after", walk->argv[walk->at]);
    return take(option, walk->argv[++walk->at]);
}

static bool read_all(struct walk *walk, const char **operands, size_t *ret_count)
{
    bool options_end = false;
    size_t count = 0;

    for (walk->at = 1; walk->at < walk->argc; walk->at++) {
        const char *word = walk->argv[walk->at];
        if (!options_end && strcmp(word, "--") == 0) {
            options_end = true;
        } else if (!options_end && strncmp(word, "--", 2) == 0) {
            if (!read_option(walk))
                return false;
        } else if (!options_end && word[0] == '-' && word[1] != '\0') {
            return misused(walk, "there is no option", word);
        } else if (count == walk->grammar->most) {
            return misused(walk, "one word too many:", word);
        } else {
            operands[count++] = word;
        }
    }
    *ret_count = count;
    return true;
}

bool lg_options_read(const struct lg_command *command, int argc, char **argv,
                     const struct lg_grammar *grammar, const char **operands, int *ret_status)
{
    struct walk walk = { .command = command, .grammar = grammar, .argv = argv, .argc = argc };
    size_t count = 0;

    if (!read_all(&walk, operands, &count)) {
        *ret_status = walk.status;
        return false;
    }
    if (count < grammar->least) {
        *ret_status = lg_command_misused(command, "a word is missing");
        return false;
    }
    return true;
}
