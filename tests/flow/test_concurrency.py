"""`concurrency` of a function: its calls at once, over all loops and both ways in."""

import pytest

from gateway import expect, python_function, wait_for
from test_reload import reload
from test_workers import Calls, Gates, config

@pytest.fixture
def gates(tmp_path):
    return Gates(tmp_path)


def limited(limit, **more):
    return {"f": python_function("act", concurrency=limit, workers={"max": 4}, **more)}


def invoke(gateway):
    return gateway.request("POST", "/2015-03-31/functions/f/invocations", "{}", admin=True)


def in_flight(gateway):
    return gateway.get("/functions", admin=True).json()["functions"][0]["inFlight"]


def test_a_call_above_the_concurrency_is_503_of_the_http_api_at_once(start, gates):
    gateway = start(config(limited(1), loops=3))
    calls = Calls(gateway, "/f")
    calls.begin("a", gates.order("a"))
    gates.wait_started("a")
    for _ in range(6):  # from every loop
        answer = expect(gateway.post_json("/f", {}), 503, {"message": "Service Unavailable"})
        assert answer.header("x-lambdagate-outcome") == "not-started"
        assert answer.header("Retry-After") == "1"
    gateway.log.wait(r"the function's concurrency reached", count=6)
    gates.open("a")
    expect(calls.finish()["a"], 200)
    expect(gateway.post_json("/f", {"do": "describe"}), 200)


@pytest.mark.parametrize("errors, status", [("aws", 500), ("distinct", 503)])
def test_a_call_above_the_concurrency_is_500_of_a_rest_api_at_once(start, errors, status):
    api = {"kind": "rest", "stage": "prod", "routes": {"POST /f": {"function": "f"}}}
    gateway = start({"functions": limited(0), "apis": {"shop": {**api, "errors": errors}}})
    message = "Internal server error" if status == 500 else "Service Unavailable"
    answer = expect(gateway.post_json("/prod/f", {}), status, {"message": message})
    assert answer.header("x-lambdagate-outcome") == "not-started"
    assert answer.header("Retry-After") == "1"
    kind = "InternalServerErrorException" if status == 500 else "ServiceUnavailableException"
    assert answer.header("x-amzn-ErrorType") == kind
    gateway.log.wait(r"the function's concurrency reached")


def test_the_invoke_api_says_429_with_lambdas_words(start, gates):
    gateway = start(config(limited(1)))
    calls = Calls(gateway, "/f")
    calls.begin("a", gates.order("a"))
    gates.wait_started("a")
    answer = invoke(gateway)
    expect(answer, 429, {"Type": "User", "message": "Rate Exceeded.",
                         "Reason": "ReservedFunctionConcurrentInvocationLimitExceeded"})
    assert answer.header("x-amzn-ErrorType") == "TooManyRequestsException"
    assert answer.header("Retry-After") == "1"
    gates.open("a")
    calls.finish()


def test_with_0_nothing_runs_and_no_worker_starts(start):
    gateway = start(config(limited(0)))
    expect(gateway.post_json("/f", {}), 503)
    expect(invoke(gateway), 429)
    assert not gateway.workers()


def test_calls_that_wait_for_a_worker_count(start, gates):
    functions = {"f": python_function("act", concurrency=2, workers={"max": 1})}
    gateway = start(config(functions))
    calls = Calls(gateway, "/f")
    calls.begin("a", gates.order("a"))
    gates.wait_started("a")
    calls.begin("b", gates.order("b"))
    wait_for("the second call", lambda: in_flight(gateway) == 2)
    expect(gateway.post_json("/f", {}), 503)
    gates.open("a", "b")
    answers = calls.finish()
    expect(answers["a"], 200)
    expect(answers["b"], 200)


def test_a_reload_counts_on_where_calls_of_the_old_function_run(start, gates):
    gateway = start(config(limited(2)))
    calls = Calls(gateway, "/f")
    calls.begin("a", gates.order("a"))
    gates.wait_started("a")
    reload(gateway, config(limited(1, memory=256)))
    expect(gateway.post_json("/f", {}), 503)
    gates.open("a")
    expect(calls.finish()["a"], 200)
    expect(gateway.post_json("/f", {"do": "describe"}), 200)


def test_throttles_are_counted_by_what_was_full(start):
    gateway = start(config(limited(0)))
    expect(gateway.post_json("/f", {}), 503)
    text = gateway.get("/metrics", admin=True).body.decode()
    assert 'lambdagate_throttles_total{function="f",reason="concurrency"} 1' in text
