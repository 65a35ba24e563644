"""Writes what stands at every box as GeoJSON, which QGIS and web maps open.

    python3 map.py stations.csv alarms.geojson [--host HOST] [--port PORT]

stations.csv says where the boxes are (site,latitude,longitude in WGS 84): boxes do not tell it. Needs paho-mqtt
2 (pip install paho-mqtt). Writes the file anew, whole, whenever something has changed, once a second at most.
"""

import argparse
import csv
import json
import os
import pathlib
import time

import paho.mqtt.client as mqtt

parser = argparse.ArgumentParser()
parser.add_argument("stations", type=pathlib.Path)
parser.add_argument("file", type=pathlib.Path)
parser.add_argument("--host", default="127.0.0.1")
parser.add_argument("--port", type=int, default=1883)
parser.add_argument("--root", default="nomori/v1")
arguments = parser.parse_args()

with arguments.stations.open(encoding="utf-8-sig", newline="") as table:
    positions = {row["site"]: [float(row["longitude"]), float(row["latitude"])]
                 for row in csv.DictReader(table)}
sites = {site: {"site": site, "state": None, "alarms": {}, "values": {}} for site in positions}
changed = True


def on_connect(client, _data, _flags, reason, _properties):
    print(f"{arguments.host}:{arguments.port}: {reason}", flush=True)
    client.subscribe([(f"{arguments.root}/+/{kind}", 1) for kind in ("status", "alarm/#", "point/#")])


def on_message(_client, _data, message):
    global changed
    name, kind, *rest = message.topic.removeprefix(arguments.root + "/").split("/")
    content = json.loads(message.payload) if message.payload else None
    site = sites.get(name)
    if site is None:
        return
    changed = True
    if kind == "status":
        site["state"] = content and content["state"]
    elif content is None:
        site["alarms" if kind == "alarm" else "values"].pop("/".join(rest), None)
    elif kind == "alarm":
        site["alarms"]["/".join(rest)] = content
    else:
        site["values"]["/".join(rest)] = content


def feature(site):
    worst = max(site["alarms"].values(), key=lambda alarm: alarm["stage"]["level"], default=None)
    properties = {"site": site["site"], "state": site["state"],
                  "stage": worst and worst["stage"]["level"],
                  "stage_name": worst and worst["stage"]["name"]["ja"],
                  "since": worst and worst["since"], "mode": worst and worst["mode"]}
    # Only what was tested and did not fail is shown as a value.
    properties |= {f"value_{name}": value["value"] for name, value in site["values"].items()
                   if value["flag"] in (1, 3)}
    return {"type": "Feature", "properties": properties,
            "geometry": {"type": "Point", "coordinates": positions[site["site"]]}}


client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
client.on_connect = on_connect
client.on_message = on_message
client.connect(arguments.host, arguments.port)
client.loop_start()
while True:
    if changed:
        changed = False
        whole = {"type": "FeatureCollection", "features": [feature(site) for site in sites.values()]}
        part = arguments.file.with_suffix(".part")
        part.write_text(json.dumps(whole, ensure_ascii=False), encoding="utf-8")
        os.replace(part, arguments.file)
    time.sleep(1)
