"""What a function returned as an HTTP answer: payload format 2.0, structured and inferred."""

import base64
import json
import re

import pytest

from gateway import command_function, expect, python_function

ERROR = {"message": "Internal Server Error"}
CONFIG = {
    "functions": {
        "verbatim": command_function("verbatim", workers={"max": 2}),
        "chunked": command_function("chunked"),
        "error": command_function("error"),
        "act": python_function("act"),
    },
    "routes": {
        "POST /verbatim": {"function": "verbatim"},
        "POST /chunked": {"function": "chunked"},
        "POST /error": {"function": "error"},
        "POST /act": {"function": "act"},
    },
}


def result(gateway, value, route="/verbatim"):
    """The answer to a function that returned these bytes, or this document."""
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return gateway.send("POST", route, [("Content-Type", "application/json")], body)


@pytest.mark.parametrize(
    "returned, body",
    [
        (b'{"a":1}', '{"a":1}'),
        (b'{ "a" : 1.0 }', '{ "a" : 1.0 }'),
        (b'"Hello"', "Hello"),
        (b'"caf\xc3\xa9 \\"x\\" \\u20ac"', 'caf\u00e9 "x" \u20ac'),
        (b"42", "42"),
        (b"[1,2]", "[1,2]"),
        (b"true", "true"),
        (b"null", "null"),
        (b'""', ""),
        (b"bytes that are not JSON", "bytes that are not JSON"),
        (b'{"body":"x","headers":{"x-not":"sent"}}', '{"body":"x","headers":{"x-not":"sent"}}'),
    ],
    ids=repr,
)
def test_without_a_status_code_the_answer_is_inferred(gateway, returned, body):
    answer = expect(result(gateway, returned), 200, text=body)
    assert answer.header("content-type") == "application/json"
    assert answer.header("x-not") is None


def test_a_structured_answer_is_sent_as_it_says(gateway):
    answer = result(
        gateway,
        {
            "statusCode": 201,
            "headers": {"content-type": "application/json", "X-One": "a, b"},
            "cookies": ["sid=1; Secure; HttpOnly", "lang=nl"],
            "body": '{"id":7}',
            "isBase64Encoded": False,
        },
    )
    expect(answer, 201, text='{"id":7}')
    assert answer.header("content-type") == "application/json"
    assert answer.header("x-one") == "a, b"
    assert answer.all("set-cookie") == ["sid=1; Secure; HttpOnly", "lang=nl"]
    assert len(answer.header("apigw-requestid")) == 16


def test_without_a_content_type_a_structured_answer_is_plain_text(gateway):
    answer = expect(result(gateway, {"statusCode": 200, "body": "hi"}), 200, text="hi")
    assert answer.header("content-type") == "text/plain; charset=utf-8"


def test_cookies_come_before_a_set_cookie_header(gateway):
    answer = result(gateway, {"statusCode": 200, "cookies": ["a=1"], "headers": {"Set-Cookie": "b=2"}})
    assert expect(answer, 200).all("set-cookie") == ["a=1", "b=2"]


def test_a_base64_body_is_decoded(gateway):
    body = bytes(range(256))
    answer = result(
        gateway,
        {
            "statusCode": 200,
            "headers": {"content-type": "image/png"},
            "body": base64.b64encode(body).decode(),
            "isBase64Encoded": True,
        },
    )
    assert expect(answer, 200).body == body
    assert answer.header("content-length") == "256"


@pytest.mark.parametrize(
    "headers, name, value",
    [
        ({"x-number": 7}, "x-number", "7"),
        ({"x-true": True}, "x-true", "true"),
        ({"X-Case": "Kept"}, "x-case", "Kept"),
    ],
)
def test_header_values_become_text(gateway, headers, name, value):
    answer = expect(result(gateway, {"statusCode": 200, "headers": headers}), 200)
    assert answer.header(name) == value


@pytest.mark.parametrize(
    "document, status",
    [
        ({"statusCode": 200}, 200),
        ({"statusCode": "201"}, 201),
        ({"statusCode": 204}, 204),
        ({"statusCode": 404, "body": None}, 404),
        ({"statusCode": 200, "headers": None}, 200),
        ({"statusCode": 200, "unknown": {"member": 1}}, 200),
        ({"statusCode": 200, "multiValueHeaders": {"x-a": ["1"]}}, 200),
    ],
    ids=str,
)
def test_members_may_be_missing_and_unknown_ones_are_ignored(gateway, document, status):
    answer = expect(result(gateway, document), status)
    assert answer.body == b""
    assert answer.header("x-a") is None


@pytest.mark.parametrize(
    "document",
    [
        {"statusCode": 0},
        {"statusCode": 200.5},
        {"statusCode": "abc"},
        {"statusCode": None},
        {"statusCode": 99},
        {"statusCode": 1000},
        {"statusCode": 200, "body": "%%%", "isBase64Encoded": True},
        {"statusCode": 200, "headers": {"bad name": "x"}},
        {"statusCode": 200, "headers": {"x-bad": "a\r\nset-cookie: b=c"}},
        {"statusCode": 200, "headers": {"": "x"}},
        {"statusCode": 200, "cookies": ["a=b\r\nx: y"]},
    ],
    ids=str,
)
def test_a_malformed_answer_is_500_with_its_reason_in_the_log(gateway, document):
    answer = expect(result(gateway, document), 500, ERROR)
    assert not answer.all("set-cookie")
    request_id = re.escape(answer.header("apigw-requestid"))
    gateway.log.wait(rf"request \[{request_id}\] 500 malformed_answer: (?!no reason)")


def test_framing_headers_of_a_function_are_the_gateways_to_set(gateway):
    document = {
        "statusCode": 200,
        "headers": {"Content-Length": "3", "Transfer-Encoding": "chunked", "Connection": "close"},
        "body": "seven!!",
    }
    with gateway.peer() as peer:
        for _ in range(2):  # the connection must still be in step after it
            body = json.dumps(document).encode()
            peer.request("POST", "/verbatim", [("Content-Type", "application/json")], body)
            answer = peer.answer()
            if answer.status == 500:
                break
            expect(answer, 200, text="seven!!")
            if (answer.header("connection") or "") == "close":
                break


def test_a_chunked_result_arrives_as_any_other(gateway):
    expect(result(gateway, {"statusCode": 202, "body": "go"}, "/chunked"), 202, text="go")
    expect(result(gateway, b'"again"', "/chunked"), 200, text="again")


@pytest.mark.parametrize(
    "error",
    [
        {"errorType": "ValueError", "errorMessage": "secret detail", "stackTrace": ["  File ..."]},
        b"no JSON either",
        b"",
        {"statusCode": 200, "body": "not an answer"},
    ],
    ids=repr,
)
def test_a_function_error_is_500_and_tells_the_client_nothing(gateway, error):
    answer = result(gateway, error, "/error") if error else gateway.send("POST", "/error")
    expect(answer, 500, ERROR)
    assert b"secret" not in answer.body


def test_an_exception_of_a_handler_is_500_and_its_text_is_in_the_log(gateway):
    expect(gateway.post_json("/act", {"do": "fail", "text": "boom-7351"}), 500, ERROR)
    gateway.log.wait("boom-7351")


@pytest.mark.parametrize(
    "value, body",
    [("text", "text"), ({"k": [1, None]}, {"k": [1, None]}), (None, "null"), ("\u20ac", "\u20ac")],
    ids=repr,
)
def test_python_handlers_return_what_they_like(gateway, value, body):
    answer = expect(gateway.post_json("/act", {"do": "return", "value": value}), 200)
    if isinstance(body, str):
        assert answer.body.decode() == body
    else:
        assert answer.json() == body


def test_a_result_over_6_mb_is_500_and_the_worker_lives_on(gateway):
    before = expect(gateway.post_json("/act", {"do": "describe"}), 200).json()["pid"]
    expect(gateway.post_json("/act", {"do": "large", "size": 6 * 1024 * 1024 + 101}), 500, ERROR)
    assert expect(gateway.post_json("/act", {"do": "describe"}), 200).json()["pid"] == before


def test_a_result_just_within_6_mb_arrives(gateway):
    answer = expect(gateway.post_json("/act", {"do": "large", "size": 6 * 1024 * 1024}), 200)
    assert len(answer.body) == 6 * 1024 * 1024


def test_a_payload_over_6_mb_is_413(gateway):
    body = json.dumps({"do": "return", "value": 1, "fill": "x" * (6 * 1024 * 1024)})
    expect(gateway.post_json("/act", body), 413, {"message": "Request Entity Too Large"})
