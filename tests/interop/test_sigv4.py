"""What our signer signs is byte for byte what AWS's own Python SDK signs, request after request."""

import json
import os
import random
import subprocess
from pathlib import Path

import pytest

BUILD = Path(os.environ.get("LAMBDAGATE_BUILD", "build/release"))
COUNT = 4000
SEED = 7

# Runs with the SDK's own packages: the canonical request and the header of each line on stdin.
REFEREE = """
import json, sys
from datetime import datetime, timezone
from unittest import mock
import botocore.auth, botocore.awsrequest, botocore.credentials, botocore.compat

class Kept:
    def canonical_request(self, request):
        self.kept = super().canonical_request(request)
        return self.kept

class Plain(Kept, botocore.auth.SigV4Auth): pass
class S3(Kept, botocore.auth.S3SigV4Auth): pass

for line in sys.stdin:
    case = json.loads(line)
    keys = botocore.credentials.Credentials(case["id"], case["secret"], case["token"] or None)
    auth = (S3 if case["service"] == "s3" else Plain)(keys, case["service"], case["region"])
    host = dict(case["headers"])["Host"]
    url = "https://" + host + case["path"] + ("?" + case["query"] if case["query"] else "")
    request = botocore.awsrequest.AWSRequest(method=case["method"], url=url, data=case["body"].encode())
    for name, value in case["headers"]:
        request.headers.add_header(name, value)
    request.context["payload_signing_enabled"] = True
    now = datetime.fromtimestamp(case["wall_ms"] / 1000, timezone.utc)
    naive = lambda remove_tzinfo=True: now.replace(tzinfo=None)
    with mock.patch("botocore.auth.get_current_datetime", naive):
        auth.add_auth(request)
    print(json.dumps({"canonical": auth.kept, "authorization": request.headers["Authorization"]}))
"""

UNRESERVED = "abcXYZ019-_.~"


def word(rng, least=1, most=12, alphabet=UNRESERVED):
    return "".join(rng.choice(alphabet) for _ in range(rng.randint(least, most)))


def encoded(rng):
    """A name as it goes over the wire: some bytes encoded, in capital digits."""
    return "".join(
        f"%{rng.randrange(256):02X}" if rng.random() < 0.2 else rng.choice(UNRESERVED)
        for _ in range(rng.randint(1, 10))
    )


def one_spelling(text):
    """What needs no encoding is not encoded: the SDK takes a raw query as it is."""
    for byte in range(128):
        if chr(byte) in UNRESERVED or chr(byte).isalnum():
            text = text.replace(f"%{byte:02X}", chr(byte))
    return text


def segment_of(rng):
    kind = rng.randrange(8)
    if kind < 3:
        return encoded(rng)
    between = {6: "%3A", 7: ":$"}
    return {3: "", 4: ".", 5: ".."}.get(kind) if kind < 6 else word(rng) + between[kind] + word(rng)


def path_of(rng):
    path = "/" + "/".join(segment_of(rng) for _ in range(rng.randint(0, 5))) + rng.choice(["", "/"])
    return "/" + path.lstrip("/")  # two slashes at the start would be a host's


def parameter_of(rng):
    return one_spelling(encoded(rng)) + "=" + (one_spelling(encoded(rng)) if rng.random() < 0.8 else "")


def query_of(rng):
    pairs = [parameter_of(rng) for _ in range(rng.choice([0, 0, 1, 2, 3, 6]))]
    if pairs and rng.random() < 0.3:
        pairs.append(rng.choice(pairs))
    return "&".join(pairs)


NAMES = ["X-Amz-Invocation-Type", "X-Amz-Log-Type", "X-Amz-Meta-B", "Content-Type", "My-Header", "mY-hEADER", "A",
         "User-Agent", "Expect", "X-Amzn-Trace-Id"]  # fmt: skip


def value_of(rng):
    words = [word(rng), f"  {word(rng)}   {word(rng)}\t {word(rng)} ", "", '"a   b"', "a=b; c, d"]
    return rng.choice(words)


def headers_of(rng):
    host = word(rng, alphabet="abcxyz") + rng.choice([".amazonaws.com", ".example.com"])
    headers = [["Host", host + rng.choice(["", ":8443"])]]
    headers += [[rng.choice(NAMES), value_of(rng)] for _ in range(rng.randint(0, 6))]
    rng.shuffle(headers)
    return headers


def case_of(rng):
    return {
        "id": "AKIA" + word(rng, 16, 16, "ABCDEF234567"),
        "secret": word(rng, 40, 40, UNRESERVED + "/+"),
        "token": rng.choice(["", word(rng, 100, 300, UNRESERVED + "/+=")]),
        "region": rng.choice(["eu-west-1", "us-gov-east-1", "cn-north-1"]),
        "service": rng.choice(["lambda", "sqs", "sts", "s3", "execute-api"]),
        "wall_ms": rng.randrange(1_000_000_000, 3_000_000_000) * 1000,
        "method": rng.choice(["GET", "POST", "PUT", "DELETE", "HEAD"]),
        "path": path_of(rng),
        "query": query_of(rng),
        "headers": headers_of(rng),
        "body": rng.choice(["", "{}", word(rng, 0, 400), "é" * rng.randint(1, 9)]),
    }


def answers(words, lines):
    run = subprocess.run(words, input=lines, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr[-2000:]
    return [json.loads(line) for line in run.stdout.splitlines()]


@pytest.mark.smoke
def test_every_generated_request_is_signed_as_the_sdk_signs_it(installed):
    rng = random.Random(SEED)
    cases = [case_of(rng) for _ in range(COUNT)]
    lines = "".join(json.dumps(case) + "\n" for case in cases)
    theirs = answers([installed("sdk_python") / "venv/bin/python", "-c", REFEREE], lines)
    ours = answers([BUILD / "sign-requests"], lines)
    assert len(theirs) == len(ours) == COUNT
    for case, wanted, found in zip(cases, theirs, ours, strict=True):
        assert found == wanted, case
