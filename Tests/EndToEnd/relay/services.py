"""Holds what services of the web and a horn were told in relay.check against the demo's events.

    services.py FOLDER SCHEMAS

FOLDER has `events`, `requests` of webserver.py, `horn` of mosquitto_sub, `alerts` and the secrets.
"""

import base64
import collections
import hashlib
import hmac
import json
import pathlib
import re
import sys
import uuid

import capvalidator
import jsonschema

folder, schemas = map(pathlib.Path, sys.argv[1:])


def lines(name):
    return [json.loads(line) for line in (folder / name).read_text("utf-8").splitlines()]


def validator(name):
    schema = json.loads((schemas / f"{name}.schema.json").read_text("utf-8"))
    return jsonschema.Draft202012Validator(schema)


requests = collections.defaultdict(list)
for request in lines("requests"):
    assert request["headers"]["content-type"] == "application/json", request
    request["json"] = json.loads(request["body"])
    requests[request["path"]].append(request)
taken = {path: [r for r in all if r["answer"] in ("200", "drop")] for path, all in requests.items()}

# Who is told of what: the alarms of the first route, raised and over.
events = {event["id"]: event for event in lines("events")}
wanted = sorted(
    event["id"] for event in events.values()
    if event["alarm"] and event["alarm"]["id"] in ("boars.incident", "trap.shut")
    and event["kind"] in ("raised", "cleared")
    and not (event["kind"] == "raised" and event["marks"]["silenced"]))
assert len(wanted) >= 4, wanted

# json: signed as Standard Webhooks has it, by its schema, the same id for each repeat.
secret = base64.b64decode((folder / "desk.secret").read_text().strip().removeprefix("whsec_"))
check, names = validator("notification"), collections.defaultdict(set)
for request in requests["/nomori"]:
    headers = request["headers"]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{request['body']}".encode()
    code = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{code}", headers
    assert abs(int(headers["webhook-timestamp"]) - request["at"]) < 5, headers
    uuid.UUID(headers["webhook-id"])
    check.validate(request["json"])
    names[request["json"]["id"]].add(headers["webhook-id"])
assert all(len(ids) == 1 for ids in names.values()), names
told = sorted(
    entry["event"] for request in taken["/nomori"] if request["answer"] == "200"
    for entry in request["json"]["entries"] if entry["reason"] in ("raised", "eased", "over"))
assert told == wanted, (told, wanted)
answers = [request["answer"] for request in requests["/nomori"]]
assert answers[:3] == ["503:2", "drop", "200"], answers
pause = requests["/nomori"][1]["at"] - requests["/nomori"][0]["at"]
assert pause >= 2, f"asked again after {pause} s, although Retry-After says 2"

# LINE: the token, one key for each repeat, and its 409 for one that it had taken.
keys = [request["headers"]["x-line-retry-key"] for request in requests["/v2/bot/message/push"]]
assert keys[0] == keys[1] and len(set(keys)) == len(keys) - 1, keys
for request in requests["/v2/bot/message/push"]:
    assert request["headers"]["authorization"] == "Bearer line-token-7", request
    assert request["json"]["to"].startswith("C"), request
    text = request["json"]["messages"][0]["text"]
    assert "訓練" in text and len(text.encode("utf-16-le")) <= 10_000, text
assert requests["/v2/bot/message/push"][1]["answer"] == "409"

# Slack, Teams and ntfy, each in its own form; an exercise says so.
for request in requests["/services/T000/B000/XXXX"]:
    assert "authorization" not in request["headers"]
    assert request["json"]["blocks"][0]["type"] == "header" and "訓練" in request["json"]["text"]
for request in requests["/workflows/XXXX"]:
    card = request["json"]["attachments"][0]["content"]
    assert card["type"] == "AdaptiveCard" and "訓練" in card["fallbackText"], card
for request in requests["/"]:
    message = request["json"]
    assert request["headers"]["authorization"] == "Bearer ntfy-token-7", request
    assert message["topic"] == "hinata-boars" and message["priority"] in range(1, 6), message
    assert re.fullmatch(r"[-_A-Za-z0-9]{1,64}", message["sequence_id"]), message
    assert "訓練" in message["title"], message
clicks = [request["json"].get("click", "") for request in requests["/"]]
assert any(click.startswith("https://relay.town.example/acknowledge/") for click in clicks), clicks
for path in ("/services/T000/B000/XXXX", "/workflows/XXXX", "/"):
    assert len(requests[path]) >= len(wanted), (path, len(requests[path]), len(wanted))

# The horn: announced and stopped, each once, marked as an exercise for programs and people.
check, incidents, ids = validator("announcement"), collections.defaultdict(list), set()
for message in lines("horn"):
    assert message["qos"] == 1 and message["retain"] == 0, message
    payload = message["payload"]
    check.validate(payload)
    assert payload["mode"] == "exercise", payload
    assert payload["text"].startswith("これは訓練です。"), payload
    assert payload["id"] not in ids, payload
    ids.add(payload["id"])
    incidents[payload["incident"]].append(payload["command"])
    if payload["command"] == "announce":
        assert 1 <= message["properties"]["message-expiry-interval"] <= 600, message
assert incidents and all(
    commands[-1] == "stop" and commands.count("stop") == 1 and "announce" in commands
    for commands in incidents.values()), incidents

# CAP: one whole file an alert, by the schema.
alerts = sorted((folder / "alerts").iterdir())
assert alerts and all(path.name.endswith(".xml") for path in alerts), alerts
for path in alerts:
    assert f"<identifier>{path.stem}</identifier>" in path.read_text("utf-8"), path
    assert capvalidator.check_schema(path.read_bytes()).passed, path
print(f"{sum(map(len, requests.values()))} requests to five services, {len(ids)} commands to the horn, "
      f"{len(alerts)} CAP files")
