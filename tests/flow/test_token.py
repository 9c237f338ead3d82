"""`lambdagate token --quickstart`: the key pair, the token, and what is never signed for."""

import base64
import json
import os
import pty
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway import COMMAND, ROOT, run

OK, FAILED, USAGE = 0, 1, 2
QUICKSTART = ROOT / "conf" / "quickstart.yaml"


def part(token, index):
    text = token.strip().split(".")[index]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


@pytest.fixture
def keys(tmp_path):
    return tmp_path / "state" / "keys"


@pytest.fixture
def mint(keys):
    """mint(*options, status, error) runs the command; the standard output."""

    def run_command(*options, status=OK, error="", config=QUICKSTART):
        environment = {"LAMBDAGATE_QUICKSTART": str(keys)}
        done = run(COMMAND, "token", "--quickstart", "--config", config, *options, environment=environment)
        assert done.returncode == status, (done.stdout, done.stderr)
        assert error in done.stderr, done.stderr
        assert (done.stderr == "") == (status == OK)
        return done.stdout

    return run_command


# --- the token ------------------------------------------------------------------------------------


def test_an_access_token_has_the_claims_of_cognitos(mint, keys):
    token = mint()
    (jwk,) = json.loads((keys / "jwks.json").read_text())["keys"]
    assert part(token, 0) == {"alg": "RS256", "kid": jwk["kid"], "typ": "JWT"}
    assert jwk["kid"].endswith("=")
    claims = part(token, 1)
    assert claims["iss"] == "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Quickstart"
    assert claims["token_use"] == "access" and claims["client_id"] == "quickstart" and "aud" not in claims
    assert claims["exp"] - claims["iat"] == 3600 and claims["auth_time"] == claims["iat"]
    assert claims["scope"] == "aws.cognito.signin.user.admin items/write"
    assert claims["username"] == "alice" and "cognito:groups" not in claims


def test_an_id_token_has_the_claims_of_cognitos(mint):
    claims = part(mint("--token-use", "id", "--username", "bob", "--groups", "a, b"), 1)
    assert claims["token_use"] == "id" and claims["aud"] == "quickstart" and "client_id" not in claims
    assert claims["cognito:username"] == "bob" and claims["email_verified"] is True
    assert claims["cognito:groups"] == ["a", "b"] and "scope" not in claims


def test_a_token_may_have_expired_already(mint):
    claims = part(mint("--expires", "-5m"), 1)
    assert claims["iat"] < claims["exp"]
    assert part(mint("--expires=30s"), 1)["exp"] > claims["exp"] + 300


def test_users_keep_their_sub_and_tokens_their_own_jti(mint):
    first, second, other = part(mint(), 1), part(mint(), 1), part(mint("--username", "bob"), 1)
    assert first["sub"] == second["sub"] != other["sub"]
    assert first["jti"] != second["jti"]


def test_a_terminal_gets_lines_to_try(keys):
    ours, theirs = pty.openpty()
    environment = {**os.environ, "LAMBDAGATE_QUICKSTART": str(keys), "LAMBDAGATE_LISTEN": "127.0.0.1:9000"}
    command = [COMMAND, "token", "--quickstart", "--config", QUICKSTART]
    subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=theirs, check=True)
    os.close(theirs)
    said = b""
    while True:
        try:
            block = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not block:
            break
        said += block
    os.close(ours)
    lines = said.decode().replace("\r\n", "\n").split("\n")
    assert lines[0].startswith("TOKEN=eyJ")
    assert 'curl -i http://127.0.0.1:9000/me -H "authorization: Bearer $TOKEN"' in lines
    assert any(line.startswith("curl -i -X PUT http://127.0.0.1:9000/items/pen-1 ") for line in lines)


# --- the key pair ---------------------------------------------------------------------------------


def test_the_pair_is_made_once_and_closed_to_others(mint, keys):
    mint()
    assert keys.stat().st_mode & 0o777 == 0o700
    assert (keys / "key.pem").stat().st_mode & 0o777 == 0o600
    before = [(keys / name).read_bytes() for name in ("key.pem", "jwks.json")]
    assert b"PRIVATE" not in before[1] and "d" not in json.loads(before[1])["keys"][0]
    mint()
    assert [(keys / name).read_bytes() for name in ("key.pem", "jwks.json")] == before
    assert sorted(path.name for path in keys.iterdir()) == ["jwks.json", "key.pem"]


def test_a_lost_jwks_is_made_again_from_the_key(mint, keys):
    mint()
    before = (keys / "jwks.json").read_bytes()
    (keys / "jwks.json").unlink()
    mint()
    assert (keys / "jwks.json").read_bytes() == before


def test_several_at_once_make_one_pair(mint, keys):
    with ThreadPoolExecutor(4) as pool:
        tokens = list(pool.map(lambda _: mint(), range(4)))
    assert len({part(token, 0)["kid"] for token in tokens}) == 1
    assert sorted(path.name for path in keys.iterdir()) == ["jwks.json", "key.pem"]


def test_a_jwks_of_somebody_else_is_left_alone(mint, keys):
    keys.mkdir(parents=True)
    (keys / "jwks.json").write_text('{"keys": []}')
    assert mint(status=FAILED, error="such keys are somebody else's") == ""
    assert [path.name for path in keys.iterdir()] == ["jwks.json"]
    (keys / "jwks.json").unlink()
    mint()
    (keys / "jwks.json").write_text('{"keys": []}')
    assert mint(status=FAILED, error="was not made from the key beside it") == ""
    assert (keys / "jwks.json").read_text() == '{"keys": []}'


def test_a_key_that_others_may_read_is_not_used(mint, keys):
    mint()
    (keys / "key.pem").chmod(0o640)
    mint(status=FAILED, error="that nobody else may open")
    (keys / "key.pem").rename(keys / "elsewhere")
    (keys / "key.pem").symlink_to(keys / "elsewhere")
    mint(status=FAILED, error="that nobody else may open")


def test_a_key_that_is_none_is_told(mint, keys):
    mint()
    (keys / "key.pem").write_text("no key")
    mint(status=FAILED, error="does not hold an RSA key")


# --- what is never signed for ---------------------------------------------------------------------

ROUTES = "routes: { GET /a: { respond: { status: 200 }, authorizer: none } }\n"
REFUSED = {
    "a pool that may be real": (
        "{ shop: { cognito: { user_pool: eu-west-1_AbCdEf123, client_ids: [a], jwks_file: keys.json } } }",
        "the user pool eu-west-1_AbCdEf123 is not the quickstart's",
    ),
    "a pool whose keys are fetched": (
        "{ shop: { cognito: { user_pool: eu-west-1_Quickstart, client_ids: [a] } } }",
        "must be of the kind `cognito` with `client_ids` and `jwks_file`",
    ),
    "another issuer": (
        "{ shop: { jwt: { issuer: 'https://idp.example.com', audience: [a], jwks_file: keys.json } } }",
        "must be of the kind `cognito`",
    ),
    "several authorizers": (
        "{ a: { cognito: { user_pool: eu-west-1_a, any_client: true } },"
        "  b: { cognito: { user_pool: eu-west-1_b, any_client: true } } }",
        "say --authorizer a or b",
    ),
    "no authorizer": ("{}", "has no authorizer"),
    "a configuration with faults": ("{ shop: { cognito: {} } }", 'found no "user_pool"'),
}


@pytest.mark.parametrize("name", REFUSED)
def test_nothing_is_signed_for(mint, tmp_path, name):
    config = tmp_path / "gateway.yaml"
    config.write_text(f"authorizers: {REFUSED[name][0]}\n{ROUTES}")
    assert mint(status=FAILED, error=REFUSED[name][1], config=config) == ""
    assert [path.name for path in tmp_path.iterdir()] == ["gateway.yaml"]


@pytest.mark.parametrize(
    "options, error",
    [
        (["--token-use", "refresh"], "--token-use is access or id"),
        (["--expires", "soon"], "--expires is a duration"),
        (["--token-use", "id", "--scope", "a"], "an id token has no --scope"),
        (["--username", "a\nb"], "not this --username"),
        (["--authorizer", "x", "--bogus"], "there is no option --bogus"),
    ],
    ids=str,
)
def test_wrong_usage_is_told(mint, options, error):
    mint(*options, status=USAGE, error=error)


def test_a_configuration_that_is_not_there_is_told(mint, tmp_path):
    mint(status=USAGE, error="say --config FILE", config=tmp_path / "nowhere.yaml")
