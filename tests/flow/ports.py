"""Ports for servers of a test that cannot be told to take any that is free."""

import itertools
import os
import random
import socket
from pathlib import Path

FIRST = 10240


def _candidates():
    """Numbers that the system gives to nobody who asks for any port, and no process of this test run but ours takes.

    Between the choice of a port and the start of its server, and while that is down, anybody could get one of the others.
    """
    try:
        end = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except OSError:
        end = 0
    if end < FIRST + 4096:
        return itertools.repeat(0)  # all are given to anybody: the system chooses
    shares = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    ours = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    ports = range(FIRST + ours, end, shares)
    begin = random.SystemRandom().randrange(len(ports))
    return itertools.cycle([*ports[begin:], *ports[:begin]])


_next = _candidates()


def free_port():
    """A port of the loopback on which nobody listens; no other call returns it for a long time."""
    for port in _next:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return probe.getsockname()[1]
