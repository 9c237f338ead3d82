"""What a function returned as an HTTP answer: payload format 1.0, strict for REST APIs."""

import base64
import json
import re

import pytest

from gateway import command_function, expect, python_function

REST_ERROR = {"message": "Internal server error"}
HTTP_ERROR = {"message": "Internal Server Error"}
CONFIG = {
    "functions": {
        "verbatim": command_function("verbatim", workers={"max": 2}),
        "act": python_function("act"),
    },
    "apis": {
        "rest": {
            "kind": "rest",
            "stage": "prod",
            "binary_media_types": ["image/png"],
            "routes": {"POST /verbatim": {"function": "verbatim"}, "POST /act": {"function": "act"}},
        },
        "http": {
            "host": "http.example.com",
            "routes": {"POST /verbatim": {"function": "verbatim", "payload": "1.0"}},
        },
    },
}


def rest(gateway, value, headers=(), route="/prod/verbatim"):
    """The answer of the REST API to a function that returned these bytes, or this document."""
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return gateway.send("POST", route, [("Content-Type", "application/json"), *headers], body)


def http(gateway, value):
    headers = [("Host", "http.example.com"), ("Content-Type", "application/json")]
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return gateway.send("POST", "/verbatim", headers, body)


def test_a_rest_answer_is_sent_as_it_says(gateway):
    answer = rest(
        gateway,
        {
            "statusCode": 201,
            "headers": {"Content-Type": "text/csv", "X-One": "solo", "X-Flag": True},
            "multiValueHeaders": {"Set-Cookie": ["a=1; Path=/", "b=2; Path=/"], "x-one": ["m1", "m2"]},
            "body": '{"ok":true}',
            "isBase64Encoded": False,
        },
    )
    expect(answer, 201, text='{"ok":true}')
    assert answer.header("content-type") == "text/csv"
    assert answer.all("set-cookie") == ["a=1; Path=/", "b=2; Path=/"]
    assert ("x-one", "m1, m2, solo") in answer.headers
    assert answer.header("x-flag") == "true"


@pytest.mark.parametrize(
    "document, status",
    [({}, 200), ({"headers": {"x": "y"}}, 200), ({"statusCode": "404"}, 404), ({"body": None}, 200)],
    ids=str,
)
def test_every_key_of_a_rest_answer_is_optional(gateway, document, status):
    answer = expect(rest(gateway, document), status, text="")
    assert answer.header("content-type") == "application/json"
    assert answer.header("content-length") == "0"


@pytest.mark.parametrize(
    "returned",
    [
        b'"Hello"', b"42", b"[]", b"null", b"not JSON", b"{",
        {"statusCode": 200, "unknown": 1},
        {"statusCode": 200, "cookies": ["a=1"]},
        {"statusCode": 0}, {"statusCode": "abc"}, {"statusCode": 99},
        {"body": {"a": 1}}, {"body": [1]},
        {"headers": {"a": {}}}, {"headers": {"a": 1}}, {"headers": ["a"]},
        {"multiValueHeaders": {"a": "b"}},
        {"headers": {"a": "b\r\nc: d"}},
    ],
    ids=repr,
)  # fmt: skip
def test_a_malformed_rest_answer_is_502_with_its_reason_in_the_log(gateway, returned):
    answer = expect(rest(gateway, returned), 502, REST_ERROR)
    assert answer.header("x-amzn-errortype") == "InternalServerErrorException"
    assert len(answer.body) == 36
    gateway.log.wait(
        rf"request \[{re.escape(answer.header('x-amzn-requestid'))}\] 502 malformed_answer: found"
    )


def test_a_function_of_a_rest_api_that_fails_is_502(gateway):
    answer = rest(gateway, {"do": "fail", "text": "secret detail"}, route="/prod/act")
    expect(answer, 502, REST_ERROR)
    assert b"secret" not in answer.body


@pytest.mark.parametrize(
    "accept, decoded",
    [
        ("image/png", True),
        ("image/png;q=0.8, text/html", True),
        ("text/html, image/png", False),
        ("*/*", False),
        ("image/*", False),
        (None, False),
    ],
)
def test_base64_of_a_rest_answer_is_decoded_for_clients_that_accept_it(gateway, accept, decoded):
    body = bytes(range(256))
    document = {"headers": {"Content-Type": "image/png"}, "body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    answer = expect(rest(gateway, document, [("Accept", accept)] if accept else []), 200)
    assert answer.body == (body if decoded else base64.b64encode(body))


def test_base64_of_a_large_rest_answer_is_decoded_beside_the_loop(gateway):
    body = bytes(range(256)) * 2048
    document = {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    assert expect(rest(gateway, document, [("Accept", "image/png")]), 200).body == body


def test_what_is_no_base64_is_500_for_clients_that_accept_bytes(gateway):
    document = {"body": "a*b=", "isBase64Encoded": True}
    answer = expect(rest(gateway, document, [("Accept", "image/png")]), 500, REST_ERROR)
    gateway.log.wait(
        rf"request \[{re.escape(answer.header('x-amzn-requestid'))}\] 500 answer_not_base64: found"
    )
    expect(rest(gateway, document), 200, text="a*b=")


def test_a_rest_api_renames_what_is_the_gateways(gateway):
    headers = {"Date": "yesterday", "Server": "mine", "Content-Length": "3", "Connection": "close",
               "x-amzn-RequestId": "mine", "WWW-Authenticate": "Basic", "Transfer-Encoding": "chunked",
               "X-Amzn-Trace-Id": "mine", "x-amz-apigw-id": "mine", "Via": "1.1 me"}  # fmt: skip
    with gateway.peer() as peer:
        for _ in range(2):  # the connection must still be in step after it
            body = json.dumps({"headers": headers, "body": "seven!!"}).encode()
            peer.request("POST", "/prod/verbatim", [("Content-Type", "application/json")], body)
            answer = expect(peer.answer(), 200, text="seven!!")
    for name in ("Date", "Server", "Content-Length", "Connection", "x-amzn-RequestId", "WWW-Authenticate"):
        assert (f"x-amzn-Remapped-{name}", headers[name]) in answer.headers
    assert answer.header("content-length") == "7"
    assert answer.header("date") != "yesterday"
    for name in ("x-amzn-requestid", "x-amz-apigw-id", "x-amzn-trace-id"):
        assert answer.header(name) != "mine"
    for name in ("server", "www-authenticate", "via", "transfer-encoding"):
        assert answer.header(name) is None


ROOT = "Root=1-6a5145a8-3c8b0e8d5e0b7c1a2f3d4e5f"


@pytest.mark.parametrize(
    "sent, answered",
    [
        (None, r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0"),
        (ROOT, ROOT + r";Parent=[0-9a-f]{16};Sampled=0"),
        (ROOT + ";Parent=0123456789abcdef;Sampled=1", ROOT + ";Parent=0123456789abcdef;Sampled=1"),
    ],
)
def test_a_rest_api_answers_with_the_trace_that_it_continued(gateway, sent, answered):
    answer = expect(rest(gateway, {}, [("X-Amzn-Trace-Id", sent)] if sent else []), 200)
    assert re.fullmatch(answered, answer.header("x-amzn-trace-id"))
    assert expect(http(gateway, {"statusCode": 200}), 200).header("x-amzn-trace-id") is None


def test_an_http_answer_of_format_1_0_is_lenient(gateway):
    answer = http(
        gateway,
        {
            "statusCode": 200,
            "unknown": 1,
            "headers": {"X-One": "solo", "X-Number": 7, "Set-Cookie": "c=3", "Server": "mine", "Connection": "close"},
            "multiValueHeaders": {"x-one": ["m1", "m2"], "set-cookie": ["a=1"]},
            "body": "aGk=",
            "isBase64Encoded": True,
        },
    )
    expect(answer, 200, text="hi")
    assert answer.header("x-one") == "solo, m1, m2"
    assert answer.all("set-cookie") == ["c=3", "a=1"]
    assert answer.header("x-number") == "7"
    assert answer.header("server") == "mine"
    assert answer.header("content-type") == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    "returned",
    [b'"Hello"', b"null", {"body": "x"}, {}, {"statusCode": None}, {"statusCode": 200, "body": {}},
     {"statusCode": 200, "body": "a*b=", "isBase64Encoded": True}],
    ids=repr,
)  # fmt: skip
def test_a_malformed_http_answer_of_format_1_0_is_500(gateway, returned):
    answer = expect(http(gateway, returned), 500, HTTP_ERROR)
    gateway.log.wait(
        rf"request \[{re.escape(answer.header('apigw-requestid'))}\] 500 malformed_answer: found"
    )
