"""Small made-up data sets that the tests of this folder share."""

import numpy as np
from adatom.cloud.optimize.arrays import Array


def smooth(count: int, width: int = 4, seed: int = 0, noise: float = 0.1) -> tuple[Array, Array]:
    """(X (n, f), y (n,)) of about zero mean and unit variance; the first two inputs matter."""
    rng = np.random.default_rng(seed)
    features = rng.random((count, width))
    values = np.sin(5.0 * features[:, 0]) + 3.0 * (features[:, 1] - 0.4) ** 2 + noise * rng.standard_normal(count)
    return features, (values - 0.3) / 0.75
