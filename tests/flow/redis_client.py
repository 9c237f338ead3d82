"""A client of Redis of a few lines, and the two halves of a worker.

It speaks the protocol itself, so that nothing stands between a test and what is sent.
"""

import json
import socket

from gateway import PATIENCE


class RedisError(Exception):
    """An error reply."""


class Client:
    """A connection: call("SET", "a", 1) answers bytes, a number, a list or None."""

    def __init__(self, address, patience=PATIENCE):
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(patience)
        self.socket.connect(address)
        self.file = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.file.close()
        self.socket.close()

    def _read(self):
        line = self.file.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("the connection ended")
        kind, text = line[:1], line[1:-2]
        if kind == b"-":
            raise RedisError(text.decode())
        if kind == b"+":
            return text
        if kind == b":":
            return int(text)
        count = int(text)
        if count < 0:
            return None
        if kind == b"*":
            return [self._read() for _ in range(count)]
        data = self.file.read(count + 2)
        if len(data) < count + 2:
            raise ConnectionError("the connection ended in the middle of an answer")
        return data[:-2]

    def send(self, *arguments):
        data = b"*%d\r\n" % len(arguments)
        for argument in arguments:
            argument = argument if isinstance(argument, bytes) else str(argument).encode()
            data += b"$%d\r\n%s\r\n" % (len(argument), argument)
        self.socket.sendall(data)

    def answer(self):
        """To what was sent first and has none yet."""
        return self._read()

    def call(self, *arguments):
        self.send(*arguments)
        return self._read()


def take(client, queue, *more, patience=PATIENCE):
    """The next request of a queue: (its line as an object, its body), None after `patience`."""
    found = client.call("BLPOP", f"lg:q:{{{queue}}}", *more, patience)
    if found is None:
        return None
    line, _, body = found[1].partition(b"\n")
    return json.loads(line), body


def reply(client, line, status="ok", body=b"", **more):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = json.dumps({"id": line["id"], "status": status, **more}).encode()
    return client.call("RPUSH", line["reply"], head + b"\n" + body)
