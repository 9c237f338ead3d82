"""Several loops: each gets its share of the connections, and says how it fares."""

import json

import pytest

from gateway import expect, python_function, wait_for

LOOPS = 3


@pytest.fixture
def loops(start):
    return start(
        {
            "loops": LOOPS,
            "functions": {f"act-{i}": python_function("act") for i in range(4)},
            "routes": {
                "GET /ping": {"respond": {"status": 200, "text": "pong"}},
                **{f"POST /{i}": {"function": f"act-{i}"} for i in range(4)},
            },
        }
    )


def test_connections_are_dealt_out_evenly(loops):
    for _ in range(10 * LOOPS):
        with loops.peer() as peer:
            peer.request("GET", "/ping")
            expect(peer.answer(), 200, text="pong")
    counts = [
        loops.metric("lambdagate_loop_connections_total", loop=str(i)) for i in range(LOOPS)
    ]
    assert counts == [10] * LOOPS, counts


def test_every_function_is_reached_from_every_loop(loops):
    peers = [loops.peer() for _ in range(LOOPS)]
    try:
        for peer in peers:
            for i in range(4):
                body = json.dumps({"do": "describe"}).encode()
                peer.request("POST", f"/{i}", [("Content-Type", "application/json")], body)
                expect(peer.answer(), 200)
    finally:
        for peer in peers:
            peer.close()


def test_every_loop_tells_its_turns_and_its_mailbox(loops):
    for i in range(LOOPS):
        assert loops.metric("lambdagate_loop_turn_seconds_count", loop=str(i)) > 0
        wait_for("its mailbox to be empty", lambda: loops.metric("lambdagate_loop_mailbox_depth", loop=str(i)) == 0)


def test_answers_of_the_gateways_own_are_counted_by_cause(loops):
    expect(loops.get("/nowhere"), 404)
    expect(loops.get("/nowhere"), 404)
    assert loops.metric("lambdagate_errors_total", cause="not_found") == 2
    assert loops.metric("lambdagate_errors_total", cause="invalid_body") == 0
