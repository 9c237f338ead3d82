/* admin.c -- one table of paths; the Invoke API apart. */
#include "invoke_api/admin.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "invoke_api/describe.h"
#include "invoke_api/guard.h"
#include "invoke_api/invoke.h"
#include "invoke_api/request.h"
#include "observe/log.h"
#include "observe/metrics.h"

/* An answer that is made at once and lives until it is sent. */
struct page {
    const struct lg_admin *admin;
    struct lg_exchange *exchange;
    int status;
    const char *content_type;
    const char *allow; /* Allow header, or NULL */
    struct lg_buf body;
    struct reload *reload; /* that this page waits for, or NULL */
};

/* A reload goes on when the one who asked for it has left. */
struct reload {
    struct page *page; /* NULL: it has left */
};

static void free_page(void *object, enum lg_done how, uint64_t bytes_sent)
{
    struct page *page = object;

    (void)how;
    (void)bytes_sent;
    if (page->reload != NULL)
        page->reload->page = NULL;
    lg_buf_done(&page->body);
    free(page);
}

static enum lg_flow ignore_data(void *object, const void *data, size_t size)
{
    (void)object;
    (void)data;
    (void)size;
    return LG_FLOW_MORE;
}

static void ignore_body(void *object)
{
    (void)object;
}

static struct page *new_page(const struct lg_admin *admin, struct lg_exchange *exchange)
{
    static const struct lg_exchange_events events = { ignore_data, ignore_body, NULL, free_page };
    struct page *page = LG_NEW(struct page);

    page->admin = admin;
    page->exchange = exchange;
    page->status = 200;
    page->content_type = "application/json";
    lg_buf_init(&page->body, SIZE_MAX);
    lg_exchange_own(exchange, &events, page);
    return page;
}

static void send_page(struct page *page)
{
    struct lg_header headers[3] = {
        { LG_STR("Content-Type"), lg_str_of(page->content_type) },
        { LG_STR("Cache-Control"), LG_STR("no-store") },
        { LG_STR("Allow"), lg_str_of(page->allow) },
    };

    lg_exchange_answer(page->exchange,
                       &(struct lg_answer){ .status = page->status,
                                            .headers = headers,
                                            .header_count = page->allow == NULL ? 2 : 3 },
                       lg_buf_str(&page->body));
}

static void send_message(struct page *page, int status, const char *message)
{
    page->status = status;
    lg_buf_add_cstr(&page->body, "{\"message\":");
    lg_json_add_string(&page->body, lg_str_of(message));
    lg_buf_add_char(&page->body, '}');
    send_page(page);
}

static void health(struct page *page)
{
    lg_buf_add_cstr(&page->body, "{\"status\":\"ok\"}");
}

static void readiness(struct page *page)
{
    static const char *const names[] = {
        [LG_ADMIN_STARTING] = "starting",
        [LG_ADMIN_READY] = "ready",
        [LG_ADMIN_DRAINING] = "draining",
    };
    enum lg_admin_state state = page->admin->state(page->admin->context);

    page->status = state == LG_ADMIN_READY ? 200 : 503;
    lg_buf_printf(&page->body, "{\"status\":\"%s\"}", names[state]);
}

static void metrics(struct page *page)
{
    page->content_type = "text/plain; version=0.0.4; charset=utf-8";
    if (page->admin->refresh != NULL)
        page->admin->refresh(page->admin->context);
    lg_metrics_write(&page->body);
}

static void functions(struct page *page)
{
    lg_describe_functions(page->admin, &page->body);
}

static void routes(struct page *page)
{
    lg_describe_routes(page->admin, &page->body);
}

static const struct {
    const char *path;
    void (*write)(struct page *page);
    bool watch; /* it only looks at the process */
} pages[] = {
    { "/healthz", health, true },  { "/readyz", readiness, true },
    { "/metrics", metrics, true }, { "/functions", functions, false },
    { "/routes", routes, false },
};

static void serve_page(struct page *page, void (*write)(struct page *page))
{
    struct lg_str method = lg_exchange_head(page->exchange)->method;

    if (!lg_str_is(method, "GET") && !lg_str_is(method, "HEAD")) {
        page->allow = "GET, HEAD";
        send_message(page, 405, "Method Not Allowed");
        return;
    }
    write(page);
    send_page(page);
}

static void write_faults(struct page *page, const struct lg_faults *faults)
{
    lg_buf_add_cstr(&page->body, "{\"message\":\"the configuration was refused\",\"faults\":[");
    for (size_t i = 0; i < lg_faults_count(faults); i++) {
        if (i > 0)
            lg_buf_add_char(&page->body, ',');
        lg_json_add_string(&page->body, lg_str_of(lg_faults_line(faults, i)));
    }
    lg_buf_add_cstr(&page->body, "]}");
}

static void on_reloaded(void *context, const struct lg_faults *faults)
{
    struct reload *reload = context;
    struct page *page = reload->page;

    free(reload);
    if (page == NULL)
        return;
    page->reload = NULL;
    if (lg_faults_count(faults) == 0) {
        lg_buf_add_cstr(&page->body, "{\"status\":\"ok\"}");
    } else {
        page->status = 422;
        write_faults(page, faults);
    }
    send_page(page);
}

static void serve_reload(const struct lg_admin *admin, struct lg_exchange *exchange)
{
    struct page *page = new_page(admin, exchange);
    struct reload *reload;
    enum lg_err err;

    if (!lg_str_is(lg_exchange_head(exchange)->method, "POST")) {
        page->allow = "POST";
        send_message(page, 405, "Method Not Allowed");
        return;
    }
    reload = LG_NEW(struct reload);
    reload->page = page;
    page->reload = reload;
    err = admin->reload(admin->context, on_reloaded, reload);
    if (err == LG_OK)
        return;
    page->reload = NULL;
    free(reload);
    if (err == LG_ERR_BUSY)
        send_message(page, 409, "a reload is under way");
    else
        send_message(page, 503, "the daemon does not serve now");
}

static void refuse(const struct lg_admin *admin, struct lg_exchange *exchange, const char *reason)
{
    lg_metric_add(lg_metric_get(LG_METRIC_COUNTER, "lambdagate_admin_refused_total", "",
                                "Requests to the admin listener that a web page may have sent."),
                  1);
    lg_log(LG_LOG_WARN, "admin", NULL, "refused a request of %s: %s",
           lg_exchange_head(exchange)->peer, reason);
    send_message(new_page(admin, exchange), 403, reason);
}

static void serve_invoke(const struct lg_admin *admin, struct lg_exchange *exchange,
                         const struct lg_invoke_path *path)
{
    if (lg_str_is(lg_exchange_head(exchange)->method, "POST")) {
        lg_invoke_begin(admin, exchange, path);
        return;
    }
    struct page *page = new_page(admin, exchange);
    page->allow = "POST";
    send_message(page, 405, "Method Not Allowed");
}

void lg_admin_request(void *context, struct lg_exchange *exchange)
{
    const struct lg_admin *admin = context;
    const struct lg_head *head = lg_exchange_head(exchange);
    const char *reason;
    struct lg_invoke_path path;

    if (lg_guard_check(head, admin->host, &reason) != LG_OK) {
        refuse(admin, exchange, reason);
        return;
    }
    if (!admin->watch_only && lg_invoke_path_read(head->path, &path)) {
        serve_invoke(admin, exchange, &path);
        return;
    }
    if (!admin->watch_only && lg_str_is(head->path, "/reload")) {
        serve_reload(admin, exchange);
        return;
    }
    for (size_t i = 0; i < LG_COUNT(pages); i++) {
        if (lg_str_is(head->path, pages[i].path) && (pages[i].watch || !admin->watch_only)) {
            serve_page(new_page(admin, exchange), pages[i].write);
            return;
        }
    }
    send_message(new_page(admin, exchange), 404, "Not Found");
}
