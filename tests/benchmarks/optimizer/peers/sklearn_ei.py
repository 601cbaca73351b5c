"""scikit-learn's Gaussian process with expected improvement over random candidates: what laboratories write.

A failure counts as the worst value seen; a batch believes its predictions (Kriging believer); several objectives by
random Chebyshev weights (ParEGO).
"""

import warnings
from collections.abc import Sequence

import numpy as np
from scipy.stats import norm
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from ..problem import Problem, Result
from ..space import Array, Point
from .told import Candidates, Told, chebyshev

CANDIDATES = 2000
AROUND = 400  # of them in a cloud around the best
WIDTH = 0.05
RESTARTS = 2


class SklearnEi:
    def __init__(self, problem: Problem, seed: int) -> None:
        self.problem, self.told = problem, Told(problem)
        self.rng = problem.rng(seed, 3)
        self.seed = seed
        self._fitted: GaussianProcessRegressor | None = None

    def ask(self, count: int) -> list[Point]:
        several = len(self.problem.goals) > 1
        targets = chebyshev(self.told.filled(), self.rng)
        model = self._fit(targets) if several else self._model()
        inputs = self._features(self.told.points)
        found: list[Point] = []
        for _ in range(count):
            candidates = self._candidates(found, targets)
            mean, sd = model.predict(self._features(candidates), return_std=True)
            best = model.predict(inputs).min()
            found.append(candidates[int(_improvement(mean, sd, best).argmax())])
            inputs = self._features([*self.told.points, *found])
            targets = np.append(targets, model.predict(inputs[-1:]))
            model = self._refitted(model, inputs, targets)
        return found

    def tell(self, points: Sequence[Point], results: Sequence[Result]) -> None:
        self.told.add(points, results)
        self._fitted = None

    def recommend(self) -> int | None:
        if not self.told.good or len(self.problem.goals) > 1:
            return None
        mean = self._model().predict(self._features([self.told.points[i] for i in self.told.good]))
        return self.told.good[int(mean.argmin())]

    def _model(self) -> GaussianProcessRegressor:
        if self._fitted is None:
            self._fitted = self._fit(self.told.filled()[:, 0])
        return self._fitted

    def _fit(self, targets: Array) -> GaussianProcessRegressor:
        inputs = self._features(self.told.points)
        kernel = ConstantKernel(1.0, (1e-2, 1e2)) * Matern(
            np.full(inputs.shape[1], 0.5), (0.05, 20.0), nu=2.5
        ) + WhiteKernel(1e-2, (1e-6, 1.0))
        model = GaussianProcessRegressor(
            kernel, normalize_y=True, n_restarts_optimizer=RESTARTS, random_state=self.seed
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            return model.fit(inputs, targets)

    def _refitted(self, model: GaussianProcessRegressor, inputs: Array, targets: Array) -> GaussianProcessRegressor:
        """With the believed values, hyper-parameters kept."""
        return GaussianProcessRegressor(model.kernel_, optimizer=None, normalize_y=True).fit(inputs, targets)

    def _features(self, points: Sequence[Point]) -> Array:
        return np.array([self.problem.space.features(point) for point in points])

    def _candidates(self, found: Sequence[Point], targets: Array) -> Candidates:
        if self.problem.pool is not None:
            return [point for point in self.told.open() if point not in found]
        space = self.problem.space
        best = space.units(self.told.points[int(targets[: len(self.told.points)].argmin())])
        cloud = best + self.rng.normal(0.0, WIDTH, (AROUND, len(best)))
        points = space.random(CANDIDATES, self.rng) + [space.from_units(units) for units in cloud]
        return [space.held([found[0], point])[1] for point in points] if found else points


def _improvement(mean: Array, sd: Array, best: float) -> Array:
    """Expected improvement below `best`."""
    sd = np.maximum(sd, 1e-12)
    z = (best - mean) / sd
    return np.asarray(sd * (z * norm.cdf(z) + norm.pdf(z)))
