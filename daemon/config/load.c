/* load.c -- from a file to a checked configuration: read, parse, expand, check. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "config/check.h"
#include "config/config.h"
#include "config/expand.h"
#include "config/node.h"
#include "config/stage_variables.h"

/* The absolute folder of `file`, without a slash at its end; NULL with errno. */
static const char *folder_of(struct lg_arena *arena, const char *file)
{
    const char *slash = strrchr(file, '/');
    struct lg_str folder = lg_str_make(file, slash != NULL ? (size_t)(slash - file) : 0);

    if (file[0] == '/')
        return folder.size == 0 ? "/" : lg_arena_cstr(arena, folder);
    char *here = getcwd(NULL, 0);
    if (here == NULL)
        return NULL;
    const char *base = strcmp(here, "/") == 0 ? "" : here;
    const char *path = folder.size == 0 || lg_str_is(folder, ".")
                           ? lg_arena_cstr(arena, lg_str_of(here))
                           : lg_arena_printf(arena, "%s/%.*s", base, LG_STR_ARG(folder));
    free(here);
    return path;
}

static void build(struct lg_config *config, struct lg_str text, struct lg_faults *faults)
{
    struct lg_where where = { .file = config->file };
    const char *folder = folder_of(&config->arena, config->file);

    if (folder == NULL) {
        lg_faults_add(faults, &where, "the current folder cannot be told: %s",
                      strerrordesc_np(errno));
        return;
    }
    struct lg_node *root = lg_node_read(&config->arena, config->file, text, faults);
    if (root == NULL)
        return;
    lg_expand(&config->arena, root, lg_expand_environment, NULL, faults);
    lg_stage_variables(&config->arena, root, faults);
    lg_check(config, root, folder, faults);
    config->root = root;
}

struct lg_config *lg_config_parse(const char *file, struct lg_str text, struct lg_faults *faults)
{
    struct lg_config *config = LG_NEW(struct lg_config);
    size_t before = lg_faults_count(faults);

    lg_arena_init(&config->arena);
    config->file = lg_arena_cstr(&config->arena, lg_str_of(file));
    build(config, text, faults);
    if (lg_faults_count(faults) == before)
        return config;
    lg_faults_sort(faults, before);
    lg_config_free(config);
    return NULL;
}

struct lg_config *lg_config_load(const char *file, struct lg_faults *faults)
{
    struct lg_where where = { .file = file };
    struct lg_config *config = NULL;
    struct lg_buf text;

    lg_buf_init(&text, LG_NODE_BYTES_MAX);
    enum lg_err err = lg_file_read(file, LG_FILE_ANY, &text);
    if (err == LG_ERR_TOO_BIG)
        lg_faults_add(faults, &where, "found more than 4MB, expected a smaller file");
    else if (err != LG_OK)
        lg_faults_add(faults, &where, "the file cannot be read: %s", lg_file_fault(err));
    else
        config = lg_config_parse(file, lg_buf_str(&text), faults);
    lg_buf_done(&text);
    return config;
}

void lg_config_free(struct lg_config *config)
{
    if (config == NULL)
        return;
    lg_arena_done(&config->arena);
    free(config);
}
