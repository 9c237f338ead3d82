"""The cases without a load: time to the first answer, memory when idle, memory of connections."""

import os
import resource
import socket
import subprocess
import time
from pathlib import Path

import figures
import processes
import servers
from cases import AGAIN, OURS, Result
from figures import Spread, absolute_bar
from processes import BenchError

CONNECTIONS = 1000
REQUEST = b"GET /200 HTTP/1.1\r\nHost: bench\r\n\r\n"
REPEATS = 5  # memory hardly differs from one start to the next


# --- exec to first answer ------------------------------------------------------------------------


def _first_answer(port, process, patience=20):
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        with socket.socket() as client:
            client.settimeout(patience)
            try:
                client.connect(("127.0.0.1", port))
            except ConnectionRefusedError:
                if process.poll() is not None:
                    raise BenchError(f"{process.args[0]} ended before it answered") from None
                continue
            client.sendall(REQUEST)
            if client.recv(65536).startswith(b"HTTP/1.1 200"):
                return
            raise BenchError(f"{process.args[0]} answered something else than expected")
    raise BenchError(f"{process.args[0]} did not answer")


def _start_once(place, words, port):
    """Milliseconds from before fork and exec to the first answer, on the server's core."""
    os.sched_setaffinity(0, {place.core})
    try:
        began = time.monotonic()
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    finally:
        os.sched_setaffinity(0, {place.load_core})
    try:
        _first_answer(port, process)
        return (time.monotonic() - began) * 1000
    finally:
        processes.stop(process)


def start(place, settings, say):
    """Each server is started once the ordinary way, which leaves its configuration behind."""
    started = [
        servers.Lambdagate(place, OURS, servers.answers_config()),
        servers.Lambdagate(place, AGAIN, servers.answers_config()),
        servers.Nginx(place, "nginx"),
        servers.Haproxy(place, "HAProxy"),
    ]
    for server in started:
        server.stop()
    for server in started:  # once for the page cache
        _start_once(place, server.command, server.port)
    rounds = []
    for number in range(settings.rounds):
        rounds.append({s.name: _start_once(place, s.command, s.port) for s in started})
        say(f"round {number + 1} of {settings.rounds}")
    spreads = {s.name: Spread.of(r[s.name] for r in rounds) for s in started}
    rows = [(name, spread.text(".1f")) for name, spread in spreads.items()]
    return Result(
        "Exec to first answer",
        "Milliseconds from before the fork to the first byte of the first answer, by a client that "
        "keeps trying to connect. No functions are configured.",
        figures.table(("server", "ms"), rows),
        [absolute_bar("Exec to first answer", spreads[OURS], spreads[AGAIN], 20, "ms")],
        [],
        [f"{s.name}: `taskset -c {s.core} {' '.join(s.command)}`" for s in started],
    )


# --- memory --------------------------------------------------------------------------------------


def _rollup(pid, name):
    """A line of smaps_rollup in KiB."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except PermissionError as error:
        raise BenchError(
            "the memory of the daemon, which nobody may trace, is for root alone to read"
        ) from error
    return int(text.split(f"{name}:")[1].split()[0])


def private_dirty(pids):
    return sum(_rollup(pid, "Private_Dirty") for pid in pids)


def _settled(server):
    time.sleep(0.3)
    return private_dirty(server.pids())


def _idle_memory(server):
    """MiB: (the daemon's own, all dirty pages of daemon and keeper, each counted once)."""
    try:
        _settled(server)
        pids = server.pids()
        return private_dirty(pids[:1]) / 1024, sum(_rollup(p, "Pss_Dirty") for p in pids) / 1024
    finally:
        server.stop()


def idle(place, settings, say):
    """The bars are for the daemon in its defaults, with as many loops as it likes."""
    answers, many = servers.answers_config(), servers.routes_config(10000)
    ours = servers.Lambdagate
    make = {
        OURS: lambda: ours(place, OURS, answers, loops=None),
        AGAIN: lambda: ours(place, AGAIN, answers, loops=None),
        "lambdagate, one loop": lambda: ours(place, "one loop", answers),
        "lambdagate, 10,000 routes": lambda: ours(place, "10,000 routes", many, loops=None),
        "nginx, master and worker": lambda: servers.Nginx(place, "nginx"),
        "HAProxy": lambda: servers.Haproxy(place, "HAProxy"),
    }
    own, whole = {}, {}
    for name, maker in make.items():
        found = [_idle_memory(maker()) for _ in range(REPEATS)]
        own[name] = Spread.of(pair[0] for pair in found)
        whole[name] = Spread.of(pair[1] for pair in found)
        say(name)
    rows = [(name, own[name].text(".2f"), whole[name].text(".2f")) for name in make]
    return Result(
        "Private dirty memory, idle",
        "MiB of Private_Dirty in /proc/PID/smaps_rollup of the main process after the start, and "
        "Pss_Dirty of all processes of the server, which counts pages that they share (what was "
        "written before the fork) once. Two routes, no functions.",
        figures.table(("server", "main process, MiB", "all processes, MiB"), rows),
        [
            absolute_bar("Private dirty idle", own[OURS], own[AGAIN], 6, "MiB", ".2f"),
            absolute_bar("Dirty idle, with the keeper", whole[OURS], whole[AGAIN], 6, "MiB", ".2f"),
        ],
    )


def _descriptors(server):
    return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in server.pids())


def _connect(server, clients):
    """Opens 1,000 connections, and waits until the server has accepted them."""
    base = _descriptors(server)
    for _ in range(CONNECTIONS):
        clients.append(socket.create_connection(("127.0.0.1", server.port), 10))
    processes.wait_for(
        f"{server.name} to accept {CONNECTIONS} connections",
        lambda: _descriptors(server) >= base + CONNECTIONS,
    )


def _connection_memory(server):
    """KiB a connection: (fresh, after one request)."""
    clients = []
    try:
        base = _settled(server)
        _connect(server, clients)
        fresh = _settled(server)
        for client in clients:
            client.sendall(REQUEST)
        for client in clients:
            if not client.recv(65536).startswith(b"HTTP/1.1 200"):
                raise BenchError(f"{server.name} answered something else than expected")
        used = _settled(server)
    finally:
        for client in clients:
            client.close()
    return (fresh - base) / CONNECTIONS, (used - base) / CONNECTIONS


def connections(place, settings, say):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = CONNECTIONS + 200
    if soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(needed, hard), hard))
    answers = servers.answers_config()
    make = {
        OURS: lambda: servers.Lambdagate(place, OURS, answers),
        AGAIN: lambda: servers.Lambdagate(place, AGAIN, answers),
        "nginx": lambda: servers.Nginx(place, "nginx"),
        "HAProxy": lambda: servers.Haproxy(place, "HAProxy"),
    }
    fresh, used = {}, {}
    for name, maker in make.items():
        found = []
        for _ in range(REPEATS):
            server = maker()
            try:
                found.append(_connection_memory(server))
            finally:
                server.stop()
        fresh[name] = Spread.of(pair[0] for pair in found)
        used[name] = Spread.of(pair[1] for pair in found)
        say(name)
    rows = [(name, fresh[name].text(".2f"), used[name].text(".2f")) for name in make]
    return Result(
        "Memory of an idle connection",
        f"KiB of Private_Dirty that {CONNECTIONS:,} open connections add, divided by their number: "
        "before they send anything, and after one request each. Without what the kernel holds.",
        figures.table(("server", "fresh, KiB", "after a request, KiB"), rows),
        [absolute_bar("Fresh idle connection", fresh[OURS], fresh[AGAIN], 5, "KiB", ".2f")],
    )
