"""The official Runtime API clients: how a worker of each is started, and what is its own in what it tells."""

import platform

import pytest

from clients import SOURCES
from gateway import SLOW

CROWD = 8


class Runtime:
    """A client: how its workers are started, and what is its own in what it tells of errors."""

    error_type = None  # of the exception that the handler raises
    stack = None  # the member that holds the stack
    thrown = None  # the error type when nobody catches: the client's own report ...
    thrown_status = None  # ... or only an exit status
    init_error = None  # the error type when it cannot begin; None: only an exit status
    environment = {}
    tells_cuts = True  # by trailers; else it ends a stream that failed as one that is whole

    def __init__(self, folder):
        self.folder = folder

    def function(self, **options):
        environment = {**self.environment, **options.pop("environment", {})}
        # Many start at once on a machine that has other things to do.
        workers = {"max": CROWD, "init_timeout": SLOW, **self.workers(), **options.pop("workers", {})}
        common = {"timeout": SLOW, "queue_wait": SLOW, "environment": environment, "workers": workers}
        return {**common, **options}

    def streamer(self):
        """A function that takes the order to stream."""
        return self.function()


class NodeJs(Runtime):
    error_type, stack = "RangeError", "trace"
    thrown = "Error"
    init_error = "Error"

    def streamer(self):
        """A function that takes the order to stream."""
        function = self.function()
        function["workers"]["command"][-1] = "app.stream"
        return function

    def workers(self):
        program = self.folder / "node_modules/aws-lambda-ric/bin/index.mjs"
        command = ["node", str(program), "app.handler"]
        return {"command": command, "directory": str(SOURCES / "nodejs")}


class Python(Runtime):
    error_type, stack = "ValueError", "stackTrace"
    thrown_status = 1
    init_error = "ValueError"
    environment = {"PYTHONDONTWRITEBYTECODE": "1"}

    def workers(self):
        command = [str(self.folder / "venv/bin/python"), "-m", "awslambdaric", "app.handler"]
        return {"command": command, "directory": str(SOURCES / "python")}


class Go(Runtime):
    error_type = "refusal"
    thrown = "errorString"

    def workers(self):
        return {"command": ["./bootstrap"], "directory": str(self.folder)}


class Rust(Runtime):
    error_type = "Error"
    tells_cuts = False

    def workers(self):
        return {"command": ["./bootstrap"], "directory": str(self.folder)}


class Java(Runtime):
    error_type, stack = "App$Refusal", "stackTrace"
    thrown = "java.lang.OutOfMemoryError"
    init_error = "java.lang.IllegalStateException"

    def workers(self):
        machine = platform.machine().replace("aarch64", "aarch_64")
        package = "com.amazonaws.services.lambda.runtime.api.client"
        native = self.folder / f"jni/libaws-lambda-jni.linux-{machine}.so"
        command = [
            "java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m", "-cp", "lib/*:classes",
            f"-D{package}.runtimeapi.NativeClient.JNI={native}", f"{package}.AWSLambda", "App",
        ]  # fmt: skip
        return {"command": command, "directory": str(self.folder)}


def described(runtime, *more, smoke=False):
    name = runtime.__name__.lower()
    id = "-".join((name, *more))
    marks = [pytest.mark.xdist_group(id)] + [pytest.mark.smoke] * smoke
    return pytest.param((name, runtime, *more), id=id, marks=marks)


ALL = [described(NodeJs, smoke=True), described(Python, smoke=True), described(Go), described(Rust), described(Java)]

# Those that are tried behind a queue in Redis, too: `lambdagate worker` runs them there.
BRIDGED = [described(NodeJs, "bridged", smoke=True), described(Python, "bridged", smoke=True)]

# Those that can stream; their handlers know the order {"do": "stream"}.
STREAMING = [described(NodeJs, smoke=True), described(Go), described(Rust)]
