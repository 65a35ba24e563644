"""A thousand boxes speak to a relay, ten events a second all together, and it tells people by mail.

    measure.py PROGRAM MAILSERVER FOLDER SECONDS
"""

import json
import os
import pathlib
import random
import socket
import subprocess
import sys
import time

from boxes import Box, Publisher

BOXES, PEOPLE, RATE = 1000, 20, 10


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    sys.exit(f"nobody answers at port {port}")


def relay_file(folder, broker, mail):
    lines = [
        "relay:", "  id: bench", "  name: {en: Bench, ja: 計測}", f"  store: {folder}/relay.sqlite",
        "brokers:", f"  - {{id: local, host: 127.0.0.1, port: {broker}, security: none}}",
        "mail:", "  host: localhost", f"  port: {mail}", f"  authorityFile: {folder}/mail.pem",
        "  username: relay", f"  passwordFile: {folder}/mail.password", "  from: nomori@town.example",
        "people:"]
    lines += [f"  - {{id: p{n}, language: ja, mail: p{n}@example.jp}}" for n in range(PEOPLE)]
    lines.append("routes:")
    lines += [f"  - {{id: r{n}, sites: [\"box-{n}-*\"], to: [p{n}], mostPerHour: 1000}}"
              for n in range(PEOPLE)]
    for name, text in (("relay.yaml", "\n".join(lines) + "\n"), ("mail.password", "mizuho-7\n")):
        path = folder / name
        path.touch(0o600)
        path.write_text(text, encoding="utf-8")


def processor_seconds(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(process):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    kib = {line.split()[0]: int(line.split()[1]) for line in status.splitlines() if "kB" in line}
    return kib["VmRSS:"] / 1024, kib["RssAnon:"] / 1024


def figure(name, value, unit, goal):
    print(json.dumps({"name": name, "value": round(value, 3), "unit": unit, "goal": goal,
                      "better": "lower"}), flush=True)


def main():
    program, mailserver, folder, seconds = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]), int(sys.argv[4])
    broker_port, mail_port = free_port(), free_port()
    (folder / "broker.conf").write_text(
        f"listener {broker_port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nuser root\n")
    relay_file(folder, broker_port, mail_port)
    started = []
    try:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        started.append(subprocess.Popen(["mosquitto", "-c", folder / "broker.conf"], **quiet))
        started.append(subprocess.Popen(
            [sys.executable, mailserver, str(mail_port), folder / "mail.pem", folder / "mail.key",
             folder / "mails"], **quiet))
        answers(broker_port)
        answers(mail_port)
        publisher = Publisher(broker_port)
        boxes = [Box(f"box-{n % PEOPLE}-{n}") for n in range(BOXES)]
        for box in boxes:
            publisher.publish(*box.status())
        relay = subprocess.Popen([program, "relay", "--config", folder / "relay.yaml"], **quiet)
        started.append(relay)
        time.sleep(5)
        speak(relay, publisher, boxes, folder, seconds)
    finally:
        for process in started:
            process.kill()
            process.wait()


def speak(relay, publisher, boxes, folder, seconds):
    dice, published = random.Random(1), {}
    begin, used = time.monotonic(), processor_seconds(relay)
    for number in range(seconds * RATE):
        time.sleep(max(0, begin + number / RATE - time.monotonic()))
        for topic, payload, retained in dice.choice(boxes).messages():
            if not retained:
                published[payload["id"]] = time.time()
            publisher.publish(topic, payload, retained)
    time.sleep(2)
    share = (processor_seconds(relay) - used) / (time.monotonic() - begin)
    resident, private = memory(relay)
    with open(folder / "mails", encoding="utf-8") as file:
        mails = [json.loads(line) for line in file]
    delays = sorted(
        mail["at"] - published[mail["headers"]["Message-ID"].strip("<>").split(".")[0]]
        for mail in mails)
    if len(delays) != len(published):
        sys.exit(f"{len(published)} events and {len(delays)} mails")
    figure("relay.boxes.cpu", share * 100, "% of a core", 20)
    figure("relay.boxes.resident", resident, "MB", 100)
    figure("relay.boxes.resident.private", private, "MB", None)
    figure("relay.mail.p50", delays[len(delays) // 2] * 1000, "ms", None)
    figure("relay.mail.p99", delays[len(delays) * 99 // 100] * 1000, "ms", 1000)


if __name__ == "__main__":
    main()
