"""Array types and the residual that the impedance files share."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Complexes: TypeAlias = npt.NDArray[np.complex128]
Flags: TypeAlias = npt.NDArray[np.bool_]
Indices: TypeAlias = npt.NDArray[np.intp]


def relative(off_ohm: Complexes, z_ohm: Complexes) -> Complexes:
    """Differences (N,) in ohm as shares of |Z|."""
    return np.asarray(off_ohm / np.abs(z_ohm), dtype=np.complex128)
