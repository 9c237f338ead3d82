"""What the operator reads: function logs as CloudWatch's, access lines, ids on every line, JSON."""

import json
import re

import pytest

from gateway import command_function, expect, python_function

CONFIG = {
    "functions": {
        "act": python_function("act", workers={"max": 1}),
        "hurried": python_function("act", timeout="2s", workers={"max": 1}),
    },
    "routes": {
        "POST /act": {"function": "act"},
        "POST /hurried": {"function": "hurried"},
        "GET /ping/{x}": {"respond": {"status": 200, "json": {"ok": True}}},
    },
}
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


def act(gateway, target="/act", **order):
    """The answer, its request id as a pattern, and all lines of the request once it is over."""
    answer = gateway.post_json(target, order)
    request_id = re.escape(answer.header("apigw-requestid"))
    gateway.log.wait(rf"access \[{request_id}\]")
    return answer, request_id


def test_a_call_is_framed_by_start_end_and_report(gateway):
    answer, request_id = act(gateway, do="say", lines=["one", "two", "three"])
    expect(answer, 200)
    report = gateway.log.wait(rf"\[{request_id}\] REPORT RequestId: ({UUID})")
    invocation = report.group(1)
    lines = gateway.log.find_all(rf"function act \[{request_id}\]")
    texts = [line.split("] ", 1)[1] for line in lines]
    assert texts[0] == f"START RequestId: {invocation} Version: $LATEST"
    assert texts[1:4] == ["one", "two", "three"]
    assert texts[4] == f"END RequestId: {invocation}"
    assert re.match(
        rf"REPORT RequestId: {invocation}\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\t"
        r"Memory Size: 128 MB\tMax Memory Used: \d+ MB",
        texts[5],
    ), texts[5]


def test_only_the_first_call_of_a_process_reports_an_init_duration(start):
    gateway = start(CONFIG)
    first = act(gateway, do="return", value=1)[1]
    second = act(gateway, do="return", value=1)[1]
    gateway.log.wait(r"REPORT RequestId", count=2)
    assert gateway.log.find(rf"\[{first}\] REPORT .*Init Duration: \d+\.\d\d ms")
    assert not gateway.log.find(rf"\[{second}\] REPORT .*Init Duration")


def test_a_timeout_is_told_in_the_report_and_in_a_line_of_its_own(gateway, tmp_path):
    answer, request_id = act(gateway, "/hurried", do="hang", file=str(tmp_path / "hanging"))
    expect(answer, 500)
    gateway.log.wait(rf"\[{request_id}\].*Task timed out after 2\.00 seconds")
    gateway.log.wait(rf"\[{request_id}\] REPORT .*Duration: 2000\.00 ms.*Status: timeout")


def test_a_crash_is_told_in_the_report(gateway):
    _, request_id = act(gateway, do="leave", status=9)
    gateway.log.wait(rf"\[{request_id}\] REPORT .*Status: error")
    gateway.log.wait(r"exit status 9")


@pytest.mark.parametrize("stderr", [False, True])
def test_output_cannot_forge_a_line(gateway, stderr):
    forged = "\x1b[2J real\x07 2026-01-01T00:00:00Z ERROR daemon all is lost\r\x0b"
    _, request_id = act(gateway, do="say", lines=[forged], stderr=stderr)
    gateway.log.wait(rf"\[{request_id}\] END")
    line = gateway.log.find_all(rf"\[{request_id}\].*all is lost")
    assert len(line) == 1
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", line[0])


def test_a_very_long_line_is_cut_and_marked_but_nothing_else_is_lost(gateway):
    _, request_id = act(gateway, do="say", lines=["y" * 100_000, "after"])
    gateway.log.wait(rf"\[{request_id}\] END")
    assert gateway.log.find(rf"\[{request_id}\] after$")
    assert gateway.log.find(rf"\[{request_id}\] y{{1000,}}")
    assert all(len(line) <= 8300 for line in gateway.log.lines())


def test_every_request_has_an_access_line(gateway):
    answer = gateway.get("/ping/a%20b?secret=1")
    request_id = re.escape(answer.header("apigw-requestid"))
    line = gateway.log.wait(rf".*access \[{request_id}\].*").group(0)
    for word in ("method=GET", "path=/ping/a%20b", "status=200", "peer=127.0.0.1", 'route="GET /ping/{x}"'):
        assert word in line, line
    assert re.search(r" took=\d+\.\d{3}ms", line), line
    assert re.search(r" bytes=\d+", line), line
    assert "secret" not in line, "a query may hold what no log should"


def test_an_unknown_path_has_an_access_line_too(gateway):
    answer = gateway.get("/nowhere")
    request_id = re.escape(answer.header("apigw-requestid"))
    assert "status=404" in gateway.log.wait(rf".*access \[{request_id}\].*").group(0)


def test_the_access_line_names_the_invocation(gateway):
    _, request_id = act(gateway, do="return", value=1)
    invocation = gateway.log.wait(rf"access \[{request_id}\].*invocation=({UUID})").group(1)
    gateway.log.wait(rf"\[{request_id}\] START RequestId: {invocation}")


def test_a_target_cannot_forge_an_access_line(gateway):
    answer = gateway.send("GET", "/ping/x%0a2026-01-01T00:00:00Z%20ERROR%20daemon%20lost?%0d%0aERROR")
    request_id = re.escape(answer.header("apigw-requestid"))
    gateway.log.wait(rf"access \[{request_id}\]")
    assert not [line for line in gateway.log.lines() if line.startswith("ERROR")]


def test_access_lines_can_be_switched_off(start):
    gateway = start({**CONFIG, "log": {"access": False}})
    answer = gateway.get("/nowhere")
    expect(gateway.post_json("/act", {"do": "say", "lines": ["done"]}), 200)
    gateway.log.wait("done")
    assert not gateway.log.find(r" access "), answer


def test_levels_below_the_configured_one_are_not_written(start):
    gateway = start({**CONFIG, "log": {"level": "warn"}, "listen": "127.0.0.1:0"}, wait=False)
    gateway.log.wait(r"WARN .*invoke_auth")
    gateway.stop()
    assert not gateway.log.find(r" INFO "), gateway.log.text()


def test_json_lines_are_objects_with_time_level_who_and_request_id(start):
    gateway = start({**CONFIG, "log": {"format": "json"}}, wait=False)
    port = gateway.log.wait(r"listening on 127\.0\.0\.1:(\d+)").group(1)
    gateway.port = int(port)
    answer = gateway.post_json("/act", {"do": "say", "lines": ['quote " and \\ \u20ac \x1b end']})
    expect(answer, 200)
    gateway.log.wait(r"REPORT RequestId")
    gateway.log.wait(r'"who":"access"')
    gateway.stop()
    objects = [json.loads(line) for line in gateway.log.lines()]
    for found in objects:
        assert {"time", "level", "who", "message"} <= set(found), found
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", found["time"]), found
    mine = [o for o in objects if o.get("requestId") == answer.header("apigw-requestid")]
    assert any(o["who"] == "access" and o["status"] == 200 for o in mine), mine
    assert any('quote " and \\ \u20ac' in o["message"] for o in mine), mine


def test_no_secret_of_the_configuration_reaches_the_log(start):
    function = python_function("act", environment={"PASSWORD": "hunter2-hunter2"})
    config = {"functions": {"act": function}, "routes": {"POST /act": {"function": "act"}}, "log": {"level": "debug"}}
    gateway = start(config)
    headers = {"Authorization": "Bearer s3cr3t-token", "Cookie": "sid=s3cr3t-cookie"}
    expect(gateway.post_json("/act", {"do": "return", "value": 1}, headers), 200)
    gateway.stop()
    for secret in ("hunter2", "s3cr3t"):
        assert secret not in gateway.log.text()


def test_a_flood_of_output_never_stops_the_gateway(start):
    functions = {
        "act": python_function("act", timeout="30s", workers={"max": 1}),
        "other": command_function("verbatim"),
    }
    routes = {"POST /act": {"function": "act"}, "POST /other": {"function": "other"}}
    gateway = start({"functions": functions, "routes": routes})
    answer = gateway.post_json("/act", {"do": "say", "lines": ["z" * 200] * 20_000})
    expect(answer, 200)
    expect(gateway.send("POST", "/other", body=b'"still here"'), 200)
