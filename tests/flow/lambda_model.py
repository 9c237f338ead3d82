"""AWS Lambda's Invoke API for tests, behind the small AWS: it checks signatures and answers as told."""

import base64
import json
import struct
import time
import zlib

from aws_model import Aws, Refusal, write_chunks

PREFIX = "/2015-03-31/functions/"
STREAM_PREFIX = "/2021-11-15/functions/"


def frame(event, payload, kind="event"):
    headers = b""
    names = {":message-type": kind, ":event-type" if kind == "event" else ":exception-type": event}
    for name, value in names.items():
        headers += bytes([len(name)]) + name.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
    prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    body = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + payload
    return body + struct.pack(">I", zlib.crc32(body))


class Lambda(Aws):
    """`answers` is a list of what the next calls get: (status, headers, body), a function, or None for an echo."""

    def __init__(self, **options):
        super().__init__(**options)
        self.answers, self.calls = [], []

    def answer(self, handler, body):
        path = handler.path.partition("?")[0]
        if not path.startswith((PREFIX, STREAM_PREFIX)):
            return super().answer(handler, body)
        try:
            who = self.signer_of(handler, body)
        except Refusal as refusal:
            code = {"InvalidClientTokenId": "UnrecognizedClientException"}.get(refusal.code, "InvalidSignatureException")
            return self.send(handler, 403, {"x-amzn-ErrorType": code}, {"message": "The security token is invalid."})
        self.calls.append({"target": handler.path, "headers": handler.headers, "body": body, "who": who, "at": time.monotonic()})
        answer = self.answers.pop(0) if self.answers else None
        if callable(answer):
            return answer(handler, body)
        if answer is None:
            event = json.loads(body or b"{}")
            text = {"who": who, "path": event.get("rawPath"), "n": len(self.calls)}
            answer = (200, {}, {"statusCode": 200, "body": json.dumps(text)})
        return self.send(handler, *answer)

    def send(self, handler, status, headers, body):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        handler.send_response(status)
        for name, value in {"Content-Type": "application/json", "x-amzn-RequestId": "r-1", **headers}.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)


def error(status, kind, message="no", **headers):
    return status, {"x-amzn-ErrorType": kind, **{k.replace("_", "-"): v for k, v in headers.items()}}, {"Type": "User", "message": message}


def logged(text):
    return base64.b64encode(text.encode()).decode()


def stream(*pieces, pause=None):
    """An answer to InvokeWithResponseStream; between two pieces `pause` may be waited for."""

    def act(handler, _):
        handler.send_response(200)
        handler.send_header("Content-Type", "application/vnd.amazon.eventstream")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        write_chunks(handler, pieces, pause)
        handler.wfile.write(b"0\r\n\r\n")

    return act
