"""Whose processes workers are, and where their temporary files lie."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

from gateway import DAEMON, FUNCTIONS, ROOT, Gateway, expect, is_alive, python_function, stat_of, wait_for
from test_reload import reload
from test_workers import config

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture
def place():
    """A folder outside /tmp that every user can read."""
    folder = Path(tempfile.mkdtemp(prefix="lambdagate-test-", dir="/var/tmp"))
    folder.chmod(0o755)
    shutil.copytree(FUNCTIONS, folder / "functions")
    shutil.copytree(ROOT / "runtimes", folder / "runtimes")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def temporary():
    """What $TMPDIR is for the daemon; nothing may be left in it."""
    folder = Path(tempfile.mkdtemp(prefix="lambdagate-test-", dir="/var/tmp"))
    folder.chmod(0o1777)
    yield folder
    try:
        wait_for("an empty folder of temporary files", lambda: not list(folder.iterdir()))
    finally:
        shutil.rmtree(folder)


def function(place, workers=None, **options):
    workers = {"private_tmp": True, "directory": str(place / "functions"), **(workers or {})}
    return python_function("act", workers=workers, **options)


def environment(place, temporary):
    return {"LAMBDAGATE_RUNTIMES": str(place / "runtimes"), "TMPDIR": str(temporary)}


def run(gateway, command, target="/f"):
    answer = expect(gateway.post_json(target, {"do": "run", "command": command}), 200).json()
    assert answer["status"] == 0, answer
    return answer["output"]


def as_nobody(place):
    """A command that runs the daemon as another user than root, and a copy that this user may read."""
    shutil.copy(DAEMON, place / "lambdagated")
    return ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", place / "lambdagated"]


def can_mount(prefix):
    """Whether the kernel lets that user mount over /tmp."""
    return subprocess.run([*prefix, "unshare", "-Um", "--map-root-user", "mount", "--bind", "/var", "/tmp"],
                          capture_output=True, check=False).returncode == 0


# --- temporary files --------------------------------------------------------------------------------


@ROOT_ONLY
def test_each_worker_has_a_tmp_of_its_own_that_goes_with_it(temporary, place, start):
    functions = {"f": function(place), "g": function(place)}
    gateway = start(config(functions), environment=environment(place, temporary))
    name = f"/tmp/{gateway.mark}"
    found = run(gateway, f"echo ${{TMPDIR:-none}}; ls -A /tmp; echo mine >{name}; stat -c %a /tmp")
    if found.startswith("/"):
        pytest.skip("the kernel does not let us mount here")
    assert found == "none\n700\n"
    assert run(gateway, f"cat {name}") == "mine\n", "the same worker finds its files again"
    assert run(gateway, "ls -A /tmp", "/g") == ""
    assert not Path(name).exists()
    assert len(list(temporary.glob("lambdagate-*/*/*"))) == 2


def test_code_below_tmp_leaves_tmp_as_it_is_and_tmpdir_is_private(temporary, tmp_path, start):
    shutil.copytree(FUNCTIONS, tmp_path / "functions")
    if not str(tmp_path).startswith("/tmp/"):
        pytest.skip("temporary files of the tests lie elsewhere")
    gateway = start(config({"f": function(tmp_path)}), environment={"TMPDIR": str(temporary)})
    assert run(gateway, "echo x >$TMPDIR/file; echo $TMPDIR").startswith(str(temporary))
    gateway.log.wait(r"lies in /tmp, which stays shared")


def test_private_tmp_can_be_switched_off(temporary, place, start):
    functions = {"f": function(place, {"private_tmp": False})}
    gateway = start(config(functions), environment=environment(place, temporary))
    assert run(gateway, "echo ${TMPDIR:-none}") == "none\n"


def test_temporary_files_go_also_when_the_daemon_is_killed(temporary, place, start):
    gateway = start(config({"f": function(place)}), environment=environment(place, temporary))
    run(gateway, "echo x >${TMPDIR:-/tmp}/file")
    below = gateway.below()
    gateway.process.kill()
    gateway.process.wait()
    gateway.checked = True
    gateway.expect_gone(below)
    wait_for("the end of the files", lambda: not list(temporary.iterdir()))


def test_what_a_killed_keeper_left_goes_at_the_next_start(temporary, place, start):
    gateway = start(config({"f": function(place)}), environment=environment(place, temporary))
    run(gateway, "echo x >${TMPDIR:-/tmp}/file")
    for process in sorted(gateway.below()):
        if is_alive(process):
            os.kill(process[0], 9)
    gateway.checked = True
    assert gateway.process.wait() == 1
    left = list(temporary.glob("lambdagate-*/*/*"))
    assert left, "nobody was there to clean up"
    gateway = start(config({"f": function(place)}), environment=environment(place, temporary))
    wait_for("the end of stale files", lambda: not left[0].exists())
    run(gateway, "true")


# --- users ------------------------------------------------------------------------------------------


@ROOT_ONLY
def test_a_worker_is_its_user_and_only_that_one_reaches_its_port(temporary, place, start):
    nobody = pwd.getpwnam("nobody")
    functions = {"f": function(place, user="nobody"), "g": function(place)}
    gateway = start(config(functions), environment=environment(place, temporary))
    assert run(gateway, "id -u; id -g").split() == [str(nobody.pw_uid), str(nobody.pw_gid)]
    assert run(gateway, "stat -c %u ${TMPDIR:-/tmp}; echo x >${TMPDIR:-/tmp}/f").split() == [str(nobody.pw_uid)]
    assert run(gateway, "id -u", "/g") == "0\n"
    address = run(gateway, "echo $AWS_LAMBDA_RUNTIME_API").strip()
    host, port = address.split(":")
    with socket.create_connection((host, int(port))) as stranger:
        stranger.settimeout(30)
        stranger.sendall(b"GET /2018-06-01/ping HTTP/1.1\r\nHost: x\r\n\r\n")
        try:
            assert stranger.recv(100) == b"", "root is not that user"
        except ConnectionResetError:
            pass
    gateway.log.wait(r"a process of user 0 was refused at a worker's port")


@ROOT_ONLY
def test_a_function_that_changes_its_user_gets_new_workers(temporary, place, start):
    gateway = start(config({"f": function(place)}), environment=environment(place, temporary))
    assert run(gateway, "id -u") == "0\n"
    reload(gateway, config({"f": function(place, user="nobody")}))
    assert run(gateway, "id -u") == f"{pwd.getpwnam('nobody').pw_uid}\n"


@ROOT_ONLY
def test_a_directory_that_is_shut_to_the_user_is_told(temporary, place, start):
    (place / "functions").chmod(0o700)
    functions = {"f": function(place, user="nobody")}
    gateway = start(config(functions), environment=environment(place, temporary))
    expect(gateway.post_json("/f", {}), 500)
    gateway.log.wait(r"cannot enter .*/functions: Permission denied")


def check(config_text, folder, prefix=()):
    file = folder / "check.yaml"
    file.write_text(config_text)
    file.chmod(0o644)
    return subprocess.run([*(prefix or [DAEMON]), "--check", file], capture_output=True, text=True, check=False)


FILE = """
functions:
  f:
    user: %s
    workers: { runtime: python3, handler: a.b }
"""


def test_an_unknown_user_is_a_fault(tmp_path):
    done = check(FILE % "no-such-user-here", tmp_path)
    assert done.returncode == 1
    assert 'check.yaml:4: functions.f.user: found "no-such-user-here", which this machine does not know' in done.stderr


@ROOT_ONLY
def test_without_root_another_user_is_a_fault_and_our_own_is_fine(place):
    done = check(FILE % "daemon", place, as_nobody(place))
    assert done.returncode == 1
    assert "expected to be started as root" in done.stderr
    assert check(FILE % "nobody", place, as_nobody(place)).returncode == 0


# --- without root -----------------------------------------------------------------------------------


def unprivileged(place, temporary, functions):
    return Gateway(place / "gateway", config(functions), environment=environment(place, temporary),
                   command=as_nobody(place))


@ROOT_ONLY
def test_a_daemon_that_is_not_root_mounts_a_private_tmp_where_the_kernel_allows_it(place, temporary):
    if not can_mount(as_nobody(place)[:-1]):
        pytest.skip("the kernel does not let users mount in a namespace of their own")
    nobody = pwd.getpwnam("nobody").pw_uid
    with unprivileged(place, temporary, {"f": function(place)}) as gateway:
        assert run(gateway, "echo ${TMPDIR:-none}; ls -A /tmp; echo mine >/tmp/file; id -u") == f"none\n{nobody}\n"
        assert run(gateway, "cat /tmp/file; grep CapEff /proc/self/status").split()[-1] == "0" * 16
        left = list(temporary.glob("lambdagate-*/*/*/file"))
        assert [file.stat().st_uid for file in left] == [nobody]


@ROOT_ONLY
def test_a_command_that_does_not_exist_is_told_through_the_private_tmp_too(place, temporary):
    broken = {"timeout": "10s", "workers": {"command": ["no-such-bootstrap"], "private_tmp": True}}
    with unprivileged(place, temporary, {"f": broken}) as gateway:
        expect(gateway.post_json("/f", {}), 500)
        gateway.log.wait(r"cannot execute no-such-bootstrap: ")


@ROOT_ONLY
def test_workers_of_a_daemon_that_is_not_root_leave_nothing_either(place, temporary):
    with unprivileged(place, temporary, {"f": function(place)}) as gateway:
        born = expect(gateway.post_json("/f", {"do": "breed"}), 200).json()
        assert stat_of(born["stray"]) and stat_of(born["child"])
        os.kill(born["pid"], 9)
        for name in ("pid", "child", "stray"):
            wait_for(f"the end of {name}", lambda name=name: stat_of(born[name]) is None)
        run(gateway, "true")
