/* The Runtime API as a runtime sees it: raw bytes on the port of a worker. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "wire/loop.h"
#include "world.h"

TestSuite(runtime_api, .init = world_begin, .fini = world_end, .timeout = 120);

#define NEXT "/2018-06-01/runtime/invocation/next"
#define INIT_ERROR "/2018-06-01/runtime/init/error"

static struct call one, two;
static struct puppet first;
static struct peer peer, other;

/* A call whose invocation `peer` has read. */
static void run_one(void)
{
    use_puppets(0, 1);
    open_pool();
    begin(&one, "{\"n\":1}");
    puppet_ready(&first, &peer);
    cr_assert(eq(int, peer_answer(&peer), 200));
    until_started(&one);
}

static void start_one(void)
{
    use_puppets(1, 1);
    open_pool();
    until_puppet(&first);
    peer_open(&peer, first.port);
}

static int ask(struct peer *from, const char *method, const char *path)
{
    peer_request(from, method, path, "");
    return peer_answer(from);
}

static int post(struct peer *from, const char *verb, const char *headers, const char *body)
{
    char path[128];

    snprintf(path, sizeof(path), "/2018-06-01/runtime/invocation/%s/%s", one.invocation.id, verb);
    peer_request_with(from, "POST", path, headers, body);
    return peer_answer(from);
}

static void end_one(enum lg_cause cause)
{
    until_ended(&one);
    cr_assert(eq(int, (int)one.cause, (int)cause));
    finish(&one);
    peer_close(&peer);
}

/* --- next ----------------------------------------------------------------------------------- */

Test(runtime_api, next_carries_all_headers_that_clients_insist_on)
{
    char id[128], length[64];

    run_one();
    snprintf(id, sizeof(id), "Lambda-Runtime-Aws-Request-Id: %s", one.invocation.id);
    snprintf(length, sizeof(length), "Content-Length: %zu", strlen("{\"n\":1}"));
    cr_assert(peer_header(&peer, id));
    cr_assert(peer_header(&peer, length));
    cr_assert(peer_header(&peer, "Content-Type: application/json"));
    cr_assert(peer_header(&peer, "Lambda-Runtime-Invoked-Function-Arn: "
                                 "arn:aws:lambda:eu-west-1:123456789012:function:demo"));
    cr_assert_null(strcasestr(peer.text, "Lambda-Runtime-Trace-Id"), "empty ones are left out");
    cr_assert_null(strcasestr(peer.text, "Lambda-Runtime-Client-Context"));
    cr_assert_null(strcasestr(peer.text, "Lambda-Runtime-Cognito-Identity"));
    cr_assert_null(strcasestr(peer.text, "Connection: close"));
    cr_assert(eq(int, post(&peer, "response", "", "1"), 202));
    end_one(LG_CAUSE_OK);
}

Test(runtime_api, the_deadline_is_the_start_plus_the_timeout)
{
    const char *header;
    int64_t deadline, latest;

    run_one();
    header = strcasestr(peer.text, "Lambda-Runtime-Deadline-Ms: ");
    cr_assert(header != NULL);
    deadline = strtoll(header + strlen("Lambda-Runtime-Deadline-Ms: "), NULL, 10);
    latest = lg_loop_wall_ms(world.loop) + 3000;
    cr_assert(deadline <= latest && deadline > latest - 30000);
    cr_assert(eq(int, post(&peer, "response", "", "1"), 202));
    end_one(LG_CAUSE_OK);
}

Test(runtime_api, next_carries_what_the_caller_gave)
{
    use_puppets(0, 1);
    open_pool();
    prepare(&one, "1");
    one.invocation.arn = "arn:aws:lambda:eu-west-1:123456789012:function:demo:PROD";
    one.invocation.trace = LG_STR("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1");
    one.invocation.client_context = LG_STR("{\"custom\":\n{\"k\":\"\xc3\xa9\"}}");
    one.invocation.cognito_identity = LG_STR("{\"cognitoIdentityId\":\"i\"}");
    cr_assert(eq(int, (int)start(&one), LG_OK));
    puppet_ready(&first, &peer);
    cr_assert(eq(int, peer_answer(&peer), 200));
    cr_assert(peer_header(&peer, "Lambda-Runtime-Invoked-Function-Arn: "
                                 "arn:aws:lambda:eu-west-1:123456789012:function:demo:PROD"));
    cr_assert(peer_header(&peer, "Lambda-Runtime-Trace-Id: "
                                 "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"));
    cr_assert(
        peer_header(&peer, "Lambda-Runtime-Client-Context: {\"custom\": {\"k\":\"\\u00e9\"}}"));
    cr_assert(peer_header(&peer, "Lambda-Runtime-Cognito-Identity: {\"cognitoIdentityId\":\"i\"}"));
    cr_assert(eq(int, respond(&peer, &one, "1"), 202));
    end_one(LG_CAUSE_OK);
}

Test(runtime_api, next_while_running_gives_the_same_invocation_again)
{
    char id[128];

    run_one();
    cr_assert(eq(int, ask(&peer, "GET", NEXT), 200));
    snprintf(id, sizeof(id), "Lambda-Runtime-Aws-Request-Id: %s", one.invocation.id);
    cr_assert(peer_header(&peer, id));
    cr_assert_str_eq(peer_body(&peer), "{\"n\":1}");
    cr_assert(eq(int, one.starts, 1));
    cr_assert(eq(int, post(&peer, "response", "", "1"), 202));
    end_one(LG_CAUSE_OK);
}

Test(runtime_api, a_second_waiting_next_takes_the_place_of_the_first)
{
    use_puppets(1, 1);
    open_pool();
    puppet_ready(&first, &peer);
    until_state(0, 1, 0, 0);
    peer_open(&other, first.port);
    ask_next(&other);
    until_cut(&peer);
    begin(&one, "1");
    cr_assert(eq(int, peer_answer(&other), 200));
    cr_assert(eq(int, respond(&other, &one, "1"), 202));
    peer_close(&other);
    end_one(LG_CAUSE_OK);
}

Test(runtime_api, a_runtime_that_lost_its_waiting_next_may_ask_again)
{
    use_puppets(1, 1);
    open_pool();
    puppet_ready(&first, &peer);
    until_state(0, 1, 0, 0);
    peer_close(&peer);
    until_state(0, 0, 1, 0);
    begin(&one, "1");
    peer_open(&peer, first.port);
    cr_assert(eq(int, ask(&peer, "GET", NEXT), 200));
    cr_assert(eq(int, respond(&peer, &one, "1"), 202));
    cr_assert(eq(u64, state().started_total, 1));
    end_one(LG_CAUSE_OK);
}

/* --- answers -------------------------------------------------------------------------------- */

Test(runtime_api, a_second_answer_is_refused)
{
    run_one();
    cr_assert(eq(int, post(&peer, "response", "", "1"), 202));
    cr_assert(eq(int, post(&peer, "response", "", "2"), 400));
    cr_assert_str_eq(peer_body(&peer), "{\"errorMessage\":\"Invalid request ID\","
                                       "\"errorType\":\"InvalidRequestID\"}");
    cr_assert(peer_header(&peer, "Content-Type: application/json"));
    cr_assert(eq(int, post(&peer, "error", "", "{}"), 400));
    until_ended(&one);
    cr_assert_str_eq(data_of(&one), "1");
    end_one(LG_CAUSE_OK);
}

Test(runtime_api, an_answer_to_an_earlier_invocation_does_not_touch_the_present_one)
{
    run_one();
    cr_assert(eq(int, post(&peer, "response", "", "1"), 202));
    until_ended(&one);
    begin(&two, "2");
    ask_next(&peer);
    cr_assert(eq(int, peer_answer(&peer), 200));
    cr_assert(eq(int, post(&peer, "response", "", "late"), 400));
    cr_assert(eq(int, two.ends, 0));
    cr_assert(eq(int, respond(&peer, &two, "two"), 202));
    until_ended(&two);
    cr_assert_str_eq(data_of(&two), "two");
    finish(&two);
    end_one(LG_CAUSE_OK);
}

Test(runtime_api, an_answer_in_chunks_with_trailers_is_taken)
{
    char head[512];

    run_one();
    snprintf(head, sizeof(head),
             "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: x\r\n"
             "Transfer-Encoding: chunked\r\nTrailer: Lambda-Runtime-Function-Error-Type\r\n\r\n"
             "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
             one.invocation.id);
    peer_send(&peer, head, strlen(head));
    cr_assert(eq(int, peer_answer(&peer), 202));
    until_ended(&one);
    cr_assert_str_eq(data_of(&one), "abcde");
    cr_assert_not(one.streaming, "declared trailers are not streaming");
    cr_assert_str_eq(one.content_type, "");
    end_one(LG_CAUSE_OK);
}

/* "abc", then trailers. */
static void stream_with(const char *trailers)
{
    char head[1024];

    run_one();
    snprintf(head, sizeof(head),
             "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: x\r\n"
             "Lambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n"
             "Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n"
             "\r\n3\r\nabc\r\n0\r\n%s\r\n",
             one.invocation.id, trailers);
    peer_send(&peer, head, strlen(head));
    cr_assert(eq(int, peer_answer(&peer), 202));
    until_ended(&one);
}

Test(runtime_api, a_response_that_failed_in_the_middle_is_the_error_of_its_trailers)
{
    stream_with("Lambda-Runtime-Function-Error-Type: Function.Boom\r\n"
                "Lambda-Runtime-Function-Error-Body: eyJlcnJvck1lc3NhZ2UiOiJib29tIn0=\r\n");
    cr_assert(one.function_error);
    cr_assert_not(one.streaming);
    cr_assert_str_eq(data_of(&one), "{\"errorMessage\":\"boom\"}");
    cr_assert_str_eq(one.content_type, "application/json");
    cr_assert_str_eq(one.reason, "Function.Boom");
    ask_next(&peer);
    until_logged("Error Type: Function.Boom");
    end_one(LG_CAUSE_FUNCTION_ERROR);
}

Test(runtime_api, a_failure_in_the_trailers_without_a_readable_document_is_one_all_the_same)
{
    stream_with("Lambda-Runtime-Function-Error-Type: Function.Boom\r\n"
                "Lambda-Runtime-Function-Error-Body: not base64\r\n");
    cr_assert(strstr(data_of(&one), "\"errorType\":\"Function.Boom\"") != NULL);
    end_one(LG_CAUSE_FUNCTION_ERROR);
}

Test(runtime_api, a_failure_is_one_without_its_type_too)
{
    stream_with("Lambda-Runtime-Function-Error-Body: eyJlcnJvck1lc3NhZ2UiOiJib29tIn0=\r\n");
    cr_assert_str_eq(data_of(&one), "{\"errorMessage\":\"boom\"}");
    cr_assert_str_eq(one.reason, "Runtime.Unknown");
    end_one(LG_CAUSE_FUNCTION_ERROR);
}

Test(runtime_api, empty_trailers_are_no_failure)
{
    stream_with("Lambda-Runtime-Function-Error-Type: \r\nLambda-Runtime-Function-Error-Body:\r\n");
    cr_assert(one.streaming);
    cr_assert_str_eq(data_of(&one), "abc");
    end_one(LG_CAUSE_OK);
}

Test(runtime_api, an_empty_answer_is_an_answer)
{
    run_one();
    cr_assert(eq(int, post(&peer, "response", "Content-Type: text/plain\r\n", ""), 202));
    until_ended(&one);
    cr_assert(eq(int, one.heads, 1));
    cr_assert(eq(sz, one.data.size, 0));
    cr_assert_str_eq(one.content_type, "text/plain");
    end_one(LG_CAUSE_OK);
}

Test(runtime_api, streaming_is_told_by_the_mode_header)
{
    run_one();
    cr_assert(eq(
        int, post(&peer, "response", "Lambda-Runtime-Function-Response-Mode: Streaming\r\n", "abc"),
        202));
    until_ended(&one);
    cr_assert(one.streaming);
    cr_assert_str_eq(one.content_type, "application/octet-stream");
    end_one(LG_CAUSE_OK);
}

Test(runtime_api, an_unknown_mode_is_refused_and_ends_the_call)
{
    run_one();
    cr_assert(eq(int,
                 post(&peer, "response", "Lambda-Runtime-Function-Response-Mode: fast\r\n", "abc"),
                 400));
    cr_assert(strstr(peer_body(&peer), "\"InvalidFunctionResponseMode\"") != NULL);
    until_ended(&one);
    cr_assert(strstr(data_of(&one), "\"Runtime.InvalidResponseModeHeader\"") != NULL);
    end_one(LG_CAUSE_FUNCTION_ERROR);
}

Test(runtime_api, an_error_goes_to_the_caller_word_for_word)
{
    run_one();
    cr_assert(eq(int,
                 post(&peer, "error", "Lambda-Runtime-Function-Error-Type: unhandled\r\n",
                      "{\"errorMessage\": \"boom\"}"),
                 202));
    until_ended(&one);
    cr_assert(one.function_error);
    cr_assert_str_eq(data_of(&one), "{\"errorMessage\": \"boom\"}");
    cr_assert_str_eq(one.reason, "Runtime.Unknown");
    ask_next(&peer);
    until_logged("Error Type: Runtime.Unknown");
    end_one(LG_CAUSE_FUNCTION_ERROR);
}

static void assert_too_large(void)
{
    cr_assert_str_eq(peer_body(&peer),
                     "{\"errorMessage\":\"Exceeded maximum allowed payload size (100000 bytes).\","
                     "\"errorType\":\"RequestEntityTooLarge\"}");
    until_ended(&one);
    cr_assert_str_eq(data_of(&one),
                     "{\"errorType\":\"Function.ResponseSizeTooLarge\",\"errorMessage\":\"Response "
                     "payload size exceeded maximum allowed payload size (100000 bytes).\"}");
    cr_assert(one.function_error);
    /* The runtime carries on. */
    begin(&two, "2");
    ask_next(&peer);
    cr_assert(eq(int, peer_answer(&peer), 200));
    cr_assert(eq(int, respond(&peer, &two, "two"), 202));
    until_ended(&two);
    finish(&two);
    end_one(LG_CAUSE_TOO_LARGE);
}

Test(runtime_api, a_result_over_the_limit_is_refused_by_its_length)
{
    char *body = lg_alloc(3000001);

    memset(body, 'x', 3000000);
    body[3000000] = '\0';
    run_one();
    cr_assert(eq(int, post(&peer, "response", "", body), 413));
    free(body);
    assert_too_large();
}

Test(runtime_api, a_result_over_the_limit_is_refused_when_it_comes_in_chunks)
{
    char head[512], *chunk = lg_alloc(60010);

    run_one();
    snprintf(head, sizeof(head),
             "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: x\r\n"
             "Transfer-Encoding: chunked\r\n\r\n",
             one.invocation.id);
    peer_send(&peer, head, strlen(head));
    memset(chunk, 'x', 60010);
    memcpy(chunk, "ea60\r\n", 6);
    memcpy(chunk + 60006, "\r\n", 2);
    peer_send(&peer, chunk, 60008);
    peer_send(&peer, chunk, 60008);
    peer_send(&peer, "0\r\n\r\n", 5);
    cr_assert(eq(int, peer_answer(&peer), 413));
    free(chunk);
    assert_too_large();
}

Test(runtime_api, a_result_of_exactly_the_limit_is_taken)
{
    char *body = lg_alloc(100001);

    memset(body, 'x', 100000);
    body[100000] = '\0';
    run_one();
    cr_assert(eq(int, post(&peer, "response", "", body), 202));
    until_ended(&one);
    cr_assert(eq(sz, one.data.size, 100000));
    free(body);
    end_one(LG_CAUSE_OK);
}

Test(runtime_api, an_answer_that_was_cut_off_may_be_sent_again)
{
    char head[512];

    run_one();
    peer_open(&other, first.port);
    snprintf(head, sizeof(head),
             "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: x\r\n"
             "Content-Length: 10\r\n\r\nabc",
             one.invocation.id);
    peer_send(&other, head, strlen(head));
    peer_request(&peer, "GET", "/2018-06-01/ping", "");
    cr_assert(eq(int, peer_answer(&peer), 200)); /* turns the loop until the half came in */
    cr_assert(eq(int, post(&peer, "response", "", "2"), 400));
    peer_close(&other);
    do
        cr_assert(eq(int, ask(&peer, "GET", "/2018-06-01/ping"), 200));
    while (post(&peer, "response", "", "whole") == 400);
    cr_assert(eq(int, peer.status, 202));
    until_ended(&one);
    cr_assert_str_eq(data_of(&one), "whole");
    end_one(LG_CAUSE_OK);
}

/* --- what is not allowed -------------------------------------------------------------------- */

Test(runtime_api, an_answer_without_an_invocation_is_refused)
{
    start_one();
    snprintf(one.invocation.id, sizeof(one.invocation.id), "8476a536-e9f4-11e8-9739-2dfe598c3fcd");
    cr_assert(eq(int, post(&peer, "response", "", "1"), 400));
    cr_assert(eq(int, post(&peer, "error", "", "1"), 400));
    peer_close(&peer);
}

Test(runtime_api, init_error_is_only_for_a_process_that_starts)
{
    run_one();
    peer_request(&peer, "POST", "/2018-06-01/runtime/init/error", "{}");
    cr_assert(eq(int, peer_answer(&peer), 403));
    cr_assert(strstr(peer_body(&peer), "\"InvalidStateTransition\"") != NULL);
    cr_assert(strstr(peer_body(&peer), "State transition from Running to InitError failed") !=
              NULL);
    cr_assert(eq(int, post(&peer, "response", "", "1"), 202));
    end_one(LG_CAUSE_OK);
}

Test(runtime_api, other_paths_and_methods_are_refused)
{
    start_one();
    cr_assert(eq(int, ask(&peer, "GET", "/2018-06-01/ping"), 200));
    cr_assert_str_eq(peer_body(&peer), "pong");
    cr_assert(eq(int, ask(&peer, "GET", "/"), 404));
    cr_assert(eq(int, ask(&peer, "GET", "/2018-06-01/runtime/restore/next"), 404));
    cr_assert(eq(int, ask(&peer, "POST", NEXT), 405));
    cr_assert(eq(int, ask(&peer, "GET", "/2018-06-01/runtime/invocation/x/response"), 405));
    peer_close(&peer);
}

Test(runtime_api, garbage_hurts_nobody)
{
    static const char *const garbage[] = {
        "\x16\x03\x01\x02\x01\x01\r\n\r\n",
        "GET\r\n\r\n",
        "POST " NEXT " HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
        "POST " NEXT
        " HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET " NEXT " HTTP/1.1\r\nHost: x\r\nBad Name: 1\r\n\r\n",
        ("POST " INIT_ERROR " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
    };

    run_one();
    for (size_t i = 0; i < LG_COUNT(garbage); i++) {
        peer_open(&other, first.port);
        peer_send(&other, garbage[i], strlen(garbage[i]));
        shutdown(other.fd, SHUT_WR);
        until_cut(&other);
        peer_close(&other);
    }
    cr_assert(eq(int, one.ends, 0));
    cr_assert(eq(int, post(&peer, "response", "", "1"), 202));
    end_one(LG_CAUSE_OK);
}

/* Returns 0 if somebody of `uid` was cut off at the port without an answer. */
static int try_as(uid_t uid, uint16_t port)
{
    static const char request[] = "GET /2018-06-01/ping HTTP/1.1\r\nHost: x\r\n\r\n";
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    char text[64];

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    /* The socket belongs to who made it, so it must be made as the other user. */
    close(fd);
    if (setuid(uid) != 0)
        return 2;
    fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
        return 3;
    (void)!send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL);
    return recv(fd, text, sizeof(text), 0) > 0 ? 1 : 0;
}

static bool has_exited(const void *context)
{
    int *status = *(int *const *)context;

    return waitpid(-1, status, WNOHANG) > 0;
}

static int visit(uid_t uid)
{
    int status = -1, *pointer = &status;

    if (fork() == 0)
        _exit(try_as(uid, first.port));
    until(has_exited, &pointer);
    return WEXITSTATUS(status);
}

Test(runtime_api, a_process_of_another_user_is_refused)
{
    if (geteuid() != 0)
        cr_skip_test("needs root to become somebody else");
    start_one();
    cr_assert(eq(int, visit(0), 1));
    cr_assert(eq(int, visit(65534), 0));
    until_logged("a process of user 65534 was refused");
    peer_close(&peer);
}
