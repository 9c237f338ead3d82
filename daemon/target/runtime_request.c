/* runtime_request.c -- which call, whose answer, and whether now is the time for it. */
#include "target/runtime_request.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "integrate/prelude.h"

static const struct {
    const char *path, *method;
    enum lg_runtime_call call;
} fixed_paths[] = {
    { "/2018-06-01/runtime/invocation/next", "GET", LG_RUNTIME_NEXT },
    { "/2018-06-01/runtime/init/error", "POST", LG_RUNTIME_INIT_ERROR },
    { "/2018-06-01/ping", "GET", LG_RUNTIME_PING },
};

static const char *const state_names[] = {
    [LG_RUNTIME_STARTED] = "Started",           [LG_RUNTIME_READY] = "Ready",
    [LG_RUNTIME_RUNNING] = "Running",           [LG_RUNTIME_RESPONSE_SENT] = "ResponseSent",
    [LG_RUNTIME_INIT_ERROR_SENT] = "InitError",
};

/* --- reading -------------------------------------------------------------------------------- */

static enum lg_runtime_call with_method(struct lg_str method, const char *wanted,
                                        enum lg_runtime_call call)
{
    return lg_str_is(method, wanted) ? call : LG_RUNTIME_WRONG_METHOD;
}

/* .../invocation/{id}/response and .../invocation/{id}/error */
static enum lg_runtime_call read_answer_path(const struct lg_head *head, struct lg_str *ret_id)
{
    struct lg_str prefix = LG_STR("/2018-06-01/runtime/invocation/");
    struct lg_str rest, verb;
    size_t slash;

    if (!lg_str_starts(head->path, prefix))
        return LG_RUNTIME_UNKNOWN;
    rest = lg_str_part(head->path, prefix.size, head->path.size);
    slash = lg_str_find(rest, '/', 0);
    if (slash == 0 || slash == rest.size)
        return LG_RUNTIME_UNKNOWN;
    verb = lg_str_part(rest, slash + 1, rest.size);
    *ret_id = lg_str_part(rest, 0, slash);
    if (lg_str_is(verb, "response"))
        return with_method(head->method, "POST", LG_RUNTIME_RESPONSE);
    if (lg_str_is(verb, "error"))
        return with_method(head->method, "POST", LG_RUNTIME_ERROR);
    return LG_RUNTIME_UNKNOWN;
}

static enum lg_runtime_call read_path(const struct lg_head *head, struct lg_str *ret_id)
{
    *ret_id = LG_STR_NONE;
    for (size_t i = 0; i < LG_COUNT(fixed_paths); i++) {
        if (lg_str_is(head->path, fixed_paths[i].path))
            return with_method(head->method, fixed_paths[i].method, fixed_paths[i].call);
    }
    return read_answer_path(head, ret_id);
}

/* aws-lambda-go says by its content type alone that it streams. */
static enum lg_runtime_mode read_mode(const struct lg_head *head)
{
    struct lg_str mode = lg_head_find(head, "Lambda-Runtime-Function-Response-Mode");

    if (mode.size == 0 && lg_prelude_expected(lg_head_find(head, "Content-Type")))
        return LG_RUNTIME_STREAMING;
    if (mode.size == 0 || lg_str_iis(mode, "buffered"))
        return LG_RUNTIME_BUFFERED;
    return lg_str_iis(mode, "streaming") ? LG_RUNTIME_STREAMING : LG_RUNTIME_BAD_MODE;
}

static bool is_capital_camel(struct lg_str word)
{
    if (word.size < 2 || word.data[0] < 'A' || word.data[0] > 'Z')
        return false;
    for (size_t i = 1; i < word.size; i++) {
        char c = word.data[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
            return false;
    }
    return true;
}

void lg_runtime_error_type(struct lg_str text, char ret_type[LG_ERROR_TYPE_SIZE])
{
    bool function = lg_str_starts(text, LG_STR("Function."));
    size_t dot = lg_str_find(text, '.', 0);
    bool known = function || lg_str_starts(text, LG_STR("Runtime."));

    if (known && text.size < LG_ERROR_TYPE_SIZE &&
        is_capital_camel(lg_str_part(text, dot + 1, text.size)))
        *(char *)mempcpy(ret_type, text.data, text.size) = '\0';
    else
        lg_cstr_copy(ret_type, LG_ERROR_TYPE_SIZE,
                     function ? "Function.Unknown" : "Runtime.Unknown");
}

void lg_runtime_request_read(const struct lg_head *head, struct lg_runtime_request *ret_request)
{
    *ret_request = (struct lg_runtime_request){ 0 };
    ret_request->call = read_path(head, &ret_request->id);
    ret_request->mode = read_mode(head);
    ret_request->content_type = lg_head_find(head, "Content-Type");
    lg_runtime_error_type(lg_head_find(head, "Lambda-Runtime-Function-Error-Type"),
                          ret_request->error_type);
}

/* --- deciding ------------------------------------------------------------------------------- */

LG_PRINTF(4, 5)
static bool refuse(struct lg_runtime_refusal *refusal, int status, const char *type,
                   const char *format, ...)
{
    va_list args;

    refusal->status = status;
    refusal->type = type;
    va_start(args, format);
    vsnprintf(refusal->message, sizeof(refusal->message), format, args);
    va_end(args);
    return false;
}

static bool refuse_transition(struct lg_runtime_refusal *refusal, enum lg_runtime_state from,
                              const char *to)
{
    return refuse(refusal, 403, "InvalidStateTransition",
                  "State transition from %s to %s failed for runtime. "
                  "Error: State transition is not allowed",
                  state_names[from], to);
}

static bool answer_allowed(const struct lg_runtime_request *request, const char *running,
                           struct lg_runtime_refusal *reterr_refusal)
{
    if (running == NULL || !lg_str_is(request->id, running))
        return refuse(reterr_refusal, 400, "InvalidRequestID", "Invalid request ID");
    if (request->call == LG_RUNTIME_RESPONSE && request->mode == LG_RUNTIME_BAD_MODE)
        return refuse(reterr_refusal, 400, "InvalidFunctionResponseMode",
                      "Invalid function response mode");
    return true;
}

bool lg_runtime_allowed(const struct lg_runtime_request *request, enum lg_runtime_state state,
                        const char *running, struct lg_runtime_refusal *reterr_refusal)
{
    switch (request->call) {
    case LG_RUNTIME_PING:
        return true;
    case LG_RUNTIME_NEXT:
        if (state == LG_RUNTIME_INIT_ERROR_SENT)
            return refuse_transition(reterr_refusal, state, "Ready");
        return true;
    case LG_RUNTIME_INIT_ERROR:
        if (state != LG_RUNTIME_STARTED)
            return refuse_transition(reterr_refusal, state, "InitError");
        return true;
    case LG_RUNTIME_RESPONSE:
    case LG_RUNTIME_ERROR:
        return answer_allowed(request, running, reterr_refusal);
    case LG_RUNTIME_WRONG_METHOD:
        return refuse(reterr_refusal, 405, "MethodNotAllowed", "Method Not Allowed");
    case LG_RUNTIME_UNKNOWN:
        break;
    }
    return refuse(reterr_refusal, 404, "NotFound", "Not Found");
}

void lg_runtime_too_large(int64_t limit, struct lg_runtime_refusal *ret_refusal)
{
    (void)refuse(ret_refusal, 413, "RequestEntityTooLarge",
                 "Exceeded maximum allowed payload size (%" PRId64 " bytes).", limit);
}

void lg_runtime_refusal_write(const struct lg_runtime_refusal *refusal, struct lg_buf *out)
{
    bool first = true;

    lg_buf_add_char(out, '{');
    lg_json_add_name(out, &first, "errorMessage");
    lg_json_add_string(out, lg_str_of(refusal->message));
    lg_json_add_name(out, &first, "errorType");
    lg_json_add_string(out, lg_str_of(refusal->type));
    lg_buf_add_char(out, '}');
}

/* --- headers -------------------------------------------------------------------------------- */

/* Decodes one sequence of two bytes or more; returns its length, 0 when it is not UTF-8. */
static size_t decode_utf8(struct lg_str text, uint32_t *ret_point)
{
    unsigned char lead = (unsigned char)text.data[0];
    size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    uint32_t point = lead & (0x7fu >> length);

    if (lead < 0xc2 || lead > 0xf4 || text.size < length)
        return 0;
    for (size_t i = 1; i < length; i++) {
        unsigned char byte = (unsigned char)text.data[i];

        if ((byte & 0xc0) != 0x80)
            return 0;
        point = point << 6 | (byte & 0x3f);
    }
    *ret_point = point;
    return length;
}

static void add_escape(struct lg_buf *out, uint32_t point)
{
    if (point < 0x10000) {
        lg_buf_printf(out, "\\u%04x", point);
        return;
    }
    point -= 0x10000;
    lg_buf_printf(out, "\\u%04x\\u%04x", 0xd800 + (point >> 10), 0xdc00 + (point & 0x3ff));
}

void lg_runtime_header_json(struct lg_buf *out, struct lg_str json)
{
    size_t i = 0;

    while (i < json.size) {
        unsigned char byte = (unsigned char)json.data[i];
        uint32_t point = 0xfffd;
        size_t length = 1;

        if (byte < 0x80) {
            lg_buf_add_char(out, byte < 0x20 || byte == 0x7f ? ' ' : (char)byte);
            i++;
            continue;
        }
        length = decode_utf8(lg_str_part(json, i, json.size), &point);
        add_escape(out, point);
        i += length == 0 ? 1 : length;
    }
}
