/* vectors.c -- runs every suite found below the folder that LAMBDAGATE_VECTORS names. */
#include "vectors.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

static const struct vector_suite *const suites[] = {
    &vectors_json_parsing,
    &vectors_json_schema,
    &vectors_sigv4,
};

static _Noreturn void give_up(const char *path)
{
    perror(path);
    exit(2);
}

void vectors_count(struct vector_result *result, bool passed, const char *name, const char *why)
{
    if (passed) {
        result->passed++;
        return;
    }
    result->failed++;
    printf("  failed: %s: %s\n", name, why);
}

void vectors_read(const char *path, struct lg_buf *ret_content)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = 1;

    if (fd < 0)
        give_up(path);
    lg_buf_init(ret_content, SIZE_MAX);
    while (got > 0) {
        char *end = lg_buf_reserve(ret_content, 65536);

        got = read(fd, end, 65536);
        if (got < 0)
            give_up(path);
        ret_content->size += (size_t)got;
    }
    close(fd);
}

typedef void run_fn(const char *name, struct lg_str content, void *object);

static bool is_folder(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* `below`: the path from `folder` on, empty or ended by a slash. */
static void each_file(const char *folder, const char *below, bool deep, const char *suffix,
                      run_fn *run, void *object)
{
    char *where = lg_sprintf("%s/%s", folder, below);
    struct dirent **entries;
    int count = scandir(where, &entries, NULL, alphasort);

    if (count < 0)
        give_up(where);
    for (int i = 0; i < count; i++) {
        char *name = lg_sprintf("%s%s", below, entries[i]->d_name);
        char *path = lg_sprintf("%s/%s", folder, name);

        if (deep && entries[i]->d_name[0] != '.' && is_folder(path)) {
            char *inner = lg_sprintf("%s/", name);

            each_file(folder, inner, deep, suffix, run, object);
            free(inner);
        } else if (lg_str_ends(lg_str_of(name), lg_str_of(suffix))) {
            struct lg_buf content;

            vectors_read(path, &content);
            run(name, lg_buf_str(&content), object);
            lg_buf_done(&content);
        }
        free(path);
        free(name);
        free(entries[i]);
    }
    free(entries);
    free(where);
}

void vectors_each_file(const char *folder, const char *suffix, run_fn *run, void *object)
{
    each_file(folder, "", false, suffix, run, object);
}

void vectors_each_file_below(const char *folder, const char *suffix, run_fn *run, void *object)
{
    each_file(folder, "", true, suffix, run, object);
}

void vectors_print(const char *name, const struct vector_result *result)
{
    printf("%s: %zu passed, %zu failed", name, result->passed, result->failed);
    if (result->accepted + result->refused > 0)
        printf(" (left to us: %zu accepted, %zu refused)", result->accepted, result->refused);
    putchar('\n');
}

/* False when a case failed. A suite without a single case proves nothing, and fails too. */
static bool run_suite(const struct vector_suite *suite, const char *root)
{
    char *folder = lg_sprintf("%s/%s", root, suite->name);
    struct vector_result result = { 0 };
    bool there = is_folder(folder);

    if (there) {
        suite->run(folder, &result);
        vectors_print(suite->name, &result);
    } else {
        printf("%s: skipped: there is no folder %s\n", suite->name, folder);
    }
    free(folder);
    return !there || (result.failed == 0 && result.passed > 0);
}

int main(int argc, char **argv)
{
    const char *root = argc > 1 ? argv[1] : getenv("LAMBDAGATE_VECTORS");
    bool passed = true;

    if (root == NULL || root[0] == '\0') {
        puts("vectors: skipped: LAMBDAGATE_VECTORS does not name a folder of test suites");
        return 0;
    }
    for (size_t i = 0; i < LG_COUNT(suites); i++)
        passed = run_suite(suites[i], root) && passed;
    return passed ? 0 : 1;
}
