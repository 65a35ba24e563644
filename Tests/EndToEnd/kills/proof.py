"""What must hold after any number of kills, and the figures of it."""

import collections
import concurrent.futures
import re
import subprocess

from device import HIGH
from parties import MAXIMUM_ON

# A value that the gateway read, and then lived on for so long, it has decided and stored.
CERTAIN = 1.0  # s
# How long after its time the relay may be switched off: its gateway is away at times.
SLACK = 2.0  # s
CUT = "the file ends before the recording does"


def hold(device, gateway, subscriber, alarms, code):
    """Prints the figures and what was broken; the exit code, 0 where nothing was, is the result."""
    broken = [f"the device was asked for {request}" for request in device.refused]
    if code != 0:
        broken.append(f"the last gateway ended with {code}")
    first, repeats = by_id(subscriber.events, broken)
    numbers = missing_numbers(first, broken)
    told, other_ids = by_transition(first, broken)
    lost, unseen = find_lost(device.sensors, told, gateway.lives, broken)
    broken += [f"a gap was told: {gap}" for gap in subscriber.gaps]
    compare_retained(first, alarms, len(device.sensors), broken)
    longest = longest_on(device.relay, device.sensors[-1].turns)
    if not 0 < longest <= MAXIMUM_ON + SLACK:
        broken.append(f"the relay was on for {longest:.2f} s")
    transitions = sum(sensor.number for sensor in device.sensors)
    undurable = sum(not event["durable"] for event in first)
    print(f"{transitions} transitions of {len(device.sensors)} sensors, {unseen} of them too brief"
          f" for a gateway that was away; {len(first)} events, {undurable} from memory alone")
    print(f"lost: {lost} transitions, {numbers} numbers of events; repeated: {repeats} under the same"
          f" id, {other_ids} under another")
    print(f"longest on-time of the relay {longest:.2f} s, maximum {MAXIMUM_ON} s and {SLACK} s")
    verify(gateway, broken)
    for promise in broken[:40]:
        print("BROKEN:", promise)
    return min(len(broken), 1)


def by_id(events, broken):
    """The first arrival of each id, and how many arrivals were repeats of one."""
    first = {}
    for event in events:
        known = first.setdefault(event["id"], event)
        if known != event:
            broken.append(f"an id says two things: {known} and {event}")
    return list(first.values()), len(events) - len(first)


def missing_numbers(events, broken):
    """Sessions and numbers grow; how many numbers of a session are missing."""
    numbers = [tuple(map(int, event["id"].rsplit("-", 2)[1:])) for event in events]
    for before, after in zip(numbers, numbers[1:]):
        if after <= before:
            broken.append(f"event {after} came after {before}")
    sessions = collections.defaultdict(set)
    for session, number in numbers:
        sessions[session].add(number)
    count = 0
    for session, found in sessions.items():
        missing = set(range(1, max(found) + 1)) - found
        if missing:
            count += len(missing)
            broken.append(f"session {session} lacks the events {sorted(missing)}")
    return count


def by_transition(events, broken):
    """By sensor, the transitions that were told; and how many were told under two ids."""
    told, other_ids, stages = collections.defaultdict(list), 0, {}
    for event in events:
        if event["kind"] not in ("raised", "cleared"):
            continue
        sensor, number = int(event["alarm"]["id"][1:]) - 1, int(event["value"]) % HIGH
        name = f"{event['id']}: transition {number} of sensor {sensor + 1}"
        if (event["kind"] == "raised") != (number % 2 == 1):
            broken.append(f"{name} is {event['kind']}")
        if event["previousStage"]["id"] != stages.get(sensor, "normal"):
            broken.append(f"{name} begins at the stage {event['previousStage']['id']}")
        stages[sensor] = event["stage"]["id"]
        if number in told[sensor]:
            other_ids += 1
            broken.append(f"{name} is told again")
        elif told[sensor] and number < told[sensor][-1]:
            broken.append(f"{name} is told after {told[sensor][-1]}")
        told[sensor].append(number)
    return told, other_ids


def find_lost(sensors, told, lives, broken):
    """How many transitions should have been told and were not, and how many nobody can have seen.

    One that waits for its event must have one. Another one may have been over before a gateway that
    lived on had read it; and where the one before was not seen, nothing had changed for the gateway.
    """
    lost = unseen = 0
    for index, sensor in enumerate(sensors):
        known, before = set(told[index]), 0
        for number in range(1, sensor.number + 1):
            if number in known:
                before = number
            elif sensor.waits or (number - before) % 2 and is_certain(sensor.reads[number], lives):
                lost += 1
                broken.append(f"transition {number} of sensor {index + 1} is lost; it was read at"
                              f" {sensor.reads[number][:3]}, after number {before} was told")
            else:
                unseen += 1
    return lost, unseen


def is_certain(reads, lives):
    return any(begin <= read <= end - CERTAIN for read in reads for begin, end in lives)


def compare_retained(events, alarms, sensors, broken):
    last = {event["alarm"]["id"]: event for event in events if event["alarm"]}
    if len(alarms) != sensors:
        broken.append(f"{len(alarms)} alarm states are retained, not {sensors}")
    for alarm in alarms:
        event = last.get(alarm["alarm"]["id"])
        expected = (event["id"], event["stage"]["id"]) if event else (None, "normal")
        if (alarm["lastEvent"], alarm["stage"]["id"]) != expected:
            broken.append(f"retained is {alarm}, told last was {event}")


def longest_on(relay, turns):
    """The longest time, in seconds, that the relay was on for one rise of its sensor."""
    rises = sorted(time for number, time in turns.items() if number % 2)
    times = collections.Counter()
    for (begin, is_on), (end, _) in zip(relay, relay[1:]):
        if is_on:
            times[sum(rise <= begin for rise in rises)] += end - begin
    return max(times.values(), default=0)


def verify(gateway, broken):
    """Replays each part of the recordings by itself. A kill may cut its end off, and nothing else."""
    def replay(part):
        return subprocess.run([gateway.program, "replay", "--verify", part], capture_output=True,
                              text=True, check=False)

    parts = sorted((gateway.folder / "recordings").glob("*.mcap"))
    with_gap = events = inputs = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for part, run in zip(parts, pool.map(replay, parts)):
            same = re.search(r"^identical( outside)?: (\d+) events? from (\d+)", run.stdout, re.M)
            damage = [line for line in run.stderr.splitlines() if CUT not in line]
            if run.returncode or not same or damage:
                broken.append(f"{part.name}: {run.returncode} {run.stdout}{run.stderr}")
                continue
            with_gap += same[1] is not None
            events += int(same[2])
            inputs += int(same[3])
    print(f"{len(parts)} parts of recordings replayed: {events} events from {inputs} inputs, the same"
          f" as recorded, {with_gap} parts with a told gap")
    if not inputs:
        broken.append("nothing was recorded")
