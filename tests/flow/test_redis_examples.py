"""examples/workers/redis: every worker, started as its first comment says, behind a real redis-server."""

import os
import shutil
import signal
import subprocess

import pytest

from gateway import ROOT, expect, wait_for
from ports import free_port
from redis_server import Server, config, needs_redis

pytestmark = needs_redis
WORKERS = ROOT / "examples" / "workers" / "redis"
HANDLER = "#!/bin/sh\nset -e\ncat >/dev/null\nprintf '%s' '{\"statusCode\": 200, \"body\": \"from sh\"}'\n"


def needs(program):
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    return program


def has(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"the client is not installed: {done.stderr.strip().splitlines()[-1:]}")


def shell(folder, port):
    handler = folder / "handler"
    handler.write_text(HANDLER)
    handler.chmod(0o755)
    return [needs("sh"), WORKERS / "worker.sh", handler] if needs("redis-cli") else None


def python(folder, port):
    has("/usr/bin/python3", "-c", "import redis")
    return ["/usr/bin/python3", WORKERS / "worker.py"]


def node(folder, port):
    os.environ.setdefault("NODE_PATH", "/usr/share/nodejs")  # where Debian's packages lie, for every node
    has(needs("node"), "-e", "require('redis')")
    return ["node", WORKERS / "worker.js"]


def ruby(folder, port):
    has(needs("ruby"), "-e", "require 'redis'")
    return ["ruby", WORKERS / "worker.rb"]


def go(folder, port):
    """Modules come from the machine's cache, or from the module proxy."""
    needs("go")
    program = folder / "worker"
    done = subprocess.run(
        ["go", "build", "-o", program, "worker.go"], cwd=WORKERS, capture_output=True, text=True, timeout=300
    )
    if done.returncode != 0 and "dial tcp" in done.stderr + "lookup" * ("proxy" in done.stderr):
        pytest.skip("go-redis cannot be fetched here")
    assert done.returncode == 0, done.stderr
    return [program]


def c(folder, port):
    flags = subprocess.check_output(["pkg-config", "--cflags", "--libs", "hiredis"], text=True).split()
    program = folder / "worker"
    subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", program, WORKERS / "worker.c", *flags], check=True)
    return [program, "127.0.0.1", str(port)]


LANGUAGES = {"sh": shell, "python": python, "node": node, "ruby": ruby, "go": go, "c": c}
SUFFIXES = {"sh": "sh", "python": "py", "node": "js", "ruby": "rb", "go": "go", "c": "c"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_worker_of_the_example_answers_calls(language, start, tmp_path):
    port = free_port()
    command = LANGUAGES[language](tmp_path, port)
    server = Server(tmp_path / "redis", port=port)
    gateway = start(config(server, function={"queue_wait": "30s"}))
    gateway.log.wait(" ready:")
    environment = {**os.environ, "FN": "echo", "REDIS_URL": server.url}
    worker = subprocess.Popen(
        list(map(str, command)), env=environment, stdin=subprocess.DEVNULL, start_new_session=True,
        stdout=open(tmp_path / "worker.log", "wb"), stderr=subprocess.STDOUT,
    )
    try:
        for text in ('"one"', '{"two": "\\u00e9"}'):
            answer = expect(gateway.post_json("/echo", text), 200)
            body = answer.body.decode()
            assert body == {"sh": "from sh", "c": body if "bytes" in body else None}.get(language, text), answer
        wait_for("its presence", lambda: gateway.metric("lambdagate_redis_workers", function="echo") == 1)
    except AssertionError as failure:
        raise AssertionError((tmp_path / "worker.log").read_text()[-2000:]) from failure
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
        server.end()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_worker_has_at_most_20_lines(language):
    assert len((WORKERS / f"worker.{SUFFIXES[language]}").read_text().splitlines()) <= 20
