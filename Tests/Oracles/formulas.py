"""Random arguments for the core's formulas, and what its answers are held against.

    formulas.py points FILE       writes the arguments, one JSON object a line
    formulas.py compare FOLDER    reads them, and the core's answers from answers.txt

Tolerances, and why they are what they are, stand in TOLERANCES.
"""

import json
import os
import random
import sys
import warnings
from fractions import Fraction

import gsw
import mpmath
import numpy as np
from scipy import stats

warnings.simplefilter("ignore")
import seawater  # noqa: E402  (it warns that gsw succeeds it)

POINTS = 3000
mpmath.mp.prec = 200

TOLERANCES = {
    # In units of the last place of the true value.
    "logarithm": 1.0,
    "exponential": 1.0,
    # Rounding alone: the same equation.
    "dewPoint": 1e-12,
    "salinity": 1e-12,
    # gsw changes the extension below 2 a little, so that it meets the scale without a step.
    "salinityBelowTwo": 1e-3,
    # Relative. gsw has the fit per kilogram of sea water; its density and the two fits lie between.
    "oxygen": 5e-4,
    # Relative to the range of the values over that of the times, or to the slope itself where a short
    # step is steeper. The first beside exact fractions; scipy counts times in seconds, whose roundings
    # show in short steps.
    "slope": 1e-13,
    "robustSlope": 1e-9,
    # Relative to the largest value: the mean of the middle two is rounded in two ways.
    "median": 1e-15,
}


def draw_series(numbers):
    count = numbers.randint(2, 64)
    time, times, values = numbers.randint(0, 10**15), [], []
    style = numbers.randrange(4)
    for index in range(count):
        time += numbers.choice([10**9, 60 * 10**9, 1_234_567, numbers.randint(1, 10**12)])
        times.append(time)
        if style == 0:
            values.append(numbers.uniform(-5, 5))
        elif style == 1:
            values.append(float(numbers.randint(0, 4)))
        elif style == 2:
            values.append(1e6 + index * 0.25 + numbers.gauss(0, 0.01))
        else:
            values.append(1e4 if index % 9 == 4 else 3 + numbers.gauss(0, 0.1))
    return {"values": values, "times": times}


def points(path):
    seed = int(os.environ.get("NOMORI_SEED") or random.SystemRandom().getrandbits(32))
    print(f"seed {seed}")
    numbers = random.Random(seed)
    with open(path, "w", encoding="utf-8") as file:
        def write(formula, **arguments):
            file.write(json.dumps({"formula": formula, **arguments}) + "\n")

        for _ in range(POINTS):
            near_one = 1 + numbers.choice([-1, 1]) * 2.0 ** numbers.uniform(-52, -2)
            any_size = 2.0 ** numbers.uniform(-1070, 1023)
            write("logarithm", numbers=[numbers.choice([near_one, any_size])])
            limit = numbers.choice([(-745, 709.7), (-1, 1)])
            write("exponential", numbers=[numbers.uniform(*limit)])
            write("dewPoint", numbers=[numbers.uniform(-45, 60), numbers.uniform(0.1, 110)])
            write("oxygen", numbers=[numbers.uniform(0, 40), numbers.uniform(0, 42)])
            conductivity = numbers.uniform(0.01, numbers.choice([5, 65]))
            pressure = numbers.uniform(0, numbers.choice([0, 100, 10_000]))
            write("salinity", numbers=[conductivity, numbers.uniform(-1.9, 34.9), pressure])
        for _ in range(POINTS // 3):
            series = draw_series(numbers)
            for formula in ("slope", "robustSlope", "median"):
                write(formula, **series)


def units(actual, true):
    """How far it lies from the true value, in units of the last place."""
    return float(abs(mpmath.mpf(actual) - true) / mpmath.mpf(float(np.spacing(abs(actual)))))


def dew_point(temperature, humidity):
    """The temperature at which the saturation pressure is that of the air: by search."""
    def saturation(t):
        return mpmath.exp(mpmath.mpf("17.62") * t / (mpmath.mpf("243.12") + t))

    wanted = saturation(mpmath.mpf(temperature)) * mpmath.mpf(humidity) / 100
    low, high = mpmath.mpf("-243"), mpmath.mpf(100)
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if saturation(middle) < wanted else (low, middle)
    return low


def compare_salinity(actual, conductivity, temperature, pressure):
    expected = float(gsw.SP_from_C(conductivity, temperature, pressure))
    if np.isnan(actual):
        # The core says nothing above 42, where gsw goes on.
        return ("outside", 0.0 if expected > 41.999_999 else np.inf)
    if expected > 42.000_001:
        return ("salinity", np.inf)
    if expected < 2.000_001:
        return ("salinityBelowTwo", abs(actual - expected))
    older = float(seawater.salt(conductivity / seawater.constants.c3515, temperature, pressure))
    return ("salinity", max(abs(actual - expected), abs(actual - older)))


def least_squares(point):
    """The least-squares slope per second, without any rounding."""
    values = [Fraction(value) for value in point["values"]]
    times = [Fraction(time, 10**9) for time in point["times"]]
    mean, mean_time = sum(values) / len(values), sum(times) / len(times)
    product = sum((t - mean_time) * (x - mean) for t, x in zip(times, values))
    return product / sum((t - mean_time) ** 2 for t in times)


def difference(point, actual):
    """What it is called in TOLERANCES, and how far the answer is from what it should be."""
    formula, given = point["formula"], point.get("numbers")
    if formula == "logarithm":
        return formula, units(actual, mpmath.log(mpmath.mpf(given[0])))
    if formula == "exponential":
        return formula, units(actual, mpmath.exp(mpmath.mpf(given[0])))
    if formula == "dewPoint":
        expected = dew_point(*given)
        if np.isnan(actual):
            # The core says nothing below -45, where the equation has not been fitted.
            return "outside", 0.0 if expected < -44.999_999 else np.inf
        return formula, float(abs(actual - expected))
    if formula == "salinity":
        return compare_salinity(actual, *given)
    if formula == "oxygen":
        temperature, salinity = given
        density = gsw.rho_t_exact(salinity * 35.16504 / 35, temperature, 0)
        expected = gsw.O2sol_SP_pt(salinity, temperature) * 31.9988e-6 * density
        return formula, float(abs(actual / expected - 1))
    values = np.array(point["values"])
    if formula == "median":
        return formula, float(abs(actual - np.median(values)) / (np.abs(values).max() or 1.0))
    times = (np.array(point["times"]) - point["times"][0]) / 1e9
    scale = (np.ptp(values) or 1.0) / np.ptp(times)
    if formula == "slope":
        return formula, float(abs(Fraction(actual) - least_squares(point))) / scale
    expected = stats.theilslopes(values, times)[0]
    return formula, float(abs(actual - expected) / max(scale, abs(expected)))


def compare(folder):
    worst, counts, failed = {}, {}, 0
    with open(os.path.join(folder, "points.jsonl"), encoding="utf-8") as asked, \
            open(os.path.join(folder, "answers.txt"), encoding="utf-8") as answers:
        for line, answer in zip(asked, answers, strict=True):
            actual = float(answer)
            name, distance = difference(json.loads(line), actual)
            counts[name] = counts.get(name, 0) + 1
            worst[name] = max(worst.get(name, 0.0), distance)
            if not distance <= TOLERANCES.get(name, 0.0):
                failed += 1
                if failed <= 5:
                    print(f"{name}: {actual!r} is {distance} off: {line.strip()}")
    for name, tolerance in TOLERANCES.items():
        if counts.get(name, 0) < 100:
            sys.exit(f"only {counts.get(name, 0)} points of {name}")
        measured = f"{worst[name]:.2g} off at most, {tolerance:g} allowed"
        print(f"{name}: {counts[name]} points, {measured}")
    if failed:
        sys.exit(f"{failed} answers are off")


{"points": points, "compare": compare}[sys.argv[1]](sys.argv[2])
