"""The third-party clients of these tests: installed once from their lock files, outside the tree.

    clients.py smoke|full     installs what is missing, so that the tests only use it

Each folder of clients/ pins a client. It is installed into the user's cache, in a folder whose name
holds a hash of what pins it and of the tools that build it: whatever changes is installed afresh,
and nothing else is. What cannot be had is said, and installed() raises Unavailable with the reason.
"""

import contextlib
import fcntl
import functools
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SOURCES = Path(__file__).resolve().parent / "clients"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lambdagate" / "interop"
PYTHON = "/usr/bin/python3"
AWS = "/usr/bin/aws"
# For one installation; the smoke tests are there to be quick.
MINUTES = {"smoke": 3, "full": 20}


class Unavailable(Exception):
    """A client that cannot be had here, and why."""


# --- how each is installed --------------------------------------------------------------------------


_running = set()


def stop_all(*_):
    """Asked to end: so do the programs that were started, and what they started."""
    for process in list(_running):
        kill(process)
    os._exit(1)


def kill(process):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


class Installation:
    """One installation under way: runs programs in its folder and keeps what they say."""

    def __init__(self, name, folder, minutes):
        self.source, self.folder, self.minutes = SOURCES / name, folder, minutes
        self.log = folder / "install.log"
        self.deadline = time.monotonic() + minutes * 60

    def copy(self, *names):
        for name in names:
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(self.source / name, self.folder / name)

    def run(self, *words, **environment):
        with self.log.open("a") as log:
            log.write(f"\n$ {' '.join(map(str, words))}\n")
            log.flush()
            status = self.status_of(words, {**os.environ, **environment}, log)
        if status:
            raise Unavailable(f"`{words[0]}` failed: {self.first_error()} (see {self.log})")

    def first_error(self):
        lines = [line.strip() for line in self.log.read_text(errors="replace").splitlines()]
        errors = [line for line in lines if re.search(r"(?i)(^|\s)error:?\s+\w", line)]
        return (errors or lines[-1:])[0][:160]

    def status_of(self, words, environment, log):
        process = subprocess.Popen(
            words,
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        _running.add(process)
        try:
            return process.wait(max(1, self.deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            kill(process)
            process.wait()
            raise Unavailable(f"its installation took longer than {self.minutes} minutes") from None
        finally:
            _running.remove(process)


def install_packages_of_node(installation):
    installation.copy("package.json", "package-lock.json", ".npmrc")
    # The runtime client is built from sources that its package holds, with Node's own headers.
    headers = {"npm_config_nodedir": "/usr"} if Path("/usr/include/node/node.h").exists() else {}
    installation.run(
        "npm", "ci", "--no-audit", "--no-fund", "--loglevel=error",
        MAKEFLAGS=f"-j{os.cpu_count()}", **headers,
    )  # fmt: skip


def install_packages_of_python(installation):
    installation.copy("requirements.txt")
    installation.run(PYTHON, "-m", "venv", "venv")
    installation.run(
        "venv/bin/python", "-m", "pip", "install", "--no-input", "--require-hashes",
        "--only-binary=:all:", "--no-deps", "-r", "requirements.txt",
    )  # fmt: skip


def build_go(installation):
    installation.copy("go.mod", "go.sum", "main.go")
    installation.run(
        "go", "build", "-mod=readonly", "-o", "bootstrap", ".", GOTOOLCHAIN="local", CGO_ENABLED="0"
    )


def build_rust(installation):
    """Cargo.lock with the names of its sources, which cargo knows and these files leave out."""
    installation.copy("Cargo.toml", "src/main.rs")
    installation.run("cargo", "generate-lockfile")
    lock = installation.folder / "Cargo.lock"
    source = re.search(r'^source = "(.*)"$', lock.read_text(), re.MULTILINE).group(1)
    pins = (installation.source / "Cargo.lock.in").read_text()
    lock.write_text(pins.replace("@REGISTRY@", source))
    installation.run("cargo", "build", "--release", "--locked", CARGO_TARGET_DIR="target")
    shutil.copy(installation.folder / "target/release/bootstrap", installation.folder / "bootstrap")
    shutil.rmtree(installation.folder / "target")


def build_java(installation):
    installation.copy("pom.xml", "App.java")
    installation.run("mvn", "-B", "-q", "dependency:copy-dependencies", "-DoutputDirectory=lib")
    installation.run("javac", "-cp", "lib/*", "-d", "classes", "App.java")
    # Left alone, every process writes its native part to the same file in /tmp.
    jar = next((installation.folder / "lib").glob("aws-lambda-java-runtime-interface-client-*.jar"))
    installation.run("jar", "xf", str(jar), "jni")


class Client:
    """What one client needs (program -> how it tells its version) and how it is installed."""

    def __init__(self, install, pins, smoke=False, least_node=0, **tools):
        self.install, self.pins, self.smoke, self.tools = install, pins, smoke, tools
        self.least_node = least_node


NPM = ("package.json", "package-lock.json")
CLIENTS = {
    "nodejs": Client(
        install_packages_of_node, NPM, smoke=True,
        node="--version", npm="--version", cmake="--version", autoreconf="--version", **{"g++": "--version"},
    ),
    "python": Client(
        install_packages_of_python, ("requirements.txt",), smoke=True, **{PYTHON: "--version"}
    ),
    "go": Client(build_go, ("go.mod", "go.sum", "main.go"), go="version"),
    "rust": Client(build_rust, ("Cargo.toml", "Cargo.lock.in", "src/main.rs"), cargo="--version"),
    "java": Client(build_java, ("pom.xml", "App.java"), mvn="--version", javac="-version"),
    "sdk_javascript": Client(
        install_packages_of_node, NPM, smoke=True, least_node=20,
        node="--version", npm="--version",
    ),
    "dynalite": Client(
        install_packages_of_node, NPM, smoke=True, least_node=18,
        node="--version", npm="--version",
    ),
    "cognito": Client(
        install_packages_of_node, NPM, smoke=True, least_node=20,
        node="--version", npm="--version",
    ),
    "oidc_provider": Client(
        install_packages_of_node, NPM, smoke=True, least_node=20,
        node="--version", npm="--version",
    ),
    "aws_jwt_verify": Client(
        install_packages_of_node, NPM, smoke=True, least_node=18,
        node="--version", npm="--version",
    ),
    "ajv": Client(
        install_packages_of_node, NPM, smoke=True, least_node=18,
        node="--version", npm="--version",
    ),
    "jsonschema": Client(
        install_packages_of_python, ("requirements.txt",), **{PYTHON: "--version"}
    ),
    "signing_helper": Client(build_go, ("go.mod", "go.sum", "main.go"), go="version"),
    "serverless_offline": Client(
        install_packages_of_node, NPM, least_node=18,
        node="--version", npm="--version",
    ),
    "moto": Client(
        install_packages_of_python, ("requirements.txt",), **{PYTHON: "--version"}
    ),
    "sdk_python": Client(
        install_packages_of_python, ("requirements.txt",), smoke=True, **{PYTHON: "--version"}
    ),
}  # fmt: skip


# --- the cache ----------------------------------------------------------------------------------------


@functools.cache
def version_of(program, argument):
    if shutil.which(program) is None:
        raise Unavailable(f"`{program}` is not installed")
    told = subprocess.run([program, argument], capture_output=True, text=True, timeout=60)
    return told.stdout + told.stderr


def node_version():
    try:
        return int(re.match(r"v(\d+)", version_of("node", "--version")).group(1))
    except Unavailable:
        return 0


def folder_of(name):
    client = CLIENTS[name]
    if client.least_node > (version := node_version()):
        raise Unavailable(f"it needs Node.js {client.least_node}, here is {version}")
    digest = hashlib.sha256()
    for program, argument in client.tools.items():
        digest.update(version_of(program, argument).encode())
    for pin in client.pins:
        digest.update((SOURCES / name / pin).read_bytes())
    return CACHE / f"{name}-{digest.hexdigest()[:16]}"


def is_ready(folder):
    return (folder / "ready").exists()


def installed(name):
    """The folder where the client lies ready. Installs nothing: that was this program's turn."""
    folder = folder_of(name)
    if is_ready(folder):
        return folder
    failed = folder / "failed"
    raise Unavailable(failed.read_text() if failed.exists() else "it was not installed")


def install(name, minutes):
    folder = folder_of(name)
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one installs, others wait for it
        if is_ready(folder):
            return
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        try:
            CLIENTS[name].install(Installation(name, folder, minutes))
        except Unavailable as fault:
            (folder / "failed").write_text(str(fault))
            raise
        (folder / "ready").touch()


def prepare(name, minutes):
    begin = time.monotonic()
    try:
        if is_ready(folder_of(name)):
            return
        install(name, minutes)
    except Unavailable as fault:
        print(f"interop: {name}: not to be had: {fault}", flush=True)
    else:
        print(f"interop: {name}: installed in {time.monotonic() - begin:.0f} s", flush=True)


def main():
    if sys.argv[1:] not in (["smoke"], ["full"]):
        sys.exit(__doc__)
    part = sys.argv[1]
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop_all)
    wanted = [name for name, client in CLIENTS.items() if client.smoke or part == "full"]
    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(prepare, wanted, [MINUTES[part]] * len(wanted)))


if __name__ == "__main__":
    main()
