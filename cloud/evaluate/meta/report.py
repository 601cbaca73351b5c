"""The pipeline's judgement of itself: of the chances that it said, and of each score alone."""

from typing import Any, NamedTuple

import numpy as np
from adatom.cloud.evaluate.fuse.calibration import WALK, Calibration, foretold
from adatom.cloud.evaluate.fuse.value import values
from adatom.cloud.evaluate.meta.drift import Drift, drift
from adatom.cloud.evaluate.meta.foretell import Past
from adatom.cloud.evaluate.meta.reliability import LEAST_CHANCE, Reliability, auc, reliability
from adatom.cloud.store.judgement import CRITERIA
from numpy.typing import NDArray

STILL = (0.0, 0.0)  # a walk that forgets nothing: against it drift is seen


class ScoreReport(NamedTuple):
    """One score beside what came: does more of it mean better, and did that change?"""

    name: str
    auc: float  # chance that a good trial had the larger score
    gain: float  # nats a trial over the base rate, said beforehand
    drift: Drift


class Report(NamedTuple):
    """`said`: of the chances as they were said; `base`: of the base rate as it drifts, V unseen."""

    said: Reliability
    base: Reliability
    drift: Drift
    scores: tuple[ScoreReport, ...]


def report(known: Past) -> Report:
    """Of trials that were predicted and have ended, one at least."""
    worlds = [name.partition("/")[0] for name in known.ids]
    groups = worlds if len(set(worlds)) > 1 else None
    base = _alone(np.zeros(len(known.good)), known, slope=False)
    return Report(
        reliability(known.said, known.good, groups),
        reliability(base, known.good, groups),
        drift(known.said, known.good),
        tuple(_score_report(name, known.terms[:, place], known, base) for place, name in enumerate(CRITERIA)),
    )


def _score_report(name: str, score: NDArray[np.float64], known: Past, base: NDArray[np.float64]) -> ScoreReport:
    said = _alone(score, known, slope=True)
    gain = float((_log(said, known.good) - _log(base, known.good)).mean())
    still = _alone(score, known, slope=True, walk=STILL)
    return ScoreReport(name, auc(score, known.good), gain, drift(still, known.good))


def _alone(
    score: NDArray[np.float64], known: Past, *, slope: bool, walk: tuple[float, float] = WALK
) -> NDArray[np.float64]:
    """(n,) chances by one score alone, said before each outcome, campaign by campaign."""
    said = np.empty(len(score))
    worlds = np.array([name.partition("/")[0] for name in known.ids])
    for world in dict.fromkeys(worlds):
        rows = np.flatnonzero(worlds == world)
        start = Calibration.start(walk, slope=slope)
        said[rows], _ = foretold(score[rows], [bool(g) for g in known.good[rows]], start)
    return said


def _log(said: NDArray[np.float64], good: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.log(np.clip(np.where(good > 0.5, said, 1.0 - said), LEAST_CHANCE, 1.0)))


def by_weights(known: Past, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) chances by V under other weights, said before each outcome."""
    return _alone(values(known.terms, weights), known, slope=True)


def as_data(found: Report) -> dict[str, Any]:
    """JSON-ready."""
    return {
        "said": _plain(found.said),
        "base_rate": _plain(found.base),
        "drift": found.drift._asdict(),
        "scores": {one.name: {"auc": one.auc, "gain_nats": one.gain, **one.drift._asdict()} for one in found.scores},
    }


def _plain(one: Reliability) -> dict[str, Any]:
    return {**one._asdict(), "bins": [bin_._asdict() for bin_ in one.bins]}
