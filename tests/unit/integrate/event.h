/*
 * event.h -- one request turned into an event, and the members of the event by path.
 */
#ifndef LG_TESTS_INTEGRATE_EVENT_H
#define LG_TESTS_INTEGRATE_EVENT_H

#include "base/json.h"
#include "integrate/event_source.h"

/* What a test says about a request; what it leaves out is that of an ordinary one. */
struct request {
    const char *method; /* GET */
    const char *target; /* "/" */
    const char *key;    /* $default */
    const char *stage;  /* $default */
    bool stage_not_in_path;
    const char *base_path;          /* none */
    enum lg_config_api_kind kind;   /* HTTP */
    enum lg_config_payload payload; /* 2.0 */
    struct lg_config_pairs variables;
    struct lg_config_strings binary_types;
    const struct lg_header *headers;
    size_t header_count;
    struct lg_str body;
    const char *authorizer; /* JSON */
    const struct lg_event_question *question;
    bool token; /* the event of an authorizer of type TOKEN */
    bool http_1_0;
};

struct event {
    struct lg_arena arena;
    struct lg_buf text;
    struct lg_json *json;
};

/* Writes the event, checks that it is JSON, and keeps it until the next call. */
struct event *event_of(const struct request *request);

/* Fails the test unless an object has just these members, in this order, a blank between two. */
void event_has_names(struct event *event, const char *path, const char *expected);

/*
 * The member at a path such as "requestContext.http.path": text of a string, JSON of anything
 * else, NULL when it is absent. A "|" in place of "." separates names that hold dots.
 */
const char *event_at(const struct event *event, const char *path);

/* Fails the test unless the member is as given; NULL: absent. */
void event_has(const struct event *event, const char *path, const char *expected);

#define HEADERS(...)                                                                               \
    .headers = (const struct lg_header[]){ __VA_ARGS__ },                                          \
    .header_count = sizeof((const struct lg_header[]){ __VA_ARGS__ }) / sizeof(struct lg_header)
#define HEADER(name, value)                                                                        \
    {                                                                                              \
        { name, sizeof(name) - 1 },                                                                \
        {                                                                                          \
            value, sizeof(value) - 1                                                               \
        }                                                                                          \
    }

#endif
