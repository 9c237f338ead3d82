/* head_check.c -- one walk over the fields, one over the target. */
#include "listen/head_check.h"

#include "base/http_chars.h"

/* Fields of which a second one would make two readers disagree. */
struct singles {
    unsigned host, content_length, transfer_encoding, authorization, content_type, expect;
    struct lg_str name, length, coding, expectation;
};

static enum lg_err fault(struct lg_head_fault *reterr_fault, int status, const char *reason)
{
    *reterr_fault = (struct lg_head_fault){ status, reason };
    return LG_ERR_REFUSED;
}

static bool method_known(struct lg_str method)
{
    static const char *const methods[] = { "GET",   "POST", "PUT",    "DELETE",
                                           "PATCH", "HEAD", "OPTIONS" };

    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (lg_str_is(method, methods[i]))
            return true;
    }
    return false;
}

static bool target_valid(const struct lg_head *head)
{
    if (lg_str_is(head->target, "*"))
        return lg_str_is(head->method, "OPTIONS");
    return head->target.size > 0 && head->target.data[0] == '/';
}

static bool length_valid(struct lg_str text, int64_t *ret_length)
{
    uint64_t value;

    if (lg_str_to_u64(text, &value) != LG_OK || value > INT64_MAX)
        return false;
    *ret_length = (int64_t)value;
    return true;
}

static void read_connection(struct lg_str value, struct lg_head_facts *facts)
{
    struct lg_str word;

    while (lg_http_list_next(&value, &word)) {
        facts->close |= lg_str_iis(word, "close");
        facts->keep_alive |= lg_str_iis(word, "keep-alive");
    }
}

static bool is_single(const struct lg_header *header, const char *name, unsigned *count,
                      struct lg_str *ret_value)
{
    if (!lg_str_iis(header->name, name))
        return false;
    *ret_value = header->value;
    ++*count;
    return true;
}

static void note(struct singles *seen, struct lg_head_facts *facts, const struct lg_header *header)
{
    struct lg_str unused;

    switch (header->name.size) {
    case 4:
        (void)is_single(header, "host", &seen->host, &seen->name);
        break;
    case 6:
        (void)is_single(header, "expect", &seen->expect, &seen->expectation);
        break;
    case 10:
        if (lg_str_iis(header->name, "connection"))
            read_connection(header->value, facts);
        break;
    case 12:
        (void)is_single(header, "content-type", &seen->content_type, &unused);
        break;
    case 13:
        (void)is_single(header, "authorization", &seen->authorization, &unused);
        break;
    case 14:
        (void)is_single(header, "content-length", &seen->content_length, &seen->length);
        break;
    case 17:
        (void)is_single(header, "transfer-encoding", &seen->transfer_encoding, &seen->coding);
        break;
    default:
        break;
    }
}

static enum lg_err check_framing(const struct lg_head *head, const struct singles *seen,
                                 struct lg_head_facts *facts, struct lg_head_fault *reterr_fault)
{
    if (seen->content_length > 1)
        return fault(reterr_fault, 400, "more than one Content-Length");
    if (seen->content_length == 1 && !length_valid(seen->length, &facts->content_length))
        return fault(reterr_fault, 400, "Content-Length is not a number");
    if (seen->transfer_encoding == 0)
        return LG_OK;
    if (seen->transfer_encoding > 1 || !lg_str_iis(seen->coding, "chunked"))
        return fault(reterr_fault, 400, "Transfer-Encoding is not just chunked");
    if (seen->content_length > 0)
        return fault(reterr_fault, 400, "both Transfer-Encoding and Content-Length");
    if (head->version_minor == 0)
        return fault(reterr_fault, 400, "Transfer-Encoding in HTTP/1.0");
    facts->content_length = -1;
    return LG_OK;
}

static enum lg_err check_host(const struct lg_head *head, const struct singles *seen,
                              struct lg_head_fault *reterr_fault)
{
    if (seen->host > 1)
        return fault(reterr_fault, 400, "more than one Host");
    if (seen->host == 0 && head->version_minor >= 1)
        return fault(reterr_fault, 400, "no Host");
    if (lg_http_host_span(seen->name) != seen->name.size)
        return fault(reterr_fault, 400, "Host is not a host");
    return LG_OK;
}

/* HTTP/1.0 has no expectations. */
static enum lg_err check_expectation(const struct lg_head *head, const struct singles *seen,
                                     struct lg_head_facts *facts,
                                     struct lg_head_fault *reterr_fault)
{
    if (seen->expect == 0 || head->version_minor == 0)
        return LG_OK;
    if (seen->expect > 1 || !lg_str_iis(seen->expectation, "100-continue"))
        return fault(reterr_fault, 417, "Expect other than 100-continue");
    facts->expects_continue = facts->content_length != 0;
    return LG_OK;
}

enum lg_err lg_head_judge(const struct lg_head *head, struct lg_head_facts *ret_facts,
                          struct lg_head_fault *reterr_fault)
{
    struct singles seen = { 0 };
    enum lg_err err;

    *ret_facts = (struct lg_head_facts){ 0 };
    if (!method_known(head->method))
        return fault(reterr_fault, 501, "unknown method");
    if (!target_valid(head))
        return fault(reterr_fault, 400, "request target is not a path");
    for (size_t i = 0; i < head->header_count; i++)
        note(&seen, ret_facts, &head->headers[i]);
    err = check_host(head, &seen, reterr_fault);
    if (err == LG_OK && seen.authorization > 1)
        err = fault(reterr_fault, 401, "more than one Authorization");
    if (err == LG_OK && seen.content_type > 1)
        err = fault(reterr_fault, 400, "more than one Content-Type");
    if (err == LG_OK)
        err = check_framing(head, &seen, ret_facts, reterr_fault);
    if (err == LG_OK)
        err = check_expectation(head, &seen, ret_facts, reterr_fault);
    return err;
}

static enum lg_err check_form(const struct lg_head *head, const struct lg_listen_limits *limits,
                              struct lg_head_fault *reterr_fault)
{
    size_t bytes = head->method.size + head->target.size + sizeof(" HTTP/1.1\r\n");

    if (head->target.size > limits->header_bytes)
        return fault(reterr_fault, 414, "request target over the limit");
    if (head->header_count > limits->headers)
        return fault(reterr_fault, 431, "more header fields than the limit");
    if (lg_http_target_span(head->target) != head->target.size)
        return fault(reterr_fault, 400, "request target has a byte that must be encoded");
    for (size_t i = 0; i < head->header_count; i++) {
        const struct lg_header *header = &head->headers[i];

        bytes += header->name.size + header->value.size + 4;
        if (!lg_http_token_valid(header->name))
            return fault(reterr_fault, 400, "header name is not a token");
        if (!lg_http_field_value_valid(header->value))
            return fault(reterr_fault, 400, "control character in a header value");
    }
    if (bytes > limits->header_bytes)
        return fault(reterr_fault, 431, "request line and headers over the limit");
    return LG_OK;
}

enum lg_err lg_head_check(const struct lg_head *head, const struct lg_listen_limits *limits,
                          struct lg_head_facts *ret_facts, struct lg_head_fault *reterr_fault)
{
    if (!method_known(head->method))
        return fault(reterr_fault, 501, "unknown method");
    if (check_form(head, limits, reterr_fault) != LG_OK)
        return LG_ERR_REFUSED;
    return lg_head_judge(head, ret_facts, reterr_fault);
}

struct lg_str lg_head_fault_body(const struct lg_head_fault *refusal)
{
    switch (refusal->status) {
    case 401:
        return LG_STR("{\"message\":\"Unauthorized\"}");
    case 408:
        return LG_STR("{\"message\":\"Request Timeout\"}");
    case 414:
        return LG_STR("{\"message\":\"URI Too Long\"}");
    case 417:
        return LG_STR("{\"message\":\"Expectation Failed\"}");
    case 431:
        return LG_STR("{\"message\":\"Request Header Fields Too Large\"}");
    case 501:
        return LG_STR("{\"message\":\"Not Implemented\"}");
    case 505:
        return LG_STR("{\"message\":\"HTTP Version Not Supported\"}");
    default:
        return LG_STR("{\"message\":\"Bad Request\"}");
    }
}

struct lg_str lg_head_find(const struct lg_head *head, const char *name)
{
    struct lg_str wanted = lg_str_of(name);

    for (size_t i = 0; i < head->header_count; i++) {
        if (head->headers[i].name.size == wanted.size && lg_str_ieq(head->headers[i].name, wanted))
            return head->headers[i].value;
    }
    return LG_STR_NONE;
}
