"""The programs that take part: the gateway, the broker, and who subscribes to its events."""

import itertools
import json
import pathlib
import shutil
import signal
import socket
import subprocess
import threading
import time

from device import LIMIT

HERE = pathlib.Path(__file__).resolve().parent
SITE_ID = "kills"
MAXIMUM_ON = 3  # s, of the relay

SITE = """\
site:
  id: {site}
  name: {{en: Kills, ja: 強制終了}}
  mode: test
buses:
  - id: field
    tcp: {{host: 127.0.0.1, port: {device}}}
    devices:
      - {{id: toggles, profile: kills/toggles, unit: 1}}
points:
{points}
rules:
{rules}
outputs:
  - id: lamp
    name: {{en: Lamp, ja: 表示灯}}
    device: toggles
    quantity: relay
    follows: {{rule: r{last}, fromStage: high}}
    maximumOnTime: {maximum} s
destinations:
  - id: local
    host: 127.0.0.1
    port: {broker}
    security: none
recording:
  folder: {folder}/recordings
  chunkInterval: 1 s
outbox:
  path: {folder}/outbox.sqlite
"""

POINT = """\
  - id: p{n}
    name: {{en: Value {n}, ja: 値 {n}}}
    unit: "1"
    decimals: 0
    source: {{device: toggles, quantity: value{n}}}
    period: 100 ms
    quality:
      grossRange: {{fail: [0, 2000000]}}
    maximumAge: 1 min"""

RULE = """\
  - id: r{n}
    name: {{en: Rule {n}, ja: 規則 {n}}}
    point: p{n}
    direction: rising
    alarm: {{chatter: off}}
    stages:
      - id: high
        name: {{en: High, ja: 高}}
        limit: {limit}
        deadband: 100
        onDelay: 0 s
        offDelay: 0 s"""


class Gateway:
    """`nomori run`, again and again. `lives` holds when each of them began and ended."""

    def __init__(self, program, folder, device, broker, sensors):
        # The program finds the profile beside itself.
        self.folder = folder
        shutil.copytree(HERE / "Devices", folder / "Devices")
        shutil.copytree(HERE.parents[2] / "Devices/schema", folder / "Devices/schema")
        self.program = shutil.copy(program, folder / "nomori")
        (folder / "recordings").mkdir()
        numbers = range(1, sensors + 1)
        (folder / "site.yaml").write_text(SITE.format(
            site=SITE_ID, device=device, broker=broker, folder=folder, last=sensors,
            maximum=MAXIMUM_ON,
            points="\n".join(POINT.format(n=n) for n in numbers),
            rules="\n".join(RULE.format(n=n, limit=LIMIT) for n in numbers)), encoding="utf-8")
        self.lives = []
        self._errors = folder / "errors"
        self._born = None
        self._process = None

    def start(self):
        self._born = time.monotonic()
        with open(self._errors, "ab") as errors:
            self._process = subprocess.Popen(
                [self.program, "run", self.folder / "site.yaml"],
                stdout=subprocess.DEVNULL, stderr=errors)

    def end(self, number):
        """Ends it by a signal; it must not have ended by itself."""
        if self._process.poll() is not None:
            raise SystemExit(f"the gateway ended by itself with {self._process.returncode}:"
                             f" {self._errors.read_text('utf-8')[-2000:]}")
        self.lives.append((self._born, time.monotonic()))
        self._process.send_signal(number)
        return self._process.wait(60)

    def discard(self):
        """Nothing of it stays behind, whatever happened."""
        self._process.kill()
        self._process.wait()


class Broker:
    """mosquitto, which keeps the subscriber's session on its disk, and nothing that came later: what
    it has acknowledged it has also handed on, or it forgets it when it is killed."""

    def __init__(self, folder):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._configuration = folder / "broker.conf"
        self._configuration.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n"
            f"persistence true\npersistence_location {folder}/\nautosave_interval 0\n"
            "user root\n", encoding="utf-8")
        self._log = folder / "broker.log"
        self._process = None

    @property
    def is_up(self):
        return self._process is not None

    def start(self):
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(
                ["mosquitto", "-c", self._configuration], stdout=log, stderr=log)
        end = time.monotonic() + 10
        while not self._answers():
            if time.monotonic() > end:
                raise SystemExit(f"the broker does not start: {self._log.read_text('utf-8')}")
            time.sleep(0.02)

    def _answers(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        if self.is_up:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def kill(self):
        """Held up first for as long as it takes that what it has sent is read: data on their way to a
        subscriber that still writes to a dead broker would be thrown away by the subscriber."""
        self._process.send_signal(signal.SIGSTOP)
        time.sleep(0.1)
        self._process.kill()
        self._process.wait()
        self._process = None


class Subscriber:
    """All events and gaps as they arrive, repeats too. `arrived(event)` is called at once."""

    PROBE = "kills/probe"

    def __init__(self, port, arrived):
        self.events = []
        self.gaps = []
        self._port = port
        self._arrived = arrived
        self._numbers = itertools.count(1)
        self._probe = 0
        # It takes any number of messages at once, so that none waits in the broker's memory.
        self._process = subprocess.Popen(
            ["mosquitto_sub", "-h", "127.0.0.1", "-p", str(port), "-V", "mqttv5", "-i", "archive",
             "-c", "-x", "3600", "-q", "1", "-D", "CONNECT", "receive-maximum", "65535",
             "-F", "%t %p", "-t", f"nomori/v1/{SITE_ID}/event", "-t", f"nomori/v1/{SITE_ID}/gap",
             "-t", self.PROBE],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        for line in self._process.stdout:
            topic, payload = line.split(b" ", 1)
            if topic.decode() == self.PROBE:
                self._probe = int(payload)
            elif topic.endswith(b"/gap"):
                self.gaps.append(json.loads(payload))
            else:
                event = json.loads(payload)
                self.events.append(event)
                self._arrived(event)

    def wait_until_connected(self):
        """Until a message has come through the broker: then all before it have, too."""
        end = time.monotonic() + 30
        while time.monotonic() < end:
            number = next(self._numbers)
            subprocess.run(
                ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(self._port), "-q", "1",
                 "-t", self.PROBE, "-m", str(number)], stderr=subprocess.DEVNULL, check=False)
            for _ in range(20):
                if self._probe == number:
                    return
                time.sleep(0.01)
        raise SystemExit("the subscriber does not come back")

    def retained_alarms(self):
        """The retained state of each alarm, as one who comes now gets it."""
        answer = subprocess.run(
            ["mosquitto_sub", "-h", "127.0.0.1", "-p", str(self._port), "-W", "2",
             "--retained-only", "-F", "%p", "-t", f"nomori/v1/{SITE_ID}/alarm/#"],
            capture_output=True, check=False)
        return [json.loads(line) for line in answer.stdout.splitlines()]

    def close(self):
        self._process.terminate()
        self._process.wait()
