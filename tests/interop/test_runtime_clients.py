"""Functions behind the official Runtime API clients, as they are published, in worker processes.

Every client's handler takes the same orders (clients/*/app.*), so every test runs for every client: in
workers of the daemon, and for some in workers of `lambdagate worker`, with a queue in Redis between.
"""

import base64
import json
import os
import signal
import threading
from contextlib import ExitStack

import pytest

from bridge import Bridge
from gateway import PATIENCE, Gateway, expect
from redis_server import SERVER, UNHURRIED, Server
from runtimes import ALL, BRIDGED, CROWD, NodeJs, Rust

MEBIBYTE = 1024 * 1024
EVENT_MAX = 6 * MEBIBYTE  # Lambda's ceiling for an event
RESULT_MAX = 6 * MEBIBYTE + 100  # and for a result
TEXT = "Grüße, 東京 🚀 \"quoted\" \\ \u0000\u2028\t/"


class Served:
    """A gateway that serves the functions of one client, and how to call them."""

    def __init__(self, gateway, runtime, logs=None):
        self.gateway, self.runtime = gateway, runtime
        self.logs = logs or {}  # of whoever runs a function, where that is not the gateway

    def log(self, function="f"):
        return self.logs.get(function, self.gateway.log)

    def invoke(self, order, function="f", headers=()):
        payload = order if isinstance(order, bytes) else json.dumps(order).encode()
        target = f"/2015-03-31/functions/{function}/invocations"
        return self.gateway.request("POST", target, body=payload, headers=headers, admin=True)

    def result(self, order, function="f", headers=()):
        answer = expect(self.invoke(order, function, headers), 200)
        assert answer.header("x-amz-function-error") is None, answer
        return answer.json()

    def error(self, order, function="f"):
        answer = expect(self.invoke(order, function), 200)
        assert answer.header("x-amz-function-error") == "Unhandled", answer
        return answer.json()

    def works(self):
        """The next call finds a worker that is well, whatever came before."""
        assert self.result({"do": "echo", "n": 1})["order"] == {"do": "echo", "n": 1}


def functions_of(runtime):
    return {
        "f": runtime.function(),
        "hurried": runtime.function(timeout="2s", workers={"max": 1}),
        "broken": runtime.function(environment={"BEGINNING": "fails"}, workers={"max": 1}),
    }


def routes_to(functions):
    return {f"POST /{function}": {"function": function} for function in functions}


def behind_the_daemon(folder, functions, stack):
    return stack.enter_context(Gateway(folder, {"functions": functions, "routes": routes_to(functions)})), None


def behind_bridges(folder, functions, stack):
    """A redis-server, a bridge for each function, and a gateway that knows nothing but queues."""
    if SERVER is None:
        pytest.skip("redis-server is not installed (Debian: redis-server)")
    server = Server(folder / "redis")
    stack.callback(server.end)
    file = folder / "worker.json"
    file.write_text(json.dumps({"redis": {"url": server.url}, "functions": shared_tmp(functions)}))
    logs = {}
    for name, function in functions.items():
        bridge = stack.enter_context(Bridge(server, handler=None, function=name, config=file))
        logs[name] = bridge.log
    queued = {
        name: {"timeout": function["timeout"], "queue_wait": function["queue_wait"], "redis": {}}
        for name, function in functions.items()
    }
    config = {"redis": {"url": server.url, **UNHURRIED}, "functions": queued, "routes": routes_to(functions)}
    gateway = stack.enter_context(Gateway(folder, config))
    gateway.log.wait(" ready:")
    return gateway, logs


def shared_tmp(functions):
    """Tests and handlers meet in /tmp."""
    return {
        name: {**function, "workers": {"private_tmp": False, **function["workers"]}}
        for name, function in functions.items()
    }


@pytest.fixture(scope="module", params=ALL + BRIDGED)
def served(request, installed, tmp_path_factory):
    name, runtime_of, *bridged = request.param
    runtime = runtime_of(installed(name))
    place = behind_bridges if bridged else behind_the_daemon
    with ExitStack() as stack:
        gateway, logs = place(tmp_path_factory.mktemp(name), functions_of(runtime), stack)
        yield Served(gateway, runtime, logs)


# --- results ----------------------------------------------------------------------------------------


def test_an_event_comes_to_the_handler_and_its_result_back(served):
    order = {"do": "echo", "n": 12345678901, "half": 0.5, "deep": [{"a": [None, True, {}]}]}
    answer = served.invoke(order)
    found = expect(answer, 200).json()
    assert found["order"] == order
    assert found["id"] == answer.header("x-amzn-requestid")
    assert found["arn"].endswith(":function:f")
    assert found["name"] == "f"
    assert 0 < found["left"] <= PATIENCE * 2 * 1000
    assert answer.header("x-amz-executed-version") == "$LATEST"


def test_every_character_survives_both_ways(served):
    order = {"do": "echo", "text": TEXT}
    assert served.result(json.dumps(order, ensure_ascii=False).encode())["order"] == order
    assert served.result(order)["order"] == order  # all but ASCII as \uXXXX


def test_a_request_over_http_is_answered_by_the_handler(served):
    order = {"do": "echo", "text": TEXT}
    answer = expect(served.gateway.post_json("/f", order), 200)
    assert answer.header("content-type") == "application/json"
    assert answer.json()["order"] == order


def test_bytes_survive_both_ways(served):
    body = bytes(range(256)) * 64 + b"\xff\xfe\x00"
    headers = {"content-type": "application/octet-stream"}
    answer = expect(served.gateway.request("POST", "/f", body=body, headers=headers), 200)
    assert answer.header("content-type") == "application/octet-stream"
    assert answer.body == body


def test_a_client_context_reaches_the_handler(served):
    context = {"custom": {"shop": "Zoë's 東京"}, "client": {}, "env": {}}
    if isinstance(served.runtime, Rust):
        del context["client"]  # it wants all members of `client` or none
    for text in (json.dumps(context), json.dumps(context, ensure_ascii=False)):
        encoded = base64.b64encode(text.encode()).decode()
        found = served.result({"do": "echo"}, headers={"X-Amz-Client-Context": encoded})
        assert found["custom"] == context["custom"]
    assert not served.result({"do": "echo"}).get("custom")


def test_eight_calls_run_at_once(served, tmp_path):
    order = {"do": "meet", "folder": str(tmp_path), "count": CROWD}
    found = []

    def call():
        found.append(served.result(order))

    threads = [threading.Thread(target=call) for _ in range(CROWD)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == sorted(os.listdir(tmp_path))
    assert len(found) == CROWD


def test_an_event_of_6_mb_is_taken(served):
    frame = json.dumps({"do": "size", "size": 10, "filling": ""})
    event = json.dumps({"do": "size", "size": 10, "filling": "x" * (EVENT_MAX - len(frame))}).encode()
    assert len(event) == EVENT_MAX
    assert served.result(event) == "xxxxxxxx"


def test_an_event_of_one_byte_more_is_413_and_reaches_no_worker(served):
    before = served.gateway.metric("lambdagate_invocations_total", function="f")
    answer = expect(served.invoke(b'"' + b"x" * (EVENT_MAX - 1) + b'"'), 413)
    assert answer.header("x-amzn-errortype") == "RequestEntityTooLargeException"
    assert served.gateway.metric("lambdagate_invocations_total", function="f") == before
    served.works()


def test_a_result_of_6_mb_is_taken_and_one_byte_more_is_an_error(served):
    answer = expect(served.invoke({"do": "size", "size": RESULT_MAX}), 200)
    assert answer.header("x-amz-function-error") is None, answer
    assert answer.body == b'"' + b"x" * (RESULT_MAX - 2) + b'"'
    error = served.error({"do": "size", "size": RESULT_MAX + 1})
    assert error["errorType"] == "Function.ResponseSizeTooLarge"
    assert str(RESULT_MAX) in error["errorMessage"]
    expect(served.gateway.post_json("/f", {"do": "size", "size": RESULT_MAX + 1}), 500)
    served.works()


# --- failures ---------------------------------------------------------------------------------------


def test_an_exception_is_the_error_document_of_the_client(served):
    error = served.error({"do": "fail", "text": TEXT})
    assert error["errorMessage"] == TEXT
    assert served.runtime.error_type in error["errorType"]
    if served.runtime.stack:
        assert error[served.runtime.stack]
    served.works()


def test_an_exception_is_500_over_http_and_tells_nothing(served):
    answer = served.gateway.post_json("/f", {"do": "fail", "text": "a secret"})
    expect(answer, 500, {"message": "Internal Server Error"})


def test_what_nobody_catches_is_an_error_and_the_next_call_works(served):
    error = served.error({"do": "throw", "text": "nobody catches this"})
    if served.runtime.thrown_status is None:
        assert "nobody catches this" in error["errorMessage"]
        assert served.runtime.thrown is None or error["errorType"] == served.runtime.thrown
    else:
        assert error["errorType"] == "Runtime.ExitError"
        assert f"exit status {served.runtime.thrown_status}" in error["errorMessage"]
    served.works()


def test_a_worker_that_leaves_is_an_error_with_its_status_and_the_next_call_works(served):
    error = served.error({"do": "leave", "status": 7})
    assert error["errorType"] == "Runtime.ExitError"
    assert error["errorMessage"].endswith("Runtime exited with error: exit status 7")
    expect(served.gateway.post_json("/f", {"do": "leave", "status": 7}), 500)
    served.works()


def test_a_call_past_its_timeout_is_an_error_and_the_next_call_works(served):
    echo = {"do": "echo"}
    assert served.result(echo, "hurried")["order"] == echo  # the worker runs by now
    error = served.error({"do": "hang"}, "hurried")
    assert error["errorType"] == "Sandbox.Timedout"
    assert error["errorMessage"].endswith("Task timed out after 2.00 seconds")
    assert served.result(echo, "hurried")["order"] == echo
    answer = served.gateway.post_json("/hurried", {"do": "hang"})
    expect(answer, 500, {"message": "Internal Server Error"})
    assert served.result(echo, "hurried")["order"] == echo


def test_a_function_that_cannot_begin_is_an_error_that_the_log_explains(served):
    error = served.error({"do": "echo"}, "broken")
    if served.runtime.init_error:
        assert "cannot begin" in error["errorMessage"]
        assert error["errorType"] == served.runtime.init_error
    else:
        assert error["errorType"] == "Runtime.ExitError"
    expect(served.gateway.post_json("/broken", {"do": "echo"}), 500)
    served.log("broken").wait("cannot begin")


# --- streams, taken whole (test_streaming_clients.py: as they come) -----------------------------------


@pytest.fixture
def streaming(installed, start):
    function = NodeJs(installed("nodejs")).function()
    function["workers"]["command"][-1] = "app.stream"
    return Served(start({"functions": {"f": function}, "routes": {"POST /f": {"function": "f"}}}), NodeJs)


@pytest.mark.smoke
@pytest.mark.xdist_group("nodejs")
def test_a_stream_is_one_result_to_a_caller_that_wants_it_whole(streaming):
    answer = expect(streaming.invoke({"bare": True, "how": "ends"}), 200, text="one,two")
    assert answer.header("x-amz-function-error") is None


@pytest.mark.smoke
@pytest.mark.xdist_group("nodejs")
def test_a_stream_that_fails_in_the_middle_is_an_error(streaming):
    error = streaming.error({"bare": True, "how": "throws", "text": TEXT})
    assert error["errorType"] == "RangeError" and error["errorMessage"] == TEXT
    expect(streaming.invoke({"bare": True, "how": "ends"}), 200, text="one,two")


@pytest.mark.smoke
@pytest.mark.xdist_group("nodejs")
def test_a_stream_whose_worker_leaves_is_an_error(streaming):
    assert streaming.error({"bare": True, "how": "leaves"})["errorType"] == "Runtime.ExitError"
    expect(streaming.invoke({"bare": True, "how": "ends"}), 200, text="one,two")


# --- the end of the daemon --------------------------------------------------------------------------


@pytest.mark.parametrize("client", ALL)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_no_worker_outlives_the_daemon(client, number, installed, start):
    """One whose Runtime API is gone may spin for ever: aws-lambda-ric 3 does."""
    name, runtime_of = client
    runtime = runtime_of(installed(name))
    gateway = start({"functions": {"f": runtime.function()}, "routes": {"POST /f": {"function": "f"}}})
    Served(gateway, runtime).works()
    below = gateway.below()
    assert gateway.workers()
    gateway.send_signal(number)
    gateway.wait_end(below, [0 if number == signal.SIGTERM else -number])
