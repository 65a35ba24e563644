"""Replays tables and looks at what comes out.

    tables.py DIALECTS DATA FOLDER      DIALECTS: samples of our own; DATA: published records, where
                                        they are; FOLDER: for what is made on the way
"""

import csv
import datetime
import gzip
import json
import os
import pathlib
import subprocess
import sys

BINARY = os.environ["NOMORI_BINARY"]
DIALECTS, DATA, FOLDER = (pathlib.Path(a).absolute() for a in sys.argv[1:])

SITE = """site: {{id: river, name: {{en: River, ja: 川}}, mode: test{zone}}}
points:
{points}
rules:
  - id: stage
    name: {{en: Stage, ja: 段階}}
    point: {point}
    direction: rising
    stages:
      - {{id: flood, name: {{en: Flood, ja: 洪水}}, limit: {limit}, deadband: 0, onDelay: 0 s, offDelay: 0 s}}
"""
POINT = """  - id: {id}
    name: {{en: Level, ja: 水位}}
    unit: "{unit}"
    decimals: 3
    source: {source}
"""
SENSOR = """    period: {period}
    quality: {{grossRange: {{fail: [-5, 50]}}}}
"""


def site(name, limit, points=(("level", "series"),), unit="m", period="15 min", zone="", rule=None,
         age=""):
    path = FOLDER / f"{name}.yaml"
    text = "".join(
        POINT.format(id=i, unit=unit, source=s)
        + (SENSOR.format(period=period) + age if s == "series" else "") for i, s in points)
    path.write_text(
        SITE.format(points=text, point=rule or points[0][0], limit=limit,
                    zone=f', timeZone: "{zone}"' if zone else ""), "utf-8")
    return str(path)


def replay(*arguments, code=0):
    done = subprocess.run([BINARY, "replay", *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == code, (arguments, done.returncode, done.stderr[-2000:])
    return done.stdout, done.stderr


def episodes(*arguments):
    return list(csv.DictReader(replay(*arguments, "--episodes")[0].splitlines()))


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).replace(tzinfo=None)


def published():
    """Each record with reference answers has their exceedances."""
    answers = json.loads((DATA / "river/expected_events.json").read_text("utf-8"))
    for name, answer in answers.items():
        column = "GH_Inst" if name.startswith("usgs") else "Value[m]"
        unit = "[ft_i]" if name.startswith("usgs") else "m"
        got = episodes("--series", DATA / "river" / name, "--column", column, "--rules",
                       site("published", answer["threshold"], unit=unit))
        runs = answer["exceedances"]
        assert len(got) == len(runs), (name, got)
        for episode, run in zip(got, runs):
            assert moment(episode["start"]) == moment(run["first_at_or_above"]), (name, episode)
            # It ends with the first sample below, which comes after the last one at or above.
            assert moment(episode["end"]) > moment(run["last_at_or_above"]), (name, episode)
            assert moment(episode["end"]) <= moment(run["last_at_or_above"]) + \
                datetime.timedelta(minutes=75), (name, episode)
            assert float(episode["peak"]) == run["peak"], (name, episode)
            assert moment(episode["peakTime"]) == moment(run["peak_time"]), (name, episode)
        print(f"{name}: {len(runs)} exceedances, as the reference answers have them")


def joined():
    """Two stations in two files, and a point computed from both."""
    tables = [DATA / "river" / f"usgs_{n}_gageheight_15min_2017.tsv.gz"
              for n in ("01509520_tioughnioga_lisle_ny", "01511500_tioughnioga_itaska_ny")]
    age = "    maximumAge: 2 h\n    sensorFaultDelay: 3 h\n"
    rules = site("joined", 6, unit="[ft_i]", rule="higher", age=age, points=(
        ("lisle", "series"), ("itaska", "series"), ("higher", '{expression: "max(lisle, itaska)"}')))
    got = episodes("--series", tables[0], "--series", tables[1], "--point", "lisle=GH_Inst",
                   "--point", "itaska=GH_Inst", "--rules", rules, "--flags", FOLDER / "flags.csv")
    assert got and all(float(e["peak"]) >= 6 for e in got), got
    assert any(float(e["peak"]) == 8.54 for e in got), got
    with open(FOLDER / "flags.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    counts = {i: sum(r["point"] == i for r in rows) for i in ("lisle", "itaska", "higher")}
    assert counts["lisle"] == 11550 and counts["itaska"] == 11554 and counts["higher"] > 0, counts
    assert {r["flag"] for r in rows if r["point"] == "lisle"} == {"1"}, "one flag for good values"
    # The point of the rule is computed: it is asked for what it comes from.
    _, said = replay("--series", tables[0], "--rules", rules, code=64)
    assert "--point lisle=COLUMN --point itaska=COLUMN" in said, said
    mapping = FOLDER / "map.yaml"
    mapping.write_text("tables:\n" + "".join(
        f"  - points: [{{point: {i}, column: GH_Inst}}]\n" for i in ("lisle", "itaska")), "utf-8")
    again = episodes("--series", tables[0], "--series", tables[1], "--map", mapping, "--rules", rules)
    assert again == got, "options and the mapping file say the same"
    mapping.write_text("tables:\n  - points: [{point: nowhere, column: GH_Inst}]\n", "utf-8")
    _, said = replay("--series", tables[0], "--map", mapping, "--rules", rules, code=78)
    assert "map.yaml:2" in said and "nowhere" in said and "lisle" in said, said
    print(f"two tables joined into three points: {len(got)} episodes")


def wrong_options():
    """Each sample of ours with each option that is wrong for it: a refusal, or a warning."""
    rules = site("samples", 3, period="15 min")
    right = {"campbell-toa5": ["--column", "Lvl_Avg"], "nerrs": ["--column", "Level"],
             "environment-agency": ["--column", "Value[m]"], "usgs-rdb": ["--column", "1234_00065"],
             "onset-hobo": ["--column", "Water Level, meters"],
             "japan-meteorology": ["--column", "降水量(mm)"],
             "stations": ["--column", "level", "--where", "station=B2"]}
    samples = ["plain", "german", "compact-24h", "nerrs", "campbell-toa5", "environment-agency",
               "usgs-rdb", "month-names", "japan-hydrology", "japan-meteorology", "stations"]
    wrong = [["--time-format", "%m-%d-%Y %H:%M"], ["--time-format", "epoch"],
             ["--time-format", "elapsed"], ["--time-format", "excel"],
             ["--time-format", "%y%m%d%H%M"], ["--column", "nowhere"],
             ["--column", "99"], ["--time-column", "nowhere"], ["--delimiter", "pipe"],
             ["--where", "nowhere=1"], ["--where", "1=nowhere"], ["--missing", "1.5"],
             ["--decimal-comma"], ["--decimal-point"]]
    refused = warned = 0
    for sample in samples:
        table = DIALECTS / f"{sample}.csv"
        given = right.get(sample, [])
        for option in wrong:
            if sample == "german" and option == ["--decimal-comma"]:
                continue
            if sample != "german" and option == ["--decimal-point"]:
                continue
            done = subprocess.run(
                [BINARY, "replay", "--series", table, "--rules", rules,
                 *([] if option[0] == "--column" else given), *option],
                capture_output=True, text=True)
            if option == ["--missing", "1.5"]:
                # Nothing is wrong with it but what it says of the data, which is told.
                assert done.returncode != 0 or "missing: " in done.stderr or \
                    "marker" in done.stderr, (sample, option, done.stderr)
                continue
            assert done.returncode in (0, 64, 65), (sample, option, done.returncode, done.stderr)
            if done.returncode:
                refused += 1
                assert "expected" in done.stderr or "Error" in done.stderr, done.stderr
            else:
                warned += 1
                assert "warning: " in done.stderr, (sample, option, done.stderr)
    print(f"{refused} wrong options refused, {warned} warned of, none followed in silence")


def damaged():
    """What is cut off is read up to there; the exit code says so."""
    rules = site("damaged", 3, period="1 min")
    rows = "".join(f"2024-02-13 {h:02}:{m:02},{h}.5\n" for h in range(24) for m in range(60))
    table = FOLDER / "whole.csv"
    table.write_text("time,level\n" + rows, "utf-8")
    whole, _ = replay("--series", table, "--rules", rules)
    packed = gzip.compress(table.read_bytes())
    cut = FOLDER / "cut.csv.gz"
    cut.write_bytes(packed[:len(packed) * 2 // 3])
    events, said = replay("--series", cut, "--rules", rules, code=65)
    assert whole.startswith(events) and "sound up to line" in said, said
    torn = FOLDER / "torn.csv"
    torn.write_text("time,level\n" + rows[:-10], "utf-8")
    assert "is cut off; sound up to line 1440" in replay(
        "--series", torn, "--rules", rules, code=65)[1]
    subprocess.run(["zstd", "-q", table], check=False)
    if (FOLDER / "whole.csv.zst").exists():
        assert replay("--series", FOLDER / "whole.csv.zst", "--rules", rules)[0] == whole
    replay("--series", FOLDER / "none.csv", "--rules", rules, code=66)
    print("cut tables are read up to where they are sound, and end with exit code 65")


def clocks():
    """Local times over both changes of summer time."""
    zone = "CET-1CEST,M3.5.0,M10.5.0/3"
    rules = site("clocks", 3, zone=zone)
    hours = FOLDER / "autumn.csv"
    hours.write_text("time,level\n" + "".join(
        f"2024-10-27 {h},{v}\n" for h, v in
        (("01:00", 1), ("02:00", 1), ("02:00", 4), ("03:00", 1))), "utf-8")
    got = episodes("--series", hours, "--rules", rules)
    assert [e["start"] for e in got] == ["2024-10-27T01:00:00.000Z"], got
    got = episodes("--series", hours, "--rules", rules, "--utc-offset", "1", "--repeated", "last")
    assert [e["start"] for e in got] == ["2024-10-27T01:00:00.000Z"], got
    got = episodes("--series", hours, "--rules", rules, "--time-zone", "Europe/Berlin")
    assert [e["start"] for e in got] == ["2024-10-27T01:00:00.000Z"], got
    spring = FOLDER / "spring.csv"
    spring.write_text("time,level\n" + "".join(
        f"2024-03-31 0{h}:00,{h}\n" for h in range(6)), "utf-8")
    _, said = replay("--series", spring, "--rules", rules, code=65)
    assert "skips 1 times" in said and "--utc-offset" in said, said
    got = episodes("--series", spring, "--rules", rules, "--utc-offset", "1")
    assert [e["start"] for e in got] == ["2024-03-31T02:00:00.000Z"], got
    print("the doubled hour is told apart by order; a clock without summer time is asked for")


wrong_options()
damaged()
clocks()
if (DATA / "river").is_dir():
    published()
    joined()
else:
    print(f"skipped: no {DATA}/river")
