"""Tokens at the door: who is let in, what the others hear, and how keys come and go."""

import json
import threading
import time

import pytest

from gateway import COMMAND, expect, python_function, run, wait_for
from issuer import EcKey, Issuer, RsaKey, bearer

UNAUTHORIZED = {"message": "Unauthorized"}


@pytest.fixture
def issuer():
    issuer = Issuer()
    yield issuer
    issuer.close()


def config_of(issuer, **more):
    jwt = {"issuer": issuer.url, "jwks_url": issuer.url + "/jwks", "audience": "shop", **more.pop("jwt", {})}
    return {
        "authorizers": {"idp": {"jwt": jwt, **more.pop("authorizer", {})}},
        "functions": {"echo": python_function("echo"), "answer": python_function("echo_answer")},
        "routes": {
            "GET /me": {"function": "echo", "authorizer": "idp"},
            "GET /me1": {"function": "answer", "authorizer": "idp", "payload": "1.0"},
            "GET /scoped": {"function": "echo", "authorizer": "idp", "scopes": ["items/read", "items/write"]},
            "GET /fixed": {"respond": {"json": {"ok": True}}, "authorizer": "idp"},
            "POST /fixed": {"respond": {"json": {"ok": True}}, "authorizer": "idp"},
            "GET /open": {"respond": {"json": {"ok": True}}, "authorizer": "none"},
        },
        **more,
    }


def refused(gateway, token, target="/fixed", status=401, message="Unauthorized"):
    headers = bearer(token) if token is not None else {}
    return expect(gateway.get(target, headers=headers), status, {"message": message})


# --- answers --------------------------------------------------------------------------------------


def test_a_good_token_lets_in_and_its_claims_are_in_the_event(issuer, start):
    gateway = start(config_of(issuer))
    claims = {"groups": ["a", "b"], "email_verified": True, "level": 7, "nothing": None, "o": {"k": [1]}}
    answer = expect(gateway.get("/me", headers=bearer(issuer.token(**claims))), 200)
    told = answer.json()["requestContext"]["authorizer"]
    assert told["jwt"]["scopes"] is None
    assert told["jwt"]["claims"]["sub"] == "user-1"
    assert told["jwt"]["claims"]["groups"] == "[a b]"
    assert told["jwt"]["claims"]["email_verified"] == "true"
    assert told["jwt"]["claims"]["level"] == "7"
    assert "nothing" not in told["jwt"]["claims"]


def test_format_1_has_the_claims_beside_the_scopes(issuer, start):
    gateway = start(config_of(issuer))
    event = expect(gateway.get("/me1", headers=bearer(issuer.token())), 200).json()
    assert event["requestContext"]["authorizer"]["claims"]["sub"] == "user-1"
    assert event["requestContext"]["authorizer"]["scopes"] is None


def test_no_client_can_forge_a_claim(issuer, start):
    gateway = start(config_of(issuer))
    forged = {"x-amzn-oidc-data": "forged", "authorizer": json.dumps({"jwt": {"claims": {"sub": "root"}}})}
    event = expect(gateway.get("/me", headers={**bearer(issuer.token()), **forged}), 200).json()
    assert event["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] == "user-1"


def test_without_a_token_the_answer_is_401_with_a_bare_challenge(issuer, start):
    gateway = start(config_of(issuer))
    for headers in ({}, {"authorization": ""}):
        answer = expect(gateway.get("/fixed", headers=headers), 401, UNAUTHORIZED)
        assert answer.header("www-authenticate") == "Bearer"
    expect(gateway.get("/open"), 200)


def test_a_bad_token_hears_no_reason_and_the_log_tells_it(issuer, start):
    gateway = start(config_of(issuer))
    answer = refused(gateway, issuer.token(aud="other"))
    assert answer.header("www-authenticate") == (
        'Bearer scope="" error="invalid_token" error_description="the token is not valid"'
    )
    gateway.log.wait(r"401 bad_token: it was made for another audience")
    assert gateway.metric("lambdagate_tokens_refused_total", reason="audience") == 1


@pytest.mark.parametrize(
    ("claims", "header"),
    [
        ({"exp": 1}, {}),
        ({"exp": None}, {}),
        ({"nbf": 4000000000}, {}),
        ({"iss": "https://elsewhere.example"}, {}),
        ({"aud": ["x", "y"]}, {}),
        ({}, {"alg": "none"}),
        ({}, {"alg": "HS256"}),
        ({}, {"kid": None}),
        ({}, {"crit": ["x"]}),
    ],
    ids=str,
)
def test_what_is_wrong_with_a_token_is_401(issuer, start, claims, header):
    gateway = start(config_of(issuer))
    refused(gateway, issuer.token(header=header, **claims))
    expect(gateway.get("/fixed", headers=bearer(issuer.token())), 200)


def test_two_authorization_fields_are_401(issuer, start):
    gateway = start(config_of(issuer))
    token = f"Bearer {issuer.token()}"
    with gateway.peer() as peer:
        peer.request("GET", "/fixed", [("Authorization", token), ("Authorization", token)])
        expect(peer.answer(), 401, UNAUTHORIZED)
        peer.expect_closed()
    expect(gateway.get("/fixed", headers={"authorization": token}), 200)


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ("Bearer {}", 200), ("bearer {}", 200), ("BEARER {}", 200), ("{}", 200),
        ("Bearer  {}", 401), ("Bearer\t{}", 401), ("Bearer", 401), ("Basic {}", 401), ("Bearer {},{}", 401),
        ("Bearer {} x", 401), ("Bearer {}=", 401),
    ],
)  # fmt: skip
def test_the_scheme_is_bearer_or_nothing(issuer, start, form, status):
    gateway = start(config_of(issuer))
    token = issuer.token()
    expect(gateway.get("/fixed", headers={"authorization": form.replace("{}", token)}), status)


def test_a_token_with_another_scope_is_403_and_one_of_them_is_enough(issuer, start):
    gateway = start(config_of(issuer))
    answer = refused(gateway, issuer.token(scope="items/delete items/rea"), "/scoped", 403, "Forbidden")
    assert 'scope="items/read items/write" error="insufficient_scope"' in answer.header("www-authenticate")
    refused(gateway, issuer.token(), "/scoped", 403, "Forbidden")
    for claims in ({"scope": "x items/write y"}, {"scp": ["items/read"]}):
        event = expect(gateway.get("/scoped", headers=bearer(issuer.token(**claims))), 200).json()
        scopes = event["requestContext"]["authorizer"]["jwt"]["scopes"]
        assert scopes == (["x", "items/write", "y"] if "scope" in claims else ["items/read"])


def test_a_token_that_is_too_long_is_refused_unread(issuer, start):
    gateway = start(config_of(issuer, authorizer={"token_bytes": "2KB"}))
    expect(gateway.get("/fixed", headers=bearer(issuer.token(filling="x" * 700))), 200)
    refused(gateway, issuer.token(filling="x" * 2000))
    assert gateway.metric("lambdagate_tokens_refused_total", reason="too-long") == 1


def test_the_body_is_not_read_before_the_token_is_judged(issuer, start):
    gateway = start(config_of(issuer))
    with gateway.peer() as peer:
        peer.request("POST", "/fixed", [("Content-Length", "1000000"), ("Expect", "100-continue")])
        expect(peer.answer(), 401, UNAUTHORIZED)


def test_a_token_may_come_in_the_query_or_in_a_cookie(issuer, start):
    places = ["$request.header.X-Token", "$request.querystring.token", "$request.cookie.session"]
    gateway = start(config_of(issuer, authorizer={"identity": places}))
    token = issuer.token()
    expect(gateway.get("/fixed", headers={"x-token": token}), 200)
    expect(gateway.get(f"/fixed?a=b&token={token}"), 200)
    expect(gateway.get("/fixed", headers={"cookie": f"a=b; session={token}"}), 200)
    expect(gateway.get("/fixed", headers=bearer(token)), 401)
    expect(gateway.get(f"/fixed?token={token}&token={token}"), 401)
    expect(gateway.get("/fixed", headers={"cookie": f"session={token}; session={token}"}), 401)


def test_required_claims_are_required_with_their_types(issuer, start):
    claims = {"email_verified": True, "/realm/roles": ["admin", "editor"]}
    gateway = start(config_of(issuer, jwt={"claims": claims}))
    good = {"email_verified": True, "realm": {"roles": ["x", "editor"]}}
    expect(gateway.get("/fixed", headers=bearer(issuer.token(**good))), 200)
    refused(gateway, issuer.token(**{**good, "email_verified": "true"}))
    refused(gateway, issuer.token(**{**good, "realm": {"roles": ["x"]}}))


# --- a REST API, and Cognito ---------------------------------------------------------------------------


def cognito_config(issuer, token_use, kind="rest"):
    cognito = {
        "user_pool": "eu-west-1_AbCdEf123",
        "client_ids": ["client"],
        "token_use": token_use,
        "issuer": issuer.url,
        "jwks_url": issuer.url + "/jwks",
    }
    routes = {
        "GET /plain": {"function": "echo"},
        "GET /scoped": {"function": "echo", "scopes": "items/read"},
    }
    return {
        "authorizers": {"pool": {"cognito": cognito}},
        "functions": {"echo": python_function("echo_answer")},
        "apis": {"shop": {"kind": kind, "stage": "prod", "base_path": "/shop", "authorizer": "pool", "routes": routes}},
    }


def access(issuer, **claims):
    return issuer.token(**{"aud": None, "client_id": "client", "token_use": "access", **claims})


def test_a_rest_api_wants_an_id_token_where_there_are_no_scopes_and_an_access_token_where_there_are(issuer, start):
    gateway = start(cognito_config(issuer, "by_scopes"))
    id_token = issuer.token(aud="client", token_use="id", scope="items/read")
    access_token = access(issuer, scope="items/read")
    expect(gateway.get("/shop/plain", headers=bearer(id_token)), 200)
    expect(gateway.get("/shop/scoped", headers=bearer(access_token)), 200)
    for target, token in (("/shop/plain", access_token), ("/shop/scoped", id_token)):
        answer = refused(gateway, token, target)
        assert answer.header("x-amzn-errortype") == "UnauthorizedException"
        assert answer.header("www-authenticate") is None
    refused(gateway, access(issuer, scope="other"), "/shop/scoped")
    refused(gateway, access(issuer, exp=1000, scope="items/read"), "/shop/scoped",
            message="The incoming token has expired")  # fmt: skip


@pytest.mark.parametrize("use", ["access", "id", "any"])
def test_token_use_decides_which_of_cognitos_tokens_will_do(issuer, start, use):
    gateway = start(cognito_config(issuer, use, kind="http"))
    tokens = {"access": access(issuer), "id": issuer.token(aud="client", token_use="id")}
    for kind, token in tokens.items():
        expect(gateway.get("/shop/plain", headers=bearer(token)), 200 if use in (kind, "any") else 401)
    refused(gateway, access(issuer, client_id="other"), "/shop/plain")
    refused(gateway, issuer.token(aud=["client"], token_use="id"), "/shop/plain")


# --- keys ----------------------------------------------------------------------------------------------


def test_keys_are_found_by_discovery(issuer, start):
    config = config_of(issuer)
    del config["authorizers"]["idp"]["jwt"]["jwks_url"]
    gateway = start(config)
    expect(gateway.get("/fixed", headers=bearer(issuer.token())), 200)


@pytest.mark.parametrize(
    ("discovery", "said"),
    [
        ({"issuer": "https://evil.example"}, "names another issuer"),
        ({"jwks_uri": "http://127.0.0.2:1/jwks"}, "lies on another host"),
        ({"jwks_uri": None}, 'has no "jwks_uri"'),
    ],
)
def test_a_discovery_document_that_leads_elsewhere_is_not_followed(issuer, start, discovery, said):
    issuer.discovery = discovery
    config = config_of(issuer)
    del config["authorizers"]["idp"]["jwt"]["jwks_url"]
    gateway = start(config)
    gateway.log.wait(said)
    refused(gateway, issuer.token())
    assert issuer.fetches == 0


def test_a_new_key_is_fetched_when_a_token_names_it(issuer, start):
    gateway = start(config_of(issuer))
    expect(gateway.get("/fixed", headers=bearer(issuer.token())), 200)
    new = RsaKey("k2")
    issuer.keys = [new]
    old_token = issuer.token(RsaKey("k1"))
    expect(gateway.get("/fixed", headers=bearer(issuer.token(new))), 200)
    assert issuer.fetches == 2
    refused(gateway, old_token)


def test_a_withdrawn_key_ends_what_was_remembered_of_it(issuer, start):
    first, second = issuer.keys[0], RsaKey("k2")
    gateway = start(config_of(issuer))
    token = issuer.token(first)
    for _ in range(3):
        expect(gateway.get("/fixed", headers=bearer(token)), 200)
    issuer.keys = [second]
    expect(gateway.get("/fixed", headers=bearer(issuer.token(second))), 200)
    refused(gateway, token)


def test_unknown_keys_cost_one_fetch_in_ten_seconds(issuer, start):
    gateway = start(config_of(issuer))
    gateway.log.wait("ready: ")
    stranger, began = RsaKey("x"), time.monotonic()
    for number in range(50):
        stranger.kid = f"random-{number}"
        refused(gateway, issuer.token(stranger))
    assert 2 <= issuer.fetches <= 2 + (time.monotonic() - began) // 10
    expect(gateway.get("/fixed", headers=bearer(issuer.token())), 200)


def test_many_who_wait_for_keys_share_one_fetch(issuer, start):
    gateway = start(config_of(issuer, loops=2))
    gateway.log.wait("ready: ")
    new = RsaKey("k2")
    issuer.keys.append(new)
    issuer.broken = "hang"
    token, answers = issuer.token(new), []
    threads = [
        threading.Thread(target=lambda: answers.append(gateway.get("/fixed", headers=bearer(token))))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    wait_for("the fetch for the new key", lambda: issuer.fetches == 2)
    expect(gateway.get("/open"), 200)
    issuer.broken = None
    issuer.held.set()
    for thread in threads:
        thread.join()
    assert [answer.status for answer in answers] == [200] * 20
    assert issuer.fetches == 2


def test_a_client_that_leaves_while_keys_are_fetched_harms_nobody(issuer, start):
    gateway = start(config_of(issuer))
    gateway.log.wait("ready: ")
    new = RsaKey("k2")
    issuer.keys.append(new)
    issuer.broken = "hang"
    with gateway.peer() as peer:
        peer.request("GET", "/fixed", [("Authorization", issuer.token(new))])
        wait_for("the fetch for the new key", lambda: issuer.fetches == 2)
    gateway.log.wait(r"client left")
    issuer.broken = None
    issuer.held.set()
    wait_for("the new key", lambda: gateway.get("/fixed", headers=bearer(issuer.token(new))).status == 200)


def test_keys_that_never_came_refuse_and_come_by_themselves(issuer, start):
    issuer.broken = 500
    gateway = start(config_of(issuer))
    gateway.log.wait("cannot fetch its keys: the answer is not 200")
    refused(gateway, issuer.token())
    expect(gateway.get("/open"), 200)
    issuer.broken = None
    wait_for("the keys", lambda: gateway.get("/fixed", headers=bearer(issuer.token())).status == 200)


def test_with_distinct_errors_missing_keys_are_503(issuer, start):
    issuer.broken = 500
    gateway = start(config_of(issuer, errors="distinct"))
    expect(gateway.get("/fixed", headers=bearer(issuer.token())), 503, {"message": "Service Unavailable"})
    expect(gateway.get("/fixed"), 401, UNAUTHORIZED)


def test_the_last_good_keys_are_kept_when_they_cannot_be_renewed(issuer, start):
    gateway = start(config_of(issuer, jwt={"refresh": "1s"}))
    expect(gateway.get("/fixed", headers=bearer(issuer.token())), 200)
    issuer.broken = 500
    seen = issuer.fetches
    wait_for("a fetch that fails", lambda: issuer.fetches > seen + 1)
    expect(gateway.get("/fixed", headers=bearer(issuer.token())), 200)


def test_keys_that_cannot_be_renewed_for_too_long_are_dropped(issuer, start):
    gateway = start(config_of(issuer, jwt={"refresh": "1s", "stale": "0s"}))
    expect(gateway.get("/fixed", headers=bearer(issuer.token())), 200)
    issuer.broken = 500
    gateway.log.wait("they are dropped")
    wait_for("refusal", lambda: gateway.get("/fixed", headers=bearer(issuer.token())).status == 401)


def test_a_set_with_a_bad_key_is_used_without_it(start):
    good, bad = RsaKey("good"), EcKey("bad")
    issuer = Issuer(good, bad)
    broken = {**bad.jwk(), "d": "AQAB"}
    bad.jwk = lambda: broken
    try:
        gateway = start(config_of(issuer))
        gateway.log.wait(r"keys\[1\] is left out: it shows a private key")
        expect(gateway.get("/fixed", headers=bearer(issuer.token(good))), 200)
        refused(gateway, issuer.token(bad))
    finally:
        issuer.close()


def test_keys_from_a_file_are_never_fetched(issuer, start, tmp_path):
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"keys": [key.jwk() for key in issuer.keys]}))
    config = config_of(issuer)
    config["authorizers"]["idp"]["jwt"] = {"issuer": issuer.url, "jwks_file": str(file), "any_audience": True}
    gateway = start(config)
    expect(gateway.get("/fixed", headers=bearer(issuer.token(aud="whatever"))), 200)
    refused(gateway, issuer.token(RsaKey("k2")))
    assert issuer.fetches == 0


def test_a_file_without_keys_is_a_configuration_error(issuer, tmp_path):
    file = tmp_path / "keys.json"
    file.write_text('{"keys": []}')
    config = config_of(issuer)
    config["authorizers"]["idp"]["jwt"] = {"issuer": issuer.url, "jwks_file": str(file), "audience": "x"}
    (tmp_path / "gateway.json").write_text(json.dumps(config))
    done = run(COMMAND, "check", tmp_path / "gateway.json")
    assert done.returncode == 1
    assert "not a set of keys: none of its keys can be used" in done.stderr + done.stdout


def test_several_issuers_have_keys_of_their_own(start):
    a, b = Issuer(RsaKey("same", 0)), Issuer(RsaKey("same", 1))
    try:
        jwt = lambda issuer: {"jwt": {"issuer": issuer.url, "jwks_url": issuer.url + "/jwks", "audience": "shop"}}  # noqa: E731
        config = config_of(a)
        config["authorizers"]["idp"] = {"issuers": {"a": jwt(a), "b": jwt(b)}}
        gateway = start(config)
        for issuer, other in ((a, b), (b, a)):
            expect(gateway.get("/fixed", headers=bearer(issuer.token())), 200)
            refused(gateway, other.token(iss=issuer.url))
    finally:
        a.close()
        b.close()


# --- reload and readiness ------------------------------------------------------------------------------


def test_a_reload_keeps_the_keys_of_issuers_that_stay(issuer, start):
    gateway = start(config_of(issuer))
    gateway.log.wait("ready: ")
    issuer.broken = 500
    for number in range(20):
        gateway.write(config_of(issuer, stage_variables={"n": str(number)}))
        assert run(COMMAND, "reload", "--admin", f"127.0.0.1:{gateway.admin_port}").returncode == 0
        expect(gateway.get("/fixed", headers=bearer(issuer.token())), 200)
    assert issuer.fetches == 1


def test_an_issuer_that_leaves_the_configuration_is_believed_no_more(issuer, start):
    other = Issuer(RsaKey("k9"))
    try:
        gateway = start(config_of(issuer))
        expect(gateway.get("/fixed", headers=bearer(issuer.token())), 200)
        gateway.log.wait("ready: ")
        gateway.write(config_of(other))
        assert run(COMMAND, "reload", "--admin", f"127.0.0.1:{gateway.admin_port}").returncode == 0
        refused(gateway, issuer.token())
        wait_for("the keys", lambda: gateway.get("/fixed", headers=bearer(other.token())).status == 200)
    finally:
        other.close()


def test_the_daemon_is_not_ready_before_it_has_asked_for_keys(issuer, start):
    issuer.broken = "hang"
    gateway = start(config_of(issuer), wait=False)
    wait_for("the fetch", lambda: issuer.fetches == 1)
    assert not gateway.log.find(r"ready: ")
    issuer.broken = None
    issuer.held.set()
    gateway.log.wait(r"ready: ")


# --- what is remembered ----------------------------------------------------------------------------------


def test_a_token_ends_at_its_time_also_when_it_is_remembered(issuer, start):
    gateway = start(config_of(issuer))
    gateway.log.wait("ready: ")
    for life in (3, 9, 27):
        ends = int(time.time()) + life
        token = issuer.token(exp=ends)
        first = gateway.get("/fixed", headers=bearer(token))
        if time.time() < ends:
            break  # it was asked and answered in its time
    expect(first, 200)
    wait_for("the end of the token", lambda: gateway.get("/fixed", headers=bearer(token)).status == 401)
    assert time.time() >= ends


def test_what_is_remembered_is_of_one_authorizer_alone(issuer, start):
    config = config_of(issuer)
    config["authorizers"]["strict"] = {
        "jwt": {"issuer": issuer.url, "jwks_url": issuer.url + "/jwks", "audience": "other"}
    }
    config["routes"]["GET /strict"] = {"respond": {"status": 200}, "authorizer": "strict"}
    gateway = start(config)
    token = issuer.token()
    expect(gateway.get("/fixed", headers=bearer(token)), 200)
    refused(gateway, token, "/strict")


def test_a_token_that_was_changed_is_judged_anew(issuer, start):
    gateway = start(config_of(issuer, loops=1))
    token = issuer.token()
    expect(gateway.get("/fixed", headers=bearer(token)), 200)
    head, payload, signature = token.split(".")
    refused(gateway, f"{head}.{payload}.{signature[:-6]}AAAAAA")


def test_nothing_is_remembered_with_a_cache_of_zero(issuer, start):
    gateway = start(config_of(issuer, limits={"token_cache": 0}))
    token = issuer.token()
    for _ in range(3):
        expect(gateway.get("/fixed", headers=bearer(token)), 200)
