"""Hundreds of reloads under load: every answer is right, nothing is lost, nothing piles up.

Two configurations take turns. Between them a function stays, one changes, one comes and one goes,
a route moves from one function to another; an API changes its host, one its kind, one comes and one
goes. Whatever a client asks at whatever moment, the answer
must be that of one configuration or the other, and of the route that was asked.
"""

import contextlib
import json
import random
import re
import signal
import threading
import time
from pathlib import Path

from gateway import FUNCTIONS, PYTHON, ROOT, SLOW, expect, python_function, wait_for
from limits import KB, MB, PONG, SANITIZED, gates, measure, not_started, refused

RELOADS = 60 if SANITIZED else 300
CLIENTS = 4
ASKED_BETWEEN = 4  # answers between one reload and the next
# What RSS may differ by between an early and a late reload: what malloc(3) happens to keep.
FLAT = 6 * MB


def labelled(label, workers=2):
    """A function that answers with its name and its label."""
    command = [PYTHON, "-I", "-S", str(FUNCTIONS / "label.py")]
    return {
        "timeout": SLOW,
        "queue_wait": SLOW,
        "environment": {"LABEL": label},
        "workers": {"command": command, "max": workers},
    }


def config(side):
    """Configuration "a" or "b"."""
    moving = "kept" if side == "a" else "changed"
    return {
        "functions": {
            "kept": labelled("both", workers=1),
            "changed": labelled(side),
            f"only-{side}": labelled(side),
        },
        "routes": {
            "GET /text": {"respond": {"text": side}},
            "GET /kept": {"function": "kept"},
            "GET /changed": {"function": "changed", "timeout": SLOW},
            "GET /moving": {"function": moving, "timeout": SLOW},
            f"GET /only-{side}": {"function": f"only-{side}", "timeout": SLOW},
            "GET /to/{place}": {"redirect": {"to": f"https://{side}.example.com/{{place}}"}},
        },
        "apis": {
            "moved": {"host": f"moved-{side}.example.com", "routes": {"GET /x": {"respond": {"text": side}}}},
            "kind": {
                "host": "kind.example.com",
                "base_path": "/v1",
                "stage": "prod",
                "kind": "http" if side == "a" else "rest",
                "routes": {"GET /who": {"function": "kept"}},
            },
            f"new-{side}": {"host": "*.new.example.com", "routes": {f"GET /{side}": {"respond": {"text": side}}}},
        },
        "log": {"access": False},
    }


def who(name, label):
    return lambda answer: (
        answer.status == 200
        and (answer.json()["function"], answer.json()["label"]) == (name, label)
    )


def missing(answer):
    return answer.status == 404 and answer.json() == {"message": "Not Found"}


def denied(answer):
    return answer.status == 403 and answer.json() == {"message": "Missing Authentication Token"}


def text(side):
    return lambda answer: answer.status == 200 and answer.body == side.encode()


# What each configuration answers, by target, or host and target.
RIGHT = {
    "moved-a.example.com/x": {"a": text("a"), "b": missing},
    "moved-b.example.com/x": {"a": missing, "b": text("b")},
    "kind.example.com/v1/none": {"a": missing, "b": denied},
    "x.new.example.com/a": {"a": text("a"), "b": missing},
    "x.new.example.com/b": {"a": missing, "b": text("b")},
    "/text": {side: lambda answer, side=side: answer.body == side.encode() for side in "ab"},
    "/kept": {side: who("kept", "both") for side in "ab"},
    "/changed": {side: who("changed", side) for side in "ab"},
    "/moving": {"a": who("kept", "both"), "b": who("changed", "b")},
    "/only-a": {"a": who("only-a", "a"), "b": missing},
    "/only-b": {"a": missing, "b": who("only-b", "b")},
    "/to/x": {
        side: lambda answer, side=side: answer.header("location") == f"https://{side}.example.com/x"
        for side in "ab"
    },
}


class Load:
    """Clients that ask for everything, in no order, on connections that stay open."""

    def __init__(self, gateway):
        self.gateway = gateway
        self.stop = threading.Event()
        self.wanted = threading.Event()
        self.wanted.set()
        self.asking = 0  # clients that have a connection
        self.lock = threading.Lock()
        self.wrong = []
        self.seen = set()  # (target, side of the answer)
        self.asked = 0
        self.threads = [threading.Thread(target=self._run, args=(n,)) for n in range(CLIENTS)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.wanted.set()
        for thread in self.threads:
            thread.join()

    def _run(self, number):
        dice = random.Random(number)
        try:
            while not self.stop.is_set():
                self.wanted.wait()
                # A connection is used for a while, so that it sees several configurations.
                with self._connection() as peer:
                    for _ in range(200):
                        if self.stop.is_set() or not self.wanted.is_set():
                            break
                        self._ask(peer, dice.choice(list(RIGHT)))
        except Exception as fault:
            self.wrong.append((number, repr(fault)))

    @contextlib.contextmanager
    def _connection(self):
        with self.lock:
            self.asking += 1
        try:
            with self.gateway.peer() as peer:
                yield peer
        finally:
            with self.lock:
                self.asking -= 1

    @contextlib.contextmanager
    def paused(self):
        """No client asks anything, or has a connection."""
        self.wanted.clear()
        wait_for("the clients' pause", lambda: self.asking == 0)
        yield
        self.wanted.set()

    def _ask(self, peer, target):
        host, path = target[: target.index("/")], target[target.index("/") :]
        peer.request("GET", path, [("Host", host)] if host else [])
        answer = peer.answer()
        self.asked += 1
        sides = [side for side, right in RIGHT[target].items() if right(answer)]
        self.seen.update((target, side) for side in sides)
        if not sides:
            self.wrong.append((target, answer))


def reload(gateway, new, result="done"):
    count = len(gateway.log.find_all(rf"reload {result}"))
    gateway.write(new)
    gateway.send_signal(signal.SIGHUP)
    gateway.log.wait(rf"reload {result}", count=count + 1)


def rss(gateway):
    text = Path(f"/proc/{gateway.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", text).group(1)) * KB


# What the gateway has open for a worker: its output, the two ends of its connection to the Runtime API.
OPEN_PER_WORKER = 3


def open_beside_workers(gateway):
    return gateway.metric("lambdagate_process_open_fds") - OPEN_PER_WORKER * len(gateway.workers())


def open_at_rest(gateway):
    """Once the connection of the last client has ended on the gateway's side too."""
    wait_for("the end of connections", lambda: gateway.metric("lambdagate_connections") == 0)
    return open_beside_workers(gateway)


def settle(gateway, idle):
    """Waits, without load, until retired workers are gone and no more is open than what the start opened."""
    # Functions of this configuration have at most 2 workers each.
    wait_for("the end of retired workers", lambda: len(gateway.workers()) <= 3 * 2)
    wait_for(
        lambda: f"{idle} open descriptors beside those of workers, not {open_beside_workers(gateway)}",
        lambda: open_beside_workers(gateway) <= idle,
    )


def test_300_reloads_under_load_lose_and_misroute_nothing_and_memory_is_flat(start):
    gateway = start(config("a"))
    first = expect(gateway.get("/kept"), 200).json()
    idle = open_at_rest(gateway)
    seen = {}
    with Load(gateway) as load:
        for number in range(1, RELOADS + 1):
            side = "ab"[number % 2]
            reload(gateway, config(side))
            # Told that it is done means that the next request already sees it.
            expect(gateway.get("/text"), 200, text=side)
            if number % 20 == 0:
                bad = {**config("a"), "routes": {"GET /text": {"respond": {"txt": "x"}}}}
                reload(gateway, bad, "refused")
                assert gateway.log.find("reload .*respond.txt: found an unknown key")
                expect(gateway.get("/text"), 200, text=side)
            if number in (RELOADS // 3, RELOADS):
                with load.paused():
                    settle(gateway, idle)
                    seen[number] = rss(gateway)
            asked = load.asked + ASKED_BETWEEN
            wait_for("some answers", lambda: load.asked >= asked or load.wrong)
            if number >= RELOADS - 1:  # the last of each side: clients ask for all of it
                wait_for("all answers", lambda: load.wrong or {(target, side) for target in RIGHT} <= load.seen)
            assert not load.wrong, load.wrong[:3]
    assert not load.wrong, load.wrong[:3]
    assert expect(gateway.get("/kept"), 200).json() == first, "a function that stays keeps its worker"

    early, late = seen[RELOADS // 3], seen[RELOADS]
    if not SANITIZED:
        assert late <= early + FLAT, f"RSS went from {early / MB:.1f} to {late / MB:.1f} MB"
    assert gateway.metric("lambdagate_reloads_total", result="ok") == RELOADS
    assert gateway.metric("lambdagate_reloads_total", result="refused") == RELOADS // 20
    assert gateway.metric("lambdagate_requests_total", status="5xx") == 0


def test_a_storm_of_signals_ends_with_the_last_file(start):
    gateway = start(config("a"))
    with Load(gateway) as load:
        for number in range(200):
            gateway.write(config("ab"[number % 2]))
            gateway.send_signal(signal.SIGHUP)
        gateway.write(config("b"))
        gateway.send_signal(signal.SIGHUP)
        wait_for("the last file", lambda: gateway.get("/text").body == b"b")
    # A file that is half written is refused; nothing that was asked meanwhile went wrong.
    assert not load.wrong, load.wrong[:3]


def test_a_stop_while_a_retired_function_still_ends_is_clean(start, tmp_path):
    """One that ended between the signal and the last request was waited for again, in vain."""
    stubborn = labelled("a")
    stubborn["workers"]["command"].append("stubborn")
    acting = python_function("act")
    routes = {"POST /act": {"function": "act"}, **PONG}
    gateway = start({
        "functions": {"act": acting, "stubborn": stubborn},
        "routes": {"GET /stubborn": {"function": "stubborn"}, **routes},
    })
    pid = expect(gateway.get("/stubborn"), 200).json()["pid"]
    expect(gateway.post_json("/act", {"do": "return", "value": "warm"}), 200)
    with gates(gateway, tmp_path) as calls:
        reload(gateway, {"functions": {"act": acting}, "routes": routes})
        call = calls.enter("one")
        below = gateway.below()
        assert pid in {found for found, _ in below}, "it should take its time"
        gateway.send_signal(signal.SIGTERM)
        gateway.log.wait("daemon stopping")
        wait_for("the end of its worker", lambda: pid not in {found for found, _ in gateway.workers()})
        ports_are_closed = time.monotonic() + 1
        wait_for("the end of its function", lambda: time.monotonic() > ports_are_closed)
        calls.open("one")
        expect(call.answer(), 200)
    gateway.wait_end(below)


# --- what a reload changes, and what not --------------------------------------------------------------


def fixed_options():
    """The keys that the manual calls fixed at start, in full."""
    text = (ROOT / "docs" / "configuration.md").read_text()
    found = set()
    for section in re.split(r"^## ", text, flags=re.M)[1:]:
        title, _, body = section.partition("\n")
        prefix = "" if title == "The file" else f"{title}."
        for part in re.split(r"^### ", body, flags=re.M)[1:]:
            if "*Fixed at start.*" in " ".join(part.split()):
                found.add(prefix + re.match(r"`(\w+)`", part).group(1))
    return found


# For each of them a value that is not what the test starts with.
OTHER = {
    "listen": "127.0.0.1:1",
    "admin": "127.0.0.1:1",
    "admin_mode": "0600",
    "invoke_auth": None,  # goes with another kind of admin address: see below
    "loops": 1,
    "account_id": "210987654321",
    "region": "eu-west-1",
    "log.format": "json",
    "redis.url": "rediss://127.0.0.1:2",
    "redis.username": "somebody",
    "redis.password": "secret",
    "redis.password_file": "/nowhere",
    "redis.database": 1,
    "redis.ca_file": "/nowhere",
    "redis.client_certificate": "/nowhere",
    "redis.client_key": "/nowhere",
    "redis.prefix": "other",
    "redis.gateway": "other",
    "redis.sentinel_master": "shop",
    "redis.sentinel_username": "somebody",
    "redis.sentinel_password": "secret",
    "redis.sentinel_password_file": "/nowhere",
    "redis.cluster": True,
    "redis.connect_timeout": "5s",
    "redis.command_timeout": "5s",
}
# Nothing listens there, and no function needs it.
START = {"loops": 2, "redis": {"url": "rediss://127.0.0.1:1"}, "routes": PONG}
# What goes with another option only.
TOGETHER = {
    "client_certificate": {"client_key": "/nowhere"},
    "client_key": {"client_certificate": "/nowhere"},
    "sentinel_username": {"sentinel_master": "shop", "sentinel_password": "secret"},
    "sentinel_password": {"sentinel_master": "shop"},
    "sentinel_password_file": {"sentinel_master": "shop"},
}


def with_option(path, value):
    group, _, key = path.rpartition(".")
    if group == "redis":
        return {**START, "redis": {**START["redis"], key: value, **TOGETHER.get(key, {})}}
    if group:
        return {**START, group: {**START.get(group, {}), key: value}}
    return {**START, key: value}


def test_every_option_that_is_fixed_at_start_is_refused_by_its_name(start):
    assert fixed_options() == set(OTHER)
    gateway = start(START)
    gateway.log.wait(" ready:")
    for path, value in OTHER.items():
        if value is None:
            continue
        reload(gateway, with_option(path, value), "refused")
        gateway.log.wait(rf"reload .*gateway\.json:\d+: {path}: changed, but .* read at start only")
        expect(gateway.get("/ping"), 200)
    reload(gateway, START)


def test_invoke_auth_is_fixed_at_start(start, tmp_path):
    socket = {"admin": str(tmp_path / "admin.sock"), "routes": PONG}
    gateway = start({**socket, "invoke_auth": "none"}, wait=False)
    gateway.log.wait("ready")
    text = json.loads(gateway.file.read_text())
    del text["invoke_auth"]
    gateway.file.write_text(json.dumps(text))
    gateway.send_signal(signal.SIGHUP)
    gateway.log.wait("invoke_auth: changed, but this option is read at start only")


def test_all_limits_follow_a_reload(start):
    gateway = start({"routes": PONG})
    new = {
        "header_bytes": "2KB",
        "headers": 20,
        "idle_timeout": "30s",
        "result": 5000,
        "stream": 5000,
        "header_timeout": "5s",
        "connections": 100,
        "connections_per_peer": 50,
        "requests_per_connection": 1000,
        "requests": 10,
        "body_rate": 1,
        "memory_budget": "1MB",
        "body": 1000,
        "payload": 10_000,
        "token_cache": 10,
        "token_cache_bytes": "1MB",
        "authorizer_cache": 10,
        "authorizer_cache_bytes": "1MB",
    }
    manual = (ROOT / "docs" / "configuration.md").read_text()
    section = re.search(r"^## limits$(.*?)^## ", manual, flags=re.M | re.S).group(1)
    assert set(re.findall(r"^### `(\w+)`", section, flags=re.M)) == set(new)
    reload(gateway, {"limits": new, "routes": PONG})


def test_new_limits_hold_for_connections_that_are_open(start):
    functions = {"f": measure("size")}
    routes = {"POST /f": {"function": "f"}, **PONG}
    gateway = start({"functions": functions, "routes": routes})

    def change(**limits):
        reload(gateway, {"functions": functions, "routes": routes, "limits": limits})

    with gateway.peer() as peer:
        def post(size):
            return peer.request("POST", "/f", [("Content-Type", "text/plain")], b"x" * size).answer()

        expect(post(50_000), 200)
        change(body=10_000)
        refused(post(50_000), 413, "Request Entity Too Large")
        change(payload=10_000)
        refused(post(50_000), 413, "Request Entity Too Large")
        change(memory_budget="1MB")
        not_started(peer.request("POST", "/f", body=b"x" * 60_000 * 20).answer(), closes=True)
    with gateway.peer() as peer, gateway.peer() as other:
        for open_one in (peer, other):
            expect(open_one.request("GET", "/ping").answer(), 200)
        change(connections=2, requests_per_connection=2)
        with gateway.peer() as more:
            more.expect_closed()
        answer = expect(peer.request("GET", "/ping").answer(), 200)
        assert answer.header("connection") == "close"
        peer.expect_closed()


def test_new_limits_of_heads_hold_for_connections_that_are_open(start):
    gateway = start({"routes": PONG})

    def change(**limits):
        reload(gateway, {"routes": PONG, "limits": limits})

    def ask(peer, *headers):
        return peer.request("GET", "/ping", headers).answer()

    many = [(f"x-{number}", "y") for number in range(150)]
    with gateway.peer() as peer, gateway.peer() as other:
        expect(ask(peer, ("x", "y" * 5000)), 200)
        expect(ask(other), 200)
        change(header_bytes="1KB")
        refused(ask(peer, ("x", "y" * 5000)), 431, "Request Header Fields Too Large", closes=True)
        refused(ask(other, *many), 431, "Request Header Fields Too Large", closes=True)
    with gateway.peer() as peer:
        expect(ask(peer), 200)
        change(header_bytes="200KB", headers=200)
        expect(ask(peer, ("x", "y" * 150_000)), 200)
        expect(ask(peer, *many), 200)
        change(headers=100)
        refused(ask(peer, *many), 431, "Request Header Fields Too Large", closes=True)
    expect(gateway.get("/healthz", admin=True), 200)


def test_a_shorter_idle_timeout_ends_connections_that_already_rest(start):
    gateway = start({"limits": {"idle_timeout": "600s"}, "routes": PONG})
    with gateway.peer() as peer:
        expect(peer.request("GET", "/ping").answer(), 200)
        reload(gateway, {"limits": {"idle_timeout": "1s"}, "routes": PONG})
        peer.expect_closed()


def test_new_limits_of_results_hold_for_workers_that_run(start):
    functions = {"f": measure("large", 50_000)}
    routes = {"GET /f": {"function": "f"}}
    gateway = start({"functions": functions, "routes": routes})
    expect(gateway.get("/f"), 200)
    reload(gateway, {"functions": functions, "routes": routes, "limits": {"result": 40_000}})
    refused(gateway.get("/f"), 500, "Internal Server Error")
    reload(gateway, {"functions": functions, "routes": routes})
    expect(gateway.get("/f"), 200)
    assert gateway.metric("lambdagate_worker_starts_total", function="f") == 1
