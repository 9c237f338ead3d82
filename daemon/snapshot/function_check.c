/* function_check.c -- folders and programs that are not there, users that we cannot become. */
#include "snapshot/function_check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "cloud/credentials.h"

/* A worker could never start there: better said now than at the first request. */
static bool check_directory(const struct lg_config_function *function, struct lg_faults *faults)
{
    const struct lg_config_workers *workers = function->workers;
    struct stat status;

    if (stat(workers->directory, &status) != 0)
        lg_faults_add(faults, &workers->where, "directory \"%s\": %s", workers->directory,
                      strerror(errno));
    else if (!S_ISDIR(status.st_mode))
        lg_faults_add(faults, &workers->where, "directory \"%s\": found a file, expected a folder",
                      workers->directory);
    else
        return true;
    return false;
}

/* What cannot be run: NULL when it can. Links are followed, as they are when it is run. */
static const char *why_not(const char *program)
{
    struct stat status;

    if (stat(program, &status) != 0)
        return strerror(errno);
    if (S_ISDIR(status.st_mode))
        return "found a folder, expected a program";
    if (faccessat(AT_FDCWD, program, X_OK, AT_EACCESS) != 0)
        return errno == EACCES ? "found a file that may not be executed, expected a program"
                               : strerror(errno);
    return NULL;
}

/*
 * One that PATH finds is looked for when it is run, by the worker's own environment. One that is
 * being built anew may be missing for a moment.
 */
static void check_command(const struct lg_config_function *function, struct lg_faults *faults)
{
    const struct lg_config_workers *workers = function->workers;
    const char *program = workers->command.count == 0 ? NULL : workers->command.items[0];
    const char *reason;
    char *path;

    if (program == NULL || strchr(program, '/') == NULL || workers->reload_on_change)
        return;
    if (strncmp(program, "./", 2) == 0)
        program += 2;
    path = *program == '/' ? lg_strdup(program) : lg_sprintf("%s/%s", workers->directory, program);
    reason = why_not(path);
    if (reason != NULL)
        lg_faults_add(faults, &workers->where, "command \"%s\": %s", path, reason);
    free(path);
}

/* Whoever is not root is one user for good, and so are all workers. */
static void check_user(const struct lg_config_function *function, struct lg_faults *faults)
{
    if (function->user == NULL || geteuid() == 0)
        return;
    lg_faults_add(faults, &function->user_where,
                  "found \"%s\", which is not who starts this, expected to be started as root, or "
                  "no \"user\"",
                  function->user_name);
}

/* Better said now than by every SDK at its first call. */
static void check_credentials(const struct lg_config_function *function, struct lg_faults *faults)
{
    struct lg_buf reason;

    if (function->credentials == NULL)
        return;
    lg_buf_init(&reason, SIZE_MAX);
    if (!lg_credentials_check(function->credentials, &reason))
        lg_faults_add(faults, &function->credentials->where, "found %.*s, expected credentials",
                      (int)reason.size, reason.data);
    lg_buf_done(&reason);
}

void lg_function_check(const struct lg_config_function *function, struct lg_faults *faults)
{
    if (function->workers != NULL && check_directory(function, faults))
        check_command(function, faults);
    check_user(function, faults);
    check_credentials(function, faults);
}
