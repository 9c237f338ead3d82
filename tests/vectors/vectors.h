/*
 * vectors.h -- published test suites, run against our parsers where somebody has a copy of them.
 *
 * A suite is a folder and a runner for it. A runner may look at a file's name only where the
 * suite itself gives names a meaning.
 */
#ifndef LG_TESTS_VECTORS_H
#define LG_TESTS_VECTORS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct vector_result {
    size_t passed, failed;
    size_t accepted, refused; /* cases that the suite leaves to us */
};

struct vector_suite {
    const char *name; /* and the folder's */
    void (*run)(const char *folder, struct vector_result *result);
};

extern const struct vector_suite vectors_json_parsing;
extern const struct vector_suite vectors_json_schema;
extern const struct vector_suite vectors_sigv4;

/* "NAME: N passed, N failed" */
void vectors_print(const char *name, const struct vector_result *result);

/* Counts one case, and prints its name and why when it failed. */
void vectors_count(struct vector_result *result, bool passed, const char *name, const char *why);

/* Calls `run` for every file of `folder` whose name ends in `suffix`, in the order of names. */
void vectors_each_file(const char *folder, const char *suffix,
                       void (*run)(const char *name, struct lg_str content, void *object),
                       void *object);

/* The same for all folders below it too; the name is the path from `folder` on. */
void vectors_each_file_below(const char *folder, const char *suffix,
                             void (*run)(const char *name, struct lg_str content, void *object),
                             void *object);

/* Reads a whole file into `ret_content`, which it makes; ends the program when it cannot. */
void vectors_read(const char *path, struct lg_buf *ret_content);

#endif
