"""Every example site keeps to docs/schemas/site.schema.json, and a damaged one does not.

A second opinion on what SiteConfiguration decides in Swift. Each damage is something that a schema
can see; references, units and the order of stages are judged in Swift alone.
"""

import copy
import json
import pathlib
import sys

import jsonschema
import yaml

root = pathlib.Path(sys.argv[1]).resolve()
failures = []


def mappings(value, path=()):
    """The path of every mapping in a document, its own first."""
    if isinstance(value, dict):
        yield path
    children = value.items() if isinstance(value, dict) else (
        enumerate(value) if isinstance(value, list) else ())
    for key, child in children:
        yield from mappings(child, path + (key,))


def changed(document, path, change):
    """A copy of the document in which `change` was applied to what stands at `path`."""
    copied = copy.deepcopy(document)
    inner = copied
    for step in path:
        inner = inner[step]
    change(inner)
    return copied


def set_key(key, value):
    return lambda mapping: mapping.__setitem__(key, value)


def delete_key(key):
    return lambda mapping: mapping.__delitem__(key)


DAMAGES = [
    ("a site without points", (), delete_key("points")),
    ("a mode that does not exist", ("site",), set_key("mode", "drill")),
    ("an id that is no topic level", ("site",), set_key("id", "a/b")),
    ("a point without unit", ("points", 0), delete_key("unit")),
    ("a point without period", ("points", 0), delete_key("period")),
    ("a name in one language", ("points", 0, "name"), delete_key("ja")),
    ("a range of one number", ("points", 0, "quality", "grossRange"), set_key("fail", [1])),
    ("a rule without stages", ("rules", 0), set_key("stages", [])),
    ("a negative delay", ("rules", 0, "stages", 0), set_key("onDelay", "-3 min")),
    ("a delay without unit", ("rules", 0, "stages", 0), set_key("onDelay", 180)),
    ("a negative deadband", ("rules", 0, "stages", 0), set_key("deadband", -0.1)),
    ("a source of two kinds", ("points", 0), set_key(
        "source", {"device": "a", "quantity": "b", "levelFromDistance": {"point": "c"}})),
]
RIVER_DAMAGES = [
    ("a period for a derived point", ("points", 2), set_key("period", "1 min")),
    ("an expression that is a number", ("points", 2), set_key("source", {"expression": 5})),
    ("a curve of one point", (), set_key(
        "curves", [{"id": "c", "x": "m", "y": "m3/s", "points": [[0, 0]]}])),
    ("a curve without a unit", (), set_key(
        "curves", [{"id": "c", "x": "m", "points": [[0, 0], [1, 2]]}])),
    ("a bus that is serial and TCP", ("buses", 0), set_key("tcp", {"host": "192.0.2.1"})),
    ("a bus that is neither", ("buses", 0), delete_key("serial")),
    ("a baud rate that no port has", ("buses", 0, "serial"), set_key("baud", 14400)),
    ("a time that a site cannot know better", ("buses", 0, "devices", 0),
     set_key("timing", {"warmup": "1 s"})),
    ("a unit beyond a byte", ("buses", 0, "devices", 0), set_key("unit", 256)),
    ("a rate without time", ("points", 2, "quality", "rateOfChange"), set_key("fail", "3 m")),
    ("a height without unit", ("points", 2, "source", "levelFromPressure"),
     set_key("sensorHeight", -0.4)),
    ("a destination without host", ("destinations", 0), delete_key("host")),
    ("a secret in the file", ("destinations", 0), set_key("password", "secret")),
    ("a certificate without key", ("destinations", 0),
     set_key("security", {"tls": {"certificateFile": "/etc/box.pem"}})),
    ("an output without end", ("outputs", 0), delete_key("maximumOnTime")),
    ("a relative folder", ("recording",), set_key("folder", "recordings")),
]

schema = json.loads((root / "docs/schemas/site.schema.json").read_text("utf-8"))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)

sites = sorted(root.glob("deploy/sites/*.yaml"))
refused = 0
if not sites:
    failures.append("deploy/sites holds no site")
for path in sites:
    document = yaml.safe_load(path.read_text("utf-8"))
    for error in validator.iter_errors(document):
        where = "/".join(map(str, error.absolute_path)) or "(top)"
        failures.append(f"{path.name}: {where}: {error.message}")
    damages = DAMAGES + (RIVER_DAMAGES if path.name == "river.yaml" else [])
    damages += [
        (f"an unknown key in {'/'.join(map(str, inner)) or '(top)'}", inner,
         set_key("unknownKey", 1))
        for inner in mappings(document)
    ]
    for name, place, change in damages:
        if validator.is_valid(changed(document, place, change)):
            failures.append(f"{path.name}: the schema lets {name} in")
        else:
            refused += 1

for failure in failures:
    print(failure)
print(f"{len(sites)} sites keep to the schema, {refused} damaged ones do not")
sys.exit(1 if failures else 0)
