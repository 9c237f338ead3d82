/*
 * mapping.h -- parameter mapping: headers, query and path of a request rewritten on their way to an
 * integration, headers and status of its answer on their way back.
 *
 * Contract: API Gateway, "HTTP API integrations and parameter mapping" (append:header.x:
 * $request.path.id) and "Parameter mapping (REST)" (integration.request.header.X:
 * method.request.path.id). Compiled once; whatever is wrong is a fault of the configuration.
 * All values are taken from the request (or answer) as it was before any of them was applied; of
 * one target first what is removed, then what is overwritten, then what is appended counts.
 * Threads: a compiled mapping from any number at once.
 */
#ifndef LG_INTEGRATE_MAPPING_H
#define LG_INTEGRATE_MAPPING_H

#include "base/arena.h"
#include "base/err.h"
#include "config/config.h"
#include "integrate/context.h"
#include "route/table.h"

#define LG_MAPPINGS_MAX 100              /* of one route's requests, or of one status */
#define LG_MAPPING_VALUE_MAX 2048        /* bytes of one value as it is written */
#define LG_MAPPING_BYTES_MAX 10240       /* what the mappings of one request may give together */
#define LG_MAPPING_BODY_MAX (100 * 1024) /* a larger body has no values for JSON paths */

/* What a mapping may refer to. */
struct lg_mapping_scope {
    enum lg_config_api_kind kind;
    bool answer;                                   /* maps an answer, not a request */
    const struct lg_pattern *pattern;              /* of the route */
    const struct lg_config_pairs *stage_variables; /* NULL: none */
    const struct lg_config_pairs *parameters;      /* declared ones, for REST; NULL: none */
};

/* Where values come from: a request, or an answer. Borrowed for the call. */
struct lg_mapping_source {
    const struct lg_context *context;
    const struct lg_header *headers; /* of the request, or of the answer */
    size_t header_count;
    struct lg_str body; /* as the headers */
    struct lg_str path; /* raw, without the stage */
    struct lg_str query;
    const struct lg_route_match *match;
};

/* --- requests --- */

struct lg_mapping;

/* Everything wrong is added to `faults`: NULL then, and for no pairs at all. */
struct lg_mapping *lg_mapping_compile(const struct lg_config_pairs *pairs,
                                      const struct lg_mapping_scope *scope,
                                      struct lg_faults *faults);
void lg_mapping_free(struct lg_mapping *mapping); /* NULL is fine */

/* Whether a body is looked into: the mapping can only be applied once it has come. */
bool lg_mapping_needs_body(const struct lg_mapping *mapping);

/* What the integration gets. All that was not touched is as in the source. */
struct lg_mapped {
    const struct lg_header *headers;
    size_t header_count;
    size_t received;                   /* of these, the first ones: as the client sent them */
    struct lg_str query;               /* raw; data == NULL: none */
    struct lg_str path;                /* raw; data == NULL: not overwritten */
    const struct lg_header *variables; /* of the integration's URL (REST): decoded values */
    size_t variable_count;
};

/*
 * Applies the mapping; the result lies in the arena, the source or the mapping itself.
 * LG_ERR_SYNTAX: a value cannot stand where it was mapped to; LG_ERR_TOO_BIG: over
 * LG_MAPPING_BYTES_MAX. *reterr_reason (static or arena) is for the log.
 */
LG_MUST_CHECK enum lg_err lg_mapping_apply(const struct lg_mapping *mapping, struct lg_arena *arena,
                                           const struct lg_mapping_source *source,
                                           struct lg_mapped *ret_mapped,
                                           const char **reterr_reason);

/* --- answers: mapping_answer.c --- */

struct lg_answer_mapping;

/* As lg_mapping_compile(), for each status by itself. */
struct lg_answer_mapping *lg_answer_mapping_compile(const struct lg_config_named_pairs *statuses,
                                                    const struct lg_mapping_scope *scope,
                                                    struct lg_faults *faults);
void lg_answer_mapping_free(struct lg_answer_mapping *mapping); /* NULL is fine */

/* Whether answers with this status are mapped at all. */
bool lg_answer_mapping_has(const struct lg_answer_mapping *mapping, int status);

struct lg_mapped_answer {
    int status;
    const struct lg_header *headers;
    size_t header_count;
};

/* As lg_mapping_apply(), for an answer whose mapping there is. The source's headers are its own. */
LG_MUST_CHECK enum lg_err lg_answer_mapping_apply(const struct lg_answer_mapping *mapping,
                                                  struct lg_arena *arena, int status,
                                                  const struct lg_mapping_source *source,
                                                  struct lg_mapped_answer *ret_answer,
                                                  const char **reterr_reason);

#endif
