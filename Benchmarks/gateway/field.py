"""Devices on a serial line, and a subscriber: the two ends between which a gateway is measured.

Both take their times from CLOCK_MONOTONIC in this one process, so they can be subtracted.
"""

import json
import os
import pty
import subprocess
import threading
import time
import tty


def checksum(frame):
    """The CRC of Modbus RTU, in the order in which it travels."""
    crc = 0xFFFF
    for byte in frame:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc.to_bytes(2, "little")


class Field:
    """Answers every read on a pseudo terminal, as fast as it can, or once request and answer would
    have come over a line on which a byte takes `byte_seconds`.

    `value(unit, address)` gives a register, or a bit for function codes 1 and 2; `answering()` is
    called when an answer is complete and about to be written.
    """

    READS = {1: "bits", 2: "bits", 3: "words", 4: "words"}

    def __init__(self, path, value, answering=lambda: None, byte_seconds=0):
        self.answers = 0
        self._byte_seconds = byte_seconds
        self._value = value
        self._answering = answering
        self._line, self._port = pty.openpty()
        tty.setraw(self._port)
        os.symlink(os.ttyname(self._port), path)
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        received = b""
        while True:
            received += os.read(self._line, 256)
            # Every request that a gateway without outputs makes is a read, and has eight bytes.
            while len(received) >= 8:
                request, received = received[:8], received[8:]
                if request[6:] != checksum(request[:6]) or request[1] not in self.READS:
                    raise ValueError(f"not a read: {request.hex(' ')}")
                self._answer(request)

    def _answer(self, request):
        unit, function = request[0], request[1]
        start, count = (int.from_bytes(request[at:at + 2], "big") for at in (2, 4))
        values = [self._value(unit, start + offset) for offset in range(count)]
        if self.READS[function] == "bits":
            bits = sum(value << place for place, value in enumerate(values))
            body = bits.to_bytes((count + 7) // 8, "little")
        else:
            body = b"".join(value.to_bytes(2, "big") for value in values)
        answer = bytes([unit, function, len(body)]) + body
        answer += checksum(answer)
        time.sleep((len(request) + len(answer)) * self._byte_seconds)
        # The whole answer reaches the gateway with this one call: its last byte is not earlier.
        self._answering()
        os.write(self._line, answer)
        self.answers += 1


class Subscriber:
    """The events of a site as mosquitto_sub receives them, each with the time of its arrival."""

    def __init__(self, port):
        self.events = []
        self.statuses = []
        self._process = subprocess.Popen(
            ["mosquitto_sub", "-h", "127.0.0.1", "-p", str(port), "-V", "mqttv5", "-F", "%p",
             "-t", "nomori/v1/+/event", "-t", "nomori/v1/+/status"],
            stdout=subprocess.PIPE)
        threading.Thread(target=self._run, daemon=True).start()

    def close(self):
        self._process.terminate()
        self._process.wait()

    def _run(self):
        for line in self._process.stdout:
            arrival = time.monotonic_ns()
            payload = json.loads(line)
            if payload["schema"].startswith("nomori/event/"):
                self.events.append((arrival, payload))
            else:
                self.statuses.append(payload["state"])
