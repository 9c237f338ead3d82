/* generate_manual.c -- docs/configuration.md: how a file is written, then every option. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/generate.h"
#include "config/generate_text.h"

static const char introduction[] =
    "# Configuration\n"
    "\n"
    "<!-- Made from the options table in daemon/config/ by `make generate`. -->\n"
    "\n"
    "One file tells the daemon everything: `lambdagated conf/lambdagate.yaml`. It is YAML or "
    "JSON;\n"
    "both give the same tree. [conf/lambdagate.yaml](../conf/lambdagate.yaml) shows every option\n"
    "with its default, [conf/quickstart.yaml](../conf/quickstart.yaml) a small file that works.\n"
    "\n"
    "```yaml\n"
    "listen: 127.0.0.1:8080\n"
    "functions:\n"
    "  put-item:\n"
    "    timeout: 10s\n"
    "    environment: { TABLE: items }\n"
    "    workers: { runtime: python3, handler: app.put_item, directory: ../functions }\n"
    "routes:\n"
    "  POST /items: { function: put-item, body: schemas/item.json }\n"
    "  GET /docs/{page+}: { redirect: { to: \"https://docs.example.com/{page}\", status: 308 } }\n"
    "  GET /ping: { respond: { json: { ok: true } } }\n"
    "```\n"
    "\n"
    "## When something is wrong\n"
    "\n"
    "`lambdagate check FILE` and `lambdagated --check FILE` read a file and say what is wrong "
    "with\n"
    "it: all of it at once, in the order of the file, each with its line, what was found, and "
    "what\n"
    "was expected. A daemon never starts with a file that has a fault.\n"
    "\n"
    "```\n"
    "gateway.yaml:7: functions.put-item.timeout: found \"10 parsecs\", expected a duration from "
    "1ms "
    "to 15m, such as 500ms or 10s\n"
    "gateway.yaml:12: routes.\"GET /items\".function: found \"get-itme\", an unknown function, "
    "expected put-item or get-item, did you mean \"get-item\"?\n"
    "```\n"
    "\n"
    "Unknown keys are faults, so a misspelt option is never quietly ignored. Editors that know\n"
    "JSON Schema complete and check a file while it is written, with\n"
    "[conf/lambdagate.schema.json](../conf/lambdagate.schema.json): put this line first.\n"
    "\n"
    "```yaml\n"
    "# yaml-language-server: $schema=lambdagate.schema.json\n"
    "```\n"
    "\n"
    "## Changing it under traffic\n"
    "\n"
    "`lambdagate reload`, or the signal HUP, puts a changed file to use. Requests in flight end "
    "as\n"
    "they began. A file with a fault changes nothing, and neither does one that changes an option\n"
    "marked *fixed at start*: the daemon says why and goes on as before.\n"
    "\n"
    "## How values are written\n"
    "\n"
    "| Value | Written as |\n"
    "|---|---|\n"
    "| duration | a whole number and its unit, `ms`, `s`, `m` or `h`: `500ms`, `10s`, `2m`, `1h`. "
    "A number without a unit is a fault. |\n"
    "| size | a whole number and `KB`, `MB` or `GB`, which are powers of 1024 as in AWS's limits "
    "(`6MB` is 6,291,456 bytes; `KiB`, `MiB`, `GiB` mean the same), or plain bytes |\n"
    "| address | `HOST:PORT`, `[IPV6]:PORT`, or the absolute path of a unix socket. A port alone "
    "is "
    "a fault: write `127.0.0.1:8080` for this machine only, `0.0.0.0:8080` for every address. |\n"
    "| path | absolute, or relative to the folder of the configuration file |\n"
    "| string | with or without quotes. A key with nothing behind it is a fault; the empty string "
    "is `\"\"`. |\n"
    "| true, false, whole number | without quotes |\n"
    "\n"
    "YAML's surprises are left out: `yes`, `no`, `on` and `off` are words, a key that stands "
    "twice\n"
    "is a fault, and so are anchors, aliases, merge keys, tags and a second document. A file may\n"
    "have 4MB.\n"
    "\n"
    "## Values from the environment\n"
    "\n"
    "In every value (never in a key) `${NAME}` is replaced by the environment variable of that\n"
    "name, and `${NAME:-default}` by the default if the variable is unset or empty. `$${` is a\n"
    "literal `${`. A variable that is not set and has no default is a fault. `${request.x}`,\n"
    "`${response.x}`, `${context.x}` and `${stageVariables.x}` are left for parameter mappings.\n"
    "`${stageVariables.x}` also stands for a stage variable in `function`, `redirect` and "
    "`respond`\n"
    "of a route.\n"
    "\n"
    "YAML wants it in quotes inside brackets and braces: `{ TABLE: \"${TABLE}\" }`.\n"
    "\n"
    "It is done after the file was read, so a value can never change the structure of the file. A\n"
    "number or boolean may then be in quotes, as JSON needs it: `\"max\": \"${WORKERS:-4}\"`.\n";

/* "Takes a duration from 1ms to 15m. Default: `3s`." */
static void write_facts(struct lg_buf *out, const struct lg_option *option)
{
    lg_buf_add_cstr(out, "Takes ");
    lg_option_write_takes(out, option);
    lg_buf_add_char(out, '.');
    if ((option->flags & LG_OPTION_REQUIRED) != 0)
        lg_buf_add_cstr(out, " Must be there.");
    else if (option->instead != NULL)
        lg_buf_printf(out, " Without it, %s.", option->instead);
    else if (option->fallback != NULL)
        lg_buf_printf(out, " Default: `%s`.", option->fallback);
    if ((option->flags & LG_OPTION_FIXED) != 0)
        lg_buf_add_cstr(out, " *Fixed at start.*");
}

/* A heading's address: lower case, without punctuation. */
static void write_link(struct lg_buf *out, const char *path)
{
    lg_buf_printf(out, " See [%s](#", path);
    for (; *path != '\0'; path++) {
        if (*path >= 'A' && *path <= 'Z')
            lg_buf_add_char(out, (char)(*path + ('a' - 'A')));
        else if (*path != '.')
            lg_buf_add_char(out, *path);
    }
    lg_buf_add_cstr(out, ").");
}

/* The path of what stands below `option`: functions.NAME, log. */
static void path_below(char ret_path[LG_GENERATE_PATH_SIZE], const char *path,
                       const struct lg_option *option)
{
    snprintf(ret_path, LG_GENERATE_PATH_SIZE, "%s%s%s%s", path, *path == '\0' ? "" : ".",
             option->key,
             option->type != LG_OPTION_MAP ? ""
             : option->name != NULL        ? ".NAME"
                                           : ".KEY");
}

static void write_paragraph(struct lg_buf *out, struct lg_buf *text)
{
    char *line = lg_buf_take(text, NULL);

    lg_buf_add_char(out, '\n');
    lg_generate_fill(out, "", line);
    free(line);
}

static void write_option(struct lg_buf *out, const struct lg_option *option, const char *path,
                         struct lg_generate_seen *seen)
{
    struct lg_buf text;
    char below[LG_GENERATE_PATH_SIZE];

    lg_buf_printf(out, "\n### `%s`\n", option->key);
    lg_buf_init(&text, SIZE_MAX);
    lg_buf_add_cstr(&text, option->help);
    if (option->group != NULL) {
        path_below(below, path, option);
        const char *first = lg_generate_see(seen, option->group, below);
        write_link(&text, first != NULL ? first : below);
    }
    write_paragraph(out, &text);
    lg_buf_init(&text, SIZE_MAX);
    write_facts(&text, option);
    write_paragraph(out, &text);
}

static void write_words(struct lg_buf *out, const char *const *keys)
{
    for (size_t i = 0; keys[i] != NULL; i++)
        lg_buf_printf(out, "%s`%s`", i == 0 ? "" : keys[i + 1] == NULL ? " and " : ", ", keys[i]);
}

static void write_rules(struct lg_buf *out, const struct lg_group *group)
{
    if (group->one_of == NULL && group->at_most_one == NULL && group->needs == NULL)
        return;
    lg_buf_add_char(out, '\n');
    if (group->one_of != NULL) {
        lg_buf_add_cstr(out, "- Exactly one of ");
        write_words(out, group->one_of);
        lg_buf_add_cstr(out, " must be there.\n");
    }
    if (group->at_most_one != NULL) {
        lg_buf_add_cstr(out, "- Only one of ");
        write_words(out, group->at_most_one);
        lg_buf_add_cstr(out, " may be there.\n");
    }
    for (const struct lg_need *need = group->needs; need != NULL && need->key != NULL; need++)
        lg_buf_printf(out, "- `%s` goes with `%s` only.\n", need->key, need->needs);
    for (const struct lg_need_one *need = group->needs_one; need != NULL && need->key != NULL;
         need++)
        lg_buf_printf(out, "- `%s` goes with `%s` or `%s` only.\n", need->key, need->one,
                      need->other);
}

static void write_group(struct lg_buf *out, const struct lg_group *group, const char *path,
                        struct lg_generate_seen *seen)
{
    char below[LG_GENERATE_PATH_SIZE];

    lg_buf_printf(out, "\n## %s\n\n", *path == '\0' ? "The file" : path);
    lg_generate_fill(out, "", group->help);
    write_rules(out, group);
    for (size_t i = 0; i < group->count; i++)
        write_option(out, &group->options[i], path, seen);
    for (size_t i = 0; i < group->count; i++) {
        if (group->options[i].group == NULL)
            continue;
        path_below(below, path, &group->options[i]);
        /* A group stands where it was met first, and is linked from elsewhere. */
        if (strcmp(lg_generate_see(seen, group->options[i].group, below), below) == 0)
            write_group(out, group->options[i].group, below, seen);
    }
}

void lg_generate_manual(struct lg_buf *out)
{
    struct lg_generate_seen seen = { .count = 0 };

    lg_buf_add_cstr(out, introduction);
    write_group(out, &lg_options, "", &seen);
}
