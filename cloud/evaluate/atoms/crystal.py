"""A crystal as arrays: cell, elements, positions. Strain is arithmetic here; files are read elsewhere."""

from collections import Counter
from dataclasses import dataclass, replace
from functools import reduce
from math import gcd

import numpy as np
from adatom.cloud.measure.eis.arrays import Floats

VOIGT = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))  # xx, yy, zz, yz, xz, xy
PRIMITIVE_FCC = np.array([[0.0, 0.5, 0.5], [0.5, 0.0, 0.5], [0.5, 0.5, 0.0]])


@dataclass(frozen=True)
class Crystal:
    """`cell` (3, 3) in angstrom, one lattice vector a row; `symbols` (n); `fractional` (n, 3)."""

    cell: Floats
    symbols: tuple[str, ...]
    fractional: Floats

    def __len__(self) -> int:
        return len(self.symbols)

    @property
    def positions(self) -> Floats:
        """(n, 3) in angstrom."""
        return self.fractional @ self.cell

    @property
    def volume_a3(self) -> float:
        """Of the cell, in cubic angstrom."""
        return float(abs(np.linalg.det(self.cell)))

    @property
    def formula(self) -> str:
        """Reduced, elements in the order in which they first stand."""
        counts = Counter(self.symbols)
        common = reduce(gcd, counts.values())
        return "".join(f"{symbol}{n // common if n > common else ''}" for symbol, n in counts.items())

    @property
    def lengths(self) -> Floats:
        """(3,) of a, b, c in angstrom."""
        return np.asarray(np.linalg.norm(self.cell, axis=1), dtype=np.float64)

    @property
    def angles(self) -> Floats:
        """(3,) alpha, beta, gamma in degrees."""
        unit = self.cell / self.lengths[:, None]
        cosines = np.array([unit[1] @ unit[2], unit[0] @ unit[2], unit[0] @ unit[1]])
        return np.asarray(np.degrees(np.arccos(np.clip(cosines, -1.0, 1.0))))


def deformed(crystal: Crystal, gradient: Floats) -> Crystal:
    """The crystal under a deformation gradient (3, 3): every point x goes to F x; fractions stay."""
    return replace(crystal, cell=crystal.cell @ np.asarray(gradient).T)


def strain_tensor(component: int, size: float) -> Floats:
    """(3, 3), symmetric: Voigt's `component` (0 to 5) is `size`; shears count twice, as engineers do."""
    row, column = VOIGT[component]
    tensor = np.zeros((3, 3))
    tensor[row, column] += size / 2.0
    tensor[column, row] += size / 2.0
    return tensor


def strain_between(before: Crystal, after: Crystal) -> Floats:
    """(3,) principal Biot strains that lead from one cell to the other, rotations left out."""
    gradient = np.linalg.solve(before.cell, after.cell)
    return np.asarray(np.linalg.svd(gradient, compute_uv=False) - 1.0, dtype=np.float64)


def same(one: Crystal, other: Crystal) -> bool:
    """Whether cell, elements and positions are equal as they stand: another choice of the cell counts as different."""
    return one.symbols == other.symbols and all(
        np.allclose(first, second, atol=1e-6)
        for first, second in ((one.cell, other.cell), (one.fractional, other.fractional))
    )


def shortest_distance_a(crystal: Crystal) -> float:
    """Of two atoms, images included, in angstrom."""
    return float(distances(crystal).min())


def distances(crystal: Crystal) -> Floats:
    """(n, n) shortest distances over the 27 nearest images in angstrom; an atom and its own image on the diagonal."""
    shifts = np.array([[i, j, k] for i in (-1, 0, 1) for j in (-1, 0, 1) for k in (-1, 0, 1)], dtype=float)
    apart = crystal.fractional[:, None, :] - crystal.fractional[None, :, :]
    apart -= np.round(apart)
    least = np.full((len(crystal), len(crystal)), np.inf)
    for shift in shifts:
        length = np.linalg.norm((apart + shift) @ crystal.cell, axis=2)
        if not shift.any():
            np.fill_diagonal(length, np.inf)
        least = np.minimum(least, length)
    return least


def antifluorite(cation: str, anion: str, lattice_a: float) -> Crystal:
    """Three atoms, in the primitive cell: Li2O."""
    return Crystal(PRIMITIVE_FCC * lattice_a, (cation, cation, anion), np.array([[0.25] * 3, [0.75] * 3, [0.0] * 3]))


def rock_salt(cation: str, anion: str, lattice_a: float) -> Crystal:
    """Two atoms, in the primitive cell: LiF, LiCl."""
    return Crystal(PRIMITIVE_FCC * lattice_a, (cation, anion), np.array([[0.5] * 3, [0.0] * 3]))
