"""A session of SSO that AWS's own Python SDK renewed is ours to use, and one that we renewed is the SDK's."""

import json
import subprocess

import pytest

from aws_model import Aws
from gateway import COMMAND, run
from test_aws_credentials import RENEWAL, sso_cache, sso_files

# Prints the key that the SDK finds in the profile.
ASK = """
import botocore.session
print(botocore.session.Session(profile="dev").get_credentials().get_frozen_credentials().access_key)
"""


@pytest.fixture
def aws():
    with Aws() as model:
        yield model


def by_sdk(aws, python, variables):
    done = subprocess.run([python, "-c", ASK], env={"PATH": "/usr/bin:/bin", **aws.environment(**variables)},
                          capture_output=True, text=True, timeout=60)  # fmt: skip
    assert done.returncode == 0 and done.stdout.startswith("ASIA"), done.stderr


def by_us(aws, variables):
    done = run(COMMAND, "aws", "whoami", "--profile", "dev", environment=aws.environment(**variables))
    assert "assumed-role/Dev/sso" in done.stdout, done.stderr


def renewals(aws):
    return [json.loads(body) for _, name, _, body in aws.requests if name == "/token"]


@pytest.mark.parametrize("first", ["sdk", "we"])
def test_whoever_renews_a_session_does_it_for_both(aws, installed, tmp_path, first):
    python = installed("sdk_python") / "venv/bin/python"
    variables = {**sso_files(tmp_path, "2020-01-01T00:00:00Z", **RENEWAL), "HOME": str(tmp_path)}
    asks = [lambda: by_sdk(aws, python, variables), lambda: by_us(aws, variables)]
    for ask in asks if first == "sdk" else reversed(asks):
        ask()
    (wanted,) = renewals(aws)  # the model believes no other
    assert wanted == {name: RENEWAL[name] for name in ("clientId", "clientSecret", "refreshToken")} | {"grantType": "refresh_token"}
    kept = sso_cache(tmp_path)[1]
    assert (kept["accessToken"], kept["refreshToken"]) == ("sso-token-2", "refresh-2")
