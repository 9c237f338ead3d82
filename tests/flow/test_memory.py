"""`memory` of a function: what is above it is killed, and REPORT says what was used."""

import json
import re

import pytest

from gateway import expect, python_function, stat_of, wait_for
from test_workers import config

ERROR = {"message": "Internal Server Error"}


def used(gateway, status=""):
    """Max Memory Used of the last REPORT line, and its place."""
    lines = gateway.log.find_all(r"REPORT RequestId.*Max Memory Used" + status)
    return int(re.search(r"Max Memory Used: (\d+) MB", lines[-1]).group(1))


def wait_report(gateway, count):
    gateway.log.wait(r"REPORT RequestId", count=count)
    return used(gateway)


def limited(**options):
    return config({"f": python_function("act", workers={"max": 1}, **options)})


@pytest.mark.parametrize("child", [False, True], ids=["itself", "by a child"])
def test_a_worker_that_takes_more_than_its_memory_is_killed(start, child):
    gateway = start(limited(memory=128))
    answer = gateway.post_json("/f", {"do": "hoard", "mb": 400, "child": child})
    expect(answer, 500, ERROR)
    gateway.log.wait(r"a process used .*: killed")
    gateway.log.wait(r"RequestId: \S+ Error: Runtime exited with error: signal: killed")
    gateway.log.wait(r"REPORT .*Memory Size: 128 MB.*Status: error.*Error Type: Runtime.ExitError")
    assert used(gateway) >= 128
    pid = expect(gateway.post_json("/f", {"do": "describe"}), 200).json()["pid"]
    assert stat_of(pid)
    metrics = gateway.get("/metrics", admin=True).body.decode()
    assert 'lambdagate_worker_exits_total{function="f",cause="memory"} 1' in metrics


def test_the_invoke_api_says_so_in_lambdas_words(start):
    gateway = start(limited(memory=128))
    order = {"body": '{"do": "hoard", "mb": 400}'}
    answer = gateway.post_json("/f", {"do": "describe"})
    answer = gateway.request("POST", "/2015-03-31/functions/f/invocations", json.dumps(order), admin=True)
    expect(answer, 200)
    assert answer.header("X-Amz-Function-Error") == "Unhandled"
    document = answer.json()
    assert document["errorType"] == "Runtime.ExitError"
    assert re.fullmatch(r"RequestId: [0-9a-f-]{36} Error: Runtime exited with error: signal: killed",
                        document["errorMessage"])


def test_report_says_what_was_used_and_it_never_shrinks(start):
    gateway = start(limited(memory=1024))
    expect(gateway.post_json("/f", {"do": "hoard", "mb": 200, "stay": False}), 200)
    most = wait_report(gateway, 1)
    assert 200 <= most <= 400
    expect(gateway.post_json("/f", {"do": "describe"}), 200)
    assert wait_report(gateway, 2) == most


def test_what_a_process_that_ended_had_used_is_told(start):
    gateway = start(limited(memory=1024))
    order = {"do": "run", "command": "kill -9 $PPID"}
    expect(gateway.post_json("/f", order), 500)
    assert 5 <= wait_report(gateway, 1) <= 200


def test_below_the_limit_nothing_happens(start):
    gateway = start(limited(memory=512))
    expect(gateway.post_json("/f", {"do": "hoard", "mb": 100, "stay": False}), 200)
    pids = {expect(gateway.post_json("/f", {"do": "describe"}), 200).json()["pid"] for _ in range(3)}
    assert len(pids) == 1
    assert not gateway.log.find(r"killed")


def test_one_that_grows_while_it_starts_is_killed_too(start, tmp_path):
    code = tmp_path / "grow.py"
    code.write_text("import signal\nx = bytearray(400 << 20)\nwhile True: signal.pause()\n")
    code.chmod(0o644)
    function = {"timeout": "60s", "memory": 128,
                "workers": {"command": ["/usr/bin/python3", str(code)], "init_timeout": "60s"}}
    gateway = start(config({"f": function}))
    expect(gateway.post_json("/f", {}), 500)
    gateway.log.wait(r"a process used .*: killed")


def test_an_idle_worker_that_grows_is_killed_and_the_next_call_gets_another(start):
    gateway = start(limited(memory=128))
    pid = expect(gateway.post_json("/f", {"do": "hoard", "mb": 400, "later": True}), 200).json()
    wait_for("the end of the worker", lambda: stat_of(pid) is None)
    gateway.log.wait(r"a process used .*: killed")
    assert expect(gateway.post_json("/f", {"do": "describe"}), 200).json()["pid"] != pid
