"""wrk on its own core, the CPU time that a server took meanwhile, and who else was busy."""

import http.client
import os
import re
import subprocess
import time
from dataclasses import dataclass, field

import processes
from processes import BenchError

FOREIGN_MAX = 0.10  # of one core: more than this of anything else, and the run is made again
_UNITS = {"us": 1, "ms": 1e3, "s": 1e6, "m": 60e6}


@dataclass
class Sample:
    """One run of one contender."""

    rate: float  # requests a second
    cpu_us: float = 0.0  # CPU time of the server a request
    worker_us: float = 0.0  # CPU time of its workers a request
    store_us: float = 0.0  # of what it asks: a database, an upstream
    load_us: float = 0.0  # and of whoever asks
    p50_us: float = 0.0
    p99_us: float = 0.0
    foreign: float = 0.0  # cores that something else took meanwhile
    errors: int = 0


@dataclass
class Load:
    """What wrk is told to do."""

    path: str = "/"
    connections: int = 64
    script: str = ""
    arguments: list = field(default_factory=list)

    def words(self, port, seconds):
        script = ["-s", self.script] if self.script else []
        tail = ["--", *self.arguments] if self.arguments else []
        url = f"http://127.0.0.1:{port}{self.path}"
        threads = ["-t1", f"-c{self.connections}", f"-d{seconds}s", "--latency"]
        return ["wrk", *threads, *script, url, *tail]

    def parse(self, text):
        return parse(text)


def _number(text, pattern, default=None):
    match = re.search(pattern, text)
    if match is None:
        if default is not None:
            return default
        raise BenchError(f"wrk said something else than expected:\n{text}")
    return match


def parse(text):
    """(requests, seconds, p50 and p99 in microseconds, errors) from what wrk prints."""
    total = _number(text, r"(\d+) requests in ([\d.]+)(us|ms|s|m)\b")
    seconds = float(total.group(2)) * _UNITS[total.group(3)] / 1e6
    quantiles = []
    for percent in ("50", "99"):
        match = _number(text, rf"\n\s+{percent}%\s+([\d.]+)(us|ms|s|m)\b")
        quantiles.append(float(match.group(1)) * _UNITS[match.group(2)])
    errors = sum(int(n) for n in re.findall(r"(?:connect|read|write|timeout) (\d+)", text))
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    errors += int(wrong.group(1)) if wrong else 0
    return int(total.group(1)), seconds, quantiles[0], quantiles[1], errors


def _wrk(words, seconds):
    """Runs it; (its output, its own CPU time)."""
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    before = os.times()
    try:
        text, _ = process.communicate(timeout=seconds + 30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise BenchError(f"did not end in time: {' '.join(words)}") from None
    after = os.times()
    if process.returncode != 0:
        raise BenchError(f"{' '.join(words)}: {text}")
    used = after.children_user + after.children_system
    return text, used - before.children_user - before.children_system


def run(server, load, seconds, core):
    """One measured run."""
    words = ["taskset", "-c", str(core), *load.words(server.port, seconds)]
    parts = server.pids(), server.worker_pids(), server.store_pids()
    before = [processes.cpu_seconds(pids) for pids in parts]
    machine = processes.machine_seconds()
    text, own = _wrk(words, seconds)
    machine = processes.machine_seconds() - machine
    used = [processes.cpu_seconds(pids) - spent for pids, spent in zip(parts, before)]
    requests, took, p50, p99, errors = load.parse(text)
    server.empty_log()
    if requests == 0:
        raise BenchError(f"{server.name} answered nothing:\n{text}")
    return Sample(
        rate=requests / took,
        cpu_us=used[0] / requests * 1e6,
        worker_us=used[1] / requests * 1e6,
        store_us=used[2] / requests * 1e6,
        load_us=own / requests * 1e6,
        p50_us=p50,
        p99_us=p99,
        foreign=max(0.0, (machine - sum(used) - own) / took),
        errors=errors,
    )


class Patience:
    """How many disturbed runs may still be made again; none left, they count as they are."""

    def __init__(self, count):
        self.left = count

    def measure(self, once):
        sample = once()
        while sample.foreign > FOREIGN_MAX and self.left > 0:
            self.left -= 1
            time.sleep(0.2)
            sample = once()
        return sample


def ask(port, path, body=None, headers=None, patience=10):
    """One request by Python's own client: (status, headers, body)."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patience)
    try:
        connection.request("GET" if body is None else "POST", path, body, headers or {})
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()
