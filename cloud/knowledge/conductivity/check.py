"""The model and its rivals on rows that they have not seen: cross-validation, or a table of known values."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from adatom.cloud.knowledge.conductivity.features import SYSTEMS, blocks_of
from adatom.cloud.knowledge.conductivity.folds import Fold
from adatom.cloud.knowledge.conductivity.model import Model, fit_model
from adatom.cloud.knowledge.conductivity.rows import FORMULA, Row
from adatom.cloud.knowledge.conductivity.scores import Guesses
from adatom.cloud.optimize.arrays import Array
from scipy.spatial.distance import cdist

TREES = 500
NEIGHBOURS = 5

Answers = tuple[Array, Array, Array]  # mean, low, high (m,)
Learner = Callable[[Sequence[Row]], Callable[[Sequence[Row]], Answers]]


def crossed(
    rows: Sequence[Row],
    folds: Sequence[Fold],
    learner: Learner,
    asked: Mapping[str, Sequence[Row]],
    done: Callable[[], None] = lambda: None,
) -> dict[str, Guesses]:
    """Guesses for each row by what was learnt without it, for each way of asking; `done` is called after each fold.

    `asked`: name -> the rows (n,) as they are asked, which may know less than those that are learnt from.
    """
    shape = (1 + max(fold.repeat for fold in folds), len(rows))
    found = {name: Guesses(*(np.full(shape, np.nan) for _ in range(3))) for name in asked}
    for fold in folds:
        answer = learner([rows[place] for place in fold.train])
        for name, those in asked.items():
            answers = answer([those[place] for place in fold.test])
            for whole, part in zip(found[name], answers, strict=True):
                whole[fold.repeat, fold.test] = part
        done()
    return found


def process_learner(**options: Any) -> Learner:
    """The model, by the options of fit_model."""
    return lambda rows: answers_of(fit_model(rows, **options))


def answers_of(model: Model) -> Callable[[Sequence[Row]], Answers]:
    """What a fitted model answers."""

    def answer(asked: Sequence[Row]) -> Answers:
        told = model.predict(asked)
        mean, low, high = (np.array([getattr(one, name) for one in told]) for name in Guesses._fields)
        return mean, low, high

    return answer


def forest_learner(fractions: bool = False, seed: int = 0, trees: int = TREES, structure: bool = False) -> Learner:
    """A random forest on counts of atoms (or fractions): the best simple baseline that was published.

    `structure`: also volume and crystal system.
    """
    from sklearn.ensemble import RandomForestRegressor

    def inputs(rows: Sequence[Row]) -> Array:
        return np.hstack([_counts(rows, fractions), _structure(rows)]) if structure else _counts(rows, fractions)

    def learn(rows: Sequence[Row]) -> Callable[[Sequence[Row]], Answers]:
        forest = RandomForestRegressor(trees, random_state=seed).fit(inputs(rows), _told(rows))
        return lambda asked: _without_interval(forest.predict(inputs(asked)))

    return learn


def nearest_learner(rows: Sequence[Row]) -> Callable[[Sequence[Row]], Answers]:
    """The mean of the five nearest compositions (L1 of fractions)."""
    known, told = _counts(rows, True), _told(rows)

    def answer(asked: Sequence[Row]) -> Answers:
        apart = cdist(_counts(asked, True), known, "cityblock")
        return _without_interval(told[np.argsort(apart, axis=1, kind="stable")[:, :NEIGHBOURS]].mean(axis=1))

    return answer


def family_learner(rows: Sequence[Row]) -> Callable[[Sequence[Row]], Answers]:
    """The median of the family that the table names; of all rows for a family not seen."""
    told, names = _told(rows), [row.family.lower() for row in rows]
    medians = {name: float(np.median(told[[other == name for other in names]])) for name in set(names)}
    whole = float(np.median(told))
    return lambda asked: _without_interval(np.array([medians.get(row.family.lower(), whole) for row in asked]))


def per_formula_unit(rows: Sequence[Row]) -> list[Row]:
    """The rows as someone asks who knows the formula alone: amounts over Z, nothing of the cell."""
    return [
        row._replace(
            atoms={element: amount / (row.formula_units or 1.0) for element, amount in row.atoms.items()},
            convention=FORMULA,
            formula_units=None,
            volume_a3=None,
            system=None,
        )
        for row in rows
    ]


def composition_only(rows: Sequence[Row]) -> list[Row]:
    """The rows without their crystal systems."""
    return [row._replace(system=None) for row in rows]


def _counts(rows: Sequence[Row], fractions: bool) -> Array:
    """(n, elements) atoms of each element as given, or their shares."""
    fraction, root = blocks_of([row.atoms for row in rows], names=("fractions", "roots"))
    return fraction if fractions else root**2


def _structure(rows: Sequence[Row]) -> Array:
    """(n, 1 + systems) volume, -1 where it is not told, and a one at the crystal system."""
    return np.array([[row.volume_a3 or -1.0, *(row.system == system for system in SYSTEMS)] for row in rows])


def _told(rows: Sequence[Row]) -> Array:
    return np.array([np.nan if row.log10_sigma is None else row.log10_sigma for row in rows])


def _without_interval(mean: Any) -> Answers:
    nothing = np.full(len(mean), np.nan)
    return np.asarray(mean, dtype=float), nothing, nothing
