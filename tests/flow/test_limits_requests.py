"""Limits of requests, bodies and results: what each is answered with, and that others go on."""

import json
import select

import pytest

from crowd import chunked
from gateway import Peer, command_function, expect, python_function, wait_for
from limits import (
    LONG,
    MB,
    PONG,
    UNAVAILABLE,
    gates,
    in_flight,
    measure,
    not_started,
    refused,
)

TOO_LARGE = "Request Entity Too Large"
ERROR = "Internal Server Error"


def acting(max=1, limits=None, route=None, **options):
    """One function `act` that does what its body says, and /ping."""
    workers = {"min": 1, "max": max}
    return {
        "limits": limits or {},
        "functions": {"act": python_function("act", queue_wait=LONG, workers=workers, **options)},
        "routes": {"POST /act": {"function": "act", **(route or {})}, **PONG},
    }


def warm_up(gateway):
    """Waits for the first worker, so that its start takes no time of a call."""
    wait_for("a worker", lambda: gateway.metric("lambdagate_workers", state="idle") == 1)


def sizing(limits, **route):
    return {
        "limits": limits,
        "functions": {"f": measure("size")},
        "routes": {"POST /f": {"function": "f", **route}, **PONG},
    }


def post(gateway, size, target="/f", byte=b"x"):
    return gateway.send("POST", target, [("Content-Type", "text/plain")], byte * size)


# --- limits.body ------------------------------------------------------------------------------------


def test_a_body_of_exactly_the_limit_is_taken(start):
    gateway = start(sizing({"body": 100_000}))
    assert expect(post(gateway, 100_000), 200).json() > 100_000


def test_a_body_that_declares_a_byte_more_is_413_before_it_is_read(start):
    gateway = start(sizing({"body": 100_000}))
    with gateway.peer() as peer:
        peer.request("POST", "/f", [("Content-Length", "100001")])
        refused(peer.answer(), 413, TOO_LARGE, closes=True)
        peer.expect_closed()


def test_a_small_body_over_the_limit_is_413_and_the_connection_goes_on(start):
    gateway = start(sizing({"body": 1000}))
    with gateway.peer() as peer:
        peer.request("POST", "/f", body=b"x" * 1001)
        refused(peer.answer(), 413, TOO_LARGE, closes=False)
        peer.request("GET", "/ping")
        expect(peer.answer(), 200)


def test_a_chunked_body_is_413_when_it_has_grown_over_the_limit(start):
    gateway = start(sizing({"body": 100_000}))
    with gateway.peer() as peer:
        peer.try_send(b"".join(bytes(piece) for piece in chunked("/f", 100_001)))
        refused(peer.answer(), 413, TOO_LARGE)


def test_of_a_refused_body_no_more_than_the_limit_is_dropped(start):
    gateway = start(sizing({"body": 100_000}))
    with gateway.peer() as peer:
        peer.send(next(chunked("/f", 0)))

        def is_cut():
            return not peer.try_send(b"1000\r\n" + b"x" * 4096 + b"\r\n")

        wait_for("the end of a body that never ends", is_cut)


@pytest.mark.parametrize("route", [{"respond": {"text": "pong"}}, {"redirect": {"to": "/x"}}])
def test_routes_that_do_not_look_at_bodies_have_the_same_limit(start, route):
    gateway = start({"limits": {"body": 1000}, "routes": {"POST /f": route}})
    expect(post(gateway, 1000), 200 if "respond" in route else 302)
    refused(post(gateway, 1001), 413, TOO_LARGE)


# --- limits.payload, limits.result ------------------------------------------------------------------


def test_an_event_over_the_payload_limit_is_413(start):
    gateway = start(sizing({"payload": 10_000}))
    expect(post(gateway, 8000), 200)
    refused(post(gateway, 10_000), 413, TOO_LARGE)
    gateway.log.wait("413 event_too_large: event over the payload limit")
    # What the limit is about is the event: a control character takes six bytes in it.
    refused(post(gateway, 2000, byte=b"\1"), 413, TOO_LARGE)


def test_a_payload_over_the_limit_is_413_at_the_invoke_api_too(start):
    gateway = start(sizing({"payload": 10_000}))
    target = "/2015-03-31/functions/f/invocations"
    expect(gateway.request("POST", target, b'"' + b"x" * 9998 + b'"', admin=True), 200)
    answer = gateway.request("POST", target, b'"' + b"x" * 9999 + b'"', admin=True)
    expect(answer, 413)
    assert answer.header("x-amzn-ErrorType") == "RequestEntityTooLargeException"
    assert "10000 bytes" in answer.json()["message"]


def test_a_result_over_the_limit_is_500_and_the_worker_lives_on(start):
    gateway = start({
        "limits": {"result": 10_000},
        "functions": {"f": command_function("verbatim", workers={"max": 1})},
        "routes": {"POST /f": {"function": "f"}},
    })
    expect(post(gateway, 10_000), 200)
    workers = gateway.workers()
    refused(post(gateway, 10_001), 500, ERROR)
    gateway.log.wait("500 answer_too_large: the result is over the limit")
    expect(post(gateway, 10_000), 200)
    assert gateway.workers() == workers


def test_a_result_over_the_limit_is_an_error_at_the_invoke_api(start):
    gateway = start({"limits": {"result": 10_000}, "functions": {"f": command_function("raw-event")}})
    target = "/2015-03-31/functions/f/invocations"
    answer = gateway.request("POST", target, b'"' + b"x" * 9999 + b'"', admin=True)
    expect(answer, 200)
    assert answer.header("x-amz-function-error") == "Unhandled"
    assert answer.json()["errorType"] == "Function.ResponseSizeTooLarge"


# --- limits.requests --------------------------------------------------------------------------------


def test_more_requests_at_once_than_the_limit_are_503_and_never_start(start, tmp_path):
    gateway = start(acting(max=3, limits={"requests": 2}))
    with gates(gateway, tmp_path) as calls:
        one, two = calls.enter("one"), calls.enter("two")
        three = calls.enter("three", started=False)
        not_started(three.answer(), closes=False)
        not_started(gateway.get("/ping"))  # every route counts
        expect(gateway.get("/healthz", admin=True), 200)
        gateway.log.wait("503 overloaded: limits.requests reached")
        calls.open("one", "two")
        expect(one.answer(), 200)
        expect(two.answer(), 200)
        wait_for("their places", lambda: in_flight(gateway) == 0)
        expect(gateway.get("/ping"), 200)
        assert not calls.has_started("three")


def test_a_request_over_the_limit_is_refused_before_its_body_is_read(start, tmp_path):
    gateway = start(acting(max=3, limits={"requests": 1}))
    with gates(gateway, tmp_path) as calls, gateway.peer() as peer:
        one = calls.enter("one")
        peer.request("POST", "/act", [("Content-Length", str(MB))])
        not_started(peer.answer(), closes=True)
        calls.open("one")
        expect(one.answer(), 200)


def test_a_client_that_left_still_counts_while_its_function_runs(start, tmp_path):
    gateway = start(acting(max=3, limits={"requests": 1}))
    with gates(gateway, tmp_path) as calls:
        calls.enter("one").reset()
        gateway.log.wait("client left .*path=/act")
        not_started(gateway.get("/ping"))
        calls.open("one")
        wait_for("the end of the call", lambda: gateway.get("/ping").status == 200)


# --- routes.KEY.concurrency -------------------------------------------------------------------------


def test_more_requests_of_a_route_than_its_concurrency_are_429_and_other_routes_go_on(start, tmp_path):
    gateway = start(acting(max=3, route={"concurrency": 1}))
    with gates(gateway, tmp_path) as calls:
        one = calls.enter("one")
        two = calls.enter("two", started=False)
        refused(two.answer(), 429, "Too Many Requests", "not-started", retry=True, closes=False)
        expect(gateway.get("/ping"), 200)
        gateway.log.wait("429 route_busy: the route's concurrency reached")
        calls.open("one", "two")
        expect(one.answer(), 200)
        wait_for("its place", lambda: in_flight(gateway) == 0)
        assert not calls.has_started("two")
        expect(calls.enter("two").answer(), 200)


# --- functions.NAME.queue, queue_wait ---------------------------------------------------------------


def test_more_calls_than_may_wait_are_503_at_once(start, tmp_path):
    gateway = start(acting(max=1, queue=1))
    with gates(gateway, tmp_path) as calls:
        one = calls.enter("one")
        two = calls.enter("two", started=False)
        wait_for("the second to wait", lambda: in_flight(gateway) == 2)
        three = calls.enter("three", started=False)
        not_started(three.answer(), closes=False)
        gateway.log.wait("503 throttled: too many calls wait already")
        calls.open("one", "two")
        expect(one.answer(), 200)
        expect(two.answer(), 200)
        assert not calls.has_started("three")


def test_a_queue_of_0_lets_no_call_wait(start, tmp_path):
    gateway = start(acting(max=1, queue=0))
    with gates(gateway, tmp_path) as calls:
        one = calls.enter("one")
        not_started(calls.enter("two", started=False).answer())
        calls.open("one")
        expect(one.answer(), 200)


def test_more_invocations_than_may_wait_are_429_at_the_invoke_api(start, tmp_path):
    gateway = start(acting(max=1, queue=0))
    with gates(gateway, tmp_path) as calls:
        one = calls.enter("one")
        answer = gateway.request("POST", "/2015-03-31/functions/act/invocations", b"{}", admin=True)
        expect(answer, 429)
        assert answer.header("x-amzn-ErrorType") == "TooManyRequestsException"
        assert answer.header("x-lambdagate-outcome") == "not-started"
        calls.open("one")
        expect(one.answer(), 200)


def test_a_call_that_no_worker_took_within_queue_wait_is_503_and_never_starts(start, tmp_path):
    config = acting(max=1)
    config["functions"]["act"]["queue_wait"] = "300ms"
    gateway = start(config)
    warm_up(gateway)
    with gates(gateway, tmp_path) as calls:
        one = calls.enter("one")
        not_started(calls.enter("two", started=False).answer())
        gateway.log.wait("503 throttled: no worker took it within queue_wait")
        calls.open("one", "two")
        expect(one.answer(), 200)
        assert not calls.has_started("two")


# --- functions.NAME.timeout, routes.KEY.timeout, init_timeout ---------------------------------------


def test_a_function_past_its_timeout_is_500_and_may_have_run(start, tmp_path):
    config = acting(max=1)
    config["functions"]["act"]["timeout"] = "300ms"
    gateway = start(config)
    with gates(gateway, tmp_path) as calls:
        refused(calls.enter("late", started=False).answer(), 500, ERROR, "unknown", closes=False)
        gateway.log.wait("500 function_timeout")


def test_a_route_past_its_timeout_is_503_while_the_function_runs_on(start, tmp_path):
    gateway = start(acting(max=1, route={"timeout": "300ms"}))
    warm_up(gateway)
    with gates(gateway, tmp_path) as calls:
        refused(calls.enter("late").answer(), 503, UNAVAILABLE, "unknown", closes=False, late=True)
        gateway.log.wait("503 timeout: route timeout: the function still runs")
        pid = int((tmp_path / "started-late").read_text())
        calls.open("late")
        wait_for("the end of the call", lambda: in_flight(gateway) == 0)
        assert pid in {found for found, _ in gateway.workers()}, "the worker lives on"


def test_a_call_that_still_waits_at_the_routes_timeout_is_503_and_never_starts(start, tmp_path):
    gateway = start(acting(max=1, route={"timeout": "300ms"}))
    warm_up(gateway)
    with gates(gateway, tmp_path) as calls:
        one = calls.enter("one")
        two = calls.enter("two", started=False)
        refused(one.answer(), 503, UNAVAILABLE, "unknown", late=True)
        not_started(two.answer(), closes=False, late=True)
        calls.open("one", "two")
        wait_for("the end of the call", lambda: in_flight(gateway) == 0)
        assert not calls.has_started("two")


def test_a_worker_that_does_not_ask_within_init_timeout_is_killed_and_its_callers_get_500(start):
    function = command_function("never-next", workers={"max": 1, "init_timeout": "200ms"})
    gateway = start({"functions": {"f": function}, "routes": {"POST /f": {"function": "f"}}})
    refused(post(gateway, 1), 500, ERROR)
    gateway.log.wait("it did not ask for an invocation in time")


# --- what the contents may be -----------------------------------------------------------------------


def checked(start, tmp_path):
    schema = tmp_path / "any.json"
    schema.write_text("{}")
    return start(sizing({"payload": "16MB"}, body=str(schema)))


def test_json_nested_deeper_than_128_is_400(start, tmp_path):
    gateway = checked(start, tmp_path)
    expect(gateway.post_json("/f", "[" * 128 + "]" * 128), 200)
    refused(gateway.post_json("/f", "[" * 129 + "]" * 129), 400, "Invalid request body")
    gateway.log.wait("400 invalid_body: beyond the limits for JSON")


def test_json_of_more_than_a_million_values_is_400(start, tmp_path):
    gateway = checked(start, tmp_path)
    expect(gateway.post_json("/f", "[" + "0," * 999_998 + "0]"), 200)
    refused(gateway.post_json("/f", "[" + "0," * 999_999 + "0]"), 400, "Invalid request body")


def test_an_answer_of_more_than_256_headers_and_cookies_is_500(start):
    gateway = start({
        "functions": {"f": command_function("verbatim")},
        "routes": {"POST /f": {"function": "f"}},
    })

    def answer_with(count):
        headers = {f"x-{n}": "y" for n in range(count - 1)}
        document = {"statusCode": 200, "headers": headers, "cookies": ["a=b"]}
        return gateway.send("POST", "/f", body=json.dumps(document).encode())

    assert len(expect(answer_with(256), 200).headers) >= 256
    refused(answer_with(257), 500, ERROR)
    gateway.log.wait("found 257 headers and cookies, expected at most 256")


def test_an_answer_of_more_than_10240_bytes_of_headers_is_500(start):
    gateway = start({
        "functions": {"f": command_function("verbatim")},
        "routes": {"POST /f": {"function": "f"}},
    })

    def answer_with(size):
        headers = {"x-a": "y" * (size - len("x-a: \r\n"))}
        return gateway.post_json("/f", {"statusCode": 200, "headers": headers})

    expect(answer_with(10_240), 200)
    refused(answer_with(10_241), 500, ERROR)
    gateway.log.wait("found 10241 bytes of headers and cookies, expected at most 10240")


def test_the_largest_head_of_a_request_leaves_room_for_the_largest_head_of_an_answer(start):
    gateway = start({
        "functions": {"f": command_function("verbatim")},
        "routes": {"POST /f": {"function": "f"}},
    })
    sent = {f"x-{n:03}": "y" * 31 for n in range(256)}
    body = json.dumps({"statusCode": 200, "headers": sent}).encode()
    fixed = f"POST /f HTTP/1.1\r\nHost: gateway.test\r\nContent-Length: {len(body)}\r\n"
    fields = [(f"X-{n}", "z" * 80) for n in range(97)]
    left = 10_240 - len(fixed) - sum(len(name) + len(value) + 4 for name, value in fields)
    fields.append(("Last", "z" * (left - len("Last: \r\n"))))
    answer = expect(gateway.send("POST", "/f", fields, body), 200)
    assert len([name for name, _ in answer.headers if name.startswith("x-")]) == 256


def test_a_result_of_json_that_is_nested_too_deep_to_be_read_is_500(start):
    gateway = start({
        "functions": {"f": command_function("verbatim")},
        "routes": {"POST /f": {"function": "f"}},
    })
    body = '{"statusCode": 200, "body": ' + "[" * 200 + "]" * 200 + "}"
    refused(gateway.post_json("/f", body), 500, ERROR)
    gateway.log.wait("found JSON nested deeper than 128")


# --- ports and sockets of our own -------------------------------------------------------------------


def closed_of(peers):
    """Those connections that the other side has closed by now."""
    readable, _, _ = select.select([peer.socket for peer in peers], [], [], 0)
    return readable


def test_the_runtime_api_of_a_worker_takes_32_connections(start):
    function = command_function("verbatim", workers={"max": 1})
    gateway = start({"functions": {"f": function}, "routes": {"POST /f": {"function": "f"}}})
    expect(post(gateway, 1), 200)
    (pid, _), = gateway.workers()
    environment = open(f"/proc/{pid}/environ").read().split("\0")
    host = next(line for line in environment if line.startswith("AWS_LAMBDA_RUNTIME_API="))
    port = int(host.rpartition(":")[2])
    peers = [Peer(("127.0.0.1", port)) for _ in range(40)]
    # The worker has one of its own.
    wait_for("those beyond to be closed", lambda: len(closed_of(peers)) >= 40 - 31)
    assert closed_of(peers) == [peer.socket for peer in peers[31:]]
    for peer in peers:
        peer.close()
    expect(post(gateway, 1), 200)


def test_the_admin_address_takes_256_connections(start):
    gateway = start({"routes": PONG})
    peers = [gateway.admin_peer() for _ in range(256)]
    with gateway.admin_peer() as more:
        more.expect_closed()
    expect(gateway.get("/ping"), 200)
    for peer in peers:
        peer.close()
    wait_for("the operator's turn", lambda: answers(gateway))


def answers(gateway):
    try:
        return gateway.get("/healthz", admin=True).status == 200
    except ConnectionError:
        return False


def test_a_function_that_floods_its_output_is_held_to_5000_lines_a_second(start):
    gateway = start(acting())
    lines = [f"line {n}" for n in range(30_000)]
    expect(gateway.post_json("/act", {"do": "say", "lines": lines}), 200)
    gateway.log.wait(r"function act .*\d+ lines of output dropped: more than 5000 in a second")
