"""`lambdagate worker`, started for a test: a function of tests/flow/functions behind a queue."""

import json
import os
import subprocess
import time
import uuid
from pathlib import Path

import pytest

from gateway import COMMAND, FUNCTIONS, INHERITED, PYTHON, Gateway, Log


class Bridge(Gateway):
    """Ends, is killed and is looked at as a gateway; what it serves is another matter."""

    def __init__(self, server, *words, handler="act", command=None, function="echo", config=None,
                 directory=FUNCTIONS, module="handlers"):
        self.mark = f"lambdagate-test-{uuid.uuid4()}"
        self.environment = {k: os.environ[k] for k in INHERITED if k in os.environ}
        self.checked = False
        self.cgroup = None
        words = ["--function", function, *words]  # tests and handlers meet in /tmp: --shared-tmp
        if config is not None:
            words += ["--config", config]
        elif "--redis" not in words:
            words += ["--redis", server.url]
        if command is not None:
            words += ["--shared-tmp", "--env", f"TEST_MARK={self.mark}", "--", *command]
        elif handler is not None:
            words += ["--shared-tmp", "--env", f"TEST_MARK={self.mark}", "--runtime", "python3"]
            words += ["--handler", f"{module}.{handler}", "--directory", directory]
        self.process = subprocess.Popen(
            [COMMAND, "worker", *map(str, words)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            env=self.environment, cwd=server.folder,
        )
        self.log = Log(self.process.stderr)

    def __enter__(self):
        try:
            return self.ready()
        except AssertionError:
            self.kill()
            raise

    def ready(self):
        self.log.wait("takes calls of")
        return self


def misbehaving(*arguments):
    """A command that is no good worker: tests/flow/functions/worker.py."""
    return [PYTHON, FUNCTIONS / "worker.py", *arguments]


def wait_started(folder, name):
    """The gate of handlers.gate: the process that waits behind it."""
    from gateway import wait_for

    path = Path(folder) / f"started-{name}"
    wait_for(f"{name} to start", path.exists)
    return int(path.read_text())


def let_through(folder, name):
    (Path(folder) / f"open-{name}").touch()


@pytest.fixture
def bridge():
    """bridge(redis, ...): started and ready; its end is checked with the test's."""
    made = []

    def start_bridge(*arguments, ready=True, **more):
        made.append(Bridge(*arguments, **more))
        return made[-1].ready() if ready else made[-1]

    yield start_bridge
    try:
        for one in made:
            if not one.checked:
                one.stop()
    finally:
        for one in made:
            if not one.checked:
                one.kill()


def push(server, body=b"{}", queue="echo", reply="lg:r:{test}:0", **more):
    """A request as a gateway pushes it; its id."""
    with server.client() as client:
        seconds, _ = map(int, client.call("TIME"))
        line = {"v": 1, "id": f"call-{time.monotonic_ns()}", "fn": "echo", "reply": reply, "attempt": 1,
                "deadline": (seconds + 120) * 1000, "timeout_ms": 60000, "async": False, "trace": "Root=1", **more}
        client.call("RPUSH", f"lg:q:{{{queue}}}", json.dumps(line).encode() + b"\n" + body)
    return line["id"]


def replies(server, count=1, key="lg:r:{test}:0"):
    found = []
    with server.client() as client:
        while len(found) < count:
            text = client.call("BLPOP", key, 25)
            assert text is not None, f"expected {count} replies, found {found}"
            line, _, body = text[1].partition(b"\n")
            found.append((json.loads(line), body))
    return found
