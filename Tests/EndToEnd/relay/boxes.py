"""Boxes as a broker sees them: events and alarm states in the native format, over MQTT 3.1.1."""

import datetime
import json
import socket
import struct
import threading


def text(english, japanese):
    return {"en": english, "ja": japanese}


NORMAL = {"id": "normal", "level": 0, "name": text("Normal", "平常")}
HIGH = {"id": "high", "level": 1, "name": text("High", "高い")}
MARKS = {"firstOut": False, "flood": False, "silenced": False, "chattering": False}


class Box:
    """One site with one alarm, which turns with each event."""

    def __init__(self, site, epoch="5f0c9a1e"):
        self.site, self.epoch, self.sequence = site, epoch, 0

    def messages(self):
        """The next event, and the state that it leads to, as (topic, payload, retained)."""
        self.sequence += 1
        identifier = f"{self.site}-{self.epoch}-1-{self.sequence}"
        is_raised = self.sequence % 2 == 1
        stage, before = (HIGH, NORMAL) if is_raised else (NORMAL, HIGH)
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        common = {"site": self.site, "mode": "actual",
                  "alarm": {"id": "river", "name": text("River", "川")},
                  "state": "unacknowledged" if is_raised else "normal", "stage": stage,
                  "synchronized": True}
        event = common | {
            "schema": "nomori/event/4", "id": identifier, "siteName": text(self.site, self.site),
            "incident": f"{self.site}-{self.epoch}-1-{self.sequence - (not is_raised)}",
            "instruction": None, "decimals": 2, "localTime": now[:19] + "+00:00", "kind": "raised" if is_raised else "cleared",
            "version": 1, "priority": "medium", "marks": MARKS, "previousStage": before,
            "point": {"id": "level", "name": text("Level", "水位")}, "output": None, "value": 2.5,
            "count": None, "seconds": None, "reason": None, "unit": "m", "datum": None, "limit": 2.4,
            "flag": 1, "tests": {}, "trend": 0.3,
            "history": [{"time": now, "value": 2 + n / 20, "flag": 1} for n in range(12)],
            "command": None, "decisionDelay": 0.01, "provisional": True, "time": now, "durable": True,
            "text": text("Level 2.5 m", "水位 2.5 m")}
        alarm = common | {
            "schema": "nomori/alarm/3", "since": now,
            "incident": identifier if is_raised else None, "lastEvent": identifier,
            "silence": {"shelved": False, "suppressed": False, "outOfService": False}}
        return [(f"{self.site}/event", event, False), (f"{self.site}/alarm/river", alarm, True)]

    def status(self):
        return (f"{self.site}/status", {
            "schema": "nomori/status/2", "site": self.site, "name": text(self.site, self.site),
            "mode": "actual", "state": "online", "reason": None, "version": "1", "session": 1,
            "since": None, "synchronized": True}, True)


class Publisher:
    """A client that publishes with QoS 1, and counts what the broker has taken."""

    def __init__(self, port, root="nomori/v1"):
        self.root = root
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._send(0x10, self._text("MQTT") + b"\x04\x02\x00\x00" + self._text("boxes"))
        self.socket.recv(4)
        self.packet, self.acknowledged = 0, 0
        threading.Thread(target=self._listen, daemon=True).start()

    @staticmethod
    def _text(words):
        data = words.encode()
        return struct.pack(">H", len(data)) + data

    def _send(self, kind, body):
        length, size = b"", len(body)
        while True:
            size, rest = divmod(size, 128)
            length += bytes([rest | (128 if size else 0)])
            if not size:
                break
        self.socket.sendall(bytes([kind]) + length + body)

    def _listen(self):
        buffered = b""
        while data := self.socket.recv(4096):
            buffered += data
            while len(buffered) >= 4:  # nothing but PUBACK comes
                buffered = buffered[4:]
                self.acknowledged += 1

    def publish(self, topic, payload, retained):
        self.packet = self.packet % 65535 + 1
        self._send(0x33 if retained else 0x32,
                   self._text(f"{self.root}/{topic}") + struct.pack(">H", self.packet)
                   + json.dumps(payload, ensure_ascii=False).encode())
