"""All that a fault test needs, started, broken and ended by one object: Redis, relays, gateways, workers, callers."""

import contextlib
import os
import random
import re
import signal
import subprocess
from collections import Counter
from pathlib import Path

from bridge import Bridge
from gateway import INHERITED, PATIENCE, PYTHON, wait_for
from ledger import CAUSES, Ledger
from load import Load
from redis_server import Server, config
from relay import Relay

ORDINARY = re.compile(r" access \[| (START|END|REPORT) RequestId|Redis is not reachable: (?!no answer)")
HERE = Path(__file__).resolve().parent
LOOPS = 2
LIMITS = {"timeout": "700ms", "queue_wait": "300ms"}
PATIENT = {"command_timeout": "300ms", "connect_timeout": "300ms"}  # not so patient: tests are short


class Process:
    """worker.py, started."""

    def __init__(self, address, book, log, environment):
        words = [PYTHON, "-B", HERE / "worker.py", str(address), "echo", str(book)]
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(PATIENCE) in (0, -signal.SIGTERM), "a worker failed"  # it may not have begun


class Rig:
    def __init__(self, folder, start, environment, seed):
        self.folder, self.start_gateway, self.environment = folder, start, environment
        self.seed = seed
        self.chance = random.Random(seed)
        self.redis = None
        self.relays, self.workers, self.bridges = [], [], []
        self.gateways = {}  # those that callers know
        self.killed = set()  # names of gateways
        self.errors = "nothing"  # with which functions may fail: a pattern
        self.books = 0
        self.before = {}  # what gateways had counted when the ledger was opened
        self.new_ledger()

    def forget_counts(self):
        """What the gateways have counted up to now belongs to ledgers that are closed."""
        self.before = {name: causes(gateway) for name, gateway in self.gateways.items()}

    # --- parts ------------------------------------------------------------------------------------

    def new_ledger(self):
        self.books += 1
        self.book = self.folder / f"book{self.books}"
        self.ledger = Ledger(self.book)

    def start_redis(self, *options, **more):
        self.redis = Server(self.folder / "redis", *options, **more)
        return self.redis

    def relay(self):
        self.relays.append(Relay(self.redis.path))
        return self.relays[-1]

    def gateway(self, name=None, relay=None, known=True, function=None, ready=True, **redis):
        """A gateway called `name` here, "a", "b" and so on without one."""
        name = name or "abcdefghijklmnopqrstuvwxyz"[len(self.gateways) + len(self.killed)]
        settings = {**PATIENT, **redis}
        if relay is not None:
            settings["url"] = relay.url
        gateway = self.start_gateway(config(self.redis, function={**LIMITS, **(function or {})}, redis=settings, loops=LOOPS))
        if ready:
            gateway.log.wait(" ready:")
        if known:
            self.gateways[name] = gateway
        return gateway

    def kill_gateway(self, name):
        gateway = self.gateways.pop(name)
        self.killed.add(name)
        below = gateway.below()
        gateway.process.kill()
        gateway.wait_end(below, statuses=(-signal.SIGKILL,))

    def worker(self, relay=None):
        address = self.redis.path if relay is None else relay.port
        with open(self.folder / "workers.log", "ab") as log:
            self.workers.append(Process(address, self.book, log, self.environment))
        return self.workers[-1]

    def kill_worker(self):
        self.workers.pop(self.chance.randrange(len(self.workers))).kill()

    def bridge(self, relay=None, concurrency=2):
        if self.errors == "nothing":
            self.errors = "Sandbox.Timedout"  # on a machine that is busy with other things any call may take too long
        words = ["--concurrency", concurrency, "--env", f"BOOK={self.book}"]
        where = self.redis if relay is None else Address(relay.url, self.folder)
        self.bridges.append(Bridge(where, *words, handler="run", module="record", directory=HERE / "functions"))
        return self.bridges[-1].ready()

    def kill_bridge(self):
        bridge = self.bridges.pop(self.chance.randrange(len(self.bridges)))
        below = bridge.below()
        bridge.process.kill()
        bridge.wait_end(below, statuses=(-signal.SIGKILL,))

    def load(self, **more):
        return Load(self.gateways, self.ledger, self.seed, **more)

    def all_connected(self):
        """Waits until every loop of every gateway has found Redis again."""
        for name, gateway in self.gateways.items():
            wait_for(f"gateway {name} to be connected", lambda: gateway.metric("lambdagate_redis_up") == LOOPS)

    # --- the end of a round -----------------------------------------------------------------------

    def settle(self):
        """Everything works again and nobody calls: waits until nothing is under way, and what was left in the
        queue has run; then the workers stop."""
        for relay in self.relays:
            relay.heal()
        self.worker()  # runs what is left, if nobody else is there
        for name, gateway in self.gateways.items():
            wait_for(f"the calls of gateway {name} to end", lambda: not gateway.metric("lambdagate_invocations_in_flight"))
            wait_for("none in Redis", lambda: not gateway.metric("lambdagate_redis_in_flight"))
        wait_for("an empty queue", lambda: self.redis.call("LLEN", "lg:q:{echo}") == 0)
        self.stop_workers()

    def stop_workers(self):
        for worker in self.workers:
            worker.stop()
        below = [bridge.below() for bridge in self.bridges]
        for bridge in self.bridges:
            bridge.send_signal(signal.SIGTERM)  # all at once: an idle one needs up to 2 seconds
        for bridge, processes in zip(self.bridges, below):
            bridge.wait_end(processes)
        self.workers, self.bridges = [], []

    def judge(self):
        """Settles, and holds what callers saw against what ran and what was counted."""
        self.settle()
        faults = self.ledger.faults(self.killed)
        for name, gateway in self.gateways.items():
            faults += [line for line in gateway.log.find_all(" 500 function_error") if not re.search(self.errors, line)]
            faults += self.ledger.balance(name, causes(gateway) - self.before.get(name, Counter()))
        assert not faults, f"{len(faults)} faults, seed {self.seed}:\n" + "\n".join(faults[:20])

    def leave(self):
        """Gateways stop in order and leave no key, once they have read what came late."""
        wait_for("late replies to be read", lambda: not self.redis.call("KEYS", "lg:r:*"))
        for gateway in self.gateways.values():
            gateway.stop()
        self.gateways.clear()
        keys = self.redis.call("KEYS", "*")
        assert not keys, f"left in Redis: {keys}"

    def close(self):
        """Whatever is left of a test that failed, too, and even if one of these fails."""
        with contextlib.ExitStack() as ends:
            if self.redis is not None:
                ends.callback(self.redis.end)
            for part in self.relays:
                ends.callback(part.end)
            for part in self.workers:
                ends.callback(part.kill)
            for part in self.bridges:
                if not part.checked:
                    ends.callback(part.kill)

    def logs(self):
        """(title, text) of what the parts said that are no gateways."""
        found = [("seed", f"LAMBDAGATE_TEST_SEED={self.seed}"), ("what callers were told", str(self.ledger.counts()))]
        found += [("log of a bridge", last(bridge.log.lines())) for bridge in self.bridges]
        found += [("log of a gateway", last(gateway.log.lines())) for gateway in self.gateways.values()]
        for title, path in (("log of the workers", self.folder / "workers.log"), ("log of Redis", self.folder / "redis/redis.log")):
            if path.exists():
                found.append((title, last(path.read_text().splitlines())))
        return [(title, text) for title, text in found if text]


def last(lines, count=40):
    """Of a log, without what good calls leave."""
    return "\n".join([line for line in lines if not ORDINARY.search(line)][-count:])


def causes(gateway):
    """What a gateway counted: ends of calls by cause."""
    return Counter({cause: int(gateway.metric("lambdagate_invocations_total", function="echo", cause=cause) or 0) for cause in CAUSES})


class Address:
    """A Redis as a bridge is told of it."""

    def __init__(self, url, folder):
        self.url, self.folder = url, folder


def environment():
    return {name: os.environ[name] for name in INHERITED if name in os.environ}
