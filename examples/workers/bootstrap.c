/*
 * bootstrap.c -- a Lambda runtime in C over libcurl: `command: [./bootstrap]`
 *
 * Build: cc -O2 -o bootstrap bootstrap.c $(pkg-config --cflags --libs libcurl)
 * The handler is handle(), below; the rest stays as it is. Runs on AWS as well.
 */
#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define API "/2018-06-01/runtime/"

struct text {
    char *data; /* ends with a 0 that `size` does not count */
    size_t size;
};

/*
 * The function: gets the event (JSON), sets the result (JSON, allocated). False is a function error
 * with *ret_result as its message, which must then be static and need no escaping.
 */
static bool handle(const struct text *event, struct text *ret_result)
{
    if (event->size == 0 || event->data[0] == '"') {
        ret_result->data = "this function wants an object, not a string";
        return false;
    }
    ret_result->data = malloc(event->size + 32);
    if (ret_result->data == NULL) {
        ret_result->data = "no memory";
        return false;
    }
    ret_result->size = (size_t)sprintf(ret_result->data, "{\"bytes\":%zu,\"event\":", event->size);
    memcpy(ret_result->data + ret_result->size, event->data, event->size);
    ret_result->size += event->size;
    ret_result->data[ret_result->size++] = '}';
    return true;
}

static size_t keep_body(char *data, size_t one, size_t size, void *user)
{
    struct text *body = user;
    (void)one;
    char *grown = realloc(body->data, body->size + size + 1);
    if (grown == NULL)
        return 0;
    memcpy(grown + body->size, data, size);
    body->data = grown;
    body->size += size;
    grown[body->size] = '\0';
    return size;
}

/* Keeps the id of the invocation: 36 characters. */
static size_t keep_id(char *line, size_t one, size_t size, void *user)
{
    static const char name[] = "Lambda-Runtime-Aws-Request-Id:";
    char *id = user;
    (void)one;
    if (size > sizeof name && strncasecmp(line, name, sizeof name - 1) == 0)
        (void)sscanf(line + sizeof name - 1, " %63s", id);
    return size;
}

static size_t drop_body(char *data, size_t one, size_t size, void *user)
{
    (void)data, (void)one, (void)user;
    return size;
}

/* Waits for the next event: without a time limit, for there may be none for hours. */
static bool next_event(CURL *curl, const char *host, struct text *event, char *id)
{
    char url[512];
    snprintf(url, sizeof url, "http://%s" API "invocation/next", host);
    event->size = 0;
    id[0] = '\0';
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, event);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, keep_id);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, id);
    return curl_easy_perform(curl) == CURLE_OK && id[0] != '\0';
}

static bool post(CURL *curl, const char *host, const char *id, const char *what,
                 const struct text *body)
{
    char url[512];
    snprintf(url, sizeof url, "http://%s" API "invocation/%s/%s", host, id, what);
    curl_easy_reset(curl);
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    headers = curl_slist_append(headers, "Expect:");
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->size);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body->data);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop_body);
    bool sent = curl_easy_perform(curl) == CURLE_OK;
    curl_slist_free_all(headers);
    return sent;
}

static bool serve_one(CURL *curl, const char *host, struct text *event)
{
    char id[64];
    if (!next_event(curl, host, event, id))
        return false;
    struct text result = { NULL, 0 };
    if (handle(event, &result)) {
        bool sent = post(curl, host, id, "response", &result);
        free(result.data);
        return sent;
    }
    char error[256];
    int size = snprintf(error, sizeof error,
                        "{\"errorType\":\"HandlerError\",\"errorMessage\":\"%s\"}", result.data);
    return post(curl, host, id, "error", &(struct text){ error, (size_t)size });
}

int main(void)
{
    const char *host = getenv("AWS_LAMBDA_RUNTIME_API");
    CURL *curl = curl_easy_init();
    if (host == NULL || curl == NULL) {
        fputs("bootstrap: this runs under lambdagate or on AWS Lambda\n", stderr);
        return 1;
    }
    struct text event = { NULL, 0 };
    while (serve_one(curl, host, &event))
        ;
    free(event.data);
    curl_easy_cleanup(curl);
    return 0;
}
