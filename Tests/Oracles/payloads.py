"""Holds sample payloads against the schemas, and the schemas against damaged payloads.

    payloads.py SCHEMAS SAMPLES     SAMPLES holds <kind>-<name>.json
"""

import copy
import json
import pathlib
import sys

import jsonschema

KINDS = ("alarm", "answer", "event", "gap", "observation", "point", "status")


def validator(path):
    schema = json.loads(path.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)


def unique(pairs):
    """An object, none of whose keys may stand twice."""
    assert len({key for key, _ in pairs}) == len(pairs), f"a key stands twice: {pairs}"
    return dict(pairs)


def not_a_number(text):
    raise ValueError(f"{text} is not JSON")


def damaged(payload):
    """The payload without each of its keys, with one too many, and with nonsense in each."""
    for key in payload:
        lesser = copy.deepcopy(payload)
        del lesser[key]
        yield f"without {key}", lesser
        yield f"nonsense in {key}", {**payload, key: ["nonsense"]}
    yield "unknown key", {**payload, "unknown": 1}


def main(schemas, samples):
    validators = {kind: validator(schemas / f"{kind}.schema.json") for kind in KINDS}
    counts = dict.fromkeys(KINDS, 0)
    refused = 0
    for path in sorted(samples.glob("*.json")):
        kind = path.name.split("-")[0]
        payload = json.loads(
            path.read_text("utf-8"), object_pairs_hook=unique, parse_constant=not_a_number)
        errors = [error.message for error in validators[kind].iter_errors(payload)]
        assert not errors, f"{path.name}: {errors}"
        counts[kind] += 1
        for damage, wrong in damaged(payload):
            assert not validators[kind].is_valid(wrong), f"{path.name}: accepted {damage}"
            refused += 1
    assert all(counts.values()), f"no samples of a kind: {counts}"
    print(f"{sum(counts.values())} payloads valid {counts}, {refused} damaged ones refused")


main(*map(pathlib.Path, sys.argv[1:]))
