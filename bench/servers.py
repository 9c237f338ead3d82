"""lambdagate and its peers, each in its shipped defaults with one worker and its access log on."""

import http.client
import json
import os
import signal
import socket
import sys
from pathlib import Path

import load
import processes
from processes import BenchError

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent

sys.path.insert(0, str(ROOT / "tests" / "flow"))
import worst_bodies  # noqa: E402

TARGET = "https://example.com/new/place"
ANSWER = '{"ok":true,"message":"hello"}'
# What clients post to the functions: 1 KiB of JSON.
_EMPTY = json.dumps({"id": "order-0001", "note": ""}, separators=(",", ":"))
BODY = _EMPTY.replace('""', f'"{"n" * (1024 - len(_EMPTY))}"')


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


class Place:
    """Where a run writes: folders, the kind of log, the cores, the program under test."""

    def __init__(self, work, logs, null_log, daemon, build):
        self.work, self.logs, self.null_log, self.daemon = work, logs, null_log, daemon
        self.build = build  # where the other programs lie
        self.core, self.load_core = processes.cores()

    def folder(self, name):
        folder = self.work / name.replace(" ", "-").replace(",", "")
        folder.mkdir(parents=True, exist_ok=True)
        return folder


class Server:
    """One contender: started by its constructor, ended by stop()."""

    program = ""

    def __init__(self, place, name, core=None):
        self.place, self.name = place, name
        self.folder = place.folder(name)
        self.core = place.core if core is None else core
        self.port = free_port()
        self.log = Path("/dev/null") if place.null_log else place.logs / f"{self.folder.name}.log"
        self.process = None
        self.upstream = None  # a server whose work is part of a request, but not of this one's CPU
        self.environment = None
        self.command = []
        self.lost = 0  # lines of its log, set when its rounds are over

    def launch(self, words, **options):
        self.command = [str(word) for word in words]
        self.process = processes.start(words, self.core, **options)
        processes.wait_for(f"{self.name} to listen on {self.port}", self._listens)

    def _listens(self):
        if self.process.poll() is not None:
            status = self.process.returncode
            raise BenchError(f"{self.name} ended with {status}: {self._last_words()}")
        return answers(self.port)

    def _last_words(self):
        files = [self.log, *self.folder.glob("*.log")]
        texts = [file.read_text(errors="replace")[-2000:] for file in files if file.is_file()]
        return "\n".join(texts) or " ".join(self.command)

    def pids(self):
        return [self.process.pid, *processes.below(self.process.pid)]

    def worker_pids(self):
        return []

    def store_pids(self):
        return self.upstream.pids() if self.upstream else []

    def empty_log(self):
        if self.log.is_file():
            os.truncate(self.log, 0)

    def lost_lines(self):
        return 0

    def wake(self):
        """Called before a run of this contender, doze() after it."""

    def doze(self):
        pass

    def stop(self):
        if self.process is not None:
            processes.stop(self.process)


class Lambdagate(Server):
    program = "lambdagated"

    def __init__(self, place, name, config, core=None, loops=1, environment=None):
        super().__init__(place, name, core)
        self.admin = place.logs / f"{self.folder.name}.admin"
        file = self.folder / "gateway.json"
        own = {"listen": f"127.0.0.1:{self.port}", "admin": str(self.admin), "loops": loops}
        if loops is None:
            del own["loops"]
        file.write_text(json.dumps({**own, **config}, indent=1))
        own = {"LAMBDAGATE_RUNTIMES": str(ROOT / "runtimes"), **(environment or {})}
        self.environment = {**os.environ, **own}
        self.launch([place.daemon, file], output=self.log, environment=self.environment)

    def workers_started(self):
        """Below the daemon: the keeper, and below that the workers."""
        daemon = self.process.pid
        return [p for p in processes.below(daemon) if processes.name_of(p) == "node"]

    def pids(self):
        workers = set(self.worker_pids())
        return [pid for pid in super().pids() if pid not in workers]

    def worker_pids(self):
        return self.workers_started()

    def metric(self, name):
        connection = http.client.HTTPConnection("localhost", timeout=10)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(str(self.admin))
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
        values = [float(line.split()[-1]) for line in text.splitlines() if line.startswith(name)]
        return sum(values)

    def lost_lines(self):
        return int(self.metric("lambdagate_log_lines_dropped_total"))


def answers_config():
    """The redirect and the static answer."""
    return {
        "routes": {
            "GET /301": {"redirect": {"to": TARGET, "status": 301}},
            "GET /200": {"respond": {"json": json.loads(ANSWER)}},
        }
    }


def worst_config(place):
    """The static answer beside a route whose bodies are checked; none of them is ever valid."""
    schema = place.folder("worst schema") / "schema.json"
    schema.write_text(json.dumps(worst_bodies.HOSTILE))
    config = function_config()
    function = next(iter(config["functions"]))
    route = {"function": function, "body": str(schema)}
    routes = {**answers_config()["routes"], "POST /hostile": route}
    return {**config, "validation": {"formats": "assertion"}, "routes": routes}


def routes_config(count):
    """`count` routes, all with the same answer: half of them fixed paths, half with a variable."""
    answer = {"respond": {"json": json.loads(ANSWER)}}
    routes = {}
    for number in range(count // 2):
        routes[f"GET /area{number:05}/list"] = answer
        routes[f"GET /area{number:05}/item/{{id}}"] = answer
    return {"routes": routes}


def function_config():
    workers = {"runtime": "nodejs", "handler": "handler.handler", "directory": str(HERE / "node")}
    return {
        "functions": {"echo": {"timeout": "10s", "workers": {**workers, "min": 1, "max": 1}}},
        "routes": {"POST /echo": {"function": "echo"}},
    }


def redis_config(port):
    """The function behind a queue: whoever takes its calls there."""
    return {
        "redis": {"url": f"redis://127.0.0.1:{port}"},
        "functions": {"echo": {"timeout": "10s", "redis": {}}},
        "routes": {"POST /echo": {"function": "echo"}},
    }


class Nginx(Server):
    program = "nginx"

    def __init__(
        self, place, name, server="", core=None, access_log=True, master=True, outer="", listen=""
    ):
        super().__init__(place, name, core)
        access = self.log if access_log else "off"
        temporary = "".join(
            f"  {kind}_temp_path {self.folder}/{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        # The http block is Debian's; 768 connections a worker would not take 1,000 idle ones.
        text = f"""daemon off;
worker_processes 1;
pid {self.folder}/nginx.pid;
error_log {self.folder}/error.log;
{"" if master else "master_process off;"}
events {{ worker_connections 4096; }}
http {{
  sendfile on;
  tcp_nopush on;
  types_hash_max_size 2048;
  default_type application/octet-stream;
  access_log {access};
  gzip on;
{temporary}  {outer}
  server {{
    listen 127.0.0.1:{self.port}{listen};
    {server or _nginx_answers()}
  }}
}}
"""
        file = self.folder / "nginx.conf"
        file.write_text(text)
        self.launch(["nginx", "-p", self.folder, "-c", file, "-e", self.folder / "error.log"])


def _nginx_answers():
    return f"""location = /301 {{ return 301 {TARGET}; }}
    location = /200 {{ default_type application/json; return 200 '{ANSWER}'; }}"""


def nginx_routes(count):
    """What routes_config(count) says, for nginx."""
    answer = f"{{ default_type application/json; return 200 '{ANSWER}'; }}"
    return "\n    ".join(
        f"location = /area{number:05}/list {answer} location /area{number:05}/item/ {answer}"
        for number in range(count // 2)
    )


class Haproxy(Server):
    program = "haproxy"

    def __init__(self, place, name):
        super().__init__(place, name)
        # The defaults section is Debian's; the log goes to standard output in place of /dev/log.
        text = f"""global
  log stdout format raw local0
  nbthread 1
defaults
  log global
  mode http
  option httplog
  option dontlognull
  timeout connect 5000
  timeout client 50000
  timeout server 50000
frontend answers
  bind 127.0.0.1:{self.port}
  http-request redirect code 301 location {TARGET} if {{ path /301 }}
  http-request return status 200 content-type application/json string '{ANSWER}'
"""
        file = self.folder / "haproxy.cfg"
        file.write_text(text)
        self.launch(["haproxy", "-db", "-f", file], output=self.log)


class Offline(Server):
    """serverless-offline with the same handler file.

    It slows down with every request that it has served, so it is started anew for every run.
    """

    program = "serverless-offline"

    def __init__(self, place, name, modules):
        super().__init__(place, name)
        lambda_port = free_port()
        text = f"""service: bench
frameworkVersion: '3'
provider: {{ name: aws, runtime: nodejs20.x }}
plugins: [serverless-offline]
custom:
  serverless-offline: {{ host: 127.0.0.1, httpPort: {self.port}, lambdaPort: {lambda_port} }}
functions:
  echo: {{ handler: handler.handler, events: [{{ httpApi: 'POST /echo' }}] }}
"""
        (self.folder / "serverless.yml").write_text(text)
        (self.folder / "handler.js").write_text((HERE / "node" / "handler.js").read_text())
        link = self.folder / "node_modules"
        link.unlink(missing_ok=True)
        link.symlink_to(modules)
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "SLS_TELEMETRY_DISABLED": "1",
            "SLS_TRACKING_DISABLED": "1",
            "SLS_NOTIFICATIONS_MODE": "off",
            "SLS_INTERACTIVE_SETUP_ENABLE": "0",
            "CI": "1",
        }
        self.words = ["node", modules / "serverless" / "bin" / "serverless.js", "offline", "start"]

    def wake(self):
        self.launch(self.words, output=self.log, cwd=self.folder, environment=self.environment)
        post(self)

    def doze(self):
        self.stop()
        self.process = None


def post(server, answer=BODY):
    """Posts 1 KiB, and checks the answer: without another, a function gives back what it gets."""
    kind = {"content-type": "application/json"}
    status, _, body = load.ask(server.port, "/echo", BODY, kind, patience=60)
    if status != 200 or body.decode() != answer:
        raise BenchError(f"{server.name} answers POST /echo with {status}: {body[:500]!r}")


def event_of(body):
    """What the daemon sends for the request that wrk makes."""
    headers = {"content-type": "application/json", "host": "127.0.0.1", "content-length": "1024"}
    headers |= {"x-forwarded-for": "127.0.0.1", "x-forwarded-port": "80"}
    headers |= {"x-forwarded-proto": "http"}
    context = {
        "accountId": "123456789012",
        "apiId": "lambdagate",
        "domainName": "127.0.0.1",
        "domainPrefix": "127",
        "http": {
            "method": "POST",
            "path": "/echo",
            "protocol": "HTTP/1.1",
            "sourceIp": "127.0.0.1",
            "userAgent": "",
        },
        "requestId": "Kx7mZpQ2vHcEXYa=",
        "routeKey": "POST /echo",
        "stage": "@default",
        "time": "31/Jan/2026:10:00:00 +0000",
        "timeEpoch": 1769853600000,
    }
    event = {"version": "2.0", "routeKey": "POST /echo", "rawPath": "/echo", "rawQueryString": ""}
    event |= {"headers": headers, "requestContext": context, "body": body, "isBase64Encoded": False}
    return json.dumps(event, separators=(",", ":"))


ARN = "arn:aws:lambda:us-east-1:123456789012:function:echo"
TRACE = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1"


class BareLoop(Nginx):
    """The Runtime API loop of our own bootstrap, with nothing but nginx at its other end.

    nginx hands out one fixed event and takes the answers: the most that this handler can do. It
    runs on the core of the load, the handler on the core of the server. It never stops by itself,
    so it is halted between its runs.
    """

    program = "nginx"

    def __init__(self, place, name):
        event = event_of(BODY).replace("\\", "\\\\")
        if "'" in event or "$" in event:
            raise BenchError("the fixed event holds a character that nginx would interpret")
        server = f"""keepalive_requests 1000000000;
    keepalive_timeout 3600s;
    location = /2018-06-01/runtime/invocation/next {{
      add_header Lambda-Runtime-Aws-Request-Id 8476a536-e9f4-11e8-9739-2dfe598c3fcd;
      add_header Lambda-Runtime-Deadline-Ms 4102444800000;
      add_header Lambda-Runtime-Invoked-Function-Arn {ARN};
      add_header Lambda-Runtime-Trace-Id "{TRACE}";
      default_type application/json;
      return 200 '{event}';
    }}
    location /2018-06-01/runtime/invocation/ {{ return 202 '{{"status":"OK"}}'; }}
    location = /status {{ stub_status; access_log off; }}"""
        super().__init__(place, name, server, core=place.load_core)
        environment = {
            "PATH": os.environ["PATH"],
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.port}",
            "LAMBDA_TASK_ROOT": str(HERE / "node"),
            "_HANDLER": "handler.handler",
        }
        words = ["node", ROOT / "runtimes" / "nodejs" / "bootstrap.mjs"]
        errors = self.folder / "worker.log"
        self.worker = processes.start(
            words,
            place.core,
            output=errors,
            environment=environment,
            at_our_end=signal.SIGKILL,  # a halted process takes no other
        )
        processes.wait_for("the bare loop to turn", lambda: self.turns() > 100)
        self.doze()

    def turns(self):
        """Invocations so far: two requests each."""
        if self.worker.poll() is not None:
            raise BenchError(f"{self.name}: its worker ended: {self._last_words()}")
        _, _, text = load.ask(self.port, "/status")
        return int(text.decode().splitlines()[2].split()[2]) // 2

    def worker_pids(self):
        return [self.worker.pid]

    def wake(self):
        self.worker.send_signal(signal.SIGCONT)

    def doze(self):
        self.worker.send_signal(signal.SIGSTOP)

    def stop(self):
        self.wake()
        processes.stop(self.worker)
        super().stop()
