/* fetch.c -- libcurl's multi interface on our epoll and timers. */
#include "wire/fetch.h"

#include <assert.h>
#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/epoll.h>

#include "base/buf.h"
#include "base/list.h"
#include "base/mem.h"
#include "wire/loop.h"

/* A socket of libcurl's. */
struct socket_watch {
    struct lg_watch watch;
    struct lg_fetcher *fetcher;
    struct lg_link link;
};

struct lg_fetcher {
    struct lg_loop *loop;
    CURLM *multi;
    struct lg_timer timer;
    struct lg_link fetches, sockets;
};

struct lg_fetch {
    struct lg_fetcher *fetcher;
    CURL *easy;
    struct lg_link link;
    struct lg_buf body;
    int64_t max_age_s;
    char error[CURL_ERROR_SIZE];
    lg_fetch_done_fn *done;
    void *context;
};

/* --- one fetch -------------------------------------------------------------------------------- */

static size_t on_body(char *data, size_t one, size_t size, void *user)
{
    struct lg_fetch *fetch = user;

    (void)one;
    return lg_buf_add(&fetch->body, data, size) ? size : 0;
}

/* Cache-Control: max-age=SECONDS, among others. */
static size_t on_header(char *data, size_t one, size_t size, void *user)
{
    struct lg_fetch *fetch = user;
    struct lg_str line = lg_str_make(data, size), directive;
    uint64_t seconds;

    (void)one;
    if (!lg_str_istarts(line, LG_STR("cache-control:")))
        return size;
    struct lg_str rest = lg_str_part(line, sizeof("cache-control:") - 1, line.size);
    while (rest.data != NULL && lg_str_next(&rest, ',', &directive)) {
        while (directive.size > 0 && (directive.data[directive.size - 1] == '\r' ||
                                      directive.data[directive.size - 1] == '\n'))
            directive.size--;
        directive = lg_str_trim(directive);
        if (lg_str_istarts(directive, LG_STR("max-age=")) &&
            lg_str_to_u64(lg_str_part(directive, 8, directive.size), &seconds) == LG_OK)
            fetch->max_age_s = seconds > 31536000 ? 31536000 : (int64_t)seconds;
    }
    return size;
}

static void free_fetch(struct lg_fetch *fetch)
{
    (void)curl_multi_remove_handle(fetch->fetcher->multi, fetch->easy);
    curl_easy_cleanup(fetch->easy);
    lg_list_remove(&fetch->link);
    lg_buf_done(&fetch->body);
    free(fetch);
}

static void end_fetch(struct lg_fetch *fetch, CURLcode code)
{
    struct lg_fetch_result result = { .body = lg_buf_str(&fetch->body),
                                      .max_age_s = fetch->max_age_s };
    long status = 0;

    (void)curl_easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &status);
    result.status = (int)status;
    if (lg_buf_failed(&fetch->body))
        result.error = "the answer is too large";
    else if (code != CURLE_OK)
        result.error = fetch->error[0] != '\0' ? fetch->error : curl_easy_strerror(code);
    fetch->done(fetch->context, &result);
    free_fetch(fetch);
}

/* --- the multi handle on the loop ------------------------------------------------------------- */

static void read_ends(struct lg_fetcher *fetcher)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(fetcher->multi, &left)) != NULL) {
        char *fetch = NULL;
        if (message->msg != CURLMSG_DONE)
            continue;
        CURLcode code = message->data.result;
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &fetch);
        end_fetch((struct lg_fetch *)(void *)fetch, code);
    }
}

static void on_socket_event(struct lg_watch *watch, uint32_t events)
{
    struct socket_watch *socket = LG_CONTAINER(watch, struct socket_watch, watch);
    struct lg_fetcher *fetcher = socket->fetcher;
    int what = 0, running;

    if ((events & (EPOLLIN | EPOLLHUP)) != 0)
        what |= CURL_CSELECT_IN;
    if ((events & EPOLLOUT) != 0)
        what |= CURL_CSELECT_OUT;
    if ((events & EPOLLERR) != 0)
        what |= CURL_CSELECT_ERR;
    (void)curl_multi_socket_action(fetcher->multi, watch->fd, what, &running);
    read_ends(fetcher);
}

static void on_timer(struct lg_timer *timer)
{
    struct lg_fetcher *fetcher = LG_CONTAINER(timer, struct lg_fetcher, timer);
    int running;

    (void)curl_multi_socket_action(fetcher->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    read_ends(fetcher);
}

static int set_timer(CURLM *multi, long wait_ms, void *user)
{
    struct lg_fetcher *fetcher = user;

    (void)multi;
    if (wait_ms < 0)
        lg_timer_clear(fetcher->loop, &fetcher->timer);
    else
        lg_timer_set(fetcher->loop, &fetcher->timer, lg_loop_now_ms(fetcher->loop) + wait_ms,
                     on_timer);
    return 0;
}

static void forget_socket(struct lg_fetcher *fetcher, struct socket_watch *socket)
{
    lg_watch_remove(fetcher->loop, &socket->watch);
    lg_list_remove(&socket->link);
    free(socket);
}

static int set_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *socket_user)
{
    struct lg_fetcher *fetcher = user;
    struct socket_watch *socket = socket_user;
    uint32_t events = 0;

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (socket != NULL)
            forget_socket(fetcher, socket);
        return 0;
    }
    events |= what == CURL_POLL_IN || what == CURL_POLL_INOUT ? EPOLLIN : 0;
    events |= what == CURL_POLL_OUT || what == CURL_POLL_INOUT ? EPOLLOUT : 0;
    if (socket != NULL)
        return lg_watch_change(fetcher->loop, &socket->watch, events) == LG_OK ? 0 : -1;
    socket = LG_NEW(struct socket_watch);
    socket->fetcher = fetcher;
    if (lg_watch_add(fetcher->loop, &socket->watch, fd, events, on_socket_event) != LG_OK) {
        free(socket);
        return -1;
    }
    lg_list_add_last(&fetcher->sockets, &socket->link);
    (void)curl_multi_assign(fetcher->multi, fd, socket);
    return 0;
}

static void start_libcurl(void)
{
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

void lg_fetch_start_library(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    (void)pthread_once(&once, start_libcurl);
}

struct lg_fetcher *lg_fetcher_new(struct lg_loop *loop)
{
    struct lg_fetcher *fetcher = LG_NEW(struct lg_fetcher);

    lg_fetch_start_library();
    fetcher->loop = loop;
    lg_list_init(&fetcher->fetches);
    lg_list_init(&fetcher->sockets);
    fetcher->multi = curl_multi_init();
    if (fetcher->multi == NULL) {
        free(fetcher);
        return NULL;
    }
    (void)curl_multi_setopt(fetcher->multi, CURLMOPT_SOCKETFUNCTION, set_socket);
    (void)curl_multi_setopt(fetcher->multi, CURLMOPT_SOCKETDATA, fetcher);
    (void)curl_multi_setopt(fetcher->multi, CURLMOPT_TIMERFUNCTION, set_timer);
    (void)curl_multi_setopt(fetcher->multi, CURLMOPT_TIMERDATA, fetcher);
    (void)curl_multi_setopt(fetcher->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, 16L);
    return fetcher;
}

void lg_fetcher_free(struct lg_fetcher *fetcher)
{
    if (fetcher == NULL)
        return;
    for (struct lg_link *link = lg_list_first(&fetcher->fetches); link != NULL;) {
        struct lg_fetch *fetch = LG_LIST_OF(link, struct lg_fetch, link);

        link = lg_list_after(&fetcher->fetches, link);
        free_fetch(fetch);
    }
    (void)curl_multi_cleanup(fetcher->multi);
    for (struct lg_link *link = lg_list_first(&fetcher->sockets); link != NULL;) {
        struct socket_watch *socket = LG_LIST_OF(link, struct socket_watch, link);

        link = lg_list_after(&fetcher->sockets, link);
        forget_socket(fetcher, socket);
    }
    lg_timer_clear(fetcher->loop, &fetcher->timer);
    free(fetcher);
}

/* --- beginning -------------------------------------------------------------------------------- */

static void set_up(struct lg_fetch *fetch, const struct lg_fetch_request *request)
{
    CURL *easy = fetch->easy;

    (void)curl_easy_setopt(easy, CURLOPT_URL, request->url);
    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, request->plain ? "http,https" : "https");
    (void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    (void)curl_easy_setopt(easy, CURLOPT_USERAGENT, "lambdagate/" LG_VERSION);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetch);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, fetch);
    (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, fetch->error);
    (void)curl_easy_setopt(easy, CURLOPT_PRIVATE, fetch);
    if (request->ca_file != NULL) {
        (void)curl_easy_setopt(easy, CURLOPT_CAINFO, request->ca_file);
        (void)curl_easy_setopt(easy, CURLOPT_CAPATH, NULL); /* else the system's count as well */
    }
    /* Fetches are rare: a file of authorities that was exchanged counts at once. */
    (void)curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L);
}

struct lg_fetch *lg_fetch_begin(struct lg_fetcher *fetcher, const struct lg_fetch_request *request,
                                lg_fetch_done_fn *done, void *context)
{
    struct lg_fetch *fetch = LG_NEW(struct lg_fetch);

    fetch->fetcher = fetcher;
    fetch->done = done;
    fetch->context = context;
    fetch->max_age_s = -1;
    lg_buf_init(&fetch->body, request->limit);
    fetch->easy = curl_easy_init();
    assert(fetch->easy != NULL); /* as every allocation: mem.h */
    set_up(fetch, request);
    lg_list_add_last(&fetcher->fetches, &fetch->link);
    (void)curl_multi_add_handle(fetcher->multi, fetch->easy);
    return fetch;
}

void lg_fetch_cancel(struct lg_fetch *fetch)
{
    free_fetch(fetch);
}
