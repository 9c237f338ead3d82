"""Handlers that serverless-offline runs are called by its Invoke API, and by its HTTP API as by a function URL."""

import json
from pathlib import Path

import pytest

from gateway import PATIENCE, expect, wait_for
from ports import free_port
from servers import Server

HANDLERS = Path(__file__).resolve().parent / "functions/offline.js"
NAMES = ["echo", "raise", "nothing", "late"]
ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "eu-west-1", "HOME": "/nonexistent"}

pytestmark = pytest.mark.xdist_group("serverless_offline")


@pytest.fixture(scope="module")
def offline(installed, tmp_path_factory):
    """(address of the Invoke API, address of the HTTP API)."""
    packages, folder = installed("serverless_offline") / "node_modules", tmp_path_factory.mktemp("offline")
    http, invoke = free_port(), free_port()
    (folder / "node_modules").symlink_to(packages)
    (folder / "offline.js").write_bytes(HANDLERS.read_bytes())
    service = {
        "service": "shop",
        "frameworkVersion": "3",
        "plugins": ["serverless-offline"],
        "provider": {"name": "aws", "runtime": "nodejs18.x", "region": "eu-west-1", "stage": "dev"},
        "custom": {"serverless-offline": {"host": "127.0.0.1", "httpPort": http, "lambdaPort": invoke, "noPrependStageInUrl": True}},
        "functions": {
            **{name: {"handler": f"offline.{name}"} for name in NAMES},
            "ping": {"handler": "offline.ping", "events": [{"httpApi": {"method": "GET", "path": "/ping"}}]},
            "http": {"handler": "offline.http", "events": [{"httpApi": {"method": "*", "path": "/fn/{proxy+}"}}]},
        },
    }
    (folder / "serverless.json").write_text(json.dumps(service))
    words = ["node", packages / "serverless/bin/serverless.js", "offline", "start"]
    quiet = {"SLS_TELEMETRY_DISABLED": "1", "SLS_NOTIFICATIONS_MODE": "off", "CI": "1"}
    with Server(words, http, folder, "/ping", patience=PATIENCE * 5, **quiet):
        yield f"http://127.0.0.1:{invoke}", f"http://127.0.0.1:{http}"


@pytest.fixture(scope="module")
def gateway_of(offline):
    invoke, http = offline
    named = {name: {"timeout": "20s", "lambda": {"function": f"shop-dev-{name}", "endpoint": invoke}} for name in [*NAMES, "missing"]}
    named["late"]["lambda"]["invocation_type"] = "Event"
    named["url"] = {"timeout": "20s", "lambda": {"url": http + "/fn/", "auth_type": "NONE"}}
    routes = {f"POST /{name}": {"function": name} for name in named}
    return {"functions": named, "routes": {**routes, "ANY /by-url/{proxy+}": {"function": "url"}}, "limits": {"body": "6MB"}}


@pytest.fixture
def gateway(start, gateway_of):
    return start(gateway_of, environment=ENVIRONMENT)


def invoke(gateway, name, event, headers=()):
    path = f"/2015-03-31/functions/{name}/invocations"
    return gateway.request("POST", path, json.dumps(event).encode(), list(headers), admin=True)


def test_a_handler_is_called_and_its_result_is_the_answer(gateway):
    answer = expect(gateway.post_json("/echo?x=1", {"k": "v"}), 200).json()
    assert (answer["event"]["version"], answer["event"]["rawQueryString"]) == ("2.0", "x=1")
    assert json.loads(answer["event"]["body"]) == {"k": "v"}


def test_the_client_context_travels(gateway):
    context = "eyJjdXN0b20iOnsiYSI6ImIifX0="  # {"custom":{"a":"b"}}
    answer = expect(invoke(gateway, "echo", {"k": 1}, [("X-Amz-Client-Context", context)]), 200).json()
    assert answer == {"event": {"k": 1}, "custom": {"a": "b"}}


def test_a_handler_that_raises_is_a_function_error(gateway):
    answer = gateway.post_json("/raise", {})
    assert answer.status == 500 and b"secret" not in answer.body
    answer = expect(invoke(gateway, "raise", {}), 200)
    assert answer.header("x-amz-function-error") and answer.json()["errorMessage"] == "a secret of the function"


def test_a_handler_that_returns_nothing_has_no_result(gateway):
    assert expect(invoke(gateway, "nothing", {}), 200).body in (b"", b"null")


def test_an_event_is_handed_over_alone(gateway, tmp_path):
    file = tmp_path / "late"
    assert expect(invoke(gateway, "late", {"file": str(file), "text": "done"}), 200).body in (b"", b"null")
    wait_for("the handler", lambda: file.exists() and file.read_text() == "done")


def test_a_function_that_is_not_there_has_not_started(gateway):
    answer = gateway.post_json("/missing", {})
    assert (answer.status, answer.header("x-lambdagate-outcome")) == (503, "not-started")
    gateway.log.wait("Lambda answered 404 ResourceNotFoundException: Function not found: shop-dev-missing")


def test_a_large_payload_travels_both_ways(gateway):
    text = "x" * 2_500_000
    assert expect(invoke(gateway, "echo", {"text": text}), 200).json() == {"event": {"text": text}}


def test_a_request_goes_to_a_url_as_it_came(gateway):
    answer = gateway.request("PUT", "/by-url/a%20b?x=1&y=2", b"body", [("Cookie", "s=1; t=2"), ("X-Mine", "m"), ("Content-Type", "text/plain")])  # fmt: skip
    assert (expect(answer, 201).header("x-own"), answer.header("content-type").split(";")[0]) == ("1", "application/json")
    assert [value for name, value in answer.headers if name.lower() == "set-cookie"] == ["a=b", "c=d"]
    seen = answer.json()
    assert (seen["method"], seen["query"], seen["cookies"]) == ("PUT", "x=1&y=2", ["s=1", "t=2"])
    assert seen["path"].startswith("/fn/by-url/a") and (seen["mine"], seen["size"]) == ("m", 4)


def test_a_large_request_goes_to_a_url(gateway):
    answer = gateway.request("POST", "/by-url/x", b"x" * 4_000_000, [("Content-Type", "text/plain")])
    assert expect(answer, 201).json()["size"] == 4_000_000
