"""64 Modbus TCP servers: what asking them costs the gateway, and how well it keeps its beat."""

import pathlib
import shutil
import socket
import statistics
import subprocess
import time

from allocation_count import AllocationCount
from atwork import Field, Program, figure, new, percentile, say

SERVERS = 64
SETTLING = 10
COUNTED = 30

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


def measure(program, folder, seconds):
    """64 servers with 100 registers each, once a second: the gateway's own cost, and its beat."""
    own, site = make_site(program, folder)
    with Field(own, folder, site) as field:
        with Program(own, "run", site, errors=folder / "run") as gateway:
            time.sleep(SETTLING)
            used, start = cpu_seconds(gateway.pid), time.monotonic()
            time.sleep(seconds)
            share = (cpu_seconds(gateway.pid) - used) / (time.monotonic() - start)
            memory = memory_of(gateway.pid)
    seen = [e for e in field.exchanges() if e.end is not None]
    begin = seen[0].start + SETTLING
    seen = [e for e in seen if begin <= e.start < begin + seconds]
    rate = len(seen) / seconds
    say(f"{SERVERS} servers: {rate:.1f} answers/s of {len(seen[0].answer)} bytes in {seconds} s")
    if abs(rate - SERVERS) > 0.05 * SERVERS:
        raise SystemExit(f"{rate:.1f} answers a second came instead of {SERVERS}")
    figure("bus.servers.cpu", share * 100, "% of a core", goal=5)
    figure("bus.servers.resident", memory["Rss"] * 1024 / 1e6, "MB", goal=40)
    figure("bus.servers.resident.private", memory["Anonymous"] * 1024 / 1e6, "MB", goal=10)
    report_beat(seen, seconds)
    with Field(own, new(folder, "again"), site):
        count = AllocationCount(folder / "allocations")
        with Program(own, "run", site, errors=folder / "counted", environment=count.environment):
            time.sleep(SETTLING)
            first = count.total
            time.sleep(COUNTED)
            figure("bus.allocations.tcp", count.total - first, "allocations", goal=0)


def make_site(program, folder):
    """A copy of the program, which finds the profile beside itself, and the site for it."""
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
    return own / "nomori", site


def report_beat(seen, seconds):
    """How far requests lie from start + n seconds, and how far that start moves in an hour."""
    middle = (seen[0].start + seen[-1].start) / 2
    offsets, halves, missed = [], ([], []), 0
    for key in {e.key for e in seen}:
        starts = [e.start for e in seen if e.key == key]
        errors = [start - starts[0] - round(start - starts[0]) for start in starts]
        usual = statistics.median(errors)
        missed += round(starts[-1] - starts[0]) + 1 - len(starts)
        for start, error in zip(starts, errors):
            offsets.append(abs(error - usual))
            halves[start >= middle].append(error - usual)
    moved = statistics.median(halves[1]) - statistics.median(halves[0])
    figure("bus.beat.drift", abs(moved) / (seconds / 2) * 3600 * 1e3, "ms/h")
    figure("bus.beat.missed", missed, "polls")
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
