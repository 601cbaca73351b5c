"""Extremely randomised trees (Geurts 2006), each grown on a bootstrap sample and judged by the rows outside of it.

The trees are scikit-learn's, one by one: its forest spends nine tenths of its time on bookkeeping that a hundred trees
of fifty rows do not need. Must not know of processes.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from adatom.cloud.optimize.arrays import Array

TREES = 100
LEAF = 2  # least rows of a leaf
SEEDS = 2**31 - 1  # of a tree


@dataclass(frozen=True)
class Forest:
    """Grown trees, and what the rows outside of their samples were foretold to have."""

    trees: tuple[Any, ...]
    left_out: Array  # (n,) mean over the trees that did not see the row; 0 for a row that all of them saw

    @classmethod
    def grown(cls, features: Array, targets: Array) -> Self:
        """Of rows (n, f), (n,); the same rows give the same trees."""
        from sklearn import config_context  # half a second to import, and rarely needed
        from sklearn.tree import ExtraTreeRegressor

        inputs, count = _single(features), len(targets)
        column, trees = np.ascontiguousarray(targets[:, None]), []
        total, votes = np.zeros(count), np.zeros(count)
        chance = np.random.RandomState(0)  # seeded again for each tree: a new one takes ten times as long
        model = ExtraTreeRegressor(min_samples_leaf=LEAF, random_state=chance)
        with config_context(skip_parameter_validation=True, assume_finite=True):
            for seed in chance.randint(SEEDS, size=TREES):
                chance.seed(seed)
                times = np.bincount(chance.randint(0, count, count), minlength=count).astype(float)
                chance.seed(seed)
                tree = model.fit(inputs, column, sample_weight=times, check_input=False).tree_
                outside = times == 0.0
                total[outside] += tree.predict(inputs[outside])[:, 0]
                votes += outside
                trees.append(tree)
        return cls(tuple(trees), total / np.maximum(votes, 1.0))

    def mean(self, features: Array) -> Array:
        """(m,) at (m, f)."""
        inputs, total = _single(features), np.zeros(len(features))
        for tree in self.trees:
            total += tree.predict(inputs)[:, 0]
        return total / len(self.trees)


def _single(features: Array) -> Any:
    """(n, f) in single precision, which the trees are grown in."""
    return np.ascontiguousarray(features, dtype=np.float32)
