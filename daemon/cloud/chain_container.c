/*
 * chain_container.c -- the endpoint of a container: Amazon ECS, EKS Pod Identity, and whoever else
 * sets AWS_CONTAINER_CREDENTIALS_*.
 *
 * Credentials travel in the clear only to this machine and to the addresses that the platforms have
 * for it; what the address of a name is, is judged where the connection is made.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/mem.h"
#include "cloud/chain_private.h"
#include "cloud/credential_text.h"
#include "cloud/secret_file.h"

#define TRIES 3
#define CALL_MS 2000
#define ECS_HOST "http://169.254.170.2"

static bool is_allowed_v4(in_addr_t address)
{
    uint32_t number = ntohl(address);

    return number >> 24 == 127 || number == 0xa9feaa02 /* 169.254.170.2 */ ||
           number == 0xa9feaa17 /* 169.254.170.23 */;
}

static bool is_allowed(const struct sockaddr *address)
{
    struct in6_addr eks;

    if (address->sa_family == AF_INET) {
        struct sockaddr_in in;

        memcpy(&in, address, sizeof(in));
        return is_allowed_v4(in.sin_addr.s_addr);
    }
    if (address->sa_family != AF_INET6 || inet_pton(AF_INET6, "fd00:ec2::23", &eks) != 1)
        return false;
    struct sockaddr_in6 in6;
    memcpy(&in6, address, sizeof(in6));
    return IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr) || IN6_ARE_ADDR_EQUAL(&in6.sin6_addr, &eks);
}

/* A token is read anew each time: the platform renews it. NULL slice: there is none. */
static bool read_authorization(char **ret_text, size_t *ret_size, struct lg_str *ret_token,
                               struct lg_buf *reterr_reason)
{
    const char *file = lg_chain_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    const char *token = lg_chain_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");

    *ret_text = NULL;
    *ret_size = 0;
    *ret_token = lg_str_of(token);
    if (file != NULL)
        return lg_chain_read_token(file, ret_text, ret_size, ret_token, reterr_reason);
    if (token == NULL || strpbrk(token, "\r\n") == NULL)
        return true;
    lg_buf_add_cstr(reterr_reason, "AWS_CONTAINER_AUTHORIZATION_TOKEN holds the end of a line");
    return false;
}

static bool may_come_right(const struct lg_web_answer *answer)
{
    return answer->status == 0 || answer->status >= 500 || answer->status == 429;
}

static bool ask(struct lg_chain *chain, const char *url, struct lg_str token,
                struct lg_chain_result *ret_result, struct lg_buf *reterr_reason)
{
    const struct lg_header headers[] = { { LG_STR("Accept"), LG_STR("application/json") },
                                         { LG_STR("Authorization"), token } };
    const struct lg_web_request request = {
        .url = url,
        .headers = headers,
        .header_count = token.size > 0 ? 2 : 1,
        .ca_file = chain->settings->ca_file,
        .timeout_ms = CALL_MS,
        .direct = true,
        .is_allowed = strncmp(url, "https://", 8) == 0 ? NULL : is_allowed,
        .ended = chain->ended,
    };
    struct lg_web_answer answer;
    bool good = false;

    for (unsigned tries = 1;; tries++) {
        (void)lg_web_call(&request, &answer);
        if (tries == TRIES || !may_come_right(&answer))
            break;
        lg_web_answer_done(&answer);
    }
    if (answer.status == 200) {
        good = lg_credentials_read_json(lg_buf_str(&answer.body), &lg_credentials_of_container,
                                        &ret_result->credentials, reterr_reason);
    } else if (answer.status != 0) {
        lg_buf_printf(reterr_reason, "status %d", answer.status);
    } else {
        lg_buf_add_cstr(reterr_reason, answer.fault);
    }
    lg_web_answer_done(&answer);
    return good;
}

enum lg_found lg_chain_container(struct lg_chain *chain, struct lg_chain_result *ret_result,
                                 struct lg_buf *reterr_reason)
{
    const char *relative = lg_chain_variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const char *full = lg_chain_variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    struct lg_str token;
    char *text, *url;
    size_t size;

    if (relative == NULL && full == NULL)
        return LG_FOUND_NOTHING;
    lg_buf_add_cstr(reterr_reason, "container: ");
    if (!read_authorization(&text, &size, &token, reterr_reason))
        return LG_FOUND_FAULT;
    url = relative != NULL ? lg_sprintf(ECS_HOST "%s", relative) : lg_strdup(full);
    lg_chain_say(ret_result, "container");
    bool good = ask(chain, url, token, ret_result, reterr_reason);
    free(url);
    lg_secret_free(text, size);
    return good ? LG_FOUND : LG_FOUND_FAULT;
}
