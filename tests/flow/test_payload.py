"""Payload format 2.0 end to end: the event that a handler gets, member by member.

Absent is absent and never null; names are lower-case, repeats are joined, paths are decoded.
"""

import base64
import json
import re
import time

import pytest

from gateway import expect, python_function

CONFIG = {
    "functions": {"echo": python_function("echo", workers={"max": 2})},
    "routes": {
        "ANY /echo": {"function": "echo"},
        "GET /shops/{shop}/{rest+}": {"function": "echo"},
        "PUT /shops/{shop}": {"function": "echo"},
        "$default": {"function": "echo"},
    },
}


def event_of(gateway, method, target, headers=(), body=b"", version="HTTP/1.1"):
    return expect(gateway.send(method, target, headers, body, version), 200).json()


def test_a_plain_get_has_exactly_the_members_of_the_contract(gateway):
    answer = gateway.send("GET", "/echo", [("User-Agent", "curl/8.7.1")])
    event = expect(answer, 200).json()
    assert set(event) == {
        "version", "routeKey", "rawPath", "rawQueryString", "headers", "requestContext", "isBase64Encoded",
    }  # fmt: skip
    assert event["version"] == "2.0"
    assert event["routeKey"] == "ANY /echo"
    assert event["rawPath"] == "/echo"
    assert event["rawQueryString"] == ""
    assert event["isBase64Encoded"] is False
    context = event["requestContext"]
    assert set(context) == {
        "accountId", "apiId", "domainName", "domainPrefix", "http", "requestId", "routeKey", "stage",
        "time", "timeEpoch",
    }  # fmt: skip
    assert context["http"] == {
        "method": "GET",
        "path": "/echo",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "curl/8.7.1",
    }
    assert context["routeKey"] == "ANY /echo"
    assert context["stage"] == "$default"
    assert context["domainName"] == "gateway.test"
    assert context["domainPrefix"] == "gateway"
    assert re.fullmatch(r"\d{12}", context["accountId"])
    assert context["requestId"] == answer.header("apigw-requestid")


def test_the_time_is_now_in_both_forms(gateway):
    before = int(time.time() * 1000) - 1000
    context = event_of(gateway, "GET", "/echo")["requestContext"]
    after = int(time.time() * 1000) + 1000
    assert isinstance(context["timeEpoch"], int) and before <= context["timeEpoch"] <= after
    expected = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(context["timeEpoch"] / 1000))
    assert context["time"] == expected


def test_header_names_are_lower_case_and_repeats_are_joined_with_a_comma(gateway):
    headers = [("X-Tag", "one"), ("Accept", "*/*"), ("x-tag", "two, three"), ("X-EMPTY", "")]
    found = event_of(gateway, "GET", "/echo", headers)["headers"]
    assert found["x-tag"] == "one,two, three"
    assert found["accept"] == "*/*"
    assert found.get("x-empty", "") == ""
    assert all(name == name.lower() for name in found)
    assert found["host"] == "gateway.test"


def test_the_gateway_adds_forwarded_and_trace_headers(gateway):
    found = event_of(gateway, "GET", "/echo", [("X-Forwarded-For", "198.51.100.7")])["headers"]
    assert found["x-forwarded-for"] == "198.51.100.7, 127.0.0.1"
    assert found["x-forwarded-proto"] == "http"
    assert found["x-forwarded-port"] == str(gateway.port)
    assert re.match(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", found["x-amzn-trace-id"])


def test_a_trace_of_the_client_is_continued(gateway):
    root = "Root=1-6a5145a8-3c8b0e8d5e0b7c1a2f3d4e5f"
    found = event_of(gateway, "GET", "/echo", [("X-Amzn-Trace-Id", root)])["headers"]
    assert found["x-amzn-trace-id"].startswith(root)


@pytest.mark.parametrize("name", ["Connection", "Keep-Alive", "TE", "Upgrade", "Proxy-Connection"])
def test_hop_by_hop_headers_do_not_appear(gateway, name):
    value = "keep-alive" if "onnection" in name else "trailers"
    assert name.lower() not in event_of(gateway, "GET", "/echo", [(name, value)])["headers"]


def test_cookies_are_split_and_leave_the_headers(gateway):
    headers = [("Cookie", "sid=9f2c77; theme=dark"), ("Cookie", "a=b=c;d")]
    event = event_of(gateway, "GET", "/echo", headers)
    assert event["cookies"] == ["sid=9f2c77", "theme=dark", "a=b=c", "d"]
    assert "cookie" not in event["headers"]


@pytest.mark.parametrize(
    "query, raw, parameters",
    [
        ("?color=red&color=blue&q=a%20b", "color=red&color=blue&q=a%20b", {"color": "red,blue", "q": "a b"}),
        ("?a=1+2", "a=1+2", {"a": "1 2"}),
        ("?k", "k", {"k": ""}),
        ("?k=", "k=", {"k": ""}),
        ("?a%5Bb%5D=caf%C3%A9", "a%5Bb%5D=caf%C3%A9", {"a[b]": "caf\u00e9"}),
        ("?a=b=c", "a=b=c", {"a": "b=c"}),
    ],
)
def test_the_query_is_kept_raw_and_decoded(gateway, query, raw, parameters):
    event = event_of(gateway, "GET", "/echo" + query)
    assert event["rawQueryString"] == raw
    assert event["queryStringParameters"] == parameters


@pytest.mark.parametrize("target", ["/echo", "/echo?"])
def test_without_a_query_there_are_no_parameters(gateway, target):
    event = event_of(gateway, "GET", target)
    assert event["rawQueryString"] == ""
    assert "queryStringParameters" not in event


def test_paths_and_their_parameters_are_decoded(gateway):
    event = event_of(gateway, "GET", "/shops/caf%C3%A9%20bar/list%2Fa/b%20c/")
    assert event["routeKey"] == "GET /shops/{shop}/{rest+}"
    assert event["pathParameters"]["shop"] == "caf\u00e9 bar"
    assert event["pathParameters"]["rest"].startswith("list/a/b c")
    assert event["rawPath"] == "/shops/caf\u00e9 bar/list/a/b c/"
    assert event["requestContext"]["http"]["path"] == event["rawPath"]


def test_the_default_route_has_no_path_parameters(gateway):
    event = event_of(gateway, "GET", "/some/where")
    assert event["routeKey"] == "$default"
    assert event["rawPath"] == "/some/where"
    assert "pathParameters" not in event


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        "APPLICATION/JSON",
        "text/plain",
        "text/csv;header=present",
        "application/xml",
        "application/javascript",
    ],
)
def test_text_bodies_arrive_as_text(gateway, content_type):
    body = '{"name": "caf\u00e9 \\"\\n"}\n'
    event = event_of(gateway, "PUT", "/shops/x", [("Content-Type", content_type)], body.encode())
    assert event["isBase64Encoded"] is False
    assert event["body"] == body
    assert event["headers"]["content-length"] == str(len(body.encode()))
    assert event["headers"]["content-type"] == content_type


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "application/octet-stream",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "image/png",
    ],
)
def test_other_bodies_arrive_as_base64(gateway, content_type):
    body = bytes(range(256)) + b"a=b"
    headers = [("Content-Type", content_type)] if content_type else []
    event = event_of(gateway, "POST", "/echo", headers, body)
    assert event["isBase64Encoded"] is True
    assert base64.b64decode(event["body"], validate=True) == body


@pytest.mark.parametrize("headers", [[], [("Content-Length", "0")], [("Content-Type", "image/png")]])
def test_an_empty_body_is_absent(gateway, headers):
    event = event_of(gateway, "POST", "/echo", headers)
    assert "body" not in event
    assert event["isBase64Encoded"] is False


def test_a_chunked_body_arrives_whole(gateway):
    chunks = b"5\r\n{\"a\":\r\n3\r\n 1}\r\n0\r\n\r\n"
    headers = [("Transfer-Encoding", "chunked"), ("Content-Type", "application/json")]
    event = event_of(gateway, "POST", "/echo", headers, chunks)
    assert event["body"] == '{"a": 1}'
    assert "transfer-encoding" not in event["headers"]


def test_text_that_is_no_utf_8_does_not_break_the_event(gateway):
    event = event_of(gateway, "POST", "/echo", [("Content-Type", "text/plain")], b"caf\xe9")
    if event["isBase64Encoded"]:
        assert base64.b64decode(event["body"]) == b"caf\xe9"
    else:
        assert event["body"].startswith("caf")


def test_header_bytes_that_are_no_utf_8_do_not_break_the_event(gateway):
    event = event_of(gateway, "GET", "/echo", [("X-Latin", "caf\u00e9")])  # sent as one byte 0xE9
    assert event["headers"]["x-latin"].startswith("caf")


@pytest.mark.parametrize("target", ["/echo?%ff=1", "/echo?a=%ff%fe", "/some/%ff/%80", "/x/%zz", "/echo?a=%"])
def test_bad_encodings_end_in_an_answer(gateway, target):
    assert gateway.send("GET", target).status in (200, 400)


def test_http_1_0_is_told_to_the_function(gateway):
    event = event_of(gateway, "GET", "/echo", version="HTTP/1.0")
    assert event["requestContext"]["http"]["protocol"] == "HTTP/1.0"


def test_without_a_user_agent_the_member_is_there(gateway):
    http = event_of(gateway, "GET", "/echo")["requestContext"]["http"]
    assert http.get("userAgent", "") == ""


def test_stage_and_stage_variables_are_told_when_there_are_any(start):
    gateway = start(
        {
            "stage": "dev",
            "stage_variables": {"backend": "blue"},
            "functions": {"echo": python_function("echo")},
            "routes": {"GET /x": {"function": "echo"}},
        }
    )
    event = expect(gateway.get("/dev/x"), 200).json()
    assert event["stageVariables"] == {"backend": "blue"}
    assert event["requestContext"]["stage"] == "dev"
    assert event["rawPath"] == "/dev/x"
    expect(gateway.get("/x"), 404)


def test_large_text_survives_unchanged(gateway):
    body = json.dumps({"text": "caf\u00e9 \U0001f600 \\ \" \u2028" * 40000}, ensure_ascii=False)
    event = event_of(gateway, "POST", "/echo", [("Content-Type", "application/json")], body.encode())
    assert event["body"] == body
