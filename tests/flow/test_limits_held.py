"""What a request still holds of limits.memory_budget, and when it gives it back."""

import json
import threading

import pytest

from crowd import Client, Crowd, post
from gateway import FUNCTIONS, PATIENCE, PYTHON, expect, wait_for
from limits import KB, LONG, MB, SANITIZED, in_flight, measure, memory_used, refused
from test_limits_memory import TEXT, all_given_back, config, highest_rss
from test_reload_load import rss
from test_worst_bodies import HOSTILE, cpu_threads, held, text

ROOM = 1024  # work that may wait for the CPU threads


def unread(gateway, pieces):
    """A request whose answer nobody takes; returns once its function has answered."""
    crowd = Crowd(gateway, [Client(pieces, reads=False)])
    crowd.__enter__()
    crowd.run()
    wait_for("the end of the call", lambda: gateway.metric("lambdagate_invocations_total") == 1)
    wait_for("the answer on its way", lambda: gateway.metric("lambdagate_invocations_in_flight") == 0)
    return crowd


def request(size):
    return post("/f", size, TEXT)


def test_an_event_is_given_back_when_its_call_has_ended(start):
    gateway = start(config({}, measure("large", 5 * MB)))
    crowd = unread(gateway, request(4 * MB))
    wait_for("the event to be given back", lambda: 5 * MB <= memory_used(gateway) < 5.1 * MB)
    assert in_flight(gateway) == 1
    crowd.__exit__()
    all_given_back(gateway)


def test_an_event_is_given_back_when_its_call_was_refused(start):
    """At once, also where nobody takes the answer: here its text is long, and no client reads it."""
    found = config({}, measure("size", concurrency=0))
    template = {"response_templates": {"application/json": "x" * 200 * KB}}
    api = {"kind": "rest", "stage": "prod", "routes": found.pop("routes"), "gateway_responses": {"DEFAULT_5XX": template}}
    gateway = start({**found, "apis": {"shop": api}, "loops": 1})
    with gateway.peer() as peer:
        refusals = 0
        while True:
            peer.request("POST", "/prod/f", TEXT, b"x" * 300 * KB)
            refusals += 1
            wait_for("the refusal", lambda: gateway.metric("lambdagate_invocations_total") == refusals)
            if in_flight(gateway) == 1:  # the kernel takes no more of its answer
                break
            assert refusals < 200, "the answers were all taken by nobody"
        wait_for("the event to be given back", lambda: memory_used(gateway) < 250 * KB)
        assert in_flight(gateway) == 1
    all_given_back(gateway)


def test_of_an_answer_in_base64_only_what_was_decoded_is_held(start):
    function = measure("large", 0)
    function["workers"]["command"] = [PYTHON, str(FUNCTIONS / "decoded.py"), str(4 * MB)]
    gateway = start(config({"result": "8MB"}, function))
    crowd = unread(gateway, request(1))
    assert in_flight(gateway) == 1
    wait_for("the decoded answer", lambda: 4 * MB <= memory_used(gateway) < 4.1 * MB)
    crowd.__exit__()
    all_given_back(gateway)


@pytest.mark.skipif(SANITIZED, reason="the flood takes minutes under a sanitizer")
def test_a_result_that_no_thread_can_read_is_503_and_may_have_run(start, tmp_path):
    """It said that the function surely did not run."""
    (tmp_path / "hostile.json").write_text(json.dumps(HOSTILE))
    found = config({}, measure("large", 300 * KB, workers={"max": 1}))
    found["routes"]["POST /hostile"] = {"function": "small", "timeout": LONG, "body": str(tmp_path / "hostile.json")}
    gateway = start(found)
    expect(gateway.get("/f"), 200)
    body = text(b"groups", 60 * KB)
    head = f"POST /hostile HTTP/1.1\r\nHost: gateway.test\r\nContent-Length: {len(body)}\r\n\r\n"
    stop = threading.Event()

    def flood():
        # More than may wait: each new one takes the place of one that was checked.
        while not stop.is_set():
            clients = [Client(iter([head.encode() + body])) for _ in range(1400)]
            with Crowd(gateway, clients) as crowd:
                crowd.run(until=stop.is_set, patience=10 * PATIENCE)

    thread = threading.Thread(target=flood)
    try:
        with held(cpu_threads(gateway)):
            thread.start()
            wait_for("as much work as may wait", lambda: gateway.metric("lambdagate_cpu_jobs_waiting") >= ROOM)
            answer = gateway.get("/f")
    finally:
        stop.set()
        thread.join()
    refused(answer, 503, "Service Unavailable", outcome="unknown")
    gateway.log.wait("503 no_room: too many large bodies at once")


@pytest.mark.skipif(SANITIZED, reason="sanitizers keep what is freed")
@pytest.mark.parametrize("size", [60 * KB, 200 * KB, 10 * MB], ids=["60KB", "200KB", "10MB"])
def test_what_a_crowd_needed_goes_back_to_the_system(start, size):
    """After 300 bodies of 10 MB 130 MB stayed, after 1,500 of 60 KB as much, for ever."""
    gateway = start(config({"memory_budget": "256MB", "payload": "16MB"}))
    expect(gateway.request("POST", "/f", b"x", TEXT), 200)
    before = rss(gateway)
    clients = [Client(post("/f", size, TEXT)) for _ in range(1500 if size < MB else 100)]
    with Crowd(gateway, clients) as crowd:
        crowd.run(patience=4 * PATIENCE)
        assert crowd.count() == {200: len(clients)}
    assert highest_rss(gateway) > before + 50 * MB, "the crowd was too small to tell"
    wait_for("memory to go back", lambda: rss(gateway) < before + 16 * MB)
