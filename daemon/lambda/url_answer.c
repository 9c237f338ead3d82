/* url_answer.c -- the fields of an answer, one a name, and the words that are the service's own. */
#include "lambda/url_answer.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "integrate/hop_by_hop.h"

/* All that the service says of a function that failed, ran out of time or answered nonsense. */
#define FAILED "Internal Server Error"

/* --- fields ----------------------------------------------------------------------------------- */

static const struct lg_header *find(const struct lg_http_response *answer, const char *name)
{
    for (size_t i = 0; i < answer->header_count; i++) {
        if (lg_str_iis(answer->headers[i].name, name))
            return &answer->headers[i];
    }
    return NULL;
}

static bool is_named(const struct lg_http_response *answer, struct lg_str name)
{
    struct lg_str rest, element;

    for (size_t i = 0; i < answer->header_count; i++) {
        if (!lg_str_iis(answer->headers[i].name, "connection"))
            continue;
        rest = answer->headers[i].value;
        while (lg_http_list_next(&rest, &element))
            if (lg_str_ieq(element, name))
                return true;
    }
    return false;
}

static bool is_cookie(struct lg_str name)
{
    return lg_str_iis(name, "set-cookie");
}

static bool travels(const struct lg_http_response *answer, struct lg_str name)
{
    static const char *const own[] = { "content-length", "date", "x-amzn-requestid",
                                       "x-amzn-trace-id" };

    for (size_t i = 0; i < LG_COUNT(own); i++)
        if (lg_str_iis(name, own[i]))
            return false;
    return !lg_hop_by_hop(name) && !is_cookie(name) && !is_named(answer, name);
}

static bool came_before(const struct lg_http_response *answer, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (lg_str_ieq(answer->headers[i].name, answer->headers[at].name))
            return true;
    return false;
}

static void add_joined(struct lg_buf *out, struct lg_buf *scratch,
                       const struct lg_http_response *answer, size_t at)
{
    struct lg_str name = answer->headers[at].name;

    lg_buf_clear(scratch);
    for (size_t i = at; i < answer->header_count; i++) {
        if (!lg_str_ieq(answer->headers[i].name, name))
            continue;
        if (i > at)
            lg_buf_add_cstr(scratch, ", ");
        lg_buf_add_str(scratch, answer->headers[i].value);
    }
    lg_json_add_string(out, lg_buf_str(scratch));
}

static void add_cookies(struct lg_buf *out, const struct lg_http_response *answer)
{
    bool any = false;

    for (size_t i = 0; i < answer->header_count; i++) {
        if (!is_cookie(answer->headers[i].name))
            continue;
        lg_buf_add_cstr(out, any ? "," : ",\"cookies\":[");
        lg_json_add_string(out, answer->headers[i].value);
        any = true;
    }
    if (any)
        lg_buf_add_char(out, ']');
}

void lg_url_answer_begin(struct lg_buf *out, const struct lg_http_response *answer)
{
    struct lg_buf scratch;
    bool first = true;

    lg_buf_init(&scratch, SIZE_MAX);
    lg_buf_printf(out, "{\"statusCode\":%d,\"headers\":{", answer->status);
    for (size_t i = 0; i < answer->header_count; i++) {
        if (!travels(answer, answer->headers[i].name) || came_before(answer, i))
            continue;
        lg_json_add_name_str(out, &first, answer->headers[i].name);
        add_joined(out, &scratch, answer, i);
    }
    lg_buf_add_char(out, '}');
    add_cookies(out, answer);
    lg_buf_done(&scratch);
}

void lg_url_answer_end_head(struct lg_buf *out)
{
    lg_buf_add(out, "}\0\0\0\0\0\0\0\0", 9);
}

void lg_url_answer_end_result(struct lg_buf *out, struct lg_str body, bool is_text)
{
    is_text = is_text && lg_utf8_valid(body);
    lg_buf_add_cstr(out, ",\"body\":");
    if (is_text) {
        lg_json_add_string(out, body);
    } else {
        lg_buf_add_char(out, '"');
        lg_base64_encode(out, body);
        lg_buf_add_char(out, '"');
    }
    lg_buf_printf(out, ",\"isBase64Encoded\":%s}", is_text ? "false" : "true");
}

bool lg_url_answer_is_plain(const struct lg_http_response *answer)
{
    const struct lg_header *coding = find(answer, "content-encoding");

    return coding == NULL || coding->value.size == 0 || lg_str_iis(coding->value, "identity");
}

/* --- the service's own words ------------------------------------------------------------------ */

bool lg_url_answer_may_be_error(const struct lg_http_response *answer)
{
    if (answer->status < 400)
        return false;
    return find(answer, "x-amzn-errortype") != NULL ||
           (answer->status == 502 && answer->length == (int64_t)sizeof(FAILED) - 1);
}

bool lg_url_answer_is_error(struct lg_arena *arena, int status, struct lg_str body,
                            struct lg_str *ret_message)
{
    struct lg_json *json;
    const struct lg_json *text;

    *ret_message = LG_STR_NONE;
    if (status == 502 && lg_str_is(lg_str_trim(body), FAILED)) {
        *ret_message = LG_STR(FAILED);
        return true;
    }
    if (lg_json_read(arena, body, &lg_json_default_limits, &json, NULL) != LG_OK)
        return false;
    text = lg_json_get(json, "message");
    if (text == NULL)
        text = lg_json_get(json, "Message");
    if (lg_json_is(text, LG_JSON_STRING))
        *ret_message = text->text;
    return text != NULL;
}
