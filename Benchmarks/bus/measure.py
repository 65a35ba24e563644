"""Measures buses at work; prints one JSON line a figure.

    measure.py PROGRAM BENCHMARK_FOLDER EMPTY_FOLDER SECONDS

SECONDS is how long the servers are asked.
"""

import pathlib
import statistics
import sys
import time

import exchanges
import optimum
import peer
import servers
from allocation_count import AllocationCount
from atwork import Field, Program, figure, new, percentile, say

PERIOD = 2.0
BAUDS = (9600, 19200, 115200)
CYCLE_SECONDS = 26
# By then a gateway has opened its ports, and met its devices.
STARTED_SECONDS = 6
DEAD_SECONDS = 90
DEAD_SETTLING = 30


def main():
    program, here, folder = (pathlib.Path(argument) for argument in sys.argv[1:4])
    seconds = int(sys.argv[4])
    devices = optimum.devices(program, here / "site.yaml")
    allocations = 0
    for baud in BAUDS:
        allocations += measure_cycle(program, here, new(folder, f"cycle{baud}"), devices, baud)
    figure("bus.allocations.serial", allocations, "allocations", goal=0)
    for name, dead in (("one-dead", 1), ("three-dead", 3)):
        measure_dead(program, here, new(folder, name), devices, name, dead)
    servers.measure(program, new(folder, "servers"), seconds)


def measure_cycle(program, here, folder, devices, baud):
    """A poll cycle of all values, from its first bit to the silence behind its last."""
    line = optimum.Line(baud)
    least = sum(device.least(line)[0] for device in devices)
    singly = sum(device.singly(line) for device in devices)
    say(f"{baud} baud: at least {least * 1e3:.1f} ms, read one by one {singly * 1e3:.1f} ms")
    site = write_site(here, folder, baud)
    with Field(program, folder, site) as field:
        allocations = at_work(program, site, folder, CYCLE_SECONDS)
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
    return allocations


def at_work(program, site, folder, seconds):
    """Runs the gateway; returns the heap allocations of its bus's thread once it has begun."""
    count = AllocationCount(folder / "allocations")
    with Program(program, "run", site, errors=folder / "run", environment=count.environment):
        time.sleep(STARTED_SECONDS)
        first = count.total
        time.sleep(seconds - STARTED_SECONDS)
        return count.total - first


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
        silence = max(line.silence, (by_id[last.device].timing.get("guard") or 0) / 1000)
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


def intervals(seen):
    """Seconds between two requests that are the same, of all requests."""
    last, found = {}, []
    for exchange in seen:
        if exchange.key in last:
            found.append(exchange.start - last[exchange.key])
        last[exchange.key] = exchange.start
    return found


def write_site(here, folder, baud):
    site = folder / "site.yaml"
    text = (here / "site.yaml").read_text("utf-8")
    site.write_text(text.replace("/dev/nomori", str(folder / "ports"))
                    .replace("baud: 9600", f"baud: {baud}")
                    .replace("/var/lib/nomori", str(folder)), encoding="utf-8")
    return site


if __name__ == "__main__":
    main()
