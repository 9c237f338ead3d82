"""Processes of a run: started on one core, read from /proc, and all gone at the end."""

import ctypes
import os
import signal
import subprocess
import time
from pathlib import Path

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
TICK = os.sysconf("SC_CLK_TCK")

_libc = ctypes.CDLL(None, use_errno=True)


class BenchError(Exception):
    """Something that ends the run, said in words."""


def adopt_orphans():
    """Whatever our children leave behind becomes ours, so that end_all() finds it."""
    _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _end_with_us(number):
    _libc.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)


def cores():
    """(core of the server, core of the load generator)."""
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < 2:
        raise BenchError("two processors are needed: one for the server, one for the load")
    return usable[0], usable[1]


def start(words, core=None, output=None, cwd=None, environment=None, at_our_end=signal.SIGTERM):
    """Starts a program on one core; `output` is a file that gets stdout and stderr.

    `at_our_end` is the signal that it gets if this process is killed.
    """
    if core is not None:
        words = ["taskset", "-c", str(core), *words]
    sink = open(output, "ab") if output else subprocess.DEVNULL
    try:
        return subprocess.Popen(
            [str(word) for word in words],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            cwd=cwd,
            env=environment,
            preexec_fn=lambda: _end_with_us(at_our_end),
        )
    finally:
        if output:
            sink.close()


def stop(process, patience=10):
    """Asks it to end, then makes it."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(patience)


def _parents():
    table = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                text = Path(f"/proc/{name}/stat").read_text()
            except OSError:
                continue
            table[int(name)] = int(text[text.rindex(")") + 2 :].split()[1])
    return table


def below(pid):
    """All descendants of a process."""
    parents = _parents()
    found = {pid}
    while True:
        more = {p for p, parent in parents.items() if parent in found} - found
        if not more:
            return sorted(found - {pid})
        found |= more


def end_all(patience=10):
    """Ends whatever is left below us; returns how many processes that took."""
    left = [pid for pid in below(os.getpid()) if _words(pid)]
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in below(os.getpid()):
            try:
                os.kill(pid, signal.SIGCONT)
                os.kill(pid, number)
            except ProcessLookupError:
                pass
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return len(left)
            if pid == 0:
                time.sleep(0.02)
    raise BenchError(f"processes that would not end: {below(os.getpid())}")


def _words(pid):
    """The command line; empty for a process that ended and was not reaped."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def name_of(pid):
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def pin(pid, core):
    """Moves every thread of a process to a core, and gives it our own weight.

    Workers have a session of their own, and by that a share of the processor of their own.
    """
    for thread in os.listdir(f"/proc/{pid}/task"):
        os.sched_setaffinity(int(thread), {core})
    try:
        nice = Path("/proc/self/autogroup").read_text().split()[-1]
        Path(f"/proc/{pid}/autogroup").write_text(nice)
    except OSError:
        pass  # the kernel has no such shares


def cpu_seconds(pids):
    """User and system time of all threads of these processes.

    schedstat is the same clock in nanoseconds; stat counts in ticks of 10 ms.
    """
    return sum(_cpu_of(pid) for pid in pids)


def _cpu_of(pid):
    try:
        return sum(
            int((task / "schedstat").read_text().split()[0])
            for task in Path(f"/proc/{pid}/task").iterdir()
        ) / 1e9
    except OSError:
        pass
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError as error:
        raise BenchError(f"process {pid} ended during a measurement") from error
    fields = text[text.rindex(")") + 2 :].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def machine_seconds():
    """Busy time of the whole machine."""
    fields = [int(word) for word in Path("/proc/stat").read_text().split("\n")[0].split()[1:]]
    return (sum(fields[:8]) - fields[3] - fields[4]) / TICK


def wait_for(what, condition, patience=30):
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            raise BenchError(f"waited {patience} s in vain for: {what}")
        time.sleep(0.01)
