"""A Sparkplug host application (paho, pysparkplug), and what happens to the edge node before it.

    sparkplug_host.py NOMORI SITE PORT FOLDER

FOLDER holds the broker's configuration, broker.conf, and the simulator's keyboard.
"""

import json
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time

import paho.mqtt.client as paho
import pysparkplug
from pysparkplug import _protobuf as protobuf

GROUP, NODE, HOST = "Town", "river-nagi", "SCADA"
nomori, site, port, folder = sys.argv[1], sys.argv[2], int(sys.argv[3]), pathlib.Path(sys.argv[4])


class Node:
    """What one node has said, held against the rules at every message."""

    def __init__(self):
        self.births, self.deaths, self.alive = [], [], False
        self.seq, self.values, self.events, self.historical = None, {}, {}, 0
        self.faults, self.count = [], 0

    def take(self, kind, raw, qos, retained):
        self.count += 1
        if retained:
            self.faults.append(f"{kind} was retained")
        if kind == "NBIRTH":
            self.take_birth(raw)
        elif kind == "NDATA":
            self.take_data(raw)
        elif kind == "NDEATH":
            death = pysparkplug.NDeath.decode(raw).bd_seq_metric
            self.deaths.append(death.value)
            if qos != 1 or death.name != "bdSeq" or protobuf.Payload.FromString(raw).HasField("seq"):
                self.faults.append(f"death {death}, QoS {qos}")
            if self.births and death.value == self.bd_seq:
                self.alive = False

    @property
    def bd_seq(self):
        return self.births[-1].metrics[0].value

    def take_birth(self, raw):
        birth = pysparkplug.NBirth.decode(raw)
        self.births.append(birth)
        self.alive, self.seq = True, birth.seq
        names = [metric.name for metric in birth.metrics]
        aliases = [metric.alias for metric in birth.metrics if metric.alias is not None]
        if birth.seq != 0 or names[:2] != ["bdSeq", "Node Control/Rebirth"] or birth.metrics[1].value:
            self.faults.append(f"birth: seq {birth.seq}, {birth.metrics[:2]}")
        if len(set(names)) != len(names) or len(set(aliases)) != len(names) - 2:
            self.faults.append("birth: names or aliases twice")
        self.values = {metric.name: metric.value for metric in birth.metrics}

    def take_data(self, raw):
        if not self.alive:
            self.faults.append("data of a node that is not alive")
            return
        data = pysparkplug.NData.decode(raw, birth=self.births[-1])
        self.seq = (self.seq + 1) % 256
        if data.seq != self.seq:
            self.faults.append(f"seq {data.seq} instead of {self.seq}")
            self.seq = data.seq
        for metric in protobuf.Payload.FromString(raw).metrics:
            if metric.name or metric.HasField("datatype") or not metric.HasField("timestamp"):
                self.faults.append(f"data: {metric}")
            for key, value in zip(metric.properties.keys, metric.properties.values, strict=True):
                if key == "id":
                    self.events[value.string_value] = metric.timestamp
        for metric in data.metrics:
            if metric.is_historical:
                self.historical += 1
            else:
                self.values[metric.name] = metric.value


class Host:
    """The primary host: it listens before it says that it is there."""

    def __init__(self, node, is_primary):
        self.node, self.lock, self.is_primary = node, threading.Lock(), is_primary
        self.client = paho.Client(HOST if is_primary else "observer")
        self.client.on_connect = lambda *_: self.client.subscribe(f"spBv1.0/{GROUP}/#", 1)
        self.client.on_subscribe = lambda *_: self.say(True) if is_primary else None
        self.client.on_message = self.take
        self.client.reconnect_delay_set(1, 1)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def say(self, is_online):
        payload = json.dumps({"online": is_online, "timestamp": int(time.time() * 1000)})
        self.client.publish(f"spBv1.0/STATE/{HOST}", payload, qos=1, retain=True)

    def take(self, _client, _context, message):
        with self.lock:
            self.node.take(message.topic.split("/")[2], message.payload, message.qos, message.retain)

    def ask_for_birth(self):
        metric = pysparkplug.Metric(
            timestamp=pysparkplug.get_current_timestamp(), name="Node Control/Rebirth",
            datatype=pysparkplug.DataType.BOOLEAN, value=True)
        command = pysparkplug.NCmd(pysparkplug.get_current_timestamp(), (metric,))
        self.client.publish(f"spBv1.0/{GROUP}/NCMD/{NODE}", command.encode(include_dtypes=True), qos=0)

    def wait_for(self, seconds, what, condition):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with self.lock:
                if condition():
                    return
            time.sleep(0.05)
        with self.lock:
            node = self.node
            sys.exit(f"not within {seconds} s: {what}; births {[b.metrics[0].value for b in node.births]},"
                     f" deaths {node.deaths}, {node.count} messages, faults {node.faults[:5]}")


def start_broker():
    broker = subprocess.Popen(
        ["mosquitto", "-c", folder / "broker.conf"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    started.append(broker)
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return broker
        time.sleep(0.05)
    sys.exit("no broker")


def start_gateway():
    with open(folder / "run.err", "ab") as errors:
        gateway = subprocess.Popen(
            [nomori, "run", site, "--language", "en"], stdout=subprocess.DEVNULL, stderr=errors)
    started.append(gateway)
    return gateway


def set_level(value):
    with open(folder / "keyboard", "w", encoding="utf-8") as keyboard:
        keyboard.write(f"river.level = {value}\n")


def check_waiting():
    """Until its primary host is there the node says nothing."""
    silent = Node()
    observer = Host(silent, is_primary=False)
    time.sleep(6)
    assert silent.count == 0, f"{silent.count} messages before the primary host was there"
    observer.client.disconnect()
    observer.client.loop_stop()


def check_birth(host, node):
    host.wait_for(30, "a birth", lambda: node.births)
    host.wait_for(30, "the level", lambda: abs((node.values.get("river.level") or 0) - 1.25) < 0.02)
    before = node.bd_seq
    host.ask_for_birth()
    host.wait_for(10, "a second birth", lambda: len(node.births) == 2)
    host.wait_for(20, "data after it", lambda: node.seq > 2)
    assert node.bd_seq == before, "a rebirth has the bdSeq of its connection"
    born = {metric.name: metric.value for metric in node.births[1].metrics}
    assert abs(born["river.level"] - 1.25) < 0.02, born


def check_transitions(host, node):
    set_level(3.2)
    host.wait_for(60, "an alarm", lambda: (node.values.get("Alarms/river.stage/Stage") or 0) > 0)
    host.wait_for(20, "its event", lambda: node.values.get("Alarms/river.stage/Event") in node.events)
    assert node.values["Alarms/river.stage/Condition"] == "unacknowledged", node.values


def check_broker_outage(host, node, broker):
    """What turns while the broker is gone comes when it is back, with its own time."""
    time.sleep(3)
    births, before, known = len(node.births), node.bd_seq, set(node.events)
    broker.kill()
    broker.wait()
    node.alive = False
    set_level(0.5)
    gone = time.time()
    time.sleep(12)
    back = time.time()
    broker = start_broker()
    host.wait_for(60, "a birth after the outage", lambda: len(node.births) > births)
    assert node.bd_seq != before, "a new connection has a new bdSeq"
    host.wait_for(60, "a transition of the outage", lambda: any(
        gone * 1000 < at < back * 1000 for event, at in node.events.items() if event not in known))
    host.wait_for(60, "the end of the alarm", lambda: node.values.get("Alarms/river.stage/Stage") == 0)
    return broker


def check_host_outage(host, node):
    births, deaths, before = len(node.births), len(node.deaths), node.bd_seq
    host.say(False)
    host.wait_for(10, "a death with the host", lambda: len(node.deaths) > deaths)
    assert node.deaths[-1] == before and not node.alive, node.deaths
    count = node.count
    time.sleep(4)
    # The will follows the death.
    assert node.count <= count + 1 and len(node.births) == births, "silent without its host"
    host.say(True)
    host.wait_for(30, "a birth with the host", lambda: len(node.births) > births and node.alive)
    assert node.bd_seq == (before + 1) % 256, (before, node.bd_seq)


def check_killed_gateway(host, node, gateway):
    births, before = len(node.births), node.bd_seq
    gateway.send_signal(signal.SIGKILL)
    gateway.wait()
    died = time.monotonic()
    host.wait_for(10, "the last will", lambda: not node.alive)
    seconds = time.monotonic() - died
    assert node.deaths[-1] == before, (node.deaths, before)
    gateway = start_gateway()
    host.wait_for(40, "a birth after the restart", lambda: len(node.births) > births)
    assert node.bd_seq == (before + 1) % 256, f"bdSeq is kept over restarts: {before}, {node.bd_seq}"
    host.wait_for(30, "data after the restart", lambda: node.seq > 2)
    print(f"killed: the death came {seconds:.1f} s later, with the bdSeq of the birth")
    return gateway


def check_stop(host, node, gateway):
    before = node.bd_seq
    gateway.send_signal(signal.SIGTERM)
    assert gateway.wait(60) == 0
    # With MQTT 5 the broker publishes the will behind the death, as the specification wants.
    host.wait_for(10, "the death and the will", lambda: node.deaths[-2:] == [before, before])


started = []
try:
    broker = start_broker()
    gateway = start_gateway()
    check_waiting()
    node = Node()
    host = Host(node, is_primary=True)
    check_birth(host, node)
    check_transitions(host, node)
    broker = check_broker_outage(host, node, broker)
    check_host_outage(host, node)
    gateway = check_killed_gateway(host, node, gateway)
    check_stop(host, node, gateway)
    host.client.loop_stop()
    assert not node.faults, node.faults
    numbers = [int(event.rsplit("-", 1)[1]) for event in node.events]
    print(f"{node.count} messages: {len(node.births)} births, deaths of bdSeq {node.deaths}, "
          f"{len(numbers)} events, {node.historical} historical values, no hole in the sequence")
finally:
    for process in started:
        process.kill()
