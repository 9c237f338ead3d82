"""What goes to function URLs is signed byte for byte as AWS's own Python SDK signs it, method by method."""

import http.server
import json
import threading
import time
from calendar import timegm

import pytest

from gateway import expect
from test_sigv4 import REFEREE, answers

KEYS = {"id": "ASIAIOSFODNN7EXAMPLE", "secret": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "token": "session/token=="}
PATHS = ["/", "/a/b", "/a%20b/c%25d", "/%C3%A9/x:y@z", "/a+b/~c_d-e.f", "/x/./y", "/x//y", "/!$&'()*,;="]
QUERIES = ["", "x=1", "b=2&a=1&a=0", "k", "sp=a%20b&sl=%2F", "empty=&z=%C3%A9"]


@pytest.fixture
def server():
    """What came: (method, target, headers, body)."""
    came = []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def any(self):
            came.append((self.command, self.path, dict(self.headers.items()), self.rfile.read(int(self.headers.get("Content-Length") or 0))))
            self.send_response(204)
            self.end_headers()

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = any

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        listener.daemon_threads, listener.came = True, came
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield listener
        listener.shutdown()
        thread.join()


def case_of(method, target, headers, body):
    """As the referee takes it: with the headers that were signed, but for those that it adds itself."""
    names = headers["Authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    found = {name.lower(): value for name, value in headers.items()}
    kept = [[{"host": "Host"}.get(name, name), found[name]] for name in names if name not in ("x-amz-date", "x-amz-security-token")]
    when = timegm(time.strptime(found["x-amz-date"], "%Y%m%dT%H%M%SZ"))
    path, _, query = target.partition("?")
    return {**KEYS, "service": "lambda", "region": "ap-south-1", "method": method, "path": path, "query": query,
            "headers": kept, "body": body.decode(), "wall_ms": when * 1000}  # fmt: skip


@pytest.mark.smoke
def test_requests_to_a_url_are_signed_as_the_sdk_signs_them(start, server, installed):
    python = installed("sdk_python") / "venv/bin/python"
    function = {"timeout": "60s", "lambda": {"url": f"http://127.0.0.1:{server.server_port}/", "region": "ap-south-1"}}
    gateway = start(
        {"functions": {"f": function}, "routes": {"$default": {"function": "f"}}},
        environment={"AWS_ACCESS_KEY_ID": KEYS["id"], "AWS_SECRET_ACCESS_KEY": KEYS["secret"], "AWS_SESSION_TOKEN": KEYS["token"]},
    )
    for number, path in enumerate(PATHS):
        for query in QUERIES:
            method = ["GET", "POST", "PUT", "PATCH", "DELETE"][number % 5]
            body = '{"k":"é"}'.encode() if method in ("POST", "PUT", "PATCH") else None
            headers = [("Content-Type", "application/json"), ("X-Amz-Meta-B", "  two   words "), ("X-Mine", "m")]
            expect(gateway.request(method, path + ("?" + query if query else ""), body, headers), 204)
    expect(gateway.request("POST", "/large", b"x" * 3_000_000, [("Content-Type", "text/plain")]), 204)
    assert len(server.came) == len(PATHS) * len(QUERIES) + 1
    lines = "".join(json.dumps(case_of(*request)) + "\n" for request in server.came)
    for request, wanted in zip(server.came, answers([python, "-c", REFEREE], lines), strict=True):
        assert request[2]["Authorization"] == wanted["authorization"], (request[:2], wanted["canonical"])
        assert "x-mine" not in request[2]["Authorization"]
