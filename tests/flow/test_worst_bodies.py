"""Bodies made to take as long as they can be checked: refused, counted, and nobody else waits.

What the small requests took is printed, with and without the flood, and judged by people:

    make all
    LAMBDAGATE_TEST_SAMPLES=1000 LAMBDAGATE_TEST_CONNECTIONS=1 \\
    /usr/bin/python3 -m pytest -s -c tests/pytest.ini -k while_the_worst tests/flow/test_worst_bodies.py
"""

import contextlib
import ctypes
import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from gateway import DAEMON, FUNCTIONS, PATIENCE, PYTHON, SLOW, expect, wait_for
from worst_bodies import HARD_AT_A_GLANCE, HOSTILE, KB, exhausting, long_ones, text, write_to

# What is shared between threads here runs under ThreadSanitizer in test_limits_memory.py too.
pytestmark = pytest.mark.skipif(
    b"__tsan_init" in DAEMON.read_bytes(), reason="a flood takes many minutes under ThreadSanitizer"
)

SAMPLES = int(os.environ.get("LAMBDAGATE_TEST_SAMPLES", "30"))
CONNECTIONS = int(os.environ.get("LAMBDAGATE_TEST_CONNECTIONS", "1"))


SMALL = {
    "type": "object",
    "required": ["id", "price"],
    "properties": {
        "id": {"type": "string", "pattern": "^[A-Z]{2}-[0-9]{4}$"},
        "price": {"type": "number", "minimum": 0},
    },
}


@pytest.fixture
def bodies(tmp_path):
    folder = tmp_path / "bodies"
    folder.mkdir()
    write_to(folder)
    return folder


@pytest.fixture
def gateway(start, tmp_path):
    for name, schema in (("hostile", HOSTILE), ("small", SMALL)):
        (tmp_path / f"{name}.json").write_text(json.dumps(schema))
    command = [PYTHON, str(FUNCTIONS / "measure.py"), "size"]
    return start(
        {
            "validation": {"formats": "assertion"},
            "functions": {"f": {"timeout": SLOW, "workers": {"command": command}}},
            "routes": {
                "GET /ping": {"respond": {"text": "pong"}},
                # The threads for long work stand back for all others, however busy the machine is.
                "POST /hostile": {"function": "f", "body": str(tmp_path / "hostile.json"), "timeout": "600s"},
                "POST /small": {"function": "f", "body": str(tmp_path / "small.json")},
            },
        }
    )


class Flood:
    """with Flood(gateway, bodies) as flood: ... ; flood.seen"""

    def __init__(self, gateway, bodies, connections=1):
        self.words = [PYTHON, str(FUNCTIONS.parent / "flood.py")]
        self.words += [str(gateway.port), str(bodies), str(connections)]
        self.seen = None

    def __enter__(self):
        self.process = subprocess.Popen(
            self.words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout.readline() == "ready\n"
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        lines = self.process.stdout.read().splitlines()
        self.process.wait(PATIENCE)
        self.process.stdout.close()
        self.seen = json.loads(lines[-1])


def samples(gateway, ask):
    """How long each of many requests took, one after the other on one connection, in ms."""
    times = []
    with gateway.peer() as peer:
        for _ in range(SAMPLES):
            begin = time.monotonic()
            ask(peer)
            times.append((time.monotonic() - begin) * 1000)
    return sorted(times)


def ping(peer):
    expect(peer.request("GET", "/ping").answer(), 200, text="pong")


def small(peer):
    headers = [("Content-Type", "application/json")]
    peer.request("POST", "/small", headers, b'{"id":"AB-1234","price":1.5}')
    expect(peer.answer(), 200)


def tell(what, times):
    half, most = times[len(times) // 2], times[len(times) * 99 // 100]
    print(f"\n{what:24} p50 {half:8.2f} ms   p99 {most:8.2f} ms   max {times[-1]:8.2f} ms", end="")


def longer_turns(gateway):
    """How many turns of the loops took longer than so many seconds: {"0.001": 12, ...}."""
    scraped = gateway.get("/metrics", admin=True).body.decode()
    buckets = {}
    for seconds, count in re.findall(
        r'lambdagate_loop_turn_seconds_bucket\{.*le="(.*)"\} (\d+)', scraped
    ):
        buckets[seconds] = buckets.get(seconds, 0) + int(count)
    return {seconds: buckets["+Inf"] - count for seconds, count in buckets.items()}


def test_small_requests_are_answered_while_the_worst_bodies_come(gateway, bodies):
    with gateway.peer() as peer:
        small(peer)  # the worker has started
    tell("GET /ping", samples(gateway, ping))
    tell("POST /small", samples(gateway, small))
    with Flood(gateway, bodies, CONNECTIONS) as flood:
        tell("GET /ping, flooded", samples(gateway, ping))
        tell("POST /small, flooded", samples(gateway, small))
    print("\nturns that took longer than so many seconds:", longer_turns(gateway))
    print("answers:", {name: sum(counts.values()) for name, counts in flood.seen.items()})
    for name, counts in flood.seen.items():
        assert set(counts) == {"400"}, f"{name}: {counts}"


def exhausted(gateway):
    return gateway.metric("lambdagate_validation_fuel_exhausted_total")


def ticks(gateway):
    """CPU time of the threads for long work, and of the loops."""
    spent = {True: 0, False: 0}
    for task in Path(f"/proc/{gateway.process.pid}/task").iterdir():
        name, _, fields = (task / "stat").read_text().partition("(")[2].rpartition(")")
        user, system = fields.split()[11:13]
        spent[name == "lg-cpu"] += int(user) + int(system)
    return spent[True], spent[False]


def cpu_threads(gateway):
    """The threads for long work, by their ids."""
    tasks = Path(f"/proc/{gateway.process.pid}/task").iterdir()
    return [int(task.name) for task in tasks if (task / "comm").read_text() == "lg-cpu\n"]


def test_one_processor_is_left_to_the_loops_and_long_work_stands_back(gateway):
    wanted = 2 if len(os.sched_getaffinity(0)) > 2 else 1
    # a thread names itself, and then stands back, when it first runs
    wait_for("the CPU threads", lambda: len(cpu_threads(gateway)) == wanted)
    threads = cpu_threads(gateway)
    wait_for("their rank", lambda: all(os.sched_getscheduler(t) == os.SCHED_BATCH for t in threads))
    own = os.getpriority(os.PRIO_PROCESS, gateway.process.pid)
    for thread in threads:
        rank = min(own + 10, 19)
        wait_for(f"nice {rank}", lambda t=thread: os.getpriority(os.PRIO_PROCESS, t) == rank)


SEIZE, INTERRUPT, DETACH, WALL = 0x4206, 0x4207, 17, 0x40000000


def ptrace(request, thread):
    call = ctypes.CDLL(None, use_errno=True).ptrace
    call.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    if call(request, thread, None, None) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")


@contextlib.contextmanager
def held(threads):
    """These threads make no step meanwhile, as if their work never ended; all others go on."""
    try:
        for thread in threads:
            ptrace(SEIZE, thread)
            ptrace(INTERRUPT, thread)
            os.waitpid(thread, WALL)
    except PermissionError:
        pytest.skip("needs the right to trace the daemon")
    try:
        yield
    finally:
        for thread in threads:
            ptrace(DETACH, thread)


def test_small_requests_are_answered_while_all_cpu_threads_are_busy_for_ever(gateway):
    hard = text(b"groups", 60 * KB)
    with gateway.peer() as one, gateway.peer() as two, gateway.peer() as other:
        small(other)  # the worker has started
        with held(cpu_threads(gateway)):
            for peer in (one, two):
                peer.request("POST", "/hostile", [], hard)
            wait_for("work to wait", lambda: gateway.metric("lambdagate_cpu_jobs_waiting") == 2)
            for _ in range(50):
                ping(other)
                small(other)
            assert gateway.metric("lambdagate_cpu_jobs_waiting") == 2
        expect(one.answer(), 400)
        expect(two.answer(), 400)
    assert gateway.metric("lambdagate_cpu_jobs_waiting") == 0


def test_of_many_bodies_that_come_at_once_a_loop_checks_only_some(gateway):
    """Each takes a loop a third of a millisecond; as many as fit into one turn come together."""
    body = HARD_AT_A_GLANCE
    head = b"POST /hostile HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
    before = gateway.metric("lambdagate_cpu_jobs_total")
    with gateway.peer() as peer:
        expect(peer.send(head + body).answer(), 400)
        assert gateway.metric("lambdagate_cpu_jobs_total") == before, "one alone is checked at once"
    with contextlib.ExitStack() as stack:
        peers = [stack.enter_context(gateway.peer()) for _ in range(64)]
        for peer in peers:
            peer.send(head + body[:-1])
        os.kill(gateway.process.pid, signal.SIGSTOP)
        for peer in peers:
            peer.send(body[-1:])
        os.kill(gateway.process.pid, signal.SIGCONT)
        for peer in peers:
            expect(peer.answer(), 400)
    assert gateway.metric("lambdagate_cpu_jobs_total") > before


def test_hard_work_is_not_done_by_the_loops(gateway):
    aside, loops = ticks(gateway)
    with gateway.peer() as peer:
        for body in 5 * list(exhausting().values()):
            expect(peer.request("POST", "/hostile", [], body).answer(), 400)
    more_aside, more_loops = ticks(gateway)
    print("ticks aside and in loops:", more_aside - aside, more_loops - loops)
    assert more_aside - aside > 2 * (more_loops - loops)


def test_what_takes_too_much_work_is_refused_counted_and_logged(gateway):
    assert exhausted(gateway) == 0
    for count, (name, body) in enumerate(exhausting().items(), start=1):
        answer = gateway.send("POST", "/hostile", [("Content-Type", "application/json")], body)
        expect(answer, 400, {"message": "Invalid request body"})
        assert exhausted(gateway) == count, name
    gateway.log.wait("fuel exhausted at /", count=count)
    for name in ("groups", "ahead", "search", "again"):
        assert gateway.log.find(rf"400 invalid_body: fuel exhausted at /{name}: pattern "), name
    for name in ("hosts", "names", "rest", "tree"):
        assert gateway.log.find(rf"400 invalid_body: fuel exhausted at /{name}/"), name


def test_what_is_only_long_is_checked_to_its_end(gateway):
    for name, body in long_ones().items():
        answer = gateway.send("POST", "/hostile", [("Content-Type", "application/json")], body)
        expect(answer, 400, {"message": "Invalid request body"})
    gateway.log.wait("access .* answered ", count=len(long_ones()))
    assert not gateway.log.find("fuel exhausted")
    assert exhausted(gateway) == 0


def test_what_is_hard_but_valid_reaches_its_function(gateway):
    # More than a loop burns for it, less than all its fuel: only the last character begins a match.
    late = b'{"ahead":"%s 1"}' % (b"a" * 600)
    for body in (late, text(b"any", 300 * KB).replace(b"!", b""), b'{"groups":"%s"}' % (b"a" * 60 * KB)):
        expect(gateway.send("POST", "/hostile", [], body), 200)
    assert exhausted(gateway) == 0
    wait_for("no request left", lambda: gateway.metric("lambdagate_requests_in_flight") == 0)
