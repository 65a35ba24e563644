"""What a gateway needs for 112 values a second, read with 15 requests, and for one broker.

    values.py PROGRAM PORT FOLDER [OTHER_PROGRAM]

PORT is a broker's on the loopback; FOLDER is empty. With another program both run at the same time
against the same broker, and the ratios of the first to the second are told as well.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

from field import Field
from gateway import Gateway, figure, say

# 13 devices with 8 values each and two with 4, read once a second; a read takes its time on a line of
# 9600 baud, as on a real one.
DEVICES = [8] * 13 + [4] * 2
BYTE_SECONDS = 10 / 9600
SETTLING_SECONDS = 10
SECONDS = 60
# System calls are counted afterwards: counting slows the threads down.
TRACED_SECONDS = 20

PROFILE = """\
maker: Benchmark
model: Eight
summary: Eight values that are read at once.
provenance: {confidence: C, sources: [made up for a benchmark]}
addressing: zero-based
unit: 1
limits: {registers: 8}
quantities:
  value<n>:
    title: Value <n>
    repeat: {count: 8, step: 1}
    table: holding
    address: 0
    type: uint16
    scale: 1/10
    unit: "Cel"
cases:
  - name: a value
    registers:
      - {table: holding, address: 0, words: [200]}
    expect: {value1: 20}
"""

SITE = """
site:
  id: {site}
  name: {{en: Bench, ja: 測定}}
  mode: test
buses:
  - id: field
    serial: {{port: {folder}/field, baud: 9600, parity: none, stopBits: 1}}
    devices:
{devices}
points:
{points}
rules:
{rules}
destinations:
  - {{id: local, host: 127.0.0.1, port: {port}, security: none}}
recording:
  folder: {folder}/recordings
outbox:
  path: {folder}/outbox.sqlite
"""

DEVICE = "      - {{id: device{n}, profile: benchmark/eight, unit: {n}}}"

POINT = """\
  - id: device{n}.value{v}
    name: {{en: Value {v} of device {n}, ja: 装置{n}の値{v}}}
    unit: Cel
    decimals: 1
    source: {{device: device{n}, quantity: value{v}}}
    period: 1 s
    maximumAge: 5 s
    quality:
      grossRange: {{fail: [-40, 80]}}
      spike: {{suspect: 5, fail: 20}}
      rateOfChange: {{suspect: 20000 Cel/h, fail: 50000 Cel/h}}
      flatLine: {{tolerance: 0.01, suspectAfter: 10 min, failAfter: 20 min}}"""

RULE = """\
  - id: hot{n}
    name: {{en: Hot {n}, ja: 高温 {n}}}
    point: device{n}.value1
    direction: rising
    stages:
      - id: hot
        name: {{en: Hot, ja: 高温}}
        limit: 60
        deadband: 2
        onDelay: 10 s
        offDelay: 10 s"""


def value(unit, address):
    """A register that moves a little with every read, as measured values do."""
    return 200 + unit + (int(time.monotonic()) * 7 + address * 3) % 4


class Load:
    """One program with its devices, from its start until the block ends."""

    def __init__(self, program, port, folder):
        folder.mkdir()
        (folder / "Devices/schema").mkdir(parents=True)
        (folder / "Devices/benchmark").mkdir()
        (folder / "Devices/benchmark/eight.yaml").write_text(PROFILE)
        shutil.copy(program, folder / "nomori")
        devices = list(enumerate(DEVICES, start=1))
        site = SITE.format(
            site=f"bench-{folder.name}", folder=folder, port=port,
            devices="\n".join(DEVICE.format(n=n) for n, _ in devices),
            points="\n".join(POINT.format(n=n, v=v)
                             for n, values in devices for v in range(1, values + 1)),
            rules="\n".join(RULE.format(n=n) for n, _ in devices))
        self.field = Field(folder / "field", value, byte_seconds=BYTE_SECONDS)
        self.gateway = Gateway(folder / "nomori", port, folder, site)
        self.messages = Messages(port, f"nomori/v1/bench-{folder.name}/point/#")

    def __enter__(self):
        self.gateway.__enter__()
        return self

    def __exit__(self, *arguments):
        self.messages.close()
        self.gateway.__exit__(*arguments)

    def begin(self):
        self._threads, self._start = threads_of(self.gateway.pid), time.monotonic()
        self._answers, self._messages = self.field.answers, self.messages.count

    def end(self):
        """Takes the values a second, and by thread the milliseconds and wake-ups a second."""
        span = time.monotonic() - self._start
        answers = (self.field.answers - self._answers) / span
        messages = (self.messages.count - self._messages) / span
        say(f"{answers:.1f} requests/s, {messages:.1f} values published a second")
        wanted = sum(DEVICES)
        if not 0.97 * len(DEVICES) < answers < 1.03 * len(DEVICES):
            raise SystemExit(f"{answers:.1f} requests a second instead of {len(DEVICES)}")
        if not 0.97 * wanted < messages < 1.03 * wanted:
            raise SystemExit(f"{messages:.1f} values a second arrived instead of {wanted}")
        self.used, self.wakeups = {}, {}
        for task, (name, seconds, wakeups) in threads_of(self.gateway.pid).items():
            _, before, slept = self._threads.get(task, (name, 0, 0))
            self.used[name] = self.used.get(name, 0) + (seconds - before) * 1e3 / span
            self.wakeups[name] = self.wakeups.get(name, 0) + (wakeups - slept) / span
        self.per_thousand = sum(self.used.values()) * 1000 / wanted

    def trace(self, folder, seconds):
        """Takes the system calls a second by thread."""
        log = folder / "calls"
        names = {task: name for task, (name, _, _) in threads_of(self.gateway.pid).items()}
        tracer = subprocess.Popen(
            ["strace", "-f", "-qq", "-o", log, "-p", str(self.gateway.pid)])
        time.sleep(seconds)
        tracer.terminate()
        tracer.wait()
        self.calls = {}
        for line in log.read_text(errors="replace").splitlines():
            # A call that another thread's came into the middle of has two lines.
            found = re.match(r"(\d+) +\w+\(", line)
            if found:
                name = names.get(int(found[1]), "other")
                self.calls[name] = self.calls.get(name, 0) + 1 / seconds


class Messages:
    """Counts what a broker hands on below a topic."""

    def __init__(self, port, topic):
        self._process = subprocess.Popen(
            ["mosquitto_sub", "-h", "127.0.0.1", "-p", str(port), "-V", "mqttv5", "-F", "%r",
             "-t", topic], stdout=subprocess.PIPE, bufsize=0)
        self._read = 0
        os.set_blocking(self._process.stdout.fileno(), False)

    @property
    def count(self):
        while block := self._process.stdout.read(1 << 16):
            self._read += block.count(b"\n")
        return self._read

    def close(self):
        self._process.terminate()
        self._process.wait()


def threads_of(pid):
    """By thread: its name, its seconds on a processor, how often it went to sleep."""
    found = {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        status = dict(line.split(":\t", 1) for line in (task / "status").read_text().splitlines()
                      if ":\t" in line)
        found[int(task.name)] = (
            status["Name"], int((task / "schedstat").read_text().split()[0]) / 1e9,
            int(status["voluntary_ctxt_switches"]))
    return found


def table(load):
    say(f"{'thread':>10} {'ms/s':>7} {'wake-ups/s':>11} {'calls/s':>9}")
    for name in sorted(load.used, key=load.used.get, reverse=True):
        say(f"{name:>10} {load.used[name]:7.2f} {load.wakeups[name]:11.1f} "
            f"{load.calls.get(name, 0):9.1f}")


def measure_values(programs, port, folder):
    loads = [Load(program, port, folder / f"values{n}") for n, program in enumerate(programs)]
    for load in loads:
        load.__enter__()
    time.sleep(SETTLING_SECONDS)
    for load in loads:
        load.begin()
    time.sleep(SECONDS)
    for load in loads:
        load.end()
    for load in loads:
        load.trace(folder, TRACED_SECONDS)
    for load in reversed(loads):
        load.__exit__(None, None, None)
    for load in loads:
        table(load)
    first = loads[0]
    figure("gateway.values.cpu", first.per_thousand, "ms/1000", goal=56)
    figure("gateway.values.wakeups", sum(first.wakeups.values()), "1/s")
    figure("gateway.values.calls", sum(first.calls.values()), "1/s")
    for load in loads[1:]:
        say(f"to the other program: cpu {first.per_thousand / load.per_thousand:.3f}, "
            f"wake-ups {sum(first.wakeups.values()) / sum(load.wakeups.values()):.3f}, "
            f"calls {sum(first.calls.values()) / sum(load.calls.values()):.3f}")


if __name__ == "__main__":
    measure_values([sys.argv[1], *sys.argv[4:]], int(sys.argv[2]), pathlib.Path(sys.argv[3]))
