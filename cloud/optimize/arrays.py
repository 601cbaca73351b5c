"""The kinds of arrays that this package passes about, and how numpy's values become Python's own."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Indices = NDArray[np.intp]
PLAIN = frozenset((float, int, str, bool, type(None)))


def unboxed(value: Any) -> Any:
    """A value without numpy's types, which JSON cannot keep: rows of arrays and data frames are full of them."""
    if type(value) in PLAIN:  # pools of a million points are mostly these
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Mapping):
        return {unboxed(key): unboxed(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)([unboxed(inner) for inner in value])
    return value
