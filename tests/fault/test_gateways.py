"""Gateways are killed, and two have one name: what the one left goes, and no answer reaches a caller of the other."""

import time

import pytest

from gateway import wait_for

LOCK_LEFT_MS = 200


def test_a_gateway_is_killed_among_others(rig):
    rig.start_redis()
    for _ in range(2):
        rig.gateway()
    for _ in range(3):
        rig.worker()
    with rig.load() as load:
        for name in "ab":
            load.flows()
            rig.kill_gateway(name)
            rig.gateway()
        load.flows()
    forget_the_dead(rig)
    rig.judge()
    rig.leave()


def forget_the_dead(rig):
    """What a minute of silence does: peers clean up after gateways that are gone."""
    alive = {gateway.log.find(r'as gateway "([^"]+)"').group(1) for gateway in rig.gateways.values()}
    for name in (member.decode() for member in rig.redis.call("ZRANGE", "lg:gateways", 0, -1)):
        if name not in alive:
            rig.redis.call("ZADD", "lg:gateways", int(time.time()) - 3600, name)
            rig.redis.call("PEXPIRE", f"lg:gw:{{{name}}}", LOCK_LEFT_MS)
    wait_for("the names to be free", lambda: len(rig.redis.call("KEYS", "lg:gw:*")) == len(rig.gateways))
    cleaner = rig.gateway(name="cleaner")  # a new one looks soon
    for _ in rig.killed:
        wait_for("the dead to be forgotten", lambda: len(rig.redis.call("ZRANGE", "lg:gateways", 0, -1)) == len(rig.gateways))
    assert len(cleaner.log.find_all("cleaned up after gateway")) <= len(rig.killed)


def test_what_a_killed_gateway_had_in_the_queue_never_runs(rig):
    rig.start_redis()
    rig.gateway("a", function={"queue_wait": "60s"})
    with rig.load(callers=8):
        wait_for("calls that wait", lambda: rig.redis.call("LLEN", "lg:q:{echo}") == 8)
        rig.kill_gateway("a")
    cut = set(rig.ledger.calls)
    rig.gateway("b")
    forget_the_dead(rig)
    assert rig.redis.call("LLEN", "lg:q:{echo}") == 0
    rig.worker()
    with rig.load() as load:
        load.flows()
    assert not cut & set(rig.ledger.runs())
    rig.judge()
    rig.leave()


def hurried(rig):
    """What 15 seconds do: the name of a gateway that was killed is free."""
    rig.redis.call("PEXPIRE", "lg:gw:{only}", LOCK_LEFT_MS)


def in_its_own_time(rig):
    pass


@pytest.mark.parametrize("expiry", [hurried, pytest.param(in_its_own_time, marks=pytest.mark.long)])
def test_two_gateways_with_one_name_and_the_holder_is_killed(rig, expiry):
    rig.start_redis()
    first = rig.gateway("a", gateway="only", function={"timeout": "20s"})
    second = rig.gateway("b", gateway="only", function={"timeout": "20s"})
    second.log.wait('another gateway has the name "only"')
    for _ in range(3):
        rig.worker()
    with rig.load(long_ms=400) as load:
        load.flows(60)
        served = {call.gateway for call in list(rig.ledger.calls.values()) if call.answers and call.answers[0].status == 200}
        assert served == {"a"}, "both had the name"
        wait_for("calls that run", lambda: first.metric("lambdagate_redis_in_flight") > 0)
        rig.kill_gateway("a")
        expiry(rig)
        second.log.wait('the name "only" is ours now')
        load.flows(60)
        rig.gateway("c", gateway="only").log.wait('another gateway has the name "only"')
        load.flows()
    rig.judge()
    rig.leave()


def test_replies_to_a_killed_gateway_are_read_by_its_successor_and_reach_nobody(rig):
    rig.start_redis()
    rig.gateway("a", gateway="only", function={"timeout": "20s", "queue_wait": "60s"})
    with rig.load(callers=4):
        wait_for("calls that wait", lambda: rig.redis.call("LLEN", "lg:q:{echo}") == 4)
        rig.kill_gateway("a")
    second = rig.gateway("b", gateway="only", ready=False)
    hurried(rig)
    second.log.wait("is ours now")
    rig.worker()
    wait_for("four late replies", lambda: second.metric("lambdagate_redis_late_replies_total") == 4)
    with rig.load() as load:
        load.flows()
    rig.judge()
    rig.leave()
