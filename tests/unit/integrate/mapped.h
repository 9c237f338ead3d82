/*
 * mapped.h -- a parameter mapping compiled and applied to one request or answer, for tests.
 */
#ifndef LG_TESTS_INTEGRATE_MAPPED_H
#define LG_TESTS_INTEGRATE_MAPPED_H

#include "integrate/mapping.h"

/* What a test says; what it leaves out is that of an ordinary request to an HTTP API. */
struct mapped_request {
    enum lg_config_api_kind kind;
    const char *key;    /* GET /shops/{shop}/{rest+} */
    const char *target; /* /shops/7/a/b */
    const struct lg_header *headers;
    size_t header_count;
    const char *body;
    size_t body_size; /* 0: that of the text */
};

struct pair {
    const char *name, *value;
};

#define PAIRS(...)                                                                                 \
    (const struct pair[])                                                                          \
    {                                                                                              \
        __VA_ARGS__,                                                                               \
        {                                                                                          \
            NULL, NULL                                                                             \
        }                                                                                          \
    }
#define FIELDS(...)                                                                                \
    .headers = (const struct lg_header[]){ __VA_ARGS__ },                                          \
    .header_count = sizeof((const struct lg_header[]){ __VA_ARGS__ }) / sizeof(struct lg_header)
#define FIELD(name, value)                                                                         \
    {                                                                                              \
        { name, sizeof(name) - 1 },                                                                \
        {                                                                                          \
            value, sizeof(value) - 1                                                               \
        }                                                                                          \
    }

void mapped_start(void); /* for .init */
void mapped_stop(void);  /* for .fini */

/* Applies the pairs; every one of them must compile. LG_OK, or why the request is refused. */
enum lg_err mapped_try(const struct pair *pairs, const struct mapped_request *request);
/* As above; it must be LG_OK. */
void mapped(const struct pair *pairs, const struct mapped_request *request);

/* What came of the last request. */
const struct lg_mapped *mapped_last(void);
const char *mapped_reason(void);
/* All fields of that name (case ignored), joined by "|"; NULL: none. */
const char *mapped_header(const char *name);
const char *mapped_query(void); /* NULL: none */
const char *mapped_path(void);  /* NULL: not overwritten */

/* Fails the test unless the texts are the same, or both NULL. */
void text_is(const char *found, const char *expected);
void header_is(const char *name, const char *expected);

/* The same for answers; the status of the request's mapping is "200". */
enum lg_err mapped_answer_try(const struct pair *pairs, const struct mapped_request *answer);
void mapped_answer(const struct pair *pairs, const struct mapped_request *answer);
int mapped_status(void);

/* The fault of one pair that must not compile: without its place. */
const char *mapped_fault(enum lg_config_api_kind kind, bool answer, const char *name,
                         const char *value);
void mapped_fault_says(enum lg_config_api_kind kind, bool answer, const char *name,
                       const char *value, const char *part);

#endif
