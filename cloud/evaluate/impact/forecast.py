"""Citations that a family of materials will get in the next years, with an interval, beside the plain guess.

The plain guess: the next years bring what the last ones brought. How the truth departs from it is learnt from past
years, whose futures are known: from the family's own pace, and from the pace of its neighbours in the citation graph,
by simplified graph convolution (convolution.py). A Bayesian ridge regression weighs them, so that what does not help
is shrunk away. Nothing later than a past year enters what it would have said. Pure.
"""

from typing import NamedTuple

import numpy as np
from adatom.protocol.errors import InputError
from numpy.typing import NDArray
from scipy import stats
from sklearn.linear_model import BayesianRidge

from .convolution import HOPS, smoothed
from .graph import Citations

Array = NDArray[np.float64]

LEVEL = 0.9
MIN_TAUGHT = 10  # families x past years; fewer do not teach four numbers


class Family(NamedTuple):
    """Citations expected in the horizon with their 90 % interval; `recent` are those of as many years before."""

    name: str
    works: int
    recent: float
    expected: float
    low: float
    high: float


class Forecast(NamedTuple):
    """Every family for the `horizon` years after `year`; taught by families x past years `taught`."""

    year: int
    horizon: int
    families: tuple[Family, ...]
    taught: int


def forecast(graph: Citations, year: int, horizon: int = 3, hops: int = HOPS) -> Forecast:
    """The forecast at the end of `year`. InputError where the graph does not reach back far enough."""
    known = graph.until(year)
    start = int(known.year.min(initial=year))
    origins = range(start + horizon, year - horizon + 1)
    taught = len(origins) * len(known.families)
    if taught < MIN_TAUGHT:
        raise InputError("year", f"{year}: a forecast of {horizon} years is taught by the years from {start + horizon} "
                                 f"to {year - horizon}, too few for {len(known.families)} families")  # fmt: skip
    x = np.concatenate([paces(known.until(origin), origin, horizon, hops) for origin in origins])
    y = np.concatenate([np.log1p(_got(known, origin + 1, origin + horizon)) -
                        np.log1p(_got(known, origin - horizon + 1, origin)) for origin in origins])  # fmt: skip
    model = BayesianRidge().fit(x, y)
    step, sd = model.predict(paces(known, year, horizon, hops), return_std=True)
    # past years overlap: of `horizon` neighbouring ones each says the same
    freedom = max(1.0, taught / horizon - x.shape[1])
    recent = _got(known, year - horizon + 1, year)
    ends = [_counts(recent, step + z * sd) for z in (0.0, *stats.t(freedom).ppf([(1 - LEVEL) / 2, (1 + LEVEL) / 2]))]
    families = tuple(Family(name, int(known.member[:, k].sum()), float(recent[k]), *(float(end[k]) for end in ends))
                     for k, name in enumerate(known.families))  # fmt: skip
    return Forecast(year, horizon, families, taught)


def paces(known: Citations, year: int, horizon: int, hops: int = HOPS) -> Array:
    """(families, 1 + hops) ln of the last year's citations over the mean of the last `horizon` years.

    The first column is the family's own; the k-th after it is of its works' neighbourhoods, k steps of convolution.
    """
    signal = np.column_stack([horizon * known.received(year, year), known.received(year - horizon + 1, year)])
    edges = np.column_stack([known.citing, known.cited])
    columns = []
    for k in range(hops + 1):
        now, mean = (known.member.T @ smoothed(signal, edges, k)).T
        columns.append(np.log1p(now) - np.log1p(mean))
    return np.column_stack(columns)


def _got(known: Citations, first: int, last: int) -> Array:
    """(families,) citations in the years first to last."""
    return np.asarray(known.member.T @ known.received(first, last))


def _counts(recent: Array, step: Array) -> Array:
    """Citations from their logarithm's step; not below none."""
    return np.maximum(0.0, np.expm1(np.log1p(recent) + step))
