"""BoTorch: SingleTaskGP (MixedSingleTaskGP with kinds) and qLogNEI, qLogNEHVI for several objectives.

Its own means throughout: the sum of a mixture as an equality constraint, a shared factor as equality between the
points of a batch, kinds by optimize_acqf_mixed_alternating, pools by optimize_acqf_discrete. At most k parts: the
number of active sets is large, so the best of some sets is taken, as BayBE and BoFire do (the incumbents' sets and
random ones). Failures: a second model of success as an outcome constraint, as in its tutorial on constraints learnt by
classification; failed points have no value otherwise. Kept to its defaults apart from raw_samples and num_restarts,
which are those of its tutorials.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from botorch import fit_gpytorch_mll
from botorch.acquisition.logei import qLogNoisyExpectedImprovement
from botorch.acquisition.multi_objective.logei import qLogNoisyExpectedHypervolumeImprovement
from botorch.acquisition.multi_objective.objective import IdentityMCMultiOutputObjective
from botorch.acquisition.objective import GenericMCObjective
from botorch.models import MixedSingleTaskGP, ModelListGP, SingleTaskGP
from botorch.models.transforms import Standardize
from botorch.optim import optimize_acqf, optimize_acqf_discrete
from botorch.optim.optimize_mixed import optimize_acqf_mixed_alternating
from botorch.sampling import SobolQMCNormalSampler
from gpytorch.mlls import ExactMarginalLogLikelihood

from ..problem import Problem, Result
from ..space import Array, Choice, Mixture, Number, Point
from .told import Told

RAW_SAMPLES = 256
RESTARTS = 8
SAMPLES = 128  # of the acquisition
SETS = 4  # of active parts tried an ask
WHOLE_STEPS = 64  # a whole number or step with more values is treated as real and rounded

torch.set_num_threads(1)
torch.set_default_dtype(torch.double)


class Botorch:
    def __init__(self, problem: Problem, seed: int) -> None:
        self.problem, self.told, self.seed = problem, Told(problem), seed
        self.rng = problem.rng(seed, 3)
        self.kinds = self._columns(Choice)
        self._model: Any = None
        torch.manual_seed(seed)

    def _columns(self, kind: type) -> dict[int, Any]:
        """{place in a vector: column} of the columns of a kind."""
        found, at = {}, 0
        for column in self.problem.space.columns:
            if isinstance(column, kind):
                found[at] = column
            at += len(column.names)
        return found

    # --- vectors: units, a kind as its number -------------------------------------------------------------------

    def _vector(self, point: Point) -> Array:
        vector = self.problem.space.units(point)
        for at, column in self.kinds.items():
            vector[at] = column.kinds.index(str(point[column.name]))
        return vector

    def _point(self, vector: Array) -> Point:
        units = np.array(vector, dtype=float)
        for at, column in self.kinds.items():
            units[at] = (round(units[at]) + 0.5) / len(column.kinds)
        return self.problem.space.from_units(units)

    def _tensor(self, points: Sequence[Point]) -> Any:
        return torch.tensor(np.array([self._vector(point) for point in points]))

    # --- ask / tell -----------------------------------------------------------------------------------------------

    def tell(self, points: Sequence[Point], results: Sequence[Result]) -> None:
        self.told.add(points, results)
        self._model = None

    def recommend(self) -> int | None:
        """Best posterior mean among the successes."""
        good = self.told.good
        if len(good) < 2 or len(self.problem.goals) > 1:
            return None
        model = self._fitted()
        with torch.no_grad():
            mean = model.posterior(self._tensor([self.told.points[i] for i in good])).mean[:, 0]
        return good[int(mean.argmax())]

    def ask(self, count: int) -> list[Point]:
        if len(self.told.good) < 2:
            return self.problem.space.held(self.problem.space.random(count, self.rng))
        acquisition = self._acquisition()
        if self.problem.pool is not None:
            candidates = self.told.open()
            choices = self._tensor(candidates)
            found, _ = optimize_acqf_discrete(acquisition, q=count, choices=choices)
            return [candidates[int((choices - row).abs().sum(dim=1).argmin())] for row in found]
        found = self._search(acquisition, count)
        return self.problem.space.held([self._point(row) for row in found.detach().numpy()])

    # --- model ----------------------------------------------------------------------------------------------------

    def _fitted(self) -> Any:
        """A model of -loss, one output an objective, and where there were failures one more of success (-1 or 1)."""
        if self._model is None:
            good = self._tensor([self.told.points[i] for i in self.told.good])
            values = torch.tensor(-self.told.values())
            models = [self._one(good, values[:, [i]]) for i in range(values.shape[1])]
            if len(self.told.good) < len(self.told.points):
                signs = np.array([[-1.0 if losses is None else 1.0] for losses in self.told.losses])
                models.append(self._one(self._tensor(self.told.points), torch.tensor(signs)))
            self._model = models[0] if len(models) == 1 else ModelListGP(*models)
        return self._model

    def _one(self, inputs: Any, values: Any) -> Any:
        scaled = Standardize(m=1)
        if self.kinds:
            model = MixedSingleTaskGP(inputs, values, cat_dims=list(self.kinds), outcome_transform=scaled)
        else:
            model = SingleTaskGP(inputs, values, outcome_transform=scaled)
        fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
        return model

    def _acquisition(self) -> Any:
        model, goals = self._fitted(), len(self.problem.goals)
        sampler = SobolQMCNormalSampler(torch.Size([SAMPLES]), seed=self.seed)
        baseline = self._tensor([self.told.points[i] for i in self.told.good])
        failed = len(self.told.good) < len(self.told.points)
        constraints = [lambda samples: -samples[..., goals]] if failed else None
        if goals > 1:
            corner = [-value for value in self.problem.corner]
            return qLogNoisyExpectedHypervolumeImprovement(
                model,
                corner,
                baseline,
                sampler=sampler,
                objective=IdentityMCMultiOutputObjective(outcomes=list(range(goals))),
                constraints=constraints,
                prune_baseline=True,
            )
        objective = GenericMCObjective(lambda samples, X=None: samples[..., 0]) if failed else None  # noqa: N803
        return qLogNoisyExpectedImprovement(
            model, baseline, sampler=sampler, objective=objective, constraints=constraints, prune_baseline=True
        )

    # --- search ---------------------------------------------------------------------------------------------------

    def _bounds(self) -> Array:
        """(2, d)"""
        low, high = np.zeros(self.problem.space.dimension), np.ones(self.problem.space.dimension)
        for at, mixture in self._columns(Mixture).items():
            size = len(mixture.names)
            low[at : at + size], high[at : at + size] = mixture.low, mixture.high
        for at, column in self.kinds.items():
            high[at] = len(column.kinds) - 1
        return np.array([low, high])

    def _search(self, acquisition: Any, count: int) -> Any:
        bounds = self._bounds()
        if self.kinds or self._steps():
            return self._mixed(acquisition, count, bounds)
        best, value = None, -np.inf
        for low, high, fixed in self._sets(bounds):
            found, worth = optimize_acqf(
                acquisition,
                bounds=torch.tensor(np.array([low, high])),
                q=count,
                num_restarts=RESTARTS,
                raw_samples=RAW_SAMPLES,
                equality_constraints=self._equalities(count) or None,
                fixed_features=fixed or None,
            )
            if float(worth) > value:
                best, value = found, float(worth)
        return best

    def _steps(self) -> dict[int, list[float]]:
        """Places of numbers with few values, where no sum and no shared factor needs optimize_acqf."""
        if self._columns(Mixture) or self.problem.space.shared:
            return {}
        found = {}
        for at, column in self._columns(Number).items():
            step = 1.0 if column.whole else column.step
            values = round((column.high - column.low) / step) + 1 if step else 0
            if 0 < values <= WHOLE_STEPS and not column.log:
                found[at] = [float(v) for v in np.linspace(0.0, 1.0, values)]
        return found

    def _mixed(self, acquisition: Any, count: int, bounds: Array) -> Any:
        found, _ = optimize_acqf_mixed_alternating(
            acquisition,
            bounds=torch.tensor(bounds),
            discrete_dims=self._steps(),
            cat_dims={at: [float(i) for i in range(len(column.kinds))] for at, column in self.kinds.items()},
            q=count,
            raw_samples=RAW_SAMPLES,
            num_restarts=RESTARTS,
        )
        return found

    def _equalities(self, count: int) -> list[Any]:
        """Sums of mixtures in every point; shared factors equal between a batch's first point and each other."""
        found = []
        for at, mixture in self._columns(Mixture).items():
            places = torch.arange(at, at + len(mixture.names))
            found.append((places, torch.ones(len(mixture.names)), 1.0))
        for at, column in self._columns(Number).items():
            for other in range(1, count) if column.shared else ():
                found.append((torch.tensor([[0, at], [other, at]]), torch.tensor([1.0, -1.0]), 0.0))
        return found

    def _sets(self, bounds: Array) -> list[tuple[Array, Array, dict[int, float]]]:
        """(low, high, fixed parts) for every set of active parts to try; one without a limit on their number."""
        limited = [(at, m) for at, m in self._columns(Mixture).items() if m.at_most is not None]
        if not limited:
            return [(bounds[0], bounds[1], {})]
        at, mixture = limited[0]
        found = []
        for active in self._active_sets(mixture):
            low, fixed = bounds[0].copy(), {}
            for place, name in enumerate(mixture.names):
                if name in active:
                    low[at + place] = max(low[at + place], mixture.least)
                else:
                    fixed[at + place] = 0.0
            found.append((low, bounds[1], fixed))
        return found

    def _active_sets(self, mixture: Mixture) -> list[frozenset[str]]:
        """Sets of `at_most` parts: those of the best points told, filled up with random parts, and random sets."""
        size = mixture.at_most or len(mixture.names)
        order = np.argsort(self.told.values()[:, 0], kind="stable")
        best = [self.told.points[self.told.good[i]] for i in order[: SETS // 2]]
        found: list[frozenset[str]] = []
        for point in [*best, *([{}] * SETS)]:
            active = [name for name in mixture.names if float(point.get(name, 0.0)) > 0.0]
            rest = [name for name in self.rng.permutation(mixture.names) if name not in active]
            chosen = frozenset([*active, *map(str, rest)][:size])
            if chosen not in found and len(found) < SETS:
                found.append(chosen)
        return found
