"""What `nomori simulate --trace` wrote down, and what of it is a poll cycle."""

import csv
import dataclasses


@dataclasses.dataclass
class Exchange:
    """A request that a device was meant to hear; times in seconds since the simulation began."""

    bus: str
    device: str
    start: float
    heard: float
    end: float | None
    request: bytes
    answer: bytes

    @property
    def key(self):
        """What makes it the same request as another: over TCP not its transaction number."""
        is_rtu_read = len(self.request) == 8
        return self.bus, self.device, self.request if is_rtu_read else self.request[6:]

    @property
    def span(self):
        """Function code, first address and count that an RTU read asks for."""
        function, *rest = self.request[1:6]
        return function, rest[0] << 8 | rest[1], rest[2] << 8 | rest[3]


def read(path):
    with open(path, newline="", encoding="utf-8") as table:
        rows = [
            Exchange(row["bus"], row["device"], int(row["start"]) / 1e9, int(row["heard"]) / 1e9,
                     int(row["end"]) / 1e9 if row["end"] else None,
                     bytes.fromhex(row["request"]), bytes.fromhex(row["answer"]))
            for row in csv.DictReader(table)]
    return sorted(rows, key=lambda exchange: exchange.start)


def cycles(exchanges):
    """Runs in which each request occurs once; the first two and the last may be cut."""
    found, seen = [[]], set()
    for exchange in exchanges:
        if exchange.key in seen:
            found.append([])
            seen = set()
        seen.add(exchange.key)
        found[-1].append(exchange)
    return found[2:-1]
