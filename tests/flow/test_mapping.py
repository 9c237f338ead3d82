"""Parameter mapping end to end: what a handler sees of a request, what a client gets of an answer."""

import json
import os

import pytest

from gateway import DAEMON, expect, python_function, run, wait_for
from test_streaming import INTEGRATION, order, prelude, streamer
from test_worst_bodies import cpu_threads, held

MAPPED = {
    "append:header.x-tag": "mapped",
    "overwrite:header.x-shop": "$request.path.shop",
    "remove:header.x-secret": "''",
    "append:querystring.q": "${request.header.x-q}/${context.routeKey}",
    "remove:querystring.drop": "''",
    "overwrite:path": "/internal/${stageVariables.backend}/$request.path.rest",
    "overwrite:header.x-user": "$context.authorizer.claims.sub",
    "overwrite:header.host": "backend.test",
    "overwrite:header.user-agent": "mapper",
}

CONFIG = {
    "functions": {
        "echo": python_function("echo", workers={"max": 2}),
        "echo1": python_function("echo_answer"),
        "act": python_function("act"),
    },
    "stage_variables": {"backend": "blue"},
    "routes": {
        "GET /shops/{shop}/{rest+}": {"function": "echo", "request_parameters": MAPPED},
        "GET /one/{shop}/{rest+}": {"function": "echo1", "payload": "1.0", "request_parameters": MAPPED},
        "POST /body": {
            "function": "echo",
            "request_parameters": {
                "append:header.x-name": "$request.body.user.name",
                "append:header.x-first": "${request.body.list[0]}",
                "overwrite:header.content-type": "application/json",
            },
        },
        "GET /header": {
            "function": "echo",
            "request_parameters": {"append:header.x": "$request.querystring.q"},
        },
        "POST /act": {
            "function": "act",
            "response_parameters": {
                "200": {
                    "append:header.x-id": "$context.requestId",
                    "overwrite:header.x-kind": "$response.body.kind",
                    "remove:header.x-secret": "''",
                },
                "404": {"overwrite:statuscode": "410", "append:header.x-was": "$context.integration.status"},
                "500": {"overwrite:statuscode": "503", "append:header.x-error": "${response.header.x-cause}!"},
                "418": {"append:header.x-evil": "$response.body.text"},
            },
        },
        "GET /moved": {
            "redirect": {"to": "https://example.com/x"},
            "response_parameters": {
                "302": {"overwrite:statuscode": "307", "append:header.x-path": "/$context.routeKey"}
            },
        },
        "GET /static": {
            "respond": {"json": {"name": "fixed"}, "headers": {"x-a": "1"}},
            "response_parameters": {
                "200": {"append:header.x-name": "$response.body.name", "remove:header.x-a": "''"}
            },
        },
    },
    "apis": {
        "rest": {
            "kind": "rest",
            "stage": "prod",
            "stage_variables": {"v": "7"},
            "routes": {
                "GET /moved/{id}": {
                    "redirect": {"to": "https://example.com/{id}"},
                    "response_parameters": {
                        "302": {
                            "method.response.header.X-Id": "context.extendedRequestId",
                            "method.response.header.X-V": "stageVariables.v",
                            "method.response.header.X-To": "integration.response.header.location",
                        }
                    },
                },
                "GET /static": {
                    "respond": {"json": {"a": {"b": [1, 2]}}},
                    "response_parameters": {
                        "200": {
                            "method.response.header.X-Text": "'a text'",
                            "method.response.header.X-B": "integration.response.body.a.b[1]",
                            "method.response.header.Access-Control-Allow-Origin": "'*'",
                        }
                    },
                },
            },
        }
    },
}


def event_of(gateway, target, headers=(), method="GET", body=b""):
    return expect(gateway.send(method, target, headers, body), 200).json()


def returned(gateway, value):
    return gateway.post_json("/act", {"do": "return", "value": value})


# --- requests -------------------------------------------------------------------------------------


def test_the_event_shows_the_mapped_request_and_the_context_the_one_that_came(gateway):
    event = event_of(
        gateway,
        "/shops/a%20b/c/d?q=1&drop=x&z=%41",
        [("X-Tag", "own"), ("X-Shop", "evil"), ("X-Secret", "s"), ("X-Q", "two words"), ("User-Agent", "curl")],
    )
    assert event["headers"]["x-tag"] == "own,mapped"
    assert event["headers"]["x-shop"] == "a b"
    assert "x-secret" not in event["headers"]
    assert event["headers"]["host"] == "backend.test"
    assert event["headers"]["user-agent"] == "mapper"
    query = "q=1&z=%41&q=two%20words%2FGET%20%2Fshops%2F%7Bshop%7D%2F%7Brest%2B%7D"
    assert event["rawQueryString"] == query
    assert event["queryStringParameters"] == {"q": "1,two words/GET /shops/{shop}/{rest+}", "z": "A"}
    assert event["rawPath"] == "/internal/blue/c/d"
    assert event["pathParameters"] == {"shop": "a b", "rest": "c/d"}
    assert event["requestContext"]["http"]["path"] == "/shops/a b/c/d"
    assert event["requestContext"]["http"]["userAgent"] == "curl"
    assert event["requestContext"]["domainName"] == "gateway.test"


def test_an_event_of_format_1_shows_the_mapped_request_too(gateway):
    event = event_of(gateway, "/one/7/c?drop=x", [("X-Tag", "own"), ("X-Q", "q"), ("User-Agent", "curl")])
    assert event["multiValueHeaders"]["X-Tag"] == ["own", "mapped"]
    assert event["headers"]["X-Shop"] == "7"
    assert event["path"] == "/internal/blue/c"
    assert event["requestContext"]["path"] == "/one/7/c"
    assert event["requestContext"]["identity"]["userAgent"] == "curl"
    assert event["requestContext"]["domainName"] == "gateway.test"
    assert event["multiValueQueryStringParameters"] == {"q": ["q/GET /one/{shop}/{rest+}"]}


def test_a_client_cannot_choose_what_an_overwrite_has_no_value_for(gateway):
    event = event_of(gateway, "/shops/7/c", [("X-User", "root"), ("X-Q", "q")])
    assert "x-user" not in event["headers"]


@pytest.mark.parametrize("padding", [0, 40_000, 90_000], ids=["small", "large", "near the limit"])
def test_values_of_the_body_become_headers(gateway, padding):
    document = {"user": {"name": "Zoë"}, "list": [{"a": 1}], "padding": "x" * padding}
    event = event_of(gateway, "/body", method="POST", body=json.dumps(document, ensure_ascii=False).encode())
    assert event["headers"]["x-name"] == "Zoë"
    assert event["headers"]["x-first"] == '{"a":1}'
    assert json.loads(event["body"]) == document


@pytest.mark.parametrize("body", [b"", b"{nope", b'{"user": {}}', b'{"a":"' + b"x" * 102_400 + b'"}'])
def test_a_body_without_the_values_gives_none(gateway, body):
    event = event_of(gateway, "/body", method="POST", body=body)
    assert "x-name" not in event["headers"]


def test_a_value_that_would_break_a_header_is_400(gateway):
    answer = gateway.send("GET", "/header?q=a%0d%0aevil:%201")
    expect(answer, 400, {"message": "Bad Request"})
    gateway.log.wait("mapping of x: the value cannot stand there")


def test_mapped_values_over_10240_bytes_are_431(gateway):
    expect(event_of(gateway, "/header?q=" + "x" * 9000) and gateway.send("GET", "/header?q=1"), 200)
    body = json.dumps({"user": {"name": "x" * 10_241}}).encode()
    answer = gateway.send("POST", "/body", body=body)
    expect(answer, 431, {"message": "Request Header Fields Too Large"})
    body = json.dumps({"user": {"name": "x" * (10_240 - len("application/json"))}}).encode()
    event_of(gateway, "/body", method="POST", body=body)


# --- answers --------------------------------------------------------------------------------------


def test_headers_of_an_answer_are_mapped_by_its_status(gateway):
    headers = {"x-kind": "function's", "x-secret": "s", "x-other": "o"}
    answer = returned(gateway, {"statusCode": 200, "headers": headers, "body": '{"kind":"mapped"}'})
    expect(answer, 200)
    assert answer.header("x-id") == answer.header("apigw-requestid")
    assert answer.header("x-kind") == "mapped"
    assert answer.header("x-secret") is None
    assert answer.header("x-other") == "o"
    assert answer.json() == {"kind": "mapped"}


def test_the_status_of_an_answer_is_mapped(gateway):
    answer = returned(gateway, {"statusCode": 404, "body": "gone"})
    expect(answer, 410, text="gone")
    assert answer.header("x-was") == "404"


def test_an_answer_with_another_status_passes_as_it_is(gateway):
    answer = returned(gateway, {"statusCode": 201, "headers": {"x-secret": "s"}})
    expect(answer, 201)
    assert answer.header("x-secret") == "s"
    assert answer.header("x-id") is None


def test_errors_of_the_gateway_itself_are_not_mapped(gateway):
    answer = gateway.post_json("/act", {"do": "fail", "text": "on purpose"})
    expect(answer, 500, {"message": "Internal Server Error"})
    answer = returned(gateway, {"statusCode": 500, "headers": {"x-cause": "function's"}})
    expect(answer, 503)
    assert answer.header("x-error") == "function's!"


def test_a_value_of_an_answer_that_would_break_a_header_is_500(gateway):
    answer = returned(gateway, {"statusCode": 418, "body": json.dumps({"text": "a\r\nset-cookie: evil=1"})})
    expect(answer, 500, {"message": "Internal Server Error"})
    assert answer.header("set-cookie") is None


def test_redirects_and_static_answers_are_mapped(gateway):
    answer = gateway.send("GET", "/moved")
    expect(answer, 307)
    assert answer.header("x-path") == "/GET /moved"
    assert answer.header("location") == "https://example.com/x"
    answer = gateway.send("GET", "/static")
    expect(answer, 200, {"name": "fixed"})
    assert answer.header("x-name") == "fixed"
    assert answer.header("x-a") is None


def test_a_rest_api_maps_headers_of_redirects_and_static_answers(gateway):
    answer = gateway.send("GET", "/prod/moved/a%20b")
    expect(answer, 302)
    assert answer.header("x-id") == answer.header("x-amz-apigw-id")
    assert answer.header("x-v") == "7"
    assert answer.header("x-to") == answer.header("location") == "https://example.com/a%20b"
    answer = gateway.send("GET", "/prod/static")
    expect(answer, 200, {"a": {"b": [1, 2]}})
    assert answer.header("x-text") == "a text"
    assert answer.header("x-b") == "2"
    assert answer.header("access-control-allow-origin") == "*"


def test_a_streamed_answer_is_mapped_when_it_begins(start):
    mappings = {
        "200": {"append:header.x-id": "$context.requestId", "append:header.x-no": "$response.body.a"},
        "201": {"overwrite:statuscode": "204"},
        "202": {"append:header.x-evil": "$response.header.x-none", "overwrite:statuscode": "299"},
    }
    gateway = start(
        {
            "functions": {"s": streamer()},
            "routes": {"POST /s": {"function": "s", "response_parameters": mappings}},
        }
    )

    def streamed(status):
        head = prelude(statusCode=status, headers={"x-a": "1"})
        return gateway.send("POST", "/s", body=order(head, '{"a":1}', type=INTEGRATION))

    answer = expect(streamed(200), 200, {"a": 1})
    assert answer.header("transfer-encoding") == "chunked"
    assert answer.header("x-id") == answer.header("apigw-requestid")
    assert answer.header("x-no") is None
    assert answer.header("x-a") == "1"
    assert expect(streamed(201), 204).body == b""
    expect(streamed(202), 299, {"a": 1})


# --- configuration --------------------------------------------------------------------------------

def faults(tmp_path, routes, **more):
    file = tmp_path / "bad.json"
    config = {"functions": {"f": python_function("echo")}, "routes": routes, **more}
    file.write_text(json.dumps(config, indent=1))
    result = run(DAEMON, "--check", file)
    assert result.returncode != 0
    return result.stderr


def test_bad_mappings_are_faults_with_their_place(tmp_path):
    text = faults(
        tmp_path,
        {
            "GET /a/{id}": {
                "function": "f",
                "request_parameters": {
                    "overwrite:header.authorization": "x",
                    "append:header.x": "$request.path.nope",
                    "append:querystring.y": "$context.nope",
                },
                "response_parameters": {"200": {"append:header.x": "$request.header.y"}},
            }
        },
    )
    lines = text.splitlines()
    assert len(lines) == 4
    assert 'bad.json:16: routes."GET /a/{id}".request_parameters."overwrite:header.authorization"' in lines[0]
    assert "found a header that API Gateway reserves" in lines[0]
    assert 'found the path variable "nope", expected one of the route "GET /a/{id}"' in lines[1]
    assert 'found the context variable "nope"' in lines[2]
    assert 'response_parameters.200."append:header.x": found "request.header.y"' in lines[3]


def test_functions_of_rest_apis_have_no_mappings(tmp_path):
    rest = {
        "kind": "rest",
        "stage": "prod",
        "routes": {
            "GET /a": {
                "function": "f",
                "request_parameters": {"integration.request.header.x": "'1'"},
                "response_parameters": {"200": {"method.response.header.x": "'1'"}},
            }
        },
    }
    text = faults(tmp_path, {}, apis={"rest": rest})
    assert "its events show requests as they came" in text


def test_a_client_may_leave_while_its_large_body_is_looked_into(start):
    """What the thread reads of the head stays; only a sanitizer sees that it did not."""
    mappings = {"append:header.x-path": "$request.path", "append:header.x-name": "$request.body.name"}
    routes = {"POST /deep/{x}": {"function": "f", "request_parameters": mappings}}
    gateway = start({"functions": {"f": python_function("echo")}, "routes": routes})
    body = json.dumps({"name": "n", "more": "x" * 80 * 1024}).encode()
    threads = 2 if len(os.sched_getaffinity(0)) > 2 else 1
    wait_for("the CPU threads", lambda: len(cpu_threads(gateway)) == threads)
    with held(cpu_threads(gateway)):
        with gateway.peer() as peer:
            peer.request("POST", "/deep/" + "y" * 1000, [("Content-Type", "application/json")], body)
            wait_for("work to wait", lambda: gateway.metric("lambdagate_cpu_jobs_waiting") == 1)
            peer.reset()
        gateway.log.wait("access .*client left")
    wait_for("the end of the work", lambda: gateway.metric("lambdagate_cpu_jobs_waiting") == 0)
    expect(gateway.request("POST", "/deep/z", body, [("Content-Type", "application/json")]), 200)
