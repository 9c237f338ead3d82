"""InvokeWithResponseStream: the answer of a function as a stream of events, at the admin address."""

import base64
import json
import struct
import zlib

import pytest

from gateway import FUNCTIONS, PYTHON, SLOW, expect, python_function, wait_for

INTEGRATION = "application/vnd.awslambda.http-integration-response"
STREAM = "application/vnd.amazon.eventstream"
NULS = "\0" * 8
MEBIBYTE = 1024 * 1024


def streamer(**options):
    workers = {"command": [PYTHON, str(FUNCTIONS / "streamer.py")], "max": 1}
    return {"timeout": SLOW, **options, "workers": workers}


CONFIG = {
    "functions": {"s": streamer(), "slow": streamer(timeout="2s"), "echo": python_function("echo")},
    "limits": {"stream": "8MB"},
}


# --- events -----------------------------------------------------------------------------------------


def headers_of(data):
    headers = {}
    while data:
        size = data[0]
        name, data = data[1 : 1 + size].decode(), data[1 + size :]
        kind, length = data[0], int.from_bytes(data[1:3], "big")
        assert kind == 7, "every header is a string"
        headers[name], data = data[3 : 3 + length].decode(), data[3 + length :]
    return headers


def events_of(data):
    """(type, payload) of every frame; what is no frame fails."""
    events = []
    while data:
        total, size, check = struct.unpack(">III", data[:12])
        assert check == zlib.crc32(data[:8]) and len(data) >= total, "a broken frame"
        assert struct.unpack(">I", data[total - 4 : total])[0] == zlib.crc32(data[: total - 4])
        headers = headers_of(data[12 : 12 + size])
        assert headers[":message-type"] == "event"
        json_type = headers[":event-type"] == "InvokeComplete"
        assert headers[":content-type"] == ("application/json" if json_type else "application/octet-stream")
        events.append((headers[":event-type"], data[12 + size : total - 4]))
        data = data[total:]
    return events


def target(name):
    return f"/2021-11-15/functions/{name}/response-streaming-invocations"


def order(*steps, type=None, **more):
    return json.dumps({"type": type, "steps": steps, **more}).encode()


def invoke(gateway, body, name="s", **headers):
    headers = {key.replace("_", "-"): value for key, value in headers.items()}
    return gateway.request("POST", target(name), body, headers=headers, admin=True)


def streamed(gateway, body, name="s", **headers):
    """The bytes of all chunks, and what InvokeComplete says."""
    answer = expect(invoke(gateway, body, name, **headers), 200)
    assert answer.header("content-type") == STREAM
    assert answer.header("x-amz-executed-version") == "$LATEST"
    assert answer.header("x-amzn-requestid") and answer.header("x-amz-function-error") is None
    events = events_of(answer.body)
    assert [kind for kind, _ in events].index("InvokeComplete") == len(events) - 1
    chunks = [payload for kind, payload in events if kind == "PayloadChunk"]
    return b"".join(chunks), json.loads(events[-1][1])


# --- answers ----------------------------------------------------------------------------------------


def test_a_streamed_answer_comes_in_chunks_and_ends_with_invoke_complete(gateway):
    assert streamed(gateway, order("one", "two")) == (b"onetwo", {})


def test_a_prelude_is_passed_through(gateway):
    text = '{"statusCode":201}' + NULS + "body"
    assert streamed(gateway, order(text, type=INTEGRATION)) == (text.encode(), {})


def test_a_chunk_comes_while_the_function_still_runs(gateway, tmp_path):
    gate = tmp_path / "gate"
    with gateway.admin_peer() as peer:
        peer.request("POST", target("s"), [("Host", "127.0.0.1")], order("first", {"gate": str(gate)}, "second"))
        expect(peer.head(), 200)
        while b"first" not in peer.buffer:
            assert peer._more()
        gate.touch()
        events = events_of(peer._chunks())
    assert b"".join(payload for kind, payload in events if kind == "PayloadChunk") == b"firstsecond"


def test_an_answer_that_is_not_streamed_comes_in_chunks_too(gateway):
    assert streamed(gateway, json.dumps({"a": 1}), name="echo")[1] == {}
    text = "x" * (3 * MEBIBYTE)
    body, complete = streamed(gateway, json.dumps({"return": text}))
    assert json.loads(body) == text and complete == {}


def test_the_log_tail_comes_at_the_end_when_asked_for(gateway):
    body, complete = streamed(gateway, order("x"), X_Amz_Log_Type="Tail")
    log = base64.b64decode(complete.pop("LogResult")).decode()
    assert body == b"x" and complete == {}
    places = [log.index(word) for word in ("START RequestId: ", "runtime was answered", "END ", "REPORT ")]
    assert places == sorted(places)


def test_a_dry_run_is_204_and_runs_nothing(gateway):
    expect(invoke(gateway, "{}", X_Amz_Invocation_Type="DryRun"), 204)


# --- failures ---------------------------------------------------------------------------------------


def test_an_error_in_the_middle_is_told_by_invoke_complete_alone(gateway):
    body, complete = streamed(gateway, order("half", {"end": "trailers"}))
    assert body == b"half"
    assert complete["ErrorCode"] == "Function.Broken"
    assert json.loads(complete["ErrorDetails"])["errorMessage"] == "in the middle"


def test_a_function_that_fails_at_once_has_no_chunks(gateway):
    body, complete = streamed(gateway, json.dumps({"fail": "no"}))
    assert body == b"" and json.loads(complete["ErrorDetails"]) == {"errorMessage": "no"}
    assert complete["ErrorCode"] == "Runtime.Unknown"


@pytest.mark.parametrize("how, code", [("exit", "Runtime.ExitError"), ("cut", "Runtime.TruncatedResponse")])
def test_a_runtime_that_breaks_off_is_an_error_of_its_own(gateway, how, code):
    body, complete = streamed(gateway, order("half", {"end": how}))
    assert body == b"half" and complete["ErrorCode"] == code


def test_a_timeout_is_an_error(gateway):
    wait_for("a worker that is warm", lambda: streamed(gateway, order("x"), "slow")[1] == {})
    body, complete = streamed(gateway, order("half", {"end": "silence"}), "slow")
    assert body == b"half" and complete["ErrorCode"] == "Sandbox.Timedout"
    assert "Task timed out after 2.00 seconds" in complete["ErrorDetails"]


def test_an_answer_over_the_limit_is_an_error(gateway):
    body, complete = streamed(gateway, order({"fill": 9 * MEBIBYTE}))
    assert len(body) <= 8 * MEBIBYTE and complete["ErrorCode"] == "Function.ResponseSizeTooLarge"


def test_an_unknown_function_is_an_error_of_the_api(gateway):
    answer = expect(invoke(gateway, "{}", "nobody"), 404)
    assert answer.header("x-amzn-errortype") == "ResourceNotFoundException"


def test_a_type_that_streams_do_not_know_is_refused(gateway):
    answer = expect(invoke(gateway, "{}", X_Amz_Invocation_Type="Event"), 400)
    assert answer.header("x-amzn-errortype") == "ValidationException"


def test_a_payload_that_is_no_json_is_refused(gateway):
    expect(invoke(gateway, "{nonsense"), 400)


def test_a_caller_that_leaves_ends_the_stream(gateway, tmp_path):
    begun = tmp_path / "begun"
    peer = gateway.admin_peer()
    peer.request("POST", target("s"), [("Host", "127.0.0.1")], order({"touch": str(begun)}, {"fill": 8 * MEBIBYTE}))
    wait_for("the stream", begun.exists)
    peer.close()
    gateway.log.wait("runtime was cut off")
    assert streamed(gateway, order("fine")) == (b"fine", {})
