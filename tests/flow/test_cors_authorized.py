"""CORS and mappings beside an authorizer: leave is asked without a token, claims come from it alone."""

import pytest

from gateway import expect, python_function
from issuer import Issuer, bearer

APP = "https://app.example.com"


@pytest.fixture(scope="module")
def issuer():
    issuer = Issuer()
    yield issuer
    issuer.close()


@pytest.fixture
def gateway(issuer, start):
    mapped = {
        "overwrite:header.x-user": "$context.authorizer.claims.sub",
        "overwrite:header.x-groups": "${context.authorizer.jwt.claims['custom:groups']}",
        "overwrite:header.x-missing": "$context.authorizer.claims.missing",
    }
    api = {"authorizer": "idp", "cors": {"allow_origins": APP, "allow_methods": ["GET"]}}
    return start(
        {
            "functions": {"echo": python_function("echo")},
            "authorizers": {"idp": {"jwt": {"issuer": issuer.url, "jwks_url": issuer.url + "/jwks", "audience": "shop"}}},
            "apis": {
                "http": {
                    **api,
                    "host": "http.test",
                    "routes": {"GET /x": {"function": "echo", "request_parameters": mapped}},
                },
                "default": {**api, "host": "default.test", "routes": {"$default": {"function": "echo"}}},
                "rest": {
                    **api,
                    "kind": "rest",
                    "host": "rest.test",
                    "stage": "prod",
                    "routes": {"GET /x": {"function": "echo"}},
                },
            },
        }
    )


def ask(gateway, host, method="OPTIONS", target="/x", headers=()):
    fields = [("Host", host), ("Origin", APP)]
    if method == "OPTIONS":
        fields.append(("Access-Control-Request-Method", "GET"))
    return gateway.send(method, target, [*fields, *headers])


@pytest.mark.parametrize("host", ["http.test", "rest.test"])
def test_a_preflight_needs_no_token(gateway, host):
    answer = expect(ask(gateway, host), 204)
    assert answer.header("access-control-allow-origin") == APP
    assert answer.header("access-control-allow-methods") == "GET"


@pytest.mark.parametrize("host", ["http.test", "rest.test"])
def test_a_page_can_read_that_it_needs_a_token(gateway, host):
    answer = expect(ask(gateway, host, "GET"), 401, {"message": "Unauthorized"})
    assert answer.header("access-control-allow-origin") == APP


def test_a_default_route_with_an_authorizer_refuses_preflights(gateway):
    expect(ask(gateway, "default.test"), 401)


def test_claims_reach_the_function_as_headers_that_no_client_can_set(gateway, issuer):
    token = issuer.token(sub="user-17", **{"custom:groups": ["a", "b"]})
    forged = [("X-User", "root"), ("X-Missing", "root")]
    event = expect(ask(gateway, "http.test", "GET", headers=[*bearer(token).items(), *forged]), 200).json()
    assert event["headers"]["x-user"] == "user-17"
    assert event["headers"]["x-groups"] == "[a b]"
    assert "x-missing" not in event["headers"]
