"""Sends hostile bodies as fast as they are answered, until its standard input ends.

    flood.py PORT FOLDER CONNECTIONS

Every file of FOLDER is a body for POST /hostile, on so many connections of its own, which stay open. A
line `ready` says that each body was answered at least once; the last line tells how often and how, as
JSON: {"FILE": {"400": 17}}. A connection that ends without an answer counts as "lost".
"""

import json
import selectors
import socket
import sys
from pathlib import Path


class Connection:
    def __init__(self, name, request, address):
        self.name = name
        self.request = memoryview(request)
        self.socket = socket.create_connection(address)
        self.socket.setblocking(False)
        self.begin()

    def begin(self):
        self.sent = 0
        self.received = b""

    def wants(self):
        more = self.sent < len(self.request)
        return selectors.EVENT_READ | (selectors.EVENT_WRITE if more else 0)

    def write(self):
        try:
            self.sent += self.socket.send(self.request[self.sent :])
        except BlockingIOError:
            pass

    def read(self):
        """The status of a whole answer, "lost", or None as long as there is neither."""
        try:
            data = self.socket.recv(65536)
        except ConnectionError:
            data = b""
        self.received += data
        head, mark, body = self.received.partition(b"\r\n\r\n")
        if mark and len(body) >= length_of(head):
            return head.split(b" ", 2)[1].decode()
        return None if data else "lost"


def length_of(head):
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.split(b":")[1])
    return 0


def request_of(path):
    body = path.read_bytes()
    head = (
        "POST /hostile HTTP/1.1\r\nHost: gateway.test\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def serve(selector, connection, events, seen):
    if events & selectors.EVENT_WRITE:
        connection.write()
    if events & selectors.EVENT_READ:
        status = connection.read()
        if status:
            counts = seen[connection.name]
            counts[status] = counts.get(status, 0) + 1
            connection.begin()
        if status == "lost":
            selector.unregister(connection.socket)
            return
    if selector.get_key(connection.socket).events != connection.wants():
        selector.modify(connection.socket, connection.wants(), connection)


def main(port, folder, count):
    selector = selectors.DefaultSelector()
    seen = {}
    for path in sorted(Path(folder).iterdir()):
        request = request_of(path)
        seen[path.name] = {}
        for _ in range(int(count)):
            connection = Connection(path.name, request, ("127.0.0.1", int(port)))
            selector.register(connection.socket, connection.wants(), connection)
    selector.register(sys.stdin, selectors.EVENT_READ, None)
    ready = False
    while True:
        for key, events in selector.select():
            if key.data is None:
                print(json.dumps(seen), flush=True)
                return
            serve(selector, key.data, events, seen)
        if not ready and all(seen.values()):
            ready = True
            print("ready", flush=True)


main(*sys.argv[1:])
