"""Known functions with known minima, and the synthetic mixtures of the table. Pure; inputs in [0, 1] unless said.

Sources: Surjanovic and Bingham, Virtual Library of Simulation Experiments (Branin, Hartmann, Ackley, Levy); Deb,
Thiele, Laumanns and Zitzler 2002 (DTLZ2); Scheffe 1958 (mixture polynomials).
"""

import numpy as np

from ..space import Array

BRANIN_LEAST = 0.397887
HARTMANN6_LEAST = -3.32237
_H_WEIGHTS = np.array([1.0, 1.2, 3.0, 3.2])
_H_SCALES = np.array(
    [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
)
_H_CENTRES = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)


def branin(x: Array) -> float:
    """(2,) -> Branin over -5 to 10 and 0 to 15; least 0.397887."""
    a, b = 15.0 * x[0] - 5.0, 15.0 * x[1]
    valley = b - 5.1 * a**2 / (4.0 * np.pi**2) + 5.0 * a / np.pi - 6.0
    return float(valley**2 + 10.0 * (1.0 - 1.0 / (8.0 * np.pi)) * np.cos(a) + 10.0)


def hartmann6(x: Array) -> float:
    """(6,) -> Hartmann's six-dimensional function; least -3.32237."""
    return float(-(_H_WEIGHTS * np.exp(-(_H_SCALES * (x - _H_CENTRES) ** 2).sum(axis=1))).sum())


def ackley(x: Array) -> float:
    """(d,) -> Ackley over -15 to 25, so that the minimum (0) is not in the middle."""
    z = 40.0 * x - 15.0
    return float(20.0 + np.e - 20.0 * np.exp(-0.2 * np.sqrt((z**2).mean())) - np.exp(np.cos(2.0 * np.pi * z).mean()))


def levy(x: Array) -> float:
    """(d,) -> Levy over -10 to 10; least 0 where all are 1."""
    w = 1.0 + (20.0 * x - 11.0) / 4.0
    middle = ((w[:-1] - 1.0) ** 2 * (1.0 + 10.0 * np.sin(np.pi * w[:-1] + 1.0) ** 2)).sum()
    last = (w[-1] - 1.0) ** 2 * (1.0 + np.sin(2.0 * np.pi * w[-1]) ** 2)
    return float(np.sin(np.pi * w[0]) ** 2 + middle + last)


def scheffe(x: Array, seed: int) -> float:
    """(k,) fractions -> quadratic mixture polynomial with a seeded synergy of each pair and one narrow optimum."""
    rng = np.random.default_rng(seed)
    size = len(x)
    linear = rng.uniform(0.0, 1.0, size)
    pairs = np.triu(rng.normal(0.0, 2.0, (size, size)), 1)
    centre = rng.dirichlet(np.full(size, 1.5))
    return float(linear @ x + x @ pairs @ x - 1.5 * np.exp(-((x - centre) ** 2).sum() / 0.03))


def sparse(x: Array, seed: int, best: tuple[int, ...]) -> float:
    """(k,) fractions -> as `scheffe`, the optimum at a blend of a few parts (indices `best`)."""
    rng = np.random.default_rng(seed)
    size = len(x)
    centre = np.zeros(size)
    centre[list(best)] = rng.dirichlet(np.full(len(best), 4.0))
    linear = rng.uniform(0.0, 1.0, size)
    pairs = np.triu(rng.normal(0.0, 1.0, (size, size)), 1)
    return float(linear @ x + x @ pairs @ x - 2.0 * np.exp(-((x - centre) ** 2).sum() / 0.08))


def dtlz2(x: Array) -> tuple[float, float, float]:
    """(d,) -> three losses; the front is the unit sphere where the last d - 2 are 0.5."""
    far = 1.0 + ((x[2:] - 0.5) ** 2).sum()
    a, b = x[0] * np.pi / 2.0, x[1] * np.pi / 2.0
    return float(far * np.cos(a) * np.cos(b)), float(far * np.cos(a) * np.sin(b)), float(far * np.sin(a))
