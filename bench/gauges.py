"""What the machine's noise cannot move: system calls and instructions a request."""

import re
import shutil
import signal
import socket
import subprocess
import time

import figures
import load
import outward
import processes
import servers
from cases import OURS, Result
from load import Load
from processes import BenchError

FEW, MANY = 100, 900  # requests of the two runs whose difference is counted; nginx closes at 1,000
TOP = 8


# --- system calls ---------------------------------------------------------------------------------


def strace_table(text):
    """name -> calls, from the table of strace -c."""
    calls = {}
    for line in text.splitlines():
        match = re.match(r"\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$", line)
        if match and match.group(2) != "total":
            calls[match.group(2)] = int(match.group(1))
    return calls


def _calls(server, work, place):
    """System calls a request under load: (in all, the most frequent). Without its workers."""
    report = server.folder / "strace.txt"
    words = ["strace", "-c", "-f", "-qq", "-o", str(report)]
    for pid in server.pids():
        words += ["-p", str(pid)]
    tracer = processes.start(words, place.load_core, output=server.folder / "strace.log")
    try:
        time.sleep(1)
        if tracer.poll() is not None:
            raise BenchError(f"strace cannot attach to {server.name}")
        sample = load.run(server, work, 2, place.load_core)
        requests = sample.rate * 2
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait(10)
    calls = strace_table(report.read_text())
    often = sorted(calls, key=calls.get, reverse=True)[:TOP]
    shares = [f"{name} {calls[name] / requests:.2f}" for name in often]
    return sum(calls.values()) / requests, [s for s in shares if not s.endswith(" 0.00")]


# --- instructions ---------------------------------------------------------------------------------


def _requests(port, path, count):
    """`count` requests, one at a time, over one connection."""
    request = f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n"
    if path == "/echo":
        head = f"Content-Type: application/json\r\nContent-Length: {len(servers.BODY)}\r\n\r\n"
        request = f"POST {path} HTTP/1.1\r\nHost: bench\r\n{head}{servers.BODY}"
    with socket.create_connection(("127.0.0.1", port), 60) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(count):
            client.sendall(request.encode())
            data = b""
            while b"\r\n\r\n" not in data:
                data += _more(client)
            head, _, body = data.partition(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: *(\d+)", head)
            missing = (int(length.group(1)) if length else 0) - len(body)
            while missing > 0:
                missing -= len(_more(client))


def _more(client):
    data = client.recv(65536)
    if not data:
        raise BenchError("a server closed its connection between two requests")
    return data


def _stop(process, port):
    """nginx without a master may sleep through a signal, until something else happens."""
    process.terminate()
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        servers.answers(port)
        time.sleep(0.1)
    processes.stop(process)


def _counted(place, server, path, count):
    """Instructions of a server's whole life with `count` requests."""
    words, port, folder = server.command, server.port, server.folder
    for old in folder.glob("callgrind.*"):
        old.unlink()
    tool = ["valgrind", "--tool=callgrind", "--callgrind-out-file=callgrind.%p"]
    log = folder / "valgrind.log"
    process = processes.start([*tool, *words], place.core, log, folder, server.environment)
    try:
        processes.wait_for("a server under valgrind", lambda: servers.answers(port), 60)
        _requests(port, path, count)
    finally:
        _stop(process, port)
    text = (folder / f"callgrind.{process.pid}").read_text()
    total = re.search(r"^(?:summary|totals): (\d+)", text, re.M)
    if total is None:
        raise BenchError(f"callgrind says nothing about {words[0]}: {log.read_text()[-500:]}")
    return int(total.group(1))


def _instructions(place, server, path):
    few, many = (_counted(place, server, path, count) for count in (FEW, MANY))
    return (many - few) / (MANY - FEW)


def _makers(place):
    """(what, the upstream or None, contender -> how it is started, what wrk asks for)."""
    answers = {
        OURS: lambda: servers.Lambdagate(place, OURS, servers.answers_config()),
        "nginx": lambda: servers.Nginx(place, "nginx", master=False),
        "HAProxy": lambda: servers.Haproxy(place, "HAProxy"),
    }
    echo = {OURS: lambda: servers.Lambdagate(place, OURS, servers.function_config())}
    post = Load("/echo", 16, str(servers.HERE / "post_json.lua"))
    yield "redirect", None, answers, Load("/301")
    yield "static answer", None, answers, Load("/200")
    yield "echo through a worker", None, echo, post
    origin = outward.Origin(place)
    config = outward.http_config(origin)
    proxies = {
        OURS: lambda: servers.Lambdagate(place, OURS, config),
        "nginx": lambda: outward.nginx_http(place, "nginx", origin, master=False),
    }
    yield "HTTP proxy", origin, proxies, Load("/200")
    yield "HTTP proxy, POST of 1 KiB", origin, proxies, post
    origin.stop()
    invoked = outward.Invoked(place, outward.Authority(place.folder("authority")))
    keys, config = outward.KEYS, outward.lambda_config(invoked)
    callers = {
        OURS: lambda: servers.Lambdagate(place, OURS, config, environment=keys),
        "nginx": lambda: outward.nginx_https(place, "nginx", invoked, master=False),
    }
    yield "function in AWS Lambda", invoked, callers, post
    invoked.stop()


def gauges(place, settings, say):
    for tool in ("strace", "valgrind"):
        if shutil.which(tool) is None:
            raise BenchError(f"the gauges need {tool}")
    rows = []
    for title, upstream, make, work in _makers(place):
        for name, maker in make.items():
            server = maker()
            server.upstream = upstream
            try:
                _requests(server.port, work.path, 1)
                calls, often = _calls(server, work, place)
            finally:
                server.stop()
            instructions = _instructions(place, server, work.path)
            figures_of = (f"{instructions:,.0f}", f"{calls:.2f}", ", ".join(often))
            rows.append((f"{name}, {title}", *figures_of))
            say(rows[-1][0])
    return Result(
        "Gauges",
        "Instructions of the program itself, without the kernel's, from two runs under callgrind "
        f"({FEW} and {MANY:,} requests one after another; the difference counts). System calls "
        "from `strace -c -f` under 64 connections (POST: 16), which it slows down. The echo "
        "without what its worker needs, proxies without their upstream.",
        figures.table(("server", "instructions", "system calls", "of these"), rows),
    )
