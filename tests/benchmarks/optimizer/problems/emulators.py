"""Compositions of published lithium conductors with a smooth stand-in for their conductivity: pools of candidates.

Fitted to the measured conductivities that the project ships (OBELiX, training split). What one paper's samples have in
common is taken out first: its mean residual, shrunk as a random effect; the spread of these effects is the error that
a sample shares in the problems.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from adatom.cloud.knowledge.materials import EXAMPLE, read_table
from adatom.cloud.store.known import Material
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from ..space import DIGITS, Array, Point

COMMON = ("Li", "O", "La", "Zr", "Ta", "Nb", "Al", "Ti", "P", "Ge", "S", "Cl", "Br", "Si")
GARNET = ("Li", "La", "Zr", "Ta", "Nb", "Al", "Ga", "Ba", "O")
BLENDS = 400
TREES = 200
SEED = 7


class Emulated(NamedTuple):
    """Candidates (flat fractions) with their log10 of conductivity in S/cm, and the spread between papers."""

    points: tuple[Point, ...]
    log10_sigma: Array
    paper_sd: float


@cache
def mixed() -> Emulated:
    """Every published conductor of the common elements; extra-trees."""
    rows = _rows(COMMON, 1)
    inputs, target = _inputs(rows, COMMON), _target(rows)
    model = ExtraTreesRegressor(TREES, min_samples_leaf=2, random_state=SEED)
    effects, sd = _paper_effects(rows, target - model.fit(inputs, target).predict(inputs))
    kept = np.unique(np.round(inputs, DIGITS), axis=0)
    return Emulated(_points(kept, COMMON), model.fit(inputs, target - effects).predict(kept), sd)


@cache
def garnets() -> Emulated:
    """Published garnets and blends of pairs of them; a Gaussian process over their fractions."""
    rows = [row for row in _rows(GARNET, 3) if row.fractions.get("La", 0.0) + row.fractions.get("Ba", 0.0) > 0.08]
    inputs, target = _inputs(rows, GARNET), _target(rows)
    scale = np.maximum(inputs.std(axis=0), 1e-3)
    kernel = ConstantKernel(1.0) * Matern(2.0, (0.3, 30.0), nu=2.5) + WhiteKernel(0.1)
    model = GaussianProcessRegressor(kernel, normalize_y=True, random_state=SEED)
    effects, sd = _paper_effects(rows, target - model.fit(inputs / scale, target).predict(inputs / scale))
    model.fit(inputs / scale, target - effects)
    rng = np.random.default_rng(SEED)
    left, right = rng.integers(0, len(inputs), (2, BLENDS))
    share = rng.uniform(0.0, 1.0, (BLENDS, 1))
    blends = share * inputs[left] + (1.0 - share) * inputs[right]
    kept = np.unique(np.round(np.vstack([inputs, blends]), DIGITS), axis=0)
    return Emulated(_points(kept, GARNET), model.predict(kept / scale), sd)


def _rows(elements: tuple[str, ...], least: int) -> list[Material]:
    """Materials of these elements alone, at least so many of them, with a measured value."""
    found = read_table(EXAMPLE)
    return [
        row
        for row in found
        if set(row.fractions) <= set(elements) and len(row.fractions) >= least and not row.below_detection
    ]


def _inputs(rows: list[Material], elements: tuple[str, ...]) -> Array:
    return np.array([[row.fractions.get(element, 0.0) for element in elements] for row in rows])


def _target(rows: list[Material]) -> Array:
    return np.log10([row.conductivity_s_cm for row in rows])


def _points(inputs: Array, elements: tuple[str, ...]) -> tuple[Point, ...]:
    return tuple(dict(zip(elements, map(float, row), strict=True)) for row in inputs)


def _paper_effects(rows: list[Material], residual: Array) -> tuple[Array, float]:
    """(n,) shrunk mean residual of each row's paper, and the standard deviation between papers (method of moments)."""
    papers = np.array([row.doi for row in rows])
    groups = [np.flatnonzero(papers == paper) for paper in np.unique(papers)]
    several = [residual[group] for group in groups if len(group) > 1]
    within = float(np.concatenate([g - g.mean() for g in several]).var()) if several else 0.0
    between = max(0.0, float(residual.var()) - within)
    effects = np.zeros(len(rows))
    for group in groups:
        effects[group] = residual[group].mean() * between / (between + within / len(group) + 1e-12)
    return effects, float(np.sqrt(between))
