"""A custom runtime that speaks the Runtime API by hand, and misbehaves as its arguments say.

    worker.py verbatim        the body of the event is the result, byte for byte
    worker.py silent          takes the event and never answers
    worker.py ...             see MODES
"""

import base64
import http.client
import json
import os
import signal
import sys

API = "/2018-06-01/runtime"
HOST = os.environ["AWS_LAMBDA_RUNTIME_API"]


def connect():
    return http.client.HTTPConnection(HOST)


connection = connect()


def next_event():
    connection.request("GET", API + "/invocation/next")
    response = connection.getresponse()
    body = response.read()
    return response.headers["Lambda-Runtime-Aws-Request-Id"], response.headers, body


def post(path, body, headers=()):
    connection.request("POST", API + path, body=body, headers=dict(headers))
    response = connection.getresponse()
    return response.status, response.read().decode()


def bytes_of(event):
    """The body of the HTTP request inside the event; the event itself if there is none."""
    document = json.loads(event)
    body = document.get("body", "")
    return base64.b64decode(body) if document.get("isBase64Encoded") else body.encode()


def forever():
    while True:
        signal.pause()


def serve(answer):
    while True:
        answer(*next_event())


def verbatim():
    serve(lambda id, headers, event: post(f"/invocation/{id}/response", bytes_of(event)))


def raw_event():
    """The result is the event itself, untouched: what an Invoke sent comes back."""
    serve(lambda id, headers, event: post(f"/invocation/{id}/response", event))


def headers():
    """The result is what came beside the event."""
    serve(
        lambda id, headers, event: post(
            f"/invocation/{id}/response", json.dumps({k.lower(): v for k, v in headers.items()})
        )
    )


def error():
    serve(lambda id, headers, event: post(f"/invocation/{id}/error", bytes_of(event)))


def silent():
    serve(lambda id, headers, event: forever())


def never_next():
    forever()


def leave(status):
    sys.exit(int(status))


def leave_with_event(status):
    serve(lambda id, headers, event: os._exit(int(status)))


def init_error():
    post("/init/error", json.dumps({"errorType": "Init.Broken", "errorMessage": "cannot begin"}))
    sys.exit(1)


def garbage():
    """Takes the event, then sends what is no HTTP at all."""

    def answer(id, headers, event):
        connection.sock.sendall(b"\x00\xff\x16\x03 this is no HTTP\r\n\r\n" * 3)
        forever()

    serve(answer)


def half():
    """Announces more than it sends, then goes."""

    def answer(id, headers, event):
        head = f"POST {API}/invocation/{id}/response HTTP/1.1\r\nHost: {HOST}\r\n"
        connection.sock.sendall(head.encode() + b"Content-Length: 1000\r\n\r\n{")
        os._exit(0)

    serve(answer)


def chunked():
    """As Go does: always chunked, with declared trailers."""

    def answer(id, headers, event):
        body = bytes_of(event)
        connection.sock.sendall(
            f"POST {API}/invocation/{id}/response HTTP/1.1\r\nHost: {HOST}\r\n"
            "Transfer-Encoding: chunked\r\nTrailer: Lambda-Runtime-Function-Error-Type\r\n\r\n"
            f"{len(body):x}\r\n".encode()
            + body
            + b"\r\n0\r\n\r\n"
        )
        response = http.client.HTTPResponse(connection.sock)
        response.begin()
        response.read()

    serve(answer)


def protocol_errors():
    """Tries what the protocol forbids, and returns the statuses it was given."""

    def answer(id, headers, event):
        wrong = "00000000-0000-4000-8000-000000000000"
        found = {"wrong_id": post(f"/invocation/{wrong}/response", b"{}")[0]}
        found["unknown_path"] = post("/nonsense", b"{}")[0]
        again, _, same = next_event()
        found["next_again"] = again == id and same == event
        status, _ = post(f"/invocation/{id}/response", json.dumps(found))
        second, _ = post(f"/invocation/{id}/response", b'"second"')
        print(f"first answer {status}, second answer {second}", flush=True)

    serve(answer)


MODES = {
    "verbatim": verbatim,
    "raw-event": raw_event,
    "headers": headers,
    "error": error,
    "silent": silent,
    "never-next": never_next,
    "leave": leave,
    "leave-with-event": leave_with_event,
    "init-error": init_error,
    "garbage": garbage,
    "half": half,
    "chunked": chunked,
    "protocol-errors": protocol_errors,
}

MODES[sys.argv[1]](*sys.argv[2:])
