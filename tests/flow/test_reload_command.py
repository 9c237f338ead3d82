"""lambdagate reload: the terminal of the one who asks says what came of it."""

import json
import os

from gateway import COMMAND, expect, run


def config(text):
    return {"routes": {"GET /text": {"respond": {"status": 200, "text": text}}}}


def reload(gateway):
    address = f"127.0.0.1:{gateway.admin_port}"
    return run(COMMAND, "reload", environment={"LAMBDAGATE_ADMIN": address})


def test_a_good_configuration_is_in_use_when_the_command_ends(start):
    gateway = start(config("old"))
    gateway.write(config("new"))
    result = reload(gateway)
    assert (result.returncode, result.stdout) == (0, "reloaded\n"), result
    expect(gateway.get("/text"), 200, text="new")


def test_a_bad_configuration_is_explained_and_changes_nothing(start):
    gateway = start(config("old"))
    bad = config("new")
    bad["routes"]["GET /text"]["respnd"] = {}
    bad["routes"]["GET /{a}/{a}"] = {"respond": {"status": 200}}
    gateway.write(bad)
    result = reload(gateway)
    assert result.returncode == 1, result
    assert "did you mean" in result.stderr and "respond" in result.stderr, result.stderr
    assert "the configuration in use stays" in result.stderr, result.stderr
    expect(gateway.get("/text"), 200, text="old")


def test_a_missing_file_is_explained_and_changes_nothing(start):
    gateway = start(config("old"))
    os.unlink(gateway.file)
    result = reload(gateway)
    assert result.returncode == 1, result
    assert "No such file" in result.stderr, result.stderr
    expect(gateway.get("/text"), 200, text="old")


def test_what_is_read_at_start_only_is_refused_by_name(start):
    gateway = start(config("old"))
    gateway.write({**config("new"), "loops": 3})
    result = reload(gateway)
    assert result.returncode == 1, result
    line = next(n for n, text in enumerate(gateway.file.read_text().splitlines(), 1) if '"loops"' in text)
    assert f"{gateway.file}:{line}: loops: changed, but this option is read at start only" in result.stderr, result.stderr
    expect(gateway.get("/text"), 200, text="old")


def test_a_reload_is_a_post(start):
    gateway = start(config("old"))
    answer = gateway.get("/reload", admin=True)
    expect(answer, 405)
    assert answer.header("allow") == "POST"


def test_the_admin_address_tells_the_faults_as_json(start):
    gateway = start(config("old"))
    gateway.write({**config("new"), "nonsense": 1})
    answer = gateway.request("POST", "/reload", body=b"", admin=True)
    expect(answer, 422)
    faults = json.loads(answer.body)["faults"]
    assert len(faults) == 1 and "nonsense" in faults[0], faults
