"""The published schema of the configuration: what an editor accepts and refuses."""

import copy
import json
import pathlib
import re

import pytest

jsonschema = pytest.importorskip("jsonschema")
yaml = pytest.importorskip("yaml")

CONF = pathlib.Path(__file__).parents[2] / "conf"
SCHEMA = json.loads((CONF / "lambdagate.schema.json").read_text())

GOOD = {
    "listen": "${LISTEN:-127.0.0.1:8080}",
    "admin": "127.0.0.1:8081",
    "invoke_auth": "none",
    "loops": "auto",
    "functions": {
        "put-item": {
            "timeout": "10s",
            "environment": {"TABLE": "items", "PORT": 8080, "DEBUG": True},
            "workers": {"runtime": "python3", "handler": "app.f", "max": "${MAX:-4}"},
        },
        "other": {"workers": {"command": ["./bootstrap"]}},
    },
    "routes": {
        "POST /items": {"function": "put-item", "body": "item.json", "payload": 2.0},
        "GET /docs/{page+}": {"redirect": {"to": "https://x/{page}", "status": 308}},
        "GET /ping": {"respond": {"json": {"ok": True}}, "authorizer": "none"},
    },
    "limits": {"body": "6MB", "result": 6291556, "header_timeout": "500ms"},
    "log": None,
}


def errors(config):
    return [error.message for error in jsonschema.Draft202012Validator(SCHEMA).iter_errors(config)]


def changed(path, value):
    """GOOD with the value at `path` replaced."""
    config = copy.deepcopy(GOOD)
    inner = config
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return config


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_a_good_configuration_passes():
    assert errors(GOOD) == []


@pytest.mark.parametrize("name", ["quickstart.yaml", "lambdagate.yaml"])
def test_our_own_files_pass(name):
    assert errors(yaml.safe_load((CONF / name).read_text())) == []


def test_the_example_passes_with_everything_uncommented():
    text = re.sub(r"(?m)^( *)#(\S)", r"\1\2", (CONF / "lambdagate.yaml").read_text())
    config = yaml.safe_load(text)
    assert len(config["functions"]) == 6
    assert errors(config) == []


WORKERS = ["functions", "put-item", "workers"]

REFUSED = {
    "an unknown key": (["unknown"], 1),
    "an unknown key of a function": (["functions", "put-item", "timout"], "1s"),
    "an unknown key of workers": ([*WORKERS, "memory"], 1),
    "an unknown key of a route": (["routes", "GET /ping", "methods"], []),
    "an unknown key of a redirect": (["routes", "GET /docs/{page+}", "redirect", "url"], "x"),
    "a duration without a unit": (["functions", "put-item", "timeout"], 10),
    "a duration with another unit": (["functions", "put-item", "timeout"], "10d"),
    "a size with another unit": (["limits", "body"], "6M"),
    "an integer out of range": ([*WORKERS, "max"], 1001),
    "an integer in quotes": ([*WORKERS, "max"], "4"),
    "a boolean that is a word": (["log"], {"access": "yes"}),
    "an enum of another value": (["log"], {"level": "loud"}),
    "a status of another value": (["routes", "GET /docs/{page+}", "redirect", "status"], 304),
    "an address without a host": (["listen"], ":8080"),
    "a command that is no list": (["functions", "other", "workers"], {"command": "./bootstrap"}),
    "a runtime without a handler": (["functions", "other", "workers"], {"runtime": "nodejs"}),
    "nothing to run": (["functions", "other", "workers"], {"max": 1}),
    "a function without workers": (["functions", "other"], {"timeout": "1s"}),
    "a function's name with a dot": (["functions", "a.b"], {"workers": {"command": ["x"]}}),
    "an environment name of one letter": (["functions", "put-item", "environment", "X"], "1"),
    "a header value with a line feed": (["routes", "GET /ping", "respond", "headers"], {"a": "b\nc"}),
    "a route that does nothing": (["routes", "GET /ping"], {"timeout": "1s"}),
    "a route that does two things": (["routes", "GET /ping", "function"], "other"),
    "a schema without a function": (["routes", "GET /ping", "body"], "item.json"),
    "two bodies": (["routes", "GET /ping", "respond", "text"], "x"),
    "an account of eleven digits": (["account_id"], "12345678901"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_an_editor_refuses(what):
    assert errors(changed(*REFUSED[what])) != []
