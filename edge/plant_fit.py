"""A step test's course -> the heater's numbers with standard errors. Pure Python, Gauss-Newton with numeric slopes.

C dT/dt = w - eps sigma A (T^4 - Tw^4) - G (T - Tw), where w is the power through dead time and a lag, and the
thermocouple follows T through the same lag again: two lags and a dead time, of which a step test tells the sum well and
the parts hardly. It knows nothing of instruments, files or safety.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .config import PLANT, Plant

SIGMA = 5.670374e-8  # Stefan-Boltzmann constant in W/m2/K4 (CODATA 2018)
KELVIN = 273.15
NAMES = ("heat_capacity_j_k", "emissivity", "conductance_w_k", "lag_s", "transport_s", "start_c")
LOGS = 3  # the first so many are fitted by their logarithms, so they stay positive
STEPS = (1e-3, 1e-3, 1e-3, 1e-2, 1e-2, 1e-3)  # of the numeric slopes, in the units of NAMES or of their logarithms
NOISE_K = 0.1  # K: of a reading
# K: how far, in ln, a heater's losses may be from the bench file's: where the test tells nothing, that is what is known
PRIOR_LN = {1: 0.3, 2: 1.0}
LIMITS = next((row[2], row[3]) for row in PLANT if row[0] == "emissivity")
ROUNDS = 40
SETTLED = 1e-4  # of a standard error: no parameter moves any more
LAG_LEAST_S = 0.05
GOOD_RMS_K = 0.5  # K: a thermocouple's noise is below 0.1 K; beyond this the model misses something
GOOD_CAPACITY, GOOD_SLOPE, GOOD_DELAY_S = 0.03, 0.06, 1.0  # K: relative standard errors, and that of the dead time
SPLIT = (0.1, 0.5)  # K: relative standard errors of emissivity and conductance, beyond which only their sum is known
BLOCKS = 8  # of the course, left out in turn: what the model misses shows as blocks that disagree
# K: what one lumped block with two equal lags leaves out (substrate, holder, lines), as standard errors in the units of
# STEPS; tests on the twin hold the stated intervals against its physics
MODEL_SD = (0.001, 0.002, 0.01, 0.04, 0.1, 0.0)

Row = list[float]


@dataclass(frozen=True)
class Course:
    """A step test at one sample a second: the power asked for from then on in W, and the thermocouple in °C."""

    power_w: Sequence[float]
    heater_c: Sequence[float]


@dataclass(frozen=True)
class Estimate:
    value: float
    sd: float


@dataclass(frozen=True)
class Fit:
    """`plant` has the fields that go into [plant]; `at` gain, time constant and dead time at `operating_c`."""

    plant: dict[str, Estimate]
    at: dict[str, Estimate]
    operating_c: float
    rms_k: float
    correlation: float  # of emissivity and conductance, in the noise of the readings
    split: bool  # whether radiation and conduction could be told apart
    model_c: Row = field(repr=False)
    says: tuple[str, ...] = ()  # why it is not good enough; () when it is

    @property
    def good(self) -> bool:
        return not self.says


def simulate(values: Sequence[float], course: Course, plant: Plant) -> Row:
    """The thermocouple in °C at each sample for values of NAMES; midpoint steps of a second."""
    capacity, emissivity, conductance, lag_s, transport_s, start_c = values
    radiance = emissivity * SIGMA * plant.area_cm2 * 1e-4
    wall = plant.wall_c + KELVIN
    wall4 = wall**4
    lag = max(lag_s, LAG_LEAST_S)
    decay = math.exp(-1.0 / lag)
    whole = int(transport_s)
    part = transport_s - whole
    power = course.power_w
    block = shown = start_c + KELVIN
    flowing = power[0]
    out = [start_c]
    for second in range(len(power) - 1):
        asked = (1.0 - part) * power[max(0, second - whole)] + part * power[max(0, second - whole - 1)]
        mean = asked + (flowing - asked) * lag * (1.0 - decay)
        flowing = asked + (flowing - asked) * decay
        half = block + 0.5 * (mean - radiance * (block**4 - wall4) - conductance * (block - wall)) / capacity
        rise = (mean - radiance * (half**4 - wall4) - conductance * (half - wall)) / capacity
        shown = block + rise - rise * lag + (shown - block + rise * lag) * decay  # exact for a block on a ramp
        block += rise
        out.append(shown - KELVIN)
    return out


def fit(course: Course, plant: Plant, operating_c: float) -> Fit:
    """The numbers of a course, from the bench file's as a start, and whether they are good enough to control by.

    The bench file's losses are also a wide prior: where the test tells nothing, they stand, with their wide error.
    """
    start = [plant.heat_capacity_j_k, plant.emissivity, plant.conductance_w_k, 0.4 * plant.dead_time_s,
             0.2 * plant.dead_time_s, course.heater_c[0]]  # fmt: skip
    start[2] = max(1e-4, start[2])
    values = _least_squares(start, course, plant)
    return _judged(values, start, course, plant, operating_c)


def _least_squares(start: Row, course: Course, plant: Plant) -> Row:
    """The values with the least squared residuals and prior, by Levenberg and Marquardt's damping."""
    values, damping = list(start), 1e-3
    model = simulate(values, course, plant)
    left = _squares(_off(model, course), values, start)
    for _ in range(ROUNDS):
        normal, pull = _normal(_slopes(values, model, course, plant), _off(model, course), values, start)
        while damping < 1e9:
            damped = [[n * (1.0 + damping) if i == j else n for j, n in enumerate(row)] for i, row in enumerate(normal)]
            tried = _moved(values, [row[0] for row in _solved(damped, [[p] for p in pull])])
            model_tried = simulate(tried, course, plant)
            now = _squares(_off(model_tried, course), tried, start)
            if now <= left:
                break
            damping *= 10.0
        else:
            return values
        gained, values, model, left = left - now, tried, model_tried, now
        damping = max(damping / 10.0, 1e-9)
        if gained <= SETTLED * left / len(model):
            break
    return values


def _moved(values: Row, steps: Row) -> Row:
    """Values after a step of each: the first by their logarithms, lags and dead time never negative."""
    out = [value * math.exp(max(-1.0, min(1.0, step))) if place < LOGS else value + step
           for place, (value, step) in enumerate(zip(values, steps, strict=True))]  # fmt: skip
    out[3], out[4] = max(LAG_LEAST_S, out[3]), max(0.0, out[4])
    return out


def _nudged(values: Row, place: int) -> Row:
    return _moved(values, [STEPS[place] if i == place else 0.0 for i in range(len(values))])


def _slopes(values: Row, model: Row, course: Course, plant: Plant) -> list[Row]:
    """d model / d parameter at every sample, a row a parameter."""
    rows = []
    for place in range(len(values)):
        there = simulate(_nudged(values, place), course, plant)
        rows.append([(b - a) / STEPS[place] for a, b in zip(model, there, strict=True)])
    return rows


def _normal(slopes: list[Row], off: Row, values: Row, prior: Row) -> tuple[list[Row], Row]:
    """The normal equations of a step: matrix and right side, the prior among the samples."""
    matrix, pull = [[_dot(a, b) for b in slopes] for a in slopes], [_dot(a, off) for a in slopes]
    for place, sd in PRIOR_LN.items():
        weight = (NOISE_K / sd) ** 2
        matrix[place][place] += weight
        pull[place] += weight * math.log(prior[place] / values[place])
    return matrix, pull


def _squares(off: Row, values: Row, prior: Row) -> float:
    return _dot(off, off) + sum(
        (NOISE_K / sd * math.log(prior[place] / values[place])) ** 2 for place, sd in PRIOR_LN.items()
    )


def _off(model: Row, course: Course) -> Row:
    return [m - c for m, c in zip(course.heater_c, model, strict=True)]


def _judged(values: Row, prior: Row, course: Course, plant: Plant, operating_c: float) -> Fit:
    model = simulate(values, course, plant)
    off = _off(model, course)
    slopes = _slopes(values, model, course, plant)
    covariance = _covariance(slopes, off, values, prior)
    size = range(len(values))

    def estimate(quantity: Callable[[Row], float]) -> Estimate:
        """A quantity of the values with its standard error, by its slopes."""
        here = quantity(values)
        slope = [(quantity(_nudged(values, place)) - here) / STEPS[place] for place in size]
        square = sum(slope[i] * covariance[i][j] * slope[j] for i in size for j in size)
        return Estimate(here, math.sqrt(max(0.0, square)))

    found = {name: estimate(lambda v, place=place: v[place]) for place, name in enumerate(NAMES[:3])}  # type: ignore[misc]
    found["dead_time_s"] = estimate(lambda v: 2.0 * v[3] + v[4])
    slope = estimate(lambda v: _slope_w_k(v, plant, operating_c))
    at = {
        "gain_k_w": estimate(lambda v: 1.0 / _slope_w_k(v, plant, operating_c)),
        "time_constant_s": estimate(lambda v: v[0] / _slope_w_k(v, plant, operating_c)),
        "dead_time_s": found["dead_time_s"],
    }
    rms_k = math.sqrt(_dot(off, off) / len(off))
    shares = zip(NAMES[1:3], SPLIT, strict=True)
    split = all(found[name].sd <= share * found[name].value for name, share in shares)
    says = _complaints(rms_k, found, slope)
    return Fit(found, at, operating_c, rms_k, _correlation(slopes), split, model, says)


def _slope_w_k(values: Row, plant: Plant, celsius: float) -> float:
    """d loss / d T in W/K: the inverse of the gain."""
    return 4.0 * values[1] * SIGMA * plant.area_cm2 * 1e-4 * (celsius + KELVIN) ** 3 + values[2]


def _complaints(rms_k: float, found: dict[str, Estimate], slope: Estimate) -> tuple[str, ...]:
    capacity, delay = found["heat_capacity_j_k"], found["dead_time_s"]
    checks = (
        (rms_k <= GOOD_RMS_K, f"the model misses the course by {rms_k:.2f} K (at most {GOOD_RMS_K})"),
        (capacity.sd <= GOOD_CAPACITY * capacity.value,
         f"heat capacity to {100 * capacity.sd / capacity.value:.1f} % (at most {100 * GOOD_CAPACITY:.0f} %)"),
        (slope.sd <= GOOD_SLOPE * slope.value,
         f"gain to {100 * slope.sd / slope.value:.1f} % (at most {100 * GOOD_SLOPE:.0f} %)"),
        (LIMITS[0] <= found["emissivity"].value <= LIMITS[1],
         f"emissivity {found['emissivity'].value:.2f} cannot be: area_cm2 or full_power_w of the bench file is wrong"),
        (delay.sd <= GOOD_DELAY_S, f"dead time to {delay.sd:.1f} s (at most {GOOD_DELAY_S:.0f} s)"),
    )  # fmt: skip
    return tuple(text for passed, text in checks if not passed)


def _correlation(slopes: list[Row]) -> float:
    """Of emissivity and conductance in the noise of the readings alone."""
    inverse = _inverse([[_dot(a, b) for b in slopes] for a in slopes])
    return inverse[1][2] / math.sqrt(inverse[1][1] * inverse[2][2])


def _covariance(slopes: list[Row], off: Row, values: Row, prior: Row) -> list[Row]:
    """Three parts: noise and prior, a jackknife over blocks of the course (one Gauss-Newton step each), MODEL_SD."""
    length, size = len(off), range(len(values))
    matrix, _ = _normal(slopes, off, values, prior)
    spread = [[NOISE_K**2 * cell for cell in row] for row in _inverse(matrix)]
    moves = []
    for block in range(BLOCKS):
        first, last = block * length // BLOCKS, (block + 1) * length // BLOCKS
        kept = [row[:first] + row[last:] for row in slopes]
        matrix, pull = _normal(kept, off[:first] + off[last:], values, prior)
        moves.append([row[0] for row in _solved(matrix, [[p] for p in pull])])
    mean = [sum(move[i] for move in moves) / BLOCKS for i in size]
    for i in size:
        for j in size:
            spread[i][j] += sum((m[i] - mean[i]) * (m[j] - mean[j]) for m in moves) * (BLOCKS - 1) / BLOCKS
        spread[i][i] += MODEL_SD[i] ** 2
    return spread


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


def _inverse(matrix: list[Row]) -> list[Row]:
    size = range(len(matrix))
    return _solved(matrix, [[float(i == j) for j in size] for i in size])


def _solved(matrix: list[Row], right: list[Row]) -> list[Row]:
    """X of matrix X = right, by elimination with pivots."""
    rows = [list(row) + list(more) for row, more in zip(matrix, right, strict=True)]
    size = len(rows)
    for place in range(size):
        best = max(range(place, size), key=lambda i: abs(rows[i][place]))
        rows[place], rows[best] = rows[best], rows[place]
        pivot = rows[place][place] or 1e-300
        rows[place] = [cell / pivot for cell in rows[place]]
        for other in range(size):
            if other != place and rows[other][place]:
                factor = rows[other][place]
                rows[other] = [a - factor * b for a, b in zip(rows[other], rows[place], strict=True)]
    return [row[size:] for row in rows]
