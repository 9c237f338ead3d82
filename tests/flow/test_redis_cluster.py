"""A Redis Cluster of three masters: slots move and nodes die while calls are under way."""

import json

import pytest

from gateway import expect, wait_for
from redis_server import config, needs_redis, reply, take
from redis_sets import LOCAL, Cluster
from redis_traffic import Traffic
from test_bridge import bridge, start  # noqa: F401 (fixtures)

pytestmark = needs_redis
NAMES = ["echo", "one", "two"]  # of functions; their slots are on three nodes


@pytest.fixture
def cluster(tmp_path):
    """cluster(...): started, and whole."""
    made = []

    def make(*options, **more):
        made.append(Cluster(tmp_path / f"cluster-{len(made)}", *options, **more))
        return made[-1]

    yield make
    for one in made:
        one.end()


def of(redis, names=("echo",), function=None, **options):
    """The functions `names`, each behind a queue and a route of its own."""
    made = config(redis, redis={"cluster": True, "gateway": "g", **options})
    only = {**made["functions"]["echo"], "queue_wait": "20s", "timeout": "20s", **(function or {})}
    made["functions"] = {name: only for name in names}
    made["routes"] = {f"POST /{name}": {"function": name, "timeout": "29s"} for name in names}
    return made


def number(value):
    return {"do": "return", "value": {"number": value}}


def queue(name):
    return f"lg:q:{{{name}}}"


def others(redis, node):
    return [other for other in redis.masters if other is not node]


def test_functions_on_every_node(cluster, start, bridge, tmp_path):
    redis = cluster()
    names = [f"f{i}" for i in range(6)]
    assert {redis.owner(queue(name)) for name in names} == set(redis.masters)
    gateway = start(of(redis, names))
    for name in names:
        bridge(redis, "--cluster", function=name)
    for name in names:
        expect(gateway.post_json(f"/{name}", number(7)), 200, {"number": 7})
    # A worker's word, and the lock, are where they hash to.
    assert redis.call("ZCARD", "lg:w:{f3}") == 1
    assert redis.call("GET", "lg:gw:{g}") is not None
    wait_for("workers to be seen", lambda: gateway.metric("lambdagate_redis_workers", function="f3") == 1)
    assert gateway.metric("lambdagate_redis_up") == 2
    # Nothing is opened to nobody's use: two lanes a loop and node at most.
    for node in redis.masters:
        clients = node.call("CLIENT", "LIST").decode().splitlines()
        assert sum("name=lambdagate:g " in line for line in clients) <= 4
        # All went to the right node at once: slots are those that Redis computes.
        assert b"errorstat_MOVED" not in node.call("INFO", "errorstats")


def test_slots_that_move_under_traffic(cluster, start, bridge, tmp_path):
    redis = cluster()
    gateway = start(of(redis, NAMES))
    for name in NAMES:
        bridge(redis, "--cluster", "--concurrency", "3", function=name)
    traffic = Traffic(gateway, tmp_path, NAMES)
    traffic.flows()
    keys = [queue("echo"), "lg:r:{g}:0", "lg:gw:{g}", queue("one")]
    for key in keys * 2:
        target = others(redis, redis.owner(key))[0]
        redis.move(key, target, pause=0.2)
        assert redis.owner(key, ask=target) is target
        traffic.flows()
    traffic.judge()
    # The Cluster was never away, and redirections are no failures.
    assert set(traffic.counts()) == {(200, None)}, traffic.counts()
    for name in NAMES:
        assert redis.call("LLEN", queue(name)) == 0
    assert redis.call("ZCARD", "lg:w:{echo}") == 1


def test_a_call_that_waits_moves_with_its_slot(cluster, start, bridge):
    redis = cluster()
    gateway = start(of(redis))
    calls = Traffic(gateway, redis.folder, callers=3)
    wait_for("calls in the queue", lambda: redis.call("LLEN", queue("echo")) == 3)
    target = others(redis, redis.owner(queue("echo")))[1]
    redis.move(queue("echo"), target)
    assert redis.call("LLEN", queue("echo")) == 3
    bridge(redis, "--cluster")
    calls.flows(3)
    calls.judge()


def test_a_call_is_withdrawn_where_its_slot_is_moving_to(cluster, start):
    redis = cluster()
    gateway = start(of(redis, function={"queue_wait": "3s"}))
    target = others(redis, redis.owner(queue("echo")))[0]
    slot, source = redis.begin_move(queue("echo"), target)
    calls = Traffic(gateway, redis.folder, callers=2)
    with target.client() as client:

        def depth():
            client.call("ASKING")
            return client.call("LLEN", queue("echo"))

        wait_for("calls at the other node", lambda: depth() == 2)
        calls.stopping.set()
        calls.stop()
        assert depth() == 0
    assert set(calls.counts()) == {(503, "not-started")}
    redis.end_move(slot, source, target)
    calls.judge()


def test_calls_are_taken_while_a_slot_moves_and_does_not_arrive(cluster, start, bridge, tmp_path):
    redis = cluster()
    gateway = start(of(redis))
    bridge(redis, "--cluster")
    target = others(redis, redis.owner(queue("echo")))[0]
    slot, source = redis.begin_move(queue("echo"), target)
    traffic = Traffic(gateway, tmp_path, callers=2)
    traffic.flows(10)  # through TRYAGAIN, since a bridge asks for three lists
    for node in (source, target):
        node.call("CLUSTER", "SETSLOT", slot, "STABLE")
    traffic.flows(10)
    traffic.judge()


def test_a_node_that_dies_is_replaced_by_its_replica(cluster, start, bridge, tmp_path):
    redis = cluster(replicas=3, timeout=1500)
    gateway = start(of(redis, NAMES))
    for name in NAMES:
        bridge(redis, "--cluster", "--concurrency", "3", function=name)
    traffic = Traffic(gateway, tmp_path, NAMES)
    traffic.flows()
    old = redis.owner(queue("echo"))
    old.kill()
    alive = next(node for node in redis.masters if node is not old)
    wait_for("the replica to be a master", lambda: redis.owner(queue("echo"), ask=alive) is not old)
    wait_for("all functions", lambda: all(
        gateway.post_json(f"/{name}", number(1)).status == 200 for name in NAMES))
    traffic.flows()
    old.start()
    traffic.flows()
    traffic.stop()
    wait_for("all connections", lambda: gateway.metric("lambdagate_redis_up") == 2)


def test_a_cluster_that_is_down_refuses_at_once_and_comes_back(cluster, start, bridge):
    redis = cluster(timeout=1000)
    gateway = start(of(redis))
    bridge(redis, "--cluster")
    expect(gateway.post_json("/echo", number(1)), 200, {"number": 1})
    dead = others(redis, redis.owner(queue("echo")))
    dead = next(node for node in dead if node is not redis.owner("lg:r:{g}:0"))
    dead.kill()
    alive = redis.owner(queue("echo"), ask=next(n for n in redis.masters if n is not dead))
    wait_for("CLUSTERDOWN", lambda: b"cluster_state:fail" in alive.call("CLUSTER", "INFO"))
    answer = expect(gateway.post_json("/echo", number(2)), 503)
    assert answer.header("x-lambdagate-outcome") == "not-started"
    dead.start()
    wait_for("calls again", lambda: gateway.post_json("/echo", number(3)).status == 200)


def test_requests_that_others_take_and_answer(cluster, start):
    redis = cluster()
    gateway = start(of(redis))
    calls = Traffic(gateway, redis.folder, callers=1)
    with redis.client(queue("echo")) as client:
        line, body = take(client, "echo")
    calls.stopping.set()
    with redis.client(line["reply"]) as client:
        reply(client, line, body={"number": json.loads(json.loads(body)["body"])["number"]})
    calls.stop()
    assert calls.counts() == {(200, None): 1}


def test_a_gateway_that_is_gone_is_cleaned_up_after(cluster, start):
    redis = cluster()
    for name, slot in (("lg:q:{echo}", 0), ("lg:r:{gone}:0", 0)):
        assert redis.call("RPUSH", name, json.dumps(
            {"v": 1, "id": "x", "fn": "echo", "reply": "lg:r:{gone}:0", "deadline": 9 ** 15, "timeout_ms": 1000,
             "attempt": 1, "async": False, "trace": ""}) + "\n{}") == 1
    redis.call("ZADD", "lg:gateways", 1000, "gone")
    gateway = start(of(redis))
    gateway.log.wait('cleaned up after gateway "gone"')
    assert redis.call("LLEN", "lg:q:{echo}") == 0
    assert redis.call("EXISTS", "lg:r:{gone}:0") == 0
    wait_for("its name to be free", lambda: redis.call("EXISTS", "lg:gw:{gone}") == 0)


def test_a_server_that_is_no_node_of_a_cluster(start, tmp_path):
    from redis_sets import Node

    server = Node(tmp_path / "single")
    try:
        gateway = start(of(server))
        gateway.log.wait("cluster support disabled")
        assert expect(gateway.post_json("/echo", {}), 503).header("x-lambdagate-outcome") == "not-started"
    finally:
        server.end()
