"""A Redis Cluster of three masters: slots move and nodes die while calls are under way."""

import json
import socketserver
import threading

import pytest

from certificates import Authority
from gateway import expect, wait_for
from redis_server import LESS_THAN_PATIENCE, config, needs_redis, reply, take
from redis_sets import ELECTION, LOCAL, Cluster, Node
from redis_traffic import Traffic
from test_bridge import bridge, start  # noqa: F401 (fixtures)
from test_redis_faults import GATEWAY_ACL, WORKER_ACL

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
    made["routes"] = {f"POST /{name}": {"function": name, "timeout": LESS_THAN_PATIENCE} for name in names}
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
    wait_for("both loops to be connected", lambda: gateway.metric("lambdagate_redis_up") == 2)
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
    traffic.judge()  # nobody waits at the target when that forgets the slot
    for node in (source, target):
        node.call("CLUSTER", "SETSLOT", slot, "STABLE")
    expect(gateway.post_json("/echo", number(1)), 200, {"number": 1})


def test_a_node_that_dies_is_replaced_by_its_replica(cluster, start, bridge, tmp_path):
    redis = cluster(replicas=3, timeout=3000)
    gateway = start(of(redis, NAMES))
    for name in NAMES:
        bridge(redis, "--cluster", "--concurrency", "3", function=name)
    traffic = Traffic(gateway, tmp_path, NAMES)
    traffic.flows()
    old = redis.owner(queue("echo"))
    old.kill_in_step_with(redis.nodes[3 + redis.masters.index(old)])
    alive = next(node for node in redis.masters if node is not old)
    wait_for("the replica to be a master", lambda: redis.owner(queue("echo"), ask=alive) is not old, ELECTION)
    for name in NAMES:
        traffic.flows(10, name)
    old.start()
    traffic.flows()
    traffic.judge()
    wait_for("all connections", lambda: gateway.metric("lambdagate_redis_up") == 2)


def test_a_cluster_that_is_down_refuses_at_once_and_comes_back(cluster, start, bridge):
    redis = cluster(timeout=3000)
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


def test_a_gateway_and_a_bridge_that_start_before_the_cluster(cluster, start, bridge):
    redis = cluster()
    for node in redis.nodes:
        node.kill()
    gateway = start(of(redis))
    worker = bridge(redis, "--cluster", ready=False)
    gateway.log.wait("no node tells of the Cluster")
    assert expect(gateway.post_json("/echo", {}), 503).header("x-lambdagate-outcome") == "not-started"
    for node in redis.nodes:
        node.start()
    worker.ready()
    wait_for("calls", lambda: gateway.post_json("/echo", number(1)).status == 200)


def test_a_cluster_with_tls(cluster, start, bridge, tmp_path):
    authority = Authority(tmp_path)
    authority.server(LOCAL)
    both = tmp_path / "server.pem"  # the certificate and its key
    redis = cluster("--tls-cluster", "yes", "--tls-cert-file", both, "--tls-key-file", both,
                    "--tls-ca-cert-file", authority.file, "--tls-auth-clients", "no", tls=True)
    access = {"url": f"rediss://{LOCAL}:{redis.nodes[1].tls_port}", "ca_file": str(authority.file)}
    gateway = start(of(redis, NAMES, **access))
    settings = tmp_path / "worker.json"
    settings.write_text(json.dumps({"redis": {**access, "cluster": True}, "functions": {n: {"redis": {}} for n in NAMES}}))
    for name in NAMES:
        bridge(redis, function=name, config=settings)
    for name in NAMES:
        expect(gateway.post_json(f"/{name}", number(3)), 200, {"number": 3})


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
    server = Node(tmp_path / "single")
    try:
        gateway = start(of(server))
        gateway.log.wait("cluster support disabled")
        assert expect(gateway.post_json("/echo", {}), 503).header("x-lambdagate-outcome") == "not-started"
    finally:
        server.end()


# --- what no node should say ----------------------------------------------------------------------


class Liar(socketserver.ThreadingTCPServer):
    """A node of one's own making: it answers with what `says` has for a command, and counts."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, says):
        super().__init__((LOCAL, 0), Talk)
        self.port = self.server_address[1]
        self.url = f"redis://{LOCAL}:{self.port}"
        self.counts = {}
        self.says = {
            "CLUSTER": slots((0, 16383, self.port)), "ROLE": b"*1\r\n$6\r\nmaster\r\n", "SET": b"$-1\r\n",
            "TIME": b"*2\r\n$10\r\n1700000000\r\n$1\r\n0\r\n", **says(self.port),
        }
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Talk(socketserver.StreamRequestHandler):
    def handle(self):
        while line := self.rfile.readline():
            words = []
            for _ in range(int(line[1:])):
                words.append(self.rfile.read(int(self.rfile.readline()[1:]) + 2)[:-2].decode())
            counts = self.server.counts
            counts[words[0]] = counts.get(words[0], 0) + 1
            if words[0] != "BLMPOP":  # nothing ever comes
                self.wfile.write(self.server.says.get(words[0], b"+OK\r\n"))


def slots(*ranges):
    parts = [b"*3\r\n:%d\r\n:%d\r\n*2\r\n$9\r\n127.0.0.1\r\n:%d\r\n" % each for each in ranges]
    return b"*%d\r\n%s" % (len(parts), b"".join(parts))


@pytest.fixture
def liar():
    made = []
    yield lambda says: made.append(Liar(says)) or made[-1]
    for server in made:
        server.shutdown()
        server.server_close()


def test_a_command_is_redirected_five_times_and_no_more(liar, start):
    server = liar(lambda port: {"RPUSH": b"-MOVED 14438 :%d\r\n" % port})
    gateway = start(of(server))
    answer = expect(gateway.post_json("/echo", {}), 503)
    assert answer.header("x-lambdagate-outcome") == "not-started"
    assert server.counts["RPUSH"] == 6
    gateway.log.wait("Redis refused it: MOVED 14438")


def test_a_redirection_to_nowhere_is_a_refusal(liar, start):
    server = liar(lambda port: {"RPUSH": b"-MOVED 14438 ?:%d\r\n" % port})
    gateway = start(of(server))
    assert expect(gateway.post_json("/echo", {}), 503).header("x-lambdagate-outcome") == "not-started"
    assert server.counts["RPUSH"] == 1


def test_a_map_of_too_many_nodes_is_of_no_use(liar, start):
    server = liar(lambda port: {"CLUSTER": slots(*((i, i, 1000 + i) for i in range(257)))})
    gateway = start(of(server))
    gateway.log.wait("no node tells of the Cluster: .*it has too many nodes")
    assert expect(gateway.post_json("/echo", {}), 503).header("x-lambdagate-outcome") == "not-started"


@pytest.mark.parametrize("answer, said", [
    (b"*0\r\n", "it knows of no slots"),
    (slots((0, 16383, 1), (0, 0, 1)), "its slots cannot be read"),
    (slots((0, 16384, 1)), "its slots cannot be read"),
    (b"+OK\r\n", "it knows of no slots"),
    (b"-NOPERM no\r\n", "NOPERM no"),
])
def test_maps_that_are_none(liar, start, answer, said):
    server = liar(lambda port: {"CLUSTER": answer})
    start(of(server)).log.wait(f"no node tells of the Cluster: .*{said}")


def test_the_access_that_the_protocol_names_is_enough_in_a_cluster(cluster, start, bridge, tmp_path):
    redis = cluster()
    many = ["+cluster|slots", "+asking"]
    for node in redis.nodes:
        for name, access in (("gateway", GATEWAY_ACL), ("worker", WORKER_ACL)):
            node.call("ACL", "SETUSER", name, "on", ">secret", "resetkeys", "resetchannels", "-@all", *access, *many)
    secret = tmp_path / "secret"
    secret.write_text("secret\n")
    gateway = start(of(redis, username="gateway", password="secret"))
    bridge(redis, "--cluster", "--username", "worker", "--password-file", secret)
    traffic = Traffic(gateway, tmp_path, callers=2)
    traffic.flows(10)
    redis.move(queue("echo"), others(redis, redis.owner(queue("echo")))[0], pause=0.2)
    traffic.flows(10)
    traffic.judge()
    for node in redis.nodes:
        denied = {entry[entry.index(b"username") + 1] for entry in node.call("ACL", "LOG")}
        assert b"gateway" not in denied
