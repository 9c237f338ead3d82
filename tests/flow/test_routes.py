"""Which route answers: the priority order of API Gateway's HTTP APIs, over a real socket."""

import pytest

from gateway import expect

KEYS = [
    "GET /pets/dog/1",
    "GET /pets/dog/{id}",
    "GET /pets/{proxy+}",
    "ANY /{proxy+}",
    "$default",
    "ANY /both",
    "GET /both",
    "GET /a/{x}/c",
    "GET /a/b/{y}",
    "GET /caf\u00e9/{name}",
    "DELETE /pets/dog/1",
]
CONFIG = {"routes": {key: {"respond": {"status": 200, "text": key}} for key in KEYS}}


@pytest.mark.parametrize(
    "method, target, key",
    [
        ("GET", "/pets/dog/1", "GET /pets/dog/1"),
        ("GET", "/pets/dog/2", "GET /pets/dog/{id}"),
        ("GET", "/pets/cat/1", "GET /pets/{proxy+}"),
        ("GET", "/pets/dog/1/2", "GET /pets/{proxy+}"),
        ("POST", "/test/5", "ANY /{proxy+}"),
        ("POST", "/pets/dog/1", "ANY /{proxy+}"),
        ("DELETE", "/pets/dog/1", "DELETE /pets/dog/1"),
        ("GET", "/", "$default"),
        ("GET", "/both", "GET /both"),
        ("POST", "/both", "ANY /both"),
        ("HEAD", "/both", "ANY /both"),
        ("GET", "/a/b/c", "GET /a/b/{y}"),
        ("GET", "/a/x/c", "GET /a/{x}/c"),
        ("GET", "/pets/dog/1?x=/y", "GET /pets/dog/1"),
        ("GET", "/pets/dog/%31", "GET /pets/dog/1"),
        ("GET", "/pets%2Fdog%2F1", "ANY /{proxy+}"),
        ("GET", "/pets/dog/a%2Fb", "GET /pets/dog/{id}"),
        ("GET", "/Pets/dog/1", "ANY /{proxy+}"),
        ("GET", "/caf%C3%A9/x", "GET /caf\u00e9/{name}"),
    ],
)
def test_the_most_specific_route_answers(gateway, method, target, key):
    answer = gateway.send(method, target)
    if method == "HEAD":
        expect(answer, 200)
        assert answer.header("content-length") == str(len(key.encode()))
    else:
        expect(answer, 200, text=key)


def test_without_a_route_the_answer_is_404_and_carries_a_request_id(start):
    gateway = start({"routes": {"GET /x": {"respond": {"status": 200, "text": "x"}}}})
    for method, target in [("GET", "/y"), ("POST", "/x"), ("HEAD", "/y"), ("GET", "/"), ("GET", "/x/")]:
        answer = gateway.send(method, target)
        expect(answer, 404)
        if method != "HEAD":
            assert answer.json() == {"message": "Not Found"}
        assert answer.header("content-type") == "application/json"
        assert len(answer.header("apigw-requestid")) == 16


def test_request_ids_are_never_the_same(gateway):
    found = {gateway.get("/both").header("apigw-requestid") for _ in range(20)}
    assert len(found) == 20
