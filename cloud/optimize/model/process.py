"""A Gaussian process of losses with scikit-learn's regressor interface, for noisy, replicated and grouped values.

A pure function of what it is given: no randomness but the generator passed in. Must not know of spaces or objectives.
"""

# ruff: noqa: N803  (X and y are the names that scikit-learn's callers use)
from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from typing import Any, Self

import numpy as np
from adatom.cloud.optimize.arrays import Array, Indices
from adatom.cloud.optimize.model.hyper import (
    USUAL,
    Evidence,
    Hyper,
    Prior,
    covariance,
    fit_hyper,
    hyper_of,
    noise_of,
    numbered,
    subset,
)
from adatom.cloud.optimize.model.posterior import Posterior
from adatom.cloud.optimize.model.rows import Labels, Rows, checked_features, checked_rows
from adatom.cloud.optimize.model.warps import Warp
from adatom.protocol.errors import InputError
from numpy.typing import NDArray

LEAST_SPREAD = 1e-9  # standard deviation below which targets are called equal and only centred

PARAMETERS = ("groups", "theta", "optimise", "normalize_y", "warp", "prior")


class GaussianProcess:
    """Matern-5/2 kernel with a length scale per group of features, a common noise, and an effect of each sample.

    After `fit`: theta_ (log hyper-parameters, see hyper.py), hyper_, n_features_in_.
    """

    def __init__(
        self,
        groups: Sequence[int] | None = None,
        theta: Array | None = None,
        optimise: bool = True,
        normalize_y: bool = False,
        warp: Warp | None = None,
        prior: Prior = USUAL,
    ) -> None:
        """`groups`: (f,) features of one number share a length scale; None: each has its own.

        `theta`: where the search for hyper-parameters also starts, or what they are when not `optimise`.
        `normalize_y`: targets are standardised inside; otherwise they must have about zero mean and unit variance.
        `warp`: how features are bent before anything else. `prior`: of the hyper-parameters.
        """
        self.groups, self.theta, self.warp, self.prior = groups, theta, warp, prior
        self.optimise, self.normalize_y = optimise, normalize_y

    # --- scikit-learn's conventions --------------------------------------------------------------------------------

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {name: getattr(self, name) for name in PARAMETERS}

    def set_params(self, **parameters: Any) -> Self:
        """Itself, with parameters changed. Raises InputError for one that it does not have."""
        for name, value in parameters.items():
            if name not in PARAMETERS:
                raise InputError(name, f"no parameter: must be one of {', '.join(PARAMETERS)}")
            setattr(self, name, value)
        return self

    def fit(
        self,
        X: Any,
        y: Any,
        variances: Any = None,
        counts: Any = None,
        samples: Labels | None = None,
    ) -> Self:
        """Itself, fitted to targets y (n,) at X (n, f).

        `variances`: (n,) known noise variance of each target; `counts`: (n,) how many values each is the mean of (the
        noise that is learnt counts 1 / count); `samples`: (n,) labels of what shares an error (plate, day, film), None
        for a row that is a sample of its own. Raises InputError for what is not finite or does not fit together.
        """
        rows = checked_rows(X, y, variances, counts, samples)
        self.n_features_in_ = rows.features.shape[1]
        groups = self._numbered_groups()
        self._centre, self._spread = self._scale(rows.targets)
        self.rows_ = self._standardised(rows)
        start = self._given_theta(int(groups.max()) + 1)
        if self.optimise:
            self.theta_ = fit_hyper(self._bent(self.rows_), groups, start, self.prior)
        else:
            self.theta_ = self.prior.normals(int(groups.max()) + 1)[0] if start is None else start
        self.hyper_ = hyper_of(self.theta_, groups)
        self.posterior_ = _posterior(self._bent(self.rows_), self.hyper_)
        return self

    def predict(self, X: Any, return_std: bool = False, return_cov: bool = False) -> Any:
        """The mean (m,) at X (m, f), or (mean, sd (m,)), or (mean, covariance (m, m)): of a new sample, without noise.

        Raises InputError before `fit`, for other features than fitted, and when both extras are asked for.
        """
        features = self.checked(X)
        if return_std and return_cov:
            raise InputError("predict", "return_std or return_cov, not both")
        if return_cov:
            mean, joint = self.posterior_.joint(self._inputs(features))
            return self._centre + self._spread * mean, self._spread**2 * joint
        if return_std:
            mean, variance = self.moments(features)
            return mean, np.sqrt(variance)
        return self._centre + self._spread * self.posterior_.mean(self._inputs(features))

    def sample_y(self, X: Any, n_samples: int = 1, random_state: int = 0) -> Array:
        """(m, n_samples) functions drawn from the posterior, as scikit-learn's regressor gives them."""
        return self.draws(X, n_samples, np.random.default_rng(random_state)).T

    def log_marginal_likelihood(self, theta: Array | None = None, eval_gradient: bool = False) -> Any:
        """log p(y | theta), of standardised targets if they are; with its gradient (g + 3,) when asked for."""
        self._require_fit()
        value, gradient = Evidence(self._bent(self.rows_), self._numbered_groups())(
            self.theta_ if theta is None else theta
        )
        return (value, gradient) if eval_gradient else value

    def score(self, X: Any, y: Any) -> float:
        """R² of the mean at X (n, f) against y (n,)."""
        values = np.asarray(y, dtype=float)
        residual = values - self.predict(X)
        return 1.0 - float(residual @ residual) / max(float(((values - values.mean()) ** 2).sum()), LEAST_SPREAD)

    # --- beyond them -----------------------------------------------------------------------------------------------

    def checked(self, X: Any) -> Array:
        """(m, f) floats of X. Raises InputError before `fit`, for other features than fitted or not finite ones."""
        self._require_fit()
        return checked_features("X", X, self.n_features_in_)

    def moments(self, features: Array) -> tuple[Array, Array]:
        """(mean, variance), (m,) each, at features (m, f) that were checked: of a new sample, without noise."""
        mean, variance = self.posterior_.predict(self._inputs(features))
        return self._centre + self._spread * mean, self._spread**2 * variance

    def updated(
        self,
        X: Any,
        y: Any,
        variances: Any = None,
        counts: Any = None,
        samples: Labels | None = None,
    ) -> Self:
        """A process with k rows more and the same hyper-parameters, in n² k operations; arguments as of `fit`."""
        self._require_fit()
        more = self._standardised(checked_rows(self.checked(X), y, variances, counts, samples))
        block = np.diag(noise_of(more, self.hyper_))
        shared: Array | float = 0.0
        rows = self.rows_.joined(more)
        if rows.samples is not None:
            if self.rows_.samples is None:  # the old rows were factored as if they knew of no samples
                return self._with(rows, _posterior(self._bent(rows), self.hyper_))
            own, others = rows.taken(np.arange(len(self.rows_), len(rows))), self.rows_
            same, across = own.same_sample(own), own.same_sample(others)
            block = block + self.hyper_.sample * np.asarray(same, dtype=float)
            shared = np.zeros((len(more), len(self.posterior_.half)))  # rows of other tasks, if any, come first
            shared[:, -len(self.rows_) :] = self.hyper_.sample * np.asarray(across, dtype=float)
        return self._with(rows, self.posterior_.extended(self._inputs(more.features), more.targets, block, shared))

    def believing(self, X: Any) -> Self:
        """A process that takes its own mean at X (k, f) as measured once: doubt goes, expectation stays.

        The Kriging believer (Ginsbourger 2010), as sure as a typical row.
        """
        features = self.checked(X)
        if not len(features):
            return self
        typical = np.full(len(features), float(np.median(self.rows_.variances)) * self._spread**2)
        return self.updated(features, self.predict(features), typical)

    def draws(self, X: Any, count: int, rng: np.random.Generator) -> Array:
        """(count, m) functions drawn jointly from the posterior at X (m, f); costs m³."""
        return self._centre + self._spread * self.posterior_.draws(self._inputs(self.checked(X)), count, rng)

    def with_theta(self, theta: Array) -> Self:
        """The process of the same rows with other hyper-parameters (g + 3,)."""
        self._require_fit()
        other = self._with(self.rows_, self.posterior_)
        other.theta_, other.hyper_ = theta, hyper_of(theta, self._numbered_groups())
        other.posterior_ = _posterior(self._bent(self.rows_), other.hyper_)
        return other

    def evidence(self) -> Evidence:
        """log p(y | theta) of the rows that hyper-parameters are learnt from."""
        self._require_fit()
        return Evidence(self._bent(self.rows_.taken(subset(len(self.rows_)))), self._numbered_groups())

    def left_out(self) -> tuple[Array, Array]:
        """(mean, sd) of each row's target given all other rows, (n,) each; the sd is with the row's noise."""
        self._require_fit()
        residual, variance = (column[-len(self.rows_) :] for column in self.posterior_.left_out())
        mean = self._centre + self._spread * (self.rows_.targets - residual)
        return mean, self._spread * np.sqrt(variance)

    def mean_without(self, X: Any, rows: Indices) -> Array:
        """(m,) the mean at X (m, f), each as if the fitted row `rows` (m,) had not been there; theta stays."""
        return self._centre + self._spread * self.posterior_.mean_without(self._inputs(self.checked(X)), rows)

    @property
    def targets(self) -> Array:
        """(n,) the targets fitted, in the caller's units."""
        self._require_fit()
        return self._centre + self._spread * self.rows_.targets

    # --- inside ----------------------------------------------------------------------------------------------------

    def _with(self, rows: Rows, posterior: Posterior) -> Self:
        other = copy(self)
        other.rows_, other.posterior_ = rows, posterior
        return other

    def _scale(self, targets: Array) -> tuple[float, float]:
        if not self.normalize_y:
            return 0.0, 1.0
        spread = float(targets.std())
        return float(targets.mean()), spread if spread > LEAST_SPREAD else 1.0

    def _standardised(self, rows: Rows) -> Rows:
        targets, variances = (rows.targets - self._centre) / self._spread, rows.variances / self._spread**2
        return Rows(rows.features, targets, variances, rows.counts, rows.samples)

    def _inputs(self, features: Array) -> Array:
        """(m, f) what the kernel sees."""
        return features if self.warp is None else self.warp(features)

    def _bent(self, rows: Rows) -> Rows:
        return replace(rows, features=self._inputs(rows.features))

    def _numbered_groups(self) -> NDArray[np.intp]:
        return numbered(self.groups, self.n_features_in_)

    def _given_theta(self, groups: int) -> Array | None:
        if self.theta is None:
            return None
        theta = np.array(self.theta, dtype=float)
        if theta.shape != (groups + 3,) or not np.isfinite(theta).all():
            raise InputError("theta", f"shape {theta.shape}: must be ({groups + 3},) finite logarithms")
        return theta

    def _require_fit(self) -> None:
        if not hasattr(self, "posterior_"):
            raise InputError("GaussianProcess", "not fitted: call fit first")


def _posterior(rows: Rows, hyper: Hyper) -> Posterior:
    return Posterior.of(rows.features, rows.targets, covariance(rows, hyper), hyper.lengths, hyper.signal)
