"""The units as an operator installs them, under systemd itself: started, limited, reloaded, watched, stopped."""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from gateway import FUNCTIONS, PATIENCE, SLOW, Answer, expect, stat_of, wait_for

UNIT = "lambdagated"
BRIDGE = "lambdagate-worker@queued"
PORT = 8080
ETC = Path("/etc/lambdagate")
CODE = Path("/srv/functions")
GROUP = Path("/sys/fs/cgroup/system.slice/lambdagated.service")
ERROR = {"message": "Internal Server Error"}

CONFIG = {
    "listen": f"127.0.0.1:{PORT}",
    "invoke_auth": "none",
    "functions": {
        "f": {"timeout": SLOW, "queue_wait": SLOW, "memory": 128,
              "workers": {"runtime": "python3", "handler": "handlers.act", "directory": str(CODE), "max": 1, "init_timeout": SLOW}},
    },
    "routes": {"POST /f": {"function": "f", "timeout": SLOW}},
}
REDIS = {"url": "redis://127.0.0.1:6379"}


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, f"{command}: {done.returncode}: {done.stdout}{done.stderr}\n{journal()}"
    return done.stdout


def journal(unit=UNIT):
    command = ["journalctl", "--no-pager", "-q", "-o", "cat", "-u", unit]
    return subprocess.run(command, capture_output=True, text=True).stdout


def show(name, unit=UNIT):
    return run("systemctl", "show", "-P", name, unit).strip()


def main_pid(unit=UNIT):
    return int(show("MainPID", unit))


def post(document, target="/f", port=PORT):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("POST", target, json.dumps(document), {"content-type": "application/json"})
        response = connection.getresponse()
        return Answer(response.status, response.getheaders(), response.read())
    finally:
        connection.close()


def describe(target="/f"):
    return expect(post({"do": "describe"}, target), 200).json()


def cgroup_of(pid):
    return Path("/sys/fs/cgroup") / Path(f"/proc/{pid}/cgroup").read_text().splitlines()[-1][len("0::/"):]


def write(name, document):
    (ETC / name).write_text(json.dumps(document))


@pytest.fixture(scope="module", autouse=True)
def installed():
    """What an operator does once, after `make install`."""
    shutil.copytree(FUNCTIONS, CODE, dirs_exist_ok=True)
    subprocess.run(["chmod", "-R", "a+rX", CODE.parent], check=True)
    run("systemd-sysusers")
    run("systemd-tmpfiles", "--create", "lambdagate.conf")
    write("lambdagate.yaml", CONFIG)
    ETC.chmod(0o755)
    run("systemctl", "daemon-reload")


@pytest.fixture
def service():
    """The gateway, started; stopped after the test."""
    run("systemctl", "start", UNIT)
    yield
    write("lambdagate.yaml", CONFIG)
    subprocess.run(["systemctl", "stop", UNIT])
    subprocess.run(["systemctl", "reset-failed", UNIT])


def test_started_means_that_it_serves(service):
    assert show("ActiveState") == "active"
    assert describe()["pid"]
    assert os.stat(f"/proc/{main_pid()}").st_uid != 0
    assert re.search(r"listening on 127\.0\.0\.1:8080", journal())


def test_a_configuration_with_a_fault_does_not_start_and_the_journal_says_why():
    write("lambdagate.yaml", {**CONFIG, "listn": 1})
    try:
        assert subprocess.run(["systemctl", "start", UNIT], capture_output=True).returncode != 0
        assert "listn" in journal()
    finally:
        write("lambdagate.yaml", CONFIG)
        subprocess.run(["systemctl", "stop", UNIT])
        subprocess.run(["systemctl", "reset-failed", UNIT])


def test_the_delegated_cgroup_is_used(service):
    assert f"memory of workers is limited by cgroups below {GROUP}" in journal()
    group = cgroup_of(describe()["pid"])
    assert group.parent == GROUP and (group / "memory.max").read_text() == f"{128 << 20}\n"
    assert cgroup_of(main_pid()) == GROUP / "gateway"


def test_a_worker_over_its_memory_is_killed_and_the_service_goes_on(service):
    daemon, worker = main_pid(), describe()["pid"]
    expect(post({"do": "hoard", "mb": 400, "child": True}), 500, ERROR)
    assert "a process used all of its 128 MB: killed by the kernel" in journal()
    assert describe()["pid"] != worker
    assert main_pid() == daemon and show("ActiveState") == "active"
    assert show("Result") == "success" and show("NRestarts") == "0"


def test_reload_takes_the_new_configuration_and_keeps_the_workers(service):
    daemon, worker = main_pid(), describe()["pid"]
    write("lambdagate.yaml", {**CONFIG, "routes": {**CONFIG["routes"], "POST /g": {"function": "f", "timeout": SLOW}}})
    run("systemctl", "reload", UNIT)
    wait_for("the new route", lambda: post({"do": "describe"}, "/g").status == 200)
    assert describe()["pid"] == worker and main_pid() == daemon


def restarted(before):
    wait_for("another daemon", lambda: main_pid() not in (0, before) and show("ActiveState") == "active", pause=0.5)


@pytest.mark.parametrize("who", ["daemon", "keeper", "both"])
def test_after_a_kill_it_is_started_again_with_its_cgroups(service, who):
    daemon, worker = main_pid(), describe()["pid"]
    expect(post({"do": "run", "command": "setsid -f sleep 600 >/dev/null 2>&1"}), 200)
    keeper = int(Path(f"/proc/{daemon}/task/{daemon}/children").read_text().split()[0])
    if who == "both":
        os.kill(daemon, signal.SIGSTOP)
    if who != "daemon":
        os.kill(keeper, signal.SIGKILL)
    if who != "keeper":
        os.kill(daemon, signal.SIGKILL)
    restarted(daemon)
    wait_for("the end of the old worker", lambda: stat_of(worker) is None)
    group = cgroup_of(describe()["pid"])
    assert group.parent == GROUP
    assert [path.name for path in GROUP.glob("worker-*")] == [group.name]
    assert "limited by looking" not in journal()
    expect(post({"do": "hoard", "mb": 400}), 500, ERROR)


def test_one_that_hangs_is_ended_by_the_watchdog_and_started_again():
    drop = Path("/etc/systemd/system/lambdagated.service.d/test.conf")
    drop.write_text("[Service]\nWatchdogSec=20s\nTimeoutAbortSec=5s\n")
    run("systemctl", "daemon-reload")
    try:
        run("systemctl", "start", UNIT)
        daemon = main_pid()
        os.kill(daemon, signal.SIGSTOP)
        restarted(daemon)
        assert describe()["pid"]
        assert int(show("NRestarts")) >= 1
    finally:
        drop.unlink()
        run("systemctl", "daemon-reload")
        subprocess.run(["systemctl", "stop", UNIT])
        subprocess.run(["systemctl", "reset-failed", UNIT])


def test_stop_ends_it_in_order_and_leaves_nothing():
    run("systemctl", "start", UNIT)
    daemon, worker = main_pid(), describe()["pid"]
    expect(post({"do": "run", "command": "setsid -f sleep 600 >/dev/null 2>&1"}), 200)
    run("systemctl", "stop", UNIT)
    assert show("ActiveState") == "inactive" and show("Result") == "success"
    assert show("ExecMainStatus") == "0"
    assert stat_of(daemon) is None and stat_of(worker) is None
    wait_for("the end of the cgroup", lambda: not GROUP.exists())
    assert subprocess.run(["pgrep", "-u", "lambdagate"], capture_output=True).stdout == b""


def test_a_worker_of_a_queue_runs_as_a_service_and_is_limited_too():
    queued = {"timeout": SLOW, "queue_wait": SLOW, "redis": {}}
    write("lambdagate.yaml", {**CONFIG, "redis": REDIS, "functions": {"queued": queued},
                              "routes": {"POST /f": {"function": "queued", "timeout": SLOW}}})
    write("worker.yaml", {"redis": REDIS, "functions": {"queued": CONFIG["functions"]["f"]}})
    redis = subprocess.Popen(["redis-server", "--port", "6379", "--save", "", "--dir", "/tmp"], stdout=subprocess.DEVNULL)
    group = Path("/sys/fs/cgroup/system.slice/system-lambdagate\\x2dworker.slice") / f"{BRIDGE}.service"
    try:
        wait_for("redis", lambda: subprocess.run(["redis-cli", "ping"], capture_output=True).stdout == b"PONG\n", pause=0.2)
        run("systemctl", "start", UNIT, BRIDGE)
        worker = describe()["pid"]
        assert cgroup_of(worker).parent == group
        expect(post({"do": "hoard", "mb": 400}), 500)
        assert "killed by the kernel" in journal(BRIDGE)
        assert describe()["pid"] != worker
        run("systemctl", "stop", BRIDGE)
        assert show("Result", BRIDGE) == "success"
        wait_for("the end of the cgroup", lambda: not group.exists())
    finally:
        subprocess.run(["systemctl", "stop", UNIT, BRIDGE])
        write("lambdagate.yaml", CONFIG)
        redis.terminate()
        redis.wait()
