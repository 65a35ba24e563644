"""The least time in which the values of a site can be read: worked out here from the profiles'
cards alone, by other means than the gateway's."""

import json
import math
import re
import subprocess

import yaml

WIDTH = {"uint16": 1, "int16": 1, "uint32": 2, "int32": 2, "float32": 2, "bit": 1}
BITS = ("coil", "discrete")


class Device:
    """A device of the site: the fields that its points need, and what its profile allows."""

    def __init__(self, program, entry, quantities):
        self.id, self.unit = entry["id"], entry["unit"]
        card = json.loads(subprocess.run(
            [program, "devices", "--format", "json", entry["profile"]],
            check=True, capture_output=True, text=True).stdout)
        self.limits, self.timing = card["limits"], card["timing"]
        known = {quantity["id"]: quantity for quantity in card["quantities"]}
        names = []
        for name in quantities:
            self._add(name, known, names)
        # (table, first address, count), each once.
        self.fields = sorted({self._field(known[name]) for name in names})

    def _add(self, name, known, names):
        if name in names:
            return
        names.append(name)
        for text in known[name]["conditions"] + [known[name].get("formula", "")]:
            for other in re.findall(r"(?:of|scaled as) ([a-z0-9-]+) (?:=|says)", text):
                self._add(other, known, names)

    @staticmethod
    def _field(quantity):
        kind = quantity["type"]
        return quantity["table"], quantity["address"], WIDTH.get(kind, 1)

    def least(self, line):
        """Seconds and blocks of the cheapest reads that cover all fields."""
        seconds, blocks = 0.0, []
        for table in sorted({field[0] for field in self.fields}):
            fields = [field for field in self.fields if field[0] == table]
            best = [(0.0, [])] + [(math.inf, [])] * len(fields)
            for stop in range(1, len(fields) + 1):
                for first in range(stop):
                    block = self._block(table, fields[first:stop])
                    if block is None:
                        continue
                    cost = best[first][0] + self.cost(line, block)
                    if cost < best[stop][0]:
                        best[stop] = cost, best[first][1] + [block]
            seconds += best[-1][0]
            blocks += best[-1][1]
        return seconds, blocks

    def singly(self, line):
        """Seconds that one read for each value takes."""
        return sum(self.cost(line, field) for field in self.fields)

    def cost(self, line, block):
        table, _, count = block
        data = (count + 7) // 8 if table in BITS else 2 * count
        silence = max(line.silence, (self.timing.get("guard") or 0) / 1000)
        return line.seconds(8 + 5 + data) + self.timing["responseDelay"] / 1000 + silence

    def _block(self, table, fields):
        """The read that covers the fields; None where the device does not allow it."""
        start, end = fields[0][1], max(field[1] + field[2] for field in fields)
        most = self.limits["bits" if table in BITS else "registers"]
        if end - start > most or (self.limits["evenStart"] and start % 2 and table not in BITS):
            return None
        covered = start
        for _, address, count in fields:
            if address - covered > self.limits["hole"]:
                return None
            covered = max(covered, address + count)
        return table, start, end - start


class Line:
    """A serial line with eight data bits, no parity and one stop bit."""

    def __init__(self, baud):
        self.baud = baud
        self.silence = 0.00175 if baud > 19200 else 35 / baud

    def seconds(self, count):
        return count * 10 / self.baud


def devices(program, path):
    """The devices of a site file."""
    site = yaml.safe_load(path.read_text("utf-8"))
    return [Device(program, entry, [point["source"]["quantity"] for point in site["points"]
                                    if point["source"]["device"] == entry["id"]])
            for entry in site["buses"][0]["devices"]]
