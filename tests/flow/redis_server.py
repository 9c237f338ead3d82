"""A redis-server of a test's own, and workers that do as a test tells them."""

import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time

import pytest

from gateway import PATIENCE, SLOW, wait_for
from ports import free_port
from redis_client import Client, RedisError, reply, take  # noqa: F401 (for those who use both)

SERVER = shutil.which("redis-server")
needs_redis = pytest.mark.skipif(SERVER is None, reason="redis-server is not installed (Debian: redis-server)")


class Server:
    """A redis-server on a unix socket of its own folder, or on a free port.

    A durable one has written down all that it said to have done when it is killed: what it may put off
    while the disk is slow (`appendfsync everysec`) it would do again after a restart.
    """

    def __init__(self, folder, *options, port=0, durable=True):
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.path = str(folder / "redis.sock")
        self.port = port
        self.options = ["--appendonly", "yes" if durable else "no", "--appendfsync", "no", *options]
        self.process = None
        self.start()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}" if self.port else f"unix:{self.path}"

    def start(self, wait=True):
        self.process = subprocess.Popen(
            [SERVER, "--port", str(self.port), "--unixsocket", self.path, "--save", "",
             "--dir", str(self.folder), "--bind", "127.0.0.1", *map(str, self.options)],
            stdin=subprocess.DEVNULL, stdout=open(self.folder / "redis.log", "ab"), stderr=subprocess.STDOUT,
        )
        if wait:
            wait_for("redis-server", self.answers)
        return self

    def answers(self):
        if self.process.poll() is not None:
            raise AssertionError((self.folder / "redis.log").read_text())
        try:
            with Client(self.path) as client:
                client.call("PING")
        except RedisError as error:
            return "NOAUTH" in str(error) or "NOPERM" in str(error)
        except OSError:
            return False
        return True

    def client(self):
        return Client(self.path)

    def call(self, *arguments):
        with self.client() as client:
            return client.call(*arguments)

    def kill(self):
        self.process.kill()
        self.process.wait()
        if os.path.exists(self.path):
            os.unlink(self.path)

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.kill()


@pytest.fixture
def redis(tmp_path):
    """A redis-server as it should be: append-only, evicting nothing."""
    if SERVER is None:
        pytest.skip("redis-server is not installed (Debian: redis-server)")
    server = Server(tmp_path / "redis")
    yield server
    server.end()


@pytest.fixture
def start_redis(tmp_path):
    """start_redis(options...) for servers that are otherwise."""
    if SERVER is None:
        pytest.skip("redis-server is not installed (Debian: redis-server)")
    servers = []

    def start(*options, **more):
        servers.append(Server(tmp_path / f"redis-{len(servers)}", *options, **more))
        return servers[-1]

    yield start
    for server in servers:
        server.end()


def make_certificates(folder):
    """An authority, and a certificate of it for localhost, by the openssl command."""
    run = lambda *words: subprocess.run(["openssl", *map(str, words)], cwd=folder, check=True, capture_output=True)
    run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", 2, "-subj", "/CN=ca", "-keyout", "ca.key", "-out", "ca.pem")
    run("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", "redis.key", "-out", "redis.csr")
    (folder / "names").write_text("subjectAltName=DNS:localhost\n")
    run("x509", "-req", "-in", "redis.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", 2,
        "-extfile", "names", "-out", "redis.pem")


@pytest.fixture
def tls_redis(start_redis, tmp_path):
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    make_certificates(tmp_path)
    port = free_port()
    server = start_redis("--tls-port", port, "--tls-cert-file", tmp_path / "redis.pem", "--tls-key-file",
                         tmp_path / "redis.key", "--tls-ca-cert-file", tmp_path / "ca.pem")
    server.tls_port = port
    return server


class Worker(threading.Thread):
    """Takes calls and answers them by handler(line, body) -> result, until it is stopped."""

    def __init__(self, server, queue="echo", handler=None, announce=False):
        super().__init__(daemon=True)
        self.server, self.queue, self.announce = server, queue, announce
        self.handler = handler or (lambda line, body: body)
        self.taken = []
        self.stopping = False
        self.start()

    def run(self):
        while not self.stopping:
            try:
                with self.server.client() as client:
                    self.serve(client)
            except (OSError, RedisError, ConnectionError):
                time.sleep(0.02)

    def serve(self, client):
        while not self.stopping:
            if self.announce:
                client.call("ZADD", f"lg:w:{{{self.queue}}}", int(time.time()), f"test:{self.ident}")
            request = take(client, self.queue, patience=0.2)
            if request is None:
                continue
            line, body = request
            self.taken.append(line["id"])
            reply(client, line, body=self.handler(line, body))

    def stop(self):
        self.stopping = True
        self.join(PATIENCE)


# Callers wait for PATIENCE, and want to hear of it.
LESS_THAN_PATIENCE = f"{PATIENCE * 2 / 3:.0f}s"
# A server that gets no processor for seconds is not one that is gone.
UNHURRIED = {"connect_timeout": SLOW, "command_timeout": SLOW}


class Taker:
    """A client that waits at a queue: the next call is its own in the moment in which it is pushed."""

    def __init__(self, server, queue="echo"):
        self.server, self.client = server, server.client()
        self.key, self.id = f"lg:q:{{{queue}}}", self.client.call("CLIENT", "ID")
        self.wait()

    def wait(self):
        """Waits at the queue once more."""
        self.client.send("BLPOP", self.key, PATIENCE)
        wait_for("a client at the queue", lambda: re.search(rb" flags=\w*b", self.server.call("CLIENT", "LIST", "ID", self.id)))

    def take(self):
        found = self.client.answer()
        assert found is not None, "no call came"
        line, _, body = found[1].partition(b"\n")
        return json.loads(line), body

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.close()


def config(server, options=None, function=None, redis=None, **more):
    """One function called echo behind a queue, and POST /echo, which calls it."""
    return {
        "loops": 2,
        "redis": {"url": server.url, **UNHURRIED, **(redis or {})},
        "functions": {"echo": {"timeout": "20s", "queue_wait": SLOW, **(function or {}), "redis": options or {}}},
        "routes": {"POST /echo": {"function": "echo", "timeout": LESS_THAN_PATIENCE}},
        **more,
    }
