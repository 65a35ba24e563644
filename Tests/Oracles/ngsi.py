"""Holds NGSI-LD entities against the smart data models (key-values form) and the rules of ETSI GS CIM 009
(normalised form), and both forms against each other.

    ngsi.py SAMPLES     SAMPLES holds normalized.jsonl and keyvalues.jsonl

The models are those of pysmartdatamodels: the attributes of each with their types, and which are required.
"""

import collections
import copy
import json
import pathlib
import re
import sys

import jsonschema
import pysmartdatamodels

SUBJECTS = {
    "FloodMonitoring": "dataModel.Environment", "WaterObserved": "dataModel.Environment",
    "WaterQualityObserved": "dataModel.WaterQuality", "WeatherObserved": "dataModel.Weather",
    "Alert": "dataModel.Alert",
}
# Attributes of our own, which the models let in.
OWN = {"qualityFlag", "mode"}
TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"
POINT = {
    "type": "object", "required": ["type", "coordinates"], "additionalProperties": False,
    "properties": {"type": {"const": "Point"}, "coordinates": {
        "type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "number"}}},
}


def schema(model):
    """The model as a JSON schema of the key-values form that lets no unknown attribute in."""
    subject = SUBJECTS[model]
    properties = {}
    for entry in pysmartdatamodels.load_all_attributes():
        if (entry["repoName"], entry["dataModel"]) != (subject, model):
            continue
        name, kind = entry["property"], entry.get("type")
        if name in properties or not kind or name in ("bbox", "coordinates"):
            continue
        properties[name] = {"type": kind}
        # What the model's own documentation lists is all that may stand there.
        listed = re.search(r"Enum:\s*'([^']*)'?", entry.get("description") or "")
        if listed:
            properties[name]["enum"] = re.split(r",\s*", listed[1])
        if name.startswith(("date", "valid")) or name.endswith("DateTime"):
            properties[name]["pattern"] = TIME
    properties |= {"location": POINT, "type": {"const": model}, "@context": {
        "type": "array", "items": {"type": "string", "format": "uri"}}}
    properties |= {"qualityFlag": {"enum": [1, 2, 3, 4, 9]},
                   "mode": {"enum": ["actual", "exercise", "test"]}}
    required = pysmartdatamodels.list_datamodel_metadata(model, subject)["required"]
    return {"type": "object", "properties": properties, "additionalProperties": False,
            "required": [*required, "@context"]}


def simplified(entity):
    """The key-values form of a normalised entity, by the standard's rules, or an assertion that fails."""
    result = {}
    for name, attribute in entity.items():
        if name in ("id", "type", "@context"):
            result[name] = attribute
            continue
        assert set(attribute) <= {"type", "value", "object", "unitCode", "observedAt"}, (name, attribute)
        match attribute["type"]:
            case "Relationship":
                assert attribute["object"].startswith("urn:ngsi-ld:"), attribute
                value = attribute["object"]
            case "GeoProperty":
                jsonschema.validate(attribute["value"], POINT)
                value = attribute["value"]
            case "Property":
                value = attribute["value"]
                if isinstance(value, dict) and "@type" in value:
                    assert value["@type"] == "DateTime" and re.match(TIME, value["@value"]), value
                    value = value["@value"]
            case other:
                raise AssertionError(f"{name} has the type {other}")
        assert value is not None, f"{name} is null"
        if "observedAt" in attribute:
            assert re.match(TIME, attribute["observedAt"]), attribute
        if "unitCode" in attribute:
            assert re.match(r"^[A-Z0-9]{2,3}$", attribute["unitCode"]), attribute
        result[name] = value
    return result


def entities(path):
    for line in path.read_text("utf-8").splitlines():
        message = json.loads(line)
        entity = message["payload"]
        if message["type"] != "application/ld+json":
            continue
        _, _, _, *levels = message["topic"].split("/")
        assert levels[0] == "ngsi-ld" and levels[1] == entity["type"], message["topic"]
        assert entity["id"] == f"urn:ngsi-ld:{levels[1]}:{levels[2]}", message["topic"]
        assert "observedAt" not in entity
        yield entity


def main(samples):
    validators = {model: jsonschema.Draft202012Validator(schema(model)) for model in SUBJECTS}
    counts, refused = collections.Counter(), 0
    values = list(entities(samples / "keyvalues.jsonl"))
    normalized = list(entities(samples / "normalized.jsonl"))
    assert len(values) == len(normalized)
    for value, long in zip(values, normalized):
        validator = validators[value["type"]]
        errors = [error.message for error in validator.iter_errors(value)]
        assert not errors, f"{value['id']}: {errors}"
        assert simplified(long) == value, f"{long} is not {value}"
        counts[value["type"]] += 1
        for key in validator.schema["required"]:
            damaged = copy.deepcopy(value)
            del damaged[key]
            assert not validator.is_valid(damaged), f"accepted without {key}"
            refused += 1
        for key in value:
            assert not validator.is_valid({**value, key: [["nonsense"]]}), f"accepted nonsense in {key}"
            refused += 1
        assert not validator.is_valid({**value, "unknown": 1})
    assert set(counts) == set(SUBJECTS), counts
    print(f"{sum(counts.values())} entities in both forms {dict(counts)}, {refused} damaged ones refused")


main(pathlib.Path(sys.argv[1]))
