"""Measures a running gateway; prints one JSON line a figure.

    measure.py PROGRAM PORT FOLDER MEMORY_FOLDER

PORT is a broker's on the loopback. FOLDER lies on a disk, MEMORY_FOLDER in memory; both are empty.
"""

import pathlib
import statistics
import sys
import time

from field import Field
from gateway import Gateway, figure, say
from sites import SITE, probes_site
from values import measure_values

# 10 soil probes with 2 values each, every second, on a line of 9600 baud.
PROBES = 10
LOAD_SETTLING_SECONDS = 5
LOAD_SECONDS = 30

# A contact is read every 100 ms, and every answer passes the limit.
TURNS = 250
TURN_PERIOD_MS = 100
LATENCY_SETTLING_SECONDS = 2

CONTACT = "      - {id: contact, profile: waveshare/modbus-rtu-relay-8ch, unit: 1}"

CONTACT_POINT = """\
  - id: contact
    name: {{en: Contact, ja: 接点}}
    unit: "1"
    decimals: 0
    source: {{device: contact, quantity: input1}}
    period: {period} ms
    quality:
      grossRange: {{fail: [0, 1]}}"""

CONTACT_RULE = """\
rules:
  - id: contact
    name: {en: Contact, ja: 接点}
    point: contact
    direction: rising
    alarm: {chatter: off}
    stages:
      - id: closed
        name: {en: Closed, ja: 閉}
        limit: 1
        deadband: 0.5
        onDelay: 0 s
        offDelay: 0 s
"""


class Contact:
    """A contact that turns with every answer, once `is_turning`, and knows when it did."""

    def __init__(self):
        self.is_turning = False
        self.turns = []
        self._closed = 0

    def value(self, _unit, address):
        # The site reads nothing but this one input, so each answer asks for it once.
        if address != 0:
            return 0
        if self.is_turning and len(self.turns) < TURNS:
            self._closed ^= 1
        return self._closed

    def answering(self):
        if self.is_turning and len(self.turns) < TURNS:
            self.turns.append((time.monotonic_ns(), "raised" if self._closed else "cleared"))


def measure_load(program, port, folder):
    """Memory and time on the processor at 20 points a second."""
    site = probes_site(folder, port, PROBES)
    # Values that move a little, as measured ones do.
    field = Field(folder / "field", lambda unit, address: 200 + unit + int(time.monotonic()) % 3)
    with Gateway(program, port, folder, site) as gateway:
        time.sleep(LOAD_SETTLING_SECONDS)
        answers, cpu, start = field.answers, gateway.cpu_seconds(), time.monotonic()
        time.sleep(LOAD_SECONDS)
        span = time.monotonic() - start
        cpu = (gateway.cpu_seconds() - cpu) * 60 / span
        rate = (field.answers - answers) / span
        memory = gateway.memory()
    kinds = ("Rss", "Anonymous", "Locked")
    say(f"{rate:.1f} answers/s with 2 values each; KiB: {[(kind, memory[kind]) for kind in kinds]}")
    if not 0.95 * PROBES < rate < 1.05 * PROBES:
        raise SystemExit(f"{rate:.1f} answers a second came instead of {PROBES}")
    figure("gateway.resident", memory["Rss"] / 1024, "MiB")
    figure("gateway.resident.private", memory["Anonymous"] / 1024, "MiB", goal=40)
    figure("gateway.cpu", cpu, "s/min")


def measure_latency(program, port, folder, outbox):
    """Milliseconds from each answer on the bus to the arrival of its event, sorted."""
    site = SITE.format(
        folder=folder, outbox=outbox, port=port, devices=CONTACT,
        points=CONTACT_POINT.format(period=TURN_PERIOD_MS), rules=CONTACT_RULE)
    contact = Contact()
    Field(folder / "field", contact.value, contact.answering)
    with Gateway(program, port, folder, site) as gateway:
        def turned():
            # Besides, the site says that so many alarms are a flood.
            return [event for event in gateway.subscriber.events
                    if event[1]["kind"] in ("raised", "cleared")]

        time.sleep(LATENCY_SETTLING_SECONDS)
        contact.is_turning = True
        gateway.wait(TURNS * TURN_PERIOD_MS / 1000 + 10, lambda: len(turned()) >= TURNS,
                     "not every turn became an event")
        events = turned()
    if [kind for _, kind in contact.turns] != [event["kind"] for _, event in events]:
        raise SystemExit("the events are not the turns")
    return sorted((arrival - at) / 1e6
                  for (at, _), (arrival, _) in zip(contact.turns, events))


def report_latency(name, latencies):
    say(f"{name}: {len(latencies)} events, {latencies[0]:.2f} to {latencies[-1]:.2f} ms")
    figure(name, statistics.median(latencies), "ms")
    figure(f"{name}.p99", statistics.quantiles(latencies, n=100, method="inclusive")[98], "ms")


def main():
    program, port = sys.argv[1], int(sys.argv[2])
    disk, memory = (pathlib.Path(argument) for argument in sys.argv[3:5])
    folders = [disk / name for name in ("load", "disk", "memory")]
    for folder in folders:
        folder.mkdir()
    measure_load(program, port, folders[0])
    measure_values([program], port, disk)
    report_latency("gateway.latency", measure_latency(program, port, folders[1], folders[1]))
    report_latency("gateway.latency.outbox-in-memory",
                   measure_latency(program, port, folders[2], memory))


if __name__ == "__main__":
    main()
