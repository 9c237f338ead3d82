"""Required parameters: what is missing is told, before a body is read or a function called."""

import json

import pytest

from gateway import expect, python_function

NEEDS = {
    "header.X-Tenant": "required",
    "header.Accept-Language": "optional",
    "path.id": "required",
    "querystring.q": "required",
    "querystring.a": "required",
}

CONFIG = {
    "functions": {"echo": python_function("echo_answer")},
    "routes": {
        "POST /items/{id}": {"function": "echo", "parameters": NEEDS},
        "GET /static": {"respond": {"text": "x"}, "parameters": {"querystring.q": "required"}},
    },
    "apis": {
        "rest": {
            "kind": "rest",
            "stage": "prod",
            "routes": {"POST /items/{id}": {"function": "echo", "parameters": NEEDS}},
        },
    },
}

SAID = "Missing required request parameters: [{}]"


def test_a_rest_api_names_what_is_missing_by_place_and_name(gateway):
    answer = gateway.send("POST", "/prod/items/7")
    expect(answer, 400, {"message": SAID.format("X-Tenant, a, q")})
    assert answer.header("x-amzn-errortype") == "BadRequestException"
    assert answer.body == b'{"message": "Missing required request parameters: [X-Tenant, a, q]"}'
    answer = gateway.send("POST", "/prod/items/%20?q=1&a=")
    expect(answer, 400, {"message": SAID.format("X-Tenant, id, a")})


def test_a_complete_request_reaches_the_function(gateway):
    for target in ("/prod/items/7?q=1&a=2", "/items/7?q=1&a=2"):
        answer = gateway.send("POST", target, [("X-Tenant", "t")])
        assert expect(answer, 200).json()["pathParameters"] == {"id": "7"}


def test_header_names_differ_by_case_in_a_rest_api_only(gateway):
    headers = [("x-tenant", "t")]
    expect(
        gateway.send("POST", "/prod/items/7?q=1&a=2", headers), 400, {"message": SAID.format("X-Tenant")}
    )
    expect(gateway.send("POST", "/items/7?q=1&a=2", headers), 200)


def test_a_blank_value_is_missing(gateway):
    answer = gateway.send("POST", "/prod/items/7?q=+&a=2", [("X-Tenant", "  ")])
    expect(answer, 400, {"message": SAID.format("X-Tenant, q")})


def test_an_http_api_says_the_same_in_its_own_form(gateway):
    answer = gateway.send("GET", "/static")
    expect(answer, 400)
    assert answer.body == b'{"message":"Missing required request parameters: [q]"}'
    assert answer.header("apigw-requestid")
    expect(gateway.send("GET", "/static?q=1"), 200)


@pytest.mark.parametrize("prefix", ["", "/prod"])
def test_a_request_is_refused_before_its_body_is_read(gateway, prefix):
    with gateway.peer() as peer:
        peer.request("POST", f"{prefix}/items/7", [("Content-Length", "100000"), ("Expect", "100-continue")])
        answer = peer.answer()
        expect(answer, 400, {"message": SAID.format("X-Tenant, a, q")})
