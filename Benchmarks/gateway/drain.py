"""How fast a gateway sends what has waited for its broker.

    drain.py PROGRAM PORT FOLDER

PORT is a broker's on the loopback, which keeps what its subscriber is slow to take; FOLDER is empty, and
lies on a disk.
"""

import pathlib
import signal
import sqlite3
import subprocess
import sys
import time
import zlib

from field import Field
from gateway import figure, say
from sites import probes_site

# What a week without a network brings at four events a minute.
EVENTS = 40_000
# The rate must hold over the whole backlog: each quarter against all of it.
SLOWEST_QUARTER = 0.8

def run(program, folder):
    return subprocess.Popen([program, "run", folder / "site.yaml", "--language", "en"],
                            stdout=subprocess.DEVNULL, stderr=open(folder / "errors", "a"))


def end(gateway):
    gateway.send_signal(signal.SIGTERM)
    gateway.wait(30)


def fill(folder, count):
    """Copies the event in the outbox, each copy under an id of its own."""
    outbox = sqlite3.connect(folder / "outbox.sqlite")
    position, name, body = outbox.execute(
        "SELECT position, id, body FROM fact ORDER BY LENGTH(body) DESC LIMIT 1").fetchone()
    last = outbox.execute("SELECT MAX(position) FROM fact").fetchone()[0]
    precedence, size = outbox.execute(
        "SELECT precedence, bytes FROM delivery WHERE position = ?", (position,)).fetchone()
    for number in range(last + 1, last + 1 + count):
        copy = body.replace(name.encode(), f"{name}-{number}".encode())
        outbox.execute("INSERT INTO fact (position, id, body, checksum) VALUES (?, ?, ?, ?)",
                       (number, f"{name}-{number}", copy, zlib.crc32(copy)))
        outbox.execute("INSERT INTO delivery (destination, position, precedence, bytes)"
                       " VALUES ('local', ?, ?, ?)", (number, precedence, size))
    outbox.commit()
    outbox.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    outbox.close()
    say(f"{count} events of {len(body)} bytes wait")


def cpu_seconds(pid):
    tasks = pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def measure_drain(program, port, folder, count=EVENTS):
    (folder / "recordings").mkdir(parents=True)
    # The alarm comes and goes; and nobody listens at this port.
    Field(folder / "field", lambda unit, address: 700 if int(time.monotonic()) % 8 < 4 else 200)
    (folder / "site.yaml").write_text(probes_site(folder, 1, 1, is_steep=True), encoding="utf-8")
    gateway = run(program, folder)
    time.sleep(20)
    end(gateway)
    fill(folder, count)
    (folder / "site.yaml").write_text(probes_site(folder, port, 1, is_steep=True), encoding="utf-8")
    arrivals = open(folder / "arrivals", "w+")
    subscriber = subprocess.Popen(
        ["mosquitto_sub", "-h", "127.0.0.1", "-p", str(port), "-V", "mqttv5", "-q", "1", "-F", "%U",
         "-t", "nomori/v1/bench/event", "-C", str(count)], stdout=arrivals)
    time.sleep(1)
    gateway = run(program, folder)
    try:
        subscriber.wait(300)
    except subprocess.TimeoutExpired:
        subscriber.kill()
        raise SystemExit("not all events came: " + (folder / "errors").read_text())
    cpu = cpu_seconds(gateway.pid)
    end(gateway)
    arrivals.seek(0)
    times = [float(line) for line in arrivals]
    rate = (count - 1) / (times[-1] - times[0])
    quarters = [count // 4 / (times[(n + 1) * count // 4 - 1] - times[n * count // 4])
                for n in range(4)]
    say(f"{rate:.0f} events/s, by quarters {[round(quarter) for quarter in quarters]}; "
        f"{cpu:.1f} s on a processor")
    if min(quarters) < SLOWEST_QUARTER * rate:
        raise SystemExit("the rate falls with the backlog")
    figure("gateway.drain", rate, "1/s", goal=5000, better="higher")


if __name__ == "__main__":
    measure_drain(sys.argv[1], int(sys.argv[2]), pathlib.Path(sys.argv[3]))
