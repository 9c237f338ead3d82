"""The case of functions behind Redis: the gateway, the same queues without it, and BullMQ."""

import json
import select
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import cases
import figures
import load
import processes
import servers
from cases import AGAIN, OURS, Contender, Result
from figures import ratio, ratio_bar, spread
from load import Load, Sample
from processes import BenchError
from servers import HERE, Server

BARE, BULLMQ = "two lists", "BullMQ"
BULLMQ_AT_ONCE = 100  # where it is fastest
FEW = 3  # what has no bar is measured in so many rounds fewer
PATIENCE = 60


class Backend(Server):
    """A redis-server and one echo worker: what the gateway and its peers all have behind them."""

    program = "redis-server"

    def __init__(self, place, name):
        super().__init__(place, name)
        # No file is written: nothing but the queues is measured, and a run fills no disk.
        words = ["--bind", "127.0.0.1", "--port", self.port, "--save", "", "--appendonly", "no"]
        self.launch(["redis-server", *words, "--dir", self.folder], output=self.log)
        self.two_lists = Path(shutil.copy(place.build / "two-lists", self.folder))
        self.event = self.folder / "event.json"
        self.event.write_text(servers.event_of(servers.BODY))
        errors = self.folder / "worker.log"
        self.worker = processes.start(
            [self.two_lists, "worker", self.port, "echo"], place.core, output=errors
        )

    def pids(self):
        return []

    def store_pids(self):
        return [self.process.pid]

    def worker_pids(self):
        return [self.worker.pid]

    def stop(self):
        processes.stop(self.worker)
        super().stop()


class Gateway(servers.Lambdagate):
    """On the core of the load, so that Redis and the worker have the other for themselves."""

    def __init__(self, place, name, backend):
        self.backend = backend
        super().__init__(place, name, servers.redis_config(backend.port), core=place.load_core)
        self.backend_pids = backend.store_pids(), backend.worker_pids()
        processes.wait_for(f"{name} to reach its Redis", self._reaches_redis)
        servers.post(self)

    def _reaches_redis(self):
        return load.ask(self.port, "/echo", servers.BODY)[0] != 503

    def store_pids(self):
        return self.backend_pids[0]

    def worker_pids(self):
        return self.backend_pids[1]


class BullMq(Server):
    """Its worker and who adds the jobs are one process; jobs are added before the clock runs."""

    program = "bullmq"

    def __init__(self, place, name, modules, backend):
        super().__init__(place, name, core=place.load_core)
        self.backend = backend
        words = [HERE / "node" / "bullmq.js", modules, backend.port, BULLMQ_AT_ONCE]
        self.command = ["node", *(str(word) for word in words)]
        self.process = subprocess.Popen(
            ["taskset", "-c", str(self.core), *self.command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def store_pids(self):
        return self.backend.store_pids()

    def tell(self, line):
        """Sends a line; the object that it answers."""
        print(line, file=self.process.stdin, flush=True)
        if not select.select([self.process.stdout], [], [], PATIENCE)[0]:
            raise BenchError(f"{self.name} does not answer {line}")
        answer = self.process.stdout.readline()
        if not answer:
            raise BenchError(f"{self.name} ended with {self.process.wait()}")
        return json.loads(answer)

    def stop(self):
        self.process.stdin.close()
        processes.stop(self.process)


@dataclass
class Calls:
    """The same calls on the same two lists, with nothing before them."""

    program: object
    event: object
    connections: int

    def words(self, port, seconds):
        words = ("callers", port, "echo", self.event, self.connections, seconds)
        return [str(word) for word in (self.program, *words)]

    def parse(self, text):
        found = json.loads(text)
        return found["calls"], found["seconds"], found["p50_us"], found["p99_us"], 0


class JobContender(Contender):
    """Jobs that lie ready, as many as it will manage in the time by what it has shown."""

    def __init__(self, server, core):
        super().__init__(server, None, core)
        self.rate = 4000.0

    def once(self, seconds):
        count = int(self.rate * seconds)
        self.server.tell(f"add {count}")
        used = [processes.cpu_seconds(pids) for pids in self._pids()]
        machine = processes.machine_seconds()
        took = self.server.tell("run")["seconds"]
        machine = processes.machine_seconds() - machine
        used = [processes.cpu_seconds(p) - before for p, before in zip(self._pids(), used)]
        self.rate = count / took
        cpu, store = (part / count * 1e6 for part in used)
        foreign = max(0.0, (machine - sum(used)) / took)
        return Sample(self.rate, worker_us=cpu, store_us=store, foreign=foreign)

    def _pids(self):
        return self.server.pids(), self.server.store_pids()

    def command(self):
        return "jobs of 1 KiB that lie ready, added by addBulk()"


def _table(rounds, contenders):
    rows = []
    for name in contenders:
        medians = {
            field: spread(rounds, name, field).median
            for field in ("p50_us", "p99_us", "cpu_us", "load_us", "worker_us", "store_us")
        }
        rows.append(
            (
                name,
                spread(rounds, name, "rate").text(",.0f"),
                *(f"{medians[field]:,.0f}" if medians[field] else "-" for field in ("p50_us", "p99_us")),
                *(
                    f"{medians[field]:.1f}" if medians[field] else "-"
                    for field in ("cpu_us", "load_us", "worker_us", "store_us")
                ),
                ratio(rounds, name, BARE, "rate").text(".3f"),
            )
        )
    head = ("server", "calls/s", "p50 us", "p99 us", "gateway CPU us", "load CPU us")
    return figures.table(head + ("worker CPU us", "Redis CPU us", f"rate / {BARE}"), rows)


def _contenders(place, backend, gateways, count):
    work = Load("/echo", count, str(HERE / "post_json.lua"))
    found = {gateway.name: Contender(gateway, work, place.load_core) for gateway in gateways}
    bare = Calls(backend.two_lists, backend.event, count)
    return {**found, BARE: Contender(backend, bare, place.load_core)}


def _bars(rounds):
    alone, many = rounds[1], rounds[64]
    to_hop = ratio(alone, OURS, BARE, "p50_us")
    to_bare = ratio(many, OURS, BARE, "rate")
    control = ratio(many, AGAIN, OURS, "rate")
    of_one = ratio(alone, AGAIN, OURS, "p50_us")
    bars = [
        ratio_bar("Redis: rate to two lists without HTTP, 64 at once", to_bare, 0.7, control, True),
        ratio_bar("Redis: p50 of one call to the hop over two lists", to_hop, 1.6, of_one),
    ]
    if BULLMQ in many[0]:
        to_bullmq = ratio(many, OURS, BULLMQ, "rate")
        what = "Redis: rate, 64 at once, to jobs of BullMQ that do nothing"
        bars.append(ratio_bar(what, to_bullmq, 2, control, True))
    return bars


def _play_all(place, settings, say, backend, gateways, bullmq):
    """For each number of connections: (who, the rounds)."""
    few = settings.fewer(FEW)
    played = {}
    for count in (1, 64, 32, 256):
        own = gateways if count in (1, 64) else gateways[:1]
        contenders = _contenders(place, backend, own, count)
        if bullmq is not None and count == 64:
            contenders[BULLMQ] = JobContender(bullmq, place.load_core)
        say(f"{count} at once")
        rounds = cases.play(contenders, settings if count in (1, 64) else few, say)
        played[count] = contenders, rounds
    return played


def redis(place, settings, say):
    started = []
    try:
        backend = Backend(place, BARE)
        started.append(backend)
        gateways = [Gateway(place, name, backend) for name in (OURS, AGAIN)]
        started.extend(gateways)
        modules = settings.modules()
        bullmq = None if modules is None else BullMq(place, BULLMQ, modules, backend)
        if bullmq is not None:
            started.append(bullmq)
        played = _play_all(place, settings, say, backend, gateways, bullmq)
        notes = []
        for contenders, rounds in played.values():
            notes += cases.notes_of(rounds, contenders)
    finally:
        for server in reversed(started):
            server.stop()
    return _result(played, notes)


def _result(played, notes):
    rounds = {count: played[count][1] for count in played}
    tables = [
        f"{count} at once:\n\n{_table(rounds[count], played[count][0])}" for count in (1, 32, 64, 256)
    ]
    contenders, _ = played[64]
    return Result(
        "Functions behind Redis",
        "1 KiB of JSON is posted to a function behind a queue, and an echo worker in C, which takes one "
        "call after the other, gives it back. Beside it the same calls on the same two lists, pushed and "
        "popped in the same manner by a program in C, with no HTTP before them; and jobs of 1 KiB that "
        f"lie ready, which BullMQ's worker takes {BULLMQ_AT_ONCE} at once and does nothing with. Redis and the "
        "worker have the first core, all others the second. Redis writes no file.",
        "\n\n".join(tables),
        _bars(rounds),
        notes,
        cases.commands(contenders),
    )
