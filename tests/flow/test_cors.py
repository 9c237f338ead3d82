"""CORS end to end: a browser's side of it, the gateway's headers, and the traps of API Gateway."""

import json

import pytest

from gateway import expect, python_function
from test_streaming import INTEGRATION, order, prelude, streamer

APP = "https://app.example.com"
EVIL = "https://evil.example.com"

ANSWER = {
    "statusCode": 200,
    "headers": {
        "Access-Control-Allow-Origin": "https://function.example.com",
        "access-control-allow-methods": "TRACE",
        "X-Data": "1",
        "Vary": "Accept",
    },
    "body": "ok",
}

FULL = {
    "allow_origins": [APP, "https://*.apps.example.com"],
    "allow_methods": ["GET", "PUT", "POST"],
    "allow_headers": ["content-type", "x-token"],
    "expose_headers": ["x-data"],
    "max_age": "10m",
    "allow_credentials": True,
}


def at(host, api):
    return {"host": host, **api}


CONFIG = {
    "functions": {"act": python_function("act", workers={"max": 2}), "echo": python_function("echo")},
    "cors": FULL,
    "routes": {
        "POST /act": {"function": "act"},
        "PUT /items/{id}": {"function": "act"},
        "GET /static": {"respond": {"text": "x", "headers": {"access-control-allow-origin": "*"}}},
        "GET /moved": {"redirect": {"to": "/static"}},
        "GET /open": {"respond": {"text": "open"}, "cors": {"allow_origins": "*"}},
        "POST /silent": {"function": "act", "cors": {}},
        "GET /needs": {"respond": {"text": "x"}, "parameters": {"header.x-token": "required"}},
        "OPTIONS /own": {"respond": {"status": 200, "text": "own"}},
        "GET /own": {"respond": {"text": "x"}},
        "OPTIONS /own-cors": {"respond": {"status": 200, "text": "own"}},
        "GET /own-cors": {"respond": {"text": "x"}, "cors": {"allow_origins": APP}},
        "ANY /any": {"respond": {"status": 201, "text": "any"}},
        "ANY /any-own": {"respond": {"status": 201, "text": "any"}, "cors": {"allow_origins": APP}},
    },
    "apis": {
        "default-route": at(
            "d.test",
            {
                "cors": {"allow_origins": APP, "allow_methods": "*"},
                "routes": {
                    "$default": {"function": "echo"},
                    "GET /x": {"respond": {"text": "x"}},
                    "GET /own": {"respond": {"text": "x"}, "cors": {"allow_origins": "*"}},
                },
            },
        ),
        "proxy-options": at(
            "p.test",
            {
                "cors": {"allow_origins": APP, "allow_methods": ["GET"]},
                "routes": {
                    "$default": {"function": "echo"},
                    "OPTIONS /{proxy+}": {"respond": {"status": 204}},
                },
            },
        ),
        "star": at(
            "star.test",
            {
                "cors": {"allow_origins": "*", "allow_methods": "*", "allow_headers": ["*", "authorization"]},
                "routes": {"GET /x": {"respond": {"text": "x"}}},
            },
        ),
        "none": at("none.test", {"routes": {"POST /act": {"function": "act"}}}),
        "rest": at(
            "rest.test",
            {
                "kind": "rest",
                "stage": "prod",
                "cors": {"allow_origins": APP, "allow_methods": ["GET", "POST"], "max_age": "5s"},
                "routes": {
                    "POST /act": {"function": "act"},
                    "ANY /any": {"respond": {"text": "any"}},
                    "OPTIONS /own": {"respond": {"status": 200, "text": "own"}},
                    "GET /needs": {"respond": {"text": "x"}, "parameters": {"header.X-Token": "required"}},
                    "GET /open/{id}": {"respond": {"text": "x"}, "cors": {"allow_origins": [EVIL, "https://b.test"]}},
                },
            },
        ),
        "rest-said": at(
            "rest-said.test",
            {
                "kind": "rest",
                "stage": "prod",
                "cors": {"allow_origins": APP},
                "gateway_responses": {
                    "DEFAULT_4XX": {
                        "response_parameters": {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}
                    }
                },
                "routes": {"GET /x": {"respond": {"text": "x"}}},
            },
        ),
        "rest-none": at(
            "rest-none.test",
            {"kind": "rest", "stage": "prod", "routes": {"GET /x": {"respond": {"text": "x"}}}},
        ),
    },
}


class Browser:
    """What a browser does for fetch() from a page of `origin`: preflight, judge, request, judge."""

    SIMPLE_HEADERS = {"accept", "accept-language", "content-language"}

    def __init__(self, gateway, origin, host="gateway.test"):
        self.gateway = gateway
        self.origin = origin
        self.host = host

    def raw(self, method, target, headers=(), body=b""):
        fields = [("Host", self.host), ("Origin", self.origin), *headers]
        return self.gateway.send(method, target, fields, body)

    def preflight(self, target, method, names=()):
        fields = [("Access-Control-Request-Method", method)]
        if names:
            fields.append(("Access-Control-Request-Headers", ",".join(sorted(n.lower() for n in names))))
        return self.raw("OPTIONS", target, fields)

    def allows_origin(self, answer, credentials):
        allowed = answer.header("access-control-allow-origin")
        if credentials:
            return allowed == self.origin and answer.header("access-control-allow-credentials") == "true"
        return allowed in (self.origin, "*")

    def listed(self, answer, name):
        return [v.strip() for v in (answer.header(f"access-control-allow-{name}") or "").split(",") if v.strip()]

    def fetch(self, method, target, headers=(), body=b"", credentials=False):
        """The answer as the page may read it, or why the browser refuses."""
        unsafe = {n.lower() for n, _ in headers} - self.SIMPLE_HEADERS
        if method not in ("GET", "HEAD", "POST") or unsafe:
            leave = self.preflight(target, method, unsafe)
            if not 200 <= leave.status < 300 or not self.allows_origin(leave, credentials):
                return "the preflight was refused"
            methods, names = self.listed(leave, "methods"), [n.lower() for n in self.listed(leave, "headers")]
            star = not credentials
            if method not in methods and method not in ("GET", "HEAD", "POST") and not (star and "*" in methods):
                return "the method was refused"
            for name in unsafe:
                if name not in names and not (star and "*" in names and name != "authorization"):
                    return f"the header {name} was refused"
        answer = self.raw(method, target, headers, body)
        return answer if self.allows_origin(answer, credentials) else "the answer was kept back"


@pytest.fixture
def app(gateway):
    return Browser(gateway, APP)


def returned(value=ANSWER):
    return json.dumps({"do": "return", "value": value}).encode()


def cors_of(answer):
    return {k.lower()[15:]: v for k, v in answer.headers if k.lower().startswith("access-control-")}


def nothing_said(answer):
    assert cors_of(answer) == {}, answer


# --- preflights -----------------------------------------------------------------------------------


def test_a_preflight_is_answered_by_the_gateway_with_204_and_all_that_is_configured(gateway, app):
    calls = gateway.metric("lambdagate_invocations_total") or 0
    answer = app.preflight("/items/7", "PUT", ["x-token"])
    expect(answer, 204)
    assert answer.body == b""
    assert cors_of(answer) == {
        "allow-origin": APP,
        "allow-credentials": "true",
        "allow-methods": "GET,PUT,POST",
        "allow-headers": "content-type,x-token",
        "max-age": "600",
    }
    assert answer.header("vary") == "origin"
    assert answer.header("apigw-requestid")
    assert (gateway.metric("lambdagate_invocations_total") or 0) == calls


def test_a_preflight_is_answered_although_there_is_no_such_route(app):
    expect(app.preflight("/nowhere", "DELETE"), 204)


def test_a_preflight_of_an_origin_that_is_not_listed_is_204_without_headers(gateway):
    answer = Browser(gateway, EVIL).preflight("/items/7", "PUT")
    expect(answer, 204)
    nothing_said(answer)
    assert answer.header("vary") == "origin"


@pytest.mark.parametrize("header", [("Origin", APP), ("Access-Control-Request-Method", "PUT")])
def test_options_with_half_of_what_makes_a_preflight_is_an_ordinary_request(gateway, header):
    expect(gateway.send("OPTIONS", "/items/7", [header]), 404)


def test_without_a_configuration_nothing_is_answered_and_nothing_taken_away(gateway):
    browser = Browser(gateway, APP, "none.test")
    expect(browser.preflight("/act", "POST"), 404)
    answer = browser.raw("POST", "/act", body=returned())
    assert answer.header("access-control-allow-origin") == "https://function.example.com"
    assert answer.header("vary") == "Accept"


# --- answers --------------------------------------------------------------------------------------


def test_the_gateways_headers_replace_those_of_the_function(app):
    answer = app.raw("POST", "/act", body=returned())
    expect(answer, 200, text="ok")
    assert cors_of(answer) == {"allow-origin": APP, "allow-credentials": "true", "expose-headers": "x-data"}
    assert answer.header("x-data") == "1"
    assert sorted(answer.all("vary")) == ["Accept", "origin"]


def test_without_an_origin_nothing_is_said_but_that_answers_vary(gateway):
    answer = gateway.send("POST", "/act", body=returned())
    nothing_said(answer)
    assert "origin" in answer.all("vary")


def test_an_origin_that_is_not_listed_hears_nothing_and_nothing_of_the_function_either(gateway):
    answer = Browser(gateway, EVIL).raw("POST", "/act", body=returned())
    expect(answer, 200)
    nothing_said(answer)


def test_a_function_that_varies_by_origin_already_is_not_told_twice(app):
    answer = app.raw("POST", "/act", body=returned({"statusCode": 200, "headers": {"vary": "accept, Origin"}}))
    assert answer.all("vary") == ["accept, Origin"]


def test_static_answers_and_redirects_are_told_apart_too(app):
    assert app.raw("GET", "/static").header("access-control-allow-origin") == APP
    assert app.raw("GET", "/moved").header("access-control-allow-origin") == APP


@pytest.mark.parametrize(
    "method, target, status, body",
    [
        ("GET", "/nowhere", 404, b""),
        ("POST", "/act", 500, b'{"do": "fail", "text": "x"}'),
        ("GET", "/needs", 400, b""),
    ],
)
def test_pages_can_read_the_gateways_own_errors(app, method, target, status, body):
    answer = expect(app.raw(method, target, body=body), status)
    assert answer.header("access-control-allow-origin") == APP


def test_any_origin_below_a_host_is_named(gateway):
    origin = "https://a.apps.example.com"
    assert Browser(gateway, origin).raw("GET", "/static").header("access-control-allow-origin") == origin


# --- routes of their own --------------------------------------------------------------------------


def test_a_route_has_its_own_configuration(gateway):
    browser = Browser(gateway, EVIL)
    answer = browser.raw("GET", "/open")
    assert cors_of(answer) == {"allow-origin": "*"}
    assert answer.header("vary") is None
    assert cors_of(browser.preflight("/open", "GET")) == {"allow-origin": "*"}


def test_a_route_can_keep_the_gateway_silent(app):
    answer = app.raw("POST", "/silent", body=returned())
    assert answer.header("access-control-allow-origin") == "https://function.example.com"
    expect(app.preflight("/silent", "POST"), 404)


def test_an_options_route_of_ones_own_takes_preflights_itself(app):
    answer = app.preflight("/own", "GET")
    expect(answer, 200, text="own")
    assert cors_of(answer)["allow-methods"] == "GET,PUT,POST"
    expect(app.preflight("/own-cors", "GET"), 200, text="own")


def test_an_any_route_takes_preflights_itself_unless_it_has_cors_of_its_own(app):
    expect(app.preflight("/any", "PUT"), 201)
    expect(app.preflight("/any-own", "PUT"), 204)


def test_the_default_route_takes_preflights_itself(gateway):
    browser = Browser(gateway, APP, "d.test")
    answer = browser.preflight("/x", "GET")
    expect(answer, 200)
    assert answer.json()["routeKey"] == "$default"
    expect(browser.preflight("/anything", "GET"), 200)


def test_a_route_with_cors_of_its_own_is_asked_before_the_default_route(gateway):
    answer = Browser(gateway, EVIL, "d.test").preflight("/own", "GET")
    expect(answer, 204)
    assert cors_of(answer) == {"allow-origin": "*"}


def test_an_options_route_for_all_paths_keeps_preflights_from_the_default_route(gateway):
    browser = Browser(gateway, APP, "p.test")
    answer = browser.preflight("/x/y", "GET")
    expect(answer, 204)
    assert cors_of(answer) == {"allow-origin": APP, "allow-methods": "GET"}
    assert browser.fetch("GET", "/x/y").json()["routeKey"] == "$default"


# --- as browsers see it ---------------------------------------------------------------------------


def test_a_page_that_is_allowed_reads_everything(app):
    answer = app.fetch("PUT", "/items/7", [("x-token", "t")], returned(), credentials=True)
    expect(answer, 200, text="ok")
    assert app.fetch("POST", "/act", [("content-type", "application/json")], returned()).status == 200
    assert app.fetch("GET", "/static", credentials=True).status == 200


def test_a_page_that_is_not_allowed_reads_nothing(gateway):
    evil = Browser(gateway, EVIL)
    assert evil.fetch("PUT", "/items/7", [("x-token", "t")]) == "the preflight was refused"
    assert evil.fetch("GET", "/static") == "the answer was kept back"
    assert Browser(gateway, "null").fetch("GET", "/static") == "the answer was kept back"


def test_what_is_not_configured_is_refused(app):
    assert app.fetch("DELETE", "/items/7") == "the method was refused"
    assert app.fetch("GET", "/static", [("x-other", "1")]) == "the header x-other was refused"


def test_stars_allow_everything_without_credentials(gateway):
    browser = Browser(gateway, EVIL, "star.test")
    assert browser.fetch("GET", "/x", [("x-any", "1"), ("authorization", "t")]).status == 200
    assert browser.fetch("GET", "/x", credentials=True) == "the answer was kept back"
    assert browser.raw("GET", "/x").header("vary") is None


def test_a_streamed_answer_is_told_apart_when_it_begins(start):
    gateway = start(
        {
            "functions": {"s": streamer()},
            "cors": {"allow_origins": APP},
            "routes": {"POST /s": {"function": "s"}},
        }
    )
    head = prelude(statusCode=200, headers={"access-control-allow-origin": "*", "x-a": "1"})
    answer = Browser(gateway, APP).raw("POST", "/s", body=order(head, "text", type=INTEGRATION))
    expect(answer, 200, text="text")
    assert answer.header("transfer-encoding") == "chunked"
    assert answer.header("access-control-allow-origin") == APP
    assert answer.header("x-a") == "1"


# --- REST -----------------------------------------------------------------------------------------


def test_a_rest_api_answers_options_by_a_method_that_was_made(gateway):
    browser = Browser(gateway, APP, "rest.test")
    expected = {"allow-origin": APP, "allow-methods": "GET,POST", "max-age": "5"}
    for target in ("/act", "/any"):
        answer = browser.preflight(target, "POST")
        expect(answer, 204)
        assert cors_of(answer) == expected
        assert answer.header("vary") == "origin"
        assert answer.header("x-amzn-requestid")
    plain = gateway.send("OPTIONS", "/act", [("Host", "rest.test")])
    assert cors_of(expect(plain, 204)) == expected


def test_an_options_method_of_ones_own_stays_in_a_rest_api(gateway):
    answer = Browser(gateway, APP, "rest.test").preflight("/own", "GET")
    expect(answer, 200, text="own")
    nothing_said(answer)


def test_functions_of_a_rest_api_say_what_pages_may_read_themselves(gateway):
    browser = Browser(gateway, APP, "rest.test")
    value = {k: v for k, v in ANSWER.items()}
    answer = browser.raw("POST", "/act", body=returned(value))
    assert cors_of(answer) == {"allow-origin": "https://function.example.com", "allow-methods": "TRACE"}
    nothing_said(browser.raw("GET", "/any"))


def test_pages_can_read_the_errors_of_a_rest_api_but_413(gateway):
    browser = Browser(gateway, APP, "rest.test")
    for method, target, status in (("GET", "/nowhere", 403), ("GET", "/needs", 400)):
        answer = expect(browser.raw(method, target), status)
        assert cors_of(answer) == {"allow-origin": APP}, answer
    answer = browser.raw("POST", "/act", [("Content-Length", "10485761"), ("Expect", "100-continue")])
    nothing_said(expect(answer, 413))


def test_what_a_gateway_response_says_of_origins_stays(gateway):
    answer = Browser(gateway, APP, "rest-said.test").raw("GET", "/nowhere")
    assert answer.all("access-control-allow-origin") == ["*"], answer


def test_of_several_origins_a_rest_api_names_the_one_that_asks(gateway):
    for origin in (EVIL, "https://b.test"):
        answer = Browser(gateway, origin, "rest.test").preflight("/open/7", "GET")
        assert cors_of(expect(answer, 204)) == {"allow-origin": origin}
    nothing_said(Browser(gateway, APP, "rest.test").preflight("/open/7", "GET"))


def test_a_rest_api_without_cors_has_no_options_methods(gateway):
    expect(Browser(gateway, APP, "rest-none.test").preflight("/x", "GET"), 403)


def test_a_connection_lives_on_after_a_preflight(gateway):
    with gateway.peer() as peer:
        for _ in range(3):
            fields = [("Origin", APP), ("Access-Control-Request-Method", "PUT")]
            expect(peer.request("OPTIONS", "/items/7", fields).answer(), 204)
        expect(peer.request("GET", "/static").answer(), 200)
