"""A Modbus TCP device that knows what its sensors really did: eight values and a relay.

Each value goes up and down, and carries how often it has done so: N + HIGH while it is up, when N is
odd, and N while it is down. So an event says by its value which transition it tells.
"""

import collections
import random
import socketserver
import struct
import threading
import time

HIGH = 1_000_000
LIMIT = 500_000


class Sensor:
    """One value. It turns after a pause drawn from `up` or `down`, in seconds; one that `waits` turns
    only once the event of its last transition has arrived."""

    def __init__(self, seed, waits, up, down):
        self.waits = waits
        self.number = 0
        self.told = 0
        self.reads = collections.defaultdict(list)  # by transition: when it was read
        self.turns = {}  # by transition: when it happened
        self._dice = random.Random(seed)
        self._pauses = (down, up)
        self._due = time.monotonic() + self._dice.uniform(*down)

    def read(self, now, resting):
        """The value; while everything rests it does not turn."""
        if not resting and now >= self._due and (not self.waits or self.told >= self.number):
            self.number += 1
            self.turns[self.number] = now
            self._due = now + self._dice.uniform(*self._pauses[self.number % 2])
        self.reads[self.number].append(now)
        return self.number + HIGH * (self.number % 2)


class Device:
    """The device at a free port of the loopback, until the program ends."""

    def __init__(self, dice):
        brief, prompt = (0.15, 1.2), (0.02, 0.3)
        self.sensors = (
            [Sensor(dice.random(), True, prompt, prompt) for _ in range(3)]
            + [Sensor(dice.random(), False, brief, brief) for _ in range(4)]
            # The relay follows this one, often for longer than it may.
            + [Sensor(dice.random(), True, (1, 8), (0.5, 1.5))])
        self.relay = [(time.monotonic(), False)]  # what was written, and when
        self.resting = False
        self.refused = []  # requests that it has no answer for
        self._lock = threading.Lock()
        self._turned = threading.Event()
        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), self._connection)
        server.daemon_threads = True
        self.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def tell(self, sensor, number):
        """The event of a sensor's transition has arrived."""
        self.sensors[sensor].told = max(self.sensors[sensor].told, number)

    def wait_for_turn(self):
        """Until a transition is about to be read, or for half a second."""
        self._turned.clear()
        self._turned.wait(0.5)

    def _connection(self, connection, *_):
        with connection, connection.makefile("rb") as requests:
            try:
                while len(head := requests.read(7)) == 7:
                    transaction, _, length, unit = struct.unpack(">HHHB", head)
                    answer = self._answer(requests.read(length - 1))
                    connection.sendall(
                        struct.pack(">HHHB", transaction, 0, len(answer) + 1, unit) + answer)
            except OSError:
                pass  # the gateway was killed

    def _answer(self, request):
        function, address, count = struct.unpack(">BHH", request[:5])
        with self._lock:
            now = time.monotonic()
            if function == 3:
                turns = sum(sensor.number for sensor in self.sensors)
                values = [sensor.read(now, self.resting) for sensor in self.sensors]
                if turns != sum(sensor.number for sensor in self.sensors):
                    self._turned.set()
                words = struct.pack(f">{len(values)}i", *values)
                words = words[2 * address:2 * (address + count)]
                return struct.pack(">BB", function, len(words)) + words
            if function == 1 and (address, count) == (0, 1):
                return bytes([function, 1, self.relay[-1][1]])
            if function == 5 and address == 0:
                self.relay.append((now, count == 0xFF00))
                return request
            self.refused.append(request.hex(" "))
            return bytes([function | 0x80, 1])
