"""Answers that the gateway makes itself, without a function."""

import json

import pytest

from gateway import expect

DOCUMENT = {"ok": True, "list": [1, 2.5, None], "text": "caf\u00e9 \"quoted\"", "empty": {}}
CONFIG = {
    "routes": {
        "GET /json": {"respond": {"status": 200, "json": DOCUMENT}},
        "ANY /text": {"respond": {"status": 418, "text": "short and stout\n"}},
        "GET /headers": {
            "respond": {
                "status": 200,
                "headers": {"Cache-Control": "max-age=60", "X-Two": "a, b", "content-type": "text/html"},
                "text": "<p>hello</p>",
            }
        },
        "GET /empty": {"respond": {"status": 204}},
        "GET /bare": {"respond": {"status": 200}},
        "GET /null": {"respond": {"status": 200, "json": None}},
    }
}


def test_json_is_sent_as_configured(gateway):
    answer = expect(gateway.get("/json"), 200)
    assert json.loads(answer.body) == DOCUMENT
    assert answer.header("content-type") == "application/json"
    assert answer.header("content-length") == str(len(answer.body))
    assert answer.header("date")


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_text_is_plain_and_utf_8(gateway, method):
    answer = expect(gateway.send(method, "/text"), 418, text="short and stout\n")
    assert answer.header("content-type") == "text/plain; charset=utf-8"


def test_configured_headers_are_sent_once_each(gateway):
    answer = expect(gateway.get("/headers"), 200, text="<p>hello</p>")
    assert answer.header("cache-control") == "max-age=60"
    assert answer.header("x-two") == "a, b"
    assert answer.header("content-type") == "text/html"


def test_head_has_the_length_but_no_body(gateway):
    with gateway.peer() as peer:
        peer.request("HEAD", "/text")
        answer = peer.answer(to="HEAD")
        assert answer.status == 418
        assert answer.header("content-length") == "16"
        peer.request("GET", "/text")
        expect(peer.answer(), 418, text="short and stout\n")


def test_a_204_has_no_body_and_the_connection_goes_on(gateway):
    with gateway.peer() as peer:
        for _ in range(2):
            peer.request("GET", "/empty")
            answer = expect(peer.answer(), 204)
            assert answer.body == b"" and not answer.all("transfer-encoding")


def test_a_status_alone_is_an_empty_answer(gateway):
    answer = expect(gateway.get("/bare"), 200, text="")
    assert answer.header("content-length") == "0"


def test_json_null_is_the_four_bytes(gateway):
    expect(gateway.get("/null"), 200, text="null")


def test_every_answer_carries_a_request_id(gateway):
    for target in ("/json", "/text", "/headers", "/empty", "/bare"):
        assert len(gateway.get(target).header("apigw-requestid")) == 16


def test_a_body_that_nobody_wants_is_no_harm(gateway):
    with gateway.peer() as peer:
        peer.request("POST", "/text", body=b"x" * 2000)
        expect(peer.answer(), 418)
