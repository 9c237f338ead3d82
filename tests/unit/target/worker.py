"""A small runtime: it asks, does what the event says, answers. Sockets only, so that it starts fast."""
import json
import os
import socket
import sys

HOST, PORT = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
BASE = "/2018-06-01/runtime/"


class Api:
    def __init__(self):
        self.file = socket.create_connection((HOST, int(PORT))).makefile("rwb")

    def call(self, method, path, body=b"", headers=()):
        lines = ["%s %s%s HTTP/1.1" % (method, BASE, path), "Host: x",
                 "Content-Length: %d" % len(body)]
        lines.extend("%s: %s" % pair for pair in headers)
        self.file.write("\r\n".join(lines + ["", ""]).encode() + body)
        self.file.flush()
        status = int(self.file.readline().split()[1])
        found = {}
        while (line := self.file.readline().strip()):
            name, value = line.decode().split(":", 1)
            found[name.lower()] = value.strip()
        return status, found, self.file.read(int(found["content-length"]))


def act(event, headers):
    what = event.get("do") if isinstance(event, dict) else None
    if what == "exit":
        os._exit(event["code"])
    if what == "environment":
        return dict(os.environ)
    if what == "headers":
        return headers
    if what == "print":
        for line in event["lines"]:
            print(line)
        sys.stdout.flush()
    if what == "pid":
        return os.getpid()
    if what == "fail":
        raise ValueError("boom")
    return event


def main():
    api = Api()
    while True:
        _, headers, body = api.call("GET", "invocation/next")
        answer = "invocation/%s/" % headers["lambda-runtime-aws-request-id"]
        try:
            api.call("POST", answer + "response",
                     json.dumps(act(json.loads(body), headers)).encode(),
                     [("Content-Type", "application/json")])
        except ValueError as error:
            document = {"errorMessage": str(error), "errorType": type(error).__name__}
            api.call("POST", answer + "error", json.dumps(document).encode(),
                     [("Lambda-Runtime-Function-Error-Type", "Runtime.Handler")])


main()
