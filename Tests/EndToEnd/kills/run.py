"""Kills the gateway, and now and then its broker, at random moments; then proves what must hold.

    run.py PROGRAM FOLDER KILLS SEED

FOLDER is empty, and holds afterwards all that was written.
"""

import pathlib
import random
import signal
import sys
import time

import proof
from device import HIGH, Device
from parties import Broker, Gateway, Subscriber


def lifetime(dice, last):
    """Seconds until the next kill: often right after the start, but not twice running, so that the
    relay's time is seen to; mostly within a second and a half; at times long enough to record."""
    chance = dice.random()
    if chance < 0.12:
        return dice.uniform(2, 5)
    if chance < 0.45 and last > 0.3:
        return dice.uniform(0, 0.3)
    return dice.uniform(0.5, 1.5)


def run(program, folder, kills, seed):
    print(f"seed {seed}", flush=True)
    dice = random.Random(seed)
    device = Device(dice)

    def arrived(event):
        if event["kind"] in ("raised", "cleared"):
            device.tell(int(event["alarm"]["id"][1:]) - 1, int(event["value"]) % HIGH)

    broker = Broker(folder)
    broker.start()
    subscriber = Subscriber(broker.port, arrived)
    subscriber.wait_until_connected()
    broker.stop()  # a planned stop: it writes down the subscriber's session
    broker.start()
    gateway = Gateway(program, folder, device.port, broker.port, len(device.sensors))
    gateway.start()
    begin = time.monotonic()
    try:
        broker_kills = kill(dice, kills, device, gateway, broker, subscriber)
        seconds = time.monotonic() - begin
        device.resting = True
        settle(device)
        alarms = subscriber.retained_alarms()
        code = gateway.end(signal.SIGTERM)
        subscriber.wait_until_connected()
    finally:
        gateway.discard()
        subscriber.close()
        broker.stop()
    print(f"{kills} kills of the gateway and {broker_kills} of the broker in {seconds:.0f} s")
    return proof.hold(device, gateway, subscriber, alarms, code)


def kill(dice, kills, device, gateway, broker, subscriber):
    """So many kills of the gateway, and how many of the broker came between them. Half of them are aimed
    at the milliseconds in which an event is decided, stored, sent and acknowledged."""
    broker_kills, back, life = 0, 0, 1
    for _ in range(kills):
        life = lifetime(dice, life)
        before = dice.uniform(0, life)
        time.sleep(before)
        if not broker.is_up:
            if time.monotonic() >= back:
                broker.start()
        elif dice.random() < 0.08:
            subscriber.wait_until_connected()
            broker.kill()
            broker_kills += 1
            back = time.monotonic() + dice.uniform(0, 3)
        time.sleep(life - before)
        if dice.random() < 0.5:
            device.wait_for_turn()
            time.sleep(dice.uniform(0, 0.01))
        gateway.end(signal.SIGKILL)
        time.sleep(dice.choice([0, 0, dice.uniform(0, 0.3)]))
        gateway.start()
    if not broker.is_up:
        broker.start()
    return broker_kills


def settle(device):
    """Until what was told last of each sensor is what it shows; what is never told is lost."""
    end = time.monotonic() + 30
    while time.monotonic() < end and any(
            (sensor.told - sensor.number) % 2 or sensor.waits and sensor.told < sensor.number
            for sensor in device.sensors):
        time.sleep(0.1)
    time.sleep(2)


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to stop"))
    sys.exit(run(sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
