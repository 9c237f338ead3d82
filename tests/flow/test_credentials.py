"""`credentials` of a function: its workers get them, on their own port, and nothing else does."""

import json
import shlex

from aws_model import LONG_LIVED, Aws
from gateway import expect, python_function, wait_for
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


# --- from whoever the daemon asks itself ---

ROLE = "arn:aws:iam::123456789012:role/fn"
ACCESS, SECRET = next(iter(LONG_LIVED.items()))


def with_role(aws, **options):
    environment = aws.environment(AWS_ACCESS_KEY_ID=ACCESS, AWS_SECRET_ACCESS_KEY=SECRET)
    return config(function({"from": "aws", "assume_role": {"arn": ROLE}}), **options), environment


def owner(aws, found):
    return aws.keys[found["AccessKeyId"]][2].rpartition(":")[2]


def test_a_function_gets_a_role_of_its_own(start):
    with Aws() as aws:
        setting, environment = with_role(aws)
        gateway = start(setting, environment=environment)
        found = fetch(gateway)
        assert owner(aws, found) == "assumed-role/fn/lambdagate"
        assert found["SecretAccessKey"] == aws.keys[found["AccessKeyId"]][0]
        assert fetch(gateway) == found
        assert len(aws.requests) == 1
        assert found["SecretAccessKey"] not in gateway.log.text()
        assert found["Token"] not in gateway.log.text()


def test_a_role_is_renewed_before_it_ends_and_nobody_waits(start):
    with Aws(life=6) as aws:
        setting, environment = with_role(aws)
        gateway = start(setting, environment=environment)
        first = fetch(gateway)
        wait_for("another key", lambda: fetch(gateway)["AccessKeyId"] != first["AccessKeyId"], pause=0.1)


def test_what_is_good_is_used_while_it_cannot_be_renewed(start):
    with Aws(life=15) as aws:  # renewed after two thirds of it, and what is left is long enough to ask once more
        setting, environment = with_role(aws)
        gateway = start(setting, environment=environment)
        first = fetch(gateway)
        aws.refusals["AssumeRole"] = [(403, "AccessDenied")] * 1000
        gateway.log.wait("no new credentials: role .*AccessDenied")
        assert fetch(gateway)["AccessKeyId"] == first["AccessKeyId"]
        aws.refusals.clear()
        wait_for("another key", lambda: fetch(gateway)["AccessKeyId"] != first["AccessKeyId"], pause=0.1)


def test_without_any_the_worker_is_told_and_the_log_says_why(start):
    with Aws() as aws:
        aws.refusals["AssumeRole"] = [(403, "AccessDenied")] * 1000
        setting, environment = with_role(aws)
        gateway = start(setting, environment=environment)
        output, status = run(gateway, "exec /usr/bin/python3 -c " + shlex.quote(FETCH))
        assert status != 0 and "503" in output
        gateway.log.wait("no credentials for the function: role .*status 403 AccessDenied")


def test_functions_with_the_same_role_share_its_session(start):
    with Aws() as aws:
        setting, environment = with_role(aws)
        setting["functions"]["g"] = setting["functions"]["f"]
        setting["routes"]["POST /g"] = {"function": "g"}
        gateway = start(setting, environment=environment)
        fetch(gateway)
        command = "exec /usr/bin/python3 -c " + shlex.quote(FETCH)
        expect(gateway.post_json("/g", {"do": "run", "command": command}), 200)
        assert len(aws.requests) == 1


def test_another_role_after_a_reload_is_the_one_that_counts(start):
    with Aws() as aws:
        setting, environment = with_role(aws)
        gateway = start(setting, environment=environment)
        fetch(gateway)
        setting["functions"]["f"]["credentials"]["assume_role"]["arn"] = ROLE + "-two"
        reload(gateway, setting)
        assert owner(aws, fetch(gateway)) == "assumed-role/fn-two/lambdagate"
