"""limits.memory_budget: many large bodies neither exceed it nor shut others out."""

import json
import re
from pathlib import Path

from crowd import Client, Crowd, get, post
from gateway import FUNCTIONS, PYTHON, SLOW, expect, wait_for

MB = 1024 * 1024
LONG = "900s"


def measure(*arguments, **options):
    """A function that looks at nothing of its event but the size: tests/flow/functions/measure.py."""
    workers = {"command": [PYTHON, str(FUNCTIONS / "measure.py"), *map(str, arguments)]}
    workers.update(options.pop("workers", {}))
    return {"timeout": LONG, "queue_wait": LONG, **options, "workers": workers}


def config(limits, function=None, **route):
    return {
        "limits": limits,
        "functions": {"f": function or measure("size")},
        "routes": {
            "POST /f": {"function": "f", "timeout": LONG, **route},
            "GET /ping": {"respond": {"text": "pong"}},
        },
    }


def used(gateway):
    return gateway.metric("lambdagate_memory_budget_used_bytes")


def in_flight(gateway):
    return gateway.metric("lambdagate_requests_in_flight")


def test_a_body_that_waited_for_memory_reaches_its_function_whole(start):
    gateway = start(config({"memory_budget": "8MB"}))
    size = 2 * MB
    half = b"x" * (size // 2)
    with gateway.peer() as first, gateway.peer() as second:
        first.request("POST", "/f", [("Content-Length", str(size))]).send(half)
        wait_for("the first body's memory", lambda: used(gateway) > size)
        taken = used(gateway)
        second.request("POST", "/f", [("Content-Length", str(size))]).try_send(half)
        wait_for("the second request", lambda: in_flight(gateway) == 2)
        assert used(gateway) == taken, "the second body should wait for the first one's memory"
        first.send(half)
        whole = expect(first.answer(), 200).json()
        assert whole > size
        second.send(half)
        assert expect(second.answer(), 200).json() == whole
    wait_for("all memory to be given back", lambda: used(gateway) == 0)
