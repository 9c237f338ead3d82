"""A custom runtime that streams its responses by hand, as the request in the event orders.

The body of the request is {"type": content type, "steps": [...]}, and each step one of

    "text"              is sent as a chunk
    {"send": base64}    likewise, any bytes
    {"fill": n}         n bytes in large chunks
    {"gate": path}      waits until the file PATH exists
    {"touch": path}     makes it
    {"end": how}        whole | trailers | cut | exit | silence; "whole" is what happens without it

"before": {"touch": path, "gate": path} is done before the response begins.
How far a "fill" came is kept in the file that the order names as "progress".
"""

import base64
import json
import os
import pathlib
import signal
import socket
import time

API = "/2018-06-01/runtime/invocation"
ADDRESS = os.environ["AWS_LAMBDA_RUNTIME_API"]
HOST, _, PORT = ADDRESS.rpartition(":")
BLOCK = bytes(range(256)) * 256


class Connection:
    def __init__(self):
        self.socket = socket.create_connection((HOST, int(PORT)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb")

    def send(self, data):
        self.socket.sendall(data)

    def chunk(self, data):
        if data:
            self.send(b"%x\r\n%b\r\n" % (len(data), data))

    def answer(self):
        line = self.file.readline()
        if not line:
            raise ConnectionResetError
        status = int(line.split()[1])
        headers = {}
        while (line := self.file.readline().strip()):
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        return status, headers, self.file.read(int(headers["content-length"]))

    def close(self):
        self.file.close()
        self.socket.close()


def begin(connection, id, order):
    lines = [
        f"POST {API}/{id}/response HTTP/1.1",
        f"Host: {ADDRESS}",
        "Lambda-Runtime-Function-Response-Mode: streaming",
        "Transfer-Encoding: chunked",
        "Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body",
    ]
    if order.get("type"):
        lines.append(f"Content-Type: {order['type']}")
    connection.send("\r\n".join([*lines, "", ""]).encode())


def wait_for(path):
    while not os.path.exists(path):
        time.sleep(0.005)


def fill(connection, size, progress):
    sent = 0
    while sent < size:
        part = BLOCK[: size - sent]
        connection.chunk(part)
        sent += len(part)
        if progress:
            os.pwrite(progress, b"%20d" % sent, 0)


def end(connection, how):
    """Returns whether the connection may be used for more."""
    if how == "trailers":
        document = json.dumps({"errorType": "Broken", "errorMessage": "in the middle"}).encode()
        connection.send(
            b"0\r\nLambda-Runtime-Function-Error-Type: Function.Broken\r\n"
            b"Lambda-Runtime-Function-Error-Body: %b\r\n\r\n" % base64.b64encode(document)
        )
    elif how == "cut":
        connection.close()
        return False
    elif how == "exit":
        os._exit(3)
    elif how == "silence":
        while True:
            signal.pause()
    else:
        connection.send(b"0\r\n\r\n")
    print("runtime was answered", connection.answer()[0], flush=True)
    return True


def run(connection, id, order):
    if "before" in order:
        pathlib.Path(order["before"]["touch"]).touch()
        wait_for(order["before"]["gate"])
    progress = os.open(order["progress"], os.O_CREAT | os.O_WRONLY) if "progress" in order else None
    begin(connection, id, order)
    for step in order["steps"]:
        if isinstance(step, str):
            connection.chunk(step.encode())
        elif "send" in step:
            connection.chunk(base64.b64decode(step["send"]))
        elif "fill" in step:
            fill(connection, step["fill"], progress)
        elif "gate" in step:
            wait_for(step["gate"])
        elif "touch" in step:
            pathlib.Path(step["touch"]).touch()
        elif "end" in step:
            return end(connection, step["end"])
    return end(connection, "whole")


def post(connection, id, what, body):
    head = f"POST {API}/{id}/{what} HTTP/1.1\r\nHost: {ADDRESS}\r\nContent-Length: {len(body)}\r\n\r\n"
    connection.send(head.encode() + body)
    connection.answer()


def order_of(event):
    """The body of a request, or the event itself where it is none."""
    if "body" not in event:
        return event
    return json.loads(base64.b64decode(event["body"]) if event.get("isBase64Encoded") else event["body"])


def serve(connection):
    connection.send(f"GET {API}/next HTTP/1.1\r\nHost: {ADDRESS}\r\n\r\n".encode())
    _, headers, event = connection.answer()
    id = headers["lambda-runtime-aws-request-id"]
    order = order_of(json.loads(event))
    if "return" in order:
        post(connection, id, "response", json.dumps(order["return"]).encode())
    elif "fail" in order:
        post(connection, id, "error", json.dumps({"errorMessage": order["fail"]}).encode())
    else:
        return run(connection, id, order)
    return True


def main():
    connection = Connection()
    while True:
        try:
            usable = serve(connection)
        except (BrokenPipeError, ConnectionResetError):
            print("runtime was cut off", flush=True)
            usable = False
        if not usable:
            connection.close()
            connection = Connection()


main()
