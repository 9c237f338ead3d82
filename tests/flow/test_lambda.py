"""Functions in AWS Lambda: signed calls, their results, their errors by cause, and no call twice."""

import json
import os
import socket
import threading

import pytest

from aws_model import LONG_LIVED
from gateway import PATIENCE, expect, python_function, wait_for
from lambda_model import Lambda, error, frame, logged, stream
from test_reload import reload

ACCESS, SECRET = next(iter(LONG_LIVED.items()))
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:billing"


@pytest.fixture
def aws():
    with Lambda() as model:
        yield model


def config(options=None, function=None, **more):
    function = {"timeout": "10s", **(function or {}), "lambda": {"arn": ARN, **(options or {})}}
    return {"functions": {"f": function}, "routes": {"POST /f": {"function": "f"}, "GET /f": {"function": "f"}}, **more}


def variables(aws, **more):
    return aws.environment(AWS_ACCESS_KEY_ID=ACCESS, AWS_SECRET_ACCESS_KEY=SECRET, **more)


@pytest.fixture
def run(start, aws):
    def begin(options=None, function=None, **more):
        return start(config(options, function, **more), environment=variables(aws))

    return begin


def outcome(answer):
    return answer.status, answer.header("x-lambdagate-outcome")


# --- calls ---


def test_a_route_calls_a_function_in_lambda_and_answers_with_its_result(run, aws):
    answer = expect(run().get("/f"), 200).json()
    assert answer == {"who": f"arn:aws:iam::123456789012:user/{ACCESS}", "path": "/f", "n": 1}
    call = aws.calls[0]
    assert call["target"] == "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Abilling/invocations"
    assert call["headers"]["X-Amz-Invocation-Type"] == "RequestResponse"
    assert call["headers"]["X-Amzn-Trace-Id"].startswith("Root=1-")
    assert "/eu-west-1/lambda/aws4_request" in call["headers"]["Authorization"]
    assert json.loads(call["body"])["version"] == "2.0"


@pytest.mark.parametrize(
    "options,target,region",
    [
        ({"arn": ARN + ":prod"}, ARN.replace(":", "%3A") + "/invocations?Qualifier=prod", "eu-west-1"),
        ({"arn": ARN.replace("eu-west-1", "us-gov-west-1")}, "us-gov-west-1", "us-gov-west-1"),
        ({"function": "shop"}, "functions/shop/invocations", "eu-west-1"),
        ({"function": "shop:$LATEST", "region": "ap-south-1"}, "shop/invocations?Qualifier=%24LATEST", "ap-south-1"),
        ({"function": "123456789012:function:shop", "qualifier": "7"}, "123456789012%3Afunction%3Ashop/invocations?Qualifier=7", "eu-west-1"),
    ],
)  # fmt: skip
def test_every_way_to_name_a_function(start, aws, options, target, region):
    gateway = start({"functions": {"f": {"lambda": options}}, "routes": {"GET /f": {"function": "f"}}}, environment=variables(aws))
    expect(gateway.get("/f"), 200)
    assert target in aws.calls[0]["target"]
    assert f"/{region}/lambda/" in aws.calls[0]["headers"]["Authorization"]


def test_an_endpoint_of_the_functions_own_goes_first(start, aws):
    environment = variables(aws, AWS_ENDPOINT_URL_LAMBDA="http://127.0.0.1:1")
    expect(start(config({"endpoint": aws.url + "/"}), environment=environment).get("/f"), 200)
    assert aws.calls[0]["target"].startswith("/2015-03-31/")


def test_the_invoke_api_hands_through_log_and_context(run, aws):
    aws.answers.append((200, {"X-Amz-Log-Result": logged("START\nhello\nEND")}, {"ok": True}))
    context = logged('{"custom":{"a":"b"}}')
    answer = run().request("POST", "/2015-03-31/functions/f/invocations", b"{}",
                           [("X-Amz-Log-Type", "Tail"), ("X-Amz-Client-Context", context)], admin=True)  # fmt: skip
    assert expect(answer, 200).json() == {"ok": True}
    assert answer.header("X-Amz-Log-Result") == logged("START\nhello\nEND")
    assert aws.calls[0]["headers"]["X-Amz-Log-Type"] == "Tail"
    assert aws.calls[0]["headers"]["X-Amz-Client-Context"] == context


def test_an_event_is_handed_over_alone(run, aws):
    aws.answers.append((202, {}, b""))
    gateway = run({"invocation_type": "Event"})
    gateway.get("/f")
    assert aws.calls[0]["headers"]["X-Amz-Invocation-Type"] == "Event"


def test_a_function_error_is_an_error_whatever_the_status_says(run, aws):
    document = {"errorType": "ValueError", "errorMessage": "a secret of the function"}
    aws.answers.append((200, {"X-Amz-Function-Error": "Unhandled"}, document))
    gateway = run()
    answer = gateway.get("/f")
    assert answer.status == 500 and b"secret" not in answer.body
    assert len(aws.calls) == 1


def test_connections_are_kept(run, aws):
    gateway = run(loops=1)
    ports = set()
    aws.answers += [lambda handler, body: (ports.add(handler.client_address[1]), aws.send(handler, 200, {}, {"statusCode": 200}))[1]] * 5
    for _ in range(5):
        expect(gateway.get("/f"), 200)
    assert len(ports) == 1


# --- credentials ---


def test_a_role_of_its_own_is_what_a_function_is_called_with(run, aws):
    role = {"from": "aws", "assume_role": {"arn": "arn:aws:iam::123456789012:role/caller"}}
    assert expect(run(function={"credentials": role}).get("/f"), 200).json()["who"].endswith("assumed-role/caller/lambdagate")


def test_credentials_that_have_ended_are_replaced_and_the_call_made_again(start, aws):
    role = {"from": "aws", "assume_role": {"arn": "arn:aws:iam::123456789012:role/caller"}}
    gateway = start(config(function={"credentials": role}), environment=variables(aws))
    expect(gateway.get("/f"), 200)
    aws.end_roles()
    expect(gateway.get("/f"), 200)
    assert len(aws.calls) == 2


def test_without_credentials_nothing_is_sent_and_the_log_says_why(start, aws):
    gateway = start(config(), environment=aws.environment(AWS_EC2_METADATA_DISABLED="true"))
    assert outcome(gateway.get("/f")) == (503, "not-started")
    gateway.log.wait("no AWS credentials: no environment, profile, container or instance has any")
    assert not aws.calls


def test_a_clock_that_is_wrong_is_corrected_once(start):
    with Lambda(skew=-4000) as aws:
        gateway = start(config(loops=1), environment=variables(aws))
        expect(gateway.get("/f"), 200)
        expect(gateway.get("/f"), 200)
        gateway.log.wait("the clock is .* s off AWS's")
        assert len(aws.calls) == 2


def test_a_clock_that_is_wrong_is_corrected_for_all_calls_that_met_it(start):
    with Lambda(skew=-4000) as aws:
        together, left, refuse = threading.Barrier(4), [1] * 4, aws.signer_of

        def signer_of(handler, body):
            if left:
                left.pop()
                together.wait(PATIENCE)
            return refuse(handler, body)

        aws.signer_of = signer_of
        gateway = start(config({"connections": 4}, loops=1), environment=variables(aws))
        answers = []
        calls = [threading.Thread(target=lambda: answers.append(gateway.get("/f").status)) for _ in range(4)]
        for call in calls:
            call.start()
        for call in calls:
            call.join()
        assert answers == [200] * 4


def test_an_instance_in_trouble_is_believed_beyond_the_end_of_its_credentials(start, aws):
    aws.life = -30
    gateway = start(config(), environment=aws.environment())
    expect(gateway.get("/f"), 200)
    gateway.log.wait("instance, role worker-role: its credentials ended at .*; they are used all the same")


def test_credentials_that_have_ended_already_are_none(start, aws):
    aws.life = -30
    gateway = start(config(), environment=aws.environment(AWS_CONTAINER_CREDENTIALS_FULL_URI=aws.url + "/container"))
    assert outcome(gateway.get("/f")) == (503, "not-started")
    gateway.log.wait("no AWS credentials: those of container ended at 20")
    assert not aws.calls


def test_a_program_that_hangs_with_its_output_closed_does_not_hold_the_daemon(start, tmp_path, aws):
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\n: >'{tmp_path}/begun'\nexec >&-\nexec sleep 3600\n")
    program.chmod(0o755)
    (tmp_path / "config").write_text(f"[default]\ncredential_process = {program}\n")
    gateway = start(config(), environment=aws.environment(AWS_CONFIG_FILE=str(tmp_path / "config")))
    wait_for("the program", (tmp_path / "begun").exists)
    gateway.stop()


# --- errors by cause ---


@pytest.mark.parametrize(
    "answer,status,told",
    [
        (error(404, "ResourceNotFoundException", "Function not found: " + ARN), 503, "not-started"),
        (error(403, "AccessDeniedException", "User is not authorized"), 503, "not-started"),
        (error(502, "KMSDisabledException"), 503, "not-started"),
        (error(500, "ServiceException"), 503, "unknown"),
        ((503, {}, b"<html>"), 503, "unknown"),
        ((504, {}, b""), 503, "unknown"),
    ],
)
def test_an_error_of_the_api_is_told_by_what_it_means(run, aws, answer, status, told):
    aws.answers += [answer, None]
    gateway = run(errors="aws")
    answered = gateway.get("/f")
    assert outcome(answered) == (status, told), answered.body
    assert b"arn:aws" not in answered.body and b"authorized" not in answered.body
    assert len(aws.calls) == 1
    gateway.log.wait("Lambda answered")


def test_a_throttle_is_tried_again_and_then_told(run, aws):
    throttle = error(429, "TooManyRequestsException", "Rate Exceeded.")
    aws.answers += [throttle, throttle]
    gateway = run()
    expect(gateway.get("/f"), 200)
    assert len(aws.calls) == 3
    aws.answers += [throttle] * 3
    answer = gateway.get("/f")
    assert outcome(answer) == (503, "not-started")
    assert gateway.metric("lambdagate_lambda_retries_total", function="f") == 4


def test_a_429_of_somebody_between_is_not_repeated(run, aws):
    aws.answers += [(429, {}, b"slow down"), None]
    assert outcome(run().get("/f")) == (503, "not-started")
    assert len(aws.calls) == 1


def test_what_may_have_run_is_never_repeated(run, aws):
    def vanish(handler, _):
        handler.connection.shutdown(socket.SHUT_RDWR)

    gateway = run()
    expect(gateway.get("/f"), 200)
    aws.answers += [vanish, None]
    assert outcome(gateway.get("/f")) == (503, "unknown")
    assert len(aws.calls) == 2


def test_a_function_that_takes_too_long_is_left_alone(run, aws):
    go = threading.Event()
    aws.answers.append(lambda handler, _: go.wait(20) and None)
    gateway = run(function={"timeout": "1s"})
    try:
        assert outcome(gateway.get("/f")) == (503, "unknown")
    finally:
        go.set()


def test_a_function_that_cannot_be_connected_to_within_its_timeout_was_not_started(start, aws):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(PATIENCE)
        gateway = start(config({"endpoint": f"https://127.0.0.1:{silent.getsockname()[1]}", "connect_timeout": "60s"},
                               {"timeout": "300ms"}), environment=variables(aws))  # fmt: skip
        assert outcome(gateway.get("/f")) == (503, "not-started")
        silent.accept()[0].close()
    gateway.log.wait("no connection to Lambda within the function's timeout")


def test_a_client_that_leaves_before_its_call_was_sent_takes_it_back(start, aws):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(PATIENCE)
        gateway = start(streaming({"endpoint": f"https://127.0.0.1:{silent.getsockname()[1]}", "connect_timeout": "60s"}),
                        environment=variables(aws))  # fmt: skip
        with gateway.peer() as peer:
            peer.request("GET", "/f")
            with silent.accept()[0]:
                peer.close()
                wait_for("the end of the call", lambda: gateway.metric("lambdagate_lambda_in_flight", function="f") == 0)


def test_an_event_that_is_too_large_is_not_sent(run, aws):
    gateway = run(limits={"payload": "20MB", "body": "9MB"})
    answer = gateway.request("POST", "/f", b'"' + b"x" * 7_000_000 + b'"', [("content-type", "application/json")])
    assert answer.status >= 400 and not aws.calls
    gateway.log.wait("over Lambda's 6 MB")


def test_an_endpoint_that_is_not_there_is_not_started_and_then_left_alone(start, aws):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        gateway = start(config({"endpoint": f"http://127.0.0.1:{closed.getsockname()[1]}", "retries": 0}, loops=1),
                        environment=variables(aws))  # fmt: skip
        for _ in range(10):
            assert outcome(gateway.get("/f")) == (503, "not-started")
        gateway.log.wait("failed 10 times in a row")
        assert outcome(gateway.get("/f")) == (503, "not-started")
        gateway.log.wait("it is left alone for a while")


def test_an_endpoint_that_is_well_again_is_called_again(run, aws):
    aws.answers += [(500, {}, b"")] * 10
    gateway = run({"retries": 0}, loops=1)
    for _ in range(10):
        gateway.get("/f")
    gateway.log.wait("failed 10 times in a row")
    wait_for("a good answer", lambda: gateway.get("/f").status == 200, pause=0.1)
    gateway.log.wait("answers again")
    assert len(aws.calls) == 11


def test_an_endpoint_that_is_left_alone_is_not_counted_beyond_a_reload(run, aws):
    aws.answers += [(500, {}, b"")] * 10
    gateway = run({"retries": 0}, loops=1)
    for _ in range(10):
        gateway.get("/f")
    assert gateway.metric("lambdagate_lambda_breakers_open", function="f") == 1
    reload(gateway, config({"retries": 1}, loops=1))
    gateway.log.wait("function f retired")
    wait_for("no breaker", lambda: gateway.metric("lambdagate_lambda_breakers_open", function="f") == 0)
    expect(gateway.get("/f"), 200)


def test_calls_over_the_connections_wait_and_then_are_refused(run, aws):
    go = threading.Event()

    def slow(handler, body):
        go.wait(20)
        return aws.send(handler, 200, {}, {"statusCode": 200})

    aws.answers += [slow] * 6
    gateway = run({"connections": 1}, loops=1)
    answers = []
    calls = [threading.Thread(target=lambda: answers.append(gateway.get("/f").status)) for _ in range(5)]
    for call in calls:
        call.start()
    wait_for("five calls", lambda: gateway.metric("lambdagate_lambda_in_flight", function="f") == 5)
    try:
        assert outcome(gateway.get("/f")) == (503, "not-started")
    finally:
        go.set()
    for call in calls:
        call.join()
    assert answers == [200] * 5


def test_calls_wait_for_credentials_that_are_still_looked_for(start, tmp_path, aws):
    program = tmp_path / "program"
    document = {"Version": 1, "AccessKeyId": ACCESS, "SecretAccessKey": SECRET}
    program.write_text(f"#!/bin/sh\nread line <'{tmp_path}/go'\necho '{json.dumps(document)}'\n")
    program.chmod(0o755)
    os.mkfifo(tmp_path / "go")
    (tmp_path / "config").write_text(f"[default]\ncredential_process = {program}\n")
    gateway = start(config(), environment=aws.environment(AWS_CONFIG_FILE=str(tmp_path / "config")))
    answers = []
    call = threading.Thread(target=lambda: answers.append(gateway.get("/f").status))
    call.start()
    wait_for("a call", lambda: gateway.metric("lambdagate_lambda_in_flight", function="f") == 1)
    assert not aws.calls
    (tmp_path / "go").write_text("go\n")
    call.join()
    assert answers == [200]


# --- streams ---


def streaming(options=None, **more):
    return config(options, function={"invoke_mode": "stream"}, **more)


def test_a_stream_reaches_the_client_while_it_is_made(start, aws):
    go = threading.Event()
    prelude = b'{"statusCode":201,"headers":{"x-a":"b"}}' + b"\0" * 8
    aws.answers.append(stream(frame("PayloadChunk", prelude + b"one,"), frame("PayloadChunk", b"two"),
                              frame("InvokeComplete", b"{}"), pause=go))  # fmt: skip
    gateway = start(streaming(), environment=variables(aws))
    with gateway.peer() as peer:
        peer.request("GET", "/f")
        head = peer.head()
        assert (head.status, head.header("x-a")) == (201, "b")
        go.set()
    assert "response-streaming-invocations" in aws.calls[0]["target"]


def test_a_stream_comes_whole(start, aws):
    pieces = [b"a" * 70000, b"b" * 3]
    aws.answers.append(stream(*(frame("PayloadChunk", piece) for piece in pieces), frame("InvokeComplete", b"{}")))
    answer = start(streaming(), environment=variables(aws)).get("/f")
    assert expect(answer, 200).body == b"".join(pieces)


def test_a_prelude_in_two_pieces_is_known(start, aws):
    aws.answers.append(stream(frame("PayloadChunk", b'{"statusCode":202}'), frame("PayloadChunk", b"\0" * 8),
                              frame("PayloadChunk", b"body"), frame("InvokeComplete", b"{}")))  # fmt: skip
    answer = start(streaming(), environment=variables(aws)).get("/f")
    assert expect(answer, 202).body == b"body"


def test_a_prelude_in_many_pieces_is_known(start, aws):
    pieces = [b'{"status', b'Code":202,"headers":{', b'"x-a":"b"}}', b"\0" * 5, b"\0" * 3 + b"bo", b"dy"]
    aws.answers.append(stream(*(frame("PayloadChunk", piece) for piece in pieces), frame("InvokeComplete", b"{}")))
    answer = expect(start(streaming(), environment=variables(aws)).get("/f"), 202)
    assert (answer.header("x-a"), answer.body) == ("b", b"body")


def test_a_stream_of_json_is_not_taken_for_a_prelude(start, aws):
    pieces = [b'{"items":', b"[1,", b"2]}"]
    aws.answers.append(stream(*(frame("PayloadChunk", piece) for piece in pieces), frame("InvokeComplete", b"{}")))
    answer = start(streaming(), environment=variables(aws)).get("/f")
    assert expect(answer, 200).json() == {"items": [1, 2]}


def test_a_stream_that_the_service_ends_has_an_unknown_outcome(start, aws):
    aws.answers.append(stream(frame("ServiceException", b"{}", kind="exception")))
    gateway = start(streaming(errors="aws"), environment=variables(aws))
    assert outcome(gateway.get("/f")) == (503, "unknown")
    gateway.log.wait("the stream ended with ServiceException")


def test_a_stream_that_fails_before_it_begins_is_a_function_error(start, aws):
    failed = json.dumps({"ErrorCode": "Unhandled", "ErrorDetails": "boom"}).encode()
    aws.answers.append(stream(frame("InvokeComplete", failed)))
    answer = start(streaming(), environment=variables(aws)).get("/f")
    assert answer.status == 500 and b"boom" not in answer.body


@pytest.mark.parametrize(
    "rest", [[frame("InvokeComplete", b'{"ErrorCode":"Sandbox.Timedout"}')], [], [b"x" * 50]], ids=["error", "cut", "damaged"]
)
def test_a_stream_that_fails_in_the_middle_is_cut(start, aws, rest):
    aws.answers.append(stream(frame("PayloadChunk", b"half"), *rest))
    gateway = start(streaming(), environment=variables(aws))
    with gateway.peer() as peer, pytest.raises(Exception):  # noqa: B017 - whatever a client of HTTP says of it
        peer.request("GET", "/f")
        peer.answer()
    gateway.log.wait("answer cut")


# --- reload ---


def test_a_function_moves_from_workers_to_lambda_and_back(start, aws):
    here = {"functions": {"f": python_function("echo")}, "routes": {"POST /f": {"function": "f"}}}
    there = {"functions": {"f": {"lambda": {"arn": ARN}}}, "routes": {"POST /f": {"function": "f"}}}
    gateway = start(here, environment=variables(aws))
    expect(gateway.post_json("/f", {}), 200)
    assert not aws.calls
    reload(gateway, there)
    assert expect(gateway.post_json("/f", {}), 200).json()["n"] == 1
    gateway.log.wait("function f retired")
    reload(gateway, here)
    expect(gateway.post_json("/f", {}), 200)
    assert len(aws.calls) == 1
    gateway.log.wait("function f retired", count=2)
