/* both.c -- what both ways read from a head, and what both make of a body. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lambda/call.h"

/* Sun, 06 Nov 1994 08:49:37 GMT */
static int64_t read_date(struct lg_str value)
{
    struct tm time = { 0 };
    char text[64];

    if (value.size >= sizeof(text))
        return 0;
    memcpy(text, value.data, value.size);
    text[value.size] = '\0';
    return strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &time) == NULL
               ? 0
               : (int64_t)timegm(&time) * 1000;
}

static void keep(char *to, size_t room, struct lg_str value)
{
    (void)snprintf(to, room, "%.*s", LG_STR_ARG(value));
}

void lg_lambda_read_header(struct lg_lambda_call *call, const struct lg_header *header)
{
    uint64_t seconds;

    if (lg_str_iis(header->name, "x-amzn-errortype"))
        keep(call->error_type, sizeof(call->error_type), lg_lambda_error_type(header->value));
    else if (lg_str_iis(header->name, "x-amzn-requestid"))
        keep(call->request_id, sizeof(call->request_id), header->value);
    else if (call->status >= 400 && lg_str_iis(header->name, "date"))
        call->date_ms = read_date(header->value); /* a clock may be to blame; it is slow to read */
    else if (lg_str_iis(header->name, "retry-after") &&
             lg_str_to_u64(header->value, &seconds) == LG_OK && seconds < 3600)
        call->retry_after_ms = (int64_t)seconds * 1000;
}

void lg_lambda_hash(struct lg_lambda_call *call, struct lg_str body)
{
    unsigned char hash[LG_DIGEST_SIZE];
    struct lg_digest *digest;

    if (body.size < LG_POOL_WORTH)
        return;
    digest = lg_digest_new();
    lg_digest_sha256(digest, body, hash);
    lg_digest_hex(hash, call->body_hash);
    lg_digest_free(digest);
}

const char *lg_lambda_body_hash(const struct lg_lambda_call *call)
{
    return call->body_hash[0] != '\0' ? call->body_hash : NULL;
}
