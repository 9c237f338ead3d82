"""Official clients of Lambda's Invoke API, as they are published, against the admin address."""

import base64
import json
import re
import subprocess
import uuid
from pathlib import Path

import pytest

from clients import AWS, SOURCES
from gateway import FUNCTIONS, PATIENCE, PYTHON, SLOW, command_function, python_function

CONFIG = {
    "functions": {
        "act": python_function("act", workers={"max": 1}),
        "raw": command_function("raw-event"),
        "headers": command_function("headers"),
        "slow": command_function("silent", timeout="500ms"),
        "died": command_function("leave-with-event", "7"),
        "streamer": {
            "timeout": SLOW,
            "workers": {"command": [PYTHON, str(FUNCTIONS / "streamer.py")], "max": 1},
        },
    },
    "routes": {"POST /raw": {"function": "raw"}},
}
PAYLOAD_MAX = 6 * 1024 * 1024
ARN = "arn:aws:lambda:us-east-1:123456789012:function:raw"

pytestmark = pytest.mark.xdist_group("invoke")


def ordered(**order):
    """The event of an order to the function `act`."""
    return json.dumps({"body": json.dumps(order)})


# --- the clients ------------------------------------------------------------------------------------


class Script:
    """An SDK behind a script that takes the input of one call as JSON and gives its outcome as JSON."""

    def __init__(self, *words):
        self.words = list(map(str, words))

    def invoke(self, gateway, *operation, **call):
        endpoint = f"http://127.0.0.1:{gateway.admin_port}"
        done = subprocess.run(
            [*self.words, endpoint, *operation],
            input=json.dumps(call),
            capture_output=True,
            text=True,
            timeout=PATIENCE * 2,
            env={"PATH": gateway.environment["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


class JavaScript(Script):
    def __init__(self, installed):
        super().__init__("node", SOURCES / "sdk_javascript/invoke.mjs", installed("sdk_javascript"))


class Boto3(Script):
    def __init__(self, installed):
        python = installed("sdk_python") / "venv/bin/python"
        super().__init__(python, SOURCES / "sdk_python/invoke.py")


class CommandLine:
    """Debian's `aws`. Its version 2.9 heeds no AWS_ENDPOINT_URL, so the endpoint is always given."""

    OPTIONS = {
        "FunctionName": "--function-name",
        "InvocationType": "--invocation-type",
        "LogType": "--log-type",
        "ClientContext": "--client-context",
        "Qualifier": "--qualifier",
    }

    def __init__(self, _):
        if not Path(AWS).exists():
            pytest.skip(f"aws: {AWS} is not installed")

    def invoke(self, gateway, Payload=None, **call):
        endpoint = f"http://127.0.0.1:{gateway.admin_port}"
        result = gateway.folder / f"result-{uuid.uuid4()}"
        words = [AWS, "lambda", "invoke", "--endpoint-url", endpoint, "--region", "us-east-1"]
        words += ["--no-cli-pager", "--output", "json", "--cli-binary-format", "raw-in-base64-out"]
        for name, value in call.items():
            words += [self.OPTIONS[name], value]
        if Payload is not None:
            file = gateway.folder / "payload"
            file.write_text(Payload)
            words += ["--payload", f"file://{file}"]
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(gateway.folder),
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "example",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "1",
            "LANG": "C.UTF-8",
        }
        done = subprocess.run(
            [*words, str(result)], capture_output=True, text=True, timeout=PATIENCE * 2, env=environment
        )
        if done.returncode:
            match = re.search(r"An error occurred \((\w+)\) when calling the Invoke operation(?: \(.*?\))?: (.*)", done.stderr)
            assert match, done.stderr
            return {"error": match.group(1), "message": match.group(2)}
        told = json.loads(done.stdout)
        log = told.get("LogResult")
        return {
            "status": told["StatusCode"],
            "payload": result.read_text(),
            "functionError": told.get("FunctionError"),
            "log": base64.b64decode(log).decode() if log else None,
            "version": told.get("ExecutedVersion"),
        }


SMOKE = pytest.mark.smoke
CLIENTS = [
    pytest.param(JavaScript, id="javascript"),
    pytest.param(Boto3, id="boto3"),
    pytest.param(CommandLine, id="aws"),
]


@pytest.fixture(scope="module", params=CLIENTS)
def client(request, installed):
    return request.param(installed)


@pytest.fixture
def invoke(client, gateway):
    return lambda **call: client.invoke(gateway, **call)


def expect_result(answer, payload=None):
    assert "error" not in answer, answer
    assert answer["status"] == 200 and answer["functionError"] is None, answer
    assert answer["version"] == "$LATEST"
    if payload is not None:
        assert answer["payload"] == payload
    return answer


def expect_function_error(answer):
    assert "error" not in answer, answer
    assert answer["status"] == 200 and answer["functionError"] == "Unhandled", answer
    return json.loads(answer["payload"])


# --- results ----------------------------------------------------------------------------------------


@SMOKE
def test_a_call_returns_the_bytes_of_the_function(invoke):
    payload = '{ "a" : 1.50 , "b": "Grüße 🚀" }'
    expect_result(invoke(FunctionName="raw", Payload=payload), payload)


@SMOKE
def test_the_log_tail_comes_when_asked_for(invoke):
    say = ordered(do="say", lines=["a line of the log", "Grüße"])
    log = expect_result(invoke(FunctionName="act", Payload=say, LogType="Tail"))["log"]
    order = [log.index(text) for text in ("START RequestId: ", "a line of the log", "Grüße", "END ", "REPORT ")]
    assert order == sorted(order)
    assert expect_result(invoke(FunctionName="act", Payload=say))["log"] is None


def test_a_call_without_a_payload_is_an_empty_object(invoke):
    expect_result(invoke(FunctionName="raw"), "{}")


@pytest.mark.parametrize(
    "name", ["raw:$LATEST", "123456789012:function:raw", ARN, ARN + ":$LATEST"]
)
def test_a_function_may_be_called_by_its_arn(invoke, name):
    expect_result(invoke(FunctionName=name, Payload='"hello"'), '"hello"')


def test_a_qualifier_may_stand_beside_the_name(invoke):
    expect_result(invoke(FunctionName="raw", Qualifier="$LATEST", Payload="1"), "1")


def test_a_client_context_reaches_the_function(invoke):
    context = base64.b64encode(json.dumps({"custom": {"shop": "Zoë"}}).encode()).decode()
    answer = expect_result(invoke(FunctionName="headers", Payload="{}", ClientContext=context))
    found = json.loads(answer["payload"])["lambda-runtime-client-context"]
    assert json.loads(found) == {"custom": {"shop": "Zoë"}}


def test_a_dry_run_is_204_and_runs_nothing(invoke):
    answer = invoke(FunctionName="died", Payload="{}", InvocationType="DryRun")
    assert "error" not in answer, answer
    assert answer["status"] == 204 and answer["payload"] == ""
    assert answer["functionError"] is None and answer["version"] is None


def test_a_payload_of_6_mb_goes_through(invoke):
    payload = '"' + "x" * (PAYLOAD_MAX - 2) + '"'
    expect_result(invoke(FunctionName="raw", Payload=payload), payload)


# --- errors -----------------------------------------------------------------------------------------


@SMOKE
def test_an_exception_is_a_function_error_with_its_document(invoke):
    error = expect_function_error(invoke(FunctionName="act", Payload=ordered(do="fail", text="boom")))
    assert error["errorType"] == "ValueError" and error["errorMessage"] == "boom"
    assert error["stackTrace"]


def test_a_timeout_is_a_function_error(invoke):
    error = expect_function_error(invoke(FunctionName="slow", Payload="{}"))
    assert error["errorMessage"].endswith("Task timed out after 0.50 seconds")


def test_a_worker_that_leaves_is_a_function_error(invoke):
    assert expect_function_error(invoke(FunctionName="died"))["errorType"] == "Runtime.ExitError"


@SMOKE
def test_an_unknown_function_is_a_resource_that_is_not_found(invoke):
    answer = invoke(FunctionName="nobody", Payload="{}")
    assert answer.get("error") == "ResourceNotFoundException", answer
    assert answer["message"].startswith("Function not found: arn:aws:lambda:")
    assert answer["message"].rstrip().endswith(":function:nobody:$LATEST") or ":function:nobody" in answer["message"]
    if "kind" in answer:
        assert answer["kind"] == "User"


def test_a_payload_that_is_no_json_is_refused(invoke):
    answer = invoke(FunctionName="raw", Payload="{nonsense")
    assert answer.get("error") == "InvalidRequestContentException", answer
    assert "Could not parse request body into json" in answer["message"]


def test_a_payload_over_6_mb_is_refused_in_words(invoke):
    answer = invoke(FunctionName="raw", Payload='"' + "x" * (PAYLOAD_MAX - 1) + '"')
    assert answer.get("error") == "RequestEntityTooLargeException", answer
    assert str(PAYLOAD_MAX) in answer["message"]


def test_the_ids_of_a_call_are_those_of_the_log(invoke, gateway, client):
    if isinstance(client, CommandLine):
        pytest.skip("the command does not tell the request id")
    answer = expect_result(invoke(FunctionName="raw", Payload="1"))
    gateway.log.wait(rf"{answer['id']}")


# --- streams ----------------------------------------------------------------------------------------


@pytest.fixture
def stream(client, gateway):
    if isinstance(client, CommandLine):
        pytest.skip("the command has no InvokeWithResponseStream")
    return lambda **call: client.invoke(gateway, "stream", **call)


def steps(*of):
    return json.dumps({"steps": of})


@SMOKE
def test_a_stream_is_read_to_its_end(stream):
    answer = stream(FunctionName="streamer", Payload=steps("Grüße, ", {"fill": 0}, "🚀"), LogType="Tail")
    assert "error" not in answer, answer
    assert answer["payload"] == "Grüße, 🚀" and answer["version"] == "$LATEST"
    assert answer["errorCode"] is None and "REPORT RequestId" in answer["log"]


@SMOKE
def test_a_failure_in_the_middle_is_told_at_the_end_of_the_stream(stream):
    answer = stream(FunctionName="streamer", Payload=steps("half", {"end": "trailers"}))
    assert answer["payload"] == "half" and answer["errorCode"] == "Function.Broken", answer
    assert json.loads(answer["errorDetails"])["errorMessage"] == "in the middle"


def test_a_stream_of_an_unknown_function_is_refused(stream):
    assert stream(FunctionName="nobody", Payload="{}").get("error") == "ResourceNotFoundException"
