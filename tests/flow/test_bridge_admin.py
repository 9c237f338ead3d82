"""What an operator sees of `lambdagate worker`: its health and its numbers, at an address of its own."""

import json
import signal
import socket

import pytest

from bridge import bridge, let_through, push, replies, wait_started  # noqa: F401 (fixture)
from gateway import COMMAND, Peer, expect, run, wait_for
from redis_server import needs_redis, redis  # noqa: F401 (fixture)

pytestmark = needs_redis


class Watched:
    """The admin address of a bridge."""

    def __init__(self, one):
        self.one = one
        place = one.log.wait(r" admin on (\S+)").group(1)
        host, _, port = place.rpartition(":")
        self.address = (host, int(port)) if port.isdigit() else place

    def get(self, path, method="GET", headers=()):
        with Peer(self.address) as peer:
            return peer.request(method, path, headers=[("Host", "127.0.0.1"), *headers]).answer()

    def number(self, name):
        lines = expect(self.get("/metrics"), 200).body.decode().splitlines()
        found = [line for line in lines if line.startswith(f'{name}{{queue="echo"}} ')]
        assert len(found) == 1, f"{name}: {found}"
        return float(found[0].split()[-1])


@pytest.fixture
def watch(redis, bridge):
    return lambda *words, address="127.0.0.1:0", **more: Watched(bridge(redis, "--admin", address, *words, **more))


def test_calls_are_counted(redis, watch, tmp_path):
    found = watch()
    wait_for("the connections", lambda: found.number("lambdagate_bridge_up") == 1)
    push(redis, json.dumps({"body": json.dumps({"do": "gate", "gate": str(tmp_path), "name": "a"})}).encode())
    wait_started(tmp_path, "a")
    assert found.number("lambdagate_bridge_in_flight") == 1
    assert found.number("lambdagate_bridge_replies_total") == 0
    redis.call("RPUSH", "lg:q:{echo}", b"nonsense")
    push(redis, deadline=1)
    let_through(tmp_path, "a")
    assert {line["status"] for line, _ in replies(redis, 2)} == {"ok", "expired"}
    wait_for("the count", lambda: found.number("lambdagate_bridge_replies_total") == 2)
    assert found.number("lambdagate_bridge_calls_total") == 2
    assert found.number("lambdagate_bridge_expired_total") == 1
    assert found.number("lambdagate_bridge_bad_requests_total") == 1
    assert found.number("lambdagate_bridge_dropped_total") == 0
    assert found.number("lambdagate_bridge_in_flight") == 0
    found.one.stop()
    assert found.one.log.find("stopped: 2 calls taken, 2 answered .1 of them expired., 0 without a reply, 1 that were no")


def test_it_is_ready_while_it_reaches_redis_and_healthy_whatever_happens(redis, watch):
    found = watch()
    wait_for("the connections", lambda: found.get("/readyz").status == 200)
    redis.kill()
    found.one.log.wait("trying again")
    expect(found.get("/readyz"), 503, {"status": "starting"})
    expect(found.get("/healthz"), 200, {"status": "ok"})
    assert found.number("lambdagate_bridge_up") == 0
    redis.start()
    wait_for("the connections", lambda: found.get("/readyz").status == 200)
    wait_for("the number", lambda: found.number("lambdagate_bridge_up") == 1)


def test_it_tells_that_it_drains(redis, watch, tmp_path):
    found = watch()
    push(redis, json.dumps({"body": json.dumps({"do": "gate", "gate": str(tmp_path), "name": "a"})}).encode())
    wait_started(tmp_path, "a")
    found.one.send_signal(15)
    found.one.log.wait("stopping")
    expect(found.get("/readyz"), 503, {"status": "draining"})
    let_through(tmp_path, "a")
    found.one.wait_end(set())


def test_nothing_else_is_served_there(watch):
    found = watch()
    for method, path in (("GET", "/functions"), ("GET", "/routes"), ("POST", "/reload"), ("GET", "/"),
                         ("POST", "/2015-03-31/functions/echo/invocations")):
        expect(found.get(path, method), 404)
    expect(found.get("/metrics", "POST"), 405)
    expect(found.get("/metrics", headers=[("Origin", "https://example.com")]), 403)


def test_it_may_be_a_unix_socket_which_goes_with_it(watch, tmp_path):
    path = tmp_path / "admin"
    found = watch(address=path)
    assert path.stat().st_mode & 0o777 == 0o660
    expect(found.get("/healthz"), 200, {"status": "ok"})
    found.one.stop()
    assert not path.exists()


def test_a_unix_socket_goes_with_one_that_is_ended_at_once(redis, watch, tmp_path):
    path = tmp_path / "admin"
    one = watch(address=path).one
    push(redis, json.dumps({"body": json.dumps({"do": "gate", "gate": str(tmp_path), "name": "a"})}).encode())
    wait_started(tmp_path, "a")
    below = one.below()
    one.send_signal(signal.SIGTERM)
    one.log.wait("stopping: Terminated")
    assert path.exists()
    one.send_signal(signal.SIGTERM)
    one.wait_end(below, statuses=(1,))
    assert not path.exists()


def test_an_address_that_is_taken_ends_the_start(redis, bridge):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        one = bridge(redis, "--admin", f"127.0.0.1:{other.getsockname()[1]}", ready=False)
        one.log.wait("cannot listen on 127.0.0.1:.* .admin.: Address already in use")
        one.wait_end(set(), statuses=(1,))


def test_a_wrong_address_is_told():
    done = run(COMMAND, "worker", "--function", "f", "--redis", "unix:/x", "--admin", "here", "--", "true")
    assert done.returncode == 1
    assert "admin: found" in done.stderr
