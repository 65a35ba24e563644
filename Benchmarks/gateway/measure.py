"""Measures a running gateway; prints one JSON line a figure.

    measure.py PROGRAM PORT FOLDER MEMORY_FOLDER

PORT is a broker's on the loopback. FOLDER lies on a disk, MEMORY_FOLDER in memory; both are empty.
"""

import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import time

from field import Field, Subscriber

# 10 soil probes with 2 values each, every second, on a line of 9600 baud.
PROBES = 10
LOAD_SETTLING_SECONDS = 5
LOAD_SECONDS = 30

# A contact is read every 100 ms, and every answer passes the limit.
TURNS = 250
TURN_PERIOD_MS = 100
LATENCY_SETTLING_SECONDS = 2

SITE = """
site:
  id: bench
  name: {{en: Bench, ja: 測定}}
  mode: test
buses:
  - id: field
    serial: {{port: {folder}/field, baud: 9600, parity: none, stopBits: 1}}
    devices:
{devices}
points:
{points}
{rules}
destinations:
  - {{id: local, host: 127.0.0.1, port: {port}, security: none}}
recording:
  folder: {folder}/recordings
outbox:
  path: {outbox}/outbox.sqlite
"""

PROBE = "      - {{id: probe{n}, profile: dfrobot/sen0600, unit: {n}}}"

PROBE_POINTS = """\
  - id: moisture{n}
    name: {{en: Moisture {n}, ja: 水分 {n}}}
    unit: "%"
    decimals: 1
    source: {{device: probe{n}, quantity: moisture}}
    period: 1 s
    maximumAge: 5 s
    quality:
      grossRange: {{fail: [0, 100]}}
      spike: {{suspect: 5, fail: 20}}
      rateOfChange: {{suspect: 500 %/h, fail: 5000 %/h}}
      flatLine: {{tolerance: 0.05, suspectAfter: 10 min, failAfter: 20 min}}
  - id: temperature{n}
    name: {{en: Temperature {n}, ja: 温度 {n}}}
    unit: Cel
    decimals: 1
    source: {{device: probe{n}, quantity: temperature}}
    period: 1 s
    maximumAge: 5 s
    quality:
      grossRange: {{fail: [-40, 80]}}"""

PROBE_RULE = """\
  - id: wet{n}
    name: {{en: Wet {n}, ja: 過湿 {n}}}
    point: moisture{n}
    direction: rising
    stages:
      - id: wet
        name: {{en: Wet, ja: 過湿}}
        limit: 60
        deadband: 2
        onDelay: 10 s
        offDelay: 10 s"""

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
    stages:
      - id: closed
        name: {en: Closed, ja: 閉}
        limit: 1
        deadband: 0.5
        onDelay: 0 s
        offDelay: 0 s
"""


class Gateway:
    """A gateway with a subscriber beside it, from the moment it is online until the block ends."""

    def __init__(self, program, port, folder, site):
        (folder / "recordings").mkdir()
        (folder / "site.yaml").write_text(site, encoding="utf-8")
        self.subscriber = Subscriber(port)
        self._errors = open(folder / "errors", "w+", encoding="utf-8")
        self._process = subprocess.Popen(
            [program, "run", folder / "site.yaml", "--language", "en"],
            stdout=subprocess.DEVNULL, stderr=self._errors)
        self.pid = self._process.pid

    def __enter__(self):
        self.wait(20, lambda: "online" in self.subscriber.statuses, "the gateway is not online")
        return self

    def __exit__(self, *_):
        self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self.subscriber.close()
        summary = [line for line in self.errors().splitlines() if line.startswith("readings")]
        if code != 0 or not summary or not summary[0].endswith("lost 0"):
            raise SystemExit(f"the gateway ended with {code}: {self.errors()}")
        say(summary[0])

    def wait(self, seconds, happened, otherwise):
        end = time.monotonic() + seconds
        while not happened():
            if time.monotonic() > end or self._process.poll() is not None:
                self._process.kill()
                self.subscriber.close()
                raise SystemExit(f"{otherwise}: {self.errors()}")
            time.sleep(0.05)

    def errors(self):
        self._errors.seek(0)
        return self._errors.read()

    def memory(self):
        """Kilobytes by kind, as the kernel counts them for all mappings together."""
        lines = pathlib.Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines()[1:]
        return {line.split(":")[0]: int(line.split()[1]) for line in lines}

    def cpu_seconds(self):
        """What its threads have used so far, in user mode and in the kernel."""
        tasks = pathlib.Path(f"/proc/{self.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


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
    probes = range(1, PROBES + 1)
    site = SITE.format(
        folder=folder, outbox=folder, port=port,
        devices="\n".join(PROBE.format(n=n) for n in probes),
        points="\n".join(PROBE_POINTS.format(n=n) for n in probes),
        rules="\n".join(["rules:"] + [PROBE_RULE.format(n=n) for n in probes]))
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
        time.sleep(LATENCY_SETTLING_SECONDS)
        events = gateway.subscriber.events
        contact.is_turning = True
        gateway.wait(TURNS * TURN_PERIOD_MS / 1000 + 10, lambda: len(events) >= TURNS,
                     "not every turn became an event")
    if [kind for _, kind in contact.turns] != [event["kind"] for _, event in events]:
        raise SystemExit("the events are not the turns")
    return sorted((arrival - at) / 1e6
                  for (at, _), (arrival, _) in zip(contact.turns, events))


def report_latency(name, latencies):
    say(f"{name}: {len(latencies)} events, {latencies[0]:.2f} to {latencies[-1]:.2f} ms")
    figure(name, statistics.median(latencies), "ms")
    figure(f"{name}.p99", statistics.quantiles(latencies, n=100, method="inclusive")[98], "ms")


def figure(name, value, unit, goal=None):
    print(json.dumps({"name": name, "value": round(value, 3), "unit": unit, "goal": goal,
                      "better": "lower"}), flush=True)


def say(text):
    print(f"   {text}", file=sys.stderr, flush=True)


def main():
    program, port = sys.argv[1], int(sys.argv[2])
    disk, memory = (pathlib.Path(argument) for argument in sys.argv[3:5])
    folders = [disk / name for name in ("load", "disk", "memory")]
    for folder in folders:
        folder.mkdir()
    measure_load(program, port, folders[0])
    report_latency("gateway.latency", measure_latency(program, port, folders[1], folders[1]))
    report_latency("gateway.latency.outbox-in-memory",
                   measure_latency(program, port, folders[2], memory))


if __name__ == "__main__":
    main()
