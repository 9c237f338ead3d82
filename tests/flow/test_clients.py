"""Clients of every kind: slow, leaving, half, many at once, old; none of them stops the others."""

import json

import pytest

from gateway import expect, python_function, wait_for

CONFIG = {
    "functions": {"act": python_function("act", workers={"max": 2})},
    "routes": {
        "GET /ping": {"respond": {"status": 200, "json": {"ok": True}}},
        "ANY /echo": {"respond": {"status": 200, "text": "echo"}},
        "POST /act": {"function": "act"},
    },
}
OK = {"ok": True}
PING = b"GET /ping HTTP/1.1\r\nHost: gateway.test\r\n\r\n"
TOO_LARGE = {"message": "Request Entity Too Large"}
MB = 1024 * 1024


@pytest.fixture(autouse=True)
def still_serves_others(gateway):
    """Whatever a test's clients did, the next client is served, and nothing hangs on."""
    yield
    expect(gateway.get("/ping"), 200, OK)
    expect(gateway.post_json("/act", {"do": "return", "value": "alive"}), 200)


# --- slow and leaving -------------------------------------------------------------------------------


@pytest.fixture
def hasty(start):
    """hasty(LIMIT=...): a gateway with so little patience; nobody else's time depends on it."""
    return lambda **limits: start({**CONFIG, "limits": limits})


@pytest.mark.parametrize("sent", [b"", b"G", b"GET /ping HTTP/1.1\r\n", PING[:-2], PING[:-1]], ids=repr)
def test_a_head_that_never_ends_is_cut_at_its_deadline(hasty, sent):
    gateway = hasty(header_timeout="600ms")
    with gateway.peer() as peer:
        peer.send(sent)
        rest = peer.rest()
        assert rest == b"" or b" 408 " in rest.split(b"\r\n")[0], rest
    wait_for("the next client to be served", lambda: is_served(gateway))


def is_served(gateway):
    with gateway.peer() as peer:
        return peer.try_send(PING[:-2] + b"Connection: close\r\n\r\n") and b" 200 " in peer.rest().split(b"\r\n")[0]


def test_a_head_that_trickles_is_cut_at_its_deadline_too(hasty):
    gateway = hasty(header_timeout="600ms")
    with gateway.peer() as peer:
        peer.send(b"GET /ping HTTP/1.1\r\nHost: x\r\nX-Slow: ")

        def cut():
            return not peer.try_send(b"a")

        wait_for("the end of a connection that sends a byte at a time", cut, pause=0.05)


def test_a_head_in_many_pieces_is_a_head(gateway):
    with gateway.peer() as peer:
        for byte in PING:
            peer.send(bytes([byte]))
        expect(peer.answer(), 200, OK)


def test_a_body_that_stalls_is_cut_at_the_idle_timeout(hasty):
    gateway = hasty(idle_timeout="2s")
    with gateway.peer() as peer:
        peer.request("POST", "/act", [("Content-Length", "100")]).send(b"{")
        rest = peer.rest()
        assert rest == b"" or b" 408 " in rest.split(b"\r\n")[0], rest


def test_an_idle_connection_is_closed(hasty):
    gateway = hasty(idle_timeout="2s")
    with gateway.peer() as peer:
        peer.send(PING)
        expect(peer.answer(), 200, OK)
        peer.expect_closed()


@pytest.mark.parametrize("leave", ["close", "reset"])
@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET /pi",
        b"POST /act HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n",
        b"POST /act HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{\"do\":",
        b"POST /act HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"do",
        PING,
        PING * 3,
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_client_may_leave_at_any_moment(gateway, sent, leave):
    peer = gateway.peer().send(sent)
    getattr(peer, leave)()


@pytest.mark.parametrize("leave", ["close", "reset"])
def test_a_client_may_leave_while_its_function_runs(gateway, tmp_path, leave):
    order = {"do": "gate", "name": "left", "gate": str(tmp_path)}
    peer = gateway.peer().request("POST", "/act", body=json.dumps(order).encode())
    wait_for("the function's start", lambda: (tmp_path / "started-left").exists())
    getattr(peer, leave)()
    (tmp_path / "open-left").touch()


def test_a_client_that_leaves_while_it_waits_never_starts_the_function(start, tmp_path):
    functions = {"act": python_function("act", workers={"max": 1})}
    gateway = start({"functions": functions, "routes": {"POST /act": {"function": "act"}}})

    def order(name):
        return json.dumps({"do": "gate", "name": name, "gate": str(tmp_path)}).encode()

    with gateway.peer() as first, gateway.peer() as last:
        first.request("POST", "/act", body=order("first"))
        wait_for("the function's start", lambda: (tmp_path / "started-first").exists())
        left = gateway.peer().request("POST", "/act", body=order("left"))
        wait_for(
            "both requests to be under way",
            lambda: gateway.metric("lambdagate_requests_in_flight") == 2,
        )
        left.reset()
        gateway.log.wait(r"client left .*path=/act")  # the gateway noticed before the function is free
        last.request("POST", "/act", body=order("last"))
        for name in ("left", "last", "first"):
            (tmp_path / f"open-{name}").touch()
        expect(first.answer(), 200)
        expect(last.answer(), 200)
    assert not (tmp_path / "started-left").exists()


def test_a_client_that_stops_sending_still_gets_its_answer(gateway):
    with gateway.peer() as peer:
        peer.send(PING)
        peer.finish_sending()
        expect(peer.answer(), 200, OK)


def test_a_half_closed_client_of_a_function_is_answered_or_let_go(gateway):
    with gateway.peer() as peer:
        peer.request("POST", "/act", body=b'{"do": "return", "value": "late"}')
        peer.finish_sending()
        rest = peer.rest()
        assert rest == b"" or b" 200 " in rest.split(b"\r\n")[0], rest


def test_a_client_that_reads_slowly_gets_all_of_it(gateway):
    order = json.dumps({"do": "large", "size": 4 * MB}).encode()
    with gateway.peer() as peer:
        peer.request("POST", "/act", body=order)
        answer = peer.head()
        expect(answer, 200)
        left = int(answer.header("content-length"))
        while left:
            left -= len(peer._take(min(left, 100_000)))


def test_a_client_that_leaves_in_the_middle_of_a_large_answer_is_no_harm(gateway):
    order = json.dumps({"do": "large", "size": 4 * MB}).encode()
    peer = gateway.peer().request("POST", "/act", body=order)
    expect(peer.head(), 200)
    peer.reset()


# --- connections ------------------------------------------------------------------------------------


def test_a_connection_serves_many_requests(gateway):
    with gateway.peer() as peer:
        for number in range(50):
            if number % 5:
                peer.send(PING)
                expect(peer.answer(), 200, OK)
            else:
                peer.request("POST", "/act", body=b'{"do": "return", "value": "again"}')
                expect(peer.answer(), 200, text="again")


def test_pipelined_requests_are_answered_in_order(gateway):
    bodies = [json.dumps({"do": "return", "value": f"number {n}"}).encode() for n in range(5)]
    with gateway.peer() as peer:
        for number, body in enumerate(bodies):
            peer.request("POST", "/act", body=body)
            peer.send(PING)
        for number in range(5):
            expect(peer.answer(), 200, text=f"number {number}")
            expect(peer.answer(), 200, OK)


def test_connection_close_is_honoured(gateway):
    with gateway.peer() as peer:
        peer.request("GET", "/ping", [("Connection", "close")])
        answer = expect(peer.answer(), 200, OK)
        assert answer.header("connection").lower() == "close"
        peer.expect_closed()


def test_http_1_0_is_answered_and_closed(gateway):
    with gateway.peer() as peer:
        peer.send(b"GET /ping HTTP/1.0\r\n\r\n")
        expect(peer.answer(), 200, OK)
        peer.expect_closed()


def test_http_1_0_with_keep_alive_goes_on(gateway):
    with gateway.peer() as peer:
        for _ in range(2):
            peer.send(b"GET /ping HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            expect(peer.answer(), 200, OK)


def test_200_clients_at_once_are_all_served(gateway):
    peers = [gateway.peer() for _ in range(200)]
    try:
        for number, peer in enumerate(peers):
            if number % 2:
                peer.send(PING)
            else:
                body = json.dumps({"do": "return", "value": f"client {number}"}).encode()
                peer.request("POST", "/act", body=body)
        for number, peer in enumerate(peers):
            if number % 2:
                expect(peer.answer(), 200, OK)
            else:
                expect(peer.answer(), 200, text=f"client {number}")
    finally:
        for peer in peers:
            peer.close()


def test_head_of_a_function_has_no_body(start):
    functions = {"echo": python_function("echo")}
    gateway = start({"functions": functions, "routes": {"ANY /echo": {"function": "echo"}}})
    with gateway.peer() as peer:
        for _ in range(2):
            peer.request("HEAD", "/echo")
            answer = expect(peer.answer(to="HEAD"), 200)
            assert int(answer.header("content-length")) > 0


# --- Expect: 100-continue ----------------------------------------------------------------------------


def test_a_client_that_waits_for_100_is_told_to_go_on(gateway):
    body = b'{"do": "return", "value": "sent"}'
    with gateway.peer() as peer:
        peer.request(
            "POST", "/act", [("Expect", "100-continue"), ("Content-Length", str(len(body)))]
        )
        assert peer.head().status == 100
        peer.send(body)
        expect(peer.answer(), 200, text="sent")


@pytest.mark.parametrize(
    "target, length, status", [("/nowhere", 10, 404), ("/act", 10 * MB + 1, 413), ("/ping", 10, 404)]
)
def test_a_client_that_waits_for_100_is_refused_before_it_sends(gateway, target, length, status):
    with gateway.peer() as peer:
        peer.request("POST", target, [("Expect", "100-continue"), ("Content-Length", str(length))])
        expect(peer.answer(), status)


# --- limits -----------------------------------------------------------------------------------------


def test_a_body_over_10_mb_is_413_by_its_length_before_it_is_read(gateway):
    with gateway.peer() as peer:
        peer.request("POST", "/act", [("Content-Length", str(10 * MB + 1))])
        expect(peer.answer(), 413, TOO_LARGE)
        peer.expect_closed()


def test_a_body_over_10_mb_is_413_when_it_comes_in_chunks(gateway):
    with gateway.peer() as peer:
        peer.request("POST", "/act", [("Transfer-Encoding", "chunked")])
        chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        for _ in range(161):  # one more than 10 MB
            if not peer.try_send(chunk):
                break
        peer.try_send(b"0\r\n\r\n")
        expect(peer.answer(), 413, TOO_LARGE)


def test_a_body_of_exactly_6_mb_less_the_event_reaches_the_function(gateway):
    body = json.dumps({"do": "return", "value": "got it", "fill": "x" * (5 * MB)}).encode()
    headers = [("Content-Type", "application/json")]
    expect(gateway.send("POST", "/act", headers, body), 200, text="got it")


def test_one_header_that_is_too_large_is_431(gateway):
    with gateway.peer() as peer:
        peer.try_send(PING[:-2] + b"X-Large: " + b"x" * 40_000 + b"\r\n\r\n")
        assert peer.head().status == 431


def test_too_many_headers_are_431(gateway):
    lines = b"".join(b"X-%d: y\r\n" % n for n in range(600))
    with gateway.peer() as peer:
        peer.try_send(PING[:-2] + lines + b"\r\n")
        assert peer.head().status == 431


def test_headers_over_the_limit_of_10240_bytes_are_431_in_json(gateway):
    with gateway.peer() as peer:
        peer.try_send(PING[:-2] + b"X-Large: " + b"x" * 10_500 + b"\r\n\r\n")
        answer = expect(peer.answer(), 431)
        assert "message" in answer.json()
        peer.expect_closed()


def test_a_target_that_is_too_long_is_414_or_431(gateway):
    with gateway.peer() as peer:
        peer.try_send(b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        assert peer.head().status in (414, 431)


def test_headers_within_the_limit_are_served(gateway):
    expect(gateway.send("GET", "/ping", [("X-Large", "x" * 8000)]), 200, OK)
