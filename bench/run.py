#!/usr/bin/python3
"""Measures lambdagate and its peers side by side: `make bench`, or bench/run.py --help.

Parameters come from the environment: BENCH_ROUNDS, BENCH_SECONDS, BENCH_ONLY, BENCH_GAUGES,
BENCH_LOG. docs/performance.md says what is measured and how.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True

import cases  # noqa: E402
import footprint  # noqa: E402
import gauges  # noqa: E402
import outward_cases  # noqa: E402
import peers  # noqa: E402
import processes  # noqa: E402
import queues  # noqa: E402
import report  # noqa: E402
from processes import BenchError  # noqa: E402
from servers import ROOT, Place  # noqa: E402

CASES = {
    "redirect": cases.redirect,
    "static": cases.static,
    "routing": cases.routing,
    "http": outward_cases.http,
    "lambda": outward_cases.function_in_lambda,
    "node": cases.node,
    "worst": cases.worst,
    "redis": queues.redis,
    "start": footprint.start,
    "idle": footprint.idle,
    "connections": footprint.connections,
    "gauges": gauges.gauges,
}
SECONDS_MAX = 3 * 3600  # a run that takes longer than this ends itself


def say(text):
    print(text, file=sys.stderr, flush=True)


def chosen():
    """The cases that BENCH_ONLY names (all without it); the gauges only when asked for."""
    only = os.environ.get("BENCH_ONLY", "").replace(",", " ").split()
    unknown = [name for name in only if name not in CASES]
    if unknown:
        raise BenchError(f"BENCH_ONLY: no case {', '.join(unknown)}; there are {', '.join(CASES)}")
    names = only or [name for name in CASES if name != "gauges"]
    if os.environ.get("BENCH_GAUGES") == "1" and "gauges" not in names:
        names.append("gauges")
    return names


def read_settings():
    """Whole seconds: wrk takes no others."""
    rounds, seconds = int(os.environ["BENCH_ROUNDS"]), int(os.environ["BENCH_SECONDS"])
    if not 1 <= rounds <= 1000 or not 1 <= seconds <= 60:
        raise BenchError("BENCH_ROUNDS is from 1 to 1000, BENCH_SECONDS from 1 to 60")
    return cases.Settings(rounds, seconds, peers.node_modules)


def measure(work, build, names, settings):
    work.mkdir(parents=True, exist_ok=True)
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(
        prefix="lambdagate-bench-", dir=memory if os.access(memory, os.W_OK) else None
    ) as scratch:
        # A copy, so that building meanwhile changes nothing.
        daemon = Path(shutil.copy(build / "lambdagated", work / "lambdagated"))
        null_log = os.environ.get("BENCH_LOG", "file") == "null"
        place = Place(work, Path(scratch), null_log, daemon, build)
        machine = report.facts(place, ROOT)
        os.sched_setaffinity(0, {place.load_core})
        results = []
        for name in names:
            say(f"{name}:")
            results.append(CASES[name](place, settings, lambda text: say(f"  {text}")))
    return results, machine


def end_by_signal(number, _):
    raise BenchError(f"ended by {signal.Signals(number).name}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("build", type=Path, help="the folder of lambdagated, such as build/release")
    arguments = parser.parse_args()
    os.environ.setdefault("BENCH_ROUNDS", "15")
    os.environ.setdefault("BENCH_SECONDS", "2")
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
        signal.signal(number, end_by_signal)
    signal.alarm(SECONDS_MAX)
    processes.adopt_orphans()
    work = ROOT / "build" / "bench"
    status = 0
    try:
        names, settings = chosen(), read_settings()
        results, machine = measure(work, arguments.build.resolve(), names, settings)
        file = work / "results.md"
        report.write(file, results, settings, machine, time.strftime("%Y-%m-%d"))
        print(report.bars(results))
        print(f"\n{report.counts(results)}. All figures: {file.relative_to(ROOT)}")
    except (BenchError, ValueError, PermissionError) as error:
        say(f"bench: {error}")
        status = 1
    finally:
        left = processes.end_all()
        if left:
            say(f"bench: processes that had to be ended: {left}")
    return status


if __name__ == "__main__":
    sys.exit(main())
