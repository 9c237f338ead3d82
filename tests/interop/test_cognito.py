"""A user signs in at a Cognito that others wrote, through the AWS SDK, and comes with the tokens."""

import base64
import json
import ssl
import subprocess
import time

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from certificates import Authority
from clients import SOURCES
from gateway import PATIENCE, Gateway, expect, python_function
from issuer import RsaKey, b64, bearer
from ports import free_port
from servers import Server

pytestmark = [pytest.mark.smoke, pytest.mark.xdist_group("cognito")]

POOL = "eu-west-1_AbCdEf123"
ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com"
PASSWORD = "Correct-horse-7"


class Cognito:
    """A user pool with two clients, two users, one of them in the group `admin`."""

    def __init__(self, packages, authority, folder):
        self.packages, self.authority, self.port = packages, authority, free_port()
        self.url = f"https://localhost:{self.port}"
        (folder / ".cognito/db").mkdir(parents=True)
        # A pool that is there when it starts has the name of its file; one that is made, has one that no
        # pool of AWS could have.
        (folder / f".cognito/db/{POOL}.json").write_text(json.dumps({"Users": {}, "Options": {"Id": POOL}}))
        authority.server("localhost")
        pem = authority.folder / "server.pem"
        config = {
            "TokenConfig": {"IssuerDomain": ISSUER},
            "UserPoolDefaults": {"UsernameAttributes": []},
            "ServerConfig": {"https": True, "hostname": "127.0.0.1", "port": self.port, "cert": str(pem), "key": str(pem)},
        }
        (folder / ".cognito/config.json").write_text(json.dumps(config))
        self.server = Server(
            ["node", packages / "node_modules/.bin/cognito-local"], self.port, folder, "/health",
            context=ssl.create_default_context(cafile=authority.file), HOST="127.0.0.1", PORT=str(self.port),
        )  # fmt: skip

    def ask(self, *commands):
        """The answers to (name, input) of the SDK."""
        done = subprocess.run(
            ["node", SOURCES / "cognito/ask.mjs", self.packages, self.url],
            input="".join(json.dumps(command) + "\n" for command in commands),
            capture_output=True, text=True, timeout=PATIENCE * 2,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "NODE_EXTRA_CA_CERTS": str(self.authority.file)},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        for command, answer in zip(commands, answers):
            assert "error" not in answer, f"{command}: {answer}"
        return answers

    def fill(self):
        flows = {"UserPoolId": POOL, "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]}
        clients = self.ask(
            ("CreateUserPoolClient", {**flows, "ClientName": "web"}),
            ("CreateUserPoolClient", {**flows, "ClientName": "other"}),
            ("CreateGroup", {"UserPoolId": POOL, "GroupName": "admin"}),
            *(command for user in ("zoe", "max") for command in (
                ("AdminCreateUser", {"UserPoolId": POOL, "Username": user, "MessageAction": "SUPPRESS"}),
                ("AdminSetUserPassword",
                 {"UserPoolId": POOL, "Username": user, "Password": PASSWORD, "Permanent": True}))),
            ("AdminAddUserToGroup", {"UserPoolId": POOL, "Username": "zoe", "GroupName": "admin"}),
        )  # fmt: skip
        self.client, self.other_client = (answer["UserPoolClient"]["ClientId"] for answer in clients[:2])

    def sign_in(self, user, client=None):
        """{"AccessToken": ..., "IdToken": ..., "RefreshToken": ...}"""
        parameters = {"USERNAME": user, "PASSWORD": PASSWORD}
        flow = {"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": client or self.client, "AuthParameters": parameters}
        return self.ask(("InitiateAuth", flow))[0]["AuthenticationResult"]


@pytest.fixture(scope="module")
def cognito(installed, tmp_path_factory):
    packages = installed("cognito")
    folder = tmp_path_factory.mktemp("cognito")
    cognito = Cognito(packages, Authority(tmp_path_factory.mktemp("authority")), folder)
    with cognito.server:
        cognito.fill()
        yield cognito


def config_of(cognito):
    pool = {
        "user_pool": POOL,
        "client_ids": [cognito.client],
        "jwks_url": f"{cognito.url}/{POOL}/.well-known/jwks.json",
        "ca_file": str(cognito.authority.file),
    }
    return {
        "authorizers": {
            "pool": {"cognito": pool},
            "id": {"cognito": {**pool, "token_use": "id"}},
            "any": {"cognito": {**pool, "token_use": "any"}},
            "admins": {"cognito": {**pool, "groups": ["admin"]}},
        },
        "functions": {"echo": python_function("echo")},
        "routes": {
            "GET /me": {"function": "echo", "authorizer": "pool"},
            "GET /id": {"function": "echo", "authorizer": "id"},
            "GET /any": {"function": "echo", "authorizer": "any"},
            "GET /admin": {"function": "echo", "authorizer": "admins"},
            "GET /user": {"function": "echo", "authorizer": "pool", "scopes": ["aws.cognito.signin.user.admin"]},
            "GET /items": {"function": "echo", "authorizer": "pool", "scopes": ["items/read"]},
        },
    }


@pytest.fixture(scope="module")
def gateway(cognito, tmp_path_factory):
    with Gateway(tmp_path_factory.mktemp("gateway"), config_of(cognito)) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def zoe(cognito):
    return cognito.sign_in("zoe")


def status(gateway, target, token):
    return gateway.get(target, headers=bearer(token)).status


def claims_of(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_an_access_token_lets_in_and_its_claims_reach_the_function(gateway, zoe):
    event = expect(gateway.get("/me", headers=bearer(zoe["AccessToken"])), 200).json()
    told = event["requestContext"]["authorizer"]["jwt"]["claims"]
    signed = claims_of(zoe["AccessToken"])
    for name in ("sub", "iss", "client_id", "token_use", "username", "scope", "jti"):
        assert told[name] == signed[name]
    assert told["iss"] == f"{ISSUER}/{POOL}" and told["username"] == "zoe"
    assert told["cognito:groups"] == "[admin]"
    assert told["exp"] == str(signed["exp"])


def test_each_kind_of_token_is_for_where_it_is_wanted(gateway, zoe):
    access, identity = zoe["AccessToken"], zoe["IdToken"]
    found = {target: (status(gateway, target, access), status(gateway, target, identity)) for target in ("/me", "/id", "/any")}
    assert found == {"/me": (200, 401), "/id": (401, 200), "/any": (200, 200)}
    assert status(gateway, "/any", zoe["RefreshToken"]) == 401


def test_the_token_of_another_client_is_refused(gateway, cognito):
    other = cognito.sign_in("zoe", cognito.other_client)
    for target, kind in (("/me", "AccessToken"), ("/id", "IdToken"), ("/any", "AccessToken")):
        assert status(gateway, target, other[kind]) == 401
    gateway.log.wait("it was made for another (client|audience)")


def test_groups_are_those_of_the_user(gateway, cognito, zoe):
    assert status(gateway, "/admin", zoe["AccessToken"]) == 200
    outsider = cognito.sign_in("max")["AccessToken"]
    assert status(gateway, "/me", outsider) == 200
    assert status(gateway, "/admin", outsider) == 401


def test_scopes_of_the_token_are_those_of_the_route(gateway, zoe):
    assert status(gateway, "/user", zoe["AccessToken"]) == 200
    answer = expect(gateway.get("/items", headers=bearer(zoe["AccessToken"])), 403, {"message": "Forbidden"})
    assert 'error="insufficient_scope"' in answer.header("www-authenticate")


def test_what_was_changed_is_refused(gateway, zoe):
    head, claims, signature = zoe["AccessToken"].split(".")
    made_admin = b64(json.dumps({**claims_of(zoe["AccessToken"]), "username": "root"}).encode())
    flipped = ("A" if signature[0] != "A" else "B") + signature[1:]
    unsigned = b64(b'{"alg":"none","kid":"CognitoLocal"}')
    for token in (f"{head}.{made_admin}.{signature}", f"{head}.{claims}.{flipped}", f"{unsigned}.{claims}.",
                  f"{unsigned}.{claims}.{signature}", f"{head}.{claims}"):  # fmt: skip
        assert status(gateway, "/me", token) == 401
    stranger = RsaKey("CognitoLocal")
    data = f"{head}.{claims}"
    assert status(gateway, "/me", f"{data}.{b64(stranger.sign(data.encode()))}") == 401


def test_a_token_that_the_pool_signed_and_that_has_expired_is_refused(gateway, cognito, zoe):
    """The server's key lies in its package: with it, the server's own token is made an old one."""
    key = RsaKey("CognitoLocal")
    file = cognito.packages / "node_modules/cognito-local/lib/keys/cognitoLocal.private.json"
    key.key = load_pem_private_key(json.loads(file.read_text())["pem"].encode(), None)

    def token(**changed):
        head = zoe["AccessToken"].split(".")[0]
        data = f"{head}.{b64(json.dumps({**claims_of(zoe['AccessToken']), **changed}).encode())}"
        return f"{data}.{b64(key.sign(data.encode()))}"

    now = int(time.time())
    assert status(gateway, "/me", token()) == 200
    assert status(gateway, "/me", token(exp=now - 1)) == 401
    assert status(gateway, "/me", token(iss=f"{ISSUER}/eu-west-1_Other0000")) == 401
    gateway.log.wait("401 expired_token: it has expired")
    gateway.log.wait('401 bad_token: its "iss" is not a configured issuer')


def test_without_the_authority_of_the_server_no_token_is_believed(cognito, zoe, start):
    config = config_of(cognito)
    for authorizer in config["authorizers"].values():
        del authorizer["cognito"]["ca_file"]
    gateway = start(config)
    gateway.log.wait("cannot fetch its keys: .*unable to get local issuer certificate")
    assert status(gateway, "/me", zoe["AccessToken"]) == 401
