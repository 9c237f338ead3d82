"""`memory` where the kernel keeps it: a cgroup for each worker, below one that is the daemon's."""

import json
import os
import re
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from gateway import DAEMON, SLOW, Gateway, expect, is_alive, python_function, wait_for

ERROR = {"message": "Internal Server Error"}
ROOT = os.getuid() == 0


def config(**functions):
    routes = {f"POST /{name}": {"function": name, "timeout": SLOW} for name in functions}
    return {"functions": functions, "routes": routes}


def act(memory=128, **options):
    return python_function("act", memory=memory, workers={"max": 1}, **options)


def run(gateway, command, target="/f"):
    return gateway.post_json(target, {"do": "run", "command": command})


def pid_of(gateway, target="/f"):
    return expect(gateway.post_json(target, {"do": "describe"}), 200).json()["pid"]


def cgroup_of(pid):
    line = next(line for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines() if line.startswith("0::"))
    return Path("/sys/fs/cgroup") / line[4:]


def groups(gateway):
    return sorted(path.name for path in gateway.cgroup.glob("worker-*"))


def most_used(gateway, count):
    gateway.log.wait(r"REPORT RequestId", count=count)
    return int(re.search(r"Max Memory Used: (\d+) MB", gateway.log.find_all("REPORT RequestId")[-1]).group(1))


def expect_killed(gateway, answer, function="f"):
    """The kernel's work, in all the places where it shows."""
    expect(answer, 500, ERROR)
    gateway.log.wait(r"a process used all of its 128 MB: killed by the kernel")
    gateway.log.wait(r"RequestId: \S+ Error: Runtime exited with error: signal: killed")
    report = gateway.log.wait(r"REPORT .*Max Memory Used: (\d+) MB.*Status: error.*Error Type: Runtime.ExitError")
    assert 120 <= int(report.group(1)) <= 128
    metrics = gateway.get("/metrics", admin=True).body.decode()
    assert f'lambdagate_worker_exits_total{{function="{function}",cause="memory"}} 1' in metrics


def test_the_log_says_at_the_start_where_the_cgroups_are(start):
    gateway = start(config(f=act()))
    gateway.log.wait(rf"memory of workers is limited by cgroups below {re.escape(str(gateway.cgroup))}$")
    assert cgroup_of(gateway.process.pid) == cgroup_of(gateway.keeper()) == gateway.cgroup / "gateway"


def test_a_worker_lives_in_a_cgroup_with_its_memory_and_no_swap(start):
    gateway = start(config(f=act(memory=200)))
    group = cgroup_of(pid_of(gateway))
    assert group.parent == gateway.cgroup and re.fullmatch(r"worker-\d+", group.name)
    assert (group / "memory.max").read_text() == f"{200 << 20}\n"
    assert (group / "memory.oom.group").read_text() == "1\n"
    swap = group / "memory.swap.max"
    assert not swap.exists() or swap.read_text() == "0\n"


def test_what_is_above_memory_is_killed_by_the_kernel_and_nobody_else(start):
    gateway = start(config(f=act(), other=act()))
    other = pid_of(gateway, "/other")
    first = pid_of(gateway)
    expect_killed(gateway, gateway.post_json("/f", {"do": "hoard", "mb": 400}))
    assert pid_of(gateway) != first
    assert pid_of(gateway, "/other") == other


def test_the_invoke_api_says_so_in_lambdas_words(start):
    gateway = start(config(f=act()))
    order = json.dumps({"body": '{"do": "hoard", "mb": 400}'})
    answer = expect(gateway.request("POST", "/2015-03-31/functions/f/invocations", order, admin=True), 200)
    assert answer.header("X-Amz-Function-Error") == "Unhandled"
    assert answer.json()["errorType"] == "Runtime.ExitError"
    words = r"RequestId: [0-9a-f-]{36} Error: Runtime exited with error: signal: killed"
    assert re.fullmatch(words, answer.json()["errorMessage"])


STRAY = "setsid -f sleep 600 >/dev/null 2>&1"
HOARD = "/usr/bin/python3 -c 'import time; x = bytearray({} << 20); time.sleep(600)'"


@pytest.mark.parametrize("way", ["", "setsid ", "setsid setsid -f "], ids=["child", "session", "orphan"])
def test_descendants_are_counted_and_killed_with_it(start, way):
    gateway = start(config(f=act()))
    answer = run(gateway, f"{way}{HOARD.format(400)} & sleep 600")
    expect_killed(gateway, answer)
    wait_for("the end of all of them", lambda: not gateway.workers())
    wait_for("the end of the cgroup", lambda: not groups(gateway))


def test_many_small_ones_are_counted_together(start):
    gateway = start(config(f=act()))
    answer = run(gateway, "; ".join(f"{HOARD.format(30)} &" for _ in range(6)).replace("&;", "&") + " sleep 600")
    expect_killed(gateway, answer)
    wait_for("the end of all of them", lambda: not gateway.workers())


def test_files_in_memory_are_counted(start):
    gateway = start(config(f=act()))
    name = f"/dev/shm/{gateway.mark}"
    try:
        answer = run(gateway, f"head -c 400M /dev/zero >{name}")
        assert answer.status in (200, 500)  # head is killed, and with it the worker
        expect_killed(gateway, answer)
    finally:
        if os.path.exists(name):
            os.unlink(name)


def test_report_says_the_peak_of_all_together_and_it_never_shrinks(start):
    gateway = start(config(f=act(memory=512)))
    code = "x = bytearray(100 << 20)"
    expect(run(gateway, f"/usr/bin/python3 -c '{code}'"), 200)
    most = most_used(gateway, 1)
    peak = int((cgroup_of(pid_of(gateway)) / "memory.peak").read_text())
    assert 100 <= most <= 200
    assert most_used(gateway, 2) == -(-peak // (1 << 20)) == most


def test_the_cgroup_goes_with_its_worker(start):
    gateway = start(config(f=act(timeout="20s")))
    for number in range(1, 4):
        group = cgroup_of(pid_of(gateway))
        assert groups(gateway) == [group.name]
        expect(run(gateway, "kill -9 $PPID; sleep 600"), 500)
        wait_for("the end of the cgroup", lambda: not group.exists())


def test_cgroups_that_a_worker_made_below_its_own_go_too(start):
    gateway = start(config(f=act()))
    group = cgroup_of(pid_of(gateway))
    command = f"mkdir -p {group}/a/b && sh -c 'echo $$ >{group}/a/b/cgroup.procs && exec sleep 600' & sleep 1; kill -9 $PPID"
    expect(run(gateway, command), 500)
    wait_for("the end of the cgroup", lambda: not group.exists())


def test_nothing_is_left_when_the_daemon_is_killed(start):
    gateway = start(config(f=act(), g=act()))
    pid_of(gateway), pid_of(gateway, "/g")
    expect(run(gateway, STRAY), 200)
    assert len(groups(gateway)) == 2
    below = gateway.below()
    gateway.send_signal(signal.SIGKILL)
    gateway.wait_end(below, statuses=(-signal.SIGKILL,))  # and looks for cgroups


def test_what_a_killed_keeper_left_is_cleared_by_the_daemon(start):
    gateway = start(config(f=act()))
    expect(run(gateway, STRAY), 200)
    below = gateway.below()
    os.kill(gateway.keeper(), signal.SIGKILL)
    gateway.wait_end(below, statuses=(1,))  # and looks for cgroups


def test_what_a_killed_daemon_and_keeper_left_is_cleared_by_the_next(start):
    gateway = start(config(f=act(), g=act()))
    expect(run(gateway, STRAY), 200)
    expect(run(gateway, STRAY, "/g"), 200)
    left = gateway.workers()
    keeper = gateway.keeper()
    gateway.send_signal(signal.SIGSTOP)
    os.kill(keeper, signal.SIGKILL)
    gateway.send_signal(signal.SIGKILL)
    gateway.process.wait()
    assert any(is_alive(process) for process in left) and len(groups(gateway)) == 2
    (gateway.cgroup / "cgroup.subtree_control").write_text("-memory")  # else nobody may enter
    gateway.start()
    gateway.log.wait(r"memory of workers is limited by cgroups below")
    assert not groups(gateway)
    wait_for("the end of those of before", lambda: not any(is_alive(process) for process in left))
    expect_killed(gateway, gateway.post_json("/f", {"do": "hoard", "mb": 400}))
    pid_of(gateway), pid_of(gateway, "/g")
    assert len(groups(gateway)) == 2


def test_a_daemon_that_ended_in_order_can_be_started_in_its_cgroup_again(start, tmp_path):
    gateway = start(config(f=act()))
    for _ in range(2):
        pid_of(gateway)
        gateway.send_signal(signal.SIGTERM)
        gateway.process.wait()
        gateway.log.join()
        gateway.start()
        gateway.log.wait(r"memory of workers is limited by cgroups below")


def test_who_is_not_alone_in_a_cgroup_leaves_it_as_it_is(tmp_path):
    gateway = Gateway(tmp_path / "gateway", config(f=act()))
    shared = gateway.cgroup
    shared.mkdir()
    enter = ["/bin/sh", "-c", 'echo $$ >"$0/cgroup.procs"; exec sleep 600', shared]
    with subprocess.Popen(enter) as neighbour:
        try:
            wait_for("the neighbour", lambda: (shared / "cgroup.procs").read_text())
            with gateway:
                gateway.log.wait(r"limited by looking at them: no cgroup was delegated to us")
                assert cgroup_of(gateway.process.pid) == cgroup_of(pid_of(gateway)) == shared
                expect(gateway.post_json("/f", {"do": "hoard", "mb": 400}), 500, ERROR)
                gateway.log.wait(r"a process used \d+ MB of 128 MB: killed")
                gateway.cgroup = None
        finally:
            neighbour.kill()
    shared.rmdir()


@pytest.mark.skipif(not ROOT, reason="needs root")
def test_who_may_not_divide_a_cgroup_says_so_and_looks_at_workers():
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        gateway = Gateway(f"{folder}/gateway", config(f=act()))
        user = ["/usr/bin/setpriv", "--reuid=4001", "--regid=4001", "--clear-groups"]
        gateway.command = (*user, *gateway.command)
        with gateway:
            gateway.log.wait(r"limited by looking at them")
            expect(gateway.post_json("/f", {"do": "hoard", "mb": 400}), 500, ERROR)
            gateway.log.wait(r"a process used \d+ MB of 128 MB: killed")


@pytest.mark.skipif(not ROOT, reason="needs root")
def test_a_function_with_a_user_of_its_own_has_its_cgroup_too(start):
    gateway = start(config(f=act(user="nobody")))
    pid = pid_of(gateway)
    assert os.stat(f"/proc/{pid}").st_uid == 65534
    group = cgroup_of(pid)
    assert group.parent == gateway.cgroup
    answer = run(gateway, f"echo 0 >{gateway.cgroup}/gateway/cgroup.procs || echo kept")
    assert "kept" in answer.body.decode() and cgroup_of(pid) == group
    expect_killed(gateway, gateway.post_json("/f", {"do": "hoard", "mb": 400}))


@pytest.mark.skipif(not ROOT, reason="needs root")
def test_cgroups_that_may_only_be_read_as_in_most_containers_are_not_spoken_of(start):
    read_only = 'mount -o remount,bind,ro /sys/fs/cgroup && exec "$0" "$@"'
    gateway = start(config(f=act()), command=("/usr/bin/unshare", "-m", "/bin/sh", "-c", read_only, DAEMON))
    gateway.log.wait(r"limited by looking at them")
    expect(gateway.post_json("/f", {"do": "hoard", "mb": 400}), 500, ERROR)
    gateway.log.wait(r"a process used \d+ MB of 128 MB: killed")
