"""A worker in a process of its own, made to be killed: writes down each call before it answers with its id.

    worker.py ADDRESS QUEUE BOOK        ADDRESS: the path of a socket, or a port of this machine

It runs whatever it finds, however late, so that nothing that was left in a queue stays unseen. A reply
that Redis did not take is pushed again, as good workers do. SIGTERM: finishes what it has.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "flow"))

from redis_client import Client, RedisError, reply, take  # noqa: E402

stopping = False


def on_signal(*_):
    global stopping
    stopping = True


class Worker:
    def __init__(self, address, queue, book):
        self.address = int(address) if address.isdigit() else address
        self.queue = queue
        self.book = os.open(book, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self.unsent = None  # (line, result)

    def execute(self, line, event):
        call = json.loads(json.loads(event)["body"])
        os.write(self.book, f"{call['id']} {os.getpid()}\n".encode())
        time.sleep(call.get("ms", 0) / 1000)
        self.unsent = line, {"statusCode": 200, "body": call["id"]}

    def push(self, client):
        line, result = self.unsent
        if time.time() * 1000 < line["deadline"] + 2000:
            reply(client, line, body=result)
        self.unsent = None

    def serve(self, client):
        while not stopping or self.unsent:
            if self.unsent:
                self.push(client)
            else:
                request = take(client, self.queue, patience=0.2)
                if request is not None:
                    self.execute(*request)

    def run(self):
        while not stopping or self.unsent:
            try:
                address = ("127.0.0.1", self.address) if isinstance(self.address, int) else self.address
                with Client(address, patience=1) as client:
                    self.serve(client)
            except (OSError, RedisError):
                time.sleep(0.02)


signal.signal(signal.SIGTERM, on_signal)
Worker(*sys.argv[1:]).run()
