"""Reads the AsyncAPI document with a parser of AsyncAPI 3, follows its references, and shows that the parser refuses
damaged ones.

    asyncapi.py DOCUMENT
"""

import copy
import json
import pathlib
import sys
import warnings

import jsonschema
import pydantic

warnings.simplefilter("ignore", UserWarning)  # the parser's own, about its classes
import asyncapi3  # noqa: E402


def references(part):
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def refuses(document):
    try:
        asyncapi3.AsyncAPI3.model_validate(document)
    except pydantic.ValidationError:
        return True
    return False


def main(path):
    document = json.loads(path.read_text("utf-8"))
    parsed = asyncapi3.AsyncAPI3.model_validate(document)
    files = 0
    for reference in set(references(document)):
        if reference.startswith("#/"):
            part = document
            for key in reference[2:].split("/"):
                part = part[key]
            continue
        schema = json.loads((path.parent / reference).read_text("utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        files += 1
    damaged = []
    for key, change in {
        "qos": lambda d: d["operations"]["sendEvent"]["bindings"]["mqtt"].update(qos=3),
        "retain": lambda d: d["operations"]["sendEvent"]["bindings"]["mqtt"].update(retain="perhaps"),
        "action": lambda d: d["operations"]["sendEvent"].update(action="shout"),
        "channel": lambda d: d["operations"]["sendEvent"].pop("channel"),
        "info": lambda d: d.pop("info"),
    }.items():
        wrong = copy.deepcopy(document)
        change(wrong)
        assert refuses(wrong), f"accepted a wrong {key}"
        damaged.append(key)
    print(f"AsyncAPI {parsed.asyncapi}: {len(parsed.channels.root)} channels, "
          f"{len(parsed.operations.root)} operations, {files} schemas; refused wrong {', '.join(damaged)}")


main(pathlib.Path(sys.argv[1]))
