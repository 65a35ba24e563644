"""The core's figures beside those of ioos_qc, over the same series and the same four quality tests.

    workload judge N | ioos.py SERIES

SERIES has a value a line, read every ten seconds. Standard input has the core's readings a second
and how often it gave each flag. ioos_qc is called as it is meant to be, once a test with all values
as numpy arrays, and its roll-up is taken by its own function; the best of three runs after a first
one that warms it up counts.
"""

import json
import sys
import time
import warnings

import numpy as np
from ioos_qc import qartod

RUNS = 3
INTERVAL = 10


def judge(values, times):
    flags = [
        qartod.gross_range_test(values, (0.2, 10), (1, 8)),
        qartod.spike_test(values, 0.1, 0.5, "differential"),
        qartod.rate_of_change_test(values, times, 0.05, 0.2),
        qartod.flat_line_test(values, times, 30 * INTERVAL, 60 * INTERVAL, 0.0005),
    ]
    return np.ma.filled(qartod.qartod_compare([np.ma.filled(flag, 9) for flag in flags]), 9)


def figure(name, value, unit, goal):
    print(json.dumps({"name": name, "value": value, "unit": unit, "goal": goal, "better": "higher"}))


def main():
    warnings.simplefilter("ignore")
    core_rate, core_flags = sys.stdin.read().split()
    core_counts = {int(f): int(n) for f, n in (pair.split(":") for pair in core_flags.split(","))}
    values = np.loadtxt(sys.argv[1])
    times = np.arange(len(values)) * INTERVAL
    times = times.astype("datetime64[s]")

    flags = judge(values, times)
    seconds = []
    for _ in range(RUNS):
        start = time.perf_counter()
        judge(values, times)
        seconds.append(time.perf_counter() - start)
    rate = len(values) / min(seconds)

    counts = {int(flag): int((flags == flag).sum()) for flag in core_counts}
    print(f"ioos.py: flags of the core {core_counts}, of ioos_qc {counts}", file=sys.stderr)
    figure("core.quality", float(core_rate), "1/s", None)
    figure("core.quality.ioos_qc", rate, "1/s", None)
    figure("core.quality.ratio", float(core_rate) / rate, "times", 50)


main()
