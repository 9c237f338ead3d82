"""Functions behind function URLs: events go as signed requests, answers are results, errors by cause, and no call twice."""

import base64
import gzip
import json
import socket
import subprocess
import threading

import pytest

from aws_model import LONG_LIVED
from gateway import COMMAND, expect, wait_for
from lambda_model import Lambda, logged
from test_reload import reload
from url_model import FunctionUrl, refusal, streamed

ACCESS, SECRET = next(iter(LONG_LIVED.items()))


@pytest.fixture
def url():
    with FunctionUrl() as model:
        yield model


def config(url, options=None, function=None, routes=("ANY /{proxy+}",), **more):
    function = {"timeout": "10s", **(function or {}), "lambda": {"url": url.url + "/", "region": "eu-west-1", **(options or {})}}
    return {"functions": {"f": function}, "routes": {key: {"function": "f"} for key in routes}, **more}


@pytest.fixture
def run(start, url):
    def begin(options=None, function=None, **more):
        environment = url.environment(AWS_ACCESS_KEY_ID=ACCESS, AWS_SECRET_ACCESS_KEY=SECRET)
        return start(config(url, options, function, **more), environment=environment)

    return begin


def outcome(answer):
    return answer.status, answer.header("x-lambdagate-outcome")


def invoke(gateway, event, headers=()):
    return gateway.request("POST", "/2015-03-31/functions/f/invocations", json.dumps(event).encode(), list(headers), admin=True)


EVENT = {"version": "2.0", "rawPath": "/x", "requestContext": {"http": {"method": "GET"}}}

# --- requests ---


def test_a_route_calls_a_function_by_its_url_and_answers_with_what_it_answers(run, url):
    url.answers.append({"statusCode": 201, "headers": {"X-Own": "1", "Content-Type": "text/plain"}, "cookies": ["a=b; Path=/", "c=d"], "body": "done"})
    answer = run().request("POST", "/a%20b/c?x=1&y=%20z", b'{"k":1}', [("Content-Type", "application/json"), ("Cookie", "s=1; t=2"), ("X-Mine", "m")])  # fmt: skip
    assert (expect(answer, 201).body, answer.header("x-own"), answer.header("content-type")) == (b"done", "1", "text/plain")
    assert [value for name, value in answer.headers if name.lower() == "set-cookie"] == ["a=b; Path=/", "c=d"]
    assert answer.header("x-amzn-requestid") is None and answer.header("content-length") == "4"
    event = url.events[0]
    assert (event["rawPath"], event["rawQueryString"]) == ("/a b/c", "x=1&y=%20z")
    assert (event["requestContext"]["http"]["method"], base64.b64decode(event["body"])) == ("POST", b'{"k":1}')
    assert event["cookies"] == ["s=1", "t=2"]
    assert event["headers"]["x-mine"] == "m" and event["headers"]["content-type"] == "application/json"
    assert event["headers"]["x-forwarded-for"] == "127.0.0.1" and event["headers"]["x-amzn-trace-id"].startswith("Root=1-")
    assert event["headers"]["host"] == url.url.removeprefix("http://") != event["headers"]["x-forwarded-host"]


def test_requests_are_signed_for_lambda_in_the_region(run, url):
    expect(run().get("/x"), 200)
    assert url.events[0]["requestContext"]["authorizer"]["iam"]["userArn"].endswith(ACCESS)
    assert "/eu-west-1/lambda/aws4_request, SignedHeaders=host;x-amz-date," in url.signed[0]


def test_the_region_is_that_of_the_url(start, url):
    file = config(url)
    file["functions"]["f"]["lambda"] = {"url": "http://abc.lambda-url.ap-south-1.on.aws:1/", "retries": 0}
    patience = {"RES_OPTIONS": "timeout:1 attempts:1"}  # of the resolver, where nobody answers it
    gateway = start(file, environment=url.environment(AWS_ACCESS_KEY_ID=ACCESS, AWS_SECRET_ACCESS_KEY=SECRET, **patience))
    assert outcome(gateway.get("/x"))[1] == "not-started"
    gateway.log.wait("Lambda at abc.lambda-url.ap-south-1.on.aws:1")


def test_a_client_cannot_sign_in_our_place(run, url):
    expect(run().request("GET", "/x", headers=[("Authorization", "Bearer t"), ("X-Amz-Date", "x"), ("X-Amz-Security-Token", "t"), ("X-Amz-Meta", "m")]), 200)  # fmt: skip
    assert "SignedHeaders=host;x-amz-date;x-amz-meta," in url.signed[0]
    assert url.events[0]["requestContext"]["authorizer"]["iam"]["userArn"].endswith(ACCESS)


def test_a_url_without_authentication_gets_the_clients_own(start):
    with FunctionUrl(auth="NONE") as url:
        gateway = start(config(url, {"auth_type": "NONE"}), environment=url.environment(AWS_EC2_METADATA_DISABLED="true"))
        expect(gateway.request("GET", "/x", headers=[("Authorization", "Bearer t")]), 200)
        assert url.signed == ["Bearer t"]
        assert "x-amz-date" not in url.events[0]["headers"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
def test_every_method_travels(run, url, method):
    answer = run().request(method, "/x", b"body" if method in ("PUT", "PATCH") else None)
    assert expect(answer, 200).body == (b"" if method == "HEAD" else b'{"path": "/x"}')
    assert url.events[0]["requestContext"]["http"]["method"] == method


def test_a_path_of_the_url_stands_before_that_of_the_request(start, url):
    file = config(url)
    file["functions"]["f"]["lambda"]["url"] = url.url + "/dev/fn/"
    gateway = start(file, environment=url.environment(AWS_ACCESS_KEY_ID=ACCESS, AWS_SECRET_ACCESS_KEY=SECRET))
    expect(gateway.get("/x"), 200)
    assert url.events[0]["rawPath"] == "/dev/fn/x"


def test_bodies_that_are_no_text_travel_as_they_are_both_ways(run, url):
    packed = gzip.compress(b"hello" * 1000)
    coded = base64.b64encode(packed).decode()
    url.answers.append({"statusCode": 200, "headers": {"Content-Encoding": "gzip"}, "body": coded, "isBase64Encoded": True})
    answer = run().request("POST", "/x", bytes(range(256)), [("Content-Type", "application/octet-stream")])
    assert expect(answer, 200).body == packed and answer.header("content-encoding") == "gzip"
    assert base64.b64decode(url.events[0]["body"]) == bytes(range(256))


def test_large_bodies_travel_both_ways(run, url):
    body = bytes(range(256)) * 12000
    url.answers.append(lambda handler, got: url.send(handler, 200, [("Content-Type", "application/octet-stream")], got))
    answer = run().request("POST", "/x", body, [("Content-Type", "application/octet-stream")])
    assert expect(answer, 200).body == body


def test_connections_are_kept(run, url):
    gateway = run(loops=1)
    ports = set()
    url.answers += [lambda handler, body: (ports.add(handler.client_address[1]), url.send_result(handler, {"statusCode": 200}))[1]] * 5
    for _ in range(5):
        expect(gateway.get("/x"), 200)
    assert len(ports) == 1


# --- direct invokes ---


def test_the_invoke_api_hands_http_events_on_and_answers_with_a_result(run, url):
    url.answers.append({"statusCode": 203, "headers": {"X-A": "b"}, "cookies": ["c=d"], "body": "h\u00e9"})
    result = expect(invoke(run(), {**EVENT, "headers": {"x-mine": "m"}}), 200).json()
    assert (result["statusCode"], result["body"], result["isBase64Encoded"]) == (203, "h\u00e9", False)
    assert result["headers"]["X-A"] == "b" and result["cookies"] == ["c=d"] and "x-amzn-RequestId" not in result["headers"]
    assert url.events[0]["headers"]["x-mine"] == "m"


def test_a_large_answer_of_an_invoke_is_a_result_too(run, url):
    url.answers.append(lambda handler, _: url.send(handler, 200, [], bytes(range(256)) * 4000))
    result = expect(invoke(run(), EVENT), 200).json()
    assert result["isBase64Encoded"] and base64.b64decode(result["body"]) == bytes(range(256)) * 4000


def test_an_answer_that_is_too_large_for_an_invoke_is_told(run, url):
    url.answers.append(streamed(*[b"x" * 500_000] * 13))
    gateway = run()
    answer = invoke(gateway, EVENT)
    assert answer.status == 200 and answer.json()["errorType"] == "Function.ResponseSizeTooLarge"
    expect(invoke(gateway, EVENT), 200)


@pytest.mark.parametrize("event", [{}, {"Records": []}, {"version": "1.0", "httpMethod": "GET", "path": "/"}, [1]])
def test_an_event_that_is_no_request_is_refused_and_says_why(run, url, event):
    gateway = run()
    assert invoke(gateway, event).header("x-amz-function-error") or not url.events
    gateway.log.wait("payload format 2.0 only")
    assert not url.events


def test_a_client_context_is_refused(run, url):
    gateway = run()
    invoke(gateway, EVENT, [("X-Amz-Client-Context", logged('{"custom":{}}'))])
    gateway.log.wait("takes no client context")
    assert not url.events


# --- errors by cause ---


@pytest.mark.parametrize(
    "answer,status,told",
    [
        (refusal(403, "AccessDeniedException", {"Message": "Forbidden"}), 503, "not-started"),
        (refusal(403, "AccessDeniedException", {"Message": None}), 503, "not-started"),
        (refusal(404, "ResourceNotFoundException", {"Message": "no such url"}), 503, "not-started"),
        (refusal(502, "KMSDisabledException", {"Message": "arn:aws:kms"}), 503, "not-started"),
        (refusal(500, "ServiceException", {"Message": "sorry"}), 503, "unknown"),
        (refusal(504, "ServiceException", {"message": "sorry"}), 503, "unknown"),
    ],
)
def test_a_word_of_the_service_is_told_by_what_it_means(run, url, answer, status, told):
    url.answers.append(answer)
    gateway = run(errors="aws")
    answered = gateway.get("/x")
    assert outcome(answered) == (status, told)
    assert b"arn:aws" not in answered.body and b"sorry" not in answered.body
    assert len(url.events) == 1
    gateway.log.wait("the function URL answered")


def test_a_payload_that_the_service_finds_too_large_is_refused(run, url):
    url.answers.append(refusal(413, "RequestEntityTooLargeException", {"Message": "smaller than 6291456 bytes"}))
    gateway = run()
    assert gateway.get("/x").status >= 400
    gateway.log.wait("smaller than 6291456 bytes")


@pytest.mark.parametrize("named", [True, False])
def test_a_function_that_failed_is_a_function_error(run, url, named):
    bare = lambda handler, _: url.send(handler, 502, [], b"Internal Server Error")  # noqa: E731
    url.answers += [Exception() if named else bare, Exception() if named else bare]
    gateway = run()
    assert gateway.get("/x").status == 500
    answer = invoke(gateway, EVENT)
    assert answer.status == 200 and answer.header("x-amz-function-error")
    assert answer.json()["errorMessage"] == "Internal Server Error"


@pytest.mark.parametrize("status,kind", [(403, None), (429, None), (500, None), (502, None), (418, "MyOwn")])
def test_an_error_that_the_function_chose_is_its_answer(run, url, status, kind):
    headers = {"x-amzn-ErrorType": kind} if kind else {}
    url.answers += [{"statusCode": status, "headers": headers, "body": '{"error":"mine"}'}] * 2
    gateway = run()
    assert gateway.get("/x").json() == {"error": "mine"}
    result = invoke(gateway, EVENT).json()
    assert (result["statusCode"], result["body"]) == (status, '{"error":"mine"}')
    assert len(url.events) == 2


def test_a_502_of_as_many_bytes_as_the_services_is_the_functions_own(run, url):
    url.answers += [{"statusCode": 502, "body": "x" * 21}]
    answer = run().get("/x")
    assert (answer.status, answer.body) == (502, b"x" * 21)


def test_an_answer_with_a_type_of_error_that_is_too_long_for_the_service_is_the_functions_own(run, url):
    url.answers += [{"statusCode": 400, "headers": {"x-amzn-ErrorType": "Mine"}, "body": "x" * 100_000}] * 2
    gateway = run()
    answer = gateway.get("/x")
    assert (answer.status, answer.body) == (400, b"x" * 100_000)
    assert len(invoke(gateway, EVENT).json()["body"]) == 100_000


def test_a_throttle_is_tried_again_and_then_told(run, url):
    throttle = refusal(429, "TooManyRequestsException", {"Reason": "ReservedFunctionConcurrentInvocationLimitExceeded", "message": "Rate Exceeded."})
    url.answers += [throttle, throttle]
    gateway = run()
    expect(gateway.get("/x"), 200)
    assert len(url.events) == 3
    url.answers += [throttle] * 3
    assert outcome(gateway.get("/x")) == (503, "not-started")
    assert gateway.metric("lambdagate_lambda_retries_total", function="f") == 4


def test_credentials_that_have_ended_are_replaced_and_the_request_made_again(start, url):
    role = {"from": "aws", "assume_role": {"arn": "arn:aws:iam::123456789012:role/caller"}}
    gateway = start(config(url, function={"credentials": role}),
                    environment=url.environment(AWS_ACCESS_KEY_ID=ACCESS, AWS_SECRET_ACCESS_KEY=SECRET))  # fmt: skip
    expect(gateway.get("/x"), 200)
    url.end_roles()
    expect(gateway.get("/x"), 200)
    assert len(url.events) == 2


def test_what_may_have_run_is_never_repeated(run, url):
    def vanish(handler, _):
        handler.connection.shutdown(socket.SHUT_RDWR)

    gateway = run()
    expect(gateway.get("/x"), 200)
    url.answers.append(vanish)
    assert outcome(gateway.get("/x")) == (503, "unknown")
    assert len(url.events) == 2


def test_an_event_that_is_too_large_is_not_sent(run, url):
    gateway = run(limits={"payload": "20MB", "body": "9MB"})
    assert gateway.request("POST", "/x", b"x" * 7_000_000, [("content-type", "text/plain")]).status >= 400
    gateway.log.wait("over Lambda's 6 MB")
    assert not url.events


def test_a_url_that_is_not_there_is_not_started_and_then_left_alone(start, url):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        file = config(url, {"retries": 0}, loops=1)
        file["functions"]["f"]["lambda"]["url"] = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        gateway = start(file, environment=url.environment(AWS_ACCESS_KEY_ID=ACCESS, AWS_SECRET_ACCESS_KEY=SECRET))
        for _ in range(11):
            assert outcome(gateway.get("/x")) == (503, "not-started")
        gateway.log.wait("it is left alone for a while")


def test_a_head_that_is_too_long_is_refused_before_it_is_sent(run, url):
    gateway = run()
    invoke(gateway, {**EVENT, "headers": {"x-long": "x" * 70_000}})
    gateway.log.wait("more headers than are sent")
    assert not url.events


# --- streams ---


def streaming(run, **more):
    return run(function={"invoke_mode": "stream"}, **more)


def test_a_stream_reaches_the_client_while_it_is_made(run, url):
    go = threading.Event()
    url.answers.append(streamed(b"one,", b"two", status=201, headers=[("X-A", "b"), ("Set-Cookie", "c=d")], pause=go))
    gateway = streaming(run)
    with gateway.peer() as peer:
        peer.request("GET", "/x")
        head = peer.head()
        assert (head.status, head.header("x-a"), head.header("set-cookie")) == (201, "b", "c=d")
        go.set()


def test_a_stream_comes_whole_to_who_streams_and_to_who_does_not(run, url):
    pieces = [b"a" * 70000, b"b" * 3]
    url.answers += [streamed(*pieces)] * 2
    gateway = run(apis={"s": {"host": "s.example", "routes": {"GET /x": {"function": "f", "invoke_mode": "stream"}}}})
    assert expect(gateway.get("/x"), 200).body == b"".join(pieces)
    assert expect(gateway.request("GET", "/x", headers=[("Host", "s.example")]), 200).body == b"".join(pieces)


def test_a_stream_that_is_refused_is_told_by_what_it_means(run, url):
    url.answers.append(refusal(403, "AccessDeniedException", {"Message": "Forbidden"}))
    assert outcome(streaming(run).get("/x")) == (503, "not-started")


def test_a_stream_that_breaks_off_is_cut(run, url):
    url.answers.append(streamed(b"half", cut=True))
    gateway = streaming(run)
    with gateway.peer() as peer, pytest.raises(Exception):  # noqa: B017 - whatever a client of HTTP says of it
        peer.request("GET", "/x")
        peer.answer()
    gateway.log.wait("answer cut")


# --- configuration ---


@pytest.mark.parametrize(
    "change,fault",
    [
        ({"lambda": {"url": "https://a.lambda-url.eu-west-1.on.aws/", "qualifier": "7"}}, 'found beside "url"'),
        ({"lambda": {"url": "https://a.lambda-url.eu-west-1.on.aws/", "endpoint": "http://x"}}, 'found beside "url"'),
        ({"lambda": {"url": "https://a.lambda-url.eu-west-1.on.aws/", "invocation_type": "Event"}}, 'found beside "url"'),
        ({"lambda": {"url": "https://a.lambda-url.eu-west-1.on.aws/", "region": "us-east-1"}}, "found us-east-1 beside a URL in eu-west-1"),
        ({"lambda": {"url": "https://a.lambda-url.eu-west-1.on.aws/?x=1"}}, "expected the address of a function URL"),
        ({"lambda": {"url": "https://user@a.on.aws/"}}, "expected the address of a function URL"),
        ({"lambda": {"url": "ftp://a.on.aws/"}}, "expected the address of a function URL"),
        ({"lambda": {"function": "f", "auth_type": "NONE"}}, 'found without "url"'),
        ({"lambda": {"function": "f", "url": "https://a.on.aws"}}, "url"),
        ({"payload": "1.0"}, "takes events of payload format 2.0 only"),
        ({"rest": True}, "takes events of payload format 2.0 only"),
        ({"authorizer": True}, "as an authorizer"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_found_when_the_file_is_read(tmp_path, change, fault):
    options = change.get("lambda", {"url": "https://a.lambda-url.eu-west-1.on.aws/"})
    route = {"function": "f", **({"payload": change["payload"]} if "payload" in change else {})}
    file = {"functions": {"f": {"lambda": options}}}
    if "rest" in change:
        file["apis"] = {"r": {"kind": "rest", "stage": "prod", "routes": {"GET /x": route}}}
    elif "authorizer" in change:
        file["authorizers"] = {"a": {"lambda": {"function": "f"}}}
        file["routes"] = {"GET /x": {"respond": {"status": 204}, "authorizer": "a"}}
    else:
        file["routes"] = {"GET /x": route}
    (tmp_path / "f.json").write_text(json.dumps(file))
    done = subprocess.run([COMMAND, "check", tmp_path / "f.json"], capture_output=True, text=True)
    assert done.returncode == 1 and fault in done.stderr, done


def test_a_function_moves_from_its_name_to_its_url(start, url):
    with Lambda() as aws:
        environment = aws.environment(AWS_ACCESS_KEY_ID=ACCESS, AWS_SECRET_ACCESS_KEY=SECRET)
        there = config(url)
        here = {**there, "functions": {"f": {"lambda": {"function": "shop"}}}}
        gateway = start(here, environment=environment)
        expect(gateway.get("/x"), 200)
        reload(gateway, there)
        expect(gateway.get("/x"), 200)
        assert (len(aws.calls), len(url.events)) == (1, 1)
        wait_for("the end of the other", lambda: "retired" in gateway.log.text())
