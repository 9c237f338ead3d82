"""What a REST API says by itself, changed by its gateway responses."""

import json

import pytest

from gateway import expect, python_function

CORS = {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}
SCHEMA = {"type": "object", "required": ["sku"], "properties": {"sku": {"type": "string"}}}


def api(responses, **options):
    routes = options.pop("routes", {"GET /x": {"respond": {"text": "x"}}})
    return {"apis": {"shop": {"kind": "rest", "stage": "prod", "gateway_responses": responses, "routes": routes, **options}}}


def test_a_missing_resource_may_be_404(start):
    gateway = start(api({"MISSING_AUTHENTICATION_TOKEN": {"status_code": 404, "response_templates": {
        "application/json": '{"error":$context.error.messageString,"path":"$context.path","at":"$context.stage"}'}}}))
    answer = gateway.get("/prod/nothing")
    expect(answer, 404, {"error": "Missing Authentication Token", "path": "/prod/nothing", "at": "prod"})
    assert answer.header("x-amzn-ErrorType") == "MissingAuthenticationTokenException"
    assert answer.header("content-type") == "application/json"
    gateway.log.wait("404 not_found: no route")


def test_the_defaults_reach_every_type_without_an_entry_but_not_413(start, tmp_path):
    schema = tmp_path / "order.json"
    schema.write_text(json.dumps(SCHEMA))
    config = api(
        {"DEFAULT_4XX": {"status_code": 422, "response_parameters": CORS}, "DEFAULT_5XX": {"response_parameters": CORS}},
        routes={"POST /f": {"function": "act", "body": str(schema)}, "POST /g": {"function": "act"}},
    )
    config |= {"functions": {"act": python_function("act")}, "limits": {"body": "1KB"}}
    gateway = start(config)
    for answer in (gateway.get("/prod/nothing"), gateway.post_json("/prod/f", {})):
        expect(answer, 422)
        assert answer.header("access-control-allow-origin") == "*"
    answer = expect(gateway.post_json("/prod/g", {"do": "fail", "text": "on purpose"}), 502)
    assert answer.header("access-control-allow-origin") == "*"
    answer = expect(gateway.post_json("/prod/g", "x" * 1100), 413)
    assert answer.header("access-control-allow-origin") is None


def test_what_is_wrong_with_a_body_can_be_told(start, tmp_path):
    schema = tmp_path / "order.json"
    schema.write_text(json.dumps(SCHEMA))
    template = '{"message": $context.error.messageString, "details": "$context.error.validationErrorString"}'
    config = api(
        {"BAD_REQUEST_BODY": {"status_code": 422, "response_templates": {"application/json": template}}},
        routes={"POST /f": {"function": "act", "body": str(schema)}},
    )
    gateway = start(config | {"functions": {"act": python_function("act")}})
    answer = expect(gateway.post_json("/prod/f", {}), 422)
    assert answer.json()["message"] == "Invalid request body"
    assert "sku" in answer.json()["details"]


@pytest.mark.parametrize("value", ['"},{"', "\\", "\xff", "a\tb", "<b>"])
def test_a_client_cannot_write_into_the_body(start, value):
    template = '{"who":"$method.request.header.X-Who","q":"$method.request.querystring.q"}'
    gateway = start(api({"DEFAULT_4XX": {"response_templates": {"application/json": template}}}))
    answer = gateway.send("GET", "/prod/nothing?q=%22%7D%0A", headers=[("X-Who", value)])
    document = expect(answer, 403).json()
    assert set(document) == {"who", "q"}
    assert document["q"] == '"}\n'


def test_a_value_that_no_header_can_hold_is_left_out(start):
    parameters = {"gatewayresponse.header.X-Q": "method.request.querystring.q"}
    gateway = start(api({"DEFAULT_4XX": {"response_parameters": parameters}}))
    answer = expect(gateway.get("/prod/nothing?q=a%0D%0AX-Evil:%201"), 403)
    assert answer.header("x-q") is None and answer.header("x-evil") is None
    assert expect(gateway.get("/prod/nothing?q=fine"), 403).header("x-q") == "fine"


def test_the_stage_of_another_api_is_not_changed(start):
    """Without an API there is nobody whose words could be used."""
    gateway = start(api({"DEFAULT_4XX": {"status_code": 404}}))
    expect(gateway.get("/dev/x"), 403, {"message": "Forbidden"})
