"""What goes wrong between the gateway, Redis and workers: what callers hear, and what comes back by itself."""

import json
import os
import re
import signal
import threading
import time

import pytest

from gateway import Gateway, expect, wait_for
from ports import free_port
from redis_server import (  # noqa: F401 (fixtures)
    Server, Taker, Worker, config, needs_redis, redis, reply, start_redis, take, tls_redis,
)
from test_redis import Call, depth, start, workers  # noqa: F401 (fixtures)
from test_reload import reload

pytestmark = needs_redis
NO_CONTENT = {"statusCode": 204}


def queued(gateway):
    """Waits until Redis has said that a call is in the queue."""
    wait_for("the call in the queue", lambda: gateway.metric("lambdagate_redis_queue_depth", function="echo") == 1)


def both_loops(gateway):
    wait_for("both loops to be connected", lambda: gateway.metric("lambdagate_redis_up") == 2)


def outcome(answer):
    return answer.header("x-lambdagate-outcome")


# --- Redis goes and comes -------------------------------------------------------------------------


def test_without_redis_calls_are_refused_at_once_and_served_when_it_is_back(redis, start, workers):
    gateway = start(config(redis, function={"queue_wait": "60s"}))
    workers(redis, handler=lambda line, body: NO_CONTENT)
    expect(gateway.post_json("/echo", {}), 204)
    redis.kill()
    gateway.log.wait("trying again")
    answer = expect(gateway.post_json("/echo", {}), 503)
    assert outcome(answer) == "not-started"
    gateway.log.wait("Redis is not reachable")
    redis.start()
    wait_for("calls to be served again", lambda: gateway.post_json("/echo", {}).status == 204)
    both_loops(gateway)


def test_the_daemon_starts_without_redis(redis, start, workers):
    redis.kill()
    gateway = start(config(redis))
    assert outcome(expect(gateway.post_json("/echo", {}), 503)) == "not-started"
    redis.start()
    workers(redis, handler=lambda line, body: NO_CONTENT)
    wait_for("calls to be served", lambda: gateway.post_json("/echo", {}).status == 204)


def test_a_call_that_runs_survives_a_restart_of_redis(redis, start):
    gateway = start(config(redis, function={"queue_wait": "60s"}))
    call = Call(gateway)
    queued(gateway)
    with redis.client() as client:
        line, _ = take(client, "echo")
    redis.kill()
    gateway.log.wait("trying again")
    redis.start()
    with redis.client() as client:
        reply(client, line, body=NO_CONTENT)
    expect(call.finish(), 204)


def test_a_call_that_waits_survives_a_restart_of_redis(redis, start, workers):
    gateway = start(config(redis, function={"queue_wait": "60s"}))
    call = Call(gateway)
    queued(gateway)
    redis.kill()
    redis.start()
    workers(redis, handler=lambda line, body: NO_CONTENT)
    expect(call.finish(), 204)


def test_restarts_under_traffic_give_no_wrong_answer_and_leave_nothing(redis, start, workers):
    gateway = start(config(redis, function={"queue_wait": "2s", "timeout": "2s"}))
    runs = []
    for _ in range(2):
        workers(redis, handler=lambda line, body: runs.append(1) or {"statusCode": 200, "body": json.loads(body)["body"]})
    stop = threading.Event()
    seen = []

    def caller(who):
        number = 0
        while not stop.is_set():
            number += 1
            sent = {"who": who, "n": number}
            answer = gateway.post_json("/echo", sent)
            seen.append((answer.status, outcome(answer), answer.status != 200 or answer.json() == sent))

    callers = [threading.Thread(target=caller, args=(who,)) for who in range(6)]
    for thread in callers:
        thread.start()
    for _ in range(3):
        before = len(seen)
        wait_for("traffic", lambda: sum(status == 200 for status, *_ in seen[before:]) >= 20)
        redis.kill()
        redis.start()
    before = len(seen)
    wait_for("traffic", lambda: sum(status == 200 for status, *_ in seen[before:]) >= 20)
    stop.set()
    for thread in callers:
        thread.join()
    assert all(right for *_, right in seen)
    assert {status for status, *_ in seen} <= {200, 503, 504}
    assert all(told in ("not-started", "unknown") for status, told, _ in seen if status != 200)
    assert gateway.metric("lambdagate_redis_in_flight", function="echo") == 0
    causes = ("ok", "function_error", "throttled", "never_started", "unknown", "timeout")
    assert sum(gateway.metric("lambdagate_invocations_total", function="echo", cause=c) for c in causes) == len(seen)


def test_a_frozen_redis_is_given_up(redis, start, workers):
    gateway = start(config(redis, redis={"command_timeout": "2s"}))
    redis.freeze()
    answer = gateway.post_json("/echo", {})
    assert outcome(answer) == "unknown", answer
    gateway.log.wait("no answer within command_timeout")
    redis.thaw()
    workers(redis, handler=lambda line, body: NO_CONTENT)
    wait_for("calls to be served again", lambda: gateway.post_json("/echo", {}).status == 204)


def test_a_call_that_waits_while_redis_is_gone_is_of_unknown_outcome(redis, start):
    gateway = start(config(redis, function={"queue_wait": "3s"}))
    call = Call(gateway)
    queued(gateway)
    redis.kill()
    answer = call.finish()
    assert outcome(answer) == "unknown", answer


# --- refusals of Redis ----------------------------------------------------------------------------


def test_a_full_redis_refuses_and_the_call_never_started(start_redis, start):
    server = start_redis()
    gateway = start(config(server))
    server.call("CONFIG", "SET", "maxmemory", "1")
    assert outcome(expect(gateway.post_json("/echo", {}), 503)) == "not-started"
    gateway.log.wait("Redis refused it: OOM")


def test_a_gateway_keeps_its_name_in_a_full_redis(start_redis, start):
    server = start_redis()
    gateway = start(config(server, redis={"gateway": "g"}))
    server.call("CONFIG", "SET", "maxmemory", "1")
    before = server.call("PTTL", "lg:gw:{g}")
    wait_for("the name to be renewed", lambda: server.call("PTTL", "lg:gw:{g}") > before)
    assert not gateway.log.find("cannot take the name")


def test_a_replica_is_left(start_redis, start):
    server = start_redis()
    gateway = start(config(server))
    server.call("REPLICAOF", "127.0.0.1", free_port())
    assert outcome(expect(gateway.post_json("/echo", {}), 503)) == "not-started"
    gateway.log.wait("ERROR redis .*(it is a replica|READONLY|replica)")


def test_a_wrong_password_is_told_without_it(start_redis, start, workers, tmp_path):
    server = start_redis("--requirepass", "right-password")
    secret = tmp_path / "password"
    secret.write_text("wrong-password\n")
    gateway = start(config(server, redis={"password_file": str(secret)}))
    gateway.log.wait("AUTH: WRONGPASS")
    answer = expect(gateway.post_json("/echo", {}), 503, {"message": "Service Unavailable"})
    assert outcome(answer) == "not-started"
    secret.write_text("right-password\n")  # it is read anew
    gateway.log.wait("redis connected")
    assert "wrong-password" not in gateway.log.text() and "right-password" not in gateway.log.text()


def test_no_password_where_one_is_needed(start_redis, start):
    server = start_redis("--requirepass", "right-password")
    gateway = start(config(server))
    gateway.log.wait("PING: NOAUTH")


# The two lines of docs/worker-protocol.md.
GATEWAY_ACL = (
    "~lg:* +rpush +lrem +llen +lrange +blmpop +set +get +pexpire +del +zadd +zrem +zcard +zrangebyscore "
    "+zremrangebyscore +time +ping +role +select +client|setname +config|get"
).split()
WORKER_ACL = "~lg:q:{echo}* ~lg:r:* ~lg:w:{echo} +blpop +rpush +zadd +time +ping".split()


def test_the_access_that_the_protocol_names_is_enough(redis, start):
    redis.call("ACL", "SETUSER", "gateway", "on", ">secret", "resetkeys", "resetchannels", "-@all", *GATEWAY_ACL)
    redis.call("ACL", "SETUSER", "worker", "on", ">secret", "resetkeys", "resetchannels", "-@all", *WORKER_ACL)
    gateway = start(config(redis, redis={"username": "gateway", "password": "secret", "database": 3}))
    call = Call(gateway)
    redis.call("ACL", "SETUSER", "worker", "+select")
    with redis.client() as client:
        client.call("AUTH", "worker", "secret")
        client.call("SELECT", 3)
        line, _ = take(client, "echo")
        reply(client, line, body=NO_CONTENT)
        for denied in (("GET", "lg:q:{echo}"), ("BLPOP", "lg:q:{other}", 1), ("DEL", "lg:q:{echo}"), ("FLUSHALL",)):
            with pytest.raises(Exception, match="NOPERM"):
                client.call(*denied)
    expect(call.finish(), 204)
    log = redis.call("ACL", "LOG")
    assert not any(entry[entry.index(b"username") + 1] == b"gateway" for entry in log), log


def test_a_queue_that_the_acl_denies_is_told(redis, start):
    redis.call("ACL", "SETUSER", "gateway", "on", ">secret", "~lg:gw:*", "~lg:r:*", "~lg:gateways", "+@all")
    gateway = start(config(redis, redis={"username": "gateway", "password": "secret"}))
    assert outcome(expect(gateway.post_json("/echo", {}), 503)) == "not-started"
    gateway.log.wait("Redis refused it: NOPERM")


def test_a_gateway_that_may_not_read_replies_sends_no_calls(redis, start):
    redis.call("ACL", "SETUSER", "gateway", "on", ">secret", "~*", "+@all", "-blmpop")
    access = {"username": "gateway", "password": "secret"}
    gateway = start(config(redis, redis=access, function={"queue_wait": "100ms"}))
    gateway.log.wait("BLMPOP: NOPERM")

    def refused():
        gateway.post_json("/echo", {})
        return gateway.log.find("not_started: Redis is not reachable: BLMPOP: NOPERM")

    wait_for("a refusal", refused)
    redis.call("ACL", "SETUSER", "gateway", "+blmpop")

    def served():
        call = Call(gateway)
        with redis.client() as client:
            request = take(client, "echo", patience=0.5)
            if request is not None:
                reply(client, request[0], body=NO_CONTENT)
        return call.finish().status == 204

    wait_for("calls to be served", served)


@pytest.mark.parametrize("policy", ["allkeys-lru", "volatile-ttl"])
def test_a_policy_that_evicts_is_warned_of(start_redis, start, policy):
    gateway = start(config(start_redis("--maxmemory-policy", policy)))
    gateway.log.wait(f"WARN .*maxmemory-policy is {policy}: .* set it to noeviction")
    assert not gateway.log.find("appendonly is no")


def test_a_redis_that_forgets_is_warned_of(start_redis, start):
    gateway = start(config(start_redis(durable=False)))
    gateway.log.wait("WARN .*appendonly is no")
    assert not gateway.log.find("maxmemory-policy is")


# --- names ----------------------------------------------------------------------------------------


def test_two_gateways_never_have_one_name(redis, start, workers):
    settings = config(redis, redis={"gateway": "only"})
    first = start(settings)
    second = start(settings)
    second.log.wait('another gateway has the name "only"')
    workers(redis, handler=lambda line, body: NO_CONTENT)
    assert outcome(expect(second.post_json("/echo", {}), 503)) == "not-started"
    expect(first.post_json("/echo", {}), 204)
    first.stop()  # and lets go of it
    wait_for("the second to take over", lambda: second.post_json("/echo", {}).status == 204)
    assert redis.call("EXISTS", "lg:gw:{only}") == 1


def test_gateways_of_different_names_share_workers(redis, start, workers):
    gateways = [start(config(redis)) for _ in range(2)]
    workers(redis, handler=lambda line, body: {"statusCode": 200, "body": json.loads(body)["body"]})
    calls = [Call(gateways[n % 2], json.dumps(n).encode()) for n in range(20)]
    for n, call in enumerate(calls):
        expect(call.finish(), 200, n)


def test_what_a_gateway_left_that_is_gone_is_cleaned_up(redis, start):
    line = {"v": 1, "id": "x", "fn": "echo", "reply": "lg:r:{gone}:0", "deadline": 1 << 52}
    for n in range(11):
        other = {**line, "id": str(n), "reply": "lg:r:{here}:0" if n % 3 == 0 else "lg:r:{gone}:1"}
        redis.call("RPUSH", "lg:q:{echo}", json.dumps(other) + "\n{}")
    redis.call("RPUSH", "lg:r:{gone}:0", "old")
    redis.call("ZADD", "lg:gateways", int(time.time()) - 3600, "gone", int(time.time()) - 3600, "quiet")
    redis.call("SET", "lg:gw:{quiet}", "its token")
    redis.call("RPUSH", "lg:r:{quiet}:0", "its reply")
    gateway = start(config(redis))
    gateway.log.wait('cleaned up after gateway "gone", which is gone: 7 of its calls still waited')
    assert depth(redis) == 4
    wait_for("its name to be free", lambda: redis.call("EXISTS", "lg:r:{gone}:0", "lg:gw:{gone}") == 0)
    wait_for("its word to be gone", lambda: b"gone" not in redis.call("ZRANGE", "lg:gateways", 0, -1))
    assert redis.call("EXISTS", "lg:r:{quiet}:0") == 1  # it holds its name


def looks(server):
    """How often somebody has looked for gateways that are gone."""
    found = re.search(rb"cmdstat_zrangebyscore:calls=(\d+)", server.call("INFO", "commandstats"))
    return int(found.group(1)) if found else 0


def test_a_gateway_that_seems_to_be_gone_for_a_moment_is_left_alone(redis, start):
    alive = start(config(redis, redis={"gateway": "alive"}, function={"queue_wait": "60s"}))
    call = Call(alive)
    queued(alive)
    wait_for("its own look, which does not count", lambda: looks(redis) == 1)
    alive.process.send_signal(signal.SIGSTOP)
    try:  # as when Redis's clock has stepped: its name has expired, its last word is old
        redis.call("DEL", "lg:gw:{alive}")
        redis.call("ZADD", "lg:gateways", int(time.time()) - 3600, "alive")
        time.sleep(4)  # so that it speaks as soon as it can, long before the other looks again
        other = start(config(redis))
        wait_for("the other to look", lambda: looks(redis) >= 2)
    finally:
        alive.process.send_signal(signal.SIGCONT)
    wait_for("it to look again", lambda: looks(redis) > 2)
    assert depth(redis) == 1
    assert redis.call("EXISTS", "lg:gw:{alive}") == 1
    with redis.client() as client:
        line, _ = take(client, "echo")
        reply(client, line, body=NO_CONTENT)
    expect(call.finish(), 204)
    assert not other.log.find("cleaned up")


def test_nothing_of_a_gateway_goes_while_its_name_is_not_known_to_be_held(redis, start):
    """As when the name has expired while the queues were looked through, and it is back."""
    redis.call("ZADD", "lg:gateways", int(time.time()) - 3600, "gone")
    redis.call("RPUSH", "lg:r:{gone}:0", "its own")
    redis.call("ACL", "SETUSER", "gateway", "on", ">secret", "+@all", "~lg:q:*", "~lg:r:*", "~lg:w:*", "~lg:gateways",
               "~lg:gw:{me}", "%W~lg:gw:{gone}")  # whose name that is cannot be asked
    gateway = start(config(redis, redis={"username": "gateway", "password": "secret", "gateway": "me"}))
    gateway.log.wait('gateway "gone" is back')
    assert redis.call("EXISTS", "lg:r:{gone}:0", "lg:gw:{gone}") == 2
    assert b"gone" in redis.call("ZRANGE", "lg:gateways", 0, -1)


def test_cleaning_up_is_broken_off_where_redis_writes_nothing(redis, start):
    line = {"v": 1, "id": "x", "fn": "echo", "reply": "lg:r:{gone}:0", "deadline": 1 << 52}
    redis.call("RPUSH", "lg:q:{echo}", json.dumps(line) + "\n{}")
    redis.call("ZADD", "lg:gateways", int(time.time()) - 3600, "gone")
    redis.call("ACL", "SETUSER", "gateway", "on", ">secret", "~*", "+@all", "-lrem")
    start(config(redis, redis={"username": "gateway", "password": "secret"}, loops=1))
    wait_for("the cleaning", lambda: redis.call("EXISTS", "lg:gw:{gone}") == 1)

    def pages():
        return int(re.search(rb"cmdstat_lrange:calls=(\d+)", redis.call("INFO", "commandstats")).group(1))

    wait_for("a page", lambda: b"cmdstat_lrange" in redis.call("INFO", "commandstats"))
    before = pages()
    for _ in range(100):
        redis.call("PING")
    assert pages() - before < 5


def test_a_gateway_that_stops_leaves_nothing(redis, start, workers):
    gateway = start(config(redis))
    workers(redis, handler=lambda line, body: NO_CONTENT)
    expect(gateway.post_json("/echo", {}), 204)
    gateway.stop()
    wait_for("no keys", lambda: redis.call("KEYS", "*") == [])


# --- workers --------------------------------------------------------------------------------------


def test_a_worker_killed_while_it_runs_is_unknown_and_nothing_runs_twice(redis, start, workers):
    gateway = start(config(redis, function={"queue_wait": "100ms", "timeout": "300ms"}))
    with Taker(redis) as first:
        call = Call(gateway)
        first.take()  # and is killed
    second = workers(redis, handler=lambda line, body: NO_CONTENT)
    assert outcome(call.finish()) == "unknown"
    assert second.taken == []


def test_causes_add_up(redis, start):
    gateway = start(config(redis, function={"queue_wait": "1s", "timeout": "2s"}))
    with Taker(redis) as worker:
        for kind in ("ok", "error", "expired", "never"):
            call = Call(gateway)
            line, _ = worker.take()
            if kind != "never":
                reply(worker.client, line, kind, body=NO_CONTENT if kind == "ok" else {"errorType": "E"})
            call.finish()
            if kind != "never":
                worker.wait()
    gateway.post_json("/echo", {})  # which nobody takes
    ended = {cause: gateway.metric("lambdagate_invocations_total", function="echo", cause=cause)
             for cause in ("ok", "function_error", "never_started", "unknown", "throttled")}
    assert ended == {"ok": 1, "function_error": 1, "never_started": 1, "unknown": 1, "throttled": 1}
    assert gateway.metric("lambdagate_redis_in_flight", function="echo") == 0


# --- reload and drain -----------------------------------------------------------------------------


def test_a_queue_is_added_changed_and_retired_by_reloads(redis, start, workers):
    settings = config(redis)
    plain = {"routes": {"GET /ping": {"respond": {"text": "pong"}}}}
    gateway = start({**plain, "loops": 2})
    workers(redis, handler=lambda line, body: NO_CONTENT)
    workers(redis, queue="other", handler=lambda line, body: {"statusCode": 202})
    reload(gateway, settings)
    served = lambda: all(gateway.post_json("/echo", {}).status == 204 for _ in range(4))  # by both loops
    assert served(), "a loop's first call of a queue in a Redis that the reload brought"
    both_loops(gateway)
    reload(gateway, config(redis, {"queue": "other"}))
    expect(gateway.post_json("/echo", {}), 202)
    gateway.log.wait("function echo retired")
    reload(gateway, {**plain, "loops": 2})
    gateway.log.wait("function echo retired", count=2)
    expect(gateway.post_json("/echo", {}), 404)
    reload(gateway, settings)
    assert served()


def test_a_reload_that_does_not_concern_a_queue_leaves_its_calls(redis, start):
    settings = config(redis)
    gateway = start(settings)
    call = Call(gateway)
    with redis.client() as client:
        line, _ = take(client, "echo")
        reload(gateway, {**settings, "limits": {"body": "1MB"}})
        reply(client, line, body=NO_CONTENT)
    expect(call.finish(), 204)
    assert not gateway.log.find("retired")


def test_a_daemon_that_stops_waits_for_what_runs(redis, start):
    gateway = start(config(redis))
    call = Call(gateway)
    with redis.client() as client:
        line, _ = take(client, "echo")
        gateway.send_signal(15)
        gateway.log.wait("stopping")
        reply(client, line, body=NO_CONTENT)
    expect(call.finish(), 204)
    gateway.wait_end(set())


# --- TLS ------------------------------------------------------------------------------------------


def tls_config(server, folder, host="localhost", **more):
    options = {"url": f"rediss://{host}:{server.tls_port}", "ca_file": str(folder / "ca.pem"),
               "client_certificate": str(folder / "redis.pem"), "client_key": str(folder / "redis.key")}
    return config(server, redis={**options, **more})


def test_calls_over_tls_with_a_client_certificate(tls_redis, start, workers, tmp_path):
    gateway = start(tls_config(tls_redis, tmp_path))
    workers(tls_redis, handler=lambda line, body: {"statusCode": 200, "body": json.loads(body)["body"]})
    text = json.dumps("y" * 300_000)
    for _ in range(3):
        expect(gateway.post_json("/echo", text), 200, text=text)


def test_a_certificate_for_another_host_is_refused(tls_redis, start, tmp_path):
    gateway = start(tls_config(tls_redis, tmp_path, host="127.0.0.1"))
    gateway.log.wait("ERROR redis .*TLS: certificate: address does not match")
    assert outcome(expect(gateway.post_json("/echo", {}), 503)) == "not-started"


def test_a_certificate_of_an_unknown_authority_is_refused(tls_redis, start, tmp_path):
    settings = tls_config(tls_redis, tmp_path)
    del settings["redis"]["ca_file"]
    gateway = start(settings)
    gateway.log.wait("ERROR redis .*TLS: certificate")


def test_a_certificate_file_that_is_missing_ends_the_start(redis, tmp_path):
    settings = config(redis, redis={"url": "rediss://localhost:1", "ca_file": "/nowhere/ca.pem"})
    gateway = Gateway(tmp_path / "g", settings).start(wait=False)
    gateway.log.wait("/nowhere/ca.pem")
    gateway.wait_end(set(), statuses=(1,))
