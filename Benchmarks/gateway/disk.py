"""How much a gateway writes to its disk at 20 points a second, quiet and with alarms.

    disk.py PROGRAM PORT FOLDER [SECONDS]

PORT is a broker's on the loopback; FOLDER is empty, and lies on a disk. Each of the two runs takes so many
seconds, 300 by default, after the first ten.
"""

import pathlib
import sys
import time

from field import Field
from gateway import Gateway, figure, say
from measure import PROBES
from sites import probes_site

SETTLING_SECONDS = 10
SECONDS = 300
# An alarm that comes and goes each half a minute: two events, as in bad weather.
ALARM_SECONDS = 30
DAY = 86_400


def written(pid):
    """Bytes that each thread has had written, by the thread's name, as the kernel counts them."""
    counts = {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        name = (task / "comm").read_text().strip()
        fields = dict(line.split(": ") for line in (task / "io").read_text().splitlines())
        counts[name] = counts.get(name, 0) + int(fields["write_bytes"])
    return counts


def measure_disk(program, port, folder, has_alarms, seconds=SECONDS):
    site = probes_site(folder, port, PROBES, is_steep=True)

    def value(unit, _address):
        is_high = has_alarms and unit == 1 and int(time.monotonic()) % ALARM_SECONDS < 15
        return (700 if is_high else 200) + unit + int(time.monotonic()) % 3

    Field(folder / "field", value)
    with Gateway(program, port, folder, site) as gateway:
        time.sleep(SETTLING_SECONDS)
        before, events = written(gateway.pid), len(gateway.subscriber.events)
        time.sleep(seconds)
        after, events = written(gateway.pid), len(gateway.subscriber.events) - events
    by_thread = {name: after[name] - before.get(name, 0) for name in after}
    by_thread = {name: count for name, count in by_thread.items() if count}
    say(f"{events} events in {seconds} s; bytes by thread: {by_thread}")
    name = "gateway.disk.alarms" if has_alarms else "gateway.disk"
    figure(name, sum(by_thread.values()) * DAY / seconds / 1e6, "MB/day")
    figure(name + ".outbox", by_thread.get("outbox", 0) * DAY / seconds / 1e6, "MB/day")


if __name__ == "__main__":
    span = int(sys.argv[4]) if len(sys.argv) > 4 else SECONDS
    for has_alarms in (False, True):
        place = pathlib.Path(sys.argv[3]) / ("alarms" if has_alarms else "quiet")
        place.mkdir()
        measure_disk(sys.argv[1], int(sys.argv[2]), place, has_alarms, span)
