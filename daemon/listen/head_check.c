/* head_check.c -- one walk over the fields, one over the target. */
#include "listen/head_check.h"

#include "base/text.h"

/* Fields of which a second one would make two readers disagree. */
struct singles {
    unsigned host, content_length, transfer_encoding, authorization, content_type;
    struct lg_str length, coding;
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
    struct lg_str target = head->target;

    if (lg_str_is(target, "*"))
        return lg_str_is(head->method, "OPTIONS");
    if (target.size == 0 || target.data[0] != '/')
        return false;
    for (size_t i = 0; i < target.size; i++) {
        unsigned char byte = (unsigned char)target.data[i];

        if (byte <= 0x20 || byte >= 0x7f || byte == '#')
            return false;
    }
    return true;
}

static bool length_valid(struct lg_str text)
{
    uint64_t value;

    return lg_str_to_u64(text, &value) == LG_OK && value <= INT64_MAX;
}

static void count_single(struct singles *seen, const struct lg_header *header)
{
    switch (header->name.size) {
    case 4:
        seen->host += lg_str_iis(header->name, "host");
        break;
    case 12:
        seen->content_type += lg_str_iis(header->name, "content-type");
        break;
    case 13:
        seen->authorization += lg_str_iis(header->name, "authorization");
        break;
    case 14:
        if (lg_str_iis(header->name, "content-length")) {
            seen->content_length++;
            seen->length = header->value;
        }
        break;
    case 17:
        if (lg_str_iis(header->name, "transfer-encoding")) {
            seen->transfer_encoding++;
            seen->coding = header->value;
        }
        break;
    default:
        break;
    }
}

static enum lg_err check_fields(const struct lg_head *head, const struct lg_listen_limits *limits,
                                struct singles *seen, struct lg_head_fault *reterr_fault)
{
    size_t bytes = head->method.size + head->target.size + sizeof(" HTTP/1.1\r\n");

    if (head->target.size > limits->header_bytes)
        return fault(reterr_fault, 414, "request target over the limit");
    if (head->header_count > limits->headers)
        return fault(reterr_fault, 431, "more header fields than the limit");
    for (size_t i = 0; i < head->header_count; i++) {
        const struct lg_header *header = &head->headers[i];

        bytes += header->name.size + header->value.size + 4;
        if (!lg_http_token_valid(header->name))
            return fault(reterr_fault, 400, "header name is not a token");
        if (!lg_http_field_value_valid(header->value))
            return fault(reterr_fault, 400, "control character in a header value");
        count_single(seen, header);
    }
    if (bytes > limits->header_bytes)
        return fault(reterr_fault, 431, "request line and headers over the limit");
    return LG_OK;
}

static enum lg_err check_framing(const struct lg_head *head, const struct singles *seen,
                                 struct lg_head_fault *reterr_fault)
{
    if (seen->content_length > 1)
        return fault(reterr_fault, 400, "more than one Content-Length");
    if (seen->content_length == 1 && !length_valid(seen->length))
        return fault(reterr_fault, 400, "Content-Length is not a number");
    if (seen->transfer_encoding == 0)
        return LG_OK;
    if (seen->transfer_encoding > 1 || !lg_str_iis(seen->coding, "chunked"))
        return fault(reterr_fault, 400, "Transfer-Encoding is not just chunked");
    if (seen->content_length > 0)
        return fault(reterr_fault, 400, "both Transfer-Encoding and Content-Length");
    if (head->version_minor == 0)
        return fault(reterr_fault, 400, "Transfer-Encoding in HTTP/1.0");
    return LG_OK;
}

enum lg_err lg_head_check(const struct lg_head *head, const struct lg_listen_limits *limits,
                          struct lg_head_fault *reterr_fault)
{
    struct singles seen = { 0 };
    enum lg_err err;

    if (!method_known(head->method))
        return fault(reterr_fault, 501, "unknown method");
    err = check_fields(head, limits, &seen, reterr_fault);
    if (err != LG_OK)
        return err;
    if (!target_valid(head))
        return fault(reterr_fault, 400, "request target is not a path");
    if (seen.host > 1 || (seen.host == 0 && head->version_minor >= 1))
        return fault(reterr_fault, 400, seen.host > 1 ? "more than one Host" : "no Host");
    if (seen.authorization > 1)
        return fault(reterr_fault, 400, "more than one Authorization");
    if (seen.content_type > 1)
        return fault(reterr_fault, 400, "more than one Content-Type");
    return check_framing(head, &seen, reterr_fault);
}

int64_t lg_head_body_length(const struct lg_head *head)
{
    struct lg_str length = lg_head_find(head, "content-length");
    uint64_t value = 0;

    if (lg_head_find(head, "transfer-encoding").data != NULL)
        return -1;
    if (length.data == NULL || lg_str_to_u64(length, &value) != LG_OK)
        return 0;
    return (int64_t)value;
}

struct lg_str lg_head_find(const struct lg_head *head, const char *name)
{
    struct lg_str wanted = lg_str_of(name);

    for (size_t i = 0; i < head->header_count; i++) {
        if (lg_str_ieq(head->headers[i].name, wanted))
            return head->headers[i].value;
    }
    return LG_STR_NONE;
}
