"""What a recording holds of its buses, read by strangers, is what `nomori replay --wire` prints.

    mcap_wire.py RECORDING WIRE DOCUMENT    RECORDING of the site "pond", WIRE as printed, DOCUMENT
                                            with sample lines of both
"""

import collections
import datetime
import functools
import json
import operator
import sys
import types

import mcap_oracle
import yaml

KINDS = ["message", "request", "damaged", "unknown", "timeout"]
FAULTS = ["timeout", "badChecksum", "unexpectedAnswer", "wrongUnit", "notVerified", "babble",
          "portUnavailable", "portLost", "wrongDevice"]
#: What differs from run to run.
ACCIDENTAL = ("time", "seconds", "milliseconds")


def frame(message, bus):
    """A message of /line/frame as it is to be printed."""
    data = bytes(message.bytes)
    assert len(data) == min(message.length, 256), message
    known = {} if message.device == 255 else {"device": bus["devices"][message.device]["id"]}
    known |= {"kind": KINDS[message.kind], "bytes": data.hex(" ").upper()}
    if all(0x20 <= byte <= 0x7E or byte in b"\t\r\n" for byte in data):
        known["text"] = data.decode("ascii")
    if message.length > len(data):
        known["length"] = message.length
    return known


def transactions(message):
    """Each transaction of a message of /bus/transactions."""
    start = 0
    for index, count in enumerate(message.register_count):
        yield types.SimpleNamespace(
            registers=message.registers[start:start + count],
            **{field: getattr(message, field)[index] for field in (
                "bus", "unit", "function_code", "fault", "address", "count", "duration_ns",
                "monotonic_ns", "wall_ns")})
        start += count


def transaction(message, bus):
    """A transaction as it is to be printed."""
    device = next(d["id"] for d in bus["devices"] if d["unit"] == message.unit)
    known = {
        "device": device, "kind": "transaction", "unit": message.unit,
        "function": message.function_code, "address": message.address, "count": message.count,
    }
    width = 1 if message.function_code in (1, 2) else 4
    if message.registers:
        known["words"] = " ".join(f"{word:0{width}X}" for word in message.registers)
    if message.fault:
        known["fault"] = (
            f"exception {message.fault - 100}" if message.fault > 100
            else FAULTS[message.fault - 1])
    return known | {"milliseconds": message.duration_ns // 100_000 / 10}


def expected(path):
    """The lines that are to be printed of the recording at `path`."""
    messages, attachments, metadata = mcap_oracle.read(path)
    buses = yaml.safe_load(next(a.data for a in attachments if a.name == "site.yaml"))["buses"]
    origin = next(entry.metadata for entry in metadata if entry.name == "nomori")
    if origin.get("buses") != "site":  # As earlier versions counted them.
        buses.sort(key=lambda bus: "unit" not in bus["devices"][0])
    lines = []
    entries = []
    for _, channel, message, decoded in messages:
        if channel.topic == "/line/frame":
            entries.append((frame, message.log_time, decoded))
        elif channel.topic == "/bus/transactions":
            entries += [(transaction, one.wall_ns, one) for one in transactions(decoded)]
    for form, nanoseconds, decoded in entries:
        time = datetime.datetime.fromtimestamp(nanoseconds // 10**9, datetime.timezone.utc)
        millisecond = nanoseconds // 10**6 % 1000
        bus = buses[decoded.bus]
        lines.append({
            "time": f"{time:%Y-%m-%dT%H:%M:%S}.{millisecond:03}Z",
            "seconds": decoded.monotonic_ns // 10**6 / 1000, "bus": bus["id"],
        } | form(decoded, bus))
    return lines


def is_sound(sentence):
    """Whether the checksum of an NMEA sentence is right."""
    body, given = sentence.strip().lstrip("$").split("*")
    return functools.reduce(operator.xor, body.encode()) == int(given, 16)


def main(recording, wire, document):
    lines = expected(recording)
    with open(wire, encoding="utf-8") as stream:
        printed = [json.loads(line, object_pairs_hook=list) for line in stream]
    assert len(printed) == len(lines), (len(printed), len(lines))
    for line, entry in zip(printed, lines):
        assert line == list(entry.items()), (line, entry)

    kinds = collections.Counter(line["kind"] for line in lines)
    assert all(kinds[kind] for kind in ("message", "request", "damaged", "transaction")), kinds
    for line in lines:
        if line["bus"] == "mast" and line["kind"] in ("message", "damaged"):
            assert is_sound(line["text"]) == (line["kind"] == "message"), line

    with open(document, encoding="utf-8") as stream:
        samples = [json.loads(line) for line in stream if line.startswith('{"time"')]
    assert len(samples) == 4, samples
    fixed = [{k: v for k, v in line.items() if k not in ACCIDENTAL} for line in lines]
    for sample in samples:
        assert {k: v for k, v in sample.items() if k not in ACCIDENTAL} in fixed, sample
    print(f"{len(lines)} entries of the buses read as they are printed: "
          + ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())))


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
