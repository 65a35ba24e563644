"""Random and adversarial series with the flags that ioos_qc gives them, one JSON object a line.

    qartod_series.py FILE

Values lie on a grid of quarters, where every comparison also meets equality, or anywhere; times are
whole seconds, since ioos_qc cuts them to that. A limit of the standard deviation lies off the grid:
pandas computes it incrementally, so that its last bits depend on what lies before the window.
"""

import json
import os
import random
import sys
import warnings

import numpy as np
from ioos_qc import qartod

SERIES = 3000
PERIODS = {"month": (1, 12), "quarter": (1, 4), "dayofyear": (1, 366), "weekofyear": (1, 53)}


def grid(numbers, low, high):
    return numbers.randint(low, high) * 0.25


def make_times(numbers, count):
    time = numbers.randint(0, 2_000_000_000)
    steps = numbers.choice([[60], [1], [1, 1, 2, 5], [600, 600, 600, 3600], [1, 86400]])
    times = []
    for _ in range(count):
        time += numbers.choice(steps)
        times.append(time)
    return times


def make_values(numbers, count):
    style = numbers.randrange(6)
    gaps = numbers.choice([0, 0, 0.03, 0.3])
    level = 0.0
    values = []
    for index in range(count):
        if style == 0:
            level += grid(numbers, -2, 2)
        elif style == 1:
            level = grid(numbers, -30, 30)
        elif style == 2:
            level += 2 if numbers.randrange(10) == 0 else 0
        elif style == 3:
            level = numbers.uniform(-5, 5)
        elif style == 4:
            level = 4.0 if index % 7 == 3 else (index // 9) * 0.25
        else:
            level = numbers.choice([1e9, -1e9, 0.0, 0.25])
        values.append(None if numbers.random() < gaps else level)
    return values


def spans(numbers):
    lower, upper = grid(numbers, -20, 0), grid(numbers, 1, 20)
    wider = [lower - grid(numbers, 0, 4), upper + grid(numbers, 0, 4)]
    return {"suspect": [lower, upper], "fail": wider}


def limits(numbers):
    suspect = grid(numbers, 1, 8)
    return {"suspect": suspect, "fail": suspect + grid(numbers, 0, 8)}


def flags_of_climatology(numbers, values, times):
    members, config = [], []
    for _ in range(numbers.randint(1, 3)):
        period = numbers.choice(list(PERIODS))
        low, high = PERIODS[period]
        first, last = sorted([numbers.randint(low, high), numbers.randint(low, high)])
        member = {"period": period, "first": first, "last": last, **spans(numbers)}
        if numbers.random() < 0.5:
            member["fail"] = None
        members.append(member)
        config.append(
            {
                "tspan": (first, last),
                "vspan": tuple(member["suspect"]),
                "fspan": member["fail"] and tuple(member["fail"]),
                "period": period,
            }
        )
    depths = np.full(len(values), np.nan)
    return members, qartod.climatology_test(config, values, times, depths)


def flags_of_attenuated_signal(numbers, values, times):
    measure = numbers.choice(["std", "range"])
    fail = grid(numbers, 0, 6) + (0.0371 if measure == "std" else 0)
    settings = {
        "measure": measure,
        "fail": fail,
        "suspect": fail + grid(numbers, 0, 6),
        "window": numbers.choice([2, 5, 60, 300, 3600, 172800]),
        "minimum": numbers.randint(1, 5),
    }
    return settings, qartod.attenuated_signal_test(
        values,
        times,
        settings["suspect"],
        settings["fail"],
        test_period=settings["window"],
        min_obs=settings["minimum"],
        check_type=measure,
    )


def series(numbers):
    count = numbers.randint(3, 70)
    plain, seconds = make_values(numbers, count), make_times(numbers, count)
    values = np.array([np.nan if value is None else value for value in plain])
    times = np.array(seconds, dtype="datetime64[s]")
    case = {"values": plain, "times": seconds, "flags": {}}

    case["grossRange"] = span = spans(numbers)
    case["flags"]["grossRange"] = qartod.gross_range_test(values, span["fail"], span["suspect"])

    case["spike"] = {**limits(numbers), "method": numbers.choice(["average", "differential"])}
    case["flags"]["spike"] = qartod.spike_test(
        values, case["spike"]["suspect"], case["spike"]["fail"], case["spike"]["method"]
    )

    case["rateOfChange"] = rate = limits(numbers)
    case["flags"]["rateOfChange"] = qartod.rate_of_change_test(
        values, times, rate["suspect"], rate["fail"]
    )

    interval = np.median(np.diff(times)).astype(float)
    suspect = numbers.randint(1, 6)
    counts = [suspect, suspect + numbers.randint(0, 6)]
    tolerance = grid(numbers, 0, 4)
    thresholds = [int(np.ceil(count * interval)) for count in counts]
    case["flatLine"] = {
        "tolerance": tolerance,
        "counts": [int(threshold / interval) for threshold in thresholds],
    }
    case["flags"]["flatLine"] = qartod.flat_line_test(values, times, *thresholds, tolerance)

    case["climatology"], flags = flags_of_climatology(numbers, values, times)
    case["flags"]["climatology"] = flags
    case["attenuatedSignal"], flags = flags_of_attenuated_signal(numbers, values, times)
    case["flags"]["attenuatedSignal"] = flags

    case["flags"] = {
        name: [int(flag) for flag in np.ma.filled(flags, 9)]
        for name, flags in case["flags"].items()
    }
    return case


def main():
    warnings.simplefilter("ignore")
    seed = int(os.environ.get("NOMORI_SEED") or random.randint(1, 999_999))
    print(f"qartod series: NOMORI_SEED={seed}")
    numbers = random.Random(seed)
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        for _ in range(SERIES):
            file.write(json.dumps(series(numbers)) + "\n")


main()
