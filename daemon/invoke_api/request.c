/* request.c -- name, qualifier, X-Amz headers: the checks in the order of AWS. */
#include "invoke_api/request.h"

#include <inttypes.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"

#define CLIENT_CONTEXT_MAX 3583
#define TRACE_MAX 1024

static const struct {
    struct lg_str prefix, suffix;
    bool stream;
} paths[] = {
    { { "/2015-03-31/functions/", 22 }, { "/invocations", 12 }, false },
    { { "/2021-11-15/functions/", 22 }, { "/response-streaming-invocations", 31 }, true },
};

bool lg_invoke_path_read(struct lg_str path, struct lg_invoke_path *ret_path)
{
    for (size_t i = 0; i < LG_COUNT(paths); i++) {
        struct lg_str prefix = paths[i].prefix, suffix = paths[i].suffix;

        if (path.size <= prefix.size + suffix.size || !lg_str_starts(path, prefix) ||
            !lg_str_ends(path, suffix))
            continue;
        ret_path->stream = paths[i].stream;
        ret_path->segment = lg_str_part(path, prefix.size, path.size - suffix.size);
        return lg_str_find(ret_path->segment, '/', 0) == ret_path->segment.size;
    }
    return false;
}

/* What a request is read into, and where its memory comes from. */
struct reader {
    struct lg_arena *arena;
    const struct lg_head *head;
    struct lg_invoke_request *request;
    struct lg_invoke_fault fault;
};

static bool refuse(struct reader *reader, enum lg_invoke_error error, const char *message)
{
    reader->fault = (struct lg_invoke_fault){ error, lg_str_of(message) };
    return false;
}

/* AWS's sentence for a value that breaks a constraint of its model. */
static bool refuse_value(struct reader *reader, const char *member, struct lg_str value,
                         const char *constraint)
{
    return refuse(reader, LG_INVOKE_VALIDATION,
                  lg_arena_printf(reader->arena,
                                  "1 validation error detected: Value '%.*s' at '%s' failed to "
                                  "satisfy constraint: Member must %s",
                                  LG_STR_ARG(value), member, constraint));
}

static bool read_name(struct reader *reader, struct lg_str segment)
{
    /* A copy: the name outlives the head when the caller leaves. */
    struct lg_str copy = lg_arena_str(reader->arena, segment);
    struct lg_str text = lg_percent_decode(reader->arena, copy, false);
    const char *pattern;

    switch (lg_invoke_name_read(text, &reader->request->name)) {
    case LG_OK:
        return true;
    case LG_ERR_TOO_BIG:
        return refuse_value(reader, "functionName", text, "have length less than or equal to 256");
    default:
        pattern = lg_arena_printf(reader->arena, "satisfy regular expression pattern: %s",
                                  lg_invoke_name_pattern);
        return refuse_value(reader, "functionName", text, pattern);
    }
}

/* The decoded value of `name` in the query. */
static bool find_in_query(struct reader *reader, const char *name, struct lg_str *ret_value)
{
    struct lg_str rest = reader->head->query, piece;

    while (rest.data != NULL && lg_str_next(&rest, '&', &piece)) {
        size_t equals = lg_str_find(piece, '=', 0);
        struct lg_str key = lg_percent_decode(reader->arena, lg_str_part(piece, 0, equals), true);
        if (!lg_str_is(key, name))
            continue;
        *ret_value =
            lg_percent_decode(reader->arena, lg_str_part(piece, equals + 1, piece.size), true);
        return true;
    }
    return false;
}

static bool read_qualifier(struct reader *reader)
{
    struct lg_str *of_name = &reader->request->name.qualifier;
    struct lg_str text;
    const char *pattern;

    if (!find_in_query(reader, "Qualifier", &text))
        return true;
    switch (lg_invoke_qualifier_check(text)) {
    case LG_OK:
        break;
    case LG_ERR_TOO_BIG:
        return refuse_value(reader, "qualifier", text, "have length less than or equal to 128");
    default:
        pattern = lg_arena_printf(reader->arena, "satisfy regular expression pattern: %s",
                                  lg_invoke_qualifier_pattern);
        return refuse_value(reader, "qualifier", text, pattern);
    }
    if (of_name->size > 0 && !lg_str_eq(*of_name, text))
        return refuse(reader, LG_INVOKE_INVALID_PARAMETER,
                      "The derived qualifier from the function name does not match the specified "
                      "qualifier.");
    *of_name = lg_arena_str(reader->arena, text);
    return true;
}

static bool read_type(struct reader *reader)
{
    struct lg_str text = lg_head_find(reader->head, "x-amz-invocation-type");
    bool stream = reader->request->stream;

    if (lg_str_is(text, "Event") && !stream)
        return refuse(reader, LG_INVOKE_INVALID_PARAMETER,
                      "Asynchronous invocation (InvocationType Event) is not offered by this "
                      "version of lambdagate: nothing was accepted. Use RequestResponse.");
    reader->request->dry_run = lg_str_is(text, "DryRun");
    if (text.size == 0 || reader->request->dry_run || lg_str_is(text, "RequestResponse"))
        return true;
    return refuse_value(reader, "invocationType", text,
                        stream ? "satisfy enum value set: [RequestResponse, DryRun]"
                               : "satisfy enum value set: [Event, RequestResponse, DryRun]");
}

static bool read_log_type(struct reader *reader)
{
    struct lg_str text = lg_head_find(reader->head, "x-amz-log-type");

    reader->request->want_log_tail = lg_str_is(text, "Tail");
    if (text.size == 0 || reader->request->want_log_tail || lg_str_is(text, "None"))
        return true;
    return refuse_value(reader, "logType", text, "satisfy enum value set: [None, Tail]");
}

/* The character whose UTF-8 sequence of `size` bytes stands at `data`. */
static uint32_t code_point(const char *data, size_t size)
{
    uint32_t point = (unsigned char)data[0] & (0x7Fu >> size);

    for (size_t i = 1; i < size; i++)
        point = point << 6 | ((unsigned char)data[i] & 0x3Fu);
    return point;
}

static void add_escaped(struct lg_buf *out, uint32_t point)
{
    if (point < 0x10000) {
        lg_buf_printf(out, "\\u%04" PRIx32, point);
        return;
    }
    lg_buf_printf(out, "\\u%04" PRIx32 "\\u%04" PRIx32, 0xD800 + ((point - 0x10000) >> 10),
                  0xDC00 + ((point - 0x10000) & 0x3FF));
}

/*
 * The same JSON in one line of ASCII: it travels in a header. A control byte can only be white
 * space between tokens, and what is not ASCII can only be in a string.
 */
static struct lg_str one_line(struct lg_arena *arena, struct lg_str json)
{
    struct lg_buf out;

    lg_buf_init(&out, SIZE_MAX);
    while (json.size > 0) {
        size_t size = lg_utf8_sequence(json);
        if (size > 1)
            add_escaped(&out, code_point(json.data, size));
        else
            lg_buf_add_char(&out, (unsigned char)json.data[0] < 0x20 ? ' ' : json.data[0]);
        json = lg_str_part(json, size, json.size);
    }
    struct lg_str line = lg_arena_str(arena, lg_buf_str(&out));
    lg_buf_done(&out);
    return line;
}

static bool read_client_context(struct reader *reader)
{
    static const struct lg_json_limits limits = { .depth = 100,
                                                  .values = CLIENT_CONTEXT_MAX,
                                                  .allow_duplicates = true };
    struct lg_str encoded = lg_head_find(reader->head, "x-amz-client-context");
    struct lg_json *root;
    struct lg_str json;

    if (encoded.size == 0)
        return true;
    if (encoded.size > CLIENT_CONTEXT_MAX)
        return refuse(reader, LG_INVOKE_INVALID_CONTENT,
                      "Client context must be at most 3583 bytes long when Base64-encoded.");
    if (lg_base64_decode(reader->arena, encoded, &json) != LG_OK ||
        lg_json_read(reader->arena, json, &limits, &root, NULL) != LG_OK ||
        !lg_json_is(root, LG_JSON_OBJECT))
        return refuse(reader, LG_INVOKE_INVALID_CONTENT,
                      "Client context must be a valid Base64-encoded JSON object.");
    reader->request->client_context = one_line(reader->arena, json);
    return true;
}

static void read_trace(struct reader *reader)
{
    struct lg_str trace = lg_head_find(reader->head, "x-amzn-trace-id");

    if (trace.size <= TRACE_MAX && lg_str_istarts(trace, LG_STR("Root=")))
        reader->request->trace = lg_arena_str(reader->arena, trace);
}

enum lg_err lg_invoke_request_read(struct lg_arena *arena, const struct lg_head *head,
                                   const struct lg_invoke_path *path,
                                   struct lg_invoke_request *ret_request,
                                   struct lg_invoke_fault *reterr_fault)
{
    struct lg_invoke_request request = { .stream = path->stream };
    struct reader reader = { .arena = arena, .head = head, .request = &request };

    if (!read_name(&reader, path->segment) || !read_qualifier(&reader) || !read_type(&reader) ||
        !read_log_type(&reader) || !read_client_context(&reader)) {
        *reterr_fault = reader.fault;
        return LG_ERR_SYNTAX;
    }
    read_trace(&reader);
    *ret_request = request;
    return LG_OK;
}
