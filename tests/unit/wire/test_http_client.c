/* test_http_client.c -- calls against servers that keep the rules, and against those that do not.
 */
#include "wire/http_client.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "origin.h"
#include "outside.h"

static struct lg_http_client *client;
static struct lg_http_pool *pool;
static struct lg_http_pool_options options;
static struct lg_tls_client *tls;

static int server(const char *host, struct lg_addresses *ret_addresses)
{
    if (strstr(host, ".example") == NULL)
        return EAI_NONAME;
    outside_answer(ret_addresses, "127.0.0.1");
    return 0;
}

static void begin(void)
{
    outside_begin(server, 16);
    client = lg_http_client_new(outside.resolver);
    options = (struct lg_http_pool_options){ .host = "127.0.0.1",
                                             .connect_ms = 10000,
                                             .tls_ms = 10000,
                                             .connections = 2,
                                             .waiting = 2,
                                             .idle = 2,
                                             .idle_ms = 10000 };
}

static void open_pool(const struct origin *origin)
{
    options.port = origin_port(origin);
    pool = lg_http_pool_new(client, &options);
}

static void end(void)
{
    lg_http_pool_close(pool);
    outside_turn();
    lg_http_client_free(client);
    lg_tls_client_free(tls);
    outside_end();
}

TestSuite(http_client, .init = begin, .timeout = 60);

/* --- one who calls ---------------------------------------------------------------------------- */

struct caller {
    struct lg_http_call *call;
    char events[2048]; /* <200>body<whole> */
    char error[200];
    bool ended, reused, quiet, pauses, cancels;
    size_t received, rooms;
    size_t to_send;
    char *sample;
};

static void note(struct caller *caller, const char *text, size_t size)
{
    size_t at = strlen(caller->events);

    if (caller->quiet)
        return;
    cr_assert(at + size < sizeof(caller->events));
    memcpy(caller->events + at, text, size);
    caller->events[at + size] = '\0';
}

static void on_head(void *context, const struct lg_http_response *head)
{
    struct caller *caller = context;
    char text[8];

    note(caller, text, (size_t)snprintf(text, sizeof(text), "<%d>", head->status));
    if (caller->cancels) {
        lg_http_call_cancel(caller->call);
        caller->ended = true;
    }
}

static enum lg_flow on_data(void *context, const void *data, size_t size)
{
    struct caller *caller = context;

    cr_assert(not(caller->ended));
    note(caller, data, size);
    caller->received += size;
    return caller->pauses ? LG_FLOW_PAUSE : LG_FLOW_MORE;
}

static void on_end(void *context, const struct lg_http_end *end_of_call)
{
    static const char *const words[] = { "<whole>", "<not sent>", "<unknown>" };
    struct caller *caller = context;

    cr_assert(not(caller->ended), "only once");
    caller->quiet = false;
    note(caller, words[end_of_call->outcome], strlen(words[end_of_call->outcome]));
    caller->ended = true;
    caller->reused = end_of_call->reused;
    (void)snprintf(caller->error, sizeof(caller->error), "%s",
                   end_of_call->error != NULL ? end_of_call->error : "");
}

static void send_more(struct caller *caller)
{
    static char piece[10000];
    enum lg_flow flow = LG_FLOW_MORE;

    while (caller->to_send > 0 && flow == LG_FLOW_MORE) {
        size_t size = caller->to_send < sizeof(piece) ? caller->to_send : sizeof(piece);

        flow = lg_http_call_send(caller->call, piece, size);
        caller->to_send -= size;
        if (caller->to_send == 0)
            lg_http_call_send_end(caller->call);
    }
}

static void on_room(void *context)
{
    struct caller *caller = context;

    caller->rooms++;
    send_more(caller);
}

static const struct lg_http_call_events events = { on_room, on_head, on_data, on_end };

static struct lg_http_request request_for(const char *method, const char *target)
{
    return (struct lg_http_request){ .method = lg_str_of(method),
                                     .target = lg_str_of(target),
                                     .host = LG_STR("shop.example"),
                                     .times = { .wait = 15000 } };
}

static void call_with(struct caller *caller, const struct lg_http_request *request)
{
    caller->call = lg_http_call_begin(pool, request, &events, caller);
    cr_assert(not(caller->ended), "never within the call");
}

static void call(struct caller *caller, const char *method, const char *target)
{
    struct lg_http_request request = request_for(method, target);

    call_with(caller, &request);
}

static struct caller *awaited;

static bool has_ended(void)
{
    return awaited->ended;
}

static void until_ended(struct caller *caller, const char *wanted)
{
    awaited = caller;
    outside_until(has_ended, "an end");
    outside_same(caller->events, wanted);
}

static void expect(const char *target, const char *wanted)
{
    struct caller caller = { 0 };

    call(&caller, "GET", target);
    until_ended(&caller, wanted);
}

/* --- a server that keeps the rules ------------------------------------------------------------ */

static bool good(const struct origin_request *request)
{
    char text[300];

    if (strcmp(request->path, "/close") == 0) {
        origin_say(request, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nbye");
        return false;
    }
    if (strcmp(request->path, "/chunks") == 0) {
        origin_say(request, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
        origin_say(request, "2\r\nde\r\n0\r\nTrailer: x\r\n\r\n");
        return true;
    }
    (void)snprintf(text, sizeof(text), "%u.%u", request->connection, request->request);
    if (request->body_size > 0)
        (void)snprintf(text, sizeof(text), "%zu", request->body_size);
    origin_say(request, "HTTP/1.1 200 OK\r\nContent-Length: ");
    char head[400];
    (void)snprintf(head, sizeof(head), "%zu\r\n\r\n%s", strlen(text),
                   strncmp(request->head, "HEAD", 4) == 0 ? "" : text);
    origin_say(request, head);
    return true;
}

Test(http_client, a_connection_serves_call_after_call)
{
    struct origin *origin = origin_start(good, NULL);

    open_pool(origin);
    expect("/", "<200>1.1<whole>");
    expect("/", "<200>1.2<whole>");
    expect("/chunks", "<200>abcde<whole>");
    expect("/", "<200>1.4<whole>");
    cr_assert(eq(sz, lg_http_pool_numbers(pool).idle, 1));
    cr_assert(eq(u64, lg_http_pool_numbers(pool).reused, 3));
    expect("/close", "<200>bye<whole>");
    cr_assert(eq(sz, lg_http_pool_numbers(pool).connections, 0));
    expect("/", "<200>2.1<whole>");
    struct caller caller = { 0 };
    call(&caller, "HEAD", "/");
    until_ended(&caller, "<200><whole>");
    expect("/", "<200>2.3<whole>");
    end();
    origin_stop(origin);
}

Test(http_client, connections_are_limited_and_others_wait_their_turn)
{
    struct origin *origin = origin_start(good, NULL);
    struct caller callers[5] = { 0 };

    open_pool(origin);
    for (int i = 0; i < 5; i++) /* 2 connections, room for 2 that wait */
        call(&callers[i], "GET", "/");
    until_ended(&callers[4], "<not sent>");
    outside_same(callers[4].error, "too many requests wait for a connection");
    for (int i = 0; i < 4; i++) {
        awaited = &callers[i];
        outside_until(has_ended, "an end");
        cr_assert(strstr(callers[i].events, "<whole>") != NULL, "%s", callers[i].events);
    }
    cr_assert(le(uint, origin_connections(origin), 2));
    end();
    origin_stop(origin);
}

Test(http_client, a_connection_is_given_up_after_its_requests)
{
    struct origin *origin = origin_start(good, NULL);

    options.requests = 2;
    open_pool(origin);
    expect("/", "<200>1.1<whole>");
    expect("/", "<200>1.2<whole>");
    expect("/", "<200>2.1<whole>");
    end();
    origin_stop(origin);
}

static bool none_left(void)
{
    return lg_http_pool_numbers(pool).connections == 0;
}

Test(http_client, idle_connections_are_closed_after_a_while)
{
    struct origin *origin = origin_start(good, NULL);

    options.idle_ms = 20;
    open_pool(origin);
    expect("/", "<200>1.1<whole>");
    outside_until(none_left, "no connection");
    options.idle = 0;
    lg_http_pool_close(pool);
    open_pool(origin);
    expect("/", "<200>2.1<whole>");
    cr_assert(none_left());
    end();
    origin_stop(origin);
}

Test(http_client, bodies_of_any_kind_arrive_whole)
{
    struct origin *origin = origin_start(good, NULL);
    struct lg_http_request request = request_for("POST", "/");
    static char body[3000000];

    open_pool(origin);
    struct caller whole = { 0 };
    request.body = lg_str_make(body, sizeof(body));
    call_with(&whole, &request);
    until_ended(&whole, "<200>3000000<whole>");
    request.body = LG_STR_NONE;
    request.streamed = true;
    request.body_length = 2000000;
    struct caller counted = { .to_send = 2000000 };
    call_with(&counted, &request);
    send_more(&counted);
    until_ended(&counted, "<200>2000000<whole>");
    cr_assert(gt(sz, counted.rooms, 1), "it had to wait for room");
    request.body_length = -1;
    struct caller chunked = { .to_send = 2000001 };
    call_with(&chunked, &request);
    send_more(&chunked);
    until_ended(&chunked, "<200>2000001<whole>");
    expect("/", "<200>1.4<whole>");
    end();
    origin_stop(origin);
}

static char heard[4000];

static bool listening(const struct origin_request *request)
{
    (void)snprintf(heard, sizeof(heard), "%s", request->head);
    return good(request);
}

Test(http_client, a_request_says_what_it_was_told_and_cannot_be_made_to_say_more)
{
    static const struct lg_header headers[] = {
        { { "X-A", 3 }, { "1", 1 } },
        { { "Transfer-Encoding", 17 }, { "chunked", 7 } },
        { { "content-length", 14 }, { "7", 1 } },
        { { "HOST", 4 }, { "evil", 4 } },
        { { "Connection", 10 }, { "close", 5 } },
        { { "X-B", 3 }, { "1\r\nEvil: 1", 10 } },
        { { "X\r\nC", 4 }, { "1", 1 } },
        { { "X-D", 3 }, { "", 0 } },
    };
    struct origin *origin = origin_start(listening, NULL);
    struct lg_http_request request = request_for("POST", "/a?b=c");
    struct caller caller = { 0 };

    request.headers = headers;
    request.header_count = LG_COUNT(headers);
    request.body = LG_STR("x");
    open_pool(origin);
    call_with(&caller, &request);
    until_ended(&caller, "<200>1<whole>");
    outside_same(heard, "POST /a?b=c HTTP/1.1\r\nHost: shop.example\r\nX-A: 1\r\nX-D: \r\n"
                        "Content-Length: 1\r\n\r\n");
    request.headers = NULL;
    request.header_count = 0;
    request.body = LG_STR_NONE;
    memset(&caller, 0, sizeof(caller));
    call_with(&caller, &request);
    awaited = &caller;
    outside_until(has_ended, "an end");
    outside_same(heard, "POST /a?b=c HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 0\r\n\r\n");
    end();
    origin_stop(origin);
}

/* --- pauses, cancels -------------------------------------------------------------------------- */

static bool flooding(const struct origin_request *request)
{
    static char data[1000000];

    origin_say(request, "HTTP/1.1 200 OK\r\nContent-Length: 20000000\r\n\r\n");
    for (int i = 0; i < 20; i++)
        origin_send(request, data, sizeof(data));
    return true;
}

static size_t wanted_bytes;

static bool has_bytes(void)
{
    return awaited->received >= wanted_bytes;
}

Test(http_client, an_answer_waits_while_its_reader_pauses)
{
    struct origin *origin = origin_start(flooding, NULL);
    struct caller caller = { .quiet = true, .pauses = true };
    size_t held;

    open_pool(origin);
    call(&caller, "GET", "/");
    awaited = &caller;
    wanted_bytes = 1;
    outside_until(has_bytes, "first bytes");
    held = caller.received;
    for (int i = 0; i < 20; i++)
        outside_turn();
    cr_assert(eq(sz, caller.received, held), "nothing comes in a pause");
    lg_http_call_resume(caller.call);
    wanted_bytes = held + 1;
    outside_until(has_bytes, "more bytes");
    cr_assert(lt(sz, caller.received, 1000000));
    caller.pauses = false;
    lg_http_call_resume(caller.call);
    until_ended(&caller, "<whole>");
    cr_assert(eq(sz, caller.received, 20000000));
    cr_assert(eq(sz, lg_http_pool_numbers(pool).idle, 1));
    end();
    origin_stop(origin);
}

Test(http_client, a_cancelled_call_takes_its_connection_with_it)
{
    struct origin *origin = origin_start(flooding, NULL);
    struct caller caller = { .cancels = true }, other = { .quiet = true };

    options.connections = 1;
    open_pool(origin);
    call(&caller, "GET", "/");
    call(&other, "GET", "/");
    until_ended(&caller, "<200>");
    until_ended(&other, "<whole>");
    cr_assert(eq(uint, origin_connections(origin), 2));
    memset(&caller, 0, sizeof(caller));
    call(&caller, "GET", "/");
    lg_http_call_cancel(caller.call);
    lg_http_pool_close(pool);
    options.connections = 1;
    open_pool(origin);
    call(&caller, "GET", "/"); /* waits for its connection */
    lg_http_call_cancel(caller.call);
    outside_turn();
    outside_same(caller.events, "");
    end();
    origin_stop(origin);
}

/* --- never a repeat --------------------------------------------------------------------------- */

static bool dying(const struct origin_request *request)
{
    if (strstr(request->path, "/die") != NULL)
        return false; /* with the request read, and no word of an answer */
    return good(request);
}

Test(http_client, what_was_sent_is_never_sent_again)
{
    struct origin *origin = origin_start(dying, NULL);
    struct lg_http_request request = request_for("POST", "/die");
    struct caller fresh = { 0 }, kept = { 0 }, safe = { 0 };

    request.body = LG_STR("pay 100");
    open_pool(origin);
    call_with(&fresh, &request);
    until_ended(&fresh, "<unknown>");
    outside_same(fresh.error, "the peer closed the connection");
    cr_assert(eq(uint, origin_executions(origin), 1));
    expect("/", "<200>2.1<whole>");
    call_with(&kept, &request); /* on a connection that was kept */
    until_ended(&kept, "<unknown>");
    cr_assert(kept.reused);
    cr_assert(eq(uint, origin_executions(origin), 3));
    expect("/", "<200>3.1<whole>");
    call(&safe, "GET", "/die"); /* not even what would be safe to repeat: its owner decides */
    until_ended(&safe, "<unknown>");
    cr_assert(eq(uint, origin_executions(origin), 5));
    end();
    origin_stop(origin);
}

static bool leaving(const struct origin_request *request)
{
    (void)good(request);
    return false; /* though it did not say so */
}

Test(http_client, a_kept_connection_that_died_meanwhile_is_replaced)
{
    struct origin *origin = origin_start(leaving, NULL);

    open_pool(origin);
    for (unsigned i = 1; i <= 20; i++) {
        struct lg_http_request request = request_for("POST", "/");
        struct caller caller = { 0 };
        char wanted[40];

        request.body = LG_STR_NONE;
        call_with(&caller, &request);
        (void)snprintf(wanted, sizeof(wanted), "<200>%u.1<whole>", i);
        until_ended(&caller, wanted);
        usleep(2000); /* the server leaves without the loop being asked */
    }
    cr_assert(eq(uint, origin_executions(origin), 20));
    end();
    origin_stop(origin);
}

/* --- bad servers ------------------------------------------------------------------------------ */

static bool bad(const struct origin_request *request)
{
    if (strcmp(request->path, "/half") == 0)
        origin_say(request, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    else if (strcmp(request->path, "/head") == 0)
        origin_say(request, "HTTP/1.1 200 OK\r\nContent-");
    else if (strcmp(request->path, "/chunk") == 0)
        origin_say(request, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab");
    else if (strcmp(request->path, "/both") == 0)
        origin_say(request, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: "
                            "chunked\r\n\r\n0\r\n\r\n");
    else if (strcmp(request->path, "/two") == 0)
        origin_say(request, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 "
                            "OK\r\nContent-Length: 4\r\n\r\nevil");
    else if (strcmp(request->path, "/upgrade") == 0)
        origin_say(request, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n");
    else if (strcmp(request->path, "/close") == 0)
        origin_say(request, "HTTP/1.1 200 OK\r\n\r\nto the end");
    else if (strcmp(request->path, "/interim") == 0)
        origin_say(request, "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 None\r\n\r\n");
    return strcmp(request->path, "/two") == 0;
}

Test(http_client, broken_answers_end_in_words_and_never_as_whole)
{
    struct origin *origin = origin_start(bad, NULL);

    open_pool(origin);
    expect("/half", "<200>half<unknown>");
    expect("/head", "<unknown>");
    expect("/chunk", "<200>ab<unknown>");
    expect("/both", "<unknown>");
    expect("/two", "<200>ok<whole>");
    expect("/two", "<200>ok<whole>"); /* on another connection: what was left over is nobody's */
    expect("/upgrade", "<unknown>");
    expect("/close", "<200>to the end<whole>");
    expect("/interim", "<204><whole>");
    cr_assert(eq(uint, origin_connections(origin), 9));
    end();
    origin_stop(origin);
}

static bool early(const struct origin_request *request)
{
    origin_say(request, "HTTP/1.1 413 No\r\nContent-Length: 3\r\n\r\nbig");
    origin_await_end(request);
    return false;
}

Test(http_client, an_answer_may_come_before_the_request_is_whole)
{
    struct origin *origin = origin_start(early, NULL);
    struct lg_http_request request = request_for("POST", "/early");
    struct caller caller = { .to_send = 100 };

    request.streamed = true;
    request.body_length = 1000;
    open_pool(origin);
    call_with(&caller, &request);
    (void)lg_http_call_send(caller.call, "part", 4);
    until_ended(&caller, "<413>big<whole>");
    outside_turn();
    cr_assert(eq(sz, lg_http_pool_numbers(pool).connections, 0));
    end();
    origin_stop(origin);
}

static bool slow(const struct origin_request *request)
{
    if (strcmp(request->path, "/start") == 0)
        origin_say(request, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    origin_await_end(request);
    return false;
}

static void late(const char *target, struct lg_http_times times, const char *wanted,
                 const char *error)
{
    struct lg_http_request request = request_for("GET", target);
    struct caller caller = { 0 };

    request.times = times;
    call_with(&caller, &request);
    until_ended(&caller, wanted);
    outside_same(caller.error, error);
}

Test(http_client, each_phase_has_its_patience)
{
    struct origin *origin = origin_start(slow, NULL);

    open_pool(origin);
    late("/", (struct lg_http_times){ .first = 30 }, "<unknown>", "there was no answer in time");
    late("/", (struct lg_http_times){ .total = 30 }, "<unknown>", "there was no answer in time");
    late("/start", (struct lg_http_times){ .first = 9000, .between = 30 }, "<200>half<unknown>",
         "the answer stopped coming");
    late("/start", (struct lg_http_times){ .total = 60 }, "<200>half<unknown>",
         "the answer stopped coming");
    struct lg_http_request request = request_for("POST", "/early");
    struct caller caller = { .to_send = 90000000 };
    request.streamed = true;
    request.body_length = -1;
    request.times.send = 50;
    call_with(&caller, &request);
    send_more(&caller);
    until_ended(&caller, "<unknown>");
    outside_same(caller.error, "the request was not taken in time");
    end();
    origin_stop(origin);
}

Test(http_client, nobody_waits_for_ever_for_a_connection)
{
    struct origin *origin = origin_start(slow, NULL);
    struct caller holder = { 0 };

    options.connections = 1;
    open_pool(origin);
    call(&holder, "GET", "/");
    late("/", (struct lg_http_times){ .wait = 30 }, "<not sent>",
         "there was no connection in time");
    lg_http_call_cancel(holder.call);
    end();
    origin_stop(origin);
}

Test(http_client, nobody_there_means_not_sent)
{
    struct origin *origin = origin_start(good, NULL);
    struct caller callers[3] = { 0 };

    open_pool(origin);
    origin_stop(origin);
    for (int i = 0; i < 3; i++)
        call(&callers[i], "POST", "/");
    for (int i = 0; i < 3; i++) {
        until_ended(&callers[i], "<not sent>");
        cr_assert(strstr(callers[i].error, "connection refused") != NULL, "%s", callers[i].error);
    }
    end();
}

/* --- TLS and proxies -------------------------------------------------------------------------- */

static struct authority *authority;

static struct origin *start_tls(origin_answer_fn *answer)
{
    char error[LG_TLS_ERROR_SIZE] = "";
    struct certificate certificate;

    certificates_begin();
    authority = authority_new("ours");
    certificate = authority_issue(authority, "DNS:shop.example", 30);
    cr_assert(eq(
        int,
        lg_tls_client_new(&(struct lg_tls_client_options){ .ca_file = authority_file(authority) },
                          &tls, error),
        LG_OK));
    options.tls = tls;
    options.host = "shop.example";
    return origin_start(answer, &certificate);
}

static void end_tls(struct origin *origin)
{
    end();
    origin_stop(origin);
    authority_free(authority);
    certificates_end();
}

Test(http_client, tls_makes_no_difference)
{
    struct origin *origin = start_tls(good);
    struct lg_http_request request = request_for("POST", "/");
    struct caller chunked = { .to_send = 2000001 };

    open_pool(origin);
    expect("/", "<200>1.1<whole>");
    expect("/chunks", "<200>abcde<whole>");
    expect("/", "<200>1.3<whole>");
    request.streamed = true;
    request.body_length = -1;
    call_with(&chunked, &request);
    send_more(&chunked);
    until_ended(&chunked, "<200>2000001<whole>");
    expect("/close", "<200>bye<whole>");
    expect("/", "<200>2.1<whole>");
    end_tls(origin);
}

Test(http_client, what_was_sent_in_tls_is_never_sent_again)
{
    struct origin *origin = start_tls(dying);

    open_pool(origin);
    expect("/", "<200>1.1<whole>");
    expect("/die", "<unknown>");
    cr_assert(eq(uint, origin_executions(origin), 2));
    end_tls(origin);
}

Test(http_client, a_certificate_that_does_not_fit_means_not_sent)
{
    struct origin *origin = start_tls(good);
    struct caller caller = { 0 };

    options.host = "other.example";
    open_pool(origin);
    call(&caller, "GET", "/");
    until_ended(&caller, "<not sent>");
    outside_same(caller.error, "TLS: certificate: host name does not match");
    cr_assert(eq(uint, origin_executions(origin), 0));
    end_tls(origin);
}

Test(http_client, a_proxy_leads_to_a_host_with_tls)
{
    struct origin *origin = start_tls(good), *proxy = origin_start_proxy();
    struct lg_http_proxy by = { (char *)(uintptr_t) "127.0.0.1", origin_port(proxy), NULL };

    options.proxy = &by;
    open_pool(origin);
    expect("/", "<200>1.1<whole>");
    expect("/", "<200>1.2<whole>");
    cr_assert(eq(uint, origin_executions(proxy), 1));
    cr_assert(eq(uint, origin_executions(origin), 2));
    end();
    origin_stop(proxy);
    origin_stop(origin);
    authority_free(authority);
    certificates_end();
}

static bool refusing(const struct origin_request *request)
{
    (void)snprintf(heard, sizeof(heard), "%s", request->head);
    origin_say(request, "HTTP/1.1 407 Who?\r\nContent-Length: 0\r\n\r\n");
    return true;
}

Test(http_client, a_proxy_that_refuses_means_not_sent)
{
    struct origin *proxy = start_tls(good), *plain = origin_start(refusing, NULL);
    struct lg_http_proxy by = { (char *)(uintptr_t) "127.0.0.1", origin_port(plain),
                                (char *)(uintptr_t) "Basic eDp5" };
    struct caller caller = { 0 };
    char wanted[200];

    options.proxy = &by;
    open_pool(proxy);
    call(&caller, "POST", "/");
    until_ended(&caller, "<not sent>");
    outside_same(caller.error, "the proxy wants credentials (407)");
    (void)snprintf(wanted, sizeof(wanted),
                   "CONNECT shop.example:%u HTTP/1.1\r\nHost: shop.example:%u\r\n"
                   "Proxy-Authorization: Basic eDp5\r\n\r\n",
                   origin_port(proxy), origin_port(proxy));
    outside_same(heard, wanted);
    origin_stop(plain);
    end_tls(proxy);
}

Test(http_client, a_proxy_for_plain_http_is_given_the_whole_url)
{
    struct origin *proxy = origin_start(listening, NULL);
    struct lg_http_proxy by = { (char *)(uintptr_t) "127.0.0.1", origin_port(proxy), NULL };

    options.proxy = &by;
    options.host = "far.example";
    options.port = 81;
    pool = lg_http_pool_new(client, &options);
    expect("/a?b", "<200>1.1<whole>");
    outside_same(heard, "GET http://far.example:81/a?b HTTP/1.1\r\nHost: shop.example\r\n\r\n");
    end();
    origin_stop(proxy);
}
