/* runtime_directory.c -- looks beside the program itself, so that an installation can be moved. */
#include "target/runtime_directory.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

/* The folder of the running program, in `ret_folder`. */
static void program_folder(char ret_folder[PATH_MAX])
{
    ssize_t size = readlink("/proc/self/exe", ret_folder, PATH_MAX - 1);
    char *slash;

    ret_folder[size > 0 ? size : 0] = '\0';
    slash = strrchr(ret_folder, '/');
    if (slash != NULL)
        *slash = '\0';
}

char *lg_runtime_directory(void)
{
    static const char *const places[] = { "../lib/lambdagate/runtimes", "../../runtimes" };
    const char *given = getenv("LAMBDAGATE_RUNTIMES");
    char folder[PATH_MAX], real[PATH_MAX];

    if (given != NULL && given[0] != '\0')
        return lg_strdup(given);
    program_folder(folder);
    for (size_t i = 0; i < LG_COUNT(places); i++) {
        char *path = lg_sprintf("%s/%s", folder, places[i]);
        bool found = realpath(path, real) != NULL;

        free(path);
        if (found)
            return lg_strdup(real);
    }
    return lg_sprintf("%s/%s", folder, places[0]);
}
