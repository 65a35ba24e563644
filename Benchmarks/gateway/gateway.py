"""A gateway at work, and how figures are told."""

import json
import pathlib
import signal
import subprocess
import sys
import time

from field import Subscriber


class Gateway:
    """A gateway with a subscriber beside it, from the moment it is online until the block ends."""

    def __init__(self, program, port, folder, site):
        (folder / "recordings").mkdir()
        (folder / "site.yaml").write_text(site, encoding="utf-8")
        self.subscriber = Subscriber(port)
        self._errors = open(folder / "errors", "w+", encoding="utf-8")
        self._process = subprocess.Popen(
            [program, "run", folder / "site.yaml", "--language", "en"],
            stdout=subprocess.DEVNULL, stderr=self._errors)
        self.pid = self._process.pid

    def __enter__(self):
        self.wait(20, lambda: "online" in self.subscriber.statuses, "the gateway is not online")
        return self

    def __exit__(self, failure, *_):
        if failure:
            self._process.kill()
            self._process.wait()
            self.subscriber.close()
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self.subscriber.close()
        summary = [line for line in self.errors().splitlines() if line.startswith("readings")]
        if code != 0 or not summary or not summary[0].endswith("lost 0"):
            raise SystemExit(f"the gateway ended with {code}: {self.errors()}")
        say(summary[0])

    def wait(self, seconds, happened, otherwise):
        end = time.monotonic() + seconds
        while not happened():
            if time.monotonic() > end or self._process.poll() is not None:
                self._process.kill()
                self.subscriber.close()
                raise SystemExit(f"{otherwise}: {self.errors()}")
            time.sleep(0.05)

    def errors(self):
        self._errors.seek(0)
        return self._errors.read()

    def memory(self):
        """Kilobytes by kind, as the kernel counts them for all mappings together."""
        lines = pathlib.Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines()[1:]
        return {line.split(":")[0]: int(line.split()[1]) for line in lines}

    def cpu_seconds(self):
        """What its threads have used so far, in user mode and in the kernel."""
        tasks = pathlib.Path(f"/proc/{self.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def figure(name, value, unit, goal=None, better="lower"):
    print(json.dumps({"name": name, "value": round(value, 3), "unit": unit, "goal": goal,
                      "better": better}), flush=True)


def say(text):
    print(f"   {text}", file=sys.stderr, flush=True)
