"""A small space with hard-to-change columns, and beliefs of Gaussian processes: what strategies are tested on."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import numpy as np
from adatom.cloud.optimize.acquisition.chances import log_within
from adatom.cloud.optimize.arrays import Array
from adatom.cloud.optimize.domain import Point
from adatom.cloud.optimize.model.process import GaussianProcess
from adatom.cloud.optimize.question import TABLE, Options, Question
from scipy.stats import qmc

STEP = 0.01


class Tray:
    """[0, 1]^d in steps; the first `held` columns are the tray's temperature and the like."""

    def __init__(self, dimension: int, held: int = 0) -> None:
        self.dimension = dimension
        self.names = tuple(f"x{i}" for i in range(dimension))
        self.shared = np.arange(dimension) < held
        self.feature_groups = tuple(range(dimension))

    def plain(self, point: Mapping[str, Any]) -> Point:
        return {name: float(point[name]) for name in self.names}

    def vectors(self, points: Sequence[Point]) -> Array:
        return np.array([[point[name] for name in self.names] for point in points]).reshape(-1, self.dimension)

    def points(self, vectors: Array) -> list[Point]:
        return [dict(zip(self.names, row, strict=True)) for row in vectors.tolist()]

    def key(self, point: Point) -> str:
        return str([point[name] for name in self.names])

    def covers(self, point: Point) -> bool:
        return True

    def repair(self, vectors: Array) -> Array:
        return np.round(np.round(np.clip(vectors, 0.0, 1.0) / STEP) * STEP, 9)

    def with_shared(self, vectors: Array, fixed: Array) -> Array:
        return np.where(self.shared, fixed, vectors)

    def random(self, count: int, rng: np.random.Generator) -> Array:
        return self.repair(rng.random((count, self.dimension)))

    def sobol(self, count: int, seed: int) -> Array:
        engine = qmc.Sobol(self.dimension, rng=np.random.default_rng(seed))
        return self.repair(engine.random_base2(max(1, int(np.ceil(np.log2(max(2, count))))))[:count])

    def features(self, vectors: Array) -> Array:
        return vectors


class Beliefs:
    """A process for each of k losses; the blend is their sum. `limits`: (k,) thresholds or None."""

    def __init__(self, models: Sequence[GaussianProcess], limits: Sequence[float | None], trusted: bool = True) -> None:
        self.models, self.limits, self.trusted = tuple(models), tuple(limits), trusted
        self.steers = True

    @classmethod
    def of(cls, vectors: Array, losses: Array, limits: Sequence[float | None] = ()) -> Self:
        """Of tested vectors (n, d) and their losses (n, k)."""
        models = [GaussianProcess(normalize_y=True).fit(vectors, column) for column in losses.T]
        return cls(models, limits or [None] * len(models))

    @property
    def noise_sd(self) -> float:
        return float(np.sqrt(sum(m.hyper_.noise * m._spread**2 for m in self.models)))

    def losses(self, features: Array) -> tuple[Array, Array]:
        if not len(features):
            return np.zeros((0, len(self.models))), np.zeros((0, len(self.models)))
        pairs = [model.predict(features, return_std=True) for model in self.models]
        return np.column_stack([mean for mean, _ in pairs]), np.column_stack([sd for _, sd in pairs])

    def blend(self, features: Array) -> tuple[Array, Array]:
        mean, sd = self.losses(features)
        return mean.sum(axis=1), np.sqrt((sd**2).sum(axis=1))

    def draws(self, features: Array, count: int, rng: np.random.Generator) -> Array:
        return np.asarray(np.sum([model.draws(features, count, rng) for model in self.models], axis=0))

    def log_chances(self, features: Array) -> Array:
        return log_within(*self.losses(features), self.limits)

    def with_belief(self, features: Array) -> Self:
        return type(self)([model.believing(features) for model in self.models], self.limits, self.trusted)


def question(
    space: Tray,
    tested: Array,
    losses: Array,
    *,
    limits: Sequence[float | None] = (),
    waiting: Array | None = None,
    believe: Callable[[], Beliefs] | None = None,
    options: Options = TABLE,
    seed: int = 0,
    **more: Any,
) -> Question:
    """The question after (n, d) tested vectors with (n, k) losses."""
    return Question(
        space=space,
        rng=np.random.default_rng(seed),
        seed=seed,
        drawn=len(tested),
        budget=50,
        told=len(tested),
        tested=tested,
        open=np.zeros((0, space.dimension)) if waiting is None else waiting,
        believe=believe or (lambda: Beliefs.of(tested, losses, limits)),
        features=space.features,
        scores=None,
        options=options,
        **more,
    )
