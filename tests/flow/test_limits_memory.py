"""limits.memory_budget: many large bodies neither exceed it nor shut others out.

What the gateway counts must stay within the budget; what the kernel counts may be more by what the
budget is not about: a few tens of KB a connection, and what malloc(3) keeps.
"""

import re
import threading
import time
from pathlib import Path

from crowd import Client, Crowd, chunked, get, post
from gateway import PATIENCE, expect, wait_for
from limits import (
    KB,
    LONG,
    MB,
    PONG,
    SANITIZED,
    in_flight,
    measure,
    memory_used,
    not_started,
)

BUDGET = 256 * MB
# Beyond the budget: connections, heads, and holes that malloc(3) cannot give back.
OVERHEAD = BUDGET // 4 + 32 * MB
CLIENTS = 60 if SANITIZED else 500
TEXT = [("Content-Type", "text/plain")]


def config(limits, function=None, **route):
    """Whoever is slow here is so since the machine is: no client is cut for it."""
    return {
        "limits": {"body_rate": 0, **limits},
        "functions": {
            "f": function or measure("size", queue=100_000),
            "small": measure("size", workers={"min": 1}),
        },
        "routes": {
            "POST /f": {"function": "f", "timeout": LONG, **route},
            "GET /f": {"function": "f", "timeout": LONG, **route},
            "POST /small": {"function": "small", "timeout": LONG},
            **PONG,
        },
        "log": {"access": False},
    }


def highest_rss(gateway):
    """The most memory that the process ever had resident."""
    text = Path(f"/proc/{gateway.process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", text).group(1)) * KB


class Others:
    """A client that only wants a small thing, again and again, while the crowd is there."""

    def __init__(self, gateway):
        self.gateway = gateway
        self.answers = []
        self.most_used = 0
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._ask)

    def __enter__(self):
        # Both functions have a worker, and RSS what that takes.
        expect(self.gateway.request("POST", "/small", b"x"), 200)
        self.before = highest_rss(self.gateway)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()
        self.grown = highest_rss(self.gateway) - self.before

    def _ask(self):
        while not self.stop.is_set():
            try:
                self.answers.append(self.gateway.request("POST", "/small", b"x" * KB).status)
                self.answers.append(self.gateway.get("/ping").status)
                self.most_used = max(self.most_used, memory_used(self.gateway))
            except Exception as fault:  # shown by the test, which looks for 200 alone
                self.answers.append(repr(fault))
            time.sleep(0.01)

    def check(self):
        """None of them was refused, and the budget was kept."""
        bad = [answer for answer in self.answers if answer != 200]
        assert not bad, f"{len(bad)} of {len(self.answers)} small requests: {bad[:5]}"
        assert self.most_used <= BUDGET, f"{self.most_used / MB:.0f} MB of {BUDGET / MB:.0f} MB used"
        if not SANITIZED:
            assert self.grown <= BUDGET + OVERHEAD, f"RSS grew by {self.grown / MB:.0f} MB"


def all_given_back(gateway):
    wait_for("all memory to be given back", lambda: memory_used(gateway) == 0)
    wait_for("the end of all requests", lambda: in_flight(gateway) == 0)


# --- many at once -----------------------------------------------------------------------------------


def test_500_clients_that_send_10_mb_each_are_all_served_within_256_mb(start):
    gateway = start(config({"memory_budget": "256MB", "payload": "16MB"}))
    with Others(gateway) as others:
        clients = [Client(post("/f", 10 * MB, TEXT)) for _ in range(CLIENTS)]
        with Crowd(gateway, clients) as crowd:
            crowd.run(patience=10 * PATIENCE)
            assert crowd.count() == {200: CLIENTS}
        assert all(int(client.answer.body) > 10 * MB for client in clients)
    others.check()
    assert others.most_used > BUDGET / 2, "the crowd was not large enough to need the budget"
    all_given_back(gateway)


def test_500_clients_that_do_not_say_how_much_they_send_are_all_served_too(start):
    gateway = start(config({"memory_budget": "256MB", "payload": "16MB"}))
    with Others(gateway) as others:
        clients = [Client(chunked("/f", 3 * MB, TEXT)) for _ in range(CLIENTS)]
        with Crowd(gateway, clients) as crowd:
            crowd.run(patience=10 * PATIENCE)
            assert crowd.count() == {200: CLIENTS}
        assert all(int(client.answer.body) > 3 * MB for client in clients)
    others.check()
    all_given_back(gateway)


def test_bodies_that_stop_half_way_leave_room_for_small_requests(start):
    gateway = start(config({"memory_budget": "256MB", "idle_timeout": "600s"}))

    def half(pieces, size):
        for piece in pieces:
            if size <= 0:
                return
            size -= len(piece)
            yield piece

    clients = [Client(half(post("/f", 10 * MB, TEXT), 5 * MB)) for _ in range(CLIENTS)]
    clients += [Client(half(chunked("/f", 10 * MB, TEXT), 5 * MB)) for _ in range(50)]
    with Others(gateway) as others, Crowd(gateway, clients) as crowd:
        crowd.run(until=lambda: memory_used(gateway) > BUDGET * 0.6)
        asked = len(others.answers)
        crowd.run(until=lambda: len(others.answers) > asked + 100, patience=4 * PATIENCE)
    others.check()
    all_given_back(gateway)


# --- one by one -------------------------------------------------------------------------------------


def begin(peer, size):
    """A request with a body of which nothing comes yet."""
    return peer.request("POST", "/f", [*TEXT, ("Content-Length", str(size))])


def test_a_body_that_waited_for_memory_reaches_its_function_whole(start):
    """It was not read at all, and the function was called without it."""
    gateway = start(config({"memory_budget": "8MB"}))
    size = 2 * MB
    half = b"x" * (size // 2)
    with gateway.peer() as first, gateway.peer() as second:
        begin(first, size)
        wait_for("the first body's memory", lambda: memory_used(gateway) > size)
        taken = memory_used(gateway)
        begin(second, size).try_send(half)
        wait_for("the second request", lambda: in_flight(gateway) == 2)
        assert memory_used(gateway) == taken, "the second body should wait for the first one's memory"
        first.send(half + half)
        whole = expect(first.answer(), 200).json()
        assert whole > size
        second.send(half)
        assert expect(second.answer(), 200).json() == whole
    all_given_back(gateway)


def test_a_body_that_waits_for_memory_longer_than_the_routes_timeout_is_503(start):
    gateway = start(config({"memory_budget": "8MB"}, timeout="300ms"))
    with gateway.peer() as first, gateway.peer() as second:
        begin(first, 2 * MB)
        wait_for("the first body's memory", lambda: memory_used(gateway) > 0)
        begin(second, 2 * MB)
        not_started(second.answer(), closes=True)
        gateway.log.wait("503 overloaded: memory_budget: no room in time")
    all_given_back(gateway)


def test_a_client_that_leaves_while_its_body_waits_gives_its_turn_to_the_next(start):
    gateway = start(config({"memory_budget": "8MB"}))
    with gateway.peer() as first, gateway.peer() as third:
        begin(first, 2 * MB)
        wait_for("the first body's memory", lambda: memory_used(gateway) > 0)
        second = begin(gateway.peer(), 2 * MB)
        wait_for("the second request", lambda: in_flight(gateway) == 2)
        second.reset()
        wait_for("its end", lambda: in_flight(gateway) == 1)
        third.request("POST", "/f", TEXT, b"x" * 2 * MB)
        first.send(b"x" * 2 * MB)
        expect(first.answer(), 200)
        expect(third.answer(), 200)
    all_given_back(gateway)


def test_small_bodies_go_ahead_of_large_ones_that_wait(start):
    gateway = start(config({"memory_budget": "8MB"}))
    with gateway.peer() as first, gateway.peer() as second:
        begin(first, 2 * MB)
        wait_for("the first body's memory", lambda: memory_used(gateway) > 0)
        begin(second, 2 * MB)
        wait_for("the second request", lambda: in_flight(gateway) == 2)
        expect(gateway.request("POST", "/f", b"x" * 60 * KB, TEXT), 200)


def fill(gateway, peers):
    """Small bodies that never come, until they hold all of the budget."""
    limit = gateway.metric("lambdagate_memory_budget_bytes")
    while memory_used(gateway) + 170 * KB < limit:
        before = memory_used(gateway)
        peers.append(begin(gateway.peer(), 64 * KB))
        wait_for("its memory", lambda: memory_used(gateway) > before)


def test_beyond_the_whole_budget_a_request_is_503_before_its_body_is_read(start):
    gateway = start(config({"memory_budget": "1MB"}))
    peers = []
    fill(gateway, peers)
    for size, closes in ((64 * KB, False), (MB, True)):
        with gateway.peer() as peer:
            begin(peer, size)
            if not closes:
                peer.send(b"x" * size)
            not_started(peer.answer(), closes=closes)
    gateway.log.wait("503 overloaded: memory_budget: no room for a body")
    expect(gateway.get("/ping"), 200)  # what needs no memory is served
    for peer in peers:
        peer.close()
    all_given_back(gateway)
    expect(gateway.request("POST", "/f", b"x" * 64 * KB, TEXT), 200)


def test_a_body_that_never_fits_the_budget_is_503(start):
    gateway = start(config({"memory_budget": "1MB"}))
    with gateway.peer() as peer:
        begin(peer, 2 * MB)
        not_started(peer.answer(), closes=True)


def test_a_body_of_unknown_length_that_outgrows_the_budget_is_503(start):
    gateway = start(config({"memory_budget": "1MB"}))
    with gateway.peer() as peer:
        for piece in chunked("/f", 2 * MB, TEXT):
            if not peer.try_send(piece):
                break
        not_started(peer.answer())
    gateway.log.wait("503 overloaded: memory_budget: no room for a growing body")
    all_given_back(gateway)


# --- what grows on the way --------------------------------------------------------------------------


def never(timeout):
    """A function that keeps its callers waiting until the route gives up."""
    limits = {"memory_budget": "256MB"}
    patient = {"init_timeout": "2m"}  # the crowd keeps the machine busy
    function = measure("never", timeout=LONG, queue=100_000, workers=patient)
    found = config(limits, function, timeout=timeout)
    return {**found, "drain_timeout": "100ms"}


def stop_at_once(gateway):
    """Functions that never end are cut, which is told by the status."""
    gateway.stop(statuses=(1,))


def test_events_that_are_larger_than_their_bodies_keep_the_budget(start):
    """A control character takes six bytes in JSON: bodies of 1 MB waited as events of 6 MB."""
    gateway = start(never("4s"))
    clients = [Client(post("/f", 1_000_000, TEXT, byte=b"\1")) for _ in range(CLIENTS)]
    with Others(gateway) as others, Crowd(gateway, clients) as crowd:
        crowd.run(patience=4 * PATIENCE)
        assert crowd.count() == {503: CLIENTS}
    stop_at_once(gateway)
    others.check()


def test_many_small_events_that_are_larger_than_their_bodies_keep_the_budget(start):
    """The same with bodies that need not wait: 3,000 of 60 KB held 790 MB."""
    gateway = start(never("8s"))
    clients = [Client(post("/f", 60 * KB, TEXT, byte=b"\1")) for _ in range(6 * CLIENTS)]
    with Others(gateway) as others, Crowd(gateway, clients) as crowd:
        crowd.run(patience=4 * PATIENCE)
        assert crowd.count() == {503: 6 * CLIENTS}
    stop_at_once(gateway)
    assert others.most_used <= BUDGET, f"{others.most_used / MB:.0f} MB of {BUDGET / MB:.0f} MB used"


def test_results_that_their_clients_do_not_take_keep_the_budget(start):
    """200 clients that asked for 6 MB each and read none of it held 1.2 GB."""
    function = measure("large", 6_000_000, queue=100_000)
    gateway = start(config({"memory_budget": "256MB", "idle_timeout": "600s"}, function))
    clients = [Client(get("/f"), reads=False) for _ in range(200)]

    def ended():
        return gateway.metric("lambdagate_invocations_total", function="f")

    with Others(gateway) as others, Crowd(gateway, clients) as crowd:
        crowd.run()
        wait_for("the results", lambda: ended() == 200, patience=4 * PATIENCE)
        asked = len(others.answers)
        wait_for("others to be served", lambda: len(others.answers) > asked + 20)
    others.check()
    all_given_back(gateway)
