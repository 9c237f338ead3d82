/* parse.c -- configurations from texts, for tests. */
#include "parse.h"

#include <stdlib.h>
#include <string.h>

static char *said;

static void forget(void)
{
    free(said);
    said = NULL;
}

/* Criterion's leak check must find nothing that is only kept for the next call. */
static void keep(struct lg_buf *text)
{
    static bool registered;

    if (!registered)
        atexit(forget);
    registered = true;
    free(said);
    said = lg_buf_take(text, NULL);
}

static void collect(const struct lg_faults *faults, struct lg_buf *out)
{
    static const char folder[] = "/etc/lambdagate/";

    for (size_t i = 0; i < lg_faults_count(faults); i++) {
        const char *line = lg_faults_line(faults, i);
        if (strncmp(line, folder, strlen(folder)) == 0)
            line += strlen(folder);
        lg_buf_add_cstr(out, line);
        lg_buf_add_char(out, '\n');
    }
}

const char *parse_faults(const char *text)
{
    struct lg_faults *faults = lg_faults_new();
    struct lg_config *config = lg_config_parse(PARSE_FILE, lg_str_of(text), faults);
    struct lg_buf out;

    cr_assert((config == NULL) == (lg_faults_count(faults) > 0));
    lg_buf_init(&out, SIZE_MAX);
    collect(faults, &out);
    keep(&out);
    lg_faults_free(faults);
    lg_config_free(config);
    return said;
}

struct lg_config *parse_good(const char *text)
{
    struct lg_faults *faults = lg_faults_new();
    struct lg_config *config = lg_config_parse(PARSE_FILE, lg_str_of(text), faults);

    if (config == NULL)
        cr_log_error("%s", parse_faults(text));
    cr_assert(config != NULL);
    lg_faults_free(faults);
    return config;
}
