"""The real daemon, started for a test: its configuration, its log, its processes, its end.

Nothing sleeps for a fixed time: wait_for() asks again until a deadline, so a slow machine only
makes a failing test slow.
"""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("LAMBDAGATE_BUILD", ROOT / "build" / "release")).resolve()
DAEMON = BUILD / "lambdagated"
COMMAND = BUILD / "lambdagate"
FUNCTIONS = Path(__file__).resolve().parent / "functions"

# A cgroup that is ours to divide: each daemon gets one below it. Only `make vm` knows of one.
CGROUP = os.environ.get("LAMBDAGATE_TEST_CGROUP")
PYTHON = "/usr/bin/python3"

# How long anything may take before it counts as failed, on a loaded machine under a sanitizer.
PATIENCE = float(os.environ.get("LAMBDAGATE_TEST_PATIENCE", "30"))

# The timeout of a function where the test is not about timeouts.
SLOW = f"{PATIENCE * 2:.0f}s"

# What no test is about that does not name it: the first call of a function waits for a whole process.
UNHURRIED = PATIENCE > 60
QUEUE_WAIT = {"queue_wait": SLOW}
INIT_TIMEOUT = {"init_timeout": SLOW}

# Variables of the shell that would change what a test means.
INHERITED = ("PATH", "HOME", "TMPDIR", "LANG", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS")
INHERITED += ("LAMBDAGATE_RUNTIMES",)


def wait_for(what, condition, patience=PATIENCE, pause=0.005):
    """Asks condition() until it is true; `what`, or what it returns, says in the failure what never came."""
    deadline = time.monotonic() + patience
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            wanted = what() if callable(what) else what
            raise AssertionError(f"waited {patience:.0f} s in vain for: {wanted}")
        time.sleep(pause)


class Answer:
    """A response as a client sees it."""

    def __init__(self, status, headers, body, version="HTTP/1.1"):
        self.status = status
        self.headers = headers  # list of (name, value), in order
        self.body = body
        self.version = version

    def header(self, name):
        """The value of the only header of that name, None without one."""
        values = self.all(name)
        assert len(values) <= 1, f"expected at most one {name}, found {values}"
        return values[0] if values else None

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.version} {self.status} {self.headers} {self.body[:500]!r}>"


def expect(answer, status, document=None, text=None):
    """Checks status, and body when given, with one message that shows all of the answer."""
    assert answer.status == status, f"expected {status}, found {answer!r}"
    if document is not None:
        assert answer.json() == document, f"expected {document}, found {answer!r}"
    if text is not None:
        assert answer.body.decode() == text, f"expected {text!r}, found {answer!r}"
    return answer


class Peer:
    """A raw connection: sends any bytes at all, reads answers one by one."""

    def __init__(self, address):
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(address)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, data):
        self.socket.sendall(data.encode() if isinstance(data, str) else data)
        return self

    def try_send(self, data):
        """For peers that are answered and closed while they still send."""
        try:
            self.send(data)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def request(self, method, target, headers=(), body=b"", version="HTTP/1.1"):
        """One request, with Host and Content-Length unless the headers hold them or there is no body."""
        names = {name.lower() for name, _ in headers}
        lines = [f"{method} {target} {version}"]
        if "host" not in names:
            lines.append("Host: gateway.test")
        lines += [f"{name}: {value}" for name, value in headers]
        if body and not names & {"content-length", "transfer-encoding"}:
            lines.append(f"Content-Length: {len(body)}")
        head = "\r\n".join(lines) + "\r\n\r\n"
        return self.send(head.encode("latin-1") + body)

    def _more(self):
        data = self.socket.recv(65536)
        self.buffer += data
        return data

    def _line(self):
        while b"\r\n" not in self.buffer:
            assert self._more(), f"the connection ended within a line: {self.buffer[:500]!r}"
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line.decode("latin-1")

    def _take(self, size):
        while len(self.buffer) < size:
            found = len(self.buffer)
            assert self._more(), f"the connection ended after {found} of {size} bytes"
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def _chunks(self):
        body = b""
        while True:
            size = int(self._line().split(";")[0], 16)
            body += self._take(size)
            assert self._line() == ""
            if size == 0:
                return body

    def head(self):
        """Status line and headers alone."""
        version, status, *_ = self._line().split(" ", 2)
        headers = []
        while line := self._line():
            name, _, value = line.partition(":")
            headers.append((name, value.strip()))
        return Answer(int(status), headers, b"", version)

    def answer(self, to="GET"):
        """The next response; one to HEAD has no body."""
        answer = self.head()
        lengths = answer.all("content-length")
        assert len(lengths) <= 1, f"more than one Content-Length: {answer!r}"
        if to == "HEAD" or answer.status in (204, 304) or answer.status < 200:
            pass
        elif (answer.header("transfer-encoding") or "").lower() == "chunked":
            answer.body = self._chunks()
        elif lengths:
            answer.body = self._take(int(lengths[0]))
        else:
            answer.body = self.rest()
        return answer

    def rest(self):
        """All bytes up to the end of the connection; a reset counts as an end."""
        try:
            while self._more():
                pass
        except ConnectionResetError:
            pass
        data, self.buffer = self.buffer, b""
        return data

    def expect_closed(self):
        rest = self.rest()
        assert rest == b"", f"expected the end of the connection, found {rest[:500]!r}"

    def finish_sending(self):
        self.socket.shutdown(socket.SHUT_WR)

    def close(self):
        self.socket.close()

    def reset(self):
        """Leaves with RST, as a killed client does."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()


class Log:
    """What the daemon wrote to stderr, read by a thread as it comes."""

    def __init__(self, stream):
        self._lines = []
        self._changed = threading.Condition()
        self._ended = False
        self._thread = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._thread.start()

    def _read(self, stream):
        for line in stream:
            with self._changed:
                self._lines.append(line.decode("utf-8", "replace").rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def lines(self):
        with self._changed:
            return list(self._lines)

    def text(self):
        return "\n".join(self.lines())

    def find(self, pattern):
        """The first match of the regular expression in a line, or None."""
        return next((m for m in (re.search(pattern, line) for line in self.lines()) if m), None)

    def find_all(self, pattern):
        return [line for line in self.lines() if re.search(pattern, line)]

    def wait(self, pattern, count=1, patience=PATIENCE):
        """Waits until `count` lines match; returns the first match."""
        deadline = time.monotonic() + patience
        with self._changed:
            while True:
                matches = [m for m in (re.search(pattern, line) for line in self._lines) if m]
                if len(matches) >= count:
                    return matches[0]
                left = deadline - time.monotonic()
                if self._ended or left <= 0:
                    why = "the log ended" if self._ended else f"{patience:.0f} s passed"
                    raise AssertionError(
                        f"expected {count} line(s) matching {pattern!r} in the log, found "
                        f"{len(matches)} when {why}; the log:\n" + "\n".join(self._lines[-60:])
                    )
                self._changed.wait(left)

    def join(self):
        """Waits for the end of the stream: after the daemon and all that held its stderr ended."""
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "something still holds the daemon's stderr open"


def stat_of(pid):
    """(parent, start time, state) of a process, or None when there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text[text.rindex(")") + 2 :].split()
    return int(fields[1]), int(fields[19]), fields[0]


def processes():
    """pid -> (parent, start time, state) of all processes."""
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            stat = stat_of(int(name))
            if stat:
                found[int(name)] = stat
    return found


def descendants(pid):
    """(pid, start time) of everything below a process: together they name it for ever."""
    table = processes()
    below = {pid}
    while True:
        more = {p for p, stat in table.items() if stat[0] in below} - below
        if not more:
            return {(p, table[p][1]) for p in below if p != pid and p in table}
        below |= more


def is_alive(process):
    """Whether the process (pid, start time) still exists; a zombie that nobody reaped counts."""
    stat = stat_of(process[0])
    return stat is not None and stat[1] == process[1]


def marked(mark):
    """Processes whose environment holds the mark of this gateway: workers, and what they started."""
    found = set()
    for pid, stat in processes().items():
        try:
            if mark.encode() in Path(f"/proc/{pid}/environ").read_bytes():
                found.add((pid, stat[1]))
        except (PermissionError, FileNotFoundError, ProcessLookupError):
            pass
    return found


def describe(process):
    try:
        words = Path(f"/proc/{process[0]}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except (FileNotFoundError, ProcessLookupError):
        words = "gone"
    return f"{process[0]} ({words.strip() or 'zombie or kernel'})"


def python_function(handler, **options):
    """A function whose handler lies in tests/flow/functions/handlers.py."""
    workers = {"runtime": "python3", "handler": f"handlers.{handler}", "directory": str(FUNCTIONS)}
    workers.update(options.pop("workers", {}))
    return {"timeout": SLOW, **options, "workers": workers}


def command_function(*arguments, **options):
    """A function whose worker is tests/flow/functions/worker.py: it misbehaves as told."""
    workers = {"command": [PYTHON, str(FUNCTIONS / "worker.py"), *arguments]}
    workers.update(options.pop("workers", {}))
    return {"timeout": SLOW, **options, "workers": workers}


class Gateway:
    """One lambdagated. Use as a context manager: the end checks that it ended well and alone."""

    def __init__(self, folder, config, environment=None, file=None, command=(DAEMON,)):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.mark = f"lambdagate-test-{uuid.uuid4()}"
        self.file = Path(file) if file else self.write(config)
        self.environment = {k: os.environ[k] for k in INHERITED if k in os.environ}
        self.environment.update(environment or {})
        self.command = command
        self.cgroup = Path(CGROUP) / self.mark if CGROUP else None
        self.process = None
        self.log = None
        self.port = self.admin_port = None
        self.checked = False

    def write(self, config):
        """Writes the configuration; functions get the mark by which their processes are found."""
        if isinstance(config, str):
            path = self.folder / "gateway.yaml"
            path.write_text(config)
            return path
        config = {"listen": "127.0.0.1:0", "admin": "127.0.0.1:0", "invoke_auth": "none", **config}
        functions = {}
        for name, function in config.get("functions", {}).items():
            away = {"redis", "lambda"} & set(function)  # whose workers are no processes of ours
            functions[name] = function if away and not UNHURRIED else {**QUEUE_WAIT, **function}
            if not away:
                environment = {"TEST_MARK": self.mark, **function.get("environment", {})}
                functions[name]["environment"] = environment
            if "workers" in function:  # tests and handlers meet in /tmp
                workers = {"private_tmp": False, **INIT_TIMEOUT, **function["workers"]}
                functions[name]["workers"] = workers
        if functions:
            config["functions"] = functions
        path = self.folder / "gateway.json"
        path.write_text(json.dumps(config, indent=2))
        return path

    # --- life ---------------------------------------------------------------------------------

    def in_cgroup(self):
        """What starts the daemon as the only process of a cgroup of its own."""
        if self.cgroup is None:
            return []
        self.cgroup.mkdir(exist_ok=True)
        return ["/bin/sh", "-c", 'echo $$ >"$0/cgroup.procs" && exec "$@"', self.cgroup]

    def leave_cgroup(self):
        """What is left of it; the daemon's own part goes with the test."""
        if self.cgroup is None or not self.cgroup.exists():
            return []
        left = [path.name for path in self.cgroup.iterdir() if path.is_dir() and path.name != "gateway"]
        for path in [*(self.cgroup / name for name in left), self.cgroup / "gateway", self.cgroup]:
            if path.exists():
                path.rmdir()
        return left

    def start(self, wait=True):
        self.process = subprocess.Popen(
            [*self.in_cgroup(), *self.command, self.file],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=self.environment,
            cwd=self.folder,
        )
        self.log = Log(self.process.stderr)
        if wait:
            try:
                self.port = int(self.log.wait(r" listening on 127\.0\.0\.1:(\d+)").group(1))
                self.admin_port = int(self.log.wait(r" admin on 127\.0\.0\.1:(\d+)").group(1))
            except AssertionError:
                self.kill()
                raise
        return self

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        if kind is None:
            if not self.checked:
                self.stop()
        else:
            self.kill()

    def below(self):
        """Every process of this gateway but the daemon itself."""
        return descendants(self.process.pid) | marked(self.mark)

    def keeper(self):
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return int(children.split()[0])

    def workers(self):
        """Processes that handle invocations, or were started by them: not the keeper."""
        return marked(self.mark)

    def send_signal(self, number):
        self.process.send_signal(number)

    def stop(self, number=signal.SIGTERM, statuses=(0,)):
        """Asks it to end, and checks that it did so in order and left nothing behind."""
        below = self.below()
        self.send_signal(number)
        self.wait_end(below, statuses)

    def wait_end(self, below, statuses=(0,)):
        """Waits for the end of the daemon and of all processes in `below`."""
        self.checked = True
        try:
            found = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(
                f"the daemon did not end within {PATIENCE:.0f} s; its log:\n{self.log.text()}"
            ) from None
        self.expect_gone(below)
        self.log.join()
        assert found in statuses, (
            f"expected exit status {statuses}, found {found}; the log:\n{self.log.text()}"
        )
        left = self.leave_cgroup()
        assert not left, f"cgroups left behind by the daemon: {left}"

    def expect_gone(self, below):
        def gone():
            return not any(is_alive(p) for p in below) and not marked(self.mark)

        try:
            wait_for("the end of all processes below the daemon", gone)
        except AssertionError:
            left = {p for p in below if is_alive(p)} | marked(self.mark)
            names = ", ".join(describe(p) for p in left)
            for pid, _ in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            raise AssertionError(f"left behind by the daemon: {names}") from None

    def kill(self):
        """The end of a test that failed already: nothing is checked, nothing stays."""
        self.checked = True
        below = self.below() if self.process.poll() is None else marked(self.mark)
        self.process.kill()
        self.process.wait()
        for pid, _ in below | marked(self.mark):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    # --- talking to it ------------------------------------------------------------------------

    def peer(self):
        return Peer(("127.0.0.1", self.port))

    def admin_peer(self):
        return Peer(("127.0.0.1", self.admin_port))

    def request(self, method, target, body=None, headers=(), admin=False):
        """One request on a connection of its own, by Python's own client."""
        port = self.admin_port if admin else self.port
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            connection.request(method, target, body=body, headers=dict(headers))
            response = connection.getresponse()
            return Answer(response.status, response.getheaders(), response.read())
        finally:
            connection.close()

    def get(self, target, headers=(), admin=False):
        return self.request("GET", target, headers=headers, admin=admin)

    def post_json(self, target, document, headers=()):
        text = document if isinstance(document, (str, bytes)) else json.dumps(document)
        return self.request(
            "POST", target, body=text, headers={"content-type": "application/json", **dict(headers)}
        )

    def send(self, method, target, headers=(), body=b"", version="HTTP/1.1"):
        """One raw request on a connection of its own: nothing is added but Host and length."""
        with self.peer() as peer:
            peer.request(method, target, headers, body, version)
            return peer.answer(to=method)

    def wait_counted(self, answer):
        """Until the request of this answer is over for the gateway too: counted, and in the log."""
        request_id = answer.header("apigw-requestid") or answer.header("x-amzn-requestid")
        self.log.wait(rf"access \[{re.escape(request_id)}\]")

    def metric(self, name, **labels):
        """The value of a metric: the sum over all series that carry these labels."""
        total, found = 0.0, False
        for line in self.get("/metrics", admin=True).body.decode().splitlines():
            match = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
            if not match or match.group(1) != name:
                continue
            pairs = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', match.group(2) or ""))
            if all(pairs.get(k) == v for k, v in labels.items()):
                total, found = total + float(match.group(3)), True
        return total if found else None


def run(program, *arguments, environment=None, input=None):
    """Runs a program of ours to its end; stdout and stderr as text."""
    env = {k: os.environ[k] for k in INHERITED if k in os.environ}
    env.update(environment or {})
    return subprocess.run(
        [program, *map(str, arguments)],
        env=env,
        stdin=subprocess.DEVNULL if input is None else None,
        input=input,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def quickstart_keys(folder):
    """The variables with which conf/quickstart.yaml has its keys in this folder, where they are now."""
    environment = {"LAMBDAGATE_QUICKSTART": str(folder)}
    done = run(COMMAND, "token", "--quickstart", "--config", ROOT / "conf/quickstart.yaml", environment=environment)
    assert done.returncode == 0, done.stderr
    return environment


def warm_quickstart(gateway):
    """Calls each function until a worker has answered: its file has the waiting times of the defaults."""
    for name in ("put-item", "get-item", "replace-item", "me", "echo"):
        target = f"/2015-03-31/functions/{name}/invocations"
        wait_for(f"a worker of {name}", lambda target=target: gateway.request("POST", target, "{}", admin=True).status == 200)
