"""The same filter as tests/tools/validate_lines.c, over the package jsonschema."""

import json
import sys

import jsonschema

KINDS = {
    "4": jsonschema.Draft4Validator,
    "6": jsonschema.Draft6Validator,
    "7": jsonschema.Draft7Validator,
    "2019-09": jsonschema.Draft201909Validator,
    "2020-12": jsonschema.Draft202012Validator,
}


def judge(draft, schema, values):
    try:
        KINDS[draft].check_schema(schema)
        validator = KINDS[draft](schema)
        return [validator.is_valid(value) for value in values]
    except Exception as fault:  # noqa: BLE001: whatever it is, it is told
        return f"{type(fault).__name__}: {fault}"


for line in sys.stdin:
    print(json.dumps(judge(**json.loads(line))), flush=False)
