"""Our validator and two that others wrote judge random schemas and values (schemas.py) alike.

Where one of the others is known to be wrong it stands in KNOWN, with the section that says so, and an
example on which it must still be wrong; an example that it judges well by now is to be taken out.
LAMBDAGATE_TEST_SEED and LAMBDAGATE_TEST_SCHEMAS ask for other schemas and for more.
"""

import json
import os
import subprocess
from typing import Callable, NamedTuple

import pytest

import schemas
from clients import SOURCES
from gateway import BUILD

pytestmark = pytest.mark.xdist_group("schemas")

SEED = os.environ.get("LAMBDAGATE_TEST_SEED", "1")
COUNT = int(os.environ.get("LAMBDAGATE_TEST_SCHEMAS", "200"))  # of each draft
SMOKE = 40
VALUES = 12
OURS = BUILD / "validate-lines"


def words_of(who, installed):
    if who == "ours":
        if not OURS.exists():
            pytest.skip("build/.../validate-lines is not built: make interop builds it")
        return [OURS]
    if who == "ajv":
        return ["node", SOURCES / "ajv/validate.mjs", installed("ajv")]
    return [installed("jsonschema") / "venv/bin/python", SOURCES / "jsonschema/validate.py"]


def judge(words, lines):
    """For each line its verdicts, or a text when the validator does not take the schema."""
    done = subprocess.run(
        list(map(str, words)), input="".join(json.dumps(line) + "\n" for line in lines),
        capture_output=True, text=True, timeout=1200,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(lines)
    return answers


# --- where the others are wrong -----------------------------------------------------------------------


def parts(schema):
    """Every object in a schema."""
    if isinstance(schema, dict):
        yield schema
        schema = list(schema.values())
    if isinstance(schema, list):
        for part in schema:
            yield from parts(part)


def has(*names):
    return lambda schema: all(any(name in part for part in parts(schema)) for name in names)


def together(*names):
    return lambda schema: any(all(name in part for name in names) for part in parts(schema))


class Known(NamedTuple):
    who: str
    drafts: tuple
    section: str
    where: Callable
    schema: dict  # of the example
    value: object
    right: bool


OLD, NEW = ("4", "6", "7"), ("2019-09", "2020-12")
KNOWN = [
    Known("jsonschema", ("2019-09",), "2019-09 core 9.3.2.4: what additionalProperties looked at is evaluated",
          has("unevaluatedProperties", "additionalProperties"),
          {"additionalProperties": {}, "unevaluatedProperties": False}, {"foo": []}, True),
    Known("jsonschema", ("2019-09",), "2019-09 core 9.3.1.3: contains evaluates nothing before 2020-12",
          has("unevaluatedItems", "contains"), {"contains": {}, "unevaluatedItems": False}, [1], False),
    Known("ajv", OLD, "draft 7 core 8.3: what stands beside $ref is ignored",
          together("$ref", "type"), {"allOf": [{"$ref": "#/definitions/a", "type": "null"}], "definitions": {"a": {}}}, 1, True),
    Known("ajv", ("4",), "draft 4 core 3.5: an integer has no fraction",
          lambda schema: "integer" in json.dumps(schema), {"type": "integer"}, 1.0, False),
    Known("ajv", ("6", "7", "2019-09"), "draft 7 validation 6.4.6: contains of an empty array fails",
          has("contains"), {"contains": {}, "items": [{"multipleOf": 1.5}]}, [], False),
    Known("ajv", ("2020-12",), "2020-12 core 10.3.1.3: contains of an empty array fails",
          has("contains"), {"contains": {}, "prefixItems": [{"multipleOf": 1.5}]}, [], False),
    Known("ajv", NEW, "2020-12 core 7.7.1.2, 2019-09 core 7.7.1.2: a schema that fails evaluates nothing",
          lambda schema: has("unevaluatedItems")(schema) or has("unevaluatedProperties")(schema),
          {"if": {"unevaluatedItems": False}, "else": {"maxItems": 9}, "unevaluatedItems": False}, [[]], False),
    Known("ajv", ("2019-09",), "2019-09 core 8.2.4.2.1: what stands beside $recursiveRef counts",
          has("$recursiveRef"),
          {"properties": {"b": {"if": {"$recursiveRef": "#", "not": {}}, "else": {"oneOf": [{"type": ["null"]}]}}}},
          {"b": False}, False),
]  # fmt: skip


def is_known(who, line):
    return any(known.who == who and line["draft"] in known.drafts and known.where(line["schema"]) for known in KNOWN)


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: f"{known.who}: {known.section[:40]}")
def test_the_others_are_still_wrong_where_it_is_said(installed, known):
    for draft in known.drafts:
        line = {"draft": draft, "schema": {"$schema": schemas.META[draft], **known.schema}, "values": [known.value]}
        assert judge(words_of("ours", installed), [line]) == [[known.right]], draft
        assert judge(words_of(known.who, installed), [line]) == [[not known.right]], draft


# --- the comparison -----------------------------------------------------------------------------------


def smaller(value):
    """Everything that is one step simpler."""
    if isinstance(value, dict):
        for name in value:
            yield {other: part for other, part in value.items() if other != name}
        for name, part in value.items():
            yield from ({**value, name: less} for less in smaller(part))
    elif isinstance(value, list):
        for i, part in enumerate(value):
            yield value[:i] + value[i + 1 :]
            yield from (value[:i] + [less] + value[i + 1 :] for less in smaller(part))


def shrink(line, differ, patience=300):
    """A simpler schema and value on which they still differ."""
    while True:
        candidates = [{**line, "values": [value]} for value in smaller(line["values"][0])]
        candidates += [{**line, "schema": schema} for schema in smaller(line["schema"]) if isinstance(schema, dict)]
        candidates = candidates[:patience]
        found = next((less for less, yes in zip(candidates, differ(candidates)) if yes), None)
        if found is None:
            return line
        line = found


def compare(installed, who, count):
    lines = list(schemas.lines(SEED, count, VALUES))
    mine, theirs = words_of("ours", installed), words_of(who, installed)

    def differ(lines):
        pairs = zip(judge(mine, lines), judge(theirs, lines))
        return [isinstance(one, list) and isinstance(other, list) and one != other for one, other in pairs]

    ours, others = judge(mine, lines), judge(theirs, lines)
    refused = [(line, answer) for line, answer in zip(lines, ours) if isinstance(answer, str)]
    assert not refused, f"a good schema was refused: {refused[0]}"
    verdicts = sum(len(answer) for answer in others if isinstance(answer, list))
    excused, wrong = 0, []
    for line, one, other in zip(lines, ours, others):
        if isinstance(other, list) and one != other:
            if is_known(who, line):
                excused += 1
            else:
                value = next(value for value, a, b in zip(line["values"], one, other) if a != b)
                wrong.append({**line, "values": [value]})
    good = sum(answer.count(True) for answer in ours)
    print(f"{who}: {len(lines)} schemas, {verdicts} verdicts, {good} valid, {excused} schemas with a known difference")
    assert verdicts > len(lines) * VALUES * 0.9, "most schemas must be judged by both"
    assert not wrong, f"{len(wrong)} differ, the first: {json.dumps(shrink(wrong[0], differ), ensure_ascii=False)}"


@pytest.mark.smoke
def test_a_few_schemas_are_judged_as_ajv_judges_them(installed):
    compare(installed, "ajv", SMOKE)


@pytest.mark.parametrize("who", ["ajv", "jsonschema"])
def test_random_schemas_are_judged_as_others_judge_them(installed, who):
    compare(installed, who, COUNT)
