"""Kills the relay at random moments while boxes speak; then proves that everybody was told everything once.

    kills.py PROGRAM FOLDER BROKER-PORT KILLS SEED

FOLDER holds relay.yaml and `mails`, which a mail server fills. Half of the kills are aimed at the milliseconds in
which an event is received, stored, acknowledged and mailed.
"""

import collections
import json
import pathlib
import random
import signal
import subprocess
import sys
import threading
import time

from boxes import Box, Publisher


class Boxes(threading.Thread):
    """Boxes whose alarms turn, ten times a second all together."""

    def __init__(self, port, sites, dice):
        super().__init__(daemon=True)
        self.boxes = [Box(site) for site in sites]
        self.publisher = Publisher(port)
        self.dice, self.resting, self.spoke = dice, threading.Event(), threading.Event()
        self.events = []

    def run(self):
        while not self.resting.is_set():
            box = self.dice.choice(self.boxes)
            for topic, payload, retained in box.messages():
                if not retained:
                    self.events.append((box.site, payload["id"], payload["kind"]))
                self.publisher.publish(topic, payload, retained)
                self.spoke.set()
            time.sleep(self.dice.expovariate(10))


class Relay:
    def __init__(self, program, folder):
        self.command = [program, "relay", "--config", folder / "relay.yaml", "--language", "en"]
        self.log = folder / "relay.log"

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log)

    def end(self, number):
        if self.process.poll() is not None:
            sys.exit(f"the relay ended by itself: {self.log.read_text('utf-8')[-2000:]}")
        self.process.send_signal(number)
        return self.process.wait(60)


def mails(folder):
    with open(folder / "mails", encoding="utf-8") as file:
        return [json.loads(line)["headers"]["Message-ID"].strip("<>").split("@")[0] for line in file]


def run(program, folder, port, kills, seed):
    print(f"seed {seed}", flush=True)
    dice = random.Random(seed)
    relay = Relay(program, folder)
    relay.start()
    while "listening" not in relay.log.read_text("utf-8"):
        time.sleep(0.05)
    time.sleep(0.5)
    boxes = Boxes(port, [f"box-{number}" for number in range(20)], random.Random(seed + 1))
    boxes.start()
    begin = time.monotonic()
    for _ in range(kills):
        time.sleep(dice.choice([dice.uniform(0, 0.3), dice.uniform(0.3, 1.2)]))
        if dice.random() < 0.5:
            boxes.spoke.clear()
            boxes.spoke.wait(2)
            time.sleep(dice.uniform(0, 0.02))
        relay.end(signal.SIGKILL)
        time.sleep(dice.choice([0, 0, dice.uniform(0, 0.3)]))
        relay.start()
    seconds = time.monotonic() - begin
    boxes.resting.set()
    boxes.join()
    wanted = {f"{event}.{'raised' if kind == 'raised' else 'over'}.person-{site}"
              for site, event, kind in boxes.events}
    end = time.monotonic() + 60
    while time.monotonic() < end and not wanted <= set(mails(folder)):
        time.sleep(0.5)
    time.sleep(1)
    code = relay.end(signal.SIGTERM)
    told = collections.Counter(mails(folder))
    lost = sorted(wanted - set(told))
    # The same trouble under another name would be a second mail.
    strange = sorted(set(told) - wanted)
    repeats = sum(count - 1 for count in told.values())
    print(f"{kills} kills in {seconds:.0f} s, {len(wanted)} events told: {len(lost)} lost, "
          f"{len(strange)} told twice, {repeats} mails repeated under the same Message-ID")
    for name in lost[:5] + strange[:5]:
        print(name)
    return 1 if lost or strange or code != 0 or not wanted else 0


if __name__ == "__main__":
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    sys.exit(run(sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]),
                 int(sys.argv[5])))
