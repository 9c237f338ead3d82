"""A custom runtime for limits: takes events of any size without reading them, answers as told.

    measure.py size            the result is the event's size
    measure.py large SIZE      the result is SIZE bytes of text
    measure.py never           takes an event and keeps it
"""

import http.client
import os
import signal
import sys

API = "/2018-06-01/runtime/invocation"
connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])


def take():
    """Id and size of the next event; the event itself goes nowhere."""
    connection.request("GET", f"{API}/next")
    response = connection.getresponse()
    size = 0
    while piece := response.read(1 << 20):
        size += len(piece)
    return response.headers["Lambda-Runtime-Aws-Request-Id"], size


def answer(id, body):
    connection.request("POST", f"{API}/{id}/response", body=body)
    connection.getresponse().read()


mode, *arguments = sys.argv[1:]
large = b"x" * int(arguments[0]) if mode == "large" else b""
while True:
    id, size = take()
    while mode == "never":
        signal.pause()
    answer(id, large or str(size).encode())
