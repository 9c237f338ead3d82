"""Lambda authorizers: functions of the gateway that say who may."""

import base64
import json
import re

import pytest

from gateway import COMMAND, FUNCTIONS, expect, python_function, run, wait_for

API = "arn:aws:execute-api:eu-west-1:123456789012:ab12cd34ef"
UNAUTHORIZED = {"message": "Unauthorized"}
FORBIDDEN = {"message": "Forbidden"}
BROKEN = {"message": "Internal Server Error"}
DENIED = {"Message": "User is not authorized to access this resource"}
EXPLICITLY = {"Message": "User is not authorized to access this resource with an explicit deny"}


# --- what the tokens say --------------------------------------------------------------------------


def saying(answer):
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return {"authorization": "answer:" + base64.urlsafe_b64encode(text.encode()).decode()}


def statement(effect="Allow", resource="*", **more):
    return {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource, **more}


def policy(*statements, **more):
    document = {"Version": "2012-10-17", "Statement": list(statements) or [statement()]}
    return {"principalId": "user-17", "policyDocument": document, **more}


YES = saying({"isAuthorized": True})
NO = saying({"isAuthorized": False})
ALLOW = saying(policy())


# --- gateways -------------------------------------------------------------------------------------


def functions(tmp_path, **options):
    options = {"environment": {"CALLS": str(tmp_path / "calls")}, **options}
    workers = {"handler": "authorizers.decide", "directory": str(FUNCTIONS)}
    return {
        "decide": python_function("", **options, workers=workers),
        "echo": python_function("echo"),
        "answer": python_function("echo_answer"),
    }


def routes(**more):
    return {
        "GET /shops/{shop}": {"function": "answer"},
        "GET /open": {"respond": {"text": "open"}, "authorizer": "none"},
        "GET /": {"respond": {"text": "root"}},
        "DELETE /shops/{shop}": {"respond": {"text": "deleted"}},
        "POST /shops": {"function": "answer"},
        **more,
    }


def config_of(tmp_path, kind, options=None, api=None, **more):
    listed = more.pop("routes", routes())
    return {
        "loops": 1,
        "region": "eu-west-1",
        "authorizers": {"gate": {"lambda": {"function": "decide", **(options or {})}}},
        "functions": more.pop("functions", functions(tmp_path)),
        "apis": {"shop": {"kind": kind, "stage": "prod", "api_id": "ab12cd34ef", "authorizer": "gate", "routes": listed, **(api or {})}},
        **more,
    }


@pytest.fixture
def http(tmp_path, start):
    return lambda options=None, **more: start(config_of(tmp_path, "http", {"simple_responses": True, **(options or {})}, **more))


@pytest.fixture
def rest(tmp_path, start):
    return lambda options=None, **more: start(config_of(tmp_path, "rest", options, **more))


@pytest.fixture
def calls(tmp_path):
    def read():
        file = tmp_path / "calls"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    return read


def told(answer):
    return expect(answer, 200).json()["requestContext"].get("authorizer")


# --- events ---------------------------------------------------------------------------------------


def test_an_http_api_asks_with_the_event_of_format_2(http, calls):
    gateway = http(api={"stage_variables": {"v": "1"}})
    headers = [*YES.items(), ("cookie", "a=1; b=2"), ("x-tag", "1"), ("x-tag", "2")]
    expect(gateway.send("GET", "/prod/shops/7?p=1&p=2", headers=headers), 200)
    (event,) = calls()
    context = event["requestContext"]
    assert event["version"] == "2.0"
    assert event["type"] == "REQUEST"
    assert event["routeArn"] == f"{API}/prod/GET/shops/7"
    assert event["identitySource"] == [YES["authorization"]]
    assert event["routeKey"] == "GET /shops/{shop}"
    assert event["rawPath"] == "/prod/shops/7"
    assert event["rawQueryString"] == "p=1&p=2"
    assert event["cookies"] == ["a=1", "b=2"]
    assert event["headers"]["authorization"] == YES["authorization"]
    assert event["headers"]["x-tag"] == "1,2"
    assert event["queryStringParameters"] == {"p": "1,2"}
    assert event["pathParameters"] == {"shop": "7"}
    assert event["stageVariables"] == {"v": "1"}
    assert context["http"]["method"] == "GET"
    assert context["http"]["path"] == "/prod/shops/7"
    assert context["routeKey"] == "GET /shops/{shop}"
    assert context["stage"] == "prod"
    assert "authorizer" not in context
    assert set(event) == {
        "version", "type", "routeArn", "identitySource", "routeKey", "rawPath", "rawQueryString", "cookies", "headers",
        "queryStringParameters", "requestContext", "pathParameters", "stageVariables",
    }


def test_an_http_api_may_ask_in_format_1(http, calls):
    gateway = http({"payload": "1.0", "simple_responses": False, "identity_sources": ["$request.header.authorization", "$request.querystring.who"]})
    expect(gateway.get("/prod/shops/7?who=me", headers=ALLOW), 200)
    (event,) = calls()
    assert event["version"] == "1.0"
    assert event["type"] == "REQUEST"
    assert event["methodArn"] == f"{API}/prod/GET/shops/7"
    assert event["identitySource"] == event["authorizationToken"] == ALLOW["authorization"] + ",me"
    assert event["resource"] == "/shops/{shop}"
    assert event["path"] == "/prod/shops/7"
    assert event["httpMethod"] == "GET"
    assert event["queryStringParameters"] == {"who": "me"}
    assert event["stageVariables"] == {}
    assert "body" not in event and "isBase64Encoded" not in event


def test_a_rest_api_asks_with_the_request(rest, calls):
    gateway = rest()
    expect(gateway.get("/prod/shops/a%20b", headers=ALLOW), 200)
    (event,) = calls()
    assert set(event) == {
        "type", "methodArn", "resource", "path", "httpMethod", "headers", "multiValueHeaders", "queryStringParameters",
        "multiValueQueryStringParameters", "pathParameters", "stageVariables", "requestContext",
    }
    assert event["type"] == "REQUEST"
    assert event["methodArn"] == f"{API}/prod/GET/shops/a%20b"
    assert event["pathParameters"] == {"shop": "a%20b"}
    assert event["queryStringParameters"] == {} and event["stageVariables"] == {}
    assert event["headers"]["Authorization"] == ALLOW["authorization"]
    assert event["requestContext"]["resourcePath"] == "/shops/{shop}"
    assert "authorizer" not in event["requestContext"]


def test_a_rest_api_may_ask_with_a_token_alone(rest, calls):
    gateway = rest({"type": "token", "identity_sources": "method.request.header.Auth"})
    expect(gateway.get("/prod/", headers={"auth": ALLOW["authorization"]}), 200, text="root")
    assert calls() == [{"type": "TOKEN", "methodArn": f"{API}/prod/GET/", "authorizationToken": ALLOW["authorization"]}]


# --- answers --------------------------------------------------------------------------------------


def test_a_simple_answer_lets_in_or_not_and_types_of_the_context_are_kept(http):
    gateway = http()
    context = {"n": 1, "b": True, "list": [1, "a"], "deep": {"k": None}, "s": "é"}
    assert told(gateway.get("/prod/shops/7", headers=saying({"isAuthorized": True, "context": context}))) == {"lambda": context}
    assert told(gateway.get("/prod/shops/7", headers=YES)) == {"lambda": {}}
    expect(gateway.get("/prod/shops/7", headers=NO), 403, FORBIDDEN)
    gateway.log.wait("403 denied: authorizer gate: not authorized for arn:aws:execute-api:")
    expect(gateway.get("/prod/open"), 200, text="open")
    assert gateway.metric("lambdagate_authorizer_decisions_total", authorizer="gate", decision="allow") == 2
    assert gateway.metric("lambdagate_authorizer_decisions_total", authorizer="gate", decision="deny") == 1


def test_an_http_api_takes_policies_too(http):
    gateway = http({"simple_responses": False})
    assert told(gateway.get("/prod/shops/7", headers=saying(policy(context={"tenant": "t9", "level": 3})))) == {
        "lambda": {"tenant": "t9", "level": 3}
    }
    expect(gateway.get("/prod/shops/7", headers=saying(policy(statement("Deny")))), 403, FORBIDDEN)
    expect(gateway.get("/prod/shops/7", headers=saying(policy(statement(resource="$ARN/x")))), 403, FORBIDDEN)
    expect(gateway.get("/prod/shops/7", headers=YES), 500, BROKEN)


def test_format_1_of_an_http_api_has_the_context_directly(http):
    gateway = http({"simple_responses": False}, routes={"GET /one": {"function": "answer", "payload": "1.0"}})
    answer = saying(policy(context={"tenant": "t9", "level": 3}))
    assert told(gateway.get("/prod/one", headers=answer)) == {"principalId": "user-17", "tenant": "t9", "level": 3}


def test_a_rest_api_tells_principal_and_context_as_text(rest):
    gateway = rest()
    answer = saying(policy(context={"tenant": "t9", "level": 3, "beta": True}, usageIdentifierKey="k3y"))
    context = told(gateway.get("/prod/shops/7", headers=answer))
    assert isinstance(context.pop("integrationLatency"), int)
    assert context == {"principalId": "user-17", "tenant": "t9", "level": "3", "beta": "true"}


def test_a_policy_of_a_rest_api_is_judged_by_the_method_arn(rest):
    gateway = rest()

    def ask(*statements, target="/prod/shops/7", method="GET"):
        return gateway.request(method, target, headers=saying(policy(*statements)).items())

    expect(ask(statement(resource="$ARN")), 200)
    expect(ask(statement(resource=f"{API}/*/GET/shops/*")), 200)
    denied = expect(ask(statement(resource=f"{API}/*/POST/*")), 403, DENIED)
    assert denied.header("x-amzn-errortype") == "AccessDeniedException"
    expect(ask(statement(), statement("Deny", f"{API}/prod/GET/shops/7")), 403, EXPLICITLY)
    gateway.log.wait("403 explicit_deny: authorizer gate: a statement denies for ")
    expect(ask(statement(), statement("Deny", f"{API}/prod/GET/shops/8")), 200)
    expect(ask(statement(Condition={"Bool": {"aws:SecureTransport": "true"}})), 403, DENIED)


def test_no_spelling_of_a_request_slips_past_a_policy(rest):
    gateway = rest()
    answer = saying(policy(statement(), statement("Deny", f"{API}/prod/GET/shops/7"), statement("Deny", f"{API}/*/DELETE/*")))
    for target in ("/prod/shops/7", "/prod/shops/%37", "/prod/shops/7/", "/prod//shops/7", "/prod/%73hops/7"):
        assert gateway.get(target, headers=answer).status == 403, target
    expect(gateway.get("/prod/shops/8", headers=answer), 200)
    headers = {**answer, "x-http-method-override": "DELETE"}
    expect(gateway.get("/prod/shops/8", headers=headers), 403, EXPLICITLY)


def test_without_an_identity_source_nobody_is_asked(http, rest, calls):
    for gateway, target in ((http({"identity_sources": ["$request.header.authorization", "$request.querystring.who"]}), "/prod/shops/7"), (rest(), "/prod/shops/7")):
        expect(gateway.get(target), 401, UNAUTHORIZED)
        expect(gateway.get(target, headers={"authorization": ""}), 401, UNAUTHORIZED)
        gateway.log.wait("401 no_token: authorizer gate: an identity source is missing", count=2)
        assert gateway.metric("lambdagate_authorizer_decisions_total", authorizer="gate", decision="unauthorized") == 2
    twice = [("authorization", ALLOW["authorization"])] * 2
    expect(gateway.send("GET", "/prod/shops/7", headers=twice), 401, UNAUTHORIZED)
    assert calls() == []


def test_no_second_parameter_hides_behind_a_semicolon(http, rest, calls):
    """The event of a REST API has both, so that a remembered answer would be for another value than the function reads."""
    twice = "/prod/shops/7?who=me;who=you"
    gateway = rest({"identity_sources": ["method.request.querystring.who"]})
    expect(gateway.get(twice, headers=ALLOW), 401, UNAUTHORIZED)
    assert calls() == []
    expect(gateway.get("/prod/shops/7?x=1;who=me", headers=ALLOW), 200)
    gateway = http({"identity_sources": ["$request.querystring.who"]})
    expect(gateway.get(twice, headers=YES), 200)
    assert calls()[-1]["identitySource"] == ["me;who=you"]


def test_a_rest_api_that_does_not_cache_asks_without_a_source_too(rest, calls):
    gateway = rest({"cache_ttl": "0s"})
    expect(gateway.get("/prod/shops/7"), 500)
    assert len(calls()) == 1


def test_an_identity_source_that_comes_twice_is_401(http, rest, calls):
    sources = ["$request.header.x-who", "$request.querystring.who"]
    for gateway in (rest({"cache_ttl": "0s", "identity_sources": sources}), http({"identity_sources": sources})):
        for target, headers in (("?who=a", [("x-who", "a"), ("x-who", "b")]), ("?who=a&who=b", [("x-who", "a")])):
            expect(gateway.send("GET", "/prod/shops/7" + target, headers=[*ALLOW.items(), *headers]), 401, UNAUTHORIZED)
        gateway.log.wait("an identity source is there several times", count=2)
    assert calls() == []


def test_an_authorizer_may_do_without_identity_sources(http, rest, calls):
    gateway = http({"identity_sources": "none"})
    expect(gateway.get("/prod/shops/7", headers=YES), 200)
    assert calls()[0]["identitySource"] == []
    gateway = rest({"identity_sources": "none", "cache_ttl": "0s"})
    expect(gateway.get("/prod/shops/7", headers=ALLOW), 200)
    assert len(calls()) == 2


def test_a_token_that_does_not_match_is_401_and_nobody_is_asked(rest, calls):
    gateway = rest({"type": "token", "identity_validation": "answer:[-_=0-9A-Za-z]+"})
    expect(gateway.get("/prod/shops/7", headers={"authorization": "raise:x"}), 401, UNAUTHORIZED)
    expect(gateway.get("/prod/shops/7", headers={"authorization": ALLOW["authorization"] + "!"}), 401, UNAUTHORIZED)
    gateway.log.wait("401 bad_token: authorizer gate: the token does not match identity_validation")
    assert calls() == []
    expect(gateway.get("/prod/shops/7", headers=ALLOW), 200)


def test_a_function_that_fails_with_unauthorized_is_401(http, rest):
    for gateway in (http(), rest()):
        expect(gateway.get("/prod/shops/7", headers={"authorization": "raise:Unauthorized"}), 401, UNAUTHORIZED)


def test_whatever_is_no_answer_is_500(http, rest):
    gateway = http()
    for token in ("raise:no", "exit", saying("null")["authorization"], saying({"isAuthorized": "yes"})["authorization"]):
        expect(gateway.get("/prod/shops/7", headers={"authorization": token}), 500, BROKEN)
    gateway.log.wait(r"500 authorizer_answer: authorizer gate: the function failed: .*\"no\"")
    gateway.log.wait("500 authorizer_answer: authorizer gate: no answer: isAuthorized is neither true nor false")
    gateway = rest()
    bad = [
        {"policyDocument": policy()["policyDocument"]},
        {"principalId": "u"},
        policy(context={"nested": {}}),
        policy(context={"list": [1]}),
        policy(context={"claims": "x"}),
        policy({"Effect": "Allow"}),
    ]
    for answer in bad:
        expect(gateway.get("/prod/shops/7", headers=saying(answer)), 500, {"message": None})
    answer = expect(gateway.get("/prod/shops/7", headers={"authorization": "raise:no"}), 500, {"message": None})
    assert answer.header("x-amzn-errortype") == "AuthorizerConfigurationException"
    assert gateway.metric("lambdagate_authorizer_decisions_total", authorizer="gate", decision="failed") == len(bad) + 1


def test_an_answer_over_64_kb_is_none(http):
    gateway = http()
    answer = {"isAuthorized": True, "context": {"x": "$ARN" * 800}}
    expect(gateway.get("/prod/shops/7", headers=saying(answer)), 200)
    answer["context"]["x"] = "$ARN" * 1200
    expect(gateway.get("/prod/shops/7", headers=saying(answer)), 500, BROKEN)


def test_an_authorizer_out_of_its_time_is_500(tmp_path, http, rest):
    slow = functions(tmp_path, timeout="300ms")
    gateway = http(functions=slow)
    expect(gateway.get("/prod/shops/7", headers={"authorization": "gate:never"}), 500, BROKEN)
    gateway = rest(functions=slow)
    answer = expect(gateway.get("/prod/shops/7", headers={"authorization": "gate:never"}), 500, {"message": None})
    assert answer.header("x-amzn-errortype") == "AuthorizerFailureException"


def test_the_routes_timeout_ends_the_wait_for_an_authorizer(tmp_path, http, calls):
    slow = {"respond": {"text": "x"}, "timeout": "1s"}
    gateway = http(functions=functions(tmp_path), routes={"GET /x": slow, "GET /": {"respond": {"text": "root"}}})
    expect(gateway.get("/prod/", headers=YES), 200)
    expect(gateway.get("/prod/x", headers={"authorization": "gate:late"}), 500, BROKEN)
    gateway.log.wait("no answer within the route's timeout")
    wait_for("the question", lambda: len(calls()) == 2)
    (tmp_path / "calls.late").touch()
    wait_for("its end", lambda: gateway.metric("lambdagate_invocations_in_flight", function="decide") == 0)
    expect(gateway.get("/prod/x", headers=YES), 200, text="x")


def test_a_method_arn_over_1600_bytes_is_414(rest):
    gateway = rest()
    room = 1600 - len(f"{API}/prod/GET/shops/")
    expect(gateway.get("/prod/shops/" + "x" * room, headers=ALLOW), 200)
    answer = expect(gateway.get("/prod/shops/" + "x" * (room + 1), headers=ALLOW), 414)
    assert answer.json()["message"] == "Request URI too long"


def test_gateway_responses_say_it_in_their_own_words_with_the_context(rest):
    template = '{"why":"$context.authorizer.why","who":"$context.authorizer.principalId","message":$context.error.messageString}'
    responses = {
        "ACCESS_DENIED": {"status_code": 404, "response_templates": {"application/json": template}},
        "UNAUTHORIZED": {"status_code": 418},
        "AUTHORIZER_CONFIGURATION_ERROR": {"status_code": 503},
    }
    gateway = rest(api={"gateway_responses": responses})
    denied = saying(policy(statement("Deny"), context={"why": "expired"}))
    expect(gateway.get("/prod/shops/7", headers=denied), 404, {"why": "expired", "who": "user-17", "message": EXPLICITLY["Message"]})
    expect(gateway.get("/prod/shops/7"), 418)
    expect(gateway.get("/prod/shops/7", headers={"authorization": "raise:x"}), 503)


def test_mappings_read_the_context_and_no_client_can_forge_it(http):
    mapping = {"append:header.x-tenant": "$context.authorizer.tenant", "overwrite:header.x-level": "$context.authorizer.level"}
    gateway = http(routes={"GET /x": {"function": "echo", "request_parameters": mapping}})
    forged = {"x-level": "root", "x-amzn-authorizer": "root", "authorizer": '{"lambda":{"tenant":"root"}}'}
    headers = {**saying({"isAuthorized": True, "context": {"tenant": "t9", "level": 3}}), **forged}
    event = expect(gateway.get("/prod/x?authorizer=root", headers=headers), 200).json()
    assert event["headers"]["x-tenant"] == "t9"
    assert event["headers"]["x-level"] == "3"
    assert event["requestContext"]["authorizer"] == {"lambda": {"tenant": "t9", "level": 3}}


# --- what is remembered ---------------------------------------------------------------------------


def test_an_http_api_remembers_nothing_unless_told_to(http, calls):
    gateway = http()
    for _ in range(3):
        expect(gateway.get("/prod/shops/7", headers=YES), 200)
    assert len(calls()) == 3


def test_a_rest_api_remembers_a_policy_and_judges_each_request_by_it(rest, calls):
    gateway = rest()
    narrow = saying(policy(statement(resource=f"{API}/prod/GET/shops/7"), context={"tenant": "t9"}))
    for _ in range(3):
        assert told(gateway.get("/prod/shops/7", headers=narrow))["tenant"] == "t9"
        expect(gateway.get("/prod/shops/8", headers=narrow), 403, DENIED)
    assert len(calls()) == 1
    expect(gateway.get("/prod/shops/7", headers=ALLOW), 200)
    assert len(calls()) == 2
    assert gateway.metric("lambdagate_authorizer_remembered_total", authorizer="gate") == 5


def test_all_identity_sources_together_are_what_is_remembered(http, calls):
    sources = ["$request.header.authorization", "$request.querystring.who", "$stageVariables.v"]
    gateway = http({"cache_ttl": "1h", "identity_sources": sources}, api={"stage_variables": {"v": "1"}})
    for _ in range(2):
        for who in ("a", "b"):
            expect(gateway.get(f"/prod/shops/7?who={who}&more={who}", headers=YES), 200)
            expect(gateway.get(f"/prod/?who={who}", headers=NO), 403, FORBIDDEN)
    assert len(calls()) == 4
    assert calls()[0]["identitySource"] == [YES["authorization"], "a", "1"]


def test_the_route_key_tells_routes_apart_where_it_is_listed(http, calls):
    gateway = http({"cache_ttl": "1h", "identity_sources": ["$request.header.authorization", "$context.routeKey"]})
    for _ in range(2):
        expect(gateway.get("/prod/shops/7", headers=YES), 200)
        expect(gateway.get("/prod/shops/8", headers=YES), 200)
        expect(gateway.get("/prod/", headers=YES), 200)
    assert [event["routeKey"] for event in calls()] == ["GET /shops/{shop}", "GET /"]


def test_failures_are_not_remembered(rest, calls):
    gateway = rest()
    for token, status in (("raise:Unauthorized", 401), ("raise:x", 500), (saying("{}")["authorization"], 500)):
        for _ in range(2):
            expect(gateway.get("/prod/shops/7", headers={"authorization": token}), status)
    assert len(calls()) == 6


def test_what_is_remembered_ends_with_its_time(http, calls):
    gateway = http({"cache_ttl": "100ms"})
    expect(gateway.get("/prod/shops/7", headers=YES), 200)

    def asked_again():
        expect(gateway.get("/prod/shops/7", headers=YES), 200)
        return len(calls()) > 1

    wait_for("another question", asked_again)


def test_no_api_believes_what_another_remembers(tmp_path, start, calls):
    config = config_of(tmp_path, "http", {"simple_responses": True, "cache_ttl": "1h"})
    config["apis"]["other"] = {**config["apis"]["shop"], "stage": "test"}
    gateway = start(config)
    for _ in range(2):
        expect(gateway.get("/prod/", headers=YES), 200)
        expect(gateway.get("/test/", headers=YES), 200)
    assert len(calls()) == 2


def test_the_answers_used_longest_ago_are_forgotten_first(http, calls):
    gateway = http({"cache_ttl": "1h"}, limits={"authorizer_cache": 2})
    tokens = [saying({"isAuthorized": True, "context": {"n": n}}) for n in range(3)]
    for token in tokens:
        expect(gateway.get("/prod/", headers=token), 200)
    expect(gateway.get("/prod/", headers=tokens[2]), 200)
    expect(gateway.get("/prod/", headers=tokens[1]), 200)
    assert len(calls()) == 3
    expect(gateway.get("/prod/", headers=tokens[0]), 200)
    assert len(calls()) == 4


def test_the_memory_for_remembered_answers_is_bounded(http, calls):
    gateway = http({"cache_ttl": "1h"}, limits={"authorizer_cache_bytes": 6000})
    small = saying({"isAuthorized": True})
    large = saying({"isAuthorized": True, "context": {"x": "x" * 6000}})
    for _ in range(2):
        expect(gateway.get("/prod/", headers=small), 200)
    assert len(calls()) == 1
    for _ in range(2):
        expect(gateway.get("/prod/", headers=large), 200)
    assert len(calls()) == 3


def reload(gateway, config):
    gateway.write(config)
    expect(gateway.request("POST", "/reload", admin=True), 200)


@pytest.mark.parametrize("what", ["nothing", "function", "authorizer"])
def test_a_reload_forgets_what_a_changed_function_or_authorizer_said(tmp_path, start, calls, what):
    options = {"simple_responses": True, "cache_ttl": "1h"}
    gateway = start(config_of(tmp_path, "http", options))
    expect(gateway.get("/prod/", headers=YES), 200)
    changed = config_of(tmp_path, "http", {**options, "cache_ttl": "30m"} if what == "authorizer" else options)
    if what == "function":
        changed["functions"]["decide"]["environment"]["MORE"] = "1"
    reload(gateway, changed)
    expect(gateway.get("/prod/", headers=YES), 200)
    assert len(calls()) == (1 if what == "nothing" else 2)


def test_requests_that_ask_the_same_at_once_are_all_answered(tmp_path, http, calls):
    gateway = http({"cache_ttl": "1h"})
    peers = [gateway.peer() for _ in range(4)]
    for peer in peers:
        peer.request("GET", "/prod/", headers=[("authorization", "gate:all")])
    wait_for("all of them to ask", lambda: len(calls()) == 4)
    (tmp_path / "calls.all").touch()
    for peer in peers:
        expect(peer.answer(), 200, text="root")
        peer.close()
    expect(gateway.get("/prod/", headers={"authorization": "gate:all"}), 200)
    assert len(calls()) == 4


# --- while it is asked ----------------------------------------------------------------------------


def test_no_byte_of_a_body_is_read_before_the_answer(tmp_path, http, calls):
    gateway = http()
    with gateway.peer() as peer:
        peer.request("POST", "/prod/shops", headers=[("authorization", "gate:body"), ("content-length", "5"), ("expect", "100-continue")])
        wait_for("the question", lambda: len(calls()) == 1)
        (tmp_path / "calls.body").touch()
        assert peer.head().status == 100
        peer.send(b"hello")
        assert expect(peer.answer(), 200).json()["body"] == base64.b64encode(b"hello").decode()
    with gateway.peer() as peer:
        peer.request("POST", "/prod/shops", headers=[*NO.items(), ("content-length", "5"), ("expect", "100-continue")])
        expect(peer.answer(), 403, FORBIDDEN)


def test_a_client_that_leaves_meanwhile_harms_nobody(tmp_path, http, calls):
    gateway = http({"cache_ttl": "1h"})
    with gateway.peer() as peer:
        peer.request("GET", "/prod/", headers=[("authorization", "gate:gone")])
        wait_for("the question", lambda: len(calls()) == 1)
        peer.reset()
    gateway.log.wait("client left")
    (tmp_path / "calls.gone").touch()
    wait_for("the end of the call", lambda: gateway.metric("lambdagate_invocations_total", function="decide", cause="ok") == 1)
    expect(gateway.get("/prod/", headers={"authorization": "gate:gone"}), 200)
    assert len(calls()) == 1, "what it was told is remembered all the same"


# --- configuration --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "options", "fault"),
    [
        ("http", {"type": "token"}, r'apis\.shop\.routes.*found authorizer "gate" of type token in an HTTP API'),
        ("http", {"simple_responses": True, "payload": "1.0"}, r"authorizers\.gate\.lambda\.simple_responses.*1\.0, expected 2\.0"),
        ("rest", {"simple_responses": True}, r'found authorizer "gate" with simple responses in a REST API'),
        ("rest", {"payload": "2.0"}, r'found authorizer "gate" with payload format 2\.0 in a REST API'),
        ("rest", {"type": "token", "payload": "2.0"}, r"authorizers\.gate\.lambda\.payload.*found 2\.0 for `type: token`"),
        ("rest", {"type": "token", "identity_sources": "$request.querystring.x"}, r"authorizers\.gate\.lambda\.identity_sources.*one header field"),
        ("rest", {"type": "token", "identity_validation": "("}, r"authorizers\.gate\.lambda.*no regular expression"),
        ("rest", {"identity_validation": "x"}, r"authorizers\.gate\.lambda\.identity_validation.*`type: token` only"),
        ("rest", {"identity_sources": "none"}, r"without identity sources in a REST API"),
        ("http", {"identity_sources": "none", "cache_ttl": "1m"}, r"authorizers\.gate\.lambda\.cache_ttl.*without identity sources"),
        ("http", {"identity_sources": ["none", "$context.routeKey"]}, r"found none beside others"),
        ("http", {"identity_sources": "$request.body"}, r"authorizers\.gate\.lambda\.identity_sources"),
        ("http", {"identity_sources": "$context.nothing"}, r"context variable that an HTTP API has"),
        ("rest", {"identity_sources": "context.routeKey"}, r"context variable that a REST API has"),
        ("http", {"identity_sources": "$context.authorizer.x"}, r"context variable that an HTTP API has"),
        ("http", {"cache_ttl": "3601s"}, r"authorizers\.gate\.lambda\.cache_ttl"),
        ("http", {"function": "nobody"}, r"authorizers\.gate\.lambda\.function.*unknown function"),
    ],
    ids=str,
)
def test_what_does_not_go_together_is_an_error_with_its_place(tmp_path, kind, options, fault):
    file = tmp_path / "config.json"
    file.write_text(json.dumps(config_of(tmp_path, kind, options)))
    ended = run(COMMAND, "check", str(file))
    text = ended.stdout + ended.stderr
    assert ended.returncode == 1, text
    assert re.search(fault, text), text


def test_scopes_and_tokens_options_do_not_go_with_a_function(tmp_path):
    config = config_of(tmp_path, "http", routes={"GET /x": {"respond": {"text": "x"}, "scopes": ["a"]}})
    config["authorizers"]["gate"]["token_bytes"] = "1KiB"
    file = tmp_path / "config.json"
    file.write_text(json.dumps(config))
    text = run(COMMAND, "check", str(file)).stderr
    assert 'found "scopes" with a Lambda authorizer' in text
    assert 'found beside "lambda"' in text


def test_what_a_function_believes_only_the_function_can_tell(tmp_path):
    file = tmp_path / "config.json"
    file.write_text(json.dumps(config_of(tmp_path, "http")))
    ended = run(COMMAND, "token", "--explain", "x.y.z", "--config", str(file))
    assert ended.returncode == 2
    assert "the authorizer gate is the function decide" in ended.stderr
