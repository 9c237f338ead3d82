"""Worker processes: in parallel, replaced when they fail, and never left behind."""

import json
import os
import signal
import threading

import pytest

from gateway import command_function, descendants, expect, is_alive, python_function, stat_of, wait_for

ERROR = {"message": "Internal Server Error"}
UNAVAILABLE = {"message": "Service Unavailable"}


def config(functions, **more):
    routes = {f"POST /{name}": {"function": name} for name in functions}
    return {"functions": functions, "routes": routes, **more}


class Calls:
    """Requests under way, each on a thread and a connection of its own."""

    def __init__(self, gateway, target):
        self.gateway, self.target = gateway, target
        self.threads, self.answers = [], {}

    def begin(self, name, document):
        def call():
            self.answers[name] = self.gateway.post_json(self.target, document)

        thread = threading.Thread(target=call)
        thread.start()
        self.threads.append(thread)

    def finish(self):
        for thread in self.threads:
            thread.join()
        return self.answers


class Gates:
    """Functions that wait in the middle of an invocation until the test lets them through."""

    def __init__(self, folder):
        self.folder = folder / "gates"
        self.folder.mkdir()

    def order(self, name):
        return {"do": "gate", "name": name, "gate": str(self.folder)}

    def started(self, name):
        return (self.folder / f"started-{name}").exists()

    def wait_started(self, *names):
        for name in names:
            wait_for(f"the function's start of {name!r}", lambda name=name: self.started(name))

    def open(self, *names):
        for name in names:
            (self.folder / f"open-{name}").touch()


@pytest.fixture
def gates(tmp_path):
    return Gates(tmp_path)


def describe(gateway, target="/f"):
    return expect(gateway.post_json(target, {"do": "describe"}), 200).json()


# --- normal life ------------------------------------------------------------------------------------


def test_a_handler_sees_the_environment_that_lambda_promises(start, tmp_path):
    gateway = start(
        config({"f": python_function("act", timeout="7s", memory=256, environment={"TABLE": "items"})}),
        environment={"SECRET_OF_THE_DAEMON": "no function's business"},
    )
    found = describe(gateway)
    assert found["function_name"] == "f"
    assert found["function_version"] == "$LATEST"
    assert found["arn"].startswith("arn:aws:lambda:") and found["arn"].endswith(":function:f")
    assert int(found["memory"]) == 256
    assert 0 < found["remaining"] <= 7000
    environment = found["environment"]
    assert environment["TABLE"] == "items"
    assert environment["_HANDLER"] == "handlers.act"
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == "f"
    assert environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert environment["LAMBDA_TASK_ROOT"] == found["directory"]
    assert "SECRET_OF_THE_DAEMON" not in environment
    assert found["stdin"] == "/dev/null"
    assert found["session"] == found["pid"], "a worker leads a session of its own"


def test_a_worker_inherits_no_descriptor(start):
    gateway = start(config({"f": python_function("act")}))
    gateway.get("/warm-up")
    # 0, 1, 2, the connection to the Runtime API, and the listing itself
    assert len(describe(gateway)["descriptors"]) <= 5


def test_one_worker_serves_one_call_after_the_other(start):
    gateway = start(config({"f": python_function("act", workers={"max": 1})}))
    assert len({describe(gateway)["pid"] for _ in range(5)}) == 1


def test_two_calls_run_at_once_with_max_2_and_a_third_waits(start, gates):
    gateway = start(config({"f": python_function("act", workers={"max": 2})}))
    calls = Calls(gateway, "/f")
    calls.begin("a", gates.order("a"))
    calls.begin("b", gates.order("b"))
    gates.wait_started("a", "b")
    calls.begin("c", gates.order("c"))
    assert not gates.started("c")
    gates.open("a")
    gates.wait_started("c")
    gates.open("b", "c")
    answers = calls.finish()
    for name in "abc":
        expect(answers[name], 200)
    pids = {name: answers[name].json()["pid"] for name in "abc"}
    assert pids["a"] != pids["b"] and pids["c"] == pids["a"]


def test_min_workers_are_started_before_the_first_call(start):
    gateway = start(config({"f": python_function("act", workers={"min": 2, "max": 3})}))
    wait_for("two workers", lambda: len(gateway.workers()) == 2)
    assert (describe(gateway)["pid"]) in {pid for pid, _ in gateway.workers()}


def test_an_idle_worker_above_min_ends(start):
    gateway = start(config({"f": python_function("act", workers={"min": 0, "idle_timeout": "300ms"})}))
    pid = describe(gateway)["pid"]
    wait_for("the end of the idle worker", lambda: stat_of(pid) is None)
    assert describe(gateway)["pid"] != pid


def test_a_custom_runtime_is_told_what_the_runtime_api_promises(start):
    gateway = start(config({"f": command_function("headers", timeout="5s")}))
    answer = expect(gateway.post_json("/f", {}, {"X-Amzn-Trace-Id": "Root=1-6a5145a8-3c8b0e8d5e0b7c1a2f3d4e5f"}), 200)
    found = answer.json()
    assert len(found["lambda-runtime-aws-request-id"]) == 36
    assert int(found["lambda-runtime-deadline-ms"]) > 0
    assert found["lambda-runtime-invoked-function-arn"].endswith(":function:f")
    assert found["lambda-runtime-trace-id"].startswith("Root=1-6a5145a8-3c8b0e8d5e0b7c1a2f3d4e5f")
    assert found["content-type"] == "application/json"
    assert "lambda-runtime-client-context" not in found


def test_the_rules_of_the_runtime_api_hold(start):
    gateway = start(config({"f": command_function("protocol-errors")}))
    answer = expect(gateway.post_json("/f", {}), 200)
    assert answer.json() == {"wrong_id": 400, "unknown_path": 404, "next_again": True}
    gateway.log.wait(r"first answer 202, second answer 400")


# --- failures ---------------------------------------------------------------------------------------


def test_a_worker_that_is_killed_in_the_middle_is_500_and_replaced(start, gates):
    gateway = start(config({"f": python_function("act", workers={"max": 1})}))
    calls = Calls(gateway, "/f")
    calls.begin("a", gates.order("a"))
    gates.wait_started("a")
    pid = int((gates.folder / "started-a").read_text())
    os.kill(pid, signal.SIGKILL)
    expect(calls.finish()["a"], 500, ERROR)
    assert describe(gateway)["pid"] != pid


@pytest.mark.parametrize(
    "order, reason",
    [
        ({"status": 3}, "exit status 3"),
        ({"status": 0}, "exit"),
        ({"signal": signal.SIGKILL}, "signal"),
        ({"signal": signal.SIGSEGV}, "signal"),
    ],
    ids=str,
)
def test_a_worker_that_leaves_in_the_middle_is_500_and_the_log_says_why(start, order, reason):
    gateway = start(config({"f": python_function("act", workers={"max": 1})}))
    answer = gateway.post_json("/f", {"do": "leave", **order})
    expect(answer, 500, ERROR)
    gateway.log.wait(reason)
    gateway.log.wait("leaving in the middle of a li")  # half a line is a line at the end
    describe(gateway)


def test_a_function_past_its_timeout_is_500_and_its_worker_is_killed(start, tmp_path):
    gateway = start(config({"f": python_function("act", timeout="2s", workers={"max": 1})}))
    for stubborn in (False, True):
        file = tmp_path / f"hanging-{stubborn}"
        order = {"do": "hang", "file": str(file), "stubborn": stubborn}
        expect(gateway.post_json("/f", order), 500, ERROR)
        pid = int(file.read_text())
        wait_for("the end of the worker that hung", lambda pid=pid: stat_of(pid) is None)
        assert describe(gateway)["pid"] != pid
    gateway.log.wait("Task timed out after 2.00 seconds", count=2)


def test_a_silent_worker_is_500_at_the_timeout_of_the_function(start):
    gateway = start(config({"f": command_function("silent", timeout="300ms")}))
    expect(gateway.post_json("/f", {}), 500, ERROR)
    expect(gateway.post_json("/f", {}), 500, ERROR)


def test_a_route_gives_up_earlier_than_the_function_when_told_so(start, gates):
    functions = {"f": python_function("act", timeout="60s")}
    routes = {"POST /f": {"function": "f", "timeout": "300ms"}}
    gateway = start({"functions": functions, "routes": routes})
    expect(gateway.post_json("/f", gates.order("a")), 503, UNAVAILABLE)
    gates.open("a")


@pytest.mark.parametrize("mode", ["garbage", "half"])
def test_a_worker_that_answers_nonsense_is_an_error_and_replaced(start, mode):
    functions = {"f": command_function(mode, timeout="3s", workers={"max": 1})}
    gateway = start(config(functions))
    for _ in range(2):
        answer = gateway.post_json("/f", {})
        assert answer.status in (500, 503), answer
        assert "message" in answer.json()


@pytest.mark.parametrize("status", ["0", "7"])
def test_a_worker_that_leaves_with_the_event_is_500(start, status):
    gateway = start(config({"f": command_function("leave-with-event", status)}))
    expect(gateway.post_json("/f", {}), 500, ERROR)
    expect(gateway.post_json("/f", {}), 500, ERROR)


def test_an_init_error_is_500_and_its_text_is_in_the_log(start):
    gateway = start(config({"f": command_function("init-error", queue_wait="3s")}))
    answer = gateway.post_json("/f", {})
    assert answer.status in (500, 503), answer
    gateway.log.wait("cannot begin")


def test_a_module_that_cannot_be_loaded_is_an_error_and_the_log_names_it(start):
    function = python_function("echo", queue_wait="3s")
    function["workers"]["handler"] = "broken_import.handler"
    gateway = start(config({"f": function}))
    answer = gateway.post_json("/f", {})
    assert answer.status in (500, 503), answer
    gateway.log.wait("there_is_no_such_module")


@pytest.mark.parametrize("mode", [["leave", "1"], ["leave", "0"]])
def test_a_worker_that_never_begins_is_not_restarted_in_a_tight_loop(start, mode):
    functions = {"f": command_function(*mode, queue_wait="1s", workers={"min": 1})}
    gateway = start(config(functions))
    answer = gateway.post_json("/f", {})
    assert answer.status in (500, 503), answer
    assert gateway.metric("lambdagate_worker_starts_total", function="f") < 20


def test_a_command_that_does_not_exist_is_an_error_that_the_log_names(start):
    functions = {"f": {"queue_wait": "1s", "workers": {"command": ["there-is-no-such-program"]}}}
    gateway = start(config(functions))
    answer = gateway.post_json("/f", {})
    assert answer.status in (500, 503), answer
    gateway.log.wait("cannot execute there-is-no-such-program: ")


def test_a_worker_that_never_asks_is_killed_at_the_init_timeout(start):
    workers = {"init_timeout": "300ms", "max": 1, "min": 1}
    gateway = start(config({"f": command_function("never-next", queue_wait="2s", workers=workers)}))
    first = wait_for("the first worker", gateway.workers)
    answer = gateway.post_json("/f", {})
    assert answer.status in (500, 503), answer
    wait_for("the end of the first worker", lambda: not any(is_alive(p) for p in first))
    gateway.log.wait("(?i)init.*time")


def test_a_call_that_waits_too_long_is_withdrawn_and_never_starts(start, gates):
    functions = {"f": python_function("act", queue_wait="2s", workers={"max": 1})}
    gateway = start(config(functions))
    warm = {"do": "return", "value": "warm"}
    wait_for("a worker that runs", lambda: gateway.post_json("/f", warm).status == 200)
    calls = Calls(gateway, "/f")
    calls.begin("a", gates.order("a"))
    gates.wait_started("a")
    expect(gateway.post_json("/f", gates.order("late")), 503, UNAVAILABLE)
    gates.open("a", "late")
    expect(calls.finish()["a"], 200)
    wait_for("the next call", lambda: gateway.post_json("/f", warm).status == 200)
    assert not gates.started("late")


def test_more_waiting_calls_than_the_queue_holds_are_refused_at_once(start, gates):
    functions = {"f": python_function("act", queue=1, queue_wait="20s", workers={"max": 1})}
    gateway = start(config(functions))
    calls = Calls(gateway, "/f")
    calls.begin("a", gates.order("a"))
    gates.wait_started("a")
    calls.begin("b", gates.order("b"))
    calls.begin("c", gates.order("c"))
    wait_for("a refusal", lambda: len(calls.answers) == 1)
    refused = next(iter(calls.answers))
    assert calls.answers[refused].status in (429, 503), calls.answers[refused]
    gates.open("a", "b", "c")
    answers = calls.finish()
    assert sorted(answer.status for answer in answers.values())[:2] == [200, 200]
    assert not gates.started(refused)


# --- nothing is left behind -------------------------------------------------------------------------


def all_gone(*pids):
    return all(stat_of(pid) is None for pid in pids)


def test_grandchildren_and_double_forks_end_with_the_daemon(start):
    gateway = start(config({"f": python_function("act")}))
    family = expect(gateway.post_json("/f", {"do": "breed"}), 200).json()
    assert stat_of(family["child"]) and stat_of(family["stray"])
    gateway.stop()
    wait_for("the end of the whole family", lambda: all_gone(*family.values()))


def test_kill_9_of_the_daemon_leaves_nothing(start):
    functions = {"f": python_function("act"), "g": command_function("silent", workers={"min": 1})}
    gateway = start(config(functions))
    family = expect(gateway.post_json("/f", {"do": "breed"}), 200).json()
    below = gateway.below()
    gateway.send_signal(signal.SIGKILL)
    gateway.wait_end(below, [-signal.SIGKILL])
    wait_for("the end of the whole family", lambda: all_gone(*family.values()))


def test_what_a_killed_worker_had_started_ends_with_it(start, tmp_path):
    gateway = start(config({"f": python_function("act", timeout="2s", workers={"max": 1})}))
    family = expect(gateway.post_json("/f", {"do": "breed"}), 200).json()
    file = tmp_path / "hanging"
    expect(gateway.post_json("/f", {"do": "hang", "file": str(file)}), 500)
    wait_for("the end of worker and child", lambda: all_gone(family["pid"], family["child"]))


def test_the_end_of_the_keeper_ends_the_daemon_too(start):
    gateway = start(config({"f": python_function("act")}))
    describe(gateway)
    below = gateway.below()
    os.kill(gateway.keeper(), signal.SIGKILL)
    gateway.checked = True
    assert gateway.process.wait(30) != 0
    gateway.expect_gone(below)


def test_no_zombie_stays_after_many_workers(start):
    functions = {"f": command_function("leave-with-event", "1", workers={"max": 2})}
    gateway = start(config(functions))
    for _ in range(5):
        expect(gateway.post_json("/f", {}), 500)
    wait_for(
        "all zombies to be reaped",
        lambda: not [p for p, _ in descendants(gateway.process.pid) if (stat_of(p) or "...")[2] == "Z"],
    )


def test_only_the_workers_own_user_may_speak_to_its_runtime_api(start):
    """The port of a worker answers processes of the expected user: this test runs as that user."""
    gateway = start(config({"f": python_function("act")}))
    host = describe(gateway)["environment"]["AWS_LAMBDA_RUNTIME_API"]
    name, _, port = host.rpartition(":")
    assert name == "127.0.0.1" and int(port) not in (gateway.port, gateway.admin_port)


def test_output_of_a_function_is_logged_by_line_under_its_request(start):
    gateway = start(config({"f": python_function("act")}))
    lines = ["first line", "caf\u00e9 second", "x" * 3000]
    answer = expect(gateway.post_json("/f", {"do": "say", "lines": lines}), 200, 3)
    request_id = answer.header("apigw-requestid")
    for line in lines:
        gateway.log.wait(line[:2000])
    assert json.loads(answer.body) == 3
    assert gateway.log.find_all(r"first line")[0].count(request_id) <= 1
