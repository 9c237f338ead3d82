"""A Redis that Sentinels watch: its master goes while calls are under way, and all find the new one."""

import pytest

from bridge import Bridge
from gateway import expect, wait_for
from redis_server import SERVER, config, needs_redis
from redis_sets import ELECTION, LOCAL, Watched, eventually
from redis_traffic import Traffic
from test_bridge import bridge, start  # noqa: F401 (fixtures)
from test_redis_cluster import liar  # noqa: F401 (fixture)

pytestmark = needs_redis
MASTER = {"sentinel_master": "mymaster"}
FUNCTION = {"queue_wait": "20s", "timeout": "20s"}


@pytest.fixture
def watched(tmp_path):
    """watched(...): a master, a replica and three Sentinels."""
    made = []

    def make(*options, **more):
        made.append(Watched(tmp_path / f"watched-{len(made)}", *options, **more))
        return made[-1]

    yield make
    for one in made:
        one.end()


def number(value):
    return {"do": "return", "value": {"number": value}}


def test_a_master_that_is_killed_under_traffic(watched, start, bridge, tmp_path):
    redis = watched()
    gateway = start(config(redis, redis=MASTER, function=FUNCTION))
    for _ in range(2):
        bridge(redis, "--sentinel-master", "mymaster", "--concurrency", "3")
    traffic = Traffic(gateway, tmp_path)
    traffic.flows()
    old = redis.master()
    old.kill_in_step_with(next(node for node in redis.nodes if node is not old))
    traffic.flows(patience=ELECTION)
    new = wait_for("a master that all agree on", redis.master)
    assert new is not old
    old.start()
    redis.wait_healed()
    traffic.flows()
    traffic.judge()
    assert wait_for("a master that all agree on", redis.master) is new
    assert redis.call("LLEN", "lg:q:{echo}") == 0
    wait_for("both loops to be connected", lambda: gateway.metric("lambdagate_redis_up") == 2)
    assert f"connected to {LOCAL}:{new.port}" in gateway.log.text()


def test_a_master_that_is_replaced_under_traffic(watched, start, bridge, tmp_path):
    redis = watched()
    # What waits at the old master then is lost, and its caller waits for all of this.
    gateway = start(config(redis, redis=MASTER, function={"queue_wait": "4s", "timeout": "4s"}))
    bridge(redis, "--sentinel-master", "mymaster", "--concurrency", "6")
    traffic = Traffic(gateway, tmp_path)
    traffic.flows()
    old = redis.master()
    eventually("a failover", lambda: redis.sentinels[0].call("SENTINEL", "FAILOVER", "mymaster"))
    new = next(node for node in redis.nodes if node is not old)
    wait_for("another master", lambda: redis.sentinels[0].master() == new.address, ELECTION)
    gateway.log.wait(f"connected to {LOCAL}:{new.port}")
    traffic.flows()
    # Both were masters for a moment, each with what waited then.
    traffic.judge(twice=12)


def test_a_master_that_sentinels_can_no_longer_reach_is_left(watched, start, bridge):
    redis = watched()
    # What one of the loops still sends to the old master waits there in vain.
    gateway = start(config(redis, redis=MASTER, function={**FUNCTION, "queue_wait": "3s"}))
    bridge(redis, "--sentinel-master", "mymaster")
    expect(gateway.post_json("/echo", number(1)), 200, {"number": 1})
    # No server is told, and none closes a connection: only the Sentinels name another one.
    for sentinel in redis.sentinels:
        sentinel.kill()
    redis.second.call("REPLICAOF", "NO", "ONE")
    for sentinel in redis.sentinels:
        sentinel.start_over(redis.second)
    gateway.log.wait("Sentinel names another master")
    wait_for("calls through the new one", lambda: gateway.post_json("/echo", number(2)).status == 200)
    assert redis.first.call("LLEN", "lg:q:{echo}") == 0


def test_the_first_sentinel_is_dead(watched, start, bridge):
    redis = watched()
    redis.sentinels[0].kill()
    gateway = start(config(redis, redis=MASTER))
    bridge(redis, "--sentinel-master", "mymaster")
    expect(gateway.post_json("/echo", number(1)), 200, {"number": 1})


def test_a_replica_is_not_taken_for_the_master(watched, start):
    redis = watched()
    for sentinel in redis.sentinels:
        sentinel.kill()
    redis.sentinels[0].start_over(redis.second)  # why it cannot connect is said once
    gateway = start(config(redis, redis=MASTER))
    gateway.log.wait("it is a replica")
    answer = expect(gateway.post_json("/echo", {}), 503)
    assert answer.header("x-lambdagate-outcome") == "not-started"


def test_a_sentinel_that_names_a_replica_is_not_asked_again_at_once(watched, start, bridge, liar):
    redis = watched()
    stale = liar(lambda port: {"SENTINEL": b"*2\r\n$9\r\n127.0.0.1\r\n$%d\r\n%d\r\n" % (
        len(str(redis.second.port)), redis.second.port)})
    gateway = start(config(redis, redis={**MASTER, "url": f"{stale.url},{LOCAL}:{redis.sentinels[0].port}"}))
    gateway.log.wait("it is a replica")
    bridge(redis, "--sentinel-master", "mymaster")
    wait_for("a call", lambda: gateway.post_json("/echo", number(1)).status == 200)


def test_a_name_that_no_sentinel_knows(watched, start):
    redis = watched()
    gateway = start(config(redis, redis={"sentinel_master": "other"}))
    gateway.log.wait('no Sentinel tells who the master is')
    gateway.log.wait('it knows no master "other"')
    answer = expect(gateway.post_json("/echo", {}), 503)
    assert answer.header("x-lambdagate-outcome") == "not-started"


def test_passwords_of_sentinels_and_of_redis(watched, start, bridge, tmp_path):
    redis = watched("--requirepass", "of-redis", "--masterauth", "of-redis", login=["of-redis"],
                    sentinel_lines=["requirepass of-sentinel", "sentinel auth-pass mymaster of-redis"])
    of_redis, of_sentinel = tmp_path / "of-redis", tmp_path / "of-sentinel"
    of_redis.write_text("of-redis\n")
    of_sentinel.write_text("of-sentinel\n")
    gateway = start(config(redis, redis={**MASTER, "password": "of-redis", "sentinel_password": "of-sentinel"}))
    bridge(redis, "--sentinel-master", "mymaster", "--password-file", of_redis, "--sentinel-password-file", of_sentinel)
    expect(gateway.post_json("/echo", number(1)), 200, {"number": 1})
    wrong = start(config(redis, redis={**MASTER, "password": "of-redis", "sentinel_password": "no"}))
    wrong.log.wait("AUTH: WRONGPASS")
    assert "of-sentinel" not in wrong.log.text() and "of-redis" not in wrong.log.text()
