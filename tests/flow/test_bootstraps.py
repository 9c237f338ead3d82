"""How the bootstraps of `runtime: nodejs | python3` speak to a Runtime API: which requests go together,
and what happens when the connection ends at an awkward moment."""

import os
import shutil
import signal
import socket
import subprocess

import pytest

from gateway import PATIENCE, ROOT

LARGE = 64 * 1024  # a longer result travels alone

RUNTIMES = {
    "nodejs": (["node", "runtimes/nodejs/bootstrap.mjs"], "app.js"),
    "python3": (["/usr/bin/python3", "runtimes/python3/bootstrap.py"], "app.py"),
}
CODE = {
    "app.js": "exports.handler = async (event) => 'x'.repeat(event.size);\n",
    "app.py": "def handler(event, context):\n    return 'x' * event['size']\n",
}


class Api:
    """A Runtime API of which the test plays every answer."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(PATIENCE)
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.peer, self.data, self.number = None, b"", 0

    def accept(self):
        self.peer, _ = self.listener.accept()
        self.peer.settimeout(PATIENCE)
        self.data = b""

    def request(self):
        """The next request: its first line's method and last word of the path, and its body."""
        while b"\r\n\r\n" not in self.data:
            self.more()
        head, _, rest = self.data.partition(b"\r\n\r\n")
        line, *fields = head.decode().split("\r\n")
        sizes = [int(f.split(":")[1]) for f in fields if f.lower().startswith("content-length:")]
        size = sizes[0] if sizes else 0
        while len(rest) < size:
            self.more()
            rest = self.data.partition(b"\r\n\r\n")[2]
        self.data = rest[size:]
        method, path, _ = line.split(" ")
        return f"{method} {path.rpartition('/')[2]}", rest[:size]

    def more(self):
        piece = self.peer.recv(65536)
        assert piece, f"expected more of a request, found the end behind {self.data[:200]!r}"
        self.data += piece

    def event(self, size):
        self.number += 1
        body = b'{"size":%d}' % size
        self.send(200, body, f"Lambda-Runtime-Aws-Request-Id: id-{self.number}\r\n")

    def send(self, status, body=b"", fields=""):
        head = f"HTTP/1.1 {status} It\r\n{fields}Content-Length: {len(body)}\r\n\r\n"
        self.peer.sendall(head.encode() + body)

    def close(self):
        self.listener.close()
        if self.peer is not None:
            self.peer.close()


@pytest.fixture(params=RUNTIMES)
def api(request, tmp_path):
    words, file = RUNTIMES[request.param]
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is not installed")
    (tmp_path / file).write_text(CODE[file])
    served = Api()
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_LAMBDA_RUNTIME_API": served.address,
        "LAMBDA_TASK_ROOT": str(tmp_path),
        "_HANDLER": "app.handler",
    }
    process = subprocess.Popen(
        [words[0], ROOT / words[1]], env=environment, cwd=tmp_path, stderr=subprocess.DEVNULL
    )
    try:
        served.accept()
        assert served.request() == ("GET next", b"")
        yield served
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        served.close()


def test_a_short_result_brings_the_request_for_the_next_event_along(api):
    for size in (1, 2, 3000):
        api.event(size)
        assert api.request() == ("POST response", b'"' + b"x" * size + b'"')
        assert api.request() == ("GET next", b"")  # before the result was answered
        api.send(202)


def test_a_long_result_is_answered_first(api):
    api.event(LARGE)
    assert api.request()[0] == "POST response"
    assert api.data == b""
    api.send(202)
    assert api.request() == ("GET next", b"")


def test_both_answers_may_come_in_one_piece(api):
    api.event(1)
    for _ in range(2):
        api.request()
    piece = b"HTTP/1.1 202 It\r\nContent-Length: 2\r\n\r\nok"
    piece += b"HTTP/1.1 200 It\r\nLambda-Runtime-Aws-Request-Id: b\r\nContent-Length: 10\r\n\r\n"
    api.peer.sendall(piece + b'{"size"')
    api.peer.sendall(b":5}")
    assert api.request() == ("POST response", b'"xxxxx"')


def test_a_result_that_is_refused_as_too_large_ends_nothing(api):
    api.event(1)
    for _ in range(2):
        api.request()
    api.send(413)
    api.event(4)
    assert api.request() == ("POST response", b'"xxxx"')


def test_what_was_asked_is_asked_again_on_a_new_connection(api):
    api.event(1)
    for _ in range(2):
        api.request()
    api.send(202, fields="Connection: close\r\n")
    api.peer.close()
    api.accept()
    assert api.request() == ("GET next", b"")
    api.event(6)
    assert api.request() == ("POST response", b'"xxxxxx"')
