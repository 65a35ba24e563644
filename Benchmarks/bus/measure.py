"""Measures buses at work; prints one JSON line a figure.

    measure.py PROGRAM BENCHMARK_FOLDER EMPTY_FOLDER
"""

import json
import math
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time

import exchanges
import optimum
import peer

PERIOD = 2.0
BAUDS = (9600, 19200, 115200)
CYCLE_SECONDS = 26
DEAD_SECONDS = 90
DEAD_SETTLING = 30
SERVERS = 64
SERVER_SETTLING = 10
SERVER_SECONDS = 60

SERVER_SITE = """\
site:
  id: servers
  name: {{en: Servers, ja: サーバー}}
  mode: test
buses:
{buses}
points:
{points}
recording:
  folder: {folder}/recordings
outbox:
  path: {folder}/outbox.sqlite
"""

# 15 values in 100 registers, read at once.
SERVER_PROFILE = """\
maker: Benchmark
model: Hundred
summary: A hundred registers that are read at once.
provenance: {confidence: C, sources: [made up for a benchmark]}
addressing: zero-based
unit: 1
limits: {registers: 100, hole: 5}
quantities:
  value<n>:
    title: Value <n>
    repeat: {count: 15, step: 7}
    table: holding
    address: 0
    type: float32
    order: ABCD
    unit: "1"
cases:
  - name: a value
    registers:
      - {table: holding, address: 0, words: [0x3F80, 0x0000]}
    expect: {value1: 1}
"""


class Program:
    """A program in the background, ended with SIGTERM at the end of the block."""

    def __init__(self, *arguments, errors):
        self._errors = errors
        self._process = subprocess.Popen(
            [str(argument) for argument in arguments], stdin=subprocess.DEVNULL,
            stdout=open(f"{errors}.out", "wb"), stderr=open(errors, "wb"))
        self.pid = self._process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process.poll() is not None:
            raise SystemExit(f"it ended too early: {pathlib.Path(self._errors).read_text()}")
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def said(self, text):
        return text in pathlib.Path(f"{self._errors}.out").read_text()


class Field:
    """A simulated site and what was said on its buses."""

    def __init__(self, program, folder, site, faults=None):
        self.trace = folder / "trace.csv"
        self.ports = folder / "ports"
        arguments = [program, "simulate", site, "--trace", self.trace]
        # Servers stand on the ports that the site names, so that the gateway finds them.
        arguments += ["--ports", self.ports] if "serial:" in site.read_text() else []
        arguments += ["--faults", faults] if faults else []
        self._program = Program(*arguments, errors=folder / "simulate")

    def __enter__(self):
        end = time.monotonic() + 20
        while not self._program.said("\n"):
            if time.monotonic() > end:
                raise SystemExit("the simulation does not start")
            time.sleep(0.05)
        time.sleep(0.5)
        return self

    def __exit__(self, *arguments):
        self._program.__exit__(*arguments)

    def exchanges(self):
        return exchanges.read(self.trace)


def main():
    program, here, folder = (pathlib.Path(argument) for argument in sys.argv[1:4])
    devices = optimum.devices(program, here / "site.yaml")
    for baud in BAUDS:
        measure_cycle(program, here, new(folder, f"cycle{baud}"), devices, baud)
    for name, dead in (("one-dead", 1), ("three-dead", 3)):
        measure_dead(program, here, new(folder, name), devices, name, dead)
    measure_servers(program, new(folder, "servers"))


def measure_cycle(program, here, folder, devices, baud):
    """A poll cycle of all values, from its first bit to the silence behind its last."""
    line = optimum.Line(baud)
    least = sum(device.least(line)[0] for device in devices)
    singly = sum(device.singly(line) for device in devices)
    say(f"{baud} baud: at least {least * 1e3:.1f} ms, read one by one {singly * 1e3:.1f} ms")
    site = write_site(here, folder, baud)
    with Field(program, folder, site) as field:
        with Program(program, "run", site, errors=folder / "run"):
            time.sleep(CYCLE_SECONDS)
    taken = report_cycles(field, devices, line, "the gateway")
    figure(f"bus.cycle.{baud}", taken * 1e3, "ms")
    figure(f"bus.cycle.{baud}.over-minimum", taken / least, "times", goal=1.03)
    figure(f"bus.cycle.{baud}.over-single-reads", taken / singly, "times", goal=0.5)

    folder = new(folder, "modpoll")
    configuration = folder / "modpoll.csv"
    configuration.write_text(peer.configuration(devices, line))
    with Field(program, folder, site) as field:
        modpoll = pathlib.Path(sys.executable).parent / "modpoll"
        with Program(modpoll, "--config", configuration, "--serial", field.ports / "field",
                     "--serial-baud", baud, "--rate", PERIOD, "--interval", 0, "--daemon",
                     "--timeout", 1, errors=folder / "modpoll"):
            time.sleep(CYCLE_SECONDS)
    taken = report_cycles(field, devices, line, "modpoll")
    figure(f"bus.cycle.{baud}.modpoll.over-minimum", taken / least, "times")


def report_cycles(field, devices, line, who):
    """The median time of a cycle; ends the benchmark where a needed value was not read."""
    by_id = {device.id: device for device in devices}
    found = exchanges.cycles(field.exchanges())
    if len(found) < 5:
        raise SystemExit(f"{who}: only {len(found)} cycles")
    functions = {"coil": 1, "discrete": 2, "holding": 3, "input": 4}
    for device in devices:
        read = {(function, address + offset)
                for exchange in found[0] if exchange.device == device.id
                for function, address, count in [exchange.span] for offset in range(count)}
        wanted = {(functions[table], address + offset)
                  for table, address, count in device.fields for offset in range(count)}
        if not wanted <= read:
            raise SystemExit(f"{who} did not read {sorted(wanted - read)} of {device.id}")
    times = []
    for cycle in found:
        last = cycle[-1]
        silence = max(line.silence, by_id[last.device].timing["guard"] / 1000)
        times.append((last.end or last.heard) + silence - cycle[0].start)
    say(f"{who}: {len(found)} cycles of {len(found[0])} reads, "
        f"{min(times) * 1e3:.1f} to {max(times) * 1e3:.1f} ms")
    return statistics.median(times)


def measure_dead(program, here, folder, devices, name, dead):
    """The time between two reads of each live device while others are silent."""
    silent = [device.id for device in devices[2:2 + 3 * dead:3]]
    faults = folder / "faults.csv"
    faults.write_text("from,until,target,fault,share\n"
                      + "".join(f",,{device},no-answer,\n" for device in silent))
    site = write_site(here, folder, 19200)
    with Field(program, folder, site, faults) as field:
        with Program(program, "run", site, errors=folder / "run"):
            time.sleep(DEAD_SECONDS)
    seen = field.exchanges()
    begin = seen[0].start + DEAD_SETTLING
    lost = sum(e.end is None for e in seen if e.start >= begin)
    say(f"{', '.join(silent)} silent: asked {lost} times in {DEAD_SECONDS - DEAD_SETTLING} s")
    periods = intervals(e for e in seen if e.start >= begin and e.device not in silent)
    figure(f"bus.period.{name}.p95", percentile(periods, 95) / PERIOD, "times", goal=1.05)
    figure(f"bus.period.{name}.longest", max(periods) / PERIOD, "times")


def measure_servers(program, folder):
    """64 servers with 100 registers each, once a second: the gateway's own cost, and its beat."""
    # A copy of the program finds the profile beside itself.
    own = new(folder, "own")
    (own / "Devices/schema").mkdir(parents=True)
    (own / "Devices/benchmark").mkdir()
    (own / "Devices/benchmark/hundred.yaml").write_text(SERVER_PROFILE)
    shutil.copy(program, own / "nomori")
    first = free_ports(SERVERS)
    servers = range(SERVERS)
    site = folder / "site.yaml"
    site.write_text(SERVER_SITE.format(
        folder=folder,
        buses="\n".join(
            f"  - id: tcp{n}\n    tcp: {{host: 127.0.0.1, port: {first + n}}}\n    devices:\n"
            f"      - {{id: server{n}, profile: benchmark/hundred, unit: 1}}" for n in servers),
        points="\n".join(
            f"  - id: s{n}.v{v}\n    name: {{en: Value, ja: 値}}\n    unit: \"1\"\n"
            f"    decimals: 2\n    source: {{device: server{n}, quantity: value{v}}}\n"
            f"    period: 1 s" for n in servers for v in range(1, 16))), encoding="utf-8")
    with Field(own / "nomori", folder, site) as field:
        with Program(own / "nomori", "run", site, errors=folder / "run") as gateway:
            time.sleep(SERVER_SETTLING)
            used, start = cpu_seconds(gateway.pid), time.monotonic()
            time.sleep(SERVER_SECONDS)
            share = (cpu_seconds(gateway.pid) - used) / (time.monotonic() - start)
            memory = memory_of(gateway.pid)
    seen = [e for e in field.exchanges() if e.end is not None]
    begin = seen[0].start + SERVER_SETTLING
    seen = [e for e in seen if begin <= e.start < begin + SERVER_SECONDS]
    rate = len(seen) / SERVER_SECONDS
    say(f"{SERVERS} servers: {rate:.1f} answers/s of {len(seen[0].answer)} bytes")
    if abs(rate - SERVERS) > 0.05 * SERVERS:
        raise SystemExit(f"{rate:.1f} answers a second came instead of {SERVERS}")
    figure("bus.servers.cpu", share * 100, "% of a core", goal=5)
    figure("bus.servers.resident", memory["Rss"] / 1024, "MiB", goal=40)
    figure("bus.servers.resident.private", memory["Anonymous"] / 1024, "MiB", goal=10)
    report_beat(seen)


def report_beat(seen):
    """How far requests lie from start + n seconds, and how far that start moves in an hour."""
    middle = (seen[0].start + seen[-1].start) / 2
    offsets, halves = [], ([], [])
    for key in {e.key for e in seen}:
        starts = [e.start for e in seen if e.key == key]
        errors = [start - starts[0] - round(start - starts[0]) for start in starts]
        usual = statistics.median(errors)
        for start, error in zip(starts, errors):
            offsets.append(abs(error - usual))
            halves[start >= middle].append(error - usual)
    moved = statistics.median(halves[1]) - statistics.median(halves[0])
    figure("bus.beat.drift", abs(moved) / (SERVER_SECONDS / 2) * 3600 * 1e3, "ms/h")
    figure("bus.beat.jitter.p99.9", percentile(offsets, 99.9) * 1e3, "ms")
    text = subprocess.run(
        ["cyclictest", "--quiet", "--interval=1000", "--loops=10000", "--histogram=20000"],
        capture_output=True, text=True, check=False).stdout
    counts = [line.split() for line in text.splitlines() if line[:1].isdigit()]
    total, passed = sum(int(count) for _, count in counts), 0
    for microseconds, count in counts:
        passed += int(count)
        if total and passed >= 0.999 * total:
            figure("bus.beat.jitter.cyclictest.p99.9", int(microseconds) / 1e3, "ms")
            return
    say("cyclictest gave nothing here")


def intervals(seen):
    """Seconds between two requests that are the same, of all requests."""
    last, found = {}, []
    for exchange in seen:
        if exchange.key in last:
            found.append(exchange.start - last[exchange.key])
        last[exchange.key] = exchange.start
    return found


def percentile(values, percent):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(len(ordered) * percent / 100) - 1)]


def write_site(here, folder, baud):
    site = folder / "site.yaml"
    text = (here / "site.yaml").read_text("utf-8")
    site.write_text(text.replace("/dev/nomori", str(folder / "ports"))
                    .replace("baud: 9600", f"baud: {baud}")
                    .replace("/var/lib/nomori", str(folder)), encoding="utf-8")
    return site


def new(folder, name):
    made = folder / name
    made.mkdir()
    return made


def free_ports(count):
    """The first of so many neighbouring ports of the loopback that are free."""
    for first in range(20_000, 60_000, count):
        try:
            for port in range(first, first + count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
            return first
        except OSError:
            continue
    raise SystemExit("there are no free ports")


def cpu_seconds(pid):
    tasks = pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def memory_of(pid):
    lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {line.split(":")[0]: int(line.split()[1]) for line in lines}


def figure(name, value, unit, goal=None):
    print(json.dumps({"name": name, "value": round(value, 4), "unit": unit, "goal": goal,
                      "better": "lower"}), flush=True)


def say(text):
    print(f"   {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
