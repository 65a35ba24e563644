"""Programs at work, and how figures are told."""

import json
import math
import pathlib
import signal
import subprocess
import sys
import time

import exchanges


class Program:
    """A program in the background, ended with SIGTERM at the end of the block."""

    def __init__(self, *arguments, errors, environment=None):
        self._errors = errors
        self._process = subprocess.Popen(
            [str(argument) for argument in arguments], stdin=subprocess.DEVNULL, env=environment,
            stdout=open(f"{errors}.out", "wb"), stderr=open(errors, "wb"))
        self.pid = self._process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process.poll() is not None:
            raise SystemExit(f"it ended too early: {pathlib.Path(self._errors).read_text()}")
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def said(self, text):
        return text in pathlib.Path(f"{self._errors}.out").read_text()


class Field:
    """A simulated site and what was said on its buses."""

    def __init__(self, program, folder, site, faults=None):
        self.trace = folder / "trace.csv"
        self.ports = folder / "ports"
        arguments = [program, "simulate", site, "--trace", self.trace]
        # Servers stand on the ports that the site names, so that the gateway finds them.
        arguments += ["--ports", self.ports] if "serial:" in site.read_text() else []
        arguments += ["--faults", faults] if faults else []
        self._program = Program(*arguments, errors=folder / "simulate")

    def __enter__(self):
        end = time.monotonic() + 20
        while not self._program.said("\n"):
            if time.monotonic() > end:
                raise SystemExit("the simulation does not start")
            time.sleep(0.05)
        time.sleep(0.5)
        return self

    def __exit__(self, *arguments):
        self._program.__exit__(*arguments)

    def exchanges(self):
        return exchanges.read(self.trace)


def percentile(values, percent):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(len(ordered) * percent / 100) - 1)]


def new(folder, name):
    made = folder / name
    made.mkdir()
    return made


def figure(name, value, unit, goal=None):
    print(json.dumps({"name": name, "value": round(value, 4), "unit": unit, "goal": goal,
                      "better": "lower"}), flush=True)


def say(text):
    print(f"   {text}", file=sys.stderr, flush=True)
