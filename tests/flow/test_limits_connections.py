"""Limits of connections: how many, how long they may rest, how slow a body may be."""

import resource
import socket
import time
from pathlib import Path

import pytest

from gateway import PATIENCE, Peer, expect, python_function, wait_for
from limits import LONG, MB, PING, PONG, gates, measure, memory_used, not_started, refused


def ping(peer):
    """Whether the connection is served; False if it was closed."""
    if not peer.try_send(PING):
        return False
    try:
        expect(peer.answer(), 200, text="pong")
    except (AssertionError, ConnectionResetError):
        return False
    return True


def peer_of(gateway, source):
    """A connection that comes from the address `source`."""
    peer = Peer.__new__(Peer)
    peer.socket = socket.create_connection(
        ("127.0.0.1", gateway.port), timeout=PATIENCE, source_address=(source, 0)
    )
    peer.buffer = b""
    return peer


def close_all(peers):
    for peer in peers:
        peer.close()


def open_connections(gateway):
    return gateway.metric("lambdagate_connections")


# --- limits.connections -----------------------------------------------------------------------------


def test_more_connections_than_the_limit_are_closed_as_they_come(start):
    gateway = start({"limits": {"connections": 5}, "routes": PONG})
    peers = [gateway.peer() for _ in range(5)]
    assert all(ping(peer) for peer in peers)
    assert open_connections(gateway) == 5
    for _ in range(3):
        with gateway.peer() as more:
            more.expect_closed()
    gateway.log.wait("limits.connections reached, new ones are turned away")
    assert all(ping(peer) for peer in peers), "those that are open should not notice"
    peers.pop().close()
    wait_for("room for one more", lambda: open_connections(gateway) == 4)
    with gateway.peer() as again:
        assert ping(again)
    close_all(peers)
    wait_for("all connections to be counted out", lambda: open_connections(gateway) == 0)


def test_the_limit_of_connections_is_logged_once_a_second_and_not_for_every_client(start):
    gateway = start({"limits": {"connections": 1}, "routes": PONG})
    refusals, began = 0, time.monotonic()
    while refusals < 100:
        with gateway.peer() as first:
            if not ping(first):
                continue  # the last one is still being counted out
            for _ in range(10):
                with gateway.peer() as more:
                    more.expect_closed()
                    refusals += 1
    gateway.log.wait("limits.connections reached")
    lines = len(gateway.log.find_all("limits.connections reached"))
    assert lines <= time.monotonic() - began + 1


# --- limits.connections_per_peer --------------------------------------------------------------------


def test_one_address_cannot_take_all_connections(start):
    gateway = start({"limits": {"connections_per_peer": 3}, "routes": PONG})
    first = [peer_of(gateway, "127.0.0.1") for _ in range(3)]
    assert all(ping(peer) for peer in first)
    for _ in range(3):
        with peer_of(gateway, "127.0.0.1") as more:
            more.expect_closed()
    gateway.log.wait("limits.connections_per_peer reached, new ones are turned away")
    others = [peer_of(gateway, "127.0.0.2") for _ in range(3)]
    assert all(ping(peer) for peer in others), "another address has connections of its own"
    with peer_of(gateway, "127.0.0.2") as more:
        more.expect_closed()
    first.pop().close()
    wait_for("one connection to be counted out", lambda: open_connections(gateway) == 5)
    with peer_of(gateway, "127.0.0.1") as again:
        assert ping(again)
    close_all(first + others)


def test_limits_of_clients_do_not_lock_the_operator_out(start):
    limits = {"connections": 1, "connections_per_peer": 1, "requests_per_connection": 1, "requests": 1}
    gateway = start({"limits": limits, "routes": PONG})
    with gateway.peer() as client, gateway.admin_peer() as one, gateway.admin_peer() as two:
        assert ping(client)
        for _ in range(2):
            for peer in (one, two):
                peer.request("GET", "/healthz", [("Host", f"127.0.0.1:{gateway.admin_port}")])
                expect(peer.answer(), 200)


# --- limits.requests_per_connection -----------------------------------------------------------------


def test_the_last_request_of_a_connection_is_answered_with_connection_close(start):
    gateway = start({"limits": {"requests_per_connection": 3}, "routes": PONG})
    with gateway.peer() as peer:
        peer.send(PING * 5)
        for number in (1, 2, 3):
            answer = expect(peer.answer(), 200)
            assert ((answer.header("connection") or "") == "close") == (number == 3), answer
        peer.expect_closed()
    expect(gateway.get("/ping"), 200)


# --- limits.idle_timeout ----------------------------------------------------------------------------


def test_a_connection_that_rests_between_requests_is_closed(start):
    gateway = start({"limits": {"idle_timeout": "1s"}, "routes": PONG})
    with gateway.peer() as peer:
        assert ping(peer)
        peer.expect_closed()


def test_a_body_that_stalls_is_cut_at_the_idle_timeout(start):
    gateway = start({
        "limits": {"idle_timeout": "1s", "body_rate": 0},
        "functions": {"f": measure("size")},
        "routes": {"POST /f": {"function": "f"}, **PONG},
    })
    with gateway.peer() as peer:
        peer.request("POST", "/f", [("Content-Length", "100")]).send(b"x")
        peer.expect_closed()
    gateway.log.wait("client left .*path=/f status=499")


def test_an_answer_that_nobody_reads_is_cut_at_the_idle_timeout(start):
    gateway = start({
        "limits": {"idle_timeout": "1s"},
        "functions": {"f": measure("large", 6_000_000)},
        "routes": {"GET /f": {"function": "f"}},
    })
    with gateway.peer() as peer:
        peer.request("GET", "/f")
        gateway.log.wait("client left .*path=/f status=499")
        rest = peer.rest()
        assert len(rest) < 6_000_000, "cut in the middle"
    wait_for("its memory", lambda: memory_used(gateway) == 0)


def test_a_client_that_waits_for_a_function_is_not_idle(start, tmp_path):
    gateway = start({
        "limits": {"idle_timeout": "1s"},
        "functions": {"act": python_function("act")},
        "routes": {"POST /act": {"function": "act"}, **PONG},
    })
    with gates(gateway, tmp_path) as calls:
        waits = calls.enter("slow")
        with gateway.peer() as idle:
            assert ping(idle)
            idle.expect_closed()  # the idle timeout has passed
        calls.open("slow")
        expect(waits.answer(), 200)


# --- limits.body_rate -------------------------------------------------------------------------------


def trickle(peers, until):
    """Sends a byte to each now and then."""

    def done():
        for peer in peers:
            peer.try_send(b"x")
        return until()

    wait_for("the end of a body that trickles", done, pause=0.1)


def test_a_body_slower_than_the_rate_is_cut_after_5_seconds_and_others_are_not(start):
    gateway = start({
        "limits": {"body_rate": 100},
        "functions": {"f": measure("size")},
        "routes": {"POST /f": {"function": "f"}, **PONG},
    })
    began = time.monotonic()
    with gateway.peer() as slow, gateway.peer() as unwanted, gateway.peer() as fast:
        slow.request("POST", "/f", [("Content-Length", "1000")])
        # Nobody reads this body: it is dropped, and may not take for ever either.
        unwanted.request("POST", "/nowhere", [("Content-Length", "1000")])
        fast.request("POST", "/f", [("Content-Length", str(4 * MB))])
        fast.sent = 0

        def both_cut():
            # At once what is enough for half a minute, since a machine may stand still for seconds.
            fast.send(b"x" * 3000)
            fast.sent += 3000
            expect(gateway.get("/ping"), 200)
            return len(gateway.log.find_all("a body slower than body_rate, cut")) == 2

        trickle([slow, unwanted], both_cut)
        assert time.monotonic() - began >= 5
        slow.expect_closed()
        expect(unwanted.answer(), 404)
        unwanted.expect_closed()
        fast.send(b"x" * (4 * MB - fast.sent))
        expect(fast.answer(), 200)


def test_a_body_rate_of_0_is_no_limit(start):
    gateway = start({
        "limits": {"body_rate": 0},
        "functions": {"f": measure("size")},
        "routes": {"POST /f": {"function": "f"}},
    })
    with gateway.peer() as peer:
        peer.request("POST", "/f", [("Content-Length", "100")])
        end = time.monotonic() + 6
        trickle([peer], lambda: time.monotonic() > end)
        peer.try_send(b"x" * 100)
        expect(peer.head(), 200)


# --- clients that leave -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target, body, line",
    [
        ("/f", b"Content-Length: 50\r\n\r\nhalf of it", "client left .*status=499"),
        ("/f", b"Transfer-Encoding: chunked\r\n\r\n10\r\nhalf of it", "client left .*status=499"),
        ("/nowhere", b"Content-Length: 50\r\n\r\nhalf of it", "answered .*status=404"),
    ],
    ids=["a body", "a chunk", "a body that nobody wants"],
)
def test_a_client_that_leaves_within_its_body_takes_up_nothing_any_more(start, target, body, line):
    """An HTTP library once overlooked an end that came together with the last data."""
    gateway = start({
        "limits": {"body_rate": 0, "idle_timeout": LONG},
        "functions": {"f": measure("size")},
        "routes": {"POST /f": {"function": "f"}},
    })
    for _ in range(50):
        gateway.peer().send(f"POST {target} HTTP/1.1\r\nHost: x\r\n".encode() + body).close()
    gateway.log.wait(line, count=50)
    wait_for("the end of all connections", lambda: open_connections(gateway) == 0)
    wait_for("their memory", lambda: memory_used(gateway) == 0)


# --- descriptors ------------------------------------------------------------------------------------


def descriptors(gateway):
    return int(gateway.metric("lambdagate_process_open_fds"))


def limit_descriptors(gateway, limit):
    """What the daemon made of its soft limit at its start is changed from outside."""
    hard = resource.prlimit(gateway.process.pid, resource.RLIMIT_NOFILE)[1]
    resource.prlimit(gateway.process.pid, resource.RLIMIT_NOFILE, (limit, hard))


def leave_only(gateway, count):
    """From here on the daemon can open `count` more descriptors, and then no more."""
    limit_descriptors(gateway, descriptors(gateway) - 1 + count)  # less the connection that asked


def test_without_descriptors_accepting_rests_and_goes_on_when_there_are_some(start):
    gateway = start({"limits": {"header_timeout": LONG}, "routes": PONG})
    leave_only(gateway, 20)
    peers = [gateway.peer() for _ in range(40)]
    gateway.log.wait("no descriptors left, accepting rests until some are closed")
    served, waiting = peers[:20], peers[20:]
    assert all(ping(peer) for peer in served), "those that were accepted should not notice"
    for peer in waiting:
        peer.send(PING)
    close_all(served)
    for peer in waiting:
        expect(peer.answer(), 200, text="pong")
    close_all(waiting)
    assert all(ping(peer) for peer in [gateway.peer() for _ in range(20)])


def test_a_daemon_that_rests_for_descriptors_does_not_spin(start):
    gateway = start({"limits": {"header_timeout": LONG}, "routes": PONG})
    leave_only(gateway, 5)
    peers = [gateway.peer() for _ in range(10)]
    gateway.log.wait("no descriptors left")

    def ticks():
        fields = Path(f"/proc/{gateway.process.pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    before, began = ticks(), time.monotonic()
    wait_for("two seconds", lambda: time.monotonic() - began >= 2)
    # A hundredth of a second each: a loop that spins takes nearly all of the time.
    assert ticks() - before < 60
    close_all(peers)


@pytest.fixture
def echo(start):
    """A gateway with a function whose first worker is still to start, and a connection to it."""
    gateway = start({
        "functions": {"f": measure("size")},
        "routes": {"POST /f": {"function": "f"}, **PONG},
    })
    with gateway.peer() as peer:
        assert ping(peer)
        yield gateway, peer


def served_again(peer):
    def answered():
        peer.request("POST", "/f", body=b"x")
        return peer.answer().status == 200

    wait_for("the pause after a failed start", answered, pause=0.05)


def test_a_worker_that_finds_no_descriptor_is_503_and_a_later_call_starts_one(echo):
    gateway, peer = echo
    leave_only(gateway, 0)
    not_started(peer.request("POST", "/f", body=b"x").answer())
    gateway.log.wait("function f a process could not start: no pipe for its output")
    not_started(peer.request("POST", "/f", body=b"x").answer())  # in the pause after it
    limit_descriptors(gateway, 1024)
    served_again(peer)


def test_a_keeper_without_descriptors_is_503_and_a_later_call_starts_a_worker(echo):
    gateway, peer = echo
    keeper = gateway.keeper()
    used = len(list(Path(f"/proc/{keeper}/fd").iterdir()))
    hard = resource.prlimit(keeper, resource.RLIMIT_NOFILE)[1]
    resource.prlimit(keeper, resource.RLIMIT_NOFILE, (used, hard))
    not_started(peer.request("POST", "/f", body=b"x").answer())
    gateway.log.wait("function f a process could not start: no process: Too many open files")
    resource.prlimit(keeper, resource.RLIMIT_NOFILE, (hard, hard))
    served_again(peer)
