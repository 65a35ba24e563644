"""The sites that are measured: a line of devices, a destination, recordings and an outbox."""

SITE = """
site:
  id: bench
  name: {{en: Bench, ja: 測定}}
  mode: test
buses:
  - id: field
    serial: {{port: {folder}/field, baud: 9600, parity: none, stopBits: 1}}
    devices:
{devices}
points:
{points}
{rules}
destinations:
  - {{id: local, host: 127.0.0.1, port: {port}, security: none}}
recording:
  folder: {folder}/recordings
outbox:
  path: {outbox}/outbox.sqlite
  maximumSize: 512 MiB
"""

_PROBE = "      - {{id: probe{n}, profile: dfrobot/sen0600, unit: {n}}}"

_PROBE_POINTS = """\
  - id: moisture{n}
    name: {{en: Moisture {n}, ja: 水分 {n}}}
    unit: "%"
    decimals: 1
    source: {{device: probe{n}, quantity: moisture}}
    period: 1 s
    maximumAge: 5 s
    quality:
      grossRange: {{fail: [0, 100]}}
      spike: {{suspect: 5, fail: 20}}
      rateOfChange: {{suspect: 500 %/h, fail: 5000 %/h}}
      flatLine: {{tolerance: 0.05, suspectAfter: 10 min, failAfter: 20 min}}
  - id: temperature{n}
    name: {{en: Temperature {n}, ja: 温度 {n}}}
    unit: Cel
    decimals: 1
    source: {{device: probe{n}, quantity: temperature}}
    period: 1 s
    maximumAge: 5 s
    quality:
      grossRange: {{fail: [-40, 80]}}"""

_PROBE_RULE = """\
  - id: wet{n}
    name: {{en: Wet {n}, ja: 過湿 {n}}}
    point: moisture{n}
    direction: rising
    stages:
      - id: wet
        name: {{en: Wet, ja: 過湿}}
        limit: 60
        deadband: 2
        onDelay: {delay} s
        offDelay: {delay} s"""


def probes_site(folder, port, count, is_steep=False):
    """Soil probes with two values each, every second, and a rule each.

    Where it `is_steep`, values may jump, and alarms come and go at once.
    """
    numbers = range(1, count + 1)
    points = "\n".join(_PROBE_POINTS.format(n=n) for n in numbers)
    if is_steep:
        points = points.replace("{suspect: 500 %/h, fail: 5000 %/h}",
                                "{suspect: 500000 %/h, fail: 5000000 %/h}")
        points = points.replace("{suspect: 5, fail: 20}", "{suspect: 80, fail: 99}")
    return SITE.format(
        folder=folder, outbox=folder, port=port,
        devices="\n".join(_PROBE.format(n=n) for n in numbers), points=points,
        rules="\n".join(["rules:"] + [
            _PROBE_RULE.format(n=n, delay=0 if is_steep else 10) for n in numbers]))
