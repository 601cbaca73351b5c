"""From the Jacobian of a least-squares fit to the covariance of its parameters."""

import numpy as np
from adatom.cloud.measure.eis.arrays import Floats


def covariance_of(jacobian: Floats) -> Floats:
    """(J^T J)^-1 of whitened residuals (M, P): the parameters' covariance (P, P); a flat direction has none."""
    return np.asarray(np.linalg.pinv(jacobian.T @ jacobian), dtype=np.float64)
