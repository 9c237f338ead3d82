"""Several redis-servers of a test's own that belong together, with clients that find their way."""

import subprocess
import time

from gateway import PATIENCE, wait_for
from ports import free_port
from redis_server import SERVER, Client, RedisError, Server

LOCAL = "127.0.0.1"
# Who voted in vain tries again much later, and a Sentinel that stood still for 2 seconds does nothing for 30.
ELECTION = PATIENCE * 4


class Node(Server):
    """A redis-server on a port, with a folder and a socket of its own."""

    def __init__(self, folder, *options):
        super().__init__(folder, *options, port=free_port())

    @property
    def address(self):
        return LOCAL, self.port

    def replicated(self, field):
        lines = self.call("INFO", "replication").decode().splitlines()
        return int(next(line.split(":")[1] for line in lines if line.startswith(f"{field}:")))

    def kill_in_step_with(self, replica):
        """Kills a master whose replica has all that it said to have done.

        What else was given to a worker in the last microseconds, Redis gives once more: its copies lag behind.
        """
        self.call("CLIENT", "PAUSE", 60_000, "WRITE")
        wait_for("the replica to have all", lambda: self.replicated("master_repl_offset") == replica.replicated("slave_repl_offset"))
        self.kill()


class Sentinel:
    """A redis-server that watches others."""

    def __init__(self, folder, master, quorum, *lines):
        folder.mkdir()
        self.folder, self.port = folder, free_port()
        self.file = folder / "sentinel.conf"
        self.file.write_text("\n".join([
            f"port {self.port}", f"bind {LOCAL}", f"dir {folder}",
            f"sentinel monitor mymaster {LOCAL} {master.port} {quorum}",
            "sentinel down-after-milliseconds mymaster 3000",
            "sentinel failover-timeout mymaster 4000", *lines, "",
        ]))
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [SERVER, str(self.file), "--sentinel"], stdin=subprocess.DEVNULL,
            stdout=open(self.folder / "sentinel.log", "ab"), stderr=subprocess.STDOUT,
        )

    def start_over(self, master):
        """Knows nothing any more but this master; returns when it says so."""
        self.kill()
        self.file.write_text(f"port {self.port}\nbind {LOCAL}\ndir {self.folder}\n"
                             f"sentinel monitor mymaster {LOCAL} {master.port} 2\n")
        self.start()
        eventually("a Sentinel", self.master)

    def client(self):
        return Client((LOCAL, self.port))

    def call(self, *arguments):
        with self.client() as client:
            return client.call(*arguments)

    def master(self):
        host, port = self.call("SENTINEL", "get-master-addr-by-name", "mymaster")
        return host.decode(), int(port)

    def knows(self, replicas, others):
        try:
            fields = self.call("SENTINEL", "master", "mymaster")
        except (OSError, RedisError):
            return False
        found = dict(zip(fields[::2], fields[1::2]))
        return (int(found[b"num-slaves"]), int(found[b"num-other-sentinels"])) == (replicas, others)

    def kill(self):
        self.process.kill()
        self.process.wait()

    end = kill


class Watched:
    """A master, a replica, and three Sentinels that agree about them."""

    def __init__(self, folder, *options, sentinel_lines=(), login=()):
        self.folder = folder
        folder.mkdir()
        self.login = login
        self.first = Node(folder / "a", *options)
        self.second = Node(folder / "b", *options, "--replicaof", f"{LOCAL} {self.first.port}")
        self.nodes = [self.first, self.second]
        self.sentinels = []
        try:
            wait_for("the replica", lambda: self._role(self.second)[3] == b"connected")
            self.sentinels = [Sentinel(folder / f"s{i}", self.first, 2, *sentinel_lines) for i in range(3)]
            if not sentinel_lines:
                wait_for("the Sentinels to know each other", lambda: all(s.knows(1, 2) for s in self.sentinels))
        except BaseException:
            self.end()
            raise

    @property
    def url(self):
        return "redis://" + ",".join(f"{LOCAL}:{s.port}" for s in self.sentinels)

    def _role(self, node):
        with Client(node.address) as client:
            if self.login:
                client.call("AUTH", *self.login)
            return client.call("ROLE")

    def client(self):
        """Connected to the master, as the first Sentinel that answers names it; OSError: there is none."""
        for sentinel in self.sentinels:
            try:
                client = Client(sentinel.master())
            except (OSError, RedisError):
                continue
            if client.call("ROLE")[0] == b"master":
                return client
            client.close()
        raise ConnectionError("no master")

    def call(self, *arguments):
        with self.client() as client:
            return client.call(*arguments)

    def master(self):
        """The node that Sentinels name, and which says so itself."""
        for node in self.nodes:
            try:
                if self._role(node)[0] == b"master" and self.sentinels[-1].master() == node.address:
                    return node
            except (OSError, RedisError, ConnectionError):
                continue
        return None

    def wait_healed(self):
        """Until there is a master with a replica again: a failover is over, and the next can be."""

        def healed():
            node = self.master()
            try:
                return node is not None and len(self._role(node)[2]) == 1 and all(
                    s.master() == node.address for s in self.sentinels)
            except (OSError, RedisError, ConnectionError):
                return False

        wait_for("a master with a replica", healed, ELECTION)

    def end(self):
        for one in [*self.sentinels, *self.nodes]:
            one.end()


def eventually(what, attempt, patience=30):
    """attempt() until it raises nothing that a failover excuses."""
    end = time.monotonic() + patience
    while True:
        try:
            return attempt()
        except (OSError, RedisError, ConnectionError) as error:
            assert time.monotonic() < end, f"{what}: {error}"
            time.sleep(0.05)


# --- a Cluster ------------------------------------------------------------------------------------


class Cluster:
    """Masters that share all slots, and as many replicas of the first ones as are wanted.

    A node is taken for dead when it was silent for `timeout` ms.
    """

    def __init__(self, folder, *options, masters=3, replicas=0, timeout=60_000, tls=False):
        folder.mkdir()
        self.folder = folder
        # The shorter the sooner they are one; then a busy machine must not make one of them look dead.
        options = ["--cluster-enabled", "yes", "--cluster-node-timeout", 1500, *options]
        self.nodes = []
        try:
            for i in range(masters + replicas):
                bus, tls_port = free_port(), free_port() if tls else 0
                self.nodes.append(Node(folder / f"n{i}", *options, "--cluster-config-file", folder / f"n{i}.conf",
                                       "--cluster-port", bus, "--tls-port", tls_port))
                self.nodes[-1].bus, self.nodes[-1].tls_port = bus, tls_port
            self.masters = self.nodes[:masters]
            self._join(masters)
            for node in self.nodes:
                node.call("CONFIG", "SET", "cluster-node-timeout", timeout)
        except BaseException:
            self.end()
            raise

    def _join(self, masters):
        first = self.nodes[0]
        slots = 16384
        for i, node in enumerate(self.masters):
            begin, end = slots * i // masters, slots * (i + 1) // masters - 1
            node.call("CLUSTER", "ADDSLOTSRANGE", begin, end)
            node.call("CLUSTER", "SET-CONFIG-EPOCH", i + 1)
        for node in self.nodes[1:]:
            node.call("CLUSTER", "MEET", LOCAL, first.port, first.bus)
        wait_for("the nodes to know each other", lambda: all(
            node.call("CLUSTER", "INFO").count(b"cluster_known_nodes:%d\r" % len(self.nodes)) == 1 for node in self.nodes))
        for i, node in enumerate(self.nodes[masters:]):
            eventually("a replica", lambda n=node, m=self.masters[i]: n.call("CLUSTER", "REPLICATE", self.id(m)))
        wait_for("the Cluster", self.is_well, ELECTION)

    @property
    def url(self):
        return "redis://" + ",".join(f"{LOCAL}:{node.port}" for node in self.nodes[:2])

    @staticmethod
    def id(node):
        return node.call("CLUSTER", "MYID").decode()

    def is_well(self):
        replicas = len(self.nodes) - len(self.masters)
        try:
            return all(b"cluster_state:ok" in node.call("CLUSTER", "INFO") for node in self.nodes if node.process.poll() is None) \
                and all(node.call("ROLE")[3] == b"connected" for node in self.nodes[len(self.nodes) - replicas:])
        except (OSError, RedisError, ConnectionError):
            return False

    def slot(self, key):
        return self.nodes[-1].call("CLUSTER", "KEYSLOT", key)

    def owner(self, key, ask=None):
        """The node that has the key, by what one of them says that lives."""
        slot = self.slot(key)
        ask = ask or next(node for node in self.nodes if node.process.poll() is None)
        for begin, end, master, *_ in ask.call("CLUSTER", "SLOTS"):
            if begin <= slot <= end:
                return next(node for node in self.nodes if node.port == master[1])
        raise ConnectionError("nobody has the slot")

    def client(self, key):
        return Client(self.owner(key).address)

    def call(self, command, key, *arguments):
        with self.client(key) as client:
            return client.call(command, key, *arguments)

    def begin_move(self, key, to):
        slot, source = self.slot(key), self.owner(key)
        to.call("CLUSTER", "SETSLOT", slot, "IMPORTING", self.id(source))
        source.call("CLUSTER", "SETSLOT", slot, "MIGRATING", self.id(to))
        return slot, source

    def move_keys(self, slot, source, to):
        while keys := source.call("CLUSTER", "GETKEYSINSLOT", slot, 100):
            source.call("MIGRATE", LOCAL, to.port, "", 0, 5000, "KEYS", *keys)

    def end_move(self, slot, source, to):
        for node in (to, source, *self.nodes):
            if node.process.poll() is None:
                try:
                    node.call("CLUSTER", "SETSLOT", slot, "NODE", self.id(to))
                except RedisError as error:
                    assert "replica" in str(error) or "master" in str(error), error

    def move(self, key, to, pause=0.0):
        """The slot of a key with all in it, as redis-cli --cluster does it, while it is used."""
        slot, source = self.begin_move(key, to)
        time.sleep(pause)
        self.move_keys(slot, source, to)
        time.sleep(pause)
        self.move_keys(slot, source, to)  # whatever still came
        self.end_move(slot, source, to)
        return source

    def end(self):
        for node in self.nodes:
            node.end()
