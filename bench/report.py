"""The report in Markdown: what ran where, the bars, a table for each case."""

import os
import platform
import subprocess
from pathlib import Path

import figures
import peers
from figures import MET, MISSED, NO_VERDICT


def _said(*words):
    """The first line that a program says, of stdout or stderr."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "not there"
    lines = (done.stdout + done.stderr).strip().splitlines()
    return lines[0] if lines else ""


def _cpu_model():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or "unknown"


def _siblings(core):
    path = Path(f"/sys/devices/system/cpu/cpu{core}/topology/thread_siblings_list")
    return path.read_text().strip() if path.exists() else "unknown"


def _package(name):
    return _said("dpkg-query", "-W", "-f", "${Version}", name)


def facts(place, root):
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    commit = _said("git", "-C", str(root), "rev-parse", "--short", "HEAD")
    changed = _said("git", "-C", str(root), "diff", "--shortstat", "HEAD", "daemon", "runtimes")
    system = _said("sh", "-c", ". /etc/os-release; echo $PRETTY_NAME")
    return [
        ("processor", f"{_cpu_model()}, {os.cpu_count()} cores, {memory:.0f} GiB of memory"),
        ("system", f"{system}, Linux {platform.release()}"),
        ("server on core", f"{place.core} (its hardware threads: {_siblings(place.core)})"),
        ("load on core", f"{place.load_core} (its hardware threads: {_siblings(place.load_core)})"),
        ("access logs", "to /dev/null" if place.null_log else f"to files in {place.logs.parent}"),
        ("lambdagate", f"{_said(place.daemon, '--version')}, {commit}"),
        ("changed since", changed or "nothing in daemon/ and runtimes/"),
        ("libmicrohttpd", _package("libmicrohttpd12")),
        ("nginx", _said("nginx", "-v").removeprefix("nginx version: ")),
        ("HAProxy", _said("haproxy", "-v")),
        ("wrk", _said("wrk", "-v").split(" Copyright")[0]),
        ("Node.js", _said("node", "--version")),
        ("Envoy, AWS SDK", peers.pinned()),
    ]


def bars(results):
    rows = [
        (bar.what, bar.bar, bar.found, bar.control, bar.verdict)
        for result in results
        for bar in result.bars
    ]
    return figures.table(("what", "bar", "found", "control", "verdict"), rows)


def counts(results):
    """"7 met, 2 missed, 1 without a verdict"."""
    verdicts = [bar.verdict for result in results for bar in result.bars]
    names = ((MET, "met"), (MISSED, "missed"), (NO_VERDICT, "without a verdict"))
    return ", ".join(f"{verdicts.count(verdict)} {name}" for verdict, name in names)


def write(file, results, settings, machine, when):
    lines = [
        "# Benchmark",
        "",
        f"Made by `make bench BENCH_ROUNDS={settings.rounds} BENCH_SECONDS={settings.seconds}`, "
        f"{when}. Absolute figures move with the machine; ratios are medians of ratios taken "
        "within one round, with the smallest and the largest. The control is the same server "
        "started twice: further than 5 % from itself means no verdict.",
        "",
        "## Bars",
        "",
        bars(results),
    ]
    for result in results:
        lines += ["", f"## {result.title}", "", result.text, "", result.table]
        lines += [""] * bool(result.notes) + [f"- {note}" for note in result.notes]
    lines += ["", "## Machine", "", figures.table(("what", "found"), machine)]
    commands = [(result.title, result.commands) for result in results if result.commands]
    for title, own in commands:
        lines += ["", f"## Commands: {title}", ""] + [f"- {command}" for command in own]
    file.write_text("\n".join(lines) + "\n")
