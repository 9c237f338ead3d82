"""`logging` of a function: Lambda's JSON log format, records and levels, and the runtimes' own lines."""

import base64
import json
import re
import shutil

import pytest

from gateway import FUNCTIONS, SLOW, Gateway, expect, wait_for

STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
DEBUG = {"format": "json", "system_level": "debug", "application_level": "trace"}


def loud(runtime="python3", **options):
    workers = {"runtime": runtime, "handler": "loud.handler", "directory": str(FUNCTIONS), "max": 1}
    return {"timeout": SLOW, "workers": {**workers, **options.pop("workers", {})}, **options}


def config(**functions):
    return {"functions": functions, "routes": {f"POST /{name}": {"function": name} for name in functions}}


CONFIG = config(
    plain=loud(),
    text=loud(logging={"format": "text"}),
    usual=loud(logging={"format": "json"}),
    debug=loud(logging=DEBUG),
    warn=loud(logging={"format": "json", "system_level": "warn", "application_level": "warn"}),
    hurried=loud(logging={"format": "json"}, timeout="1s"),
)


def invoke(gateway, name, **order):
    """Calls it, and returns its answer and the lines of the call as its caller gets them."""
    target = f"/2015-03-31/functions/{name}/invocations"
    headers = {"X-Amz-Log-Type": "Tail"}
    answer = expect(gateway.request("POST", target, json.dumps(order), headers, admin=True), 200)
    tail = base64.b64decode(answer.header("x-amz-log-result") or "").decode()
    return answer, tail.splitlines()


def records(lines):
    """The platform's records among lines, and the JSON lines of the function."""
    found = [json.loads(line) for line in lines if line.startswith("{")]
    return [r for r in found if "type" in r], [r for r in found if "type" not in r]


def logged(gateway, name):
    """All JSON lines of a function in the log of the daemon, those between calls too."""
    lines = gateway.log.find_all(rf"function {name} ")
    return [json.loads(line[line.index("{") :]) for line in lines if "{" in line]


def warm(gateway, name):
    invoke(gateway, name)


# --- records ----------------------------------------------------------------------------------------


def test_start_and_report_have_the_members_of_lambdas_records(gateway):
    warm(gateway, "usual")
    answer, lines = invoke(gateway, "usual")
    id = answer.header("x-amzn-requestid")
    (start, report), own = records(lines)
    assert own == [] and len(lines) == 2
    assert list(start) == ["time", "type", "record"] and re.fullmatch(STAMP, start["time"])
    assert start["type"] == "platform.start"
    arn = "arn:aws:lambda:us-east-1:123456789012:function:usual"
    assert start["record"] == {"requestId": id, "functionArn": arn, "version": "$LATEST"}
    assert list(report) == ["time", "type", "record"] and re.fullmatch(STAMP, report["time"])
    assert report["type"] == "platform.report"
    assert set(report["record"]) == {"requestId", "metrics", "status"}
    assert report["record"]["requestId"] == id and report["record"]["status"] == "success"
    metrics = report["record"]["metrics"]
    assert set(metrics) == {"durationMs", "billedDurationMs", "memorySizeMB", "maxMemoryUsedMB"}
    assert metrics["memorySizeMB"] == 128 and metrics["maxMemoryUsedMB"] > 0
    assert 0 < metrics["durationMs"] <= metrics["billedDurationMs"] < metrics["durationMs"] + 1


def test_the_first_call_reports_the_start_of_its_process(start):
    gateway = start(config(usual=loud(logging={"format": "json"})))
    _, lines = invoke(gateway, "usual")
    metrics = records(lines)[0][-1]["record"]["metrics"]
    assert metrics["initDurationMs"] > 0
    assert metrics["billedDurationMs"] >= metrics["initDurationMs"]
    init = logged(gateway, "usual")[0]
    assert init["type"] == "platform.initStart"
    assert init["record"] == {
        "initializationType": "on-demand",
        "phase": "init",
        "runtimeVersion": "python3",
        "runtimeVersionArn": "arn:aws:lambda:us-east-1::runtime:python3",
        "functionName": "usual",
        "functionVersion": "$LATEST",
    }


def test_debug_tells_of_the_runtime_too(start):
    gateway = start(config(debug=loud(logging=DEBUG)))
    invoke(gateway, "debug")
    gateway.log.wait("platform.report")
    kinds = [record["type"] for record in logged(gateway, "debug")]
    assert kinds == [
        f"platform.{kind}"
        for kind in ("initStart", "initRuntimeDone", "initReport", "start", "runtimeDone", "report")
    ]
    done, report = logged(gateway, "debug")[1:3]
    assert done["record"] == {"initializationType": "on-demand", "phase": "init", "status": "success"}
    assert report["record"].pop("metrics")["durationMs"] > 0
    assert report["record"] == done["record"]


def test_runtime_done_says_when_the_answer_came(gateway):
    answer, lines = invoke(gateway, "debug")
    done = next(r for r in records(lines)[0] if r["type"] == "platform.runtimeDone")["record"]
    assert set(done) == {"requestId", "status", "spans", "metrics"}
    assert done["status"] == "success"
    assert done["metrics"]["producedBytes"] == len(answer.body)
    names = [span["name"] for span in done["spans"]]
    assert names == ["responseLatency", "responseDuration", "runtimeOverhead"]
    assert all(set(span) == {"name", "start", "durationMs"} for span in done["spans"])
    assert all(re.fullmatch(STAMP, span["start"]) for span in done["spans"])
    together = sum(span["durationMs"] for span in done["spans"])
    assert together == pytest.approx(done["metrics"]["durationMs"], abs=0.002)


def test_warn_tells_of_failures_alone(gateway):
    assert invoke(gateway, "warn")[1] == []
    _, lines = invoke(gateway, "warn", fail="no")
    platform, own = records(lines)
    assert [record["type"] for record in platform] == ["platform.runtimeDone", "platform.report"]
    for record in platform:
        assert record["record"]["status"] == "error"
        assert record["record"]["errorType"] == "Function.ValueError"
    assert [line["level"] for line in own] == ["ERROR"]


def test_a_process_that_dies_is_a_failure_of_the_runtime(gateway):
    _, lines = invoke(gateway, "warn", exit=3)
    done, report = records(lines)[0]
    assert (done["record"]["status"], report["record"]["status"]) == ("failure", "error")
    assert done["record"]["errorType"] == report["record"]["errorType"] == "Runtime.ExitError"
    assert done["record"]["spans"] == []
    assert all(line.startswith("{") for line in lines)


def test_a_timeout_is_a_status_and_no_line_of_text(gateway):
    warm(gateway, "hurried")
    _, lines = invoke(gateway, "hurried", sleep=True)
    platform, _ = records(lines)
    kinds = [(r["type"], r["record"].get("status")) for r in platform]
    assert kinds == [
        ("platform.start", None), ("platform.runtimeDone", "timeout"), ("platform.report", "timeout"),
    ]  # fmt: skip
    assert platform[-1]["record"]["metrics"]["durationMs"] == 1000
    assert "Task timed out" not in "\n".join(lines)


def test_a_start_that_fails_is_told_with_its_type(start):
    workers = {"handler": "broken_import.handler"}
    gateway = start(config(f=loud(logging={"format": "json", "system_level": "warn"}, workers=workers)))
    invoke(gateway, "f")
    gateway.log.wait("platform.initReport")
    failed = [r for r in logged(gateway, "f") if "type" in r]
    assert [r["type"] for r in failed[:2]] == ["platform.initRuntimeDone", "platform.initReport"]
    assert failed[0]["record"]["status"] == failed[1]["record"]["status"] == "failure"


@pytest.mark.parametrize("name", ["plain", "text"])
def test_text_stays_as_it_was(gateway, name):
    _, lines = invoke(gateway, name, print=['{"level":"debug"}'], log=[["WARNING", "w"]])
    assert lines[0].startswith("START RequestId: ") and lines[-1].startswith("REPORT RequestId: ")
    assert '{"level":"debug"}' in lines
    assert any(line.startswith("[WARNING]\t") for line in lines)


def test_the_tail_of_a_call_is_what_the_log_has(gateway):
    warm(gateway, "debug")
    answer, lines = invoke(gateway, "debug", print=["plain", '{"a": 1}'], log=[["INFO", "i"]])
    id = answer.header("x-amzn-requestid")
    gateway.log.wait(rf'platform\.report.*{id}')
    text = gateway.log.text()
    assert len(lines) >= 6
    for line in lines:
        assert line in text


# --- the function's own lines -----------------------------------------------------------------------


def test_the_environment_names_format_and_level(gateway):
    def told(name):
        return invoke(gateway, name)[0].json()

    assert told("plain") == {"AWS_LAMBDA_LOG_FORMAT": None, "AWS_LAMBDA_LOG_LEVEL": None}
    assert told("text") == {"AWS_LAMBDA_LOG_FORMAT": "Text", "AWS_LAMBDA_LOG_LEVEL": None}
    assert told("usual") == {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "INFO"}
    assert told("warn") == {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "WARN"}


def test_json_lines_below_the_level_are_left_out_and_others_pass(gateway):
    lines = [
        '{"level": "debug", "m": 1}', '{"level": "INFO", "m": 2}', '{"m": 3}', '{"level": "warn", "m": 4}',
        '{"level": "CRITICAL", "m": 5}', "plain", '{"level": "debug", no JSON}', '["debug"]',
    ]  # fmt: skip
    assert invoke(gateway, "warn", print=lines)[1] == lines[3:]
    assert [line for line in invoke(gateway, "usual", print=lines)[1] if "platform" not in line] == lines[1:]
    assert [line for line in invoke(gateway, "debug", print=lines)[1] if "platform" not in line] == lines


def test_pythons_logging_is_filtered_by_the_runtime_itself(gateway):
    log = [["DEBUG", "d"], ["INFO", "i"], ["WARNING", "w"], ["CRITICAL", "c"]]

    def told(name):
        return [line["message"] for line in records(invoke(gateway, name, log=log)[1])[1]]

    assert told("debug") == ["d", "i", "w", "c"]
    assert told("usual") == ["i", "w", "c"]
    assert told("warn") == ["w", "c"]


def test_a_record_of_python_has_the_members_of_awss_runtime(gateway):
    answer, lines = invoke(gateway, "usual", log=[["WARNING", "Grüße\n2"], ["WARNING", {"a": [1]}]])
    text, members = records(lines)[1]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text.pop("timestamp"))
    id = answer.header("x-amzn-requestid")
    assert text == {"level": "WARNING", "message": "Grüße\n2", "logger": "shop", "requestId": id}
    assert members["message"] == {"a": [1]}


def test_extra_members_and_exceptions_are_in_pythons_records(gateway):
    lines = invoke(gateway, "usual", extra={"order": 7, "level": "mine"}, caught="gone")[1]
    extra, caught = records(lines)[1]
    assert (extra["message"], extra["order"], extra["level"]) == ("with arguments", 7, "ERROR")
    assert (caught["errorType"], caught["errorMessage"]) == ("KeyError", "'gone'")
    assert caught["message"] == "caught" and "KeyError" in caught["stackTrace"][0]
    assert re.fullmatch(r".*/loud\.py:handler:\d+", caught["location"])


def test_an_exception_that_nobody_catches_is_a_record_of_python(gateway):
    answer, lines = invoke(gateway, "usual", fail="no room")
    (record,) = records(lines)[1]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", record.pop("timestamp"))
    assert record.pop("level") == "ERROR"
    assert record == answer.json()
    assert (record["errorType"], record["errorMessage"]) == ("ValueError", "no room")


node = pytest.mark.skipif(shutil.which("node") is None, reason="there is no node here")


@pytest.fixture(scope="module")
def node_gateway(tmp_path_factory):
    functions = {
        "usual": loud("nodejs", logging={"format": "json"}),
        "warn": loud("nodejs", logging={"format": "json", "application_level": "warn"}),
    }
    with Gateway(tmp_path_factory.mktemp("node"), config(**functions)) as gateway:
        yield gateway


@node
def test_a_record_of_nodejs_has_the_members_of_awss_runtime(node_gateway):
    log = [["log", "n=%d", 5], ["warn", {"a": [1]}], ["debug", "d"], ["fatal", "f"]]
    answer, lines = invoke(node_gateway, "usual", log=log)
    id = answer.header("x-amzn-requestid")
    found = records(lines)[1]
    assert all(re.fullmatch(STAMP, record.pop("timestamp")) for record in found)
    assert found == [
        {"level": "INFO", "requestId": id, "message": "n=5"},
        {"level": "WARN", "requestId": id, "message": {"a": [1]}},
        {"level": "FATAL", "requestId": id, "message": "f"},
    ]
    levels = [record["level"] for record in records(invoke(node_gateway, "warn", log=log)[1])[1]]
    assert levels == ["WARN", "FATAL"]


@node
def test_errors_and_circles_are_in_nodejs_records(node_gateway):
    alone, words, circle = records(invoke(node_gateway, "usual", error="a", words="b", circle=True)[1])[1]
    assert (alone["message"]["errorType"], alone["message"]["errorMessage"]) == ("RangeError", "a")
    assert alone["message"]["stackTrace"][0] == "RangeError: a"
    assert words["message"].startswith("it was RangeError: b")
    assert (words["errorType"], words["errorMessage"]) == ("RangeError", "b")
    assert words["stackTrace"][0] == "RangeError: b"
    assert "Circular" in circle["message"]


@node
def test_an_exception_that_nobody_catches_is_a_record_of_nodejs(node_gateway):
    (record,) = records(invoke(node_gateway, "usual", fail="no room")[1])[1]
    assert record["level"] == "ERROR"
    assert (record["message"]["errorType"], record["message"]["errorMessage"]) == ("RangeError", "no room")


# --- configuration ----------------------------------------------------------------------------------


def test_levels_need_the_format_json(start):
    functions = {"f": loud(logging={"application_level": "warn", "system_level": "warn"})}
    gateway = start(config(**functions), wait=False)
    for key in ("application_level", "system_level"):
        gateway.log.wait(rf'functions\.f\.logging\.{key}: found a level for lines of text')
    gateway.process.wait(30)
    gateway.checked = True


def test_a_reload_that_changes_it_starts_new_processes(start):
    gateway = start(config(f=loud(logging={"format": "text"})))
    assert invoke(gateway, "f")[1][0].startswith("START")
    gateway.write(config(f=loud(logging={"format": "json"})))
    gateway.send_signal(1)
    wait_for("the new format", lambda: invoke(gateway, "f")[1][0].startswith("{"))


def test_a_function_that_a_reload_leaves_alone_keeps_it(start):
    """Processes and their lines followed the options of the first file, whose memory was gone."""
    settings = config(f=loud(logging={"format": "json"}))
    gateway = start(settings)
    for number in range(1, 4):
        gateway.write({**settings, "routes": {f"GET /{number}": {"respond": {"text": "x"}}}})
        gateway.send_signal(1)
        gateway.log.wait("reload done", count=number)
        lines = invoke(gateway, "f")[1]
        assert lines[0].startswith("{"), lines
    assert not gateway.log.find("retired")
