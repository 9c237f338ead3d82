"""`lambdagate worker`, started for a test: a function of tests/flow/functions behind a queue."""

import os
import subprocess
import uuid
from pathlib import Path

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
        if config is None:
            words += ["--redis", server.url]
        else:
            words += ["--config", config]
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
