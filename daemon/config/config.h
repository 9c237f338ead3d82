/*
 * config.h -- a checked configuration as plain values. Made by config_load(), never changed.
 *
 * Everything lies in the configuration's arena. Names, defaults, ranges and help live in one
 * options table (options.c), which also makes the JSON Schema and the manual. What needs
 * another part to judge it (route conflicts, schemas, redirect templates) is judged where the
 * snapshot is built, which reports into the same list of faults.
 */
#ifndef LG_CONFIG_CONFIG_H
#define LG_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "config/fault.h"
#include "config/response_types.h"

struct lg_config_pair {
    const char *name, *value;
    struct lg_where where;
};

struct lg_config_pairs {
    const struct lg_config_pair *items;
    size_t count;
};

struct lg_config_named_pair {
    const char *name;
    struct lg_config_pairs pairs;
    struct lg_where where;
};

/* Names, each with pairs of its own. */
struct lg_config_named_pairs {
    const struct lg_config_named_pair *items;
    size_t count;
};

struct lg_config_strings {
    const char *const *items;
    size_t count;
};

struct lg_config_address {
    const char *host; /* NULL for a unix socket */
    uint16_t port;
    const char *path; /* NULL for TCP */
};

enum lg_config_runtime { LG_RUNTIME_COMMAND, LG_RUNTIME_PYTHON3, LG_RUNTIME_NODEJS };

struct lg_config_workers {
    enum lg_config_runtime runtime;
    const char *handler;              /* module.function; NULL with a command, unless given */
    struct lg_config_strings command; /* for LG_RUNTIME_COMMAND */
    const char *directory;            /* absolute; default: the folder of the configuration file */
    int64_t min, max;                 /* processes */
    int64_t idle_timeout_ms;          /* a process above min that did nothing for so long ends */
    int64_t init_timeout_ms;          /* from exec to the first `next` */
    bool private_tmp;                 /* each process has temporary files of its own */
    bool reload_on_change;            /* new processes when files in the directory change */
    struct lg_where where;
};

enum lg_config_priority { LG_PRIORITY_NORMAL, LG_PRIORITY_HIGH, LG_PRIORITY_LOW };

/* A queue in Redis, from which workers on any host take calls. */
struct lg_config_redis_target {
    const char *queue; /* NULL: the name of the function */
    int64_t depth;     /* calls that may wait in it */
    enum lg_config_priority priority;
    bool start_receipts; /* workers are asked to tell when they take a call */
    bool expect_workers; /* without one that said it is there calls are refused */
    struct lg_where where;
};

/* A server: a host and a port, or a unix socket. */
struct lg_config_redis_node {
    const char *host; /* NULL for a unix socket */
    const char *path; /* NULL for TCP */
    uint16_t port;
};

struct lg_config_redis_login {
    const char *username, *password, *password_file; /* or NULL */
};

/* The Redis of all of them. */
struct lg_config_redis {
    const char *url;                          /* as written; it holds no secret */
    const struct lg_config_redis_node *nodes; /* the server, the Sentinels, or some of a Cluster */
    size_t node_count;                        /* at least 1 */
    const char *sentinel_master;              /* what Sentinels call the master; NULL: none do */
    struct lg_config_redis_login login, sentinel_login;
    bool cluster; /* `nodes` are some of a Cluster */
    bool tls;
    int64_t database;
    const char *ca_file;                         /* or NULL: the system's authorities */
    const char *client_certificate, *client_key; /* both or none */
    const char *prefix;                          /* of all keys */
    const char *gateway;                         /* NULL: made up at start */
    int64_t connect_timeout_ms, command_timeout_ms;
    struct lg_where where;
};

/* A function in AWS Lambda. */
struct lg_config_lambda {
    const char *arn, *function; /* one of the three: an ARN; a name or a partial ARN; */
    const char *url;            /* a function URL, in place of the Invoke API */
    bool no_auth;               /* of the URL: requests to it are not signed */
    const char *qualifier;      /* or NULL */
    const char *region;         /* NULL: of the ARN, or of struct lg_config_aws */
    const char *endpoint;       /* NULL: AWS's */
    const char *ca_file;        /* or NULL */
    bool fips, dual_stack;
    bool event;          /* it is only handed over, and its result not waited for */
    int64_t retries;     /* where it surely has not run */
    int64_t connections; /* of a loop, at once */
    int64_t connect_timeout_ms;
    struct lg_where where;
};

/* The format of events and of answers. */
/* As the machine knew it when the file was read. */
struct lg_config_user {
    const char *name;
    uid_t uid;
    gid_t gid;
    const gid_t *groups; /* all of them */
    size_t group_count;
};

/* Who is asked for AWS credentials. */
enum lg_config_provider {
    LG_PROVIDER_CHAIN, /* one after the other: cloud/chain.h */
    LG_PROVIDER_ENVIRONMENT,
    LG_PROVIDER_FILES, /* struct lg_config_credentials_from */
    LG_PROVIDER_PROFILE,
    LG_PROVIDER_WEB_IDENTITY,
    LG_PROVIDER_CONTAINER,
    LG_PROVIDER_INSTANCE,
    LG_PROVIDER_ROLES_ANYWHERE
};

struct lg_config_assume_role {
    const char *arn, *session_name, *external_id; /* NULL: none but the first */
    int64_t duration_ms;                          /* 0: as the role has it */
};

/* IAM Roles Anywhere: a certificate in the place of keys. */
struct lg_config_roles_anywhere {
    const char *certificate, *private_key, *chain; /* files; the last may be NULL */
    const char *trust_anchor_arn, *profile_arn, *role_arn;
    const char *endpoint; /* NULL: AWS's */
};

/* A shared credentials file, or a key with its secrets in files. */
struct lg_config_credentials_from {
    const char *file, *profile;
    const char *access_key_id, *secret_access_key_file, *session_token_file;
};

/* What all calls of AWS have in common. NULL: not said. */
struct lg_config_aws {
    const char *region, *profile;
    enum lg_config_provider provider;
    const struct lg_config_credentials_from *from; /* in place of a provider */
    const struct lg_config_assume_role *role;
    const struct lg_config_roles_anywhere *anywhere;
    const char *sts_endpoint, *ca_file;
    struct lg_where where;
};

struct lg_config_credentials {
    const struct lg_config_credentials_from *from; /* NULL: as `source` says */
    int64_t source;                                /* enum lg_config_source */
    const struct lg_config_assume_role *role;      /* or NULL */
    struct lg_where where;
};

enum lg_config_source {
    LG_SOURCE_ENVIRONMENT, /* the daemon's */
    LG_SOURCE_AWS          /* what struct lg_config_aws says */
};

enum lg_config_payload {
    LG_PAYLOAD_BY_KIND, /* never in a whole configuration */
    LG_PAYLOAD_V1,
    LG_PAYLOAD_V2
};

enum lg_config_invoke_mode {
    LG_INVOKE_DEFAULT, /* of a route: the function's */
    LG_INVOKE_BUFFERED,
    LG_INVOKE_STREAM
};

enum lg_config_logging_format { LG_LOGGING_TEXT, LG_LOGGING_JSON };

/* Lambda's, most detail first. */
enum lg_level {
    LG_LEVEL_NONE, /* not given, or not known */
    LG_LEVEL_TRACE,
    LG_LEVEL_DEBUG,
    LG_LEVEL_INFO,
    LG_LEVEL_WARN,
    LG_LEVEL_ERROR,
    LG_LEVEL_FATAL
};

struct lg_config_logging {
    enum lg_config_logging_format format;
    enum lg_level application_level, system_level; /* INFO where none is given; NONE with text */
    struct lg_where where;
};

struct lg_config_function {
    const char *name;
    int64_t timeout_ms;    /* from pick-up by a worker */
    int64_t queue_wait_ms; /* until pick-up */
    int64_t queue;         /* calls that may wait at once */
    int64_t memory_mb;     /* told to the function, and enforced */
    int64_t concurrency;   /* calls under way at once; -1: no limit of its own */
    enum lg_config_invoke_mode invoke_mode;
    struct lg_config_pairs environment;
    const struct lg_config_credentials *credentials; /* AWS's, for its workers; NULL: none */
    const struct lg_config_aws *aws;                 /* of the whole file; NULL: not there */
    const struct lg_config_logging *logging;         /* NULL: text */
    const char *user_name;                           /* as written; NULL: none */
    struct lg_where user_where;
    const struct lg_config_user *user; /* whose workers become; NULL: who the daemon is */
    /* Exactly one of them says where it runs. */
    const struct lg_config_workers *workers;
    const struct lg_config_redis_target *redis;
    const struct lg_config_lambda *lambda;
    struct lg_where where;
};

struct lg_config_redirect {
    const char *to;
    int64_t status;  /* 301, 302, 303, 307 or 308 */
    bool keep_query; /* default true */
    struct lg_config_pairs add_query;
    struct lg_where where;
};

struct lg_config_respond {
    int64_t status;
    struct lg_config_pairs headers;
    const char *body; /* serialised `json:`, or `text:`; NULL: none */
    /* application/json, text/plain; charset=utf-8; NULL: no body, or `headers` names it. */
    const char *content_type;
    struct lg_where where;
};

/* What an upstream is told of the client. */
enum lg_config_forwarded {
    LG_FORWARDED_X, /* X-Forwarded-For, -Proto, -Host, -Port */
    LG_FORWARDED_STANDARD,
    LG_FORWARDED_BOTH,
    LG_FORWARDED_NONE
};

/* Whether servers are asked if they are well. */
struct lg_config_health_check {
    const char *path;
    int64_t interval_ms, timeout_ms;
    int64_t healthy, unhealthy; /* in a row */
    struct lg_where where;
};

/* A server: a name or an address, and a port. */
struct lg_config_origin {
    const char *host;
    uint16_t port;
};

/* Where requests are passed on to by HTTP. */
struct lg_config_http {
    const char *url;
    struct lg_config_strings upstreams;     /* as written */
    bool tls;                               /* the rest of the URL, by lg_rule_http() */
    const char *host, *authority;           /* the first without brackets; the second for Host */
    const struct lg_config_origin *origins; /* at least one */
    size_t origin_count;
    bool host_of_request;
    enum lg_config_forwarded forwarded;
    bool append_forwarded;
    int64_t connect_timeout_ms, idle_timeout_ms;
    int64_t connections, queue, keepalive, keepalive_timeout_ms, keepalive_requests;
    int64_t retries;
    bool retry_idempotent;
    int64_t max_fails, fail_timeout_ms;
    const char *ca_file, *certificate_file, *key_file; /* absolute, or NULL */
    const char *proxy;                                 /* "environment", "none" or a URL */
    const struct lg_config_health_check *health_check; /* NULL: none */
    struct lg_where where;
};

/* What browsers of other origins may do. */
struct lg_config_cors {
    /* "*", "https:" with any host, "https://app.example.com", the last with "*." before the host;
     * none: nothing is said, and what integrations say passes. */
    struct lg_config_strings allow_origins;
    struct lg_config_strings allow_methods, allow_headers, expose_headers;
    int64_t max_age_ms; /* whole seconds; -1: not said */
    bool allow_credentials;
    struct lg_where where;
};

/* What Cognito's `token_use` must be; the first three are bits. */
enum lg_config_token_use {
    LG_TOKEN_USE_ACCESS = 1,
    LG_TOKEN_USE_ID = 2,
    LG_TOKEN_USE_ANY = 3,
    LG_TOKEN_USE_BY_SCOPES = 4 /* as REST APIs: access where the route asks for scopes, else id */
};

/* Whose tokens are believed. Of `cognito:` and of `jwt:`. */
struct lg_config_issuer {
    const char *user_pool;            /* Cognito; NULL for any other */
    struct lg_config_strings names;   /* exact values of `iss`, at least one */
    struct lg_config_strings clients; /* client ids, or audiences */
    bool any_client;
    enum lg_config_token_use token_use; /* of Cognito */
    struct lg_config_strings groups;
    struct lg_config_strings algorithms; /* of `jwt:`; none: those with public keys */
    const char *claims;                  /* JSON object, or NULL */
    const char *jwks_url;                /* NULL: by discovery, or `jwks_file` or `secret_file` */
    const char *jwks_file, *secret_file; /* absolute, or NULL */
    const char *ca_file;                 /* absolute, or NULL: the system's authorities */
    int64_t leeway_ms, max_lifetime_ms, refresh_ms, stale_ms;
    struct lg_where where;
};

/* One of several issuers of an authorizer. */
struct lg_config_issuer_entry {
    const char *name;
    const struct lg_config_issuer *cognito, *jwt; /* one of them */
    struct lg_where where;
};

enum lg_config_authorizer_type { LG_AUTHORIZER_REQUEST, LG_AUTHORIZER_TOKEN };

#define LG_CACHE_TTL_BY_KIND (-1)

/* An authorizer that is a function. What is left to the kind is that of each API which uses it. */
struct lg_config_lambda_authorizer {
    const struct lg_config_function *function;
    enum lg_config_authorizer_type type;
    enum lg_config_payload payload;            /* of its event; BY_KIND: the newest of the kind */
    struct lg_config_strings identity_sources; /* in API Gateway's words, of either kind */
    const char *identity_validation;           /* what a token must match, or NULL */
    int64_t cache_ttl_ms;                      /* or LG_CACHE_TTL_BY_KIND */
    bool simple_responses;
    struct lg_where where;
};

struct lg_config_authorizer {
    const char *name;
    const struct lg_config_lambda_authorizer *lambda; /* and nothing of what follows; or NULL */
    const struct lg_config_issuer *cognito, *jwt;     /* where there is only one */
    const struct lg_config_issuer_entry *entries;     /* where there are several */
    size_t entry_count;
    const struct lg_config_issuer *const *issuers; /* all, whichever way they were written */
    size_t issuer_count;
    struct lg_config_strings identity; /* where the token is, in API Gateway's words */
    int64_t token_bytes;               /* that a token may have */
    struct lg_where where;
};

/* What the body of a content type must fit. */
struct lg_config_body {
    const char *media_type; /* "application/json"; "": JSON in general; "$default": any other */
    const char *file;       /* absolute path of a schema */
    struct lg_where where;
};

struct lg_config_route {
    const char *key;                 /* "GET /items/{id}", "ANY /x", "$default" */
    const struct lg_config_api *api; /* that it belongs to; never NULL */
    /* Exactly one of the four. */
    const struct lg_config_function *function;
    const struct lg_config_http *http;
    const struct lg_config_redirect *redirect;
    const struct lg_config_respond *respond;
    enum lg_config_payload payload;
    enum lg_config_invoke_mode invoke_mode;
    struct lg_config_pairs body; /* as written: media types to models and files */
    const struct lg_config_body *bodies;
    size_t body_count;
    int64_t timeout_ms;                               /* from the whole request; default by kind */
    int64_t concurrency;                              /* requests at once; 0: no limit of its own */
    struct lg_config_pairs parameters;                /* "header.X": "required" or "optional" */
    struct lg_config_pairs request_parameters;        /* mappings on the way to the function */
    struct lg_config_named_pairs response_parameters; /* and back, by status */
    const struct lg_config_cors *cors;                /* of its own; NULL: that of the API */
    bool answers_options; /* made for `cors`: an OPTIONS method of a REST API */
    const struct lg_config_authorizer *authorizer; /* who may; NULL: everybody */
    const char *authorizer_name;                   /* as written, `none` too; NULL: it was not */
    struct lg_where authorizer_where;
    struct lg_config_strings scopes; /* one of them is enough; none: not asked for */
    struct lg_where where;
};

enum lg_config_draft {
    LG_CONFIG_DRAFT_BY_KIND,
    LG_CONFIG_DRAFT_4,
    LG_CONFIG_DRAFT_6,
    LG_CONFIG_DRAFT_7,
    LG_CONFIG_DRAFT_2019_09,
    LG_CONFIG_DRAFT_2020_12
};

/* How the bodies of an API are checked. */
struct lg_config_validation {
    enum lg_config_draft draft;       /* of schemas without $schema */
    bool formats;                     /* `format` is checked, and not only an annotation */
    bool detailed;                    /* clients hear all that is wrong */
    bool pass_unlisted;               /* bodies of other content types pass unchecked */
    struct lg_config_strings schemas; /* absolute paths of files that schemas may refer to */
};

enum lg_config_api_kind { LG_API_HTTP, LG_API_REST };
enum lg_config_errors { LG_ERRORS_AWS, LG_ERRORS_DISTINCT };

/* What a REST API says in place of one of its gateway responses. */
struct lg_config_gateway_response {
    const char *name;                           /* of the type, as API Gateway calls it */
    enum lg_response_type type;                 /* the same */
    int64_t status_code;                        /* 0: that of the type */
    struct lg_config_pairs response_parameters; /* gatewayresponse.header.NAME to a value */
    struct lg_config_pairs response_templates;  /* media type to template */
    struct lg_where where;
};

/* Whose contract requests follow, where they are found, and what functions are told of it. */
struct lg_config_api {
    const char *name; /* "default" for the one of a simple configuration */
    enum lg_config_api_kind kind;
    /* "api.example.com", "*.example.com", lower case; none: of every host that no API names. */
    struct lg_config_strings hosts;
    const char *base_path; /* "/shop", that paths begin with; "" for none */
    const char *stage;     /* "$default" or a name; a name for a REST API */
    /* Whether paths begin with the stage: a named one, with neither a host nor a base path. */
    bool stage_in_path;
    const char *mount; /* what paths begin with: the base path, "/" and the stage, or "" */
    struct lg_config_pairs stage_variables;
    const char *api_id;
    enum lg_config_errors errors; /* whether their status tells if a function may have run */
    struct lg_config_strings binary_media_types; /* of a REST API: "image/png", any image, any */
    const struct lg_config_cors *cors;           /* or NULL */
    const struct lg_config_gateway_response *gateway_responses; /* of a REST API */
    size_t gateway_response_count;
    const char *authorizer_name; /* of routes that name none; NULL: it was not written */
    struct lg_where authorizer_where;
    struct lg_config_pairs models;                 /* names to absolute paths of schemas */
    const struct lg_config_validation *validation; /* never NULL */
    const struct lg_config_route *routes;          /* a part of those of the configuration */
    size_t route_count;
    struct lg_where where;
};

enum lg_config_log_format { LG_LOG_TEXT, LG_LOG_JSON };

struct lg_node;

struct lg_config {
    struct lg_arena arena;
    const char *file;           /* as named */
    const struct lg_node *root; /* what it says, to tell where */

    struct lg_config_address listen;
    struct lg_config_address admin;
    int64_t admin_mode;    /* of the admin unix socket, 0660 */
    bool invoke_auth_none; /* `invoke_auth: none` was written out */
    int64_t loops;         /* 0: by the machine */

    const char *account_id; /* 12 digits, told to functions */
    const char *region;

    struct {
        int64_t level; /* enum lg_log_level */
        enum lg_config_log_format format;
        bool access;
    } log;

    struct {
        int64_t header_bytes, headers, header_timeout_ms, idle_timeout_ms;
        int64_t connections, connections_per_peer, requests_per_connection;
        int64_t requests;      /* worked on at once */
        int64_t body_rate;     /* bytes a second; 0: any */
        int64_t memory_budget; /* bodies, events and results of all requests together */
        int64_t body_bytes;    /* 10 MiB */
        int64_t token_cache, token_cache_bytes; /* tokens found good: how many, how large */
        int64_t authorizer_cache, authorizer_cache_bytes; /* answers of Lambda authorizers */
        int64_t payload_bytes;                            /* to a function: 6 MiB */
        int64_t result_bytes;                             /* from a function: 6 MiB + 100 */
        int64_t stream_bytes; /* from a function that streams: 200 MiB; 0: any */
    } limits;

    int64_t drain_timeout_ms;

    const struct lg_config_redis *redis;        /* NULL: none */
    const struct lg_config_aws *aws;            /* NULL: nothing is said of it */
    const struct lg_config_function *functions; /* in file order */
    size_t function_count;
    const struct lg_config_authorizer *authorizers;
    size_t authorizer_count;
    const struct lg_config_api *apis; /* in file order, at least one */
    size_t api_count;
    bool any_rest;                        /* one of them is a REST API */
    const struct lg_config_route *routes; /* of all APIs, one API after the other */
    size_t route_count;
    struct lg_config_api simple; /* what stands at the top level of the file; for check.c only */
};

/*
 * Reads, expands and checks FILE. All faults are added to `faults`. Returns NULL if there was
 * any; the caller frees the configuration with lg_config_free() (NULL is fine).
 */
struct lg_config *lg_config_load(const char *file, struct lg_faults *faults);

/* As lg_config_load() on text in memory; `file` names it and gives the base of relative paths. */
struct lg_config *lg_config_parse(const char *file, struct lg_str text, struct lg_faults *faults);
void lg_config_free(struct lg_config *config);

#endif
