/* admin_client.c -- libcurl, over a unix socket or TCP, never through a proxy. */
#include "admin_client.h"

#include <curl/curl.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "base/mem.h"

#define CONNECT_TIMEOUT_MS 5000L
#define ANSWER_MAX ((size_t)64 * 1024 * 1024)
#define HEADER_MAX ((size_t)64 * 1024)

static const char *admin_text(const char *given)
{
    const char *environment = getenv("LAMBDAGATE_ADMIN");

    if (given != NULL)
        return given;
    return environment != NULL && environment[0] != '\0' ? environment : LG_DEFAULT_ADMIN;
}

/* Returning less than was offered ends the transfer: the answer is over its ceiling. */
static size_t take_body(char *data, size_t unit, size_t count, void *context)
{
    struct lg_admin_answer *answer = context;

    return lg_buf_add(&answer->body, data, unit * count) ? unit * count : 0;
}

static void take_value(struct lg_str line, const char *name, struct lg_buf *ret_value)
{
    size_t colon = lg_str_find(line, ':', 0);

    if (!lg_str_iis(lg_str_part(line, 0, colon), name))
        return;
    line = lg_str_part(line, colon + 1, line.size);
    while (line.size > 0 && (line.data[line.size - 1] == '\n' || line.data[line.size - 1] == '\r'))
        line.size--;
    lg_buf_clear(ret_value);
    lg_buf_add_str(ret_value, lg_str_trim(line));
}

static size_t take_header(char *data, size_t unit, size_t count, void *context)
{
    struct lg_admin_answer *answer = context;
    struct lg_str line = lg_str_make(data, unit * count);

    take_value(line, "x-amz-function-error", &answer->function_error);
    take_value(line, "x-amz-log-result", &answer->log_result);
    take_value(line, "x-amzn-errortype", &answer->error_type);
    return unit * count;
}

static struct curl_slist *make_headers(const struct lg_admin_request *request)
{
    /* Without these libcurl would wait for a 100 before a large body, and call it a form. */
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");

    list = curl_slist_append(list, "Content-Type: application/json");
    for (const char *const *header = request->headers; header != NULL && *header != NULL; header++)
        list = curl_slist_append(list, *header);
    return list;
}

static void set_body(CURL *curl, const struct lg_str *body)
{
    if (body == NULL)
        return;
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->size);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body->size == 0 ? "" : body->data);
}

static void set_address(CURL *curl, const struct lg_admin_address *address, const char *path)
{
    char *url =
        lg_sprintf("http://%s%s", address->path != NULL ? "localhost" : address->host, path);

    curl_easy_setopt(curl, CURLOPT_URL, url);
    if (address->path != NULL)
        curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, address->path);
    free(url);
}

static void set_options(CURL *curl, struct lg_admin_answer *answer)
{
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "lambdagate/" LG_VERSION);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, answer);
}

/* Why there is no answer, and what can be done about it. */
static void tell_unreachable(CURL *curl, CURLcode code, const char *admin)
{
    long error = 0;

    curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &error);
    if (error == EACCES || error == EPERM) {
        lg_complain("may not connect to %s: %s; whoever may is told by `admin_mode` in the "
                    "daemon's configuration",
                    admin, strerror((int)error));
    } else if (code == CURLE_COULDNT_CONNECT || code == CURLE_OPERATION_TIMEDOUT ||
               code == CURLE_COULDNT_RESOLVE_HOST) {
        lg_complain("no daemon listens on %s: %s; start it with `lambdagated FILE`, or name its "
                    "admin address with --admin or LAMBDAGATE_ADMIN",
                    admin, error != 0 ? strerror((int)error) : curl_easy_strerror(code));
    } else {
        lg_complain("no answer from %s: %s", admin, curl_easy_strerror(code));
    }
}

static void init_answer(struct lg_admin_answer *answer)
{
    answer->status = 0;
    lg_buf_init(&answer->body, ANSWER_MAX);
    lg_buf_init(&answer->function_error, HEADER_MAX);
    lg_buf_init(&answer->log_result, HEADER_MAX);
    lg_buf_init(&answer->error_type, HEADER_MAX);
}

void lg_admin_answer_done(struct lg_admin_answer *answer)
{
    lg_buf_done(&answer->body);
    lg_buf_done(&answer->function_error);
    lg_buf_done(&answer->log_result);
    lg_buf_done(&answer->error_type);
}

int lg_admin_send(const struct lg_command *command, const char *admin,
                  const struct lg_admin_request *request, struct lg_admin_answer *ret_answer)
{
    struct lg_admin_address address;
    CURLcode code;

    admin = admin_text(admin);
    if (!lg_admin_address_read(admin, &address))
        return lg_command_misused(command,
                                  "%s is no admin address: it is HOST:PORT, or the path of a unix "
                                  "socket (with a slash in it)",
                                  admin);
    CURL *curl = curl_easy_init();
    if (curl == NULL)
        abort();
    struct curl_slist *headers = make_headers(request);
    init_answer(ret_answer);
    set_options(curl, ret_answer);
    set_address(curl, &address, request->path);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    set_body(curl, request->body);

    code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &ret_answer->status);
    if (code != CURLE_OK) {
        tell_unreachable(curl, code, admin);
        lg_admin_answer_done(ret_answer);
    }
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    curl_global_cleanup();
    return code == CURLE_OK ? LG_EXIT_OK : LG_EXIT_UNREACHABLE;
}

int lg_admin_complain(const struct lg_admin_answer *answer)
{
    json_t *root = json_loadb(answer->body.data, answer->body.size, JSON_DECODE_ANY, NULL);
    const char *message = json_string_value(json_object_get(root, "message"));
    struct lg_str type = lg_buf_str(&answer->error_type);

    if (message == NULL)
        message = json_string_value(json_object_get(root, "Message"));
    if (message == NULL)
        message = "(no reason given)";
    lg_complain("%.*s%sthe daemon answers %ld: %s", LG_STR_ARG(type), type.size > 0 ? ": " : "",
                answer->status, message);
    json_decref(root);
    return LG_EXIT_FAILED;
}
