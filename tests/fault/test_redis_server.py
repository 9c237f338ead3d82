"""Redis is killed, restarted, stopped and filled while calls run."""

import pytest

from gateway import wait_for


@pytest.fixture
def busy(rig):
    """busy(options...) starts Redis, two gateways and four workers, two of them behind a bridge."""

    def start(*options, gateways=2, **more):
        rig.start_redis(*options, **more)
        for _ in range(gateways):
            rig.gateway()
        for _ in range(2):
            rig.worker()
        rig.bridge()
        return rig

    return start


def log_of_all(rig, pattern, count=1):
    for gateway in rig.gateways.values():
        gateway.log.wait(pattern, count=count)


@pytest.mark.parametrize("durable", [True, False], ids=["append-only", "forgetful"])
def test_redis_is_killed_and_restarted(busy, durable):
    rig = busy(durable=durable)
    with rig.load() as load:
        for times in range(1, 4):
            rig.all_connected()
            load.flows()
            rig.redis.kill()
            log_of_all(rig, "trying again", times)
            rig.redis.start()
        load.flows()
    rig.judge()
    rig.leave()


def test_redis_stands_still_for_longer_than_anybody_waits(busy):
    rig = busy()
    with rig.load() as load:
        for times in range(1, 3):
            rig.all_connected()
            load.flows()
            rig.redis.freeze()
            log_of_all(rig, "no answer within command_timeout", times)
            told = rig.ledger.counts()["not-started"]
            wait_for("callers to be told", lambda: rig.ledger.counts()["not-started"] >= told + 20)
            rig.redis.thaw()
        load.flows()
    rig.judge()
    rig.leave()


def test_a_full_redis_refuses_calls_at_once(busy):
    rig = busy()
    for gateway in rig.gateways.values():
        assert not gateway.log.find("WARN .*maxmemory-policy")
    with rig.load() as load:
        for _ in range(2):
            load.flows()
            rig.redis.call("CONFIG", "SET", "maxmemory", "1")
            told = rig.ledger.counts()["not-started"]
            wait_for("callers to be told", lambda: rig.ledger.counts()["not-started"] >= told + 20)
            rig.redis.call("CONFIG", "SET", "maxmemory", "0")
        load.flows()
    log_of_all(rig, "Redis refused it: OOM")
    rig.judge()
    rig.leave()


def test_a_redis_that_evicts_loses_calls_and_answers_none_wrongly(busy):
    rig = busy("--maxmemory-policy", "allkeys-lru", "--maxmemory-samples", "1")
    log_of_all(rig, "WARN .*maxmemory-policy is allkeys-lru: .* set it to noeviction")
    with rig.load() as load, rig.redis.client() as client:
        load.flows()
        used = int(client.call("MEMORY", "STATS")[1])
        client.call("CONFIG", "SET", "maxmemory", used + 200_000)
        gone = evicted(client)
        number = 0
        while evicted(client) < gone + 3000:
            number += 1
            client.call("SET", f"other:{number}", "x" * 100)
        load.flows()
        client.call("CONFIG", "SET", "maxmemory", 0)
        load.flows()
        for key in client.call("KEYS", "other:*"):
            client.call("DEL", key)
    rig.judge()
    rig.leave()


def evicted(client):
    lines = client.call("INFO", "stats").decode().splitlines()
    return int(next(line.split(":")[1] for line in lines if line.startswith("evicted_keys:")))
