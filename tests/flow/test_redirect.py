"""Redirects: the Location that a client gets, and that no client can bend it."""

import pytest

from gateway import expect

CONFIG = {
    "routes": {
        **{
            f"GET /status/{status}": {"redirect": {"to": "https://example.com/", "status": status}}
            for status in (301, 302, 303, 307, 308)
        },
        "GET /docs/{page+}": {"redirect": {"to": "https://docs.example.com/{page}", "status": 308}},
        "GET /user/{name}": {"redirect": {"to": "https://example.com/u/{name}/home", "status": 302}},
        "GET /search/{term}": {"redirect": {"to": "https://example.com/s?q={term}", "status": 302}},
        "GET /drop/{x}": {"redirect": {"to": "/kept/{x}", "status": 302, "query": "drop"}},
        "GET /add": {
            "redirect": {
                "to": "https://example.com/a?one=1",
                "status": 302,
                "add_query": {"from": "gate way&co"},
            }
        },
        "GET /local/{rest+}": {"redirect": {"to": "/{rest}", "status": 302}},
    }
}


def location(gateway, target, status=302):
    answer = expect(gateway.send("GET", target), status)
    return answer.header("location")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_each_status_is_sent_as_configured(gateway, status):
    assert location(gateway, f"/status/{status}", status) == "https://example.com/"


@pytest.mark.parametrize(
    "target, expected",
    [
        ("/docs/a/b/c.html", "https://docs.example.com/a/b/c.html"),
        ("/docs/a%20b", "https://docs.example.com/a%20b"),
        ("/docs/caf%C3%A9", "https://docs.example.com/caf%C3%A9"),
        ("/docs/a?x=1&x=2", "https://docs.example.com/a?x=1&x=2"),
        ("/docs/100%25", "https://docs.example.com/100%25"),
        ("/docs/a%3Fb%23c", "https://docs.example.com/a%3Fb%23c"),
    ],
)
def test_what_the_route_captured_is_encoded_again(gateway, target, expected):
    assert location(gateway, target, 308) == expected


@pytest.mark.parametrize(
    "target, expected",
    [
        ("/user/ann", "https://example.com/u/ann/home"),
        ("/user/a%2Fb", "https://example.com/u/a%2Fb/home"),
        ("/user/%2e%2e", None),
        ("/search/a%26b%3Dc", "https://example.com/s?q=a%26b%3Dc"),
        ("/search/a%20b?p=2", "https://example.com/s?q=a%20b&p=2"),
    ],
)
def test_a_single_segment_stays_one(gateway, target, expected):
    found = location(gateway, target)
    if expected is None:
        assert found.startswith("https://example.com/u/") and found.endswith("/home")
        assert "/../" not in found
    else:
        assert found == expected


@pytest.mark.parametrize(
    "target",
    [
        "/docs/%0d%0aSet-Cookie:%20a=b",
        "/docs/a%0aX-Bad:1",
        "/docs/a%00b",
        "/docs/a?x=%0d%0aX-Bad:1",
        "/search/%0d%0aX-Bad:1",
    ],
)
def test_no_header_can_be_injected(gateway, target):
    answer = gateway.send("GET", target)
    assert answer.status in (302, 308, 400), answer
    assert not answer.all("set-cookie") and not answer.all("x-bad"), answer


@pytest.mark.parametrize(
    "target",
    [
        "/docs//evil.example",
        "/docs/%2F%2Fevil.example",
        "/docs/@evil.example",
        "/docs/%40evil.example/",
        "/docs/..%2f..%2fevil.example",
        "/docs/\\evil.example",
        "/docs/%5C%5Cevil.example",
        "/docs/:80@evil.example",
    ],
)
def test_a_captured_value_never_changes_the_host(gateway, target):
    found = location(gateway, target, 308)
    assert found.startswith("https://docs.example.com/"), found


@pytest.mark.parametrize(
    "target", ["/local//evil.example", "/local/%2Fevil.example", "/local/\\evil.example", "/local/%5Cevil.example"]
)
def test_a_local_redirect_stays_on_this_host(gateway, target):
    answer = gateway.send("GET", target)
    if answer.status == 302:
        found = answer.header("location")
        assert found.startswith("/"), found
        assert not found.startswith("//") and not found.startswith("/\\"), found
    else:
        expect(answer, 404)


def test_the_query_is_dropped_where_the_route_says_so(gateway):
    assert location(gateway, "/drop/x?secret=1") == "/kept/x"


def test_what_the_route_adds_comes_last_and_is_encoded(gateway):
    found = location(gateway, "/add?two=2")
    assert found == "https://example.com/a?one=1&two=2&from=gate%20way%26co"
