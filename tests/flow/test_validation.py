"""Bodies held against the schemas of their routes: by model, by content type, in every draft."""

import json

import pytest

from gateway import DAEMON, expect, python_function, run

GENERIC = {"message": "Invalid request body"}
UNSUPPORTED = {"message": "Unsupported Media Type"}

ITEM = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"$ref": "types.json#/$defs/id"},
        "price": {"type": "number", "minimum": 0, "multipleOf": 0.01},
        "when": {"format": "date"},
    },
    "additionalProperties": False,
}
TYPES = {"$defs": {"id": {"type": "string", "maxLength": 8}}}


@pytest.fixture
def files(tmp_path):
    folder = tmp_path / "schemas"
    folder.mkdir()

    def write(name, schema):
        text = schema if isinstance(schema, str) else json.dumps(schema)
        (folder / name).write_text(text)
        return str(folder / name)

    write("types.json", TYPES)
    return write


def configuration(files, body="Item", **options):
    if "models" not in options:
        options["models"] = {"Item": files("item.json", ITEM)}
    return {
        "functions": {"f": python_function("echo")},
        "routes": {"POST /items": {"function": "f", "body": body}},
        **options,
    }


def post(gateway, body, content_type="application/json"):
    headers = [("Content-Type", content_type)] if content_type else []
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return gateway.send("POST", "/items", headers, text)


def test_a_model_by_its_name_and_a_file_that_it_refers_to(start, files):
    gateway = start(configuration(files))
    expect(post(gateway, {"id": "pen"}), 200)
    expect(post(gateway, {"id": "a pencil case"}), 400, GENERIC)
    gateway.log.wait(r"/id: must have at most 8 characters, found 13 \(.*types.json#/\$defs/id/maxLength\)")


def test_the_bytes_that_were_checked_are_those_that_the_function_gets(start, files):
    gateway = start(configuration(files))
    body = b'{ "price" : 12345678901234567890.10 , "id":"\\u0061" }\n'
    answer = expect(post(gateway, body), 200)
    assert answer.json()["body"] == body.decode()


@pytest.mark.parametrize(
    "body",
    [
        b'{"id":"a","id":"b"}',
        b'{"id":"a",}',
        b'\xef\xbb\xbf{"id":"a"}',
        b'{"id":"\xff"}',
        b'{"id":"\\ud800"}',
        b'{"id":"a"} x',
        b"{'id':'a'}",
        b'{"id":"a","price":01}',
        b'{"id":"a","price":NaN}',
    ],
)
def test_what_is_not_strictly_json_is_refused(start, files, body):
    gateway = start(configuration(files))
    expect(post(gateway, body), 400, GENERIC)
    gateway.log.wait("400 invalid_body: not JSON: ")


def test_every_failure_is_in_the_log_and_none_in_the_answer(start, files):
    gateway = start(configuration(files))
    expect(post(gateway, {"price": -1, "x": 1}), 400, GENERIC)
    gateway.log.wait(
        r"400 invalid_body: /price: must be at least 0, found -1 \(/properties/price/minimum\); "
        r"/x: is not allowed \(/additionalProperties\); "
        r'\(root\): must have required property "id" \(/required\)'
    )


def test_detailed_errors_are_a_problem_document(start, files):
    gateway = start(configuration(files, validation={"errors": "detailed"}))
    answer = post(gateway, {"price": -1, "x": 1})
    assert answer.status == 400
    assert answer.header("content-type") == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "message": "Invalid request body",
        "errors": [
            {
                "instancePath": "/price",
                "schemaPath": "/properties/price/minimum",
                "keyword": "minimum",
                "message": "must be at least 0, found -1",
            },
            {
                "instancePath": "/x",
                "schemaPath": "/additionalProperties",
                "keyword": "additionalProperties",
                "message": "is not allowed",
            },
            {
                "instancePath": "",
                "schemaPath": "/required",
                "keyword": "required",
                "message": 'must have required property "id"',
            },
        ],
        "more": False,
    }
    answer = post(gateway, b'{"id":')
    assert answer.json()["errors"][0]["message"] == (
        "not JSON: the text ends where a value was expected, at byte 6"
    )


def test_detailed_errors_of_large_bodies_are_bounded(start, files):
    gateway = start(configuration(files, validation={"errors": "detailed"}))
    answer = post(gateway, {"id": "a", **{f"x{i}": 1 for i in range(50000)}})
    assert answer.status == 400 and len(answer.body) < 8192
    document = answer.json()
    assert document["more"] is True and len(document["errors"]) == 20


def test_detailed_errors_name_the_content_types_that_a_route_takes(start, files):
    config = configuration(files, validation={"errors": "detailed"})
    schema = config["routes"]["POST /items"]["body"]
    config["routes"]["POST /two"] = {**config["routes"]["POST /items"], "body": {"text/x-a": schema, "a/b": schema}}
    gateway = start(config)
    form = [("Content-Type", "application/x-www-form-urlencoded")]
    for target, accept in (("/items", "application/json, application/*+json"), ("/two", "text/x-a, a/b")):
        answer = expect(gateway.send("POST", target, form, b'{"id":"a"}'), 415)
        assert answer.header("content-type") == "application/problem+json"
        told = {"type": "about:blank", "title": UNSUPPORTED["message"], "status": 415, **UNSUPPORTED, "accept": accept}
        assert answer.json() == told


def test_other_content_types_are_refused_unless_they_may_pass(start, files):
    gateway = start(configuration(files))
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        answer = gateway.send("POST", "/items", [("Content-Type", kind)], b'{"id":"a"}')
        expect(answer, 415, UNSUPPORTED)
    gateway.log.wait(
        '415 unsupported_media_type: no schema for the content type "text/plain", '
        r"expected application/json, application/\*\+json"
    )
    expect(post(gateway, {"id": "a"}, None), 200)
    expect(post(gateway, {"id": 1}, None), 400)
    expect(post(gateway, {"id": "a"}, "application/json; charset=utf-8"), 200)
    expect(post(gateway, {"id": 1}, "application/vnd.item+json"), 400)


def test_unlisted_content_types_may_pass(start, files):
    gateway = start(configuration(files, validation={"unlisted_content_type": "pass"}))
    expect(post(gateway, b"hello", "text/plain"), 200)
    expect(post(gateway, {"id": 1}), 400)


def test_a_schema_for_each_content_type(start, files):
    number = files("number.json", {"type": "number"})
    body = {"application/json": "Item", "application/vnd.n+json": number, "$default": number}
    gateway = start(configuration(files, body))
    expect(post(gateway, {"id": "a"}), 200)
    expect(post(gateway, 7), 400)
    expect(post(gateway, 7, "application/vnd.n+json"), 200)
    expect(post(gateway, {"id": "a"}, "application/vnd.n+json"), 400)
    expect(post(gateway, 7, "text/plain"), 200)
    expect(post(gateway, b"seven", "text/plain"), 400)


def test_an_empty_body_is_an_empty_object(start, files):
    gateway = start(configuration(files))
    expect(gateway.send("POST", "/items"), 400, GENERIC)
    files("item.json", {"type": "object"})
    gateway = start(configuration(files, models={"Item": files("any.json", {"type": "object"})}))
    expect(gateway.send("POST", "/items"), 200)


def test_formats_are_checked_where_that_is_asked_for(start, files):
    gateway = start(configuration(files))
    expect(post(gateway, {"id": "a", "when": "soon"}), 200)
    gateway = start(configuration(files, validation={"formats": "assertion"}))
    expect(post(gateway, {"id": "a", "when": "2024-02-29"}), 200)
    expect(post(gateway, {"id": "a", "when": "soon"}), 400)


@pytest.mark.parametrize("kind, draft", [("http", None), ("rest", None), ("rest", "7"), ("http", "4")])
def test_the_draft_is_that_of_the_option_or_the_kind(start, files, kind, draft):
    old = draft == "4" or (kind == "rest" and draft is None)
    schema = {"type": "integer", "maximum": 5}
    validation = {"draft": draft} if draft else {}
    gateway = start(
        {
            "functions": {"f": python_function("echo")},
            "apis": {
                "shop": {
                    "kind": kind,
                    "stage": "prod",
                    "base_path": "/v1",
                    "models": {"N": files("n.json", schema)},
                    "validation": validation,
                    "routes": {"POST /n": {"function": "f", "body": "N"}},
                }
            },
        }
    )
    headers = [("Content-Type", "application/json")]
    status = gateway.send("POST", "/v1/n", headers, b"1.0").status
    assert (status == 400) == old
    answer = gateway.send("POST", "/v1/n", headers, b"7")
    expect(answer, 400, GENERIC)


def faults(folder, config):
    file = folder / "faulty.json"
    file.write_text(json.dumps(config))
    result = run(DAEMON.parent / "lambdagate", "check", file)
    assert result.returncode == 1
    return result.stderr + result.stdout


@pytest.mark.parametrize(
    "schema, place",
    [
        ({"properties": {"a": {"minLenght": 1}}}, '/properties/a/minLenght: unknown keyword, did you mean "minLength"?'),
        ({"$ref": "https://example.com/x"}, '/$ref: found "https://example.com/x"'),
        ({"items": {"pattern": "("}}, '/items/pattern: found "("'),
        ({"$ref": "#"}, "(root): leads back to itself without an end"),
        ("{", ":1:2: not JSON: "),
    ],
)
def test_a_schema_that_is_wrong_is_told_with_its_place(files, tmp_path, schema, place):
    text = faults(tmp_path, configuration(files, models={"Item": files("bad.json", schema)}))
    assert "models.Item: " in text and "bad.json" in text and place in text


def test_a_model_is_checked_even_if_no_route_names_it(files, tmp_path):
    models = {"Item": files("item.json", ITEM), "Other": files("other.json", {"typ": 1})}
    assert "models.Other: " in faults(tmp_path, configuration(files, models=models))


def test_an_unknown_model_names_those_that_there_are(files, tmp_path):
    text = faults(tmp_path, configuration(files, "Itm"))
    assert 'found "Itm", an unknown model, expected Item or a file such as schemas/item.json' in text
    assert 'did you mean "Item"?' in text


def test_files_elsewhere_must_be_listed(start, files, tmp_path):
    common = tmp_path / "common.json"
    common.write_text(json.dumps({"$defs": {"n": {"type": "null"}}}))
    models = {"Item": files("item.json", {"$ref": "../common.json#/$defs/n"})}
    assert "nothing is fetched" in faults(tmp_path, configuration(files, models=models))
    listed = {"schemas": [str(common)]}
    gateway = start(configuration(files, models=models, validation=listed))
    expect(post(gateway, None), 200)
    expect(post(gateway, 1), 400)
