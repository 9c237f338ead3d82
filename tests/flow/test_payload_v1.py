"""Payload format 1.0 end to end, as REST APIs and as HTTP APIs send it, through a real worker.

Whole events are compared with documents that follow the examples of the contract; then odd
requests by the hundred with what a model in Python (event_model.py) says of them.
"""

import json
import random
import re
import time

import pytest

import event_model
from gateway import expect, python_function

ACCOUNT = "210987654321"
VARIABLES = {"backend": "blue", "level": "3"}

CONFIG = {
    "account_id": ACCOUNT,
    "functions": {"echo": python_function("echo_answer", workers={"max": 2})},
    "apis": {
        "rest": {
            "kind": "rest",
            "stage": "prod",
            "api_id": "ab12cd34ef",
            "binary_media_types": ["image/png", "application/octet-stream"],
            "routes": {
                "ANY /echo": {"function": "echo"},
                "GET /shops/{shop}/{rest+}": {"function": "echo"},
                "ANY /{proxy+}": {"function": "echo"},
            },
        },
        "rest-host": {
            "kind": "rest",
            "stage": "live",
            "host": ["shop.example.com"],
            "base_path": "/v1",
            "stage_variables": VARIABLES,
            "routes": {"GET /items/{id}": {"function": "echo"}},
        },
        "http": {
            "kind": "http",
            "stage": "dev",
            "host": ["http.example.com"],
            "stage_variables": VARIABLES,
            "routes": {
                "PUT /shops/{shop}": {"function": "echo", "payload": "1.0"},
                "ANY /{proxy+}": {"function": "echo", "payload": "1.0"},
            },
        },
        "plain": {
            "kind": "http",
            "host": ["plain.example.com"],
            "routes": {
                "ANY /v1/{proxy+}": {"function": "echo", "payload": "1.0"},
                "ANY /v2/{proxy+}": {"function": "echo"},
                "$default": {"function": "echo", "payload": "1.0"},
            },
        },
    },
}

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
SHORT = r"[A-Za-z0-9_-]{15}="
TIME = r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000"
TRACE = r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}"


def event_of(gateway, method, target, headers=(), body=b""):
    return expect(gateway.send(method, target, headers, body), 200).json()


def settle(event, gateway):
    """Checks what differs from run to run, and puts a word in its place."""
    context = event["requestContext"]
    for name, shape in (("requestTime", TIME), ("extendedRequestId", SHORT)):
        assert re.fullmatch(shape, context[name]), context[name]
        context[name] = name
    assert abs(context["requestTimeEpoch"] / 1000 - time.time()) < 3600
    context["requestTimeEpoch"] = 0
    for name in ("headers", "multiValueHeaders"):
        trace = event[name]["X-Amzn-Trace-Id"]
        assert re.match(TRACE, trace if isinstance(trace, str) else trace[0])
        event[name]["X-Amzn-Trace-Id"] = "trace"
        port = event[name]["X-Forwarded-Port"]
        assert port in (str(gateway.port), [str(gateway.port)])
        event[name]["X-Forwarded-Port"] = "port"
    return event


NO_ONE = {
    "cognitoIdentityPoolId": None,
    "accountId": None,
    "cognitoIdentityId": None,
    "caller": None,
    "sourceIp": "127.0.0.1",
    "principalOrgId": None,
    "accessKey": None,
    "cognitoAuthenticationType": None,
    "cognitoAuthenticationProvider": None,
    "userArn": None,
    "userAgent": "curl/8.7.1",
    "user": None,
}


def test_a_rest_api_sends_the_documented_event(gateway):
    headers = [
        ("Host", "ab12cd34ef.execute-api.eu-west-1.amazonaws.com"),
        ("User-Agent", "curl/8.7.1"),
        ("Accept", "*/*"),
        ("x-tag", "one"),
        ("x-tag", "two"),
    ]
    target = "/prod/shops/caf%C3%A9/list%20a/?color=red&color=blue&empty"
    answer = gateway.send("GET", target, headers)
    event = settle(expect(answer, 200).json(), gateway)
    context = event["requestContext"]
    assert re.fullmatch(UUID, context["requestId"])
    assert answer.header("x-amzn-requestid") == context["requestId"]
    for name in ("resourceId", "deploymentId"):
        assert re.fullmatch(r"[a-z0-9]{6}", context[name])
    assert event == {
        "resource": "/shops/{shop}/{rest+}",
        "path": "/shops/caf%C3%A9/list%20a/",
        "httpMethod": "GET",
        "headers": {
            "Accept": "*/*",
            "Host": "ab12cd34ef.execute-api.eu-west-1.amazonaws.com",
            "User-Agent": "curl/8.7.1",
            "x-tag": "two",
            "X-Amzn-Trace-Id": "trace",
            "X-Forwarded-For": "127.0.0.1",
            "X-Forwarded-Port": "port",
            "X-Forwarded-Proto": "http",
        },
        "multiValueHeaders": {
            "Accept": ["*/*"],
            "Host": ["ab12cd34ef.execute-api.eu-west-1.amazonaws.com"],
            "User-Agent": ["curl/8.7.1"],
            "x-tag": ["one", "two"],
            "X-Amzn-Trace-Id": "trace",
            "X-Forwarded-For": ["127.0.0.1"],
            "X-Forwarded-Port": "port",
            "X-Forwarded-Proto": ["http"],
        },
        "queryStringParameters": {"color": "blue", "empty": ""},
        "multiValueQueryStringParameters": {"color": ["red", "blue"], "empty": [""]},
        "pathParameters": {"shop": "caf%C3%A9", "rest": "list%20a"},
        "stageVariables": None,
        "requestContext": {
            "resourceId": context["resourceId"],
            "resourcePath": "/shops/{shop}/{rest+}",
            "httpMethod": "GET",
            "extendedRequestId": "extendedRequestId",
            "requestTime": "requestTime",
            "path": "/prod/shops/caf%C3%A9/list%20a/",
            "accountId": ACCOUNT,
            "protocol": "HTTP/1.1",
            "stage": "prod",
            "domainPrefix": "ab12cd34ef",
            "requestTimeEpoch": 0,
            "requestId": context["requestId"],
            "identity": NO_ONE,
            "domainName": "ab12cd34ef.execute-api.eu-west-1.amazonaws.com",
            "deploymentId": context["deploymentId"],
            "apiId": "ab12cd34ef",
        },
        "body": None,
        "isBase64Encoded": False,
    }


def test_an_http_api_sends_the_documented_event(gateway):
    headers = [
        ("Host", "http.example.com"),
        ("user-agent", "curl/8.7.1"),
        ("content-type", "application/json"),
        ("cookie", "sid=9f2c77; theme=dark"),
        ("X-TAG", "one"),
        ("x-tag", "two"),
    ]
    answer = gateway.send("PUT", "/shops/caf%C3%A9?color=red&color=blue", headers, b'{"name":"x"}\n')
    event = settle(expect(answer, 200).json(), gateway)
    context = event["requestContext"]
    assert re.fullmatch(SHORT, context["requestId"])
    assert answer.header("apigw-requestid") == context["requestId"]
    single = {
        "Content-Length": "13",
        "Content-Type": "application/json",
        "Cookie": "sid=9f2c77; theme=dark",
        "Host": "http.example.com",
        "User-Agent": "curl/8.7.1",
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Proto": "http",
    }
    rest = {"X-Amzn-Trace-Id": "trace", "X-Forwarded-Port": "port"}
    assert event == {
        "version": "1.0",
        "resource": "/shops/{shop}",
        "path": "/dev/shops/caf%C3%A9",
        "httpMethod": "PUT",
        "headers": {**single, **rest, "X-Tag": "two"},
        "multiValueHeaders": {
            **{name: [value] for name, value in single.items()},
            **rest,
            "X-Tag": ["one", "two"],
        },
        "queryStringParameters": {"color": "blue"},
        "multiValueQueryStringParameters": {"color": ["red", "blue"]},
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": context["apiId"],
            "domainName": "http.example.com",
            "domainPrefix": "http",
            "extendedRequestId": "extendedRequestId",
            "httpMethod": "PUT",
            "identity": {**NO_ONE, "cognitoAmr": None},
            "path": "/dev/shops/caf\u00e9",
            "protocol": "HTTP/1.1",
            "requestId": context["requestId"],
            "requestTime": "requestTime",
            "requestTimeEpoch": 0,
            "resourceId": "PUT /shops/{shop}",
            "resourcePath": "/shops/{shop}",
            "stage": "dev",
        },
        "pathParameters": {"shop": "caf\u00e9"},
        "stageVariables": VARIABLES,
        "body": '{"name":"x"}\n',
        "isBase64Encoded": False,
    }


def test_the_ids_of_an_event_are_those_of_the_answer(gateway):
    answer = gateway.send("GET", "/prod/echo")
    context = expect(answer, 200).json()["requestContext"]
    assert answer.header("x-amzn-requestid") == context["requestId"]
    assert answer.header("x-amz-apigw-id") == context["extendedRequestId"]
    answer = gateway.send("GET", "/v1/x", [("Host", "plain.example.com")])
    context = expect(answer, 200).json()["requestContext"]
    assert answer.header("apigw-requestid") == context["requestId"] == context["extendedRequestId"]


def test_a_rest_api_on_a_host_with_a_base_path(gateway):
    event = event_of(gateway, "GET", "/v1/items/a%2Fb", [("Host", "shop.example.com:8080")])
    context = event["requestContext"]
    assert event["resource"] == context["resourcePath"] == "/items/{id}"
    assert event["path"] == context["path"] == "/v1/items/a%2Fb"
    assert event["pathParameters"] == {"id": "a%2Fb"}
    assert event["stageVariables"] == VARIABLES
    assert (context["stage"], context["domainName"]) == ("live", "shop.example.com")


def test_a_trailing_slash_and_slashes_at_the_front(gateway):
    event = event_of(gateway, "GET", "/prod//echo/")
    assert event["resource"] == "/echo"
    assert event["path"] == "/echo/"
    assert event["requestContext"]["path"] == "/prod//echo/"


def test_without_user_agent_and_query_there_is_null(gateway):
    event = event_of(gateway, "GET", "/prod/echo")
    for name in ("queryStringParameters", "multiValueQueryStringParameters", "pathParameters",
                 "stageVariables", "body"):  # fmt: skip
        assert event[name] is None
    assert event["requestContext"]["identity"]["userAgent"] is None
    event = event_of(gateway, "GET", "/x", [("Host", "plain.example.com")])
    assert event["requestContext"]["identity"]["userAgent"] == ""
    assert event["resource"] == event["requestContext"]["resourceId"] == "$default"


@pytest.mark.parametrize(
    "content_type, sent, body, encoded",
    [
        ("image/png", b"\x89PNG", "iVBORw==", True),
        ("Application/Octet-Stream; x=y", b"ab", "YWI=", True),
        ("image/gif", b"GIF8", "GIF8", False),
        ("application/x-www-form-urlencoded", b"a=1", "a=1", False),
        (None, b"caf\xc3\xa9", "caf\u00e9", False),
        ("text/plain", b"caf\xe9", "caf\ufffd", False),
        ("image/png", b"", None, False),
    ],
)
def test_bodies_of_a_rest_api_go_by_its_binary_media_types(gateway, content_type, sent, body, encoded):
    headers = [("Content-Type", content_type)] if content_type else []
    event = event_of(gateway, "POST", "/prod/echo", headers, sent)
    assert (event["body"], event["isBase64Encoded"]) == (body, encoded)


# --- odd requests, against the model -----------------------------------------------------------

PIECES = ["a", "Z9", "caf%C3%A9", "%20", "+", "%2B", "%2F", "%3F", "%25", "%ff", "%C3", "%e2%82%ac", "%00", "%zz",
          "%", "~", "-", "_", ".", "!", "$", "'", "(", "*", ",", ":", "@", "%22", "%5C", "%0A", "%F0%9F%98%80"]  # fmt: skip
NAMES = ["X-Tag", "x-tag", "X-TAG", "Accept", "accept-language", "Cookie", "cookie", "X_odd", "x-1a-B", "Expect-CT",
         "Server", "Max-Forwards", "Content-MD5", "WWW-Authenticate", "Via", "Proxy-Thing", "Keep-Alive",
         "!#$%&'*+.^`|~", "User-Agent", "Forwarded", "X-Amzn-Trace-Id-2"]  # fmt: skip
VALUES = ["", "1", "two words", "a,b", "a; b=\"c\"", "tab\there", "\\", '"', "caf\u00e9", "\u00ff\u00fe", "x" * 70,
          "a=1; b=2;;c", "{}", "</script>"]  # fmt: skip
TYPES = [None, "application/json", "text/plain; charset=utf-8", "image/png", "application/x-www-form-urlencoded",
         "TEXT/CSV", "application/octet-stream", "application/vnd.x+json", "*/*", ";", "image/png;a=b"]  # fmt: skip
BODIES = [b"", b"{}", b"caf\xc3\xa9", b"\xff\x00\xfe", b"a=1&b=2", b'"\\\n\t\x01', "\u20ac\U0001f600".encode(), b"\xc3"]


def some(chance, pieces, most):
    return "".join(chance.choice(pieces) for _ in range(chance.randint(1, most)))


def odd_target(chance, prefix):
    path = prefix + "/".join(["x"] + [some(chance, PIECES, 4) for _ in range(chance.randint(0, 4))])
    path += chance.choice(["", "", "/", "//x"])
    count = chance.choice([0, 0, 1, 3, 30])
    keys = [some(chance, PIECES, 2).replace("?", "") for _ in range(5)]
    pairs = [chance.choice(keys) + chance.choice(["", "=", "=" + some(chance, PIECES, 3)]) for _ in range(count)]
    query = "".join(pair + chance.choice(["&", "&", "&&", ";"]) for pair in pairs)
    return path + chance.choice(["?" + query if query else "", "?" + query])


def odd_headers(chance, host):
    """At most 80, so that their values stay within the limit of a head."""
    count = chance.choice([0, 2, 10, 80])
    headers = [(chance.choice(NAMES), chance.choice(VALUES)) for _ in range(count)]
    content_type = chance.choice(TYPES)
    if content_type:
        headers.append((chance.choice(["Content-Type", "content-type"]), content_type))
    return [("Host", host), *headers]


def as_sent(headers, body):
    values = [(name, value.strip(" \t")) for name, value in headers]
    return values + ([("Content-Length", str(len(body)))] if body else [])


def without_own(event):
    """Takes out what the gateway adds, and what the model says nothing of."""
    for name in ("headers", "multiValueHeaders"):
        for own in event_model.GATEWAYS:
            for spelling in (own, event_model.title(own)):
                event.get(name, {}).pop(spelling, None)
    return event


def compare(event, expected, request):
    event = without_own(event)
    found = {name: event.get(name) for name in expected}
    assert found == expected, f"of {request}"
    assert ("cookies" in event) == ("cookies" in expected or "cookies" in found)


@pytest.mark.parametrize("seed", range(6))
def test_odd_requests_arrive_as_the_contract_says(gateway, seed):
    chance = random.Random(seed)
    with gateway.peer() as peer:
        for _ in range(12):
            body = chance.choice(BODIES)
            for kind, host, prefix in (
                ("rest", "any.example.com", "/prod/"),
                ("http", "plain.example.com", "/v1/"),
                ("2.0", "plain.example.com", "/v2/"),
            ):
                headers, target = odd_headers(chance, host), odd_target(chance, prefix)
                peer.request("POST", target, headers, body)
                event = expect(peer.answer(), 200).json()
                sent = as_sent(headers, body)
                if kind == "rest":
                    binary = ("image/png", "application/octet-stream")
                    expected = event_model.event_1_0("rest", target, sent, body, "prod", binary)
                elif kind == "http":
                    expected = event_model.event_1_0("http", target, sent, body)
                else:
                    expected = event_model.event_2_0(target, sent, body)
                compare(event, expected, (kind, target, headers, body))


def test_a_hundred_headers_and_a_hundred_query_keys_arrive(gateway):
    headers = [("Host", "any.example.com")] + [(f"X-{i:03}", f"v{i}") for i in range(97)]
    target = "/prod/echo?" + "&".join(f"k{i:03}=%{i % 100:02d}x" for i in range(100))
    event = event_of(gateway, "GET", target, headers)
    assert {name: value for name, value in event["headers"].items() if name.startswith("X-0")} == dict(headers[1:])
    assert len(event["queryStringParameters"]) == 100


def test_a_large_body_is_turned_into_an_event_beside_the_loop(gateway):
    body = json.dumps({"text": "caf\u00e9 \U0001f600 \\ \"" * 40000}, ensure_ascii=False)
    event = event_of(gateway, "POST", "/prod/echo", [("Content-Type", "application/json")], body.encode())
    assert event["body"] == body
