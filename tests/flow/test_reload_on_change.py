"""`reload_on_change`: a function's files change, and its workers with them."""

import os
import threading

import pytest

from gateway import SLOW, expect, wait_for

APP = """
import os, time

def handler(event, context):
    gate = event.get("queryStringParameters", {}).get("gate")
    if gate:
        open(gate + ".started", "w").close()
        while not os.path.exists(gate):
            time.sleep(0.005)
    return {"version": %r, "pid": os.getpid()}
"""


@pytest.fixture
def code(tmp_path):
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "app.py").write_text(APP % "one")
    return folder


def config(code, **workers):
    workers = {"runtime": "python3", "handler": "app.handler", "directory": str(code), "max": 2,
               "reload_on_change": True, **workers}
    # Python takes compiled code for that of a file of the same size and the same second.
    function = {"timeout": SLOW, "environment": {"PYTHONDONTWRITEBYTECODE": "1"}, "workers": workers}
    return {"functions": {"f": function}, "routes": {"GET /f": {"function": "f"}}}


def call(gateway, query=""):
    return expect(gateway.get("/f" + query), 200).json()


def save(code, version):
    """As editors do: a new file under another name, then renamed."""
    (code / ".app.py.swp").write_text(APP % version)
    os.rename(code / ".app.py.swp", code / "app.py")


def test_the_next_call_after_a_change_runs_the_new_code(start, code):
    gateway = start(config(code))
    assert call(gateway)["version"] == "one"
    for version in ("two", "three"):
        save(code, version)
        wait_for(f"version {version}", lambda version=version: call(gateway)["version"] == version)
    gateway.log.wait(r"its files changed: new processes")


def test_a_call_that_runs_is_finished_by_the_old_code(start, code, tmp_path):
    gateway = start(config(code))
    gate = tmp_path / "gate"
    found = {}
    thread = threading.Thread(target=lambda: found.update(call(gateway, f"?gate={gate}")))
    thread.start()
    wait_for("the start of the call", lambda: (tmp_path / "gate.started").exists())
    save(code, "two")
    wait_for("the new version", lambda: call(gateway)["version"] == "two")
    assert not found
    gate.touch()
    thread.join()
    assert found["version"] == "one"
    wait_for("the end of the old worker", lambda: not os.path.exists(f"/proc/{found['pid']}"))


def test_code_that_cannot_start_is_tried_again_as_soon_as_it_is_repaired(start, code):
    (code / "app.py").write_text("this is no python\n")
    gateway = start(config(code, min=1))
    gateway.log.wait(r"next start in 1600 ms")
    save(code, "repaired")
    wait_for("the repaired version", lambda: gateway.get("/f").status == 200)
    assert call(gateway)["version"] == "repaired"


def test_what_python_writes_beside_the_code_is_no_change(start, code):
    gateway = start(config(code, max=1))
    pids = {call(gateway)["pid"] for _ in range(3)}
    (code / "__pycache__").mkdir(exist_ok=True)
    (code / "__pycache__" / "app.cpython-311.pyc").write_bytes(b"x")
    (code / "other.py").write_text("")
    gateway.log.wait(r"its files changed")  # by other.py alone
    assert len(pids) == 1 and len(gateway.log.find_all(r"its files changed")) == 1


def test_without_it_workers_stay_what_they_are(start, code):
    gateway = start(config(code, reload_on_change=False, max=1))
    pid = call(gateway)["pid"]
    save(code, "two")
    os.sync()
    assert call(gateway) == {"version": "one", "pid": pid}
    assert not gateway.log.find(r"its files changed")
