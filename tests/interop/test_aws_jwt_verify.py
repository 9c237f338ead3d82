"""The verifier that AWS publishes and the daemon judge the same tokens; where they differ is known.

Every difference belongs to a row of the table in docs/authorizers.md, which names what justifies it.
One that is not listed fails, and so does a listed one that is none any more.
"""

import json
import subprocess
from urllib.parse import quote

import pytest

from clients import SOURCES
from gateway import PATIENCE, ROOT, Gateway
from tokens import CLIENT, ISSUER, POOL, Cases, Keys

pytestmark = pytest.mark.xdist_group("tokens")

POOL_OPTIONS = {"userPoolId": POOL, "clientId": CLIENT}
VERIFIERS = {
    "access": {"kind": "cognito", **POOL_OPTIONS, "tokenUse": "access"},
    "id": {"kind": "cognito", **POOL_OPTIONS, "tokenUse": "id"},
    "any": {"kind": "cognito", **POOL_OPTIONS, "tokenUse": None},
    "any client": {"kind": "cognito", "userPoolId": POOL, "clientId": None, "tokenUse": "access"},
    "scoped": {"kind": "cognito", **POOL_OPTIONS, "tokenUse": "access", "scope": "my/read"},
    "grouped": {"kind": "cognito", **POOL_OPTIONS, "tokenUse": "access", "groups": "admin"},
    "leeway": {"kind": "cognito", **POOL_OPTIONS, "tokenUse": "access", "graceSeconds": 30},
    "oidc": {"kind": "jwt", "issuer": ISSUER, "audience": "shop"},
    "oidc scoped": {"kind": "jwt", "issuer": ISSUER, "audience": "shop", "scope": "my/read"},
}

def both(*names):
    return [f"{setup}: {name}" for setup in ("access", "oidc") for name in names]


def of(setup, *names):
    return [f"{setup}: {name}" for name in names]


# Row of the table in docs/authorizers.md -> what justifies it, and the cases that differ for it.
DIFFERENCES = {
    "a token of a pool with another algorithm than RS256": ("RFC 8725 section 3.1", of(
        "access", "ES256 with ke", "ES256 with kenoalg", "ES384 with k384", "ES512 with k521", "EdDSA with kd",
        "RS384 with k384rs", "RS384 with knoalg", "RS512 with knoalg")),
    "ES384 with a key on P-256": ("RFC 7518 section 3.4", both("ES384 with kenoalg")),
    "an RSA key of 1,024 bits": ("RFC 7518 section 3.3", both("RS256 with k1024")),
    "PS256": ("RFC 7518 section 3.5", of("oidc", "PS256 with knoalg", "PS256 with kps")),
    "`crit`": ("RFC 7515 section 4.1.11", both(
        'header with {"crit": "alg"}', 'header with {"crit": ["alg"]}', 'header with {"crit": ["exp"], "exp": 1}',
        'header with {"crit": ["x"], "x": 1}', 'header with {"crit": []}', 'header with {"crit": null}',
        'header with {"crit": ["b64"], "b64": false}')),
    "`b64`": ("RFC 7797 section 6", both('header with {"b64": false}', 'header with {"b64": true}')),
    "`enc` in a signed token": ("RFC 7516 section 9", both('header with {"enc": "A256GCM"}')),
    "`cty`": ("RFC 7519 section 5.2", both('header with {"cty": "JWT"}', 'header with {"cty": "json"}')),
    "`typ` of something else": ("RFC 8725 section 3.11", both(
        'header with {"typ": ""}', 'header with {"typ": "JOSE+JSON"}', 'header with {"typ": "dpop+jwt"}',
        'header with {"typ": "logout+jwt"}', 'header with {"typ": "secevent+jwt"}', 'header with {"typ": 1}',
        'header with {"typ": null}')),
    "a name twice in a header": ("RFC 7515 section 4", both(
        """header text '{"kid":"k1","alg":"RS256","\\\\u0061lg":"RS256"}'""",
        """header text '{"kid":"k1","alg":"none","alg":"RS256"}'""",
        """header text '{"kid":"x","kid":"k1","alg":"RS256"}'""")),
    "a name twice in the claims": ("RFC 7519 section 4", of(
        "access", "payload: a name twice deep inside", "payload: client_id twice", "payload: exp twice, the last good",
        "payload: sub twice", "payload: sub twice, once escaped")),
    "no `exp`": ("RFC 9068 section 2.2", both("exp of any type: absent")),
    "`exp` further away than `max_lifetime`, or in milliseconds": ("RFC 6750 section 5.3, RFC 7519 section 2", [
        *both("exp as milliseconds", "exp = now +1000000000"), *of("leeway", "exp = now +1000000000"),
        *of("access", "payload: exp 2^53+1", "payload: exp 2^64", "payload: exp in milliseconds")]),
    "`iat` that is still to come": ("RFC 7519 section 4.1.6", [
        *both("iat as milliseconds", "iat = now +60", "iat = now +3600", "iat = now +1000000000"),
        *of("leeway", "iat = now +60", "iat = now +3600", "iat = now +1000000000")]),
    "base64url with padding or with spare bits that are not zero": ("RFC 7515 section 2, RFC 4648 section 3.5", of(
        "access", "shape: padding", "shape: padding of one", "shape: spare bits")),
    "text that is not UTF-8, or half of a surrogate pair": ("RFC 7519 section 7.2, RFC 7493 section 2.1", of(
        "access", "payload: no UTF-8", "payload: a lone surrogate")),
    "a NUL in a text": ("RFC 8725 section 3.10", of("access", "payload: a NUL in sub")),
    "a token of more than `token_bytes`, or with claims nested too deep": ("RFC 9110 section 5.4, RFC 8259 section 9", of(
        "access", "payload: a long claim", "payload: nested 2000", "payload: nested 40")),
    "`cognito:groups` as a text": ("RFC 9068 section 2.2.3.1", of("grouped", "groups 'admin'")),
    "scopes in `scp`": ("RFC 9068 section 2.2.3", of(
        "oidc scoped", "scp 'a my/read'", "scp 'my/read'", "scp ['a', 'my/read']", "scp ['my/read']")),
    "`client_id` where there is no `aud`": ("RFC 9068 section 2.2", of("oidc", "no aud but client_id")),
    "`Bearer` in front of the token": ("RFC 6750 section 2.1", of("access", "shape: Bearer in front")),
}  # fmt: skip


def authorizers(keys):
    pool = {"user_pool": POOL, "client_ids": [CLIENT], "jwks_file": keys}
    jwt = {"issuer": ISSUER, "audience": ["shop"], "jwks_file": keys}
    any_client = {"user_pool": POOL, "any_client": True, "jwks_file": keys}
    judged = {
        "access": {"cognito": pool},
        "id": {"cognito": {**pool, "token_use": "id"}},
        "any": {"cognito": {**pool, "token_use": "any"}},
        "any client": {"cognito": any_client},
        "scoped": {"cognito": pool},
        "grouped": {"cognito": {**pool, "groups": ["admin"]}},
        "leeway": {"cognito": {**pool, "leeway": "30s"}},
        "oidc": {"jwt": jwt},
        "oidc scoped": {"jwt": jwt},
    }
    return {name.replace(" ", "-"): {"identity": "$request.querystring.token", **one} for name, one in judged.items()}


def config_of(keys):
    rules = {}
    for setup in VERIFIERS:
        name = setup.replace(" ", "-")
        rules[f"GET /{name}"] = {"respond": {"status": 204}, "authorizer": name}
        if "scope" in VERIFIERS[setup]:
            rules[f"GET /{name}"]["scopes"] = [VERIFIERS[setup]["scope"]]
    return {"authorizers": authorizers(keys), "routes": rules, "limits": {"header_bytes": "64KB"}, "log": {"access": False}}


def theirs(folder, jwks, items):
    lines = [{"jwks": jwks, "verifiers": VERIFIERS}, *([setup, token] for setup, token in items.values())]
    done = subprocess.run(
        ["node", SOURCES / "aws_jwt_verify/verify.mjs", folder],
        input="".join(json.dumps(line) + "\n" for line in lines),
        capture_output=True, text=True, timeout=PATIENCE * 2,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    verdicts = done.stdout.split()
    assert len(verdicts) == len(items)
    return dict(zip(items, verdicts))


def ours(gateway, items):
    verdicts = {}
    with gateway.peer() as peer:
        for name, (setup, token) in items.items():
            target = f"/{setup.replace(' ', '-')}?token={quote(token, safe='')}"
            status = peer.request("GET", target).answer().status
            assert status in (204, 401, 403), f"{name}: {status}"
            verdicts[name] = "ACCEPT" if status == 204 else str(status)
    return verdicts


@pytest.fixture(scope="module")
def judged(installed, tmp_path_factory):
    """(name -> their verdict, name -> ours)"""
    folder = tmp_path_factory.mktemp("tokens")
    keys = Keys()
    file = folder / "keys.json"
    file.write_text(json.dumps(keys.jwks()))
    items = Cases(keys).items
    verifier = installed("aws_jwt_verify")
    with Gateway(folder, config_of(str(file))) as gateway:
        yield theirs(verifier, keys.jwks(), items), ours(gateway, items)


@pytest.mark.smoke
def test_every_verdict_is_the_same_or_a_listed_difference(judged):
    them, us = judged
    found = {name for name in them if (them[name] == "ACCEPT") != (us[name] == "ACCEPT")}
    listed = {name for _, names in DIFFERENCES.values() for name in names}
    for name in sorted(found - listed):
        print(f"not listed: {name}: theirs {them[name]}, ours {us[name]}")
    for name in sorted(listed - found):
        print(f"no difference: {name}: theirs {them.get(name)}, ours {us.get(name)}")
    print(f"{len(them)} tokens, {len(found)} differences")
    assert found == listed


@pytest.mark.smoke
def test_the_differences_are_those_of_the_manual():
    text = (ROOT / "docs/authorizers.md").read_text()
    table = text.partition("## Differences from aws-jwt-verify")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line.startswith("|")]
    told = {row[0]: row[3] for row in rows[2:]}
    assert told == {name: justified for name, (justified, _) in DIFFERENCES.items()}
