"""Holds what the examples of docs/receivers.md made of a flood against what was published.

    receivers.py FOLDER EXAMPLES
"""

import csv
import json
import pathlib
import sys
import tomllib

import pyogrio
import quickjs

folder, examples = map(pathlib.Path, sys.argv[1:])
schemas = examples.parent / "schemas"
events = [json.loads(line) for line in (folder / "events").read_text(encoding="utf-8").splitlines()]


def fail(text):
    raise SystemExit(text)


def check_table():
    with (folder / "events.csv").open(encoding="utf-8-sig", newline="") as table:
        rows = list(csv.DictReader(table))
    ids = [row["id"] for row in rows]
    if len(set(ids)) != len(ids):
        fail("the table has an event twice")
    # The first may have been published before anybody listened, the last when the broker ended.
    published = [event["id"] for event in events]
    first, last = published.index(ids[0]), published.index(ids[-1])
    if ids != published[first:last + 1] or last - first < len(published) / 2:
        fail(f"the table has {len(ids)} events, of which some are missing or in another order")
    return len(ids)


def check_map():
    info = pyogrio.read_info(folder / "raised.geojson")
    if info["geometry_type"] != "Point" or info["features"] != 1:
        fail(f"GDAL reads {info}")
    missing = {"site", "stage", "stage_name", "since", "mode"} - set(info["fields"])
    if missing:
        fail(f"the map lacks {missing}")
    return list(info["fields"])


def check_flow():
    flow = json.loads((examples / "node-red.json").read_text(encoding="utf-8"))
    nodes = {node["id"]: node for node in flow}
    for node in flow:
        for target in [wire for port in node.get("wires", []) for wire in port]:
            if target not in nodes:
                fail(f"{node['id']} leads to {target}, which is not there")
    engine = quickjs.Context()
    engine.eval("const kept = {}; const context = {get: key => kept[key], set: (key, value) => { kept[key] = value; }};")
    for name in ("once", "words"):
        engine.eval(f"function {name}(msg) {{ {nodes[name]['func']} }}")
    told = 0
    for event in events + events[:10]:
        message = json.dumps({"payload": event}, ensure_ascii=False)
        text = engine.eval(f"(() => {{ const msg = once({message}); return msg && words(msg).payload; }})()")
        if text is None:
            continue
        told += 1
        if event["text"]["ja"] not in text:
            fail(f"the flow says {text!r} of {event['id']}")
    if told != len(events):
        fail(f"the flow lets {told} of {len(events)} events pass")
    return told


def properties(node, schema):
    """The keys of an object, through references and choices."""
    if "$ref" in node:
        node = schema["$defs"][node["$ref"].rsplit("/", 1)[1]]
    found = dict(node.get("properties", {}))
    for choice in node.get("oneOf", []) + node.get("anyOf", []):
        found |= properties(choice, schema)
    return found


def check_telegraf():
    inputs = tomllib.loads((examples / "telegraf.conf").read_text())["inputs"]["mqtt_consumer"]
    taken = []
    for source in inputs:
        kind = source["topics"][0].rsplit("/", 1)[1]
        schema = json.loads((schemas / f"{kind}.schema.json").read_text(encoding="utf-8"))
        for parser in source["json_v2"]:
            paths = [part["path"] for part in parser.get("tag", []) + parser.get("field", [])]
            paths += [parser[key] for key in ["timestamp_path"] if key in parser]
            for part in parser.get("object", []):
                paths.append(part["path"])
                items = properties(schema["properties"][part["path"]]["items"], schema)
                missing = set(part["included_keys"]) - set(items)
                if missing:
                    fail(f"telegraf.conf takes {missing}, which no {kind} has")
                taken += part["included_keys"]
            for path in paths:
                node = schema
                for key in path.split("."):
                    known = properties(node, schema)
                    if key not in known:
                        fail(f"telegraf.conf takes {path}, which no {kind} has")
                    node = known[key]
                taken.append(path)
    return taken


print(f"{check_table()} events in the table, each once; the map has {', '.join(check_map())}; "
      f"{check_flow()} events through the flow; {len(check_telegraf())} keys for Telegraf")
