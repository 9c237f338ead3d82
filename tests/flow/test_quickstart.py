"""The quickstart, as a stranger meets it: conf/quickstart.yaml and the lines that make run prints."""

import json
import os
import re
import signal
import subprocess

import pytest

from gateway import (
    BUILD,
    COMMAND,
    INHERITED,
    PATIENCE,
    ROOT,
    Gateway,
    descendants,
    expect,
    is_alive,
    quickstart_keys,
    run,
    wait_for,
    warm_quickstart,
)
from issuer import bearer

PEN = {"id": "pen-1", "name": "Pen", "price": 1.5}
INVALID = {"message": "Invalid request body"}


@pytest.fixture
def token(gateway):
    """token(*options) is what `lambdagate token --quickstart` prints."""

    def mint(*options):
        config = ("--config", ROOT / "conf" / "quickstart.yaml")
        done = run(COMMAND, "token", "--quickstart", *config, *options, environment=gateway.environment)
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("\n") == 1
        return done.stdout.strip()

    return mint


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    folder = tmp_path_factory.mktemp("quickstart")
    environment = {
        "LAMBDAGATE_LISTEN": "127.0.0.1:0",
        "LAMBDAGATE_ADMIN": "127.0.0.1:0",
        "ITEMS_DB": str(folder / "state" / "items.db"),
        **quickstart_keys(folder / "keys"),
    }
    with Gateway(folder, None, environment, file=ROOT / "conf" / "quickstart.yaml") as gateway:
        warm_quickstart(gateway)
        yield gateway


def test_a_posted_item_is_stored_and_answered_with_201(gateway):
    answer = expect(gateway.post_json("/items", PEN), 201, PEN)
    assert answer.header("content-type") == "application/json"
    assert answer.header("location") == "/items/pen-1"
    expect(gateway.get("/items/pen-1"), 200, PEN)


def test_an_item_can_be_replaced(gateway):
    first = {"id": "cup", "name": "Cup", "price": 3}
    expect(gateway.post_json("/items", first), 201)
    expect(gateway.post_json("/items", {**first, "price": 4}), 201)
    expect(gateway.get("/items/cup"), 200, {**first, "price": 4})


def test_an_item_that_nobody_stored_is_404_by_the_handler(gateway):
    expect(gateway.get("/items/nothing"), 404, {"message": "No such item"})


def test_curl_without_a_content_type_stores_an_item_too(gateway):
    answer = gateway.send("POST", "/items", body=json.dumps({**PEN, "id": "raw"}).encode())
    expect(answer, 201, {**PEN, "id": "raw"})


@pytest.mark.parametrize(
    "body",
    [
        {"id": "pen-1", "name": "Pen"},
        {"name": "Pen", "price": 1},
        {"id": "pen-1", "price": 1},
        {"id": "pen-1", "name": "", "price": 1},
        {"id": "pen-1", "name": "Pen", "price": -0.01},
        {"id": "pen-1", "name": "Pen", "price": "1"},
        {"id": "pen 1", "name": "Pen", "price": 1},
        {"id": "", "name": "Pen", "price": 1},
        {"id": 1, "name": "Pen", "price": 1},
        {"id": "pen-1", "name": "Pen", "price": 1, "colour": "red"},
        [PEN],
        "a string",
        b"",
        b"{",
        b'{"id": "pen-1", "name": "Pen", "price": 1} and more',
        b'{"id": "pen-1", "id": "pen-2", "name": "Pen", "price": 1}',
        b'{"id": "pen-1", "name": "P\xff", "price": 1}',
        b"\xef\xbb\xbf{}",
    ],
    ids=str,
)
def test_a_wrong_body_is_400_and_never_reaches_the_function(gateway, body):
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    answer = expect(gateway.post_json("/items", body), 400, INVALID)
    request_id = re.escape(answer.header("apigw-requestid"))
    gateway.log.wait(rf"access \[{request_id}\].* status=400")  # it comes last
    assert not gateway.log.find(rf"\[{request_id}\].*START")


def test_a_wrong_body_leaves_its_reason_in_the_log_under_the_request_id(gateway):
    answer = gateway.post_json("/items", {"id": "pen-1", "name": "Pen", "price": -3})
    request_id = re.escape(answer.header("apigw-requestid"))
    gateway.log.wait(rf"\[{request_id}\].*/price.*minimum")


def test_me_answers_the_claims_that_the_handler_sees(gateway, token):
    claims = expect(gateway.get("/me", headers=bearer(token())), 200).json()
    assert claims["token_use"] == "access" and claims["client_id"] == "quickstart"
    assert claims["username"] == "alice" and len(claims["sub"]) == 36
    assert claims["scope"] == "aws.cognito.signin.user.admin items/write"
    admins = token("--username", "bob", "--groups", "admin,staff", "--scope", "")
    claims = expect(gateway.get("/me", headers=bearer(admins)), 200).json()
    assert claims["username"] == "bob" and claims["cognito:groups"] == "[admin staff]"
    assert "scope" not in claims


def test_me_is_401_without_a_token_and_with_one_that_does_not_pass(gateway, token):
    unauthorized = {"message": "Unauthorized"}
    expect(gateway.get("/me"), 401, unauthorized)
    expect(gateway.get("/me", headers=bearer(token("--expires=-1m"))), 401, unauthorized)
    expect(gateway.get("/me", headers=bearer(token("--token-use", "id"))), 401, unauthorized)
    expect(gateway.get("/me", headers=bearer(token()[:-4] + "AAAA")), 401, unauthorized)


def put(gateway, headers, document={"name": "Pen", "price": 2}):
    headers = {"content-type": "application/json", **headers}
    return gateway.request("PUT", "/items/pen-2", body=json.dumps(document), headers=headers)


def test_put_needs_a_token_then_its_scope_then_a_body_that_fits(gateway, token):
    expect(put(gateway, {}), 401, {"message": "Unauthorized"})
    expect(put(gateway, bearer(token("--scope", "items/read"))), 403, {"message": "Forbidden"})
    expect(put(gateway, bearer(token()), {"name": "Pen"}), 400, INVALID)
    expect(put(gateway, bearer(token()), {"id": "x", "name": "Pen", "price": 1}), 400, INVALID)
    expect(gateway.get("/items/pen-2"), 404)
    expect(put(gateway, bearer(token())), 200, {"id": "pen-2", "name": "Pen", "price": 2})
    expect(gateway.get("/items/pen-2"), 200, {"id": "pen-2", "name": "Pen", "price": 2})
    gateway.log.wait("alice replaced item pen-2")


def test_docs_are_redirected_with_308(gateway):
    answer = gateway.get("/docs/lambda/latest/dg/welcome.html")
    expect(answer, 308)
    assert answer.header("location") == "https://docs.aws.amazon.com/lambda/latest/dg/welcome.html"


def test_ping_is_answered_by_the_gateway_itself(gateway):
    answer = expect(gateway.get("/ping"), 200, {"ok": True})
    assert answer.header("content-type") == "application/json"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_echo_answers_the_event_it_got(gateway, method):
    event = expect(gateway.send(method, "/echo?color=blue"), 200).json()
    assert event["version"] == "2.0"
    assert event["routeKey"] == "ANY /echo"
    assert event["requestContext"]["http"]["method"] == method
    assert event["queryStringParameters"] == {"color": "blue"}


@pytest.mark.parametrize("target", ["/nowhere", "/", "/items", "/items/", "/docs", "/docs/", "/ping/x"])
def test_an_unknown_path_is_404(gateway, target):
    expect(gateway.get(target), 404, {"message": "Not Found"})


def test_a_body_over_10_mb_is_413(gateway):
    with gateway.peer() as peer:
        peer.request("POST", "/items", [("Content-Length", str(10 * 1024 * 1024 + 1))])
        expect(peer.answer(), 413, {"message": "Request Entity Too Large"})
        peer.expect_closed()


def test_the_gateway_says_aloud_that_invoke_auth_is_none(gateway):
    gateway.log.wait(r"WARN .*invoke_auth")


def test_four_clients_can_store_at_once(gateway):
    peers = [gateway.peer() for _ in range(16)]
    try:
        for number, peer in enumerate(peers):
            item = {"id": f"many-{number}", "name": "One of many", "price": number}
            peer.request("POST", "/items", body=json.dumps(item).encode())
        for peer in peers:
            expect(peer.answer(), 201)
    finally:
        for peer in peers:
            peer.close()
    for number in range(16):
        assert expect(gateway.get(f"/items/many-{number}"), 200).json()["price"] == number


def test_make_run_prints_lines_to_try_and_ends_with_ctrl_c(tmp_path):
    environment = {key: os.environ[key] for key in INHERITED if key in os.environ}
    environment.update(
        LAMBDAGATE_LISTEN="127.0.0.1:0",
        LAMBDAGATE_ADMIN=str(tmp_path / "admin.sock"),
        ITEMS_DB=str(tmp_path / "items.db"),
        LAMBDAGATE_QUICKSTART=str(tmp_path / "keys"),
    )
    process = subprocess.Popen(
        [ROOT / "scripts" / "run-quickstart.sh", BUILD],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        said = ""
        for line in process.stdout:
            said += line
            if "Ctrl-C" in line:
                break
        assert "curl -i http://127.0.0.1:0/ping" in said
        assert f"TOKEN=$({BUILD}/lambdagate token --quickstart)" in said
        assert (tmp_path / "keys" / "key.pem").stat().st_mode & 0o777 == 0o600
        assert "invoke_auth is none" in said
        below = descendants(process.pid)
        assert below, "expected the daemon below the script"
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(PATIENCE) == 0
        wait_for("the end of all it started", lambda: not any(is_alive(p) for p in below))
    finally:
        for pid, _ in descendants(process.pid):
            os.kill(pid, signal.SIGKILL)
        process.kill()
        process.wait()
        process.stdout.close()
