/* web_call.c -- libcurl's easy interface. */
#include "cloud/web_call.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "wire/fetch.h"

static size_t on_body(char *data, size_t one, size_t size, void *user)
{
    struct lg_web_answer *answer = user;

    (void)one;
    return lg_buf_add(&answer->body, data, size) ? size : 0;
}

static size_t on_header(char *data, size_t one, size_t size, void *user)
{
    struct lg_web_answer *answer = user;
    struct lg_str line = lg_str_make(data, size);
    char value[64];

    (void)one;
    if (!lg_str_istarts(line, LG_STR("date:")))
        return size;
    line = lg_str_part(line, 5, line.size);
    if (line.size < sizeof(value)) {
        memcpy(value, line.data, line.size);
        value[line.size] = '\0';
        time_t date = curl_getdate(value, NULL);
        answer->date_ms = date > 0 ? (int64_t)date * 1000 : 0;
    }
    return size;
}

static int on_progress(void *user, curl_off_t total, curl_off_t got, curl_off_t up, curl_off_t sent)
{
    const struct lg_web_request *request = user;

    (void)total, (void)got, (void)up, (void)sent;
    return request->ended != NULL && atomic_load(request->ended);
}

static curl_socket_t on_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    const struct lg_web_request *request = user;

    (void)purpose;
    if (!request->is_allowed(&address->addr))
        return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static struct curl_slist *make_headers(const struct lg_web_request *request)
{
    /* libcurl would add one of its own, and wait for an answer to it. */
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");

    for (size_t i = 0; i < request->header_count; i++) {
        const struct lg_header *header = &request->headers[i];
        /* "Name;" is how libcurl is told to send an empty one */
        char *line = lg_sprintf(header->value.size > 0 ? "%.*s: %.*s" : "%.*s;%.*s",
                                LG_STR_ARG(header->name), LG_STR_ARG(header->value));

        list = curl_slist_append(list, line);
        explicit_bzero(line, strlen(line));
        free(line);
    }
    return list;
}

static void free_headers(struct curl_slist *list)
{
    for (struct curl_slist *item = list; item != NULL; item = item->next)
        explicit_bzero(item->data, strlen(item->data));
    curl_slist_free_all(list);
}

static void set_up(CURL *easy, const struct lg_web_request *request, struct lg_web_answer *answer,
                   char *error)
{
    (void)curl_easy_setopt(easy, CURLOPT_URL, request->url);
    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    (void)curl_easy_setopt(easy, CURLOPT_USERAGENT, "lambdagate/" LG_VERSION);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, answer);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, answer);
    (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error);
    (void)curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    (void)curl_easy_setopt(easy, CURLOPT_XFERINFODATA, request);
    if (request->method != NULL) {
        (void)curl_easy_setopt(easy, CURLOPT_POST, 1L);
        (void)curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.size);
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS,
                               request->body.size > 0 ? request->body.data : "");
    }
    if (request->direct)
        (void)curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    if (request->is_allowed != NULL) {
        (void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_socket);
        (void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, request);
    }
    if (request->ca_file != NULL)
        (void)curl_easy_setopt(easy, CURLOPT_CAINFO, request->ca_file);
}

bool lg_web_call(const struct lg_web_request *request, struct lg_web_answer *ret_answer)
{
    struct lg_web_answer *answer = ret_answer;
    char error[CURL_ERROR_SIZE] = "";
    long status = 0;

    lg_fetch_start_library();
    *answer = (struct lg_web_answer){ 0 };
    lg_buf_init(&answer->body, LG_WEB_ANSWER_MAX);
    (void)lg_buf_reserve(&answer->body, 16384); /* so that secrets do not move while they come */

    CURL *easy = curl_easy_init();
    struct curl_slist *headers = make_headers(request);

    set_up(easy, request, answer, error);
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    CURLcode code = curl_easy_perform(easy);
    if (code == CURLE_OK)
        (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    else
        lg_cstr_copy(answer->fault, sizeof(answer->fault),
                     error[0] != '\0' ? error : curl_easy_strerror(code));
    if (lg_buf_failed(&answer->body)) {
        lg_cstr_copy(answer->fault, sizeof(answer->fault), "the answer is too large");
        status = 0;
    }
    answer->status = (int)status;
    curl_easy_cleanup(easy);
    free_headers(headers);
    return answer->status != 0;
}

void lg_web_answer_done(struct lg_web_answer *answer)
{
    if (answer->body.size > 0)
        explicit_bzero(answer->body.data, answer->body.size);
    lg_buf_done(&answer->body);
}
