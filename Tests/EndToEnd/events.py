"""Looks at events as a subscriber does.

    events.py check EVENTS               every line keeps to the schema, ids and stages are unbroken
    events.py ids EVENTS                 the ids, one a line
    events.py decided EVENTS             the events without what only the moment knew: how long the
                                         decision took
    events.py turns EVENTS               time, kind, rule, stage before and after of each turn
    events.py same EVENTS RECORDING      the recording holds the same events, and their values
"""

import collections
import json
import pathlib
import sys

import jsonschema

TESTS = pathlib.Path(__file__).resolve().parent.parent
KINDS = ["raised", "cleared", "sensorFault", "sensorFaultCleared", "outputOn", "outputOff",
         "inputsLost"]


def read(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def check(events):
    schema = json.loads((TESTS.parent / "docs/schemas/event.schema.json").read_text("utf-8"))
    validator = jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.FormatChecker())
    stages = collections.defaultdict(lambda: "normal")
    for event in events:
        validator.validate(event)
        if event["kind"] in ("raised", "cleared"):
            alarm = event["alarm"]["id"]
            assert event["previousStage"]["id"] == stages[alarm], event
            up = event["stage"]["level"] > event["previousStage"]["level"]
            assert up == (event["kind"] == "raised"), event
            stages[alarm] = event["stage"]["id"]
    ids = [event["id"] for event in events]
    assert len(set(ids)) == len(ids), "an id stands twice"
    numbers = [int(i.rsplit("-", 1)[1]) for i in ids]
    assert numbers == list(range(numbers[0], numbers[0] + len(ids))), numbers
    assert [e["time"] for e in events] == sorted(e["time"] for e in events)
    raised = {e["stage"]["id"] for e in events if e["kind"] == "raised"}
    cleared = {e["previousStage"]["id"] for e in events if e["kind"] == "cleared"}
    print(f"{len(events)} events keep to the schema; raised: {' '.join(sorted(raised))};"
          f" cleared: {' '.join(sorted(cleared))}")


def turns(events):
    for e in events:
        if e["kind"] in ("raised", "cleared"):
            print(e["time"], e["kind"], e["alarm"]["id"], e["previousStage"]["id"],
                  e["stage"]["id"])


def same(events, path):
    sys.path.insert(0, str(TESTS / "Oracles"))
    import mcap_oracle

    messages, attachments, _ = mcap_oracle.read(path)
    assert "site.yaml" in [a.name for a in attachments]
    by_topic = collections.defaultdict(list)
    for _, channel, _, decoded in messages:
        by_topic[channel.topic].append(decoded)
    recorded = by_topic["/lane/event"]
    assert len(recorded) == len(events), (len(recorded), len(events))
    values = 0
    for event, record in zip(events, recorded):
        assert int(event["id"].rsplit("-", 1)[1]) == record.sequence, event
        assert KINDS.index(event["kind"]) + 1 == record.kind, event
        for name in ("value", "limit"):
            number = getattr(record, name)
            assert (None if number != number else number) == event[name], (name, event)
        assert event["flag"] == record.flag, event
        if event["kind"] not in ("raised", "cleared"):
            continue
        assert event["stage"]["level"] == record.stage, event
        topic = "/point/" + event["point"]["id"].replace(".", "/")
        points = [p for p in by_topic[topic] if p.monotonic_ns == record.monotonic_ns]
        assert [p.value for p in points] == [event["value"]], (event, points)
        values += 1
    print(f"Python's mcap reads {len(messages)} messages strictly; {len(events)} events and the"
          f" {values} values that decided are those of the JSON lines")


if __name__ == "__main__":
    command, path = sys.argv[1:3]
    if command == "check":
        check(read(path))
    elif command == "ids":
        print("\n".join(event["id"] for event in read(path)))
    elif command == "decided":
        for event in read(path):
            print(json.dumps({**event, "decisionDelay": None}, ensure_ascii=False))
    elif command == "turns":
        turns(read(path))
    elif command == "same":
        same(read(path), sys.argv[3])
    else:
        sys.exit(__doc__)
