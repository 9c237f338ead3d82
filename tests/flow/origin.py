"""Upstream servers for tests: one that keeps the rules and tells what it saw, and a raw one that does not."""

import contextlib
import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from gateway import PATIENCE
from ports import free_port


class Handler(BaseHTTPRequestHandler):
    """Answers with what it saw as JSON; some paths do something else."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def read_body(self):
        if self.headers.get("transfer-encoding") == "chunked":
            size = 0
            while length := int(self.rfile.readline(), 16):
                size += len(self.rfile.read(length))
                self.rfile.readline()
            self.rfile.readline()
            return size
        return len(self.rfile.read(int(self.headers.get("content-length", 0))))

    def serve(self):
        size = self.read_body()
        self.server.seen.append(f"{self.command} {self.path}")
        path = self.path.split("?")[0]
        if path == "/health":
            status = self.server.health
            body = b""
        elif path.startswith("/status/"):
            status, body = int(path.rsplit("/", 1)[1]), b"as you like"
        else:
            status = 200
            body = json.dumps(
                {
                    "name": self.server.name,
                    "method": self.command,
                    "target": self.path,
                    "headers": [[name.lower(), value] for name, value in self.headers.items()],
                    "size": size,
                }
            ).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("x-hop", "secret")
        self.send_header("connection", "keep-alive, x-hop")
        self.send_header("set-cookie", "a=1")
        self.send_header("set-cookie", "b=2")
        if status not in (204, 304):
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and status not in (204, 304):
            self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = serve


@contextlib.contextmanager
def polite(name="one", port=0, tls=None):
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    server.daemon_threads = True
    server.seen, server.health, server.name = [], 200, name
    server.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Raw:
    """Says what script(connection, head) says to each request, and counts them."""

    def __init__(self, script):
        self.script = script
        self.heads = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.open = []
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self._accept)
        self.thread.start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            if self.ending.is_set():
                connection.close()
                return
            connection.settimeout(PATIENCE)
            thread = threading.Thread(target=self._talk, args=(connection,))
            self.open.append((connection, thread))
            thread.start()

    def _talk(self, connection):
        data = b""
        try:
            while True:
                while b"\r\n\r\n" not in data:
                    more = connection.recv(65536)
                    if not more:
                        return
                    data += more
                head, data = data.split(b"\r\n\r\n", 1)
                self.heads.append(head.decode("latin-1"))
                if not self.script(connection, self.heads[-1]):
                    return
        except OSError:
            pass
        finally:
            connection.close()

    def close(self):
        self.ending.set()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()
        for connection, thread in self.open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join()


@contextlib.contextmanager
def raw(script):
    server = Raw(script)
    try:
        yield server
    finally:
        server.close()


def closed_port():
    """A port on which nobody listens, and which nobody gets by chance."""
    return free_port()


def wait_gone(connection):
    """Until the other side has hung up."""
    deadline = time.monotonic() + PATIENCE
    with contextlib.suppress(OSError):
        while time.monotonic() < deadline and connection.recv(65536):
            pass
