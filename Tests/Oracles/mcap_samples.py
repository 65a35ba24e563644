"""Exchanges recordings with FieldLogTests.

    mcap_samples.py write FOLDER    writes recordings for Swift to read
    mcap_samples.py check FOLDER    compares the recordings that Swift wrote there

Both sides know the same series of messages, each by its own code: here `sample`, there
`Sample.number`.
"""

import os
import sys

import mcap_oracle
from mcap.writer import CompressionType, Writer
from mcap_ros2._dynamic import serialize_dynamic

COUNT = 200
START = 1_451_096_100_000_000_000
ATTACHMENT = "site: river\nname: 川の箱\n".encode()
SCHEMA = "\n".join(
    [
        "uint8 flag", "float64 value", "bool valid", "uint16 count", "string point",
        "float32 small", "int8 offset", "int64 time_ns", "uint16[] registers", "uint8[] raw",
        "uint32 total", "float64[] values", "int16 depth", "uint64 id", "int32 step",
    ])


def wrapped(value, bits, signed=False):
    """The lowest `bits` of `value`."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if signed and value >> (bits - 1) else value


def sample(index):
    """The `index`th message of the series."""
    return {
        "flag": index % 5,
        "value": 0.5 + index / 1024,
        "valid": index % 2 == 0,
        "count": wrapped(index * 777, 16),
        "point": ["bridge.level", "橋.水位", "", "rain"][index % 4],
        "small": index * -0.25,
        "offset": wrapped(index * 31, 8, signed=True),
        "time_ns": START + index * 900_000_000_000,
        "registers": [wrapped(index * 4099 + place, 16) for place in range(index % 6)],
        "raw": [wrapped(index + place, 8) for place in range(index % 3)],
        "total": (1 << 32) - 1 - index,
        "values": [(index - place) / 8 for place in range(index % 4)],
        "depth": -index,
        "id": ((1 << 64) - 1) // 2 - index,
        "step": index * -65537,
    }


def log_time(index):
    """When the `index`th sample was recorded: the clock steps back before each fiftieth."""
    return START + index * 1_000_000 - (10_000_000 if index % 50 == 49 else 0)


def check_messages(messages):
    """Compares the messages with the series, and gives back how many samples and notes they are."""
    samples = [entry for entry in messages if entry[1].topic == "/samples"]
    notes = [entry for entry in messages if entry[1].topic == "/notes"]
    for index, (schema, _, message, decoded) in enumerate(samples):
        assert mcap_oracle.fields(decoded) == sample(index), index
        time = log_time(index)
        assert (message.log_time, message.publish_time) == (time, time - 5), index
        assert message.sequence == index
        assert schema.name == "nomori_msgs/msg/Sample"
    for index, (_, _, message, decoded) in enumerate(notes):
        assert mcap_oracle.fields(decoded) == {"text": f"note {index * 10 + 9}"}
        assert message.sequence == index
    return len(samples), len(notes)


def check(folder):
    """Compares every message, attachment and metadata entry that Swift wrote."""
    messages, attachments, metadata = mcap_oracle.read(os.path.join(folder, "swift.mcap"))
    assert check_messages(messages) == (COUNT, COUNT // 10)
    assert [(a.name, a.media_type, a.data) for a in attachments] == [
        ("site.yaml", "application/yaml", ATTACHMENT)]
    assert [(m.name, m.metadata) for m in metadata] == [("nomori", {"site": "river", "v": "1"})]
    print(f"{len(messages)} messages of Swift's recording read as written")

    messages, _, _ = mcap_oracle.read(os.path.join(folder, "swift-recovered.mcap"))
    samples, _ = check_messages(messages)
    assert COUNT // 2 < samples < COUNT, samples
    print(f"{len(messages)} messages of two thirds of it, cut and recovered")


def write(folder):
    """Writes the series with and without compression, in chunks and without them."""
    encode = serialize_dynamic("nomori_msgs/msg/Sample", SCHEMA)["nomori_msgs/msg/Sample"]
    for name, compression, chunking in [
        ("zstd", CompressionType.ZSTD, True),
        ("uncompressed", CompressionType.NONE, True),
        ("unchunked", CompressionType.NONE, False),
    ]:
        with open(os.path.join(folder, f"python-{name}.mcap"), "wb") as stream:
            writer = Writer(
                stream, chunk_size=2048, compression=compression, use_chunking=chunking,
                enable_data_crcs=True)
            writer.start(profile="ros2", library="oracle")
            schema = writer.register_schema(
                "nomori_msgs/msg/Sample", "ros2msg", SCHEMA.encode())
            channel = writer.register_channel(
                "/samples", "cdr", schema, {"offered_qos_profiles": ""})
            writer.add_metadata("oracle", {"language": "python"})
            for index in range(COUNT):
                time = log_time(index)
                writer.add_message(channel, time, encode(sample(index)), time, index)
                if index == COUNT // 2:
                    writer.add_attachment(7, time, "site.yaml", "application/yaml", ATTACHMENT)
            writer.finish()
    print("wrote zstd, uncompressed and unchunked recordings")


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("check", "write"):
        sys.exit(__doc__)
    {"check": check, "write": write}[sys.argv[1]](sys.argv[2])
