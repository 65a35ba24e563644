"""Reads a recording as strangers do, with the PyPI packages mcap and mcap-ros2-support.

    mcap_oracle.py FILE     prints the recording as JSON lines

Everything that can be checked is: the checksums of chunks, attachments, data section and summary,
the statistics and indexes against what the file holds, the log-time order through the index
against the order of the file. Any disagreement is an exception.
"""

import collections
import json
import struct
import sys
import zlib

import zstandard
from mcap.reader import NonSeekingReader, SeekingReader
from mcap.stream_reader import StreamReader
from mcap_ros2.decoder import DecoderFactory

FOOTER = struct.Struct("<BQQQI8s")


def fields(message):
    """A decoded message as a dictionary; bytes become lists of numbers."""
    values = {name: getattr(message, name) for name in message.__slots__}
    return {
        name: list(value) if isinstance(value, bytes) else value
        for name, value in values.items()
    }


def check_summary_checksum(data):
    """Python's reader does not check it: CRC of the summary up to the footer's own checksum."""
    opcode, length, summary_start, _, stored, _ = FOOTER.unpack(data[-FOOTER.size :])
    assert (opcode, length) == (0x02, 20), "the footer does not stand before the closing magic"
    assert stored != 0, "the summary has no checksum"
    computed = zlib.crc32(data[summary_start:-12])
    assert stored == computed, f"summary checksum {computed:08X}, stored {stored:08X}"


def chunk_messages(content):
    """Channel, offset and log time of every message in a chunk's expanded records."""
    offset = 0
    while offset < len(content):
        opcode, length = struct.unpack_from("<BQ", content, offset)
        if opcode == 0x05:
            channel, _, log_time = struct.unpack_from("<HIQ", content, offset + 9)
            yield channel, offset, log_time
        offset += 9 + length


def check_chunk(data, index, chunk):
    """The chunk's times and its message indexes must be those of its messages."""
    content = chunk.data
    if chunk.compression == "zstd":
        content = zstandard.ZstdDecompressor().decompress(content, chunk.uncompressed_size)
    messages = list(chunk_messages(content))
    times = [log_time for _, _, log_time in messages]
    for record in (chunk, index):
        assert (record.message_start_time, record.message_end_time) == (min(times), max(times))
    indexed = []
    for channel, place in index.message_index_offsets.items():
        opcode, _, found, length = struct.unpack_from("<BQHI", data, place)
        assert (opcode, found) == (0x07, channel), index
        entries = struct.iter_unpack("<QQ", data[place + 15 : place + 15 + length])
        indexed += [(channel, offset, log_time) for log_time, offset in entries]
    assert sorted(indexed) == sorted(messages), index


def check_indexes(path, data, summary):
    """Every index record must point at the record it describes, and none may be missing."""
    found = collections.defaultdict(list)
    with open(path, "rb") as stream:
        for record in StreamReader(stream, emit_chunks=True, validate_crcs=True).records:
            found[type(record).__name__].append(record)
            if type(record).__name__ == "DataEnd":
                break
    for kind, opcode, indexes in [
        ("Chunk", 0x06, summary.chunk_indexes),
        ("Attachment", 0x09, summary.attachment_indexes),
        ("Metadata", 0x0C, summary.metadata_indexes),
    ]:
        assert len(found[kind]) == len(indexes), kind
        for index, record in zip(indexes, found[kind]):
            start = index.chunk_start_offset if kind == "Chunk" else index.offset
            length = index.chunk_length if kind == "Chunk" else index.length
            assert struct.unpack_from("<BQ", data, start) == (opcode, length - 9), index
            if kind == "Chunk":
                check_chunk(data, index, record)


def check_statistics(summary, messages, attachments, metadata):
    """The statistics must say what the file holds."""
    statistics = summary.statistics
    counts = collections.Counter(message.channel_id for _, _, message, _ in messages)
    assert statistics.message_count == len(messages)
    assert statistics.channel_count == len(summary.channels)
    assert statistics.schema_count == len(summary.schemas)
    assert statistics.attachment_count == len(attachments)
    assert statistics.metadata_count == len(metadata)
    assert statistics.chunk_count == len(summary.chunk_indexes)
    assert {c: n for c, n in statistics.channel_message_counts.items() if n} == dict(counts)
    times = [message.log_time for _, _, message, _ in messages] or [0]
    assert statistics.message_start_time == min(times)
    assert statistics.message_end_time == max(times)


def read(path):
    """The recording's messages in file order, its attachments and metadata, all checked."""
    with open(path, "rb") as stream:
        data = stream.read()
    check_summary_checksum(data)

    with open(path, "rb") as stream:
        reader = NonSeekingReader(
            stream, validate_crcs=True, decoder_factories=[DecoderFactory()])
        messages = list(reader.iter_decoded_messages(log_time_order=False))

    with open(path, "rb") as stream:
        reader = SeekingReader(stream, validate_crcs=True, decoder_factories=[DecoderFactory()])
        header, summary = reader.get_header(), reader.get_summary()
        ordered = list(reader.iter_messages(log_time_order=True))
        attachments = list(reader.iter_attachments())
        metadata = list(reader.iter_metadata())
    by_time = sorted((m for _, _, m, _ in messages), key=lambda message: message.log_time)
    assert [m.log_time for _, _, m in ordered] == [m.log_time for m in by_time]
    assert sorted((m.log_time, m.data) for _, _, m in ordered) == sorted(
        (m.log_time, m.data) for m in by_time)
    if header.profile == "ros2":
        for channel in summary.channels.values():
            assert channel.message_encoding == "cdr", channel
            assert "offered_qos_profiles" in channel.metadata, channel
            assert summary.schemas[channel.schema_id].encoding == "ros2msg", channel

    check_indexes(path, data, summary)
    check_statistics(summary, messages, attachments, metadata)
    return messages, attachments, metadata


def main(path):
    messages, attachments, metadata = read(path)
    lines = [
        {
            "topic": channel.topic,
            "schema": schema.name,
            "sequence": message.sequence,
            "log_time": message.log_time,
            "publish_time": message.publish_time,
            "fields": fields(decoded),
        }
        for schema, channel, message, decoded in messages
    ]
    lines += [
        {"attachment": a.name, "media_type": a.media_type, "bytes": len(a.data)}
        for a in attachments
    ]
    lines += [{"metadata": entry.name, "entries": entry.metadata} for entry in metadata]
    for line in lines:
        print(json.dumps(line, ensure_ascii=False))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
