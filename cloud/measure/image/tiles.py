"""Sums over the tiles of an image. Knows nothing of what is summed."""

import numpy as np
from adatom.cloud.measure.eis.arrays import Floats

FEWEST, MOST = 3, 8  # tiles along a side: 8 degrees of freedom at least, tiles that are still large at most
LENGTHS_A_TILE = 7.0  # correlation lengths along a tile's side, so that tiles hardly know of each other


def tiles_a_side(shape: tuple[int, ...], length_px: float) -> int:
    """How many tiles along each side: as many as stay independent at this correlation length."""
    return int(np.clip(min(shape) / (LENGTHS_A_TILE * max(length_px, 1.0)), FEWEST, MOST))


def tile_sums(values: Floats, whole: tuple[int, ...], side: int) -> Floats:
    """Sums (side * side,) over the tiles of an image of shape `whole`, of which `values` is the upper left."""
    summed = values
    for axis in (0, 1):
        starts = np.arange(side) * whole[axis] // side
        padded = np.zeros((whole[0], values.shape[1]) if axis == 0 else (side, whole[1]))
        padded[: summed.shape[0], : summed.shape[1]] = summed
        summed = np.add.reduceat(padded, starts, axis=axis)
    return np.asarray(summed.ravel())
