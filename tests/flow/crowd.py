"""Hundreds of clients in one process: sockets that never block, one selector, no threads.

A client sends its pieces as fast as the gateway takes them, reads what comes back, and is done when
it has a whole answer or the connection ended. What it saw stays in it for the test to judge.
"""

import selectors
import socket
import time

from gateway import PATIENCE, Answer

PIECE = 64 * 1024


def filler(size, byte=b"x"):
    """`size` bytes in pieces that share their memory."""
    piece = memoryview(byte * PIECE)
    while size > 0:
        yield piece[: min(size, PIECE)]
        size -= PIECE


def post(target, size, headers=(), byte=b"x"):
    """The pieces of a request with a body of `size` bytes."""
    lines = [f"POST {target} HTTP/1.1", "Host: gateway.test", f"Content-Length: {size}"]
    lines += [f"{name}: {value}" for name, value in headers]
    yield "\r\n".join(lines).encode() + b"\r\n\r\n"
    yield from filler(size, byte)


def chunked(target, size, headers=(), byte=b"x"):
    """As post(), but the length is not told."""
    lines = [f"POST {target} HTTP/1.1", "Host: gateway.test", "Transfer-Encoding: chunked"]
    lines += [f"{name}: {value}" for name, value in headers]
    yield "\r\n".join(lines).encode() + b"\r\n\r\n"
    for piece in filler(size, byte):
        yield b"%x\r\n" % len(piece)
        yield piece
        yield b"\r\n"
    yield b"0\r\n\r\n"


def get(target):
    yield f"GET {target} HTTP/1.1\r\nHost: gateway.test\r\n\r\n".encode()


class Client:
    """One connection and the one request on it."""

    def __init__(self, pieces, source=None, reads=True):
        self.pieces = iter(pieces)
        self.source = source  # own address, such as 127.0.0.2
        self.reads = reads  # False: never takes its answer
        self.rest = memoryview(b"")
        self.received = bytearray()
        self.sent = 0
        self.sent_all = False
        self.ended = False  # the gateway closed the connection
        self.answer = None
        self.done = False
        self.socket = None

    def open(self, address):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.socket.setblocking(False)
        if self.source:
            self.socket.bind((self.source, 0))
        self.socket.connect_ex(address)

    def wants(self):
        events = selectors.EVENT_READ if self.reads else 0
        return events if self.sent_all else events | selectors.EVENT_WRITE

    def write(self):
        try:
            if not self.rest:
                self.rest = memoryview(next(self.pieces))
            count = self.socket.send(self.rest)
            self.sent += count
            self.rest = self.rest[count:]
        except StopIteration:
            self.sent_all = True
        except BlockingIOError:
            pass
        except OSError:
            self.sent_all = True  # closed by the gateway; its answer may still be here to read

    def read(self):
        try:
            data = self.socket.recv(PIECE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self.received += data
        self.ended = not data
        self.answer = self.parse()
        self.done = self.ended or self.answer is not None

    def parse(self):
        """The whole answer, or None."""
        head, mark, body = bytes(self.received).partition(b"\r\n\r\n")
        if not mark:
            return None
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = [(n, v.strip()) for n, _, v in (line.partition(":") for line in lines)]
        length = int(next(v for n, v in headers if n.lower() == "content-length"))
        if len(body) < length:
            return None
        return Answer(int(first.split(" ")[1]), headers, body[:length])

    def close(self):
        if self.socket is not None:
            self.socket.close()


class Crowd:
    """with Crowd(gateway, clients) as crowd: crowd.run()"""

    def __init__(self, gateway, clients):
        self.address = ("127.0.0.1", gateway.port)
        self.clients = list(clients)
        self.selector = selectors.DefaultSelector()
        self.left = set()

    def __enter__(self):
        for client in self.clients:
            client.open(self.address)
            self.selector.register(client.socket, client.wants(), client)
            self.left.add(client)
        return self

    def __exit__(self, *_):
        for client in self.clients:
            client.close()
        self.selector.close()

    def _serve(self, client, events):
        if events & selectors.EVENT_READ:
            client.read()
        if events & selectors.EVENT_WRITE and not client.done:
            client.write()
        if client.done or (client.sent_all and not client.reads):
            self.selector.unregister(client.socket)
            self.left.discard(client)
        elif self.selector.get_key(client.socket).events != client.wants():
            self.selector.modify(client.socket, client.wants(), client)

    def turn(self, timeout=0.1):
        for key, events in self.selector.select(timeout):
            self._serve(key.data, events)

    def run(self, until=None, patience=PATIENCE, what="the end of all clients"):
        """Serves the clients until all are done, or until() is true."""
        deadline = time.monotonic() + patience
        while self.left and not (until and until()):
            self.turn()
            if time.monotonic() > deadline:
                raise AssertionError(f"waited {patience:.0f} s in vain for: {what}; {self.count()}")
        return self

    def count(self):
        """How many clients saw what: {200: 3, 503: 1, "closed": 2, "open": 1}."""
        seen = {}
        for client in self.clients:
            key = client.answer.status if client.answer else "closed" if client.ended else "open"
            seen[key] = seen.get(key, 0) + 1
        return seen
