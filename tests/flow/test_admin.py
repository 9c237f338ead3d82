"""The admin address: health, readiness, metrics, the Invoke API, and web pages kept away from it."""

import base64
import json
import re

import pytest

from gateway import Peer, command_function, expect, python_function

CONFIG = {
    "functions": {
        "act": python_function("act", workers={"max": 1}),
        "raw": command_function("raw-event"),
        "slow": command_function("silent", timeout="300ms"),
        "died": command_function("leave-with-event", "7"),
    },
    "routes": {
        "POST /act": {"function": "act"},
        "GET /ping": {"respond": {"status": 200, "json": {"ok": True}}},
    },
}
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


def invoke(gateway, function, payload=b"{}", headers=()):
    target = f"/2015-03-31/functions/{function}/invocations"
    return gateway.request("POST", target, body=payload, headers=headers, admin=True)


# --- health and metrics -----------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_gateway_that_runs_is_healthy_and_ready(gateway, path):
    expect(gateway.get(path, admin=True), 200)


def test_the_public_address_has_no_admin_paths(gateway):
    for path in ("/healthz", "/readyz", "/metrics", "/2015-03-31/functions/act/invocations"):
        expect(gateway.get(path), 404, {"message": "Not Found"})


def test_an_unknown_admin_path_is_404(gateway):
    expect(gateway.get("/nowhere", admin=True), 404)


def test_metrics_follow_the_text_format_and_our_prefix(gateway):
    expect(gateway.get("/ping"), 200)
    answer = expect(gateway.get("/metrics", admin=True), 200)
    assert answer.header("content-type").startswith("text/plain")
    types = {}
    for line in answer.body.decode().splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in types, f"{name} is told twice"
            types[name] = kind
        elif line and not line.startswith("#"):
            match = re.fullmatch(r"(lambdagate_\w+)(\{.*\})? -?[0-9.e+]+(?:Inf)?", line)
            assert match, line
            base = re.sub(r"_(bucket|sum|count)$", "", match.group(1))
            assert match.group(1) in types or base in types, f"no TYPE for {line}"
    assert types


def test_metrics_count_requests(gateway):
    def requests():
        text = gateway.get("/metrics", admin=True).body.decode()
        lines = [line for line in text.splitlines() if line.startswith("lambdagate_requests_total")]
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines)

    before = requests()
    for _ in range(3):
        gateway.wait_counted(expect(gateway.get("/ping"), 200))
    assert requests() >= before + 3


# --- browsers are kept away ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        [("Origin", "https://evil.example")],
        [("Origin", "null")],
        [("Sec-Fetch-Site", "cross-site")],
        [("Sec-Fetch-Site", "same-origin")],
        [("Host", "evil.example")],
        [("Host", "evil.example:8081")],
        [("Host", "")],
    ],
    ids=str,
)
@pytest.mark.parametrize("method, path", [("GET", "/metrics"), ("POST", "/2015-03-31/functions/act/invocations")])
def test_a_web_page_cannot_use_the_admin_address(gateway, method, path, headers):
    body = b'{"do": "return", "value": "secret"}' if method == "POST" else b""
    with gateway.admin_peer() as peer:
        host = [] if any(name == "Host" for name, _ in headers) else [("Host", "127.0.0.1")]
        peer.request(method, path, host + headers, body)
        answer = expect(peer.answer(), 403)
        assert b"secret" not in answer.body and b"lambdagate_" not in answer.body


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.1:{port}", "localhost:{port}"])
def test_this_machine_may_use_the_admin_address(gateway, host):
    with gateway.admin_peer() as peer:
        peer.request("GET", "/healthz", [("Host", host.format(port=gateway.admin_port))])
        expect(peer.answer(), 200)


# --- the Invoke API -----------------------------------------------------------------------------------


def test_an_invoke_returns_the_functions_bytes(gateway):
    payload = b'{ "a" : 1.50 , "b": "\xe2\x82\xac" }'
    answer = expect(invoke(gateway, "raw", payload), 200)
    assert answer.body == payload
    assert answer.header("x-amz-executed-version") == "$LATEST"
    assert re.fullmatch(UUID, answer.header("x-amzn-requestid"))
    assert answer.header("x-amz-function-error") is None
    assert answer.header("x-amz-log-result") is None


@pytest.mark.parametrize(
    "name",
    [
        "raw",
        "raw:$LATEST",
        "raw%3A%24LATEST",
        "123456789012:function:raw",
        "arn:aws:lambda:us-east-1:123456789012:function:raw",
        "arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Araw",
    ],
)
def test_a_function_may_be_named_in_every_form(gateway, name):
    expect(invoke(gateway, name, b'"hello"'), 200, "hello")


def test_an_empty_payload_is_an_empty_object(gateway):
    expect(invoke(gateway, "raw", b""), 200, {})


def test_an_unknown_function_is_404_as_lambda_says_it(gateway):
    answer = expect(invoke(gateway, "nobody"), 404)
    assert answer.header("x-amzn-errortype") == "ResourceNotFoundException"
    assert answer.json()["Type"] == "User"
    assert "function:nobody" in answer.json()["Message"]


def test_a_payload_that_is_no_json_is_400(gateway):
    answer = expect(invoke(gateway, "raw", b"{nonsense"), 400)
    assert answer.header("x-amzn-errortype") == "InvalidRequestContentException"


def test_a_large_payload_is_checked_as_a_small_one_is(gateway):
    text = "x" * 3_000_000
    assert expect(invoke(gateway, "raw", json.dumps(text)), 200).json() == text
    answer = expect(invoke(gateway, "raw", json.dumps(text)[:-1]), 400)
    assert "(at byte 3000001)" in answer.json()["message"]


def test_an_exception_is_200_with_the_error_header(gateway):
    answer = invoke(gateway, "act", json.dumps({"body": '{"do": "fail", "text": "boom"}'}))
    expect(answer, 200)
    assert answer.header("x-amz-function-error") == "Unhandled"
    assert answer.json()["errorType"] == "ValueError"
    assert answer.json()["errorMessage"] == "boom"


def test_a_timeout_is_200_with_the_error_of_the_platform(gateway):
    answer = expect(invoke(gateway, "slow"), 200)
    assert answer.header("x-amz-function-error") == "Unhandled"
    assert "Task timed out after 0.30 seconds" in answer.json()["errorMessage"]


def test_a_dead_worker_is_200_with_the_error_of_the_platform(gateway):
    answer = expect(invoke(gateway, "died"), 200)
    assert answer.header("x-amz-function-error") == "Unhandled"
    assert answer.json()["errorType"] == "Runtime.ExitError"
    assert "exit status 7" in answer.json()["errorMessage"]


def test_the_log_tail_comes_on_demand(gateway):
    payload = json.dumps({"body": json.dumps({"do": "say", "lines": ["a line of the log"]})})
    answer = expect(invoke(gateway, "act", payload, {"X-Amz-Log-Type": "Tail"}), 200)
    tail = base64.b64decode(answer.header("x-amz-log-result"), validate=True).decode()
    request_id = answer.header("x-amzn-requestid")
    assert f"START RequestId: {request_id} Version: $LATEST" in tail
    assert "a line of the log" in tail
    assert f"END RequestId: {request_id}" in tail
    assert f"REPORT RequestId: {request_id}" in tail


def test_a_log_tail_is_the_last_4_kb(gateway):
    lines = [f"line {number} " + "x" * 100 for number in range(200)]
    payload = json.dumps({"body": json.dumps({"do": "say", "lines": lines})})
    answer = expect(invoke(gateway, "act", payload, {"X-Amz-Log-Type": "Tail"}), 200)
    tail = base64.b64decode(answer.header("x-amz-log-result"))
    assert len(tail) == 4096
    assert b"line 199" in tail and b"REPORT" in tail and b"line 10 " not in tail


def test_a_client_context_reaches_the_function(start):
    gateway = start({"functions": {"h": command_function("headers")}})
    context = base64.b64encode(b'{"custom": {"k": "v"}}').decode()
    answer = expect(invoke(gateway, "h", b"{}", {"X-Amz-Client-Context": context}), 200)
    assert json.loads(answer.json()["lambda-runtime-client-context"]) == {"custom": {"k": "v"}}


def test_a_dry_run_is_204_and_runs_nothing(gateway):
    answer = invoke(gateway, "died", b"{}", {"X-Amz-Invocation-Type": "DryRun"})
    expect(answer, 204)
    assert answer.body == b""


def test_a_payload_over_6_mb_is_413(gateway):
    payload = b'"' + b"x" * (6 * 1024 * 1024) + b'"'
    with gateway.admin_peer() as peer:
        target = "/2015-03-31/functions/raw/invocations"
        peer.request("POST", target, [("Host", "localhost"), ("Content-Length", str(len(payload)))])
        peer.try_send(payload)  # the answer may come before all of it is sent
        answer = expect(peer.answer(), 413)
        assert "6291456" in answer.body.decode()


def test_a_client_that_sends_all_before_it_reads_hears_that_its_payload_is_too_large(gateway):
    payload = b'"' + b"x" * (16 * 1024 * 1024) + b'"'
    target = "/2015-03-31/functions/raw/invocations"
    with gateway.admin_peer() as peer:
        peer.request("POST", target, [("Host", "localhost")], payload)  # not cut while it sends
        answer = expect(peer.answer(), 413)
        assert answer.header("x-amzn-errortype") == "RequestEntityTooLargeException"
        peer.request("POST", target, [("Host", "localhost")], b'"next"')
        expect(peer.answer(), 200, "next")


def test_a_unix_socket_needs_no_host_and_no_invoke_auth(start, tmp_path):
    path = tmp_path / "admin.sock"
    text = f"""
listen: 127.0.0.1:0
admin: {path}
functions:
  raw: {{ workers: {{ command: {json.dumps(CONFIG["functions"]["raw"]["workers"]["command"])} }} }}
routes:
  $default: {{ function: raw }}
"""
    gateway = start(text, wait=False)
    gateway.log.wait(r" admin on ")
    with Peer(str(path)) as peer:
        peer.request("POST", "/2015-03-31/functions/raw/invocations", [("Host", "anything")], b'"x"')
        expect(peer.answer(), 200, "x")
    gateway.stop()
    assert not gateway.log.find("invoke_auth")
