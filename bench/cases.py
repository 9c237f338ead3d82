"""The cases with a load: who runs in them, in interleaved rounds, and what their bars are."""

import json
import random
import subprocess
import sys
import time
from dataclasses import dataclass, field, replace

import figures
import load
import processes
import servers
from figures import ratio, ratio_bar, spread
from load import Load, Sample
from processes import BenchError
from servers import HERE, worst_bodies

OURS, AGAIN, OFFLINE = "lambdagate", "lambdagate again", "serverless-offline"
WARM_UP = 3  # seconds, of what is started for every run


@dataclass
class Settings:
    rounds: int
    seconds: int
    modules: object  # a function: the folder of the peers' packages of Node.js, or None

    def fewer(self, times):
        return replace(self, rounds=max(1, self.rounds // times))


@dataclass
class Result:
    title: str
    text: str
    table: str
    bars: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    commands: list = field(default_factory=list)


class Contender:
    """A server and how it is measured."""

    def __init__(self, server, work, core):
        self.server, self.work, self.core = server, work, core

    def once(self, seconds):
        self.server.wake()
        try:
            return load.run(self.server, self.work, seconds, self.core)
        finally:
            self.server.doze()

    def command(self):
        return f"taskset -c {self.core} " + " ".join(self.work.words(self.server.port, "SECONDS"))


class FreshContender(Contender):
    """serverless-offline starts with each run: first it has to start a thread a connection."""

    def once(self, seconds):
        self.server.wake()
        try:
            load.run(self.server, self.work, WARM_UP, self.core)
            return load.run(self.server, self.work, seconds, self.core)
        finally:
            self.server.doze()


class LoopContender(Contender):
    """The bare loop needs no client: it is let go for a while."""

    def once(self, seconds):
        server = self.server
        server.wake()
        try:
            time.sleep(0.1)
            turns, began = server.turns(), time.monotonic()
            cpu, machine = self._used(), processes.machine_seconds()
            time.sleep(seconds)
            turns, took = server.turns() - turns, time.monotonic() - began
            own = [after - before for after, before in zip(self._used(), cpu)]
            machine = processes.machine_seconds() - machine
        finally:
            server.doze()
            server.empty_log()
        foreign = max(0.0, (machine - sum(own)) / took)
        nginx, worker = (used / turns * 1e6 for used in own)
        return Sample(turns / took, nginx, worker, foreign=foreign)

    def _used(self):
        return (
            processes.cpu_seconds(self.server.pids()),
            processes.cpu_seconds(self.server.worker_pids()),
        )

    def command(self):
        return "none: the handler asks nginx as fast as it can"


class FloodedContender(Contender):
    """While somebody else sends the worst bodies, from the core of the load and behind it."""

    def __init__(self, server, work, core, folder):
        super().__init__(server, work, core)
        flood = servers.ROOT / "tests" / "flow" / "flood.py"
        words = ["taskset", "-c", core, "chrt", "--idle", "0", sys.executable, flood]
        self.words = [str(word) for word in [*words, server.port, folder, 1]]

    def once(self, seconds):
        pipe = subprocess.PIPE
        with subprocess.Popen(self.words, stdin=pipe, stdout=pipe, text=True) as flood:
            if flood.stdout.readline() != "ready\n":
                raise BenchError(f"did not begin: {' '.join(self.words)}")
            used = processes.cpu_seconds([flood.pid])
            sample = super().once(seconds)
            used = processes.cpu_seconds([flood.pid]) - used
            flood.stdin.close()
            seen = json.loads(flood.stdout.readlines()[-1])
        wrong = [name for name, counts in seen.items() if set(counts) != {"400"}]
        if wrong:
            raise BenchError(f"{self.server.name} answers {', '.join(wrong)} not with 400")
        sample.foreign = max(0.0, sample.foreign - used / seconds)
        return sample

    def command(self):
        return f"{super().command()} beside {' '.join(self.words)}"


def play(contenders, settings, say):
    """The rounds: each contender once a round, in an order of its own each time."""
    for contender in contenders.values():
        contender.once(1)
    patience = load.Patience(settings.rounds * len(contenders))
    rounds = []
    for number in range(settings.rounds):
        order = list(contenders)
        random.Random(number).shuffle(order)
        rounds.append({})
        for name in order:
            once = contenders[name].once
            rounds[-1][name] = patience.measure(lambda: once(settings.seconds))
        say(f"round {number + 1} of {settings.rounds}")
    return rounds


def notes_of(rounds, contenders):
    """What a reader has to know before believing the figures."""
    notes = []
    foreign = max(spread(rounds, name, "foreign").median for name in contenders)
    if foreign > load.FOREIGN_MAX:
        notes.append(f"The machine was not quiet: others took {foreign:.2f} cores in the median.")
    for name, contender in contenders.items():
        errors = sum(samples[name].errors for samples in rounds)
        if errors:
            notes.append(f"{name}: {errors} requests failed or were answered with an error.")
        contender.server.lost = contender.server.lost_lines()
        if contender.server.lost:
            notes.append(f"{name}: {contender.server.lost} lines of its log were dropped.")
    return notes


def fair(bars, rounds, contenders, seconds):
    """A server that lost many lines of its log was spared that work: no verdict then."""
    for name, contender in contenders.items():
        requests = sum(s[name].rate * seconds for s in rounds if name in s)
        if contender.server.lost > figures.LOST_MAX * requests:
            return [figures.without_verdict(bar) for bar in bars]
    return bars


def commands(contenders):
    return [
        f"{name}: `taskset -c {c.server.core} {' '.join(c.server.command)}`; load: `{c.command()}`"
        for name, c in contenders.items()
    ]


def answer_table(rounds, contenders, base):
    rows = []
    for name in contenders:
        rows.append(
            (
                name,
                spread(rounds, name, "rate").text(",.0f"),
                f"{spread(rounds, name, 'p50_us').median:.0f}",
                f"{spread(rounds, name, 'p99_us').median:.0f}",
                spread(rounds, name, "cpu_us").text(".2f"),
                ratio(rounds, name, base, "cpu_us").text(".3f"),
                ratio(rounds, name, base, "rate").text(".3f"),
            )
        )
    head = ("server", "requests/s", "p50 us", "p99 us", "CPU us a request")
    return figures.table(head + (f"CPU / {base}", f"rate / {base}"), rows)


def expect_answer(server, path, status, body=None, location=None):
    found = load.ask(server.port, path)
    fits = found[0] == status
    if body is not None:
        fits = fits and json.loads(found[2]) == json.loads(body)
    if location is not None:
        fits = fits and {k.lower(): v for k, v in found[1].items()}.get("location") == location
    if not fits:
        raise BenchError(f"{server.name} answers {path} with {found}")


def _answer_case(place, settings, say, title, path, expect):
    started = []
    try:
        started.append(servers.Lambdagate(place, OURS, servers.answers_config()))
        started.append(servers.Lambdagate(place, AGAIN, servers.answers_config()))
        started.append(servers.Nginx(place, "nginx"))
        started.append(servers.Haproxy(place, "HAProxy"))
        started.append(servers.Nginx(place, "nginx, no log", access_log=False))
        for server in started:
            expect(server)
        contenders = {s.name: Contender(s, Load(path), place.load_core) for s in started}
        rounds = play(contenders, settings, say)
        notes = notes_of(rounds, contenders)
    finally:
        for server in started:
            server.stop()
    control = ratio(rounds, AGAIN, OURS, "cpu_us")
    to_nginx = ratio(rounds, OURS, "nginx", "cpu_us")
    to_haproxy = ratio(rounds, OURS, "HAProxy", "cpu_us")
    return Result(
        title,
        "64 connections that are kept open. The ratios are to nginx with its access log on.",
        answer_table(rounds, contenders, "nginx"),
        fair(
            [
                ratio_bar(f"{title}: CPU to nginx", to_nginx, 1.35, control),
                ratio_bar(f"{title}: CPU to HAProxy", to_haproxy, 1, control),
            ],
            rounds,
            contenders,
            settings.seconds,
        ),
        notes,
        commands(contenders),
    )


def redirect(place, settings, say):
    def expect(server):
        expect_answer(server, "/301", 301, location=servers.TARGET)

    return _answer_case(place, settings, say, "Redirect", "/301", expect)


def static(place, settings, say):
    def expect(server):
        expect_answer(server, "/200", 200, body=servers.ANSWER)

    return _answer_case(place, settings, say, "Static answer", "/200", expect)


def routing(place, settings, say):
    counts = {"10 routes": 10, "10 routes again": 10, "1,000 routes": 1000, "10,000 routes": 10000}
    peers = {"nginx, 10 routes": 10, "nginx, 10,000 routes": 10000}
    contenders = {}

    def enter(server, count):
        work = Load("/", script=str(HERE / "random_paths.lua"), arguments=[str(count)])
        contenders[server.name] = Contender(server, work, place.load_core)
        for path in ("list", "item/7"):
            expect_answer(server, f"/area{count // 2 - 1:05}/{path}", 200, body=servers.ANSWER)

    try:
        for name, count in counts.items():
            enter(servers.Lambdagate(place, name, servers.routes_config(count)), count)
        for name, count in peers.items():
            enter(servers.Nginx(place, name, servers.nginx_routes(count)), count)
        rounds = play(contenders, settings, say)
        notes = notes_of(rounds, contenders)
    finally:
        for contender in contenders.values():
            contender.server.stop()
    control = ratio(rounds, "10 routes again", "10 routes", "cpu_us")
    ten_thousand = ratio(rounds, "10,000 routes", "10 routes", "cpu_us")
    of_nginx = ratio(rounds, "nginx, 10,000 routes", "nginx, 10 routes", "cpu_us")
    return Result(
        "Routing",
        "The same answer from every route, half of them with a variable; 64 connections ask for a "
        "random mix of all routes. nginx has a location for each of them; its own ratio of 10,000 "
        f"to 10 is {of_nginx.text('.3f')}.",
        answer_table(rounds, contenders, "10 routes"),
        fair(
            [ratio_bar("Routing: CPU of 10,000 routes to 10", ten_thousand, 1.05, control)],
            rounds,
            contenders,
            settings.seconds,
        ),
        notes,
        commands(contenders),
    )


def worst(place, settings, say):
    folder = place.folder("worst bodies")
    worst_bodies.write_to(folder)
    work = Load("/200", connections=1)
    started, contenders = [], {}
    try:
        for name in (OURS, AGAIN):
            server = servers.Lambdagate(place, name, servers.worst_config(place))
            started.append(server)
            expect_answer(server, "/200", 200, body=servers.ANSWER)
            contenders[name] = Contender(server, work, place.load_core)
            flooded = FloodedContender(server, work, place.load_core, folder)
            contenders[f"{name}, flooded"] = flooded
        rounds = play(contenders, settings, say)
        notes = notes_of(rounds, contenders)
    finally:
        for server in started:
            server.stop()
    p99 = [spread(rounds, f"{name}, flooded", "p99_us") for name in (OURS, AGAIN)]
    alone = spread(rounds, OURS, "p99_us")
    return Result(
        "Worst bodies",
        "One connection asks for a static answer, alone and while 28 others send the bodies that "
        "are hardest to check, without a pause. One loop and the thread that checks share one "
        "core, so that they are each other's only rivals; the flood comes from the core of the "
        f"load, and runs when wrk does not. p99 alone: {alone.text('.0f')} us.",
        answer_table(rounds, contenders, OURS),
        [figures.absolute_bar("p99 beside the worst bodies", *p99, 2000, "us", ".0f")],
        notes,
        commands(contenders),
    )


# --- the Node.js handler --------------------------------------------------------------------------


def _function_servers(place, settings):
    """Daemon and load share a core, so that the worker has the other for itself."""
    started = []
    for name in (OURS, AGAIN):
        server = servers.Lambdagate(place, name, servers.function_config(), core=place.load_core)
        started.append(server)
        processes.wait_for("a worker", server.workers_started)
        servers.post(server)
        for worker in server.workers_started():
            processes.pin(worker, place.core)
    modules = settings.modules()
    if modules is not None:
        started.append(servers.Offline(place, OFFLINE, modules))
    return started


def _function_table(rounds, contenders, base):
    rows = []
    for name in contenders:
        p50, p99 = (spread(rounds, name, field).median for field in ("p50_us", "p99_us"))
        rows.append(
            (
                name,
                spread(rounds, name, "rate").text(",.0f"),
                f"{p50:,.0f}" if p50 else "-",
                f"{p99:,.0f}" if p99 else "-",
                f"{spread(rounds, name, 'cpu_us').median:.1f}",
                f"{spread(rounds, name, 'worker_us').median:.1f}",
                ratio(rounds, name, base, "rate").text(".3f"),
            )
        )
    head = ("server", "requests/s", "p50 us", "p99 us", "CPU us", "worker CPU us")
    return figures.table(head + (f"rate / {base}",), rows)


def node(place, settings, say):
    script = str(HERE / "post_json.lua")
    many, one = Load("/echo", 16, script), Load("/echo", 1, script)
    started, bare = [], None
    try:
        started = _function_servers(place, settings)
        bare = servers.BareLoop(place, "bare loop")
        at_many, at_one = {}, {}
        for server in started:
            kind = FreshContender if server.name == OFFLINE else Contender
            at_many[server.name] = kind(server, many, place.load_core)
            at_one[server.name] = kind(server, one, place.load_core)
        at_many["bare loop"] = LoopContender(bare, many, place.load_core)
        rounds = play(at_many, settings, say)
        alone = play(at_one, settings, say)
        notes = notes_of(rounds, at_many) + notes_of(alone, at_one)
    finally:
        for server in [*started, bare]:
            if server is not None:
                server.stop()
    return Result(
        "Echo through a local worker",
        "The same Node.js handler gets 1 KiB of JSON and gives it back; one worker process. First "
        "16 connections, then one. The bare loop is our bootstrap with nginx as a Runtime API that "
        "hands out a fixed event: the most that this handler can do. The worker has the first "
        "core, all others (daemon, wrk, nginx of the bare loop) share the second; all of "
        "serverless-offline is on the first. It is started anew, and warmed up, for every run, "
        "since it slows down with every request that it has served.",
        _function_table(rounds, at_many, "bare loop")
        + "\n\nOne connection:\n\n"
        + _function_table(alone, at_one, OURS),
        _node_bars(rounds, alone),
        notes,
        commands(at_many),
    )


def _node_bars(rounds, alone):
    to_bare = ratio(rounds, OURS, "bare loop", "rate")
    control = ratio(rounds, AGAIN, OURS, "rate")
    bars = [ratio_bar("Node.js handler: rate to the bare loop", to_bare, 0.8, control, True)]
    if OFFLINE in alone[0]:
        to_offline = ratio(alone, OURS, OFFLINE, "p50_us")
        control = ratio(alone, AGAIN, OURS, "p50_us")
        what = "Node.js handler: p50 at one connection to serverless-offline"
        bars.append(ratio_bar(what, to_offline, 0.05, control, form=".4f"))
    return bars
