/*
 * event_write.h -- an event written as JSON text in one pass: what the payload formats share.
 *
 * The caller writes the outermost braces. Check lg_buf_failed(out) once, at the end.
 */
#ifndef LG_INTEGRATE_EVENT_WRITE_H
#define LG_INTEGRATE_EVENT_WRITE_H

#include "base/buf.h"
#include "integrate/event_source.h"
#include "integrate/fields.h"

struct lg_event_writer {
    struct lg_arena *arena;
    const struct lg_event_source *source;
    struct lg_buf *out;
    bool first; /* no member was written yet in the object at hand */
};

/* --- members: names are our own, in which nothing needs an escape ----------------------------- */

void lg_event_begin(struct lg_event_writer *writer, const char *name); /* "name": */
void lg_event_open(struct lg_event_writer *writer, const char *name);  /* "name":{ */
void lg_event_close(struct lg_event_writer *writer);                   /* } */
void lg_event_add_text(struct lg_event_writer *writer, const char *name, struct lg_str text);
/* A JSON value as it stands. */
void lg_event_add_json(struct lg_event_writer *writer, const char *name, struct lg_str json);
void lg_event_add_i64(struct lg_event_writer *writer, const char *name, int64_t number);

/* --- members that the formats share ----------------------------------------------------------- */

/* The objects of pairs and of what the route's variables took; `raw`: still encoded. */
void lg_event_add_pairs(struct lg_event_writer *writer, const char *name,
                        const struct lg_config_pairs *pairs);
void lg_event_add_captures(struct lg_event_writer *writer, const char *name, bool raw);
/* domainName and domainPrefix of a Host field. */
void lg_event_add_domain(struct lg_event_writer *writer, struct lg_str host);
/* "protocol":"HTTP/1.1"; REST APIs say that of all clients */
void lg_event_add_protocol(struct lg_event_writer *writer);
/* "name": when the request came, in common log format */
void lg_event_add_time(struct lg_event_writer *writer, const char *name);
/* "authorizer": when there is one */
void lg_event_add_authorizer(struct lg_event_writer *writer);
/* "body": as text or in base64 */
void lg_event_add_body(struct lg_event_writer *writer, bool base64);
/* "isBase64Encoded": */
void lg_event_add_base64_flag(struct lg_event_writer *writer, bool base64);

/* --- parts of the request --------------------------------------------------------------------- */

/* The fields that the function sees, in order of arrival. */
const struct lg_header *lg_event_headers(const struct lg_event_source *source, size_t *ret_count);
/* The query that it sees, raw. */
struct lg_str lg_event_query(const struct lg_event_source *source);
/* The path that a mapping put in the place of the request's, raw; data == NULL: none. */
struct lg_str lg_event_mapped_path(const struct lg_event_source *source);
/* The first field of that name as the client sent it, for the requestContext. */
struct lg_str lg_event_received(const struct lg_event_source *source, const char *name);

/* The parameters of the query, decoded. REST APIs take a ";" for a separator, too. */
void lg_event_read_query(struct lg_event_writer *writer, bool semicolons,
                         struct lg_fields *ret_fields);

/* The fields that the gateway sets itself, x-amzn-trace-id and x-forwarded-*, in any case. */
bool lg_event_is_gateways(struct lg_str name);

/* The client's list of addresses with its own behind. */
struct lg_str lg_event_forwarded_for(struct lg_arena *arena, const struct lg_head *head);
struct lg_str lg_event_forwarded_port(struct lg_arena *arena, const struct lg_head *head);

/* `path` decoded; it ends where a decoded "%3F" stands, as on the service. */
struct lg_str lg_event_decoded_path(struct lg_arena *arena, struct lg_str path);

/*
 * The path without the base path of a custom domain, and with a named stage before it, whether the
 * client had to send that or not. Still encoded, or decoded as above.
 */
struct lg_str lg_event_stage_path(struct lg_arena *arena, const struct lg_event_source *source,
                                  bool decoded);

/* The body as HTTP APIs judge it: base64 unless it is of a text type, and is UTF-8. */
bool lg_event_http_body_is_binary(struct lg_str content_type, struct lg_str body);

#endif
