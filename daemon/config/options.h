/*
 * options.h -- the one table of options: what may stand in a configuration file, what it means,
 * and where its value goes.
 *
 * The checker (check.c), the JSON Schema, the manual and the example file are all made from it,
 * so that an editor completes what the daemon checks. A new option is one entry here and one
 * field in config.h.
 */
#ifndef LG_CONFIG_OPTIONS_H
#define LG_CONFIG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "config/rules.h"

enum lg_option_type {
    LG_OPTION_STRING,      /* const char * */
    LG_OPTION_ENUM,        /* one of `choices`; bool, enum or int64_t */
    LG_OPTION_BOOL,        /* bool */
    LG_OPTION_INTEGER,     /* int64_t; `choices` are words for some numbers */
    LG_OPTION_DURATION,    /* int64_t, milliseconds */
    LG_OPTION_SIZE,        /* int64_t, bytes */
    LG_OPTION_MODE,        /* int64_t */
    LG_OPTION_ADDRESS,     /* struct lg_config_address */
    LG_OPTION_PATH,        /* const char *, made absolute */
    LG_OPTION_STRINGS,     /* struct lg_config_strings, at least one */
    LG_OPTION_PAIRS,       /* struct lg_config_pairs */
    LG_OPTION_NAMED_PAIRS, /* struct lg_config_named_pairs: names to mappings of names to strings */
    LG_OPTION_JSON,        /* const char *, compact JSON text */
    LG_OPTION_FUNCTION,    /* const struct lg_config_function *, by its name */
    LG_OPTION_GROUP,       /* a nested group; `choices` are words for its absence */
    LG_OPTION_MAP          /* names to groups: a pointer to an array, and its count */
};

enum lg_option_flags {
    LG_OPTION_REQUIRED = 1,
    LG_OPTION_FIXED = 2,       /* a reload cannot change it; in struct lg_config itself (fixed.c) */
    LG_OPTION_ONE_OR_MORE = 4, /* STRINGS, PAIRS: one may stand alone, without a name */
    LG_OPTION_PATHS = 8,       /* STRINGS, PAIRS: the values are paths, made absolute */
};

struct lg_choice {
    const char *name;
    int64_t value;
    bool number; /* the name is a number, which YAML writes without quotes */
};

/* What a text must look like. The pattern is anchored by whoever uses it. */
struct lg_shape {
    const char *pattern;
    const char *expected;
};

/* One entry of a map in the example file; `without` lists options, by blanks, to leave out. */
struct lg_sample {
    const char *name, *without;
};

struct lg_option {
    const char *key;
    enum lg_option_type type;
    unsigned flags;
    size_t at, size;      /* where the value goes in the struct of the group */
    size_t count_at;      /* MAP: where the count goes */
    size_t word_at;       /* GROUP: where the value of a word goes, an int64_t; 0: not kept */
    size_t where_at;      /* a struct lg_where for the place of the value; 0: not kept */
    const char *fallback; /* the default as it would be written; NULL: none */
    const char *instead;  /* what is done without the option, where `fallback` cannot say it */
    int64_t min, max;     /* INTEGER, DURATION, SIZE */
    const struct lg_choice *choices;
    size_t choice_count;
    const char *noun;             /* ENUM: what is unknown, when a choice is */
    const struct lg_shape *shape; /* STRING; STRINGS: of each; PAIRS: of the values */
    const struct lg_shape *name;  /* PAIRS, NAMED_PAIRS, MAP: of the names */
    const struct lg_group *group; /* GROUP, MAP */
    void (*check)(struct lg_rule_call *call, const struct lg_config_pairs *pairs); /* PAIRS */
    const struct lg_sample *samples; /* MAP; GROUP: one */
    size_t sample_count;
    const char *help;    /* whole sentences */
    const char *example; /* as it would be written; NULL: the default */
};

/* `key` says nothing without `needs`. */
struct lg_need {
    const char *key, *needs;
};

/* `key` says nothing without one of the two. */
struct lg_need_one {
    const char *key, *one, *other;
};

struct lg_group {
    const char *name; /* one word, for the schema and the manual */
    const char *help; /* whole sentences */
    size_t size;      /* of its struct; 0: it lies in that of the group around it */
    size_t name_at;   /* in a map: where the name goes, a const char * */
    size_t where_at;  /* where its place goes; 0: not kept */
    const struct lg_option *options;
    size_t count;
    const char *const *one_of;           /* exactly one of these, NULL at the end; NULL: no rule */
    const char *const *at_most_one;      /* as above */
    const struct lg_need *needs;         /* ended by one without a key; NULL: no rule */
    const struct lg_need_one *needs_one; /* as above */
    lg_rule_fn *rule;                    /* what goes beyond the table; NULL: nothing */
};

/* Everything a file may hold, for struct lg_config. */
extern const struct lg_group lg_options;

/* Groups of their own files. */
extern const struct lg_group lg_options_function;
extern const struct lg_group lg_options_credentials;
extern const struct lg_group lg_options_credentials_from;
extern const struct lg_group lg_options_assume_role;
extern const struct lg_group lg_options_aws;
extern const struct lg_group lg_options_logging;
extern const struct lg_group lg_options_lambda;
extern const struct lg_group lg_options_redis;
extern const struct lg_group lg_options_redis_target;
extern const struct lg_group lg_options_route;
extern const struct lg_group lg_options_http;
extern const struct lg_group lg_options_api;
extern const struct lg_group lg_options_gateway_response;

extern const struct lg_shape lg_shape_response_type;
extern const struct lg_group lg_options_cors;
extern const struct lg_group lg_options_authorizer;
extern const struct lg_group lg_options_lambda_authorizer;
extern const struct lg_group lg_options_validation;

/* The formats of events: options_route.c. */
extern const struct lg_choice lg_choices_payload[];
#define LG_CHOICES_PAYLOAD 2

/* Of what stands both at the top level and in an API: options_api.c. */
extern const struct lg_choice lg_choices_errors[];
#define LG_CHOICES_ERRORS 2
extern const struct lg_shape lg_shape_stage;
extern const struct lg_shape lg_shape_api_id;
extern const struct lg_shape lg_shape_variable_name;
extern const struct lg_shape lg_shape_variable_value;
extern const struct lg_shape lg_shape_model;

/* Of what stands both under aws: and in a target in Lambda: options_aws.c. */
extern const struct lg_shape lg_shape_region;
extern const struct lg_shape lg_shape_endpoint;

#define LG_OPTION_AT(type, member)                                                                 \
    .at = offsetof(struct type, member), .size = sizeof(((struct type *)NULL)->member)

/* Appends what the option takes, for the manual: "a duration from 1ms to 15m". */
void lg_option_write_takes(struct lg_buf *out, const struct lg_option *option);

/* The same for a fault, which also shows how: "..., such as 500ms or 10s". */
void lg_option_write_expected(struct lg_buf *out, const struct lg_option *option);

#endif
