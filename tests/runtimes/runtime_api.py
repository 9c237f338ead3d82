"""A Runtime API in small, and a bootstrap of ours that runs against it.

Nothing here sleeps: next() of the bootstrap blocks in the server until a test has an event for it,
and a test blocks on a queue until the bootstrap has posted, with a deadline for both.
"""

import http.server
import json
import os
import pathlib
import queue
import select
import signal
import subprocess
import threading
import time
from types import SimpleNamespace

DEADLINE = 30
RUNTIMES = pathlib.Path(__file__).resolve().parents[2] / "runtimes"
PREFIX = "/2018-06-01/runtime/"
ARN = "arn:aws:lambda:eu-west-1:000000000000:function:demo"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self):
        super().setup()
        self.server.api.connections += 1

    def log_message(self, *args):
        pass

    def answer(self, status, fields, body):
        self.send_response_only(status)
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        assert self.path == PREFIX + "invocation/next", self.path
        self.server.api.asked.put(None)
        event = self.server.api.events.get()
        if event is None:  # hang_up()
            self.close_connection = True
            return
        self.answer(200, event.fields, event.body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        api = self.server.api
        api.posts.put(SimpleNamespace(path=self.path[len(PREFIX):], body=body,
                                      headers=self.headers))
        self.answer(api.post_status, {}, b'{"status":"OK"}\n')


class RuntimeApi:
    """One worker's Runtime API: events in, posts out."""

    def __init__(self):
        self.connections = 0
        self.post_status = 202
        self.asked, self.events, self.posts = queue.Queue(), queue.Queue(), queue.Queue()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.api = self
        self.address = "127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self):
        """Refuses new connections, then hangs up on a runtime that waits."""
        self.server.shutdown()
        self.server.server_close()
        self.hang_up()

    def hang_up(self):
        self.events.put(None)

    def send(self, event, request_id="req-1", raw=None, **fields):
        """Hands out one invocation."""
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + 60000),
            "Lambda-Runtime-Invoked-Function-Arn": ARN,
        }
        headers.update({name.replace("_", "-"): value for name, value in fields.items()})
        body = raw if raw is not None else json.dumps(event).encode()
        self.events.put(SimpleNamespace(fields=headers, body=body))

    def post(self):
        """The next thing that the bootstrap posts."""
        return self.posts.get(timeout=DEADLINE)

    def wait_for_next(self):
        self.asked.get(timeout=DEADLINE)


class Worker:
    """A bootstrap that runs `handler` from `directory`, with a Runtime API of its own."""

    def __init__(self, command, directory, handler, files, environment=None):
        for name, text in files.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.api = RuntimeApi()
        self.directory = directory
        self.environment = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "AWS_LAMBDA_RUNTIME_API": self.api.address,
            "_HANDLER": handler,
            "LAMBDA_TASK_ROOT": str(directory),
            "AWS_LAMBDA_FUNCTION_NAME": "demo",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
            "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/demo",
            "AWS_LAMBDA_LOG_STREAM_NAME": "2026/01/31/[$LATEST]0123",
            **(environment or {}),
        }
        self.process = subprocess.Popen(
            command, cwd=directory, env=self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0)

    def invoke(self, event=None, **more):
        """Sends one event and returns what the handler made of it: the decoded result."""
        self.api.send(event, **more)
        post = self.api.post()
        assert post.path == "invocation/%s/response" % more.get("request_id", "req-1"), post.body
        return json.loads(post.body)

    def fail(self, event=None, **more):
        """Sends one event and returns the error document."""
        self.api.send(event, **more)
        return self.failure(**more)

    def failure(self, request_id="req-1", **_):
        post = self.api.post()
        assert post.path == "invocation/%s/error" % request_id, post.body
        return json.loads(post.body)

    def init_failure(self):
        post = self.api.post()
        assert post.path == "init/error", post.body
        document = json.loads(post.body)
        self.header = post.headers["Lambda-Runtime-Function-Error-Type"]
        return document

    def read(self, size):
        """The next `size` bytes of what it wrote."""
        data = b""
        while len(data) < size:
            ready, _, _ = select.select([self.process.stdout], [], [], DEADLINE)
            piece = self.process.stdout.read(size - len(data)) if ready else b""
            assert piece, "only this was written: %r" % data
            data += piece
        return data

    def read_line(self):
        line = b""
        while not line.endswith(b"\n"):
            line += self.read(1)
        return line.decode()

    def wait(self):
        """Waits for the end of the process. Returns its exit status and all it wrote."""
        output, _ = self.process.communicate(timeout=DEADLINE)
        return self.process.returncode, output.decode()

    def stop(self):
        """Ends it as the daemon does. Returns its exit status and all it wrote."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def close(self):
        self.process.kill()
        self.process.communicate()
        self.api.close()
