"""SDKs as they are published find their function's credentials on the worker's port by themselves."""

from pathlib import Path

import pytest

from gateway import expect

FUNCTIONS = Path(__file__).resolve().parent / "functions"
FILE = """[default]
aws_access_key_id = AKIAWRONGPROFILE
aws_secret_access_key = wrong
[shop]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = the/secret+key
"""


def config(runtime, variables, credentials):
    function = {
        "timeout": "60s",
        "memory": 512,
        "environment": variables,
        "credentials": credentials,
        "workers": {"runtime": runtime, "handler": "find_credentials.handler", "directory": str(FUNCTIONS),
                    "init_timeout": "60s"},
    }
    return {"functions": {"f": function}, "routes": {"GET /f": {"function": "f"}}}


@pytest.fixture(params=["python3", "nodejs"])
def sdk(request, installed):
    """(runtime, environment) in which the SDK is found."""
    if request.param == "python3":
        packages = next((installed("sdk_python") / "venv").glob("lib/python*/site-packages"))
        return "python3", {"PYTHONPATH": str(packages)}
    return "nodejs", {"NODE_PATH": str(installed("sdk_javascript") / "node_modules")}


def find(gateway):
    return expect(gateway.get("/f"), 200).json()


@pytest.mark.smoke
def test_an_sdk_finds_the_profile_of_a_file(start, sdk, tmp_path):
    file = tmp_path / "credentials"
    file.write_text(FILE)
    found = find(start(config(*sdk, {"from": {"file": str(file), "profile": "shop"}})))
    assert (found["id"], found["secret"]) == ("AKIAIOSFODNN7EXAMPLE", "the/secret+key")
    assert not found["token"]
    assert found.get("method", "container-role") == "container-role"


def test_an_sdk_finds_temporary_keys_of_the_daemons_environment(start, sdk):
    keys = {"AWS_ACCESS_KEY_ID": "ASIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "a secret".replace(" ", "-"),
            "AWS_SESSION_TOKEN": "session/token=="}
    found = find(start(config(*sdk, {"from": "environment"}), environment=keys))
    assert (found["id"], found["secret"]) == ("ASIAIOSFODNN7EXAMPLE", "a-secret")
    assert found["token"] == "session/token=="
