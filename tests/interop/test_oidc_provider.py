"""Tokens of an OpenID Connect server that others wrote: discovery, audience, scopes, algorithms."""

import base64
import http.client
import json
from urllib.parse import urlencode

import pytest

from clients import SOURCES
from gateway import PATIENCE, Gateway, expect, python_function, wait_for
from issuer import b64, bearer
from ports import free_port
from servers import Server

pytestmark = [pytest.mark.smoke, pytest.mark.xdist_group("oidc")]

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]


class Provider(Server):
    def __init__(self, packages, folder, port=None):
        port = port or free_port()
        self.url = f"http://127.0.0.1:{port}"
        script = SOURCES / "oidc_provider/serve.mjs"
        super().__init__(["node", script, packages, port], port, folder, "/.well-known/openid-configuration")

    def token(self, algorithm="RS256", scope="items/read"):
        """By the client's credentials."""
        form = {"grant_type": "client_credentials", "resource": f"urn:{algorithm}", "scope": scope}
        secret = base64.b64encode(b"machine:secret-of-the-machine").decode()
        headers = {"content-type": "application/x-www-form-urlencoded", "authorization": f"Basic {secret}"}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request("POST", "/token", urlencode(form), headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        assert answer.status == 200, text
        return json.loads(text)["access_token"]


@pytest.fixture(scope="module")
def provider(installed, tmp_path_factory):
    with Provider(installed("oidc_provider"), tmp_path_factory.mktemp("provider")) as provider:
        yield provider


@pytest.fixture(scope="module")
def gateway(provider, tmp_path_factory):
    jwt = {"issuer": provider.url, "audience": ["shop"]}
    some = {"algorithms": ["ES256"], **jwt}
    authorizers = {
        "idp": {"jwt": jwt},
        "elliptic": {"jwt": some},
        "elsewhere": {"jwt": {**jwt, "audience": ["other"]}},
    }
    route = {"function": "echo", "authorizer": "idp"}
    routes = {
        "GET /": route,
        "GET /elliptic": {**route, "authorizer": "elliptic"},
        "GET /elsewhere": {**route, "authorizer": "elsewhere"},
        "GET /read": {**route, "scopes": ["items/read"]},
        "GET /write": {**route, "scopes": ["items/write"]},
    }
    config = {"authorizers": authorizers, "functions": {"echo": python_function("echo")}, "routes": routes}
    with Gateway(tmp_path_factory.mktemp("gateway"), config) as gateway:
        yield gateway


def status(gateway, target, token):
    return gateway.get(target, headers=bearer(token)).status


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_token_in_each_algorithm_lets_in_by_discovery_alone(gateway, provider, algorithm):
    token = provider.token(algorithm)
    event = expect(gateway.get("/", headers=bearer(token)), 200).json()
    claims = event["requestContext"]["authorizer"]["jwt"]["claims"]
    assert (claims["iss"], claims["client_id"], claims["scope"]) == (provider.url, "machine", "items/read")
    head = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
    assert head["typ"] == "at+jwt" and head["alg"] == algorithm
    assert status(gateway, "/elliptic", token) == (200 if algorithm == "ES256" else 401)


def test_a_token_for_another_audience_is_refused(gateway, provider):
    assert status(gateway, "/elsewhere", provider.token()) == 401
    gateway.log.wait("401 bad_token: it was made for another audience")


def test_scopes_are_those_that_the_server_granted(gateway, provider):
    reader, writer = provider.token(), provider.token(scope="items/read items/write")
    found = {(target, name): status(gateway, target, token) for target in ("/read", "/write")
             for name, token in (("reader", reader), ("writer", writer))}  # fmt: skip
    assert found == {("/read", "reader"): 200, ("/write", "reader"): 403,
                     ("/read", "writer"): 200, ("/write", "writer"): 200}  # fmt: skip
    assert status(gateway, "/write", provider.token("ES256", "")) == 403


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_changed_token_is_refused(gateway, provider, algorithm):
    head, claims, signature = provider.token(algorithm).split(".")
    other = provider.token(algorithm, "items/read items/write").split(".")
    assert status(gateway, "/", f"{head}.{other[1]}.{signature}") == 401
    assert status(gateway, "/", f"{b64(b'{}')}.{claims}.{signature}") == 401
    assert status(gateway, "/", f"{head}.{claims}.{signature[1:]}") == 401


def test_after_a_restart_with_new_keys_of_the_same_names_only_the_new_ones_count(installed, tmp_path, start):
    first = Provider(installed("oidc_provider"), tmp_path)
    jwt = {"issuer": first.url, "audience": ["shop"], "refresh": "1s"}
    config = {"loops": 1, "authorizers": {"idp": {"jwt": jwt}},
              "routes": {"GET /": {"respond": {"status": 204}, "authorizer": "idp"}}}  # fmt: skip
    with first:
        gateway = start(config)
        old = first.token()
        assert status(gateway, "/", old) == 204
    gateway.log.wait("cannot fetch its openid-configuration")
    assert status(gateway, "/", old) == 204, "keys that cannot be renewed are kept for a while"
    with Provider(installed("oidc_provider"), tmp_path, first.port) as second:
        new = second.token()
        wait_for("the new keys", lambda: status(gateway, "/", new) == 204)
        assert status(gateway, "/", old) == 401
