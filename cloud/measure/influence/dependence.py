"""Partial dependence: the mean prediction over the samples when one factor is set to each value, with its band.

Must not know of files or pages.
"""

from dataclasses import dataclass

import numpy as np
from adatom.cloud.measure.eis.arrays import Floats
from adatom.cloud.measure.influence.study import Study
from adatom.cloud.optimize.explain import Z95
from adatom.cloud.optimize.model.process import GaussianProcess

STEPS = 25  # values of a number


@dataclass(frozen=True)
class Dependence:
    """Of one factor: values (k,) or option texts, the mean (k,) and its 95 % band on the modelled scale."""

    factor: str
    places: list[float] | list[str]
    log: bool
    mean: Floats
    low: Floats
    high: Floats


def dependence(study: Study, process: GaussianProcess, place: int) -> Dependence:
    """Friedman 2001. The band is the process' own, of the mean over the samples, hyper-parameters held.

    A part of a mixture is changed with the others keeping their ratios.
    """
    factor = study.factors[place]
    grid = np.arange(len(factor.options), dtype=float) if factor.options else _grid(study, place)
    moments = np.array([_moments(study, process, place, value) for value in grid])
    reach = Z95 * moments[:, 1]
    places: list[float] | list[str] = list(factor.options) if factor.options else [float(v) for v in grid]
    return Dependence(factor.name, places, factor.log, moments[:, 0], moments[:, 0] - reach, moments[:, 0] + reach)


def _grid(study: Study, place: int) -> Floats:
    low, high = study.ends(place)
    return np.geomspace(low, high, STEPS) if study.factors[place].log else np.linspace(low, high, STEPS)


def _moments(study: Study, process: GaussianProcess, place: int, value: float) -> tuple[float, float]:
    """(mean, sd) of the mean prediction over the samples with the factor at a value."""
    mean, covariance = process.predict(study.features(study.alone(study.values, place, value)), return_cov=True)
    return float(mean.mean()), float(np.sqrt(max(covariance.mean(), 0.0)))
