"""IAM Roles Anywhere is asked as AWS's own credential helper asks it: same headers, same layout, both signatures good."""

import json
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from aws_model import Aws
from certificates import build, pem
from gateway import COMMAND, run
from test_aws_credentials import ROLE, settings

ARN = "arn:aws:rolesanywhere:eu-west-1:123456789012:"
KEYS = {
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
}


@pytest.fixture
def aws():
    with Aws() as model:
        yield model


def options(folder, kind, chain):
    """A key of that kind, its certificate, and the one between it and the anchor."""
    key, between = KEYS[kind](), ec.generate_private_key(ec.SECP256R1())
    authority = (x509.BasicConstraints(ca=True, path_length=None), True)
    usage = (x509.KeyUsage(True, *[False] * 8), True)
    middle = build("between", between, "anchor", KEYS["p256"](), (-1, 1), authority)
    leaf = build("gateway", key, "between", between, (-1, 1), usage)
    form = serialization.PrivateFormat.TraditionalOpenSSL
    files = {
        "certificate": pem(leaf),
        "private_key": key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()),
        "chain": pem(middle),
    }
    found = {"trust_anchor_arn": ARN + "trust-anchor/T", "profile_arn": ARN + "profile/P", "role_arn": ROLE + "edge"}
    for name, content in files.items():
        if name != "chain" or chain:
            (folder / f"{name}.pem").write_bytes(content)
            found[name] = str(folder / f"{name}.pem")
    return found


def session_of(aws):
    """The headers, and what was wanted, of the only session that was begun."""
    (request,) = [request for request in aws.requests if request[1] == "/sessions"]
    aws.requests.clear()
    (wanted,) = aws.wanted
    aws.wanted.clear()
    return {name.lower(): value for name, value in request[2].items()}, wanted


def layout(headers):
    """What Authorization says, but for the day and the signature."""
    algorithm, credential, signed, _ = headers["authorization"].replace(",", "").split()
    serial, _, *scope = credential.split("/")
    return algorithm, serial, scope, signed


@pytest.mark.parametrize("chain", [False, True], ids=["alone", "chain"])
@pytest.mark.parametrize("kind", KEYS)
def test_a_session_is_begun_as_the_helper_begins_one(aws, installed, tmp_path, kind, chain):
    given = options(tmp_path, kind, chain)
    helper = installed("signing_helper") / "bootstrap"
    theirs = subprocess.run([helper, aws.url], input=json.dumps(given), capture_output=True, text=True, timeout=60)
    assert theirs.returncode == 0 and json.loads(theirs.stdout)["AccessKeyId"] == "ASIA0000000000000001", theirs.stderr
    wanted, wanted_body = session_of(aws)

    file = settings(tmp_path, roles_anywhere=given)
    ours = run(COMMAND, "aws", "whoami", file, environment=aws.environment(AWS_EC2_METADATA_DISABLED="true"))
    assert "assumed-role/edge/x509" in ours.stdout, ours.stderr
    found, found_body = session_of(aws)

    assert layout(found)[:3] == layout(wanted)[:3]
    for name in ("x-amz-x509", "x-amz-x509-chain", "host", "content-type"):
        assert found.get(name) == wanted.get(name), name
    for names in (layout(found)[3], layout(wanted)[3]):
        assert {"host", "x-amz-date", "x-amz-x509"} <= set(names.removeprefix("SignedHeaders=").split(";"))
    # How long a session lives is left to the profile, unless somebody says it.
    assert found_body == {name: value for name, value in wanted_body.items() if name != "durationSeconds"}
