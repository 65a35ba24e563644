"""Prints the events of every box, each once, and keeps them in a table.

    python3 alerts.py [--host HOST] [--port PORT] [--file events.csv]

Needs paho-mqtt 2 (pip install paho-mqtt). Started again, it goes on with what came in between: the broker
keeps its session, and the table tells which events are known.
"""

import argparse
import csv
import json
import pathlib

import paho.mqtt.client as mqtt

parser = argparse.ArgumentParser()
parser.add_argument("--host", default="127.0.0.1")
parser.add_argument("--port", type=int, default=1883)
parser.add_argument("--root", default="nomori/v1")
parser.add_argument("--file", type=pathlib.Path, default=pathlib.Path("events.csv"))
arguments = parser.parse_args()

COLUMNS = ["id", "time", "site", "kind", "point", "value", "unit", "text"]
known = set()
if arguments.file.exists():
    with arguments.file.open(encoding="utf-8-sig", newline="") as table:
        known = {row["id"] for row in csv.DictReader(table)}
else:
    with arguments.file.open("w", encoding="utf-8-sig", newline="") as table:
        csv.writer(table).writerow(COLUMNS)


def on_connect(client, _data, _flags, reason, _properties):
    print(f"{arguments.host}:{arguments.port}: {reason}", flush=True)
    client.subscribe(f"{arguments.root}/+/event", qos=1)


def on_message(client, _data, message):
    event = json.loads(message.payload)
    if event["id"] not in known:
        point = (event["point"] or {}).get("id", "")
        row = [event["id"], event["localTime"] or event["time"], event["site"], event["kind"],
               point, event["value"], event["unit"], event["text"]["en"]]
        with arguments.file.open("a", encoding="utf-8", newline="") as table:
            csv.writer(table).writerow(row)
        known.add(event["id"])
        print(row[1], event["siteName"]["en"], event["text"]["en"], sep="  ", flush=True)
    # Only now does the broker forget it.
    client.ack(message.mid, message.qos)


client = mqtt.Client(
    mqtt.CallbackAPIVersion.VERSION2, client_id="nomori-alerts", clean_session=False,
    manual_ack=True)
client.on_connect = on_connect
client.on_message = on_message
client.connect(arguments.host, arguments.port)
client.loop_forever()
