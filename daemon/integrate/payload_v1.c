/* payload_v1.c -- an HTTP request as a Lambda event of format 1.0, in two flavours. */
#include "integrate/payload_v1.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "integrate/event_write.h"
#include "integrate/hop_by_hop.h"
#include "integrate/media_type.h"
#include "integrate/resource.h"
#include "route/stage.h"

#define NULL_JSON LG_STR("null")

/* What one walk over the head finds. */
struct scan {
    struct lg_fields headers; /* those of the gateway included */
    struct lg_str host, user_agent, content_type;
};

static bool is_rest(const struct lg_event_source *source)
{
    return source->api->kind == LG_API_REST;
}

/* --- headers ---------------------------------------------------------------------------------- */

static char upper(char byte)
{
    return byte >= 'a' && byte <= 'z' ? (char)(byte - ('a' - 'A')) : byte;
}

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte + ('a' - 'A')) : byte;
}

/* As HTTP APIs spell names: "X-Amzn-Trace-Id". */
static struct lg_str title_case(struct lg_arena *arena, struct lg_str name)
{
    char *titled = NULL;

    for (size_t i = 0; i < name.size; i++) {
        bool starts = i == 0 || name.data[i - 1] == '-';
        char byte = starts ? upper(name.data[i]) : lower(name.data[i]);

        if (byte == name.data[i])
            continue;
        if (titled == NULL)
            titled = lg_arena_copy(arena, name.data, name.size);
        titled[i] = byte;
    }
    return titled == NULL ? name : lg_str_make(titled, name.size);
}

/* REST APIs keep the client's spelling but for these, which they know by heart. */
static struct lg_str rest_name(struct lg_str name)
{
    if (lg_str_iis(name, "host"))
        return LG_STR("Host");
    if (lg_str_iis(name, "user-agent"))
        return LG_STR("User-Agent");
    if (lg_str_iis(name, "authorization"))
        return LG_STR("Authorization");
    return name;
}

/* A signature is for the gateway, and is no secret of the function's. */
static bool is_signature(const struct lg_header *header)
{
    return lg_str_iis(header->name, "authorization") &&
           lg_str_starts(header->value, LG_STR("AWS4-HMAC-SHA256"));
}

/* What REST APIs drop before anything else sees it, and fields of the connection are not there. */
static bool rest_drops(const struct lg_header *header)
{
    static const char *const names[] = { "content-length", "content-md5", "expect",
                                         "max-forwards",   "server",      "www-authenticate" };

    for (size_t i = 0; i < LG_COUNT(names); i++) {
        if (lg_str_iis(header->name, names[i]))
            return true;
    }
    return is_signature(header);
}

static void scan_header(struct lg_arena *arena, bool rest, struct scan *scan,
                        const struct lg_header *header)
{
    struct lg_str name = header->name;

    if (lg_str_iis(name, "host"))
        scan->host = header->value;
    else if (lg_str_iis(name, "user-agent"))
        scan->user_agent = header->value;
    else if (lg_str_iis(name, "content-type"))
        scan->content_type = header->value;
    if (lg_event_is_gateways(name) || lg_hop_by_hop(name) || (rest && rest_drops(header)))
        return;
    lg_fields_add(&scan->headers, rest ? rest_name(name) : title_case(arena, name), header->value);
}

static void scan_head(struct lg_arena *arena, const struct lg_event_source *source,
                      struct scan *ret_scan)
{
    const struct lg_head *head = source->head;
    struct lg_fields *headers = &ret_scan->headers;
    size_t count;
    const struct lg_header *seen = lg_event_headers(source, &count);

    *ret_scan = (struct scan){ .host = LG_STR_NONE };
    lg_fields_init(headers, arena, count + 4);
    headers->fold = is_rest(source);
    for (size_t i = 0; i < count; i++)
        scan_header(arena, is_rest(source), ret_scan, &seen[i]);
    if (source->mapped != NULL) {
        ret_scan->host = lg_event_received(source, "host");
        ret_scan->user_agent = lg_event_received(source, "user-agent");
    }
    lg_fields_add(headers, LG_STR("X-Amzn-Trace-Id"), lg_str_of(source->trace_id));
    lg_fields_add(headers, LG_STR("X-Forwarded-For"), lg_event_forwarded_for(arena, head));
    lg_fields_add(headers, LG_STR("X-Forwarded-Port"), lg_event_forwarded_port(arena, head));
    lg_fields_add(headers, LG_STR("X-Forwarded-Proto"), LG_STR("http"));
}

/* --- paths ------------------------------------------------------------------------------------ */

/* In an HTTP API: with a base path as it came, else with a named stage. */
static struct lg_str http_path(struct lg_arena *arena, const struct lg_event_source *source,
                               bool decoded)
{
    struct lg_str path = source->head->path;

    if (lg_str_of(source->api->base_path).size == 0)
        return lg_event_stage_path(arena, source, decoded);
    return decoded ? lg_event_decoded_path(arena, path) : path;
}

/*
 * Encoded as the client sent it. REST: without the stage, one slash at its front; a base path, as
 * of a custom domain, stays.
 */
static struct lg_str path_of(struct lg_arena *arena, const struct lg_event_source *source)
{
    struct lg_str path = source->head->path;
    struct lg_str mapped = lg_event_mapped_path(source);
    size_t from = 0;

    if (mapped.data != NULL)
        return mapped;
    if (!is_rest(source))
        return http_path(arena, source, false);
    if (source->api->stage_in_path)
        (void)lg_stage_take(lg_str_of(source->api->stage), path, &path);
    while (from + 1 < path.size && path.data[from] == '/' && path.data[from + 1] == '/')
        from++;
    return lg_str_part(path, from, path.size);
}

/* --- members ---------------------------------------------------------------------------------- */

static void add_null(struct lg_event_writer *writer, const char *name)
{
    lg_event_add_json(writer, name, NULL_JSON);
}

/* A map with nothing in it: null, but {} for an authorizer. */
static void add_nothing(struct lg_event_writer *writer, const char *name)
{
    lg_event_add_json(writer, name, writer->source->question != NULL ? LG_STR("{}") : NULL_JSON);
}

static void add_fields(struct lg_event_writer *writer, const char *name, const char *multi_name,
                       struct lg_fields *fields)
{
    if (fields->count == 0) {
        add_nothing(writer, name);
        add_nothing(writer, multi_name);
        return;
    }
    lg_event_begin(writer, name);
    lg_fields_write(fields, writer->arena, LG_FIELDS_LAST, writer->out);
    lg_event_begin(writer, multi_name);
    lg_fields_write(fields, writer->arena, LG_FIELDS_ALL, writer->out);
}

static void add_parameters(struct lg_event_writer *writer)
{
    const struct lg_event_source *source = writer->source;

    if (source->match->capture_count > 0)
        lg_event_add_captures(writer, "pathParameters", is_rest(source));
    else
        add_nothing(writer, "pathParameters");
    if (source->api->stage_variables.count > 0)
        lg_event_add_pairs(writer, "stageVariables", &source->api->stage_variables);
    else
        add_nothing(writer, "stageVariables");
}

/*
 * REST: by binaryMediaTypes alone. What is not listed is text, and loses the bytes that are no
 * UTF-8, as on the service: a handler that works here must work there.
 */
static bool body_is_base64(const struct lg_event_source *source, const struct scan *scan)
{
    const struct lg_config_strings *types = &source->api->binary_media_types;

    if (!is_rest(source))
        return lg_event_http_body_is_binary(scan->content_type, source->body);
    return source->body.size > 0 &&
           lg_media_type_is_listed(lg_media_type(scan->content_type), types->items, types->count);
}

static void add_body(struct lg_event_writer *writer, const struct scan *scan)
{
    bool base64 = body_is_base64(writer->source, scan);

    if (writer->source->body.size > 0)
        lg_event_add_body(writer, base64);
    else
        add_null(writer, "body");
    lg_event_add_base64_flag(writer, base64);
}

/* --- requestContext --------------------------------------------------------------------------- */

static void add_identity(struct lg_event_writer *writer, const struct scan *scan)
{
    bool rest = is_rest(writer->source);

    lg_event_open(writer, "identity");
    add_null(writer, "accessKey");
    add_null(writer, "accountId");
    add_null(writer, "caller");
    if (!rest)
        add_null(writer, "cognitoAmr");
    add_null(writer, "cognitoAuthenticationProvider");
    add_null(writer, "cognitoAuthenticationType");
    add_null(writer, "cognitoIdentityId");
    add_null(writer, "cognitoIdentityPoolId");
    add_null(writer, "principalOrgId");
    lg_event_add_text(writer, "sourceIp", lg_str_of(writer->source->head->peer));
    add_null(writer, "user");
    if (rest && scan->user_agent.data == NULL)
        add_null(writer, "userAgent");
    else
        lg_event_add_text(writer, "userAgent", scan->user_agent);
    add_null(writer, "userArn");
    lg_event_close(writer);
}

static void add_ids(struct lg_event_writer *writer)
{
    const struct lg_event_source *source = writer->source;
    struct lg_str key = source->match->pattern->key;
    char deployment[LG_SHORT_ID_SIZE];

    if (is_rest(source)) {
        lg_short_id(lg_str_of(source->api->api_id), deployment);
        lg_event_add_text(writer, "deploymentId", lg_str_of(deployment));
    }
    lg_event_add_text(writer, "resourceId",
                      is_rest(source) ? lg_resource_id(writer->arena, key) : key);
    lg_event_add_text(writer, "resourcePath", lg_resource_path(key));
    lg_event_add_text(writer, "requestId", lg_str_of(source->request_id));
    lg_event_add_text(writer, "extendedRequestId", lg_str_of(source->extended_id));
}

static void add_request_context(struct lg_event_writer *writer, const struct scan *scan)
{
    const struct lg_event_source *source = writer->source;

    lg_event_open(writer, "requestContext");
    lg_event_add_text(writer, "accountId", lg_str_of(source->account_id));
    lg_event_add_text(writer, "apiId", lg_str_of(source->api->api_id));
    lg_event_add_authorizer(writer);
    lg_event_add_domain(writer, scan->host);
    lg_event_add_text(writer, "httpMethod", source->method);
    add_identity(writer, scan);
    lg_event_add_text(writer, "path",
                      is_rest(source) ? source->head->path
                                      : http_path(writer->arena, source, true));
    lg_event_add_protocol(writer);
    add_ids(writer);
    lg_event_add_time(writer, "requestTime");
    lg_event_add_i64(writer, "requestTimeEpoch", source->wall_ms);
    lg_event_add_text(writer, "stage", lg_str_of(source->api->stage));
    lg_event_close(writer);
}

/* --- for an authorizer ------------------------------------------------------------------------ */

static struct lg_str joined(struct lg_arena *arena, const struct lg_event_question *question)
{
    struct lg_buf out;

    lg_buf_init(&out, SIZE_MAX);
    for (size_t i = 0; i < question->count; i++) {
        if (i > 0)
            lg_buf_add_char(&out, ',');
        lg_buf_add_str(&out, question->identity[i]);
    }
    struct lg_str text = lg_arena_str(arena, lg_buf_str(&out));
    lg_buf_done(&out);
    return text;
}

/* What it is asked, in front of what it is told. */
static void add_question(struct lg_event_writer *writer)
{
    const struct lg_event_question *question = writer->source->question;

    lg_event_add_text(writer, "type", LG_STR("REQUEST"));
    lg_event_add_text(writer, "methodArn", question->arn);
    if (is_rest(writer->source))
        return;
    struct lg_str identity = joined(writer->arena, question);
    lg_event_add_text(writer, "identitySource", identity);
    lg_event_add_text(writer, "authorizationToken", identity);
}

void lg_payload_token_write(const struct lg_event_source *source, struct lg_buf *out)
{
    const struct lg_event_question *question = source->question;
    struct lg_event_writer writer = { .source = source, .out = out, .first = true };

    lg_buf_add_char(out, '{');
    lg_event_add_text(&writer, "type", LG_STR("TOKEN"));
    lg_event_add_text(&writer, "methodArn", question->arn);
    lg_event_add_text(&writer, "authorizationToken",
                      question->count > 0 ? question->identity[0] : LG_STR_NONE);
    lg_buf_add_char(out, '}');
}

/* --- the event -------------------------------------------------------------------------------- */

void lg_payload_v1_write(struct lg_arena *arena, const struct lg_event_source *source,
                         struct lg_buf *out)
{
    struct lg_event_writer writer = { .arena = arena, .source = source, .out = out, .first = true };
    struct lg_fields query;
    struct scan scan;

    scan_head(arena, source, &scan);
    lg_event_read_query(&writer, is_rest(source), &query);
    lg_buf_add_char(out, '{');
    if (!is_rest(source))
        lg_event_add_text(&writer, "version", LG_STR("1.0"));
    if (source->question != NULL)
        add_question(&writer);
    lg_event_add_text(&writer, "resource", lg_resource_path(source->match->pattern->key));
    lg_event_add_text(&writer, "path", path_of(arena, source));
    lg_event_add_text(&writer, "httpMethod", source->method);
    add_fields(&writer, "headers", "multiValueHeaders", &scan.headers);
    add_fields(&writer, "queryStringParameters", "multiValueQueryStringParameters", &query);
    add_parameters(&writer);
    add_request_context(&writer, &scan);
    if (source->question == NULL)
        add_body(&writer, &scan);
    lg_buf_add_char(out, '}');
}
