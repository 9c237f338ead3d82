"""Processes are killed while calls run: no caller gets a wrong answer, and every call has one cause."""

import contextlib
import os
import signal

from gateway import wait_for


def test_workers_are_killed(rig):
    rig.start_redis()
    rig.gateway()
    for _ in range(3):
        rig.worker()
    with rig.load() as load:
        for _ in range(6):
            load.flows()
            rig.kill_worker()
            rig.worker()
        load.flows()
    rig.judge()
    rig.leave()


def test_callers_leave(rig):
    rig.start_redis()
    rig.gateway()
    for _ in range(2):
        rig.worker()
    with rig.load(long_ms=400, leave_one_in=3) as load:
        load.flows(100)
        rig.kill_worker()
        rig.worker()
        load.flows(100)
    rig.judge()
    assert rig.ledger.counts()["left"] > 0
    rig.leave()


def test_bridges_are_killed(rig):
    rig.start_redis()
    rig.gateway()
    for _ in range(2):
        rig.bridge()
    with rig.load() as load:
        for _ in range(2):
            load.flows()
            rig.kill_bridge()
            rig.bridge()
        load.flows()
    rig.judge()
    rig.redis.call("DEL", "lg:w:{echo}")  # the word of those that were killed is good for a minute
    rig.leave()


def test_processes_of_a_bridge_are_killed_and_others_take_too_long(rig):
    rig.start_redis()
    rig.gateway(function={"timeout": "400ms", "queue_wait": "1s"})
    bridge = rig.bridge(concurrency=3)
    rig.errors = "Sandbox.Timedout|Runtime.ExitError"
    with rig.load(callers=4, long_ms=1000) as load:
        for _ in range(2):
            load.flows()
            for pid, _ in bridge.workers():
                with contextlib.suppress(ProcessLookupError):  # it took too long
                    os.kill(pid, signal.SIGKILL)
        load.flows()
        wait_for("a call that took too long", lambda: bridge.log.find("Status: timeout"))
        wait_for("a caller to be told", lambda: rig.ledger.counts()["500"] > 0)
    rig.judge()
    rig.leave()


def test_workers_answer_after_their_callers_have_gone(rig):
    rig.start_redis()
    gateway = rig.gateway(function={"timeout": "200ms", "queue_wait": "200ms"})
    for _ in range(4):
        rig.worker()
    with rig.load(long_ms=1500) as load:
        load.flows()
        wait_for("late replies", lambda: gateway.metric("lambdagate_redis_late_replies_total") >= 5)
        load.flows()
    rig.judge()
    told = rig.ledger.counts()
    assert told["unknown"] > 0
    rig.leave()
