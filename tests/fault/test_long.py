"""Random faults for as long as FAULT_SECONDS says, a schedule that a seed repeats, and accounts after each round.

A round is a Redis of one kind, gateways, workers and bridges, all behind relays, and some faults one after the other, at times two
at once. Then all is healed, what is left runs, and the accounts must agree. `make fault` runs it.
"""

import os
import random
import time

import pytest

import links
from gateway import BUILD, wait_for
from test_gateways import forget_the_dead
from test_reload_load import MB, rss

SECONDS = float(os.environ.get("FAULT_SECONDS", "600"))
FAULTS_A_ROUND = 8
KINDS = {  # of Redis
    "append-only": ((), {}),
    "forgetful": ((), {"durable": False}),
    "evicting": (("--maxmemory-policy", "allkeys-lru", "--maxmemory-samples", "1"), {}),
}
FLAT = 4 * MB  # between rounds, in the gateway that lives through all of a kind
SANITIZED = b"__asan_init" in (BUILD / "lambdagated").read_bytes() or b"__tsan_init" in (BUILD / "lambdagated").read_bytes()


class Faults:
    """All that can be done to a rig. Each fault answers what undoes it."""

    def __init__(self, rig):
        self.rig = rig
        self.others = 0

    def groups(self):
        """In the order in which they are undone: what starts again needs a Redis, and a way to it."""
        return [
            [self.redis_killed, self.redis_frozen, self.redis_full, self.redis_frozen_for_long, self.memory_wanted],
            [self.link(fault) for fault in links.ALL],
            [self.worker_killed, self.bridge_killed, self.gateway_killed],
        ]

    def choose(self):
        """One of all, or now and then one of each of two groups."""
        chance, groups = self.rig.chance, self.groups()
        first = chance.choice([fault for group in groups for fault in group])
        if chance.randrange(4) > 0:
            return [first]
        second = chance.choice(chance.choice([group for group in groups if first not in group]))
        return [fault for group in groups for fault in group if fault in (first, second)]

    @staticmethod
    def nothing():
        pass

    def link(self, fault):
        def link():
            relay = self.rig.chance.choice(self.rig.relays)
            fault(relay, self.rig.chance)
            return relay.heal

        link.__name__ = fault.__name__
        return link

    def worker_killed(self):
        self.rig.kill_worker()
        self.rig.worker(self.rig.chance.choice(self.rig.relays))
        return self.nothing

    def bridge_killed(self):
        self.rig.kill_bridge()
        return lambda: self.rig.bridge(self.rig.relays[-1])

    def gateway_killed(self):
        """The one that is not watched; another takes its place."""
        name = next(name for name in self.rig.gateways if name != "a")
        self.rig.kill_gateway(name)
        return lambda: self.rig.gateway(f"{name}+", relay=self.rig.relays[0])

    def redis_killed(self):
        self.rig.redis.kill()
        return self.rig.redis.start

    def redis_frozen(self):
        self.rig.redis.freeze()
        return self.rig.redis.thaw

    def redis_frozen_for_long(self):
        """Longer than a name lasts, so that each gateway must win its own again."""
        self.rig.redis.freeze()
        time.sleep(self.rig.chance.uniform(8, 17))
        return self.rig.redis.thaw

    def redis_full(self):
        self.rig.redis.call("CONFIG", "SET", "maxmemory", "1", "maxmemory-policy", "noeviction")

        def undo():
            self.rig.redis.call("CONFIG", "SET", "maxmemory", "0")

        return undo

    def memory_wanted(self):
        """By another tenant of the same Redis. What an evicting one throws away is up to it."""
        with self.rig.redis.client() as client:
            used = int(client.call("MEMORY", "STATS")[1])
            client.call("CONFIG", "SET", "maxmemory", used + 300_000, "maxmemory-policy", self.rig.policy)
            try:
                for _ in range(5000):
                    self.others += 1
                    client.call("SET", f"other:{self.others}", "x" * 100, "PX", 20000)
            except Exception as fault:
                assert "OOM" in str(fault), fault

        def undo():
            self.rig.redis.call("CONFIG", "SET", "maxmemory", "0")

        return undo


def one_round(rig, faults, until):
    with rig.load(long_ms=900, leave_one_in=50) as load:
        load.flows()
        for _ in range(FAULTS_A_ROUND):
            some = faults.choose()
            if time.monotonic() >= until:
                break
            print(f"  {', '.join(fault.__name__ for fault in some)}", flush=True)
            undo = []
            for fault in some:
                undo.append(fault())
                time.sleep(rig.chance.uniform(0, 0.3))
            time.sleep(rig.chance.uniform(0.1, 2))
            for heal in undo:
                heal()
            load.flows()
        rig.all_connected()
        load.flows()
    print(f"  {dict(rig.ledger.counts())}", flush=True)


@pytest.mark.long
def test_random_faults(make_rig, seed, tmp_path):
    chance = random.Random(seed)
    until = time.monotonic() + SECONDS
    print(f"\nLAMBDAGATE_TEST_SEED={seed} FAULT_SECONDS={SECONDS:.0f}", flush=True)
    kinds = list(KINDS)
    chance.shuffle(kinds)
    for number, kind in enumerate(kinds):
        end = time.monotonic() + (until - time.monotonic()) / (len(kinds) - number)
        rounds_of_a_kind(make_rig(tmp_path / kind, chance.randrange(1 << 32)), kind, end)


def rounds_of_a_kind(rig, kind, until):
    options, more = KINDS[kind]
    rig.start_redis(*options, **more)
    rig.policy = rig.redis.call("CONFIG", "GET", "maxmemory-policy")[1].decode()
    gateways, workers, bridges = rig.relay(), rig.relay(), rig.relay()
    watched = rig.gateway("a", relay=gateways)
    rig.gateway("b", relay=gateways)
    memory, number = [], 0
    while number == 0 or time.monotonic() < until:
        number += 1
        print(f"{kind}, round {number}", flush=True)
        for relay in (workers, workers, None):
            rig.worker(relay)
        rig.bridge(bridges)
        rig.bridge()
        one_round(rig, Faults(rig), until)
        rig.judge()
        memory.append(rss(watched))
        rig.new_ledger()
        rig.forget_counts()
    print(f"{kind}: {number} rounds, memory {[round(size / MB, 1) for size in memory]} MB", flush=True)
    if not SANITIZED and len(memory) > 3:
        assert memory[-1] <= memory[1] + FLAT, "the memory of a gateway grows"
    rig.redis.call("DEL", "lg:w:{echo}")
    wait_for("another tenant's keys to expire", lambda: not rig.redis.call("KEYS", "other:*"))
    if rig.killed:
        forget_the_dead(rig)
    rig.leave()
