/* generate.c -- lambdagate generate: texts made from the table of options. */
#include "config/generate.h"

#include "options.h"

static int run(const struct lg_command *command, int argc, char **argv)
{
    static const struct lg_grammar grammar = { .least = 1, .most = 1 };
    const char *name;
    struct lg_buf out;
    int status;

    if (!lg_options_read(command, argc, argv, &grammar, &name, &status))
        return status;
    lg_buf_init(&out, SIZE_MAX);
    if (lg_generate(name, &out)) {
        fwrite(out.data, 1, out.size, stdout);
        status = LG_EXIT_OK;
    } else {
        status = lg_command_misused(command, "there is no text called %s", name);
    }
    lg_buf_done(&out);
    return status;
}

const struct lg_command lg_command_generate = {
    .name = "generate",
    .arguments = "schema | manual | example",
    .summary = "Print what is made from the table of options.",
    .help = "  schema   the JSON Schema of a configuration file\n"
            "  manual   every option with its help\n"
            "  example  a configuration with every option, commented out\n",
    .run = run,
};
