"""Has pysparkplug decode every payload that Swift wrote, and compares it with what was meant.

    sparkplug.py SAMPLES     SAMPLES holds <mode>~<number>~<kind>~<word>.bin in the order of sending
"""

import math
import pathlib
import sys

import pysparkplug
from pysparkplug import _protobuf as protobuf

QUALITY = {1: 192, 2: 192, 3: 192, 4: 0, 9: 500}


def properties(raw, name, names):
    """The properties of the metric `name` as the wire has them, which pysparkplug itself leaves out."""
    for metric in protobuf.Payload.FromString(raw).metrics:
        if names.get(metric.alias, metric.name) == name:
            return {
                key: getattr(value, value.WhichOneof("value"))
                for key, value in zip(metric.properties.keys, metric.properties.values, strict=True)
            }
    raise AssertionError(f"no metric {name}")


def check_session(samples):
    birth = names = None
    seq = 0
    for path in samples:
        _, _, kind, word = path.stem.split("~")
        raw = path.read_bytes()
        # What a decoder of another version would not know is wrong here.
        assert protobuf.Payload.FromString(raw).SerializeToString(deterministic=True), path
        if kind == "NDEATH":
            death = pysparkplug.NDeath.decode(raw)
            assert death.bd_seq_metric.name == "bdSeq" and death.bd_seq_metric.value == 0, path
            assert len(protobuf.Payload.FromString(raw).metrics) == 1, path
        elif kind == "NBIRTH":
            birth = pysparkplug.NBirth.decode(raw)
            assert birth.seq == 0 and birth.metrics[0].value == 0, path
            names = {m.alias: m.name for m in birth.metrics if m.alias is not None}
            assert len(names) == len(birth.metrics) - 2, path
            seq = 0
        else:
            data = pysparkplug.NData.decode(raw, birth=birth)
            seq = (seq + 1) % 256
            assert data.seq == seq, (path, data.seq, seq)
            for metric in protobuf.Payload.FromString(raw).metrics:
                assert not metric.name and not metric.HasField("datatype"), path
                assert metric.HasField("timestamp"), path
            check_data(path, raw, data, word.split("="), names)
    return birth


def check_data(path, raw, data, word, names):
    values = {m.name: m.value for m in data.metrics}
    if word[0] == "alarm":
        condition = values.get("Alarms/river.stage/Condition", word[1])
        assert condition == word[1], path
    elif word[0] == "event":
        assert values["Site/Event"], path
        assert properties(raw, "Site/Event", names)["kind"] == word[1], path
    else:
        name, value, flag = word[0], float(word[1]), int(word[2])
        expected = value if math.isfinite(value) and flag != 9 else None
        assert values == {name: expected}, (path, values)
        found = properties(raw, name, names)
        assert found["Quality"] == QUALITY[flag] and found["QARTOD"] == flag, (path, found)


def main():
    samples = sorted(pathlib.Path(sys.argv[1]).glob("*.bin"))
    assert samples, "no samples"
    for mode in sorted({path.stem.split("~")[0] for path in samples}):
        own = [path for path in samples if path.stem.startswith(mode + "~")]
        birth = check_session(own)
        modes = [m.value for m in birth.metrics if m.name == "Site/Mode"]
        assert modes == [mode], modes
    print(f"{len(samples)} payloads decoded by pysparkplug {pysparkplug.__version__}")


main()
