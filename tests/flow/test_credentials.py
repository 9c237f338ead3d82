"""`credentials` of a function: its workers get them, on their own port, and nothing else does."""

import json
import shlex

from gateway import expect, python_function
from test_reload import reload
from test_workers import config

FETCH = (
    "import json, os, urllib.request\n"
    "request = urllib.request.Request(os.environ['AWS_CONTAINER_CREDENTIALS_FULL_URI'])\n"
    "request.add_header('Authorization', os.environ['AWS_CONTAINER_AUTHORIZATION_TOKEN'])\n"
    "print(urllib.request.urlopen(request, timeout=20).read().decode())\n"
)
KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret-of-the-daemon",
    "AWS_SESSION_TOKEN": "session-of-the-daemon",
}


def function(credentials, **options):
    return {"f": python_function("act", credentials=credentials, workers={"max": 1}, **options)}


def run(gateway, command):
    answer = expect(gateway.post_json("/f", {"do": "run", "command": command}), 200).json()
    return answer["output"], answer["status"]


def fetch(gateway):
    output, status = run(gateway, "exec /usr/bin/python3 -c " + shlex.quote(FETCH))
    assert status == 0, output
    return json.loads(output)


def test_a_worker_reads_the_daemons_credentials_from_its_own_port(start):
    gateway = start(config(function({"from": "environment"})), environment=KEYS)
    found = fetch(gateway)
    assert found.pop("Expiration").endswith("Z")
    assert found == {"AccessKeyId": KEYS["AWS_ACCESS_KEY_ID"], "SecretAccessKey": "secret-of-the-daemon",
                     "Token": "session-of-the-daemon"}


def test_secrets_are_in_no_environment_log_or_answer(start):
    gateway = start(config(function({"from": "environment"}), log={"level": "debug"}), environment=KEYS)
    fetch(gateway)
    environment, _ = run(gateway, "env")
    seen = [environment, gateway.log.text()]
    seen += [gateway.get(path, admin=True).body.decode() for path in ("/functions", "/routes", "/metrics")]
    for text in seen:
        assert "secret-of-the-daemon" not in text and "session-of-the-daemon" not in text
    assert "AWS_ACCESS_KEY_ID" not in environment


def test_without_credentials_a_function_has_none(start):
    gateway = start(config(function("none")), environment=KEYS)
    environment, _ = run(gateway, "env")
    assert "AWS_CONTAINER" not in environment and "AKIA" not in environment


def write_profile(file, key):
    file.write_text(f"[shop]\naws_access_key_id = {key}\naws_secret_access_key = s\n")


def test_a_file_that_changes_is_read_again(start, tmp_path):
    file = tmp_path / "credentials"
    write_profile(file, "AKIAONE")
    gateway = start(config(function({"from": {"file": str(file), "profile": "shop"}})))
    assert fetch(gateway)["AccessKeyId"] == "AKIAONE"
    write_profile(file, "AKIATWO")
    assert fetch(gateway)["AccessKeyId"] == "AKIATWO"


def test_a_key_may_have_its_secrets_in_files(start, tmp_path):
    (tmp_path / "secret").write_text("from-a-file\n")
    (tmp_path / "token").write_text("token-from-a-file\n")
    gateway = start(config(function({"from": {
        "access_key_id": "AKIAIOSFODNN7EXAMPLE",
        "secret_access_key_file": str(tmp_path / "secret"),
        "session_token_file": str(tmp_path / "token"),
    }})))
    found = fetch(gateway)
    assert (found["SecretAccessKey"], found["Token"]) == ("from-a-file", "token-from-a-file")


def test_credentials_that_are_not_there_start_nothing(start, tmp_path):
    missing = tmp_path / "nothing"
    gateway = start(config(function({"from": {"file": str(missing)}})), wait=False)
    assert gateway.process.wait(30) == 1
    gateway.checked = True
    gateway.log.wait(r"functions\.f\.credentials: found .*nothing: No such file or directory, expected credentials")


def test_a_reload_that_changes_them_starts_new_workers_and_one_without_them_changes_nothing(start, tmp_path):
    file = tmp_path / "credentials"
    write_profile(file, "AKIAONE")
    gateway = start(config(function("none")))
    first = expect(gateway.post_json("/f", {"do": "describe"}), 200).json()["pid"]
    new = config(function({"from": {"file": str(file), "profile": "shop"}}))
    reload(gateway, new)
    assert fetch(gateway)["AccessKeyId"] == "AKIAONE"
    assert expect(gateway.post_json("/f", {"do": "describe"}), 200).json()["pid"] != first
    file.unlink()
    reload(gateway, new, result="refused")
    write_profile(file, "AKIATWO")
    assert fetch(gateway)["AccessKeyId"] == "AKIATWO"
