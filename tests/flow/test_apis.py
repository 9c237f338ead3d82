"""Several APIs in one gateway: which one a request belongs to, and whose words it hears."""

import json
import re
import subprocess

import pytest

from gateway import COMMAND, expect, python_function

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
SHORT = r"[A-Za-z0-9_-]{15}="


FAIL = b'{"do": "fail", "text": "on purpose"}'


def said(text):
    return {"respond": {"status": 200, "text": text}}


TELL = {"function": "tell"}
CONFIG = {
    "functions": {
        "act": python_function("act"),
        "tell": python_function("echo_answer"),
        "brief": python_function("act", timeout="500ms"),
    },
    "routes": {"GET /x": said("default")},
    "apis": {
        "exact": {"host": "api.example.com", "routes": {"GET /x": said("exact")}},
        "wild": {"host": "*.example.com", "routes": {"GET /x": said("wild")}},
        "v1": {"host": "api.example.com", "base_path": "/v1", "routes": {"GET /x": said("v1"), "GET /": said("v1 root"), "GET /tell/{id}": TELL}},
        "rest": {
            "kind": "rest",
            "host": "rest.example.com",
            "base_path": "/shop",
            "stage": "prod",
            "routes": {
                "GET /a": said("a"),
                "GET /a/{id}": said("id"),
                "OPTIONS /only": said("options"),
                "ANY /{proxy+}": said("greedy"),
                "PUT /put": said("put"),
                "GET /tell/{id}": TELL,
            },
        },
        "bare": {
            "kind": "rest",
            "host": "bare.example.com",
            "stage": "prod",
            "routes": {
                "GET /a": said("a"),
                "ANY /any": said("any"),
                "POST /fail": {"function": "act"},
                "POST /hang": {"function": "brief", "timeout": "250ms"},
            },
        },
        "staged": {
            "kind": "rest",
            "stage": "test",
            "stage_variables": {"tier": "gold"},
            "routes": {"GET /x": said("staged"), "GET /tell/{id}": TELL},
        },
        "distinct": {
            "host": "distinct.example.com",
            "errors": "distinct",
            "routes": {"POST /hang": {"function": "brief", "timeout": "250ms"}},
        },
    },
}


def send(gateway, target, host, method="GET", headers=(), **options):
    return gateway.send(method, target, headers=[("Host", host), *headers], **options)


@pytest.mark.parametrize(
    "host, target, text",
    [
        ("api.example.com", "/x", "exact"),
        ("API.Example.com:8080", "/x", "exact"),
        ("api.example.com.", "/x", "exact"),
        ("www.example.com", "/x", "wild"),
        ("a.b.example.com", "/x", "wild"),
        ("example.com", "/x", "default"),
        ("localhost", "/x", "default"),
        ("api.example.com", "/v1/x", "v1"),
        ("api.example.com", "/v1", "v1 root"),
        ("rest.example.com", "/shop/a", "a"),
        ("localhost", "/test/x", "staged"),
    ],
)
def test_host_and_base_path_choose_the_api(gateway, host, target, text):
    expect(send(gateway, target, host), 200, text=text)


def test_an_http_api_answers_404_for_an_unknown_route(gateway):
    answer = expect(send(gateway, "/nothing", "api.example.com"), 404, {"message": "Not Found"})
    assert answer.header("x-amzn-errortype") is None
    assert re.fullmatch(SHORT, answer.header("apigw-requestid"))


# --- REST: resources ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "method, target, text",
    [
        ("GET", "/shop/a", "a"),
        ("GET", "/shop/a/", "a"),
        ("GET", "/shop//a", "a"),
        ("GET", "/shop/a/7", "id"),
        ("POST", "/shop/a", "greedy"),
        ("POST", "/shop/a/7", "greedy"),
        ("GET", "/shop/only", "greedy"),
        ("OPTIONS", "/shop/only", "options"),
        ("HEAD", "/shop/a", None),
        ("GET", "/shop/put", "greedy"),
    ],
)
def test_the_most_specific_resource_that_has_the_method_answers(gateway, method, target, text):
    answer = expect(send(gateway, target, "rest.example.com", method), 200)
    if text is not None:
        assert answer.body.decode() == text


def test_greedy_needs_a_segment_so_the_root_needs_a_method_of_its_own(gateway):
    for target in ("/shop", "/shop/"):
        answer = send(gateway, target, "rest.example.com")
        expect(answer, 403, {"message": "Missing Authentication Token"})


def test_the_method_may_be_overridden(gateway):
    answer = send(gateway, "/shop/put", "rest.example.com", "POST", [("X-HTTP-Method-Override", "PUT")])
    expect(answer, 200, text="put")
    answer = send(gateway, "/x", "api.example.com", "POST", [("X-HTTP-Method-Override", "GET")])
    expect(answer, 404)


@pytest.mark.parametrize("method, target", [("GET", "/nothing"), ("POST", "/a"), ("HEAD", "/a"), ("OPTIONS", "/a")])
def test_an_unknown_resource_or_method_is_403_missing_authentication_token(gateway, method, target):
    answer = expect(send(gateway, target, "bare.example.com", method), 403)
    assert answer.header("x-amzn-ErrorType") == "MissingAuthenticationTokenException"
    assert answer.header("content-type") == "application/json"
    if method != "HEAD":
        assert answer.body == b'{"message":"Missing Authentication Token"}'


def test_an_unmatched_request_with_an_authorization_is_read_as_a_signature(gateway):
    answer = send(gateway, "/nothing", "bare.example.com", headers=[("Authorization", "Bearer abc")])
    expect(answer, 403)
    assert answer.json()["message"].startswith("Invalid key=value pair (missing equal-sign) in Authorization header")
    assert "abc" not in answer.json()["message"]
    assert answer.header("x-amzn-ErrorType") == "IncompleteSignatureException"
    answer = send(gateway, "/nothing", "bare.example.com", headers=[("Authorization", "AWS4-HMAC-SHA256 x=y")])
    expect(answer, 403, {"message": "Missing Authentication Token"})


def test_the_ids_of_a_rest_api_are_a_uuid_and_a_short_one(gateway):
    first = send(gateway, "/shop/a", "rest.example.com")
    second = send(gateway, "/shop/a", "rest.example.com")
    for answer in (first, second):
        assert re.fullmatch(UUID, answer.header("x-amzn-RequestId"))
        assert re.fullmatch(SHORT, answer.header("x-amz-apigw-id"))
        assert answer.header("apigw-requestid") is None
        assert answer.header("x-amzn-trace-id") is None
    assert first.header("x-amzn-RequestId") != second.header("x-amzn-RequestId")
    gateway.log.wait(re.escape(first.header("x-amzn-RequestId")))


def test_an_http_api_has_one_short_id(gateway):
    answer = send(gateway, "/x", "api.example.com")
    assert re.fullmatch(SHORT, answer.header("apigw-requestid"))
    for name in ("x-amzn-RequestId", "x-amz-apigw-id", "X-Amzn-Trace-Id", "x-amzn-ErrorType"):
        assert answer.header(name) is None


# --- what functions are told ----------------------------------------------------------------------


def told(gateway, target, host):
    """The event of a request, and the answer it came back in."""
    answer = expect(send(gateway, target, host), 200)
    return answer.json(), answer


def test_a_rest_event_has_no_stage_in_its_path_but_in_that_of_its_context(gateway):
    event, answer = told(gateway, "/test/tell/a%20b/", "localhost")
    assert (event["path"], event["requestContext"]["path"]) == ("/tell/a%20b/", "/test/tell/a%20b/")
    assert event["requestContext"]["stage"] == "test"
    assert event["requestContext"]["apiId"] == "staged"
    assert event["stageVariables"] == {"tier": "gold"}
    assert event["pathParameters"] == {"id": "a%20b"}
    assert event["resource"] == "/tell/{id}"


def test_a_rest_event_has_the_base_path_of_a_custom_domain_and_no_stage(gateway):
    event, answer = told(gateway, "/shop/tell/7", "rest.example.com")
    assert (event["path"], event["requestContext"]["path"]) == ("/shop/tell/7", "/shop/tell/7")
    assert event["requestContext"]["domainPrefix"] == "rest"
    assert event["requestContext"]["stage"] == "prod"


def test_the_ids_of_a_rest_answer_are_those_of_the_event(gateway):
    event, answer = told(gateway, "/test/tell/7", "localhost")
    assert event["requestContext"]["requestId"] == answer.header("x-amzn-RequestId")
    assert event["requestContext"]["extendedRequestId"] == answer.header("x-amz-apigw-id")
    assert re.match(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", answer.header("X-Amzn-Trace-Id"))
    assert event["headers"]["X-Amzn-Trace-Id"].startswith(answer.header("X-Amzn-Trace-Id")[:40])


def test_an_http_event_has_no_base_path(gateway):
    event, answer = told(gateway, "/v1/tell/7", "api.example.com")
    assert event["rawPath"] == event["requestContext"]["http"]["path"] == "/tell/7"
    assert event["requestContext"]["requestId"] == answer.header("apigw-requestid")
    assert event["requestContext"]["apiId"] == "v1"
    assert answer.header("x-amzn-trace-id") is None


# --- REST: stages and hosts -----------------------------------------------------------------------


def expect_forbidden(answer):
    expect(answer, 403)
    assert answer.body == b'{"message":"Forbidden"}'
    assert answer.header("x-amzn-ErrorType") == "ForbiddenException"
    assert re.fullmatch(UUID, answer.header("x-amzn-RequestId"))


def test_a_path_outside_the_base_path_of_a_rest_api_is_403_forbidden(gateway):
    expect_forbidden(send(gateway, "/a", "rest.example.com"))
    expect_forbidden(send(gateway, "/prod/a", "rest.example.com"))
    expect_forbidden(send(gateway, "/shopping", "rest.example.com"))


def test_an_unknown_stage_of_a_rest_api_is_403_forbidden(start):
    gateway = start({"apis": {"a": {"kind": "rest", "stage": "prod", "routes": {"GET /x": said("x")}}}})
    expect(gateway.send("GET", "/prod/x"), 200)
    for target in ("/x", "/dev/x", "/", "/prodx"):
        expect_forbidden(gateway.send("GET", target))
    expect(gateway.send("GET", "/prod"), 403, {"message": "Missing Authentication Token"})


def test_an_unknown_stage_of_an_http_api_is_404(start):
    gateway = start({"apis": {"a": {"stage": "dev", "routes": {"GET /x": said("x")}}}})
    expect(gateway.send("GET", "/dev/x"), 200)
    expect(gateway.send("GET", "/prod/x"), 404, {"message": "Not Found"})


def test_an_unknown_host_is_403_forbidden(start):
    gateway = start({"apis": {"a": {"host": "a.example.com", "routes": {"GET /x": said("x")}}}})
    expect(send(gateway, "/x", "a.example.com"), 200)
    expect(send(gateway, "/x", "b.example.com"), 403, {"message": "Forbidden"})
    with gateway.peer() as peer:
        peer.send("GET /x HTTP/1.0\r\n\r\n")
        expect(peer.answer(), 403, {"message": "Forbidden"})


# --- errors by kind -------------------------------------------------------------------------------


def test_a_failing_function_is_502_in_a_rest_api(gateway):
    answer = expect(send(gateway, "/fail", "bare.example.com", "POST", body=FAIL), 502)
    assert answer.body == b'{"message": "Internal server error"}'
    assert answer.header("x-amzn-ErrorType") == "InternalServerErrorException"
    assert answer.header("x-amzn-trace-id") is None


def hang(gateway, host, tmp_path):
    body = json.dumps({"do": "hang", "file": str(tmp_path / "hangs")}).encode()
    return send(gateway, "/hang", host, "POST", body=body)


def test_a_timeout_is_504_in_a_rest_api(gateway, tmp_path):
    answer = expect(hang(gateway, "bare.example.com", tmp_path), 504)
    assert answer.body == b'{"message": "Endpoint request timed out"}'
    assert answer.header("x-lambdagate-outcome") in ("unknown", "not-started")


def test_distinct_errors_tell_by_their_status_what_may_have_run(gateway, tmp_path):
    answer = hang(gateway, "distinct.example.com", tmp_path)
    status = {"unknown": 504, "not-started": 503}[answer.header("x-lambdagate-outcome")]
    expect(answer, status)


def test_a_body_over_the_limit_is_413_in_the_words_of_the_kind(start):
    config = {
        "limits": {"body": "1KB"},
        "apis": {
            "rest": {"kind": "rest", "stage": "p", "base_path": "/rest", "routes": {"POST /x": said("x")}},
            "http": {"routes": {"POST /x": said("x")}},
        },
    }
    gateway = start(config)
    answer = expect(gateway.send("POST", "/rest/x", body=b"x" * 1025), 413)
    assert answer.body == b"HTTP content length exceeded 1024 bytes."
    assert answer.header("content-type") == "text/plain"
    answer = gateway.send("POST", "/x", body=b"x" * 1025)
    expect(answer, 413, {"message": "Request Entity Too Large"})


def test_a_refused_head_has_the_words_of_the_kind(gateway):
    headers = [("Host", "bare.example.com"), ("X", "y" * 20000)]
    answer = expect(gateway.send("GET", "/a", headers=headers), 431)
    assert answer.header("x-amzn-ErrorType") == "BadRequestException"
    answer = expect(gateway.send("GET", "/x", headers=[("Host", "api.example.com"), ("X", "y" * 20000)]), 431)
    assert answer.header("x-amzn-ErrorType") is None


# --- what the operator sees -----------------------------------------------------------------------


def test_routes_name_their_api(gateway):
    routes = gateway.get("/routes", admin=True).json()["routes"]
    assert {route["api"] for route in routes} == {"default", *CONFIG["apis"]}
    staged = next(route for route in routes if route["api"] == "staged")
    assert (staged["kind"], staged["at"]) == ("rest", ["*/test"])
    shop = next(route for route in routes if route["api"] == "rest")
    assert (shop["kind"], shop["at"]) == ("rest", ["rest.example.com/shop"])


def test_check_counts_the_apis_and_names_them_in_faults(gateway, tmp_path):
    done = subprocess.run([COMMAND, "check", gateway.file], capture_output=True, text=True)
    assert done.returncode == 0 and "(8 APIs, 3 functions, 19 routes)" in done.stdout, done
    file = tmp_path / "bad.json"
    routes = {"GET /a/{x}": said("x"), "GET /a/{y}": said("y")}
    file.write_text(json.dumps({"apis": {"shop": {"routes": routes}}}))
    done = subprocess.run([COMMAND, "check", file], capture_output=True, text=True)
    assert done.returncode == 1 and 'apis.shop.routes."GET /a/{y}": found' in done.stderr, done


def test_metrics_and_the_access_log_name_the_api(gateway):
    before = gateway.metric("lambdagate_requests_total", api="v1", route="GET /x", status="2xx")
    unmatched = gateway.metric("lambdagate_requests_total", api="v1", route="", status="4xx")
    gateway.wait_counted(expect(send(gateway, "/v1/x?named", "api.example.com"), 200))
    gateway.wait_counted(expect(send(gateway, "/v1/nowhere", "api.example.com"), 404))
    gateway.log.wait(r"access .*path=/v1/x .*api=v1 route=\"GET /x\"")
    gateway.log.wait(r"access .*path=/v1/nowhere .*api=v1")
    assert gateway.metric("lambdagate_requests_total", api="v1", route="GET /x", status="2xx") > before
    assert gateway.metric("lambdagate_requests_total", api="v1", route="", status="4xx") > unmatched


# --- reload ---------------------------------------------------------------------------------------


def test_a_reload_adds_changes_and_removes_apis(start):
    def config(hosts):
        return {"apis": {name: {"host": host, "routes": {"GET /": said(name)}} for name, host in hosts.items()}}

    gateway = start(config({"a": "a.example.com", "b": "b.example.com"}))
    expect(send(gateway, "/", "a.example.com"), 200, text="a")
    gateway.write(config({"a": "b.example.com", "c": "*.example.com"}))
    expect(gateway.request("POST", "/reload", admin=True), 200)
    expect(send(gateway, "/", "b.example.com"), 200, text="a")
    expect(send(gateway, "/", "a.example.com"), 200, text="c")
    gateway.write(config({"a": "a.example.com", "b": "a.example.com"}))
    expect(gateway.request("POST", "/reload", admin=True), 422)
    expect(send(gateway, "/", "b.example.com"), 200, text="a")
    gateway.write(config({"c": "c.example.com"}))
    expect(gateway.request("POST", "/reload", admin=True), 200)
    expect(send(gateway, "/", "b.example.com"), 403, {"message": "Forbidden"})
