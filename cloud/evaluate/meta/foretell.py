"""Says before a trial how likely it is good: V by the newest weights, calibrated on what came before."""

from typing import NamedTuple

import numpy as np
from adatom.cloud.evaluate.fuse.calibration import Calibration, Chance
from adatom.cloud.evaluate.fuse.value import as_array, terms, values
from adatom.cloud.store.scoring import Scored
from adatom.cloud.store.store import Store
from numpy.typing import NDArray

MOST_OUTCOMES = 400  # of the latest: older ones are forgotten by the walk anyway


class Past(NamedTuple):
    """Trials that were predicted and ended, in the order of the predictions: terms (n, 5), good and said (n,)."""

    terms: NDArray[np.float64]
    good: NDArray[np.float64]
    said: NDArray[np.float64]
    ids: tuple[str, ...]


def past(store: Store, campaign: str | None = None) -> Past:
    """The latest of a campaign, or of all."""
    rows = store.judged_outcomes(campaign)[-MOST_OUTCOMES:]
    good = np.array([float(row["good"]) for row in rows])
    said = np.array([row["probability"] for row in rows], dtype=float)
    return Past(terms(rows), good, said, tuple(f"{row['campaign']}/{row['trial']}" for row in rows))


def calibration(store: Store, campaign: str) -> Calibration:
    """What the campaign's outcomes say of V by the newest weights."""
    known, weights = past(store, campaign), as_array(store.weights())
    belief = Calibration.start()
    for value, good in zip(values(known.terms, weights), known.good, strict=True):
        belief = belief.told(float(value), bool(good))
    return belief


def foretell(store: Store, campaign: str, trial: int, scored: Scored, utc_s: float) -> Chance | None:
    """Keep the chance that a trial is good; None before the campaign has a target."""
    target = store.target(campaign)
    if target is None:
        return None
    weights = as_array(store.weights())
    value = float(values(terms([scored.scores]), weights)[0])
    chance = calibration(store, campaign).chance(value)
    store.put_prediction(campaign, trial, "pipeline", target, chance, f"V {value:.3f}", utc_s)
    return chance
