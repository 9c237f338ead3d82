"""`lambdagate token --explain`: every reason to refuse a token, by the word that the daemon uses for it."""

import base64
import json
import time

import pytest

from gateway import COMMAND, ROOT, expect, run
from issuer import EcKey, Issuer, RsaKey, b64, bearer

PASSES, REFUSED, USAGE = 0, 1, 2


@pytest.fixture(scope="module")
def issuer():
    issuer = Issuer(RsaKey("k1"), EcKey("e1"))
    yield issuer
    issuer.close()


def config_of(issuer):
    pool = {"user_pool": "eu-west-1_AbCdEf123", "issuer": issuer.url, "jwks_url": issuer.url + "/jwks"}
    claims = {"email_verified": True, "/realm/roles": ["editor", "admin"]}
    return {
        "authorizers": {
            "idp": {
                "token_bytes": "2KB",
                "jwt": {
                    "issuer": issuer.url,
                    "audience": "shop",
                    "algorithms": ["RS256"],
                    "max_lifetime": "1h",
                    "leeway": "1s",
                }
            },
            "strict": {"jwt": {"issuer": issuer.url, "jwks_url": issuer.url + "/jwks", "audience": "shop", "claims": claims}},
            "pool": {"cognito": {**pool, "client_ids": ["app"], "groups": ["admin", "staff"]}},
        },
        "routes": {
            "GET /idp": {"respond": {}, "authorizer": "idp"},
            "GET /strict": {"respond": {}, "authorizer": "strict"},
            "GET /pool": {"respond": {}, "authorizer": "pool"},
            "GET /scoped": {"respond": {}, "authorizer": "idp", "scopes": ["items/read", "items/write"]},
            "GET /open": {"respond": {}, "authorizer": "none"},
        },
    }


@pytest.fixture
def explain(issuer, tmp_path):
    """explain(token, *options) gives the exit status and what --json says."""
    file = tmp_path / "gateway.json"
    file.write_text(json.dumps({"listen": "127.0.0.1:0", "admin": "127.0.0.1:0", "invoke_auth": "none", **config_of(issuer)}))

    def run_command(token, *options):
        done = run(COMMAND, "token", "--explain", "-", "--config", file, "--json", *options, input=token)
        assert done.stderr == "" and done.returncode in (PASSES, REFUSED), done
        return done.returncode, json.loads(done.stdout)

    run_command.file = file
    return run_command


def checks(told):
    return {check["check"]: check for check in told["checks"]}


def seconds(offset):
    return int(time.time()) + offset


def broken(token, index, text):
    parts = token.split(".")
    parts[index] = b64(text.encode())
    return ".".join(parts)


POOL = {"aud": None, "client_id": "app", "token_use": "access", "cognito:groups": ["staff"]}
STRICT = {"email_verified": True, "realm": {"roles": ["editor"]}}

# what is wrong: route, token, the check that fails, the daemon's word
CASES = {
    "too long": ("GET /idp", lambda i: i.token(x="y" * 2100), "shape", "too-long"),
    "two parts": ("GET /idp", lambda i: "eyJhbGciOiJub25lIn0.eyJpc3MiOiJ4In0", "shape", "not-a-token"),
    "padding": ("GET /idp", lambda i: i.token() + "=", "shape", "not-a-token"),
    "no header": ("GET /idp", lambda i: broken(i.token(), 0, "[]"), "header", "bad-header"),
    "a critical header": ("GET /idp", lambda i: i.token(header={"crit": ["x"]}), "header", "critical"),
    "an encrypted one": ("GET /idp", lambda i: i.token(header={"enc": "A128GCM"}), "header", "bad-type"),
    "no signature": ("GET /idp", lambda i: i.token(header={"alg": "none"}), "header", "bad-algorithm"),
    "no payload": ("GET /idp", lambda i: broken(i.token(), 1, "{"), "payload", "bad-payload"),
    "a claim of another type": ("GET /idp", lambda i: i.token(exp="soon"), "payload", "bad-payload"),
    "another issuer": ("GET /idp", lambda i: i.token(iss="https://evil.example"), "iss", "unknown-issuer"),
    "an algorithm that is not allowed": ("GET /idp", lambda i: i.token(i.keys[1]), "algorithm", "bad-algorithm"),
    "no kid": ("GET /idp", lambda i: i.token(header={"kid": None}), "key", "no-kid"),
    "an unknown kid": ("GET /idp", lambda i: i.token(RsaKey("k9")), "key", "unknown-kid"),
    "a key for another algorithm": ("GET /idp", lambda i: i.token(header={"kid": "e1"}), "key", "key-algorithm"),
    "another key's signature": ("GET /idp", lambda i: i.token(RsaKey("k1", 1)), "signature", "bad-signature"),
    "changed claims": ("GET /idp", lambda i: broken(i.token(), 1, json.dumps({"iss": i.url})), "signature", "bad-signature"),
    "no expiry": ("GET /idp", lambda i: i.token(exp=None), "exp", "no-expiry"),
    "expired": ("GET /idp", lambda i: i.token(exp=seconds(-60)), "exp", "expired"),
    "a time in milliseconds": ("GET /idp", lambda i: i.token(exp=seconds(60) * 1000), "exp", "lifetime"),
    "not yet": ("GET /idp", lambda i: i.token(nbf=seconds(60)), "nbf", "not-before"),
    "from the future": ("GET /idp", lambda i: i.token(iat=seconds(60)), "iat", "future"),
    "another audience": ("GET /idp", lambda i: i.token(aud=["bank", "x"]), "aud", "audience"),
    "another client": ("GET /pool", lambda i: i.token(**{**POOL, "client_id": "b"}), "client_id", "audience"),
    "an id token": ("GET /pool", lambda i: i.token(**{**POOL, "token_use": "id", "aud": "app"}), "token_use", "token-use"),
    "another group": ("GET /pool", lambda i: i.token(**{**POOL, "cognito:groups": ["x"]}), "groups", "group"),
    "a claim as text": ("GET /strict", lambda i: i.token(**{**STRICT, "email_verified": "true"}), "claim email_verified", "claim"),
    "a missing role": ("GET /strict", lambda i: i.token(email_verified=True), "claim /realm/roles", "claim"),
    "another scope": ("GET /scoped", lambda i: i.token(scope="items/list"), "scope", "scope"),
}  # fmt: skip
GOOD = {
    "GET /idp": lambda i: i.token(),
    "GET /pool": lambda i: i.token(**POOL),
    "GET /strict": lambda i: i.token(**STRICT),
    "GET /scoped": lambda i: i.token(scp=["items/write"]),
}


@pytest.mark.parametrize("route", GOOD)
def test_a_good_token_passes(explain, issuer, route):
    status, told = explain(GOOD[route](issuer), "--route", route)
    assert status == PASSES and told["passes"] is True
    assert told["claims"]["sub"] == "user-1" and told["header"]["kid"] == "k1"
    assert {check["result"] for check in told["checks"]} == {"ok", "not checked"}


@pytest.mark.parametrize("name", CASES)
def test_what_is_wrong_is_said_by_the_check_that_finds_it(explain, issuer, name):
    route, make, check, reason = CASES[name]
    token = make(issuer)
    status, told = explain(token, "--route", route)
    assert (status, told["passes"], told["reason"]) == (REFUSED, False, reason)
    failed = [check for check in told["checks"] if check["result"] == "failed"]
    assert (failed[0]["check"], failed[0]["reason"]) == (check, reason)
    assert "found" in failed[0]
    assert token.split(".")[-1] not in json.dumps(told)


def test_the_daemon_has_the_same_word_for_each(issuer, start):
    """What refuses here is what refuses there: by the metric that counts reasons."""
    gateway = start(config_of(issuer))
    for route, make, _, reason in CASES.values():
        counted = gateway.metric("lambdagate_tokens_refused_total", reason=reason) or 0
        answer = gateway.get(route.split()[1], headers=bearer(make(issuer)))
        expect(answer, 403 if reason == "scope" else 401)
        assert gateway.metric("lambdagate_tokens_refused_total", reason=reason) == counted + 1, reason
    for route, make in GOOD.items():
        expect(gateway.get(route.split()[1], headers=bearer(make(issuer))), 200)


def test_every_reason_of_the_daemon_is_explained_here(issuer, start):
    gateway = start(config_of(issuer))
    text = gateway.get("/metrics", admin=True).body.decode()
    lines = [line for line in text.splitlines() if line.startswith("lambdagate_tokens_refused_total{")]
    known = {line.split('reason="')[1].split('"')[0] for line in lines}
    assert known - {"good"} == {reason for _, _, _, reason in CASES.values()}


# --- keys -----------------------------------------------------------------------------------------


def test_the_key_line_tells_where_keys_are_from_and_which_there_are(explain, issuer):
    _, told = explain(issuer.token(), "--authorizer", "idp")
    key = checks(told)["key"]
    assert key["found"] == '"k1"'
    assert f'{issuer.url}/jwks: "k1", "e1"' in key["expected"]


def test_keys_that_cannot_be_fetched_say_why(explain, issuer):
    try:
        issuer.broken = 503
        for name, what in (("idp", "cannot fetch its openid-configuration"), ("strict", "cannot fetch its keys")):
            status, told = explain(issuer.token(), "--authorizer", name)
            assert (status, told["reason"]) == (REFUSED, "unknown-kid")
            assert f"no keys: {what}: the answer is not 200 but 503" in checks(told)["key"]["found"]
            assert issuer.url in checks(told)["key"]["expected"]
            assert checks(told)["signature"]["result"] == "not checked"
            assert checks(told)["exp"]["result"] == "ok"
    finally:
        issuer.broken = None


def test_nobody_is_asked_for_keys_of_another_issuer(explain, issuer):
    before = issuer.fetches
    explain(issuer.token(iss="https://evil.example"), "--authorizer", "idp")
    assert issuer.fetches == before


# --- words and usage ------------------------------------------------------------------------------


def words(explain, *arguments, input=None):
    return run(COMMAND, "token", "--explain", *arguments, "--config", explain.file, input=input)


def test_in_words_each_check_is_a_line(explain, issuer):
    token = issuer.token(exp=seconds(-90), aud="bank")
    done = words(explain, f"Bearer {token}", "--route", "GET /scoped")
    assert done.returncode == REFUSED and done.stderr == ""
    lines = done.stdout.splitlines()
    assert "by the authorizer idp of " in lines[0] and lines[0].endswith("for the route GET /scoped")
    states = {line[:11].strip() for line in lines[5:-2]}
    assert states == {"ok", "FAILED", "not checked"}
    assert any(line.startswith("FAILED       exp ") and "(2" in line and " ago); expected" in line for line in lines)
    assert any(line.startswith('FAILED       aud        "bank"; expected "shop"') for line in lines)
    assert any(line.startswith('FAILED       scope      nothing; expected one of "items/read", ') for line in lines)
    assert lines[-1] == "It is refused (expired): it has expired."
    assert token.split(".")[2] not in done.stdout


def test_a_good_token_is_said_to_pass(explain, issuer):
    done = words(explain, "-", "--authorizer", "idp", input=issuer.token() + "\n")
    assert done.returncode == PASSES
    assert done.stdout.endswith("\nIt passes.\n")
    assert "not checked  scope      no --route was given\n" in done.stdout


def test_what_a_token_says_cannot_steer_the_terminal(explain, issuer):
    done = words(explain, "-", "--authorizer", "idp", input=issuer.token(aud="\x1b[2J\u009b\u202e"))
    assert "\\u001b[2J\\u009b\\u202e" in done.stdout
    assert not {"\x1b", "\x9b", "\u202e"} & set(done.stdout)


@pytest.mark.parametrize(
    "arguments, error",
    [
        (["--route", "GET /nowhere"], "there is no route GET /nowhere"),
        (["--route", "GET /idq"], 'did you mean "GET /idp"?'),
        (["--route", "GET /open"], "the route GET /open is public"),
        (["--authorizer", "shop"], "there is no authorizer shop, expected idp, strict or pool"),
        ([], "there are several authorizers, say --authorizer idp, strict or pool"),
        (["--api", "shop"], "--api goes with --route"),
        (["--quickstart"], "say --quickstart or --explain TOKEN"),
        (["--config", "/nowhere.yaml"], "cannot read /nowhere.yaml: No such file"),
    ],
    ids=str,
)
def test_wrong_usage_is_told(explain, arguments, error):
    done = run(COMMAND, "token", "--explain", "x", "--config", explain.file, *arguments)
    assert done.returncode == USAGE and done.stdout == ""
    assert error in done.stderr, done.stderr


def test_a_configuration_with_faults_judges_nothing(explain, tmp_path):
    explain.file.write_text(json.dumps({"authorizers": {"a": {"jwt": {"issuer": "https://i.example"}}}}))
    done = words(explain, "x")
    assert done.returncode == USAGE and 'found no "audience"' in done.stderr
    broken_file = {"issuer": "https://i.example", "audience": "x", "jwks_file": str(tmp_path / "none.json")}
    routes = {"GET /a": {"respond": {}, "authorizer": "a"}}
    explain.file.write_text(json.dumps({"authorizers": {"a": {"jwt": broken_file}}, "routes": routes}))
    done = words(explain, "x")
    assert done.returncode == USAGE and "none.json" in done.stderr


def test_a_function_that_decides_cannot_be_explained(explain):
    config = {
        "functions": {"who": {"workers": {"command": ["/bin/true"]}}},
        "authorizers": {"asks": {"lambda": {"function": "who"}}},
        "routes": {"GET /a": {"respond": {}, "authorizer": "asks"}},
    }
    explain.file.write_text(json.dumps(config))
    done = words(explain, "x", "--route", "GET /a")
    assert done.returncode == USAGE and "the authorizer asks is the function who, which alone knows" in done.stderr


def test_help_tells_of_both_halves():
    done = run(COMMAND, "help", "token")
    assert done.returncode == 0
    assert "--quickstart" in done.stdout and "--explain" in done.stdout and "Exit status" in done.stdout


def test_the_quickstarts_own_token_is_explained_without_options(tmp_path):
    environment = {"LAMBDAGATE_QUICKSTART": str(tmp_path)}
    config = ("--config", ROOT / "conf" / "quickstart.yaml")
    token = run(COMMAND, "token", "--quickstart", *config, environment=environment).stdout
    done = run(COMMAND, "token", "--explain", token.strip(), *config, environment=environment)
    assert done.returncode == PASSES, done.stdout
    payload = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert payload["jti"] in done.stdout
