"""Limits of a request's head: how large, how many fields, how long it may take to come."""

import pytest

from gateway import command_function, expect, wait_for
from limits import PING, PONG, refused

CONFIG = {
    "limits": {"header_timeout": "1s"},
    "functions": {"event": command_function("raw-event", workers={"max": 1})},
    "routes": {**PONG, "GET /event": {"function": "event"}},
}
HEADERS_TOO_LARGE = "Request Header Fields Too Large"


@pytest.fixture(autouse=True)
def still_serves_others(gateway):
    yield
    expect(gateway.get("/ping"), 200, text="pong")


def head(size):
    """A head of exactly `size` bytes, as header_bytes counts them: all but the empty line."""
    start = PING[:-2] + b"X-Fill: "
    return start + b"x" * (size - len(start) - 2) + b"\r\n\r\n"


def ask(gateway, data):
    with gateway.peer() as peer:
        peer.try_send(data)
        return peer.answer()


# --- limits.header_bytes ----------------------------------------------------------------------------


def test_a_head_of_10240_bytes_is_served(gateway):
    expect(ask(gateway, head(10240)), 200, text="pong")


def test_a_head_of_a_byte_more_is_431_and_closed(gateway):
    with gateway.peer() as peer:
        peer.try_send(head(10241))
        refused(peer.answer(), 431, HEADERS_TOO_LARGE, closes=True)
        peer.expect_closed()


def test_a_target_of_more_than_header_bytes_is_414_and_closed(gateway):
    with gateway.peer() as peer:
        peer.try_send(b"GET /" + b"x" * 10240 + b" HTTP/1.1\r\nHost: gateway.test\r\n\r\n")
        refused(peer.answer(), 414, "URI Too Long", closes=True)
        peer.expect_closed()


@pytest.mark.parametrize(
    "line",
    [
        b"X-Large: " + b"x" * 100_000 + b"\r\n",
        b"".join(b"X-%d: y\r\n" % n for n in range(5000)),
        b"Cookie: " + b"; ".join(b"a%d=b" % n for n in range(5000)) + b"\r\n",
    ],
    ids=["one field of 100 KB", "5000 fields", "5000 cookies"],
)
def test_a_head_far_over_the_limit_is_431_in_the_same_words(gateway, line):
    with gateway.peer() as peer:
        peer.try_send(PING[:-2] + line + b"\r\n")
        refused(peer.answer(), 431, HEADERS_TOO_LARGE, closes=True)
        peer.expect_closed()


def test_a_target_far_over_the_limit_is_414_in_the_same_words(gateway):
    with gateway.peer() as peer:
        peer.try_send(b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        refused(peer.answer(), 414, "URI Too Long", closes=True)
        peer.expect_closed()


def test_a_head_beyond_the_memory_of_the_admin_address_is_431_of_the_http_library_and_closed(gateway):
    with gateway.admin_peer() as peer:
        peer.try_send(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Large: " + b"x" * 100_000 + b"\r\n\r\n")
        answer = expect(peer.head(), 431)
        assert answer.header("connection").lower() == "close"
        assert b"Request too big" in peer.rest()


def test_a_limit_may_be_lower_than_the_default(start):
    gateway = start({"limits": {"header_bytes": "1KB", "headers": 3}, "routes": PONG})
    expect(ask(gateway, head(1024)), 200)
    refused(ask(gateway, head(1025)), 431, HEADERS_TOO_LARGE, closes=True)
    three = [("X-A", "a"), ("X-B", "b")]
    expect(gateway.send("GET", "/ping", three), 200)
    refused(gateway.send("GET", "/ping", [*three, ("X-C", "c")]), 431, HEADERS_TOO_LARGE)


def test_a_limit_may_be_higher_than_the_default(start):
    gateway = start({"limits": {"header_bytes": "200KB", "headers": 900}, "routes": PONG})
    expect(ask(gateway, head(200 * 1024)), 200)
    refused(ask(gateway, head(200 * 1024 + 1)), 431, HEADERS_TOO_LARGE, closes=True)
    expect(gateway.send("GET", "/ping", [(f"X-{n}", "y") for n in range(899)]), 200)


BOTH = {
    "routes": PONG,
    "apis": {"rest": {"kind": "rest", "stage": "p", "routes": {"GET /{proxy+}": {"respond": {"text": "pong"}}}}},
}


def test_a_rest_api_counts_the_values_of_header_fields_and_its_target_by_itself(start):
    gateway = start(BOTH)

    def rest(target, value):
        data = b"GET /p/" + b"t" * (target - 3) + b" HTTP/1.1\r\nHost: h\r\n"
        return ask(gateway, data + b"X-Filled-With-Something: " + b"v" * (value - 1) + b"\r\n\r\n")

    expect(rest(10240, 10240), 200, text="pong")
    answer = expect(rest(10240, 10241), 431)
    assert answer.header("x-amzn-ErrorType") == "BadRequestException"
    answer = expect(rest(10241, 10), 414, {"message": "Request URI too long"})
    expect(rest(20000, 20000), 431)  # not even read


def test_an_http_api_beside_a_rest_api_counts_all_together(start):
    gateway = start(BOTH)
    expect(ask(gateway, head(10240)), 200, text="pong")
    expect(ask(gateway, head(10241)), 431, {"message": HEADERS_TOO_LARGE})
    target = b"GET /" + b"x" * 10240 + b" HTTP/1.1\r\nHost: gateway.test\r\n\r\n"
    expect(ask(gateway, target), 414)


# --- limits.headers ---------------------------------------------------------------------------------


def test_100_header_fields_are_served(gateway):
    expect(gateway.send("GET", "/ping", [(f"X-{n}", "y") for n in range(99)]), 200)


def test_101_header_fields_are_431_and_closed(gateway):
    with gateway.peer() as peer:
        peer.request("GET", "/ping", [(f"X-{n}", "y") for n in range(100)])
        refused(peer.answer(), 431, HEADERS_TOO_LARGE, closes=True)
        peer.expect_closed()


# --- what has no limit of its own -------------------------------------------------------------------


def test_a_query_may_have_as_many_parameters_as_fit_the_head(gateway):
    """An HTTP library once ran out of memory for them, and never answered."""
    query = "&".join(f"a{n}" for n in range(1700))
    answer = expect(gateway.send("GET", f"/event?{query}"), 200)
    event = answer.json()
    assert event["rawQueryString"] == query
    assert len(event["queryStringParameters"]) == 1700


# --- limits.header_timeout --------------------------------------------------------------------------


def test_a_connection_without_a_byte_is_closed_without_an_answer(gateway):
    with gateway.peer() as peer:
        peer.expect_closed()
    gateway.log.wait("listen 127.0.0.1: no whole request head within header_timeout, cut")


@pytest.mark.parametrize("sent", [b"GET /pi", b"GET /ping HTTP/1.1\r\nHost: x\r\n"], ids=["line", "half"])
def test_a_head_that_was_begun_and_does_not_come_is_408_and_closed(gateway, sent):
    with gateway.peer() as peer:
        peer.send(sent)
        refused(peer.answer(), 408, "Request Timeout", closes=True)
        peer.expect_closed()


def test_a_head_that_trickles_is_cut_and_others_are_served_meanwhile(gateway):
    with gateway.peer() as peer:
        peer.send(b"GET /ping HTTP/1.1\r\nX-Slow: ")

        def is_cut():
            expect(gateway.get("/ping"), 200)
            return not peer.try_send(b"a")

        wait_for("the end of the slow connection", is_cut, pause=0.05)


def test_a_head_on_a_connection_in_use_has_the_same_time(gateway):
    with gateway.peer() as peer:
        peer.send(PING)
        expect(peer.answer(), 200)
        peer.send(b"GET /pi")
        refused(peer.answer(), 408, "Request Timeout", closes=True)
        peer.expect_closed()
