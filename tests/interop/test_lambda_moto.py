"""Calls of a Lambda and an STS that check signatures and policies as AWS does: moto's."""

import json
import subprocess

import pytest
import yaml

from gateway import COMMAND, expect, run
from ports import free_port

# In one process, since only so its Lambda needs no Docker: it echoes its event. The first calls are
# believed, and make those who are believed later.
SERVER = """
import os, sys
os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "6"
from moto import mock_aws
from moto.server import ThreadedMotoServer
with mock_aws(config={"lambda": {"use_docker": False}}):
    ThreadedMotoServer(ip_address="127.0.0.1", port=int(sys.argv[1]), verbose=False).start()
    print("READY", flush=True)
    sys.stdin.read()
    os._exit(0)
"""
SETUP = """
import boto3, io, json, sys, zipfile
options = dict(endpoint_url=sys.argv[1], region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="y")
iam, functions = boto3.client("iam", **options), boto3.client("lambda", **options)
allow = lambda *actions, **more: json.dumps({"Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": list(actions), **(more or {"Resource": "*"})}]})
iam.create_user(UserName="gateway")
key = iam.create_access_key(UserName="gateway")["AccessKey"]
iam.put_user_policy(UserName="gateway", PolicyName="p", PolicyDocument=allow("sts:*"))
role = iam.create_role(RoleName="caller", AssumeRolePolicyDocument=allow("sts:AssumeRole", Principal={"AWS": "*"}))["Role"]["Arn"]
iam.put_role_policy(RoleName="caller", PolicyName="p", PolicyDocument=allow("*"))
code = io.BytesIO()
with zipfile.ZipFile(code, "w") as archive:
    archive.writestr("app.py", "def handler(event, context): return event")
arn = functions.create_function(FunctionName="billing", Runtime="python3.11", Role=role, Handler="app.handler",
                                Code={"ZipFile": code.getvalue()})["FunctionArn"]
print(json.dumps({"id": key["AccessKeyId"], "secret": key["SecretAccessKey"], "role": role, "arn": arn}))
"""


@pytest.fixture(scope="module")
def moto(installed):
    python = installed("moto") / "venv/bin/python"
    port = free_port()
    with subprocess.Popen([python, "-c", SERVER, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True) as server:  # fmt: skip
        try:
            assert server.stdout.readline() == "READY\n"
            url = f"http://127.0.0.1:{port}"
            made = subprocess.run([python, "-c", SETUP, url], capture_output=True, text=True, timeout=60)
            assert made.returncode == 0, made.stderr
            facts = json.loads(made.stdout)
            facts["environment"] = {"AWS_ENDPOINT_URL": url, "AWS_REGION": "eu-west-1", "HOME": "/nonexistent",
                                    "AWS_ACCESS_KEY_ID": facts["id"], "AWS_SECRET_ACCESS_KEY": facts["secret"]}  # fmt: skip
            yield facts
        finally:
            server.kill()


def config(moto, role=True):
    credentials = {"from": "aws", **({"assume_role": {"arn": moto["role"]}} if role else {})}
    function = {"lambda": {"arn": moto["arn"]}, "credentials": credentials, "timeout": "20s"}
    return {"functions": {"f": function}, "routes": {"GET /f": {"function": "f"}}}


def test_sts_believes_our_signature_and_no_other(moto):
    done = run(COMMAND, "aws", "whoami", environment=moto["environment"])
    assert "arn:aws:iam::123456789012:user/gateway" in done.stdout, done.stderr
    wrong = {**moto["environment"], "AWS_SECRET_ACCESS_KEY": "wrong"}
    assert "403 SignatureDoesNotMatch" in run(COMMAND, "aws", "whoami", environment=wrong).stderr


def test_a_role_is_taken_and_is_who_we_are(moto, tmp_path):
    file = tmp_path / "gateway.yaml"
    file.write_text(yaml.safe_dump({"aws": {"assume_role": {"arn": moto["role"]}}, "routes": {}}))
    done = run(COMMAND, "aws", "whoami", file, environment=moto["environment"])
    assert "assumed-role/caller/lambdagate" in done.stdout, done.stderr


def test_a_call_by_arn_is_believed_with_the_roles_credentials(start, moto):
    answer = expect(start(config(moto), environment=moto["environment"]).get("/f"), 200).json()
    assert answer["rawPath"] == "/f"


def test_a_caller_without_the_right_has_not_started_it(start, moto):
    gateway = start(config(moto, role=False), environment=moto["environment"])
    answer = gateway.get("/f")
    assert (answer.status, answer.header("x-lambdagate-outcome")) == (503, "not-started")
    assert b"arn:aws" not in answer.body
    gateway.log.wait("Lambda answered 403")
