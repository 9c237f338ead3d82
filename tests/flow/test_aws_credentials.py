"""Where AWS credentials come from: each place of the chain, as `lambdagate aws whoami` finds it."""

import hashlib
import json
import subprocess
from datetime import datetime, timedelta, timezone

import pytest
import yaml

from aws_model import LONG_LIVED, Aws, stamp
from gateway import COMMAND, run

ACCESS, SECRET = next(iter(LONG_LIVED.items()))
KEYS = {"AWS_ACCESS_KEY_ID": ACCESS, "AWS_SECRET_ACCESS_KEY": SECRET}
ROLE = "arn:aws:iam::123456789012:role/"


@pytest.fixture
def aws():
    with Aws() as model:
        yield model


def whoami(aws, *arguments, **variables):
    return run(COMMAND, "aws", "whoami", *arguments, environment=aws.environment(**variables))


def hides_secrets(aws, done):
    for secret, token, _ in aws.keys.values():
        assert secret not in done.stdout + done.stderr
        assert token is None or token not in done.stdout + done.stderr


def found(aws, *arguments, **variables):
    """(ARN without what comes before its name, the words for where they came from)"""
    done = whoami(aws, *arguments, **variables)
    assert done.returncode == 0, done.stderr
    told = dict(line.split(":", 1) for line in done.stdout.splitlines())
    hides_secrets(aws, done)
    return told["arn"].strip().rpartition(":")[2], told["from"].strip()


def missing(aws, *arguments, **variables):
    done = whoami(aws, *arguments, **variables)
    assert done.returncode == 1 and done.stdout == ""
    hides_secrets(aws, done)
    return done.stderr


def files(tmp_path, credentials="", config=""):
    (tmp_path / "credentials").write_text(credentials)
    (tmp_path / "config").write_text(config)
    return {"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"), "AWS_CONFIG_FILE": str(tmp_path / "config")}


def keys_of(name, access="AKIDPROFILE000000001"):
    return f"[{name}]\naws_access_key_id = {access}\naws_secret_access_key = {LONG_LIVED[access]}\n"


def settings(tmp_path, **aws):
    file = tmp_path / "gateway.yaml"
    file.write_text(yaml.safe_dump({"aws": aws, "routes": {}}))
    return file


# --- the places ---


def test_the_environment_goes_first(aws, tmp_path):
    variables = files(tmp_path, keys_of("default"))
    assert found(aws, **KEYS, **variables) == (f"user/{ACCESS}", "environment")


def test_a_profile_that_is_named_goes_before_the_environment(aws, tmp_path):
    variables = files(tmp_path, keys_of("shop"))
    assert found(aws, "--profile", "shop", **KEYS, **variables) == ("user/AKIDPROFILE000000001", "profile shop")


def test_a_secret_that_is_wrong_is_refused(aws):
    error = missing(aws, AWS_ACCESS_KEY_ID=ACCESS, AWS_SECRET_ACCESS_KEY="wrong")
    assert "status 403 SignatureDoesNotMatch" in error


def test_without_any_place_there_is_a_reason(aws):
    error = missing(aws, AWS_EC2_METADATA_DISABLED="true")
    assert "no environment, profile, container or instance has any" in error


def test_half_a_key_in_the_environment_ends_the_search(aws, tmp_path):
    error = missing(aws, AWS_ACCESS_KEY_ID=ACCESS, **files(tmp_path, keys_of("default")))
    assert "no secret access key in the environment" in error


def test_the_profiles_credentials_file_wins_over_its_config(aws, tmp_path):
    config = "[profile shop]\naws_access_key_id = AKIAWRONG\naws_secret_access_key = wrong\n"
    variables = files(tmp_path, keys_of("shop"), config)
    assert found(aws, AWS_PROFILE="shop", **variables)[0] == "user/AKIDPROFILE000000001"


def test_the_default_profile_may_be_called_one_in_the_config(aws, tmp_path):
    config = keys_of("default", ACCESS) + keys_of("profile default")
    assert found(aws, **files(tmp_path, "", config))[0] == "user/AKIDPROFILE000000001"


def test_a_profile_that_is_not_there_is_no_other_one(aws, tmp_path):
    error = missing(aws, "--profile", "none", **files(tmp_path, keys_of("default")))
    assert "profile none: it is in neither of the shared files" in error


def test_a_role_is_taken_with_another_profiles_keys(aws, tmp_path):
    config = (f"[profile shop]\nrole_arn = {ROLE}shop\nsource_profile = base\nexternal_id = x-1\nduration_seconds = 900\n"
              "role_session_name = me\n")  # fmt: skip
    arn, place = found(aws, "--profile", "shop", **files(tmp_path, keys_of("base"), config))
    assert arn == "assumed-role/shop/me"
    assert place == f"profile base, role {ROLE}shop"
    form = next(form for _, name, _, form in aws.requests if name == "AssumeRole")
    assert (form["ExternalId"], form["DurationSeconds"]) == ("x-1", "900")


def test_roles_are_taken_one_after_the_other(aws, tmp_path):
    config = (f"[profile a]\nrole_arn = {ROLE}a\nsource_profile = b\n[profile b]\nrole_arn = {ROLE}b\nsource_profile = c\n"
              f"[profile c]\nrole_arn = {ROLE}c\nsource_profile = c\n")  # fmt: skip
    arn, place = found(aws, "--profile", "a", **files(tmp_path, keys_of("c"), config))
    assert arn == "assumed-role/a/lambdagate"
    assert [form["RoleArn"] for _, name, _, form in aws.requests if name == "AssumeRole"] == [ROLE + "b", ROLE + "a"]


def test_profiles_that_are_each_others_source_are_a_fault(aws, tmp_path):
    config = (f"[profile a]\nrole_arn = {ROLE}a\nsource_profile = b\n"
              f"[profile b]\nrole_arn = {ROLE}b\nsource_profile = a\n")  # fmt: skip
    assert "sources of each other" in missing(aws, "--profile", "a", **files(tmp_path, "", config))


@pytest.mark.parametrize("word,arn", [("Environment", "shop"), ("Ec2InstanceMetadata", "shop"), ("EcsContainer", "shop")])
def test_a_role_is_taken_with_what_another_place_has(aws, tmp_path, word, arn):
    config = f"[profile shop]\nrole_arn = {ROLE}shop\ncredential_source = {word}\n"
    variables = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": aws.url + "/container"}
    found_arn, _ = found(aws, "--profile", "shop", **KEYS, **variables, **files(tmp_path, "", config))
    assert found_arn == f"assumed-role/{arn}/lambdagate"


def test_a_program_prints_keys_and_gets_its_words_as_they_stand(aws, tmp_path):
    document = {"Version": 1, "AccessKeyId": ACCESS, "SecretAccessKey": SECRET}
    program = tmp_path / "print keys"
    program.write_text(f"#!/bin/sh\n[ \"$2\" = 'a b' ] && [ \"$3\" = '$HOME' ] && echo '{json.dumps(document)}'\n")
    program.chmod(0o755)
    config = f"[default]\ncredential_process = \"{program}\" one 'a b' $HOME\n"
    assert found(aws, **files(tmp_path, "", config)) == (f"user/{ACCESS}", "profile default, credential_process")


@pytest.mark.parametrize(
    "script,reason",
    [("exit 3", "failed"), ("echo '{}'", "whose Version is not 1"), ("echo secret", "that is not JSON")],
)
def test_a_program_that_fails_ends_the_search(aws, tmp_path, script, reason):
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    assert reason in missing(aws, **files(tmp_path, "", f"[default]\ncredential_process = {program}\n"))


def test_a_program_that_prints_too_much_is_ended(aws, tmp_path):
    config = "[default]\ncredential_process = /usr/bin/yes\n"
    assert "printed too much" in missing(aws, **files(tmp_path, "", config))


def sso_files(tmp_path, expires, **more):
    cache = tmp_path / ".aws" / "sso" / "cache"
    cache.mkdir(parents=True)
    name = hashlib.sha1(b"work").hexdigest() + ".json"
    (cache / name).write_text(json.dumps({"accessToken": "sso-token", "expiresAt": expires, **more}))
    return files(tmp_path, "", "[profile dev]\nsso_session = work\nsso_account_id = 111122223333\nsso_role_name = Dev\n"
                               "[sso-session work]\nsso_region = eu-west-1\nsso_start_url = https://x\n")  # fmt: skip


def test_a_session_of_sso_opens_its_role(aws, tmp_path):
    variables = sso_files(tmp_path, "2099-01-01T00:00:00Z")
    arn, place = found(aws, "--profile", "dev", **{**variables, "HOME": str(tmp_path)})
    assert (arn, place) == ("assumed-role/Dev/sso", "profile dev, SSO")


def test_a_session_of_sso_that_is_over_says_so(aws, tmp_path):
    variables = sso_files(tmp_path, "2020-01-01T00:00:00Z")
    assert "`aws sso login`" in missing(aws, "--profile", "dev", **{**variables, "HOME": str(tmp_path)})


def sso_cache(tmp_path):
    (file,) = (tmp_path / ".aws/sso/cache").iterdir()  # and nothing is left beside it
    return file, json.loads(file.read_text())


RENEWAL = {"startUrl": "https://x", "region": "eu-west-1", "clientId": "client", "clientSecret": "client-secret",
           "refreshToken": "refresh-1", "registrationExpiresAt": "2099-01-01T00:00:00Z", "scopes": ["a"]}  # fmt: skip


@pytest.mark.parametrize("left", [-60, 600], ids=["over", "near its end"])
def test_a_session_of_sso_is_renewed_and_kept(aws, tmp_path, left):
    ends = (datetime.now(timezone.utc) + timedelta(seconds=left)).strftime("%Y-%m-%dT%H:%M:%SZ")
    variables = {**sso_files(tmp_path, ends, **RENEWAL), "HOME": str(tmp_path)}
    assert found(aws, "--profile", "dev", **variables) == ("assumed-role/Dev/sso", "profile dev, SSO")
    file, kept = sso_cache(tmp_path)
    assert (kept["accessToken"], kept["refreshToken"]) == ("sso-token-2", "refresh-2")
    assert {name: kept[name] for name in RENEWAL if name != "refreshToken"} == {k: v for k, v in RENEWAL.items() if k != "refreshToken"}
    assert 3500 < datetime.fromisoformat(kept["expiresAt"].replace("Z", "+00:00")).timestamp() - datetime.now().timestamp() <= 3600
    assert file.stat().st_mode & 0o777 == 0o600
    aws.requests.clear()
    found(aws, "--profile", "dev", **variables)
    assert not [name for _, name, *_ in aws.requests if name == "/token"]


def test_a_refresh_token_that_is_not_replaced_stays(aws, tmp_path):
    aws.sso_more = {}
    found(aws, "--profile", "dev", **{**sso_files(tmp_path, "2020-01-01T00:00:00Z", **RENEWAL), "HOME": str(tmp_path)})
    assert sso_cache(tmp_path)[1]["refreshToken"] == "refresh-1"


@pytest.mark.parametrize("change", [{"refreshToken": "used"}, {"registrationExpiresAt": "2020-01-01T00:00:00Z"}, {"clientId": None}])
def test_a_session_of_sso_that_cannot_be_renewed_is_used_while_it_lasts(aws, tmp_path, change):
    soon = (datetime.now(timezone.utc) + timedelta(seconds=600)).strftime("%Y-%m-%dT%H:%M:%SZ")
    variables = {**sso_files(tmp_path, soon, **{**RENEWAL, **change}), "HOME": str(tmp_path)}
    assert found(aws, "--profile", "dev", **variables)[0] == "assumed-role/Dev/sso"
    assert sso_cache(tmp_path)[1]["accessToken"] == "sso-token"
    (tmp_path / "over").mkdir()
    variables = {**sso_files(tmp_path / "over", "2020-01-01T00:00:00Z", **{**RENEWAL, **change}), "HOME": str(tmp_path / "over")}
    assert "`aws sso login`" in missing(aws, "--profile", "dev", **variables)


def test_a_session_without_a_name_is_not_renewed(aws, tmp_path):
    variables = sso_files(tmp_path, "2020-01-01T00:00:00Z", **RENEWAL)
    cache = tmp_path / ".aws/sso/cache"
    (cache / (hashlib.sha1(b"work").hexdigest() + ".json")).rename(cache / (hashlib.sha1(b"https://x").hexdigest() + ".json"))
    (tmp_path / "config").write_text("[profile dev]\nsso_start_url = https://x\nsso_region = eu-west-1\n"
                                     "sso_account_id = 111122223333\nsso_role_name = Dev\n")  # fmt: skip
    assert "`aws sso login`" in missing(aws, "--profile", "dev", **{**variables, "HOME": str(tmp_path)})
    assert not aws.requests


def web_identity(tmp_path):
    token = tmp_path / "token"
    token.write_text("web-identity-token\n")
    return {"AWS_WEB_IDENTITY_TOKEN_FILE": str(token), "AWS_ROLE_ARN": ROLE + "pod"}


def test_a_web_identity_is_sent_unsigned(aws, tmp_path):
    variables = web_identity(tmp_path)
    assert found(aws, **variables) == ("assumed-role/pod/lambdagate", f"web identity, role {ROLE}pod")
    assert found(aws, **variables, AWS_ROLE_SESSION_NAME="me")[0] == "assumed-role/pod/me"


def test_a_web_identity_without_a_role_ends_the_search(aws, tmp_path):
    assert "AWS_WEB_IDENTITY_TOKEN_FILE is in the environment without AWS_ROLE_ARN" in missing(
        aws, AWS_WEB_IDENTITY_TOKEN_FILE=web_identity(tmp_path)["AWS_WEB_IDENTITY_TOKEN_FILE"]
    )


def test_a_web_identity_that_its_issuer_cannot_confirm_now_is_tried_again(aws, tmp_path):
    aws.refusals["AssumeRoleWithWebIdentity"] = [(400, "IDPCommunicationError")]
    assert found(aws, **web_identity(tmp_path))[0] == "assumed-role/pod/lambdagate"


def test_a_role_that_is_denied_is_not_asked_for_again(aws, tmp_path):
    aws.refusals["AssumeRoleWithWebIdentity"] = [(403, "AccessDenied"), (403, "AccessDenied")]
    assert "status 403 AccessDenied" in missing(aws, **web_identity(tmp_path))
    assert len(aws.requests) == 1


def test_a_containers_endpoint_wants_its_token_as_it_stands(aws, tmp_path):
    aws.container_token = "Basic dXNlcg=="
    file = tmp_path / "token"
    file.write_text("Basic dXNlcg==\n")
    variables = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": aws.url + "/container"}
    arn = "assumed-role/task/c"
    assert found(aws, **variables, AWS_CONTAINER_AUTHORIZATION_TOKEN="Basic dXNlcg==") == (arn, "container")
    by_file = {"AWS_CONTAINER_AUTHORIZATION_TOKEN": "wrong", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(file)}
    assert found(aws, **variables, **by_file)[0] == arn


@pytest.mark.parametrize("address", ["http://192.0.2.1/x", "http://[2001:db8::1]/x", "http://169.254.170.3/x"])
def test_a_containers_endpoint_is_never_asked_in_the_clear_elsewhere(aws, address):
    error = missing(aws, AWS_CONTAINER_CREDENTIALS_FULL_URI=address)
    assert error.startswith("lambdagate: no credentials: container: ")
    assert "in time" not in error and "timed out" not in error


def test_a_container_that_fails_for_a_moment_is_asked_again(aws):
    aws.refusals["/container"] = [(500, "x"), (503, "x")]
    variables = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": aws.url + "/container"}
    assert found(aws, **variables)[0] == "assumed-role/task/c"


def test_a_container_hides_the_instance(aws):
    aws.refusals["/container"] = [(404, "x")]
    assert "container: status 404" in missing(aws, AWS_CONTAINER_CREDENTIALS_FULL_URI=aws.url + "/container")


def test_an_instance_is_asked_with_a_token(aws):
    assert found(aws) == ("assumed-role/worker-role/i-1", "instance, role worker-role")
    assert [method for method, *_ in aws.requests[:3]] == ["PUT", "GET", "GET"]


def test_an_instance_without_tokens_is_asked_without_unless_that_is_forbidden(aws):
    aws.imds_v1 = True
    assert found(aws)[0] == "assumed-role/worker-role/i-1"
    assert "has any" in missing(aws, AWS_EC2_METADATA_V1_DISABLED="true")


@pytest.mark.parametrize("status,told", [(500, "instance: its role: status 500"), (404, "has any")])
def test_an_instance_that_cannot_tell_its_role_now_is_not_passed_over(aws, status, told):
    aws.refusals["/latest/meta-data/iam/security-credentials/"] = [(status, "x")]
    assert told in missing(aws)


def certificate(tmp_path, kind):
    new = {"rsa": ["rsa:2048"], "ec": ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]}[kind]
    key, file = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", *new, "-nodes", "-keyout", key, "-out", file, "-subj", "/CN=gw",
                    "-days", "1"], check=True, capture_output=True)  # fmt: skip
    arn = "arn:aws:rolesanywhere:eu-west-1:123456789012:"
    return {"certificate": str(file), "private_key": str(key), "trust_anchor_arn": arn + "trust-anchor/T",
            "profile_arn": arn + "profile/P", "role_arn": ROLE + "edge"}  # fmt: skip


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_a_certificate_stands_for_keys(aws, tmp_path, kind):
    file = settings(tmp_path, roles_anywhere=certificate(tmp_path, kind))
    arn, place = found(aws, file, AWS_EC2_METADATA_DISABLED="true")
    assert (arn, place) == ("assumed-role/edge/x509", f"roles anywhere, role {ROLE}edge")


def test_a_certificate_with_the_key_of_another_is_a_fault(aws, tmp_path):
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir(), second.mkdir()
    mixed = {**certificate(first, "ec"), "private_key": certificate(second, "ec")["private_key"]}
    file = settings(tmp_path, provider="roles_anywhere", roles_anywhere=mixed)
    assert "is not the key of" in missing(aws, file)


# --- the configuration ---


def test_one_provider_alone_may_be_asked(aws, tmp_path):
    assert found(aws, settings(tmp_path, provider="instance"), **KEYS)[0] == "assumed-role/worker-role/i-1"
    error = missing(aws, settings(tmp_path, provider="container"), **KEYS)
    assert "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI" in error


def test_a_key_whose_secret_lies_in_a_file_and_a_role(aws, tmp_path):
    (tmp_path / "secret").write_text(SECRET + "\n")
    key = {"access_key_id": ACCESS, "secret_access_key_file": str(tmp_path / "secret")}
    file = settings(tmp_path, credentials=key, assume_role={"arn": ROLE + "shop", "session_name": "gw"})
    assert found(aws, file)[0] == "assumed-role/shop/gw"


def test_the_functions_role_is_taken_with_the_daemons(aws, tmp_path):
    function = {"workers": {"command": ["./bootstrap"]}, "credentials": {"from": "aws", "assume_role": {"arn": ROLE + "fn"}}}
    file = tmp_path / "gateway.yaml"
    file.write_text(yaml.safe_dump({"aws": {"assume_role": {"arn": ROLE + "gw"}}, "functions": {"f": function}, "routes": {}}))
    assert found(aws, file, "--function", "f", **KEYS)[0] == "assumed-role/fn/lambdagate"
    assert [form["RoleArn"] for _, name, _, form in aws.requests if name == "AssumeRole"] == [ROLE + "gw", ROLE + "fn"]


def test_a_clock_that_is_wrong_is_corrected_by_what_aws_says(tmp_path):
    with Aws(skew=3600) as aws:
        assert found(aws, **KEYS)[0] == f"user/{ACCESS}"
        assert len(aws.requests) == 2


def test_a_fault_of_the_configuration_is_told_as_check_tells_it(aws, tmp_path):
    done = whoami(aws, settings(tmp_path, provider="chain", credentials={"file": "x"}))
    assert done.returncode == 1 and "gateway.yaml:" in done.stderr


def test_a_session_that_ends_is_told_with_its_end(aws):
    done = whoami(aws)
    until = datetime.now(timezone.utc) + timedelta(seconds=aws.life)
    assert any(f"until:    {stamp(until.timestamp() - back)[:16]}" in done.stdout for back in (0, 60))
