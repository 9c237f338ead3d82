"""How `lambdagate worker` reaches its Redis: over TLS, over a port or a socket, as a user who may little; and what it bounds."""

import json
import re
import subprocess

import pytest

from bridge import bridge, let_through, misbehaving, push, replies, wait_started  # noqa: F401 (fixture)
from gateway import ROOT, expect
from limits import SANITIZED
from ports import free_port
from redis_server import RedisError, config, needs_redis, redis, start_redis, tls_redis  # noqa: F401

pytestmark = needs_redis

MEBIBYTE = 1 << 20


# --- TLS ------------------------------------------------------------------------------------------


def over_tls(server, folder, host="localhost", **more):
    """A configuration of a bridge as one of a gateway: its Redis, and a function with a command."""
    options = {"url": f"rediss://{host}:{server.tls_port}", "ca_file": str(folder / "ca.pem"),
               "client_certificate": str(folder / "redis.pem"), "client_key": str(folder / "redis.key"), **more}
    function = {"workers": {"command": misbehaving("raw-event")}}
    file = folder / "worker.json"
    file.write_text(json.dumps({"redis": options, "functions": {"echo": function}}, default=str))
    return file


def expect_untouched(server, one):
    """It is said once, and the call waits for somebody whom it can trust."""
    push(server, b"1")
    one.log.wait("ERROR worker .*TLS: certificate.*trying again")
    one.stop()
    assert server.call("LLEN", "lg:q:{echo}") == 1
    assert server.call("EXISTS", "lg:r:{test}:0") == 0
    assert len(one.log.find_all("trying again")) == 1


def test_calls_are_taken_and_answered_over_tls_with_a_client_certificate(tls_redis, bridge, tmp_path):
    bridge(tls_redis, handler=None, config=over_tls(tls_redis, tmp_path))
    event = json.dumps("y" * 300_000).encode()
    push(tls_redis, event)
    push(tls_redis, b'"short"')
    assert {body for _, body in replies(tls_redis, 2)} == {event, b'"short"'}


def test_a_certificate_for_another_host_is_refused(tls_redis, bridge, tmp_path):
    one = bridge(tls_redis, handler=None, config=over_tls(tls_redis, tmp_path, host="127.0.0.1"), ready=False)
    expect_untouched(tls_redis, one)
    assert one.log.find("address does not match")


def test_a_certificate_of_another_authority_is_refused(tls_redis, bridge, tmp_path):
    other = tmp_path / "other.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=other", "-keyout",
                    tmp_path / "other.key", "-out", other], check=True, capture_output=True)
    one = bridge(tls_redis, handler=None, config=over_tls(tls_redis, tmp_path, ca_file=str(other)), ready=False)
    expect_untouched(tls_redis, one)


def test_a_certificate_of_an_authority_that_the_system_does_not_know_is_refused(tls_redis, bridge, tmp_path):
    file = over_tls(tls_redis, tmp_path)
    settings = json.loads(file.read_text())
    del settings["redis"]["ca_file"]
    file.write_text(json.dumps(settings))
    expect_untouched(tls_redis, bridge(tls_redis, handler=None, config=file, ready=False))


def test_the_command_line_names_the_authority(tls_redis, bridge, tmp_path):
    tls_redis.call("CONFIG", "SET", "tls-auth-clients", "no")
    words = ["--redis", f"rediss://localhost:{tls_redis.tls_port}", "--ca-file", tmp_path / "ca.pem"]
    bridge(tls_redis, *words, handler="echo")
    push(tls_redis, b"[1]")
    assert replies(tls_redis)[0][1] == b"[1]"


# --- a port ---------------------------------------------------------------------------------------


def test_calls_are_taken_and_answered_over_tcp(start_redis, start, bridge):
    server = start_redis(port=free_port())
    assert server.url.startswith("redis://127.0.0.1:")
    gateway = start(config(server))
    gateway.log.wait(" ready:")
    bridge(server, handler="echo_answer")
    expect(gateway.post_json("/echo", {}), 200)


# --- a user ---------------------------------------------------------------------------------------


def acl_line(queue):
    """The line of docs/worker-protocol.md, for another queue."""
    page = (ROOT / "docs" / "worker-protocol.md").read_text()
    words = re.search(r"^ACL SETUSER resize-worker (.*)$", page, flags=re.M).group(1).split()
    return [word.replace("resize", queue).replace(">SECRET", ">secret") for word in words]


def password_in(folder):
    secret = folder / "secret"
    secret.write_text("secret\n")
    secret.chmod(0o600)
    return secret


def test_the_acl_line_of_the_manual_is_enough(start_redis, start, bridge, tmp_path):
    server = start_redis()
    server.call("ACL", "SETUSER", "w", *acl_line("echo"))
    gateway = start(config(server, {"start_receipts": True}))
    gateway.log.wait(" ready:")
    one = bridge(server, "--username", "w", "--password-file", password_in(tmp_path), handler="echo_answer")
    expect(gateway.post_json("/echo", {}), 200)
    assert server.call("ZCARD", "lg:w:{echo}") == 1
    one.stop()
    assert not one.log.find("NOPERM")


def test_the_acl_line_of_the_manual_is_no_more_than_enough(start_redis):
    server = start_redis()
    server.call("ACL", "SETUSER", "w", *acl_line("echo"))
    with server.client() as client:
        client.call("AUTH", "w", "secret")
        client.call("BLPOP", "lg:q:{echo}", "lg:q:{echo}:hi", "0.01")
        for command in (["BLPOP", "lg:q:{other}", "0.01"], ["BLPOP", "lg:r:{gw}:0", "0.01", "x"], ["KEYS", "*"],
                        ["DEL", "lg:q:{echo}"], ["RPUSH", "lg:q:{other}", "x"], ["LRANGE", "lg:q:{echo}", 0, 9],
                        ["CONFIG", "GET", "*"], ["FLUSHALL"], ["ACL", "LIST"], ["ZADD", "lg:w:{other}", 1, "x"]):
            with pytest.raises(RedisError, match="NOPERM"):
                client.call(*command)


def test_a_queue_that_it_may_not_take_is_told_once(start_redis, bridge, tmp_path):
    server = start_redis()
    server.call("ACL", "SETUSER", "w", *acl_line("other"))
    one = bridge(server, "--username", "w", "--password-file", password_in(tmp_path), handler="echo")
    one.log.wait("BLPOP: NOPERM .*; trying again")
    server.call("ACL", "SETUSER", "w", "~lg:q:{echo}*")
    push(server, b"1")
    assert replies(server)[0][1] == b"1"
    assert len(one.log.find_all("trying again")) == 1


def test_a_wrong_password_is_told_without_it(start_redis, bridge, tmp_path):
    server = start_redis()
    server.call("ACL", "SETUSER", "w", *acl_line("echo"), ">other", "<secret")
    one = bridge(server, "--username", "w", "--password-file", password_in(tmp_path), handler="echo", ready=False)
    one.log.wait("AUTH: WRONGPASS .*trying again")
    one.stop()
    assert "secret" not in one.log.text().replace(str(tmp_path), "")


# --- what it bounds -------------------------------------------------------------------------------


@pytest.mark.skipif(SANITIZED, reason="every piece of 64 KiB moves all that came before under a sanitizer")
def test_an_event_of_64_mib_is_run_and_a_larger_one_ends_the_connection(redis, bridge):
    one = bridge(redis, "--concurrency", "1", command=misbehaving("raw-event"))
    push(redis, b'"' + b"x" * (64 * MEBIBYTE - 2) + b'"', timeout_ms=60000)
    line, body = replies(redis)[0]
    assert line["status"] == "error"  # it was run: what came back is over limits.result
    assert json.loads(body)["errorType"] == "Function.ResponseSizeTooLarge"
    push(redis, b"x" * 66 * MEBIBYTE)
    one.log.wait("a reply is over its limit; trying again")
    push(redis, b"1")
    assert replies(redis)[0][1] == b"1"


def test_a_line_of_a_request_has_at_most_64_kib(redis, bridge):
    one = bridge(redis, command=misbehaving("raw-event"))
    push(redis, b"1", more="x" * (64 * 1024))
    one.log.wait("that are no request: dropped")
    push(redis, b"2", more="x" * (63 * 1024))
    assert replies(redis)[0][1] == b"2"


def test_a_reply_that_redis_refuses_is_dropped_10_seconds_after_the_deadline(redis, bridge, tmp_path):
    """And its place is free again."""
    say = json.dumps({"body": json.dumps({"do": "say", "lines": ["a"]})}).encode()
    one = bridge(redis, "--concurrency", "1")
    push(redis, say)  # whose worker is there for the next
    assert replies(redis)[0][1] == b"1"
    order = json.dumps({"body": json.dumps({"do": "gate", "gate": str(tmp_path), "name": "a"})}).encode()
    push(redis, order, deadline=redis_ms(redis) + 5000)
    wait_started(tmp_path, "a")
    redis.call("CONFIG", "SET", "maxmemory", "1")
    let_through(tmp_path, "a")
    one.log.wait("Redis refused the reply: OOM")
    one.log.wait("no reply is sent: Redis did not take it while somebody waited for it")
    redis.call("CONFIG", "SET", "maxmemory", "0")
    push(redis, say)
    assert replies(redis)[0][1] == b"1"
    one.stop()
    assert one.log.find("3 calls taken, 2 answered .*, 1 without a reply")


def redis_ms(server):
    seconds, micros = map(int, server.call("TIME"))
    return seconds * 1000 + micros // 1000
