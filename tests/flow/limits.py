"""What the tests of docs/limits.md share: functions that can be made to wait, exact refusals."""

import contextlib
import json

from gateway import DAEMON, FUNCTIONS, PYTHON, expect, wait_for

KB = 1024
MB = 1024 * 1024
LONG = "600s"
PING = b"GET /ping HTTP/1.1\r\nHost: gateway.test\r\n\r\n"
PONG = {"GET /ping": {"respond": {"text": "pong"}}}

# Sanitizers make memory and time something else than what the product needs.
SANITIZED = any(mark in DAEMON.read_bytes() for mark in (b"__asan_init", b"__tsan_init"))

UNAVAILABLE = "Service Unavailable"


def measure(*arguments, **options):
    """A function that looks at nothing of its event but the size: tests/flow/functions/measure.py."""
    workers = {"command": [PYTHON, str(FUNCTIONS / "measure.py"), *map(str, arguments)]}
    workers.update(options.pop("workers", {}))
    return {"timeout": LONG, "queue_wait": LONG, **options, "workers": workers}


def refused(answer, status, message, outcome=None, retry=False, closes=None, late=False):
    """An answer of the gateway's own: status, body and what tells whether a repeat is safe.

    `late`: a time limit was reached, and an HTTP API sends no content type then.
    """
    expect(answer, status, {"message": message})
    assert answer.header("content-type") == (None if late else "application/json"), answer
    assert answer.header("x-lambdagate-outcome") == outcome, answer
    assert answer.header("retry-after") == ("1" if retry else None), answer
    assert answer.header("apigw-requestid"), answer
    if closes is not None:
        assert ((answer.header("connection") or "").lower() == "close") == closes, answer
    return answer


def not_started(answer, closes=None, late=False):
    """503 of a request that surely did nothing: it may be repeated at once."""
    return refused(answer, 503, UNAVAILABLE, "not-started", retry=True, closes=closes, late=late)


def in_flight(gateway):
    return gateway.metric("lambdagate_requests_in_flight")


def memory_used(gateway):
    return gateway.metric("lambdagate_memory_budget_used_bytes")


class Gates:
    """Calls of handlers.act that are under way until they are let through."""

    def __init__(self, gateway, folder):
        self.gateway = gateway
        self.folder = folder
        self.peers = []

    def order(self, name):
        return json.dumps({"do": "gate", "name": name, "gate": str(self.folder)}).encode()

    def enter(self, name, target="/act", started=True):
        """A request that waits; `started`: until its function runs."""
        peer = self.gateway.peer().request("POST", target, body=self.order(name))
        self.peers.append(peer)
        if started:
            wait_for(f"the start of {name}", lambda: self.has_started(name))
        return peer

    def has_started(self, name):
        return (self.folder / f"started-{name}").exists()

    def open(self, *names):
        for name in names:
            (self.folder / f"open-{name}").touch()

    def close(self):
        for peer in self.peers:
            peer.close()


@contextlib.contextmanager
def gates(gateway, folder):
    found = Gates(gateway, folder)
    try:
        yield found
    finally:
        found.close()
