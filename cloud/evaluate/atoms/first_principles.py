"""Lattice constant and bulk modulus from energies at several volumes: which volumes, how fine, what is kept, a fit.

Energies come from a function that is passed in (electrons.py); nothing here knows pyscf.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from adatom.cloud.evaluate.atoms.crystal import Crystal
from adatom.cloud.evaluate.atoms.equation_of_state import EquationOfState, fitted, side_of_minimum
from adatom.cloud.measure.eis.arrays import Floats
from adatom.protocol.errors import FailedError, InputError

BOHR_A = 0.529177210544  # CODATA 2022
BASIS = "gth-dzvp-molopt-sr"
# of the starting volume: PBE makes ionic crystals larger than they are measured, LiF by 7 %, so more lie above
SCALES = (0.94, 0.967, 0.993, 1.02, 1.047, 1.073, 1.10)
QUICK_SCALES = (0.94, 0.98, 1.02, 1.06, 1.10)
BEYOND = (0.027, 0.054, 0.081)  # steps past the last volume, where the minimum is too near to it
MOST_ATOMS = 8  # (K) a cell of a laptop's evening
MOST_ELECTRONS = 64  # (K)
MOST_BYTES = 6e9  # of orbitals on the grid, which are kept through the cycles
BYTES_A_VALUE = 16 * 4  # complex, with three derivatives
# measured on LiF and LiCl, a point of the grid and an orbital: for its images in s Å³, and a k point in s; only told
CPU_S = (9.5e-4, 1.0e-6)


@dataclass(frozen=True)
class Settings:
    """What decides an energy besides the crystal. `mesh` (3): points of the grid along each lattice vector."""

    k_points: int
    mesh: tuple[int, int, int]
    basis: str = BASIS


@dataclass(frozen=True)
class Size:
    """What a crystal asks for in a basis. `exponent`: of the narrowest Gaussian, in 1/bohr²."""

    orbitals: int
    electrons: int
    exponent: float


@dataclass(frozen=True)
class Question:
    """`fineness`: of the grid, see `mesh_of`."""

    k_points: int = 3
    fineness: float = 3.0
    scales: tuple[float, ...] = SCALES
    basis: str = BASIS
    quick: bool = False


QUICK = Question(k_points=2, fineness=2.2, scales=QUICK_SCALES, quick=True)


@dataclass(frozen=True)
class Point:
    """The energy of a cell at one volume, and the processor time it took."""

    volume_a3: float
    energy_ev: float
    cpu_s: float


@dataclass(frozen=True)
class Curve:
    """Points sorted by volume, and their equation of state. `extended`: the range had to be moved."""

    start: Crystal
    settings: Settings
    quick: bool
    points: tuple[Point, ...]
    extended: bool
    state: EquationOfState

    @property
    def crystal(self) -> Crystal:
        """At the volume of least energy."""
        return scaled(self.start, self.state.volume_a3.value / self.start.volume_a3)

    @property
    def volumes_a3(self) -> Floats:
        return np.array([one.volume_a3 for one in self.points])

    @property
    def energies_ev(self) -> Floats:
        return np.array([one.energy_ev for one in self.points])


Solve = Callable[[Crystal, Settings], Point]
Told = Callable[[str], None]


def scaled(crystal: Crystal, factor: float) -> Crystal:
    """The crystal at `factor` times its volume, its shape and fractional positions held."""
    return replace(crystal, cell=crystal.cell * np.cbrt(factor))


def mesh_of(crystal: Crystal, exponent: float, fineness: float) -> tuple[int, int, int]:
    """Points of the grid so that a product of the two narrowest Gaussians is resolved; odd numbers.

    That product falls as exp(-G² / 8a) with the wave vector G; the grid ends at G² / 8a = `fineness` (at 1.6 LiCl has
    no minimum of energy). The numbers have to be the same at all volumes of a curve, which then errs smoothly: by a
    fixed cutoff they jump from one volume to the next, and the energy with them.
    """
    most_per_a = np.sqrt(8.0 * exponent * fineness) / BOHR_A
    numbers = np.ceil(crystal.lengths * most_per_a / np.pi).astype(int)
    first, second, third = (int(one) | 1 for one in numbers)
    return first, second, third


def settings_of(crystal: Crystal, size: Size, question: Question) -> Settings:
    """For the largest volume in question, for the grid is coarsest there."""
    largest = scaled(crystal, max(question.scales))
    return Settings(question.k_points, mesh_of(largest, size.exponent, question.fineness), question.basis)


def check_size(crystal: Crystal, size: Size, settings: Settings, where: str) -> None:
    """InputError for what a laptop cannot do, or the method is not for."""
    for value, most, what in (
        (len(crystal), MOST_ATOMS, "atoms"),
        (size.electrons, MOST_ELECTRONS, "electrons outside the cores"),
    ):
        if value > most:
            raise InputError(where, f"{value} {what} in the primitive cell: at most {most} are allowed")
    if size.electrons % 2:
        raise InputError(where, f"{size.electrons} electrons: an odd number is no closed shell, which this is for")
    if (needed := _values(size, settings) * BYTES_A_VALUE) > MOST_BYTES:
        raise InputError(
            where,
            f"needs {needed / 1e9:.0f} GB of memory: at most {MOST_BYTES / 1e9:g} are allowed; take fewer k points",
        )


def expected_cpu_s(crystal: Crystal, size: Size, settings: Settings) -> float:
    """Of one volume, within a factor of two. The smaller the cell, the more images of orbitals reach into it."""
    each = CPU_S[0] / crystal.volume_a3 + CPU_S[1] * settings.k_points**3
    return float(np.prod(settings.mesh)) * size.orbitals * each


def _values(size: Size, settings: Settings) -> int:
    return int(np.prod(settings.mesh)) * settings.k_points**3 * size.orbitals


def examine(crystal: Crystal, question: Question, settings: Settings, solve: Solve, told: Told) -> Curve:
    """The curve of a crystal. The range is moved once; FailedError where the minimum is at its edge even then."""
    points = _solved(crystal, question.scales, settings, solve, told)
    side = _side(points)
    if side:
        last = min(question.scales) if side < 0 else max(question.scales)
        told(f"the least energy is at the {'smallest' if side < 0 else 'largest'} volumes: three more there")
        points += _solved(crystal, [last + side * step for step in BEYOND], settings, solve, told)
        if _side(points):
            raise FailedError(
                f"{crystal.formula}: the least energy is still at the edge of the volumes, "
                f"{min(one.volume_a3 for one in points):.2f} to {max(one.volume_a3 for one in points):.2f} Å³: "
                "a fit would only extrapolate"
            )
    points.sort(key=lambda one: one.volume_a3)
    volumes, energies = (np.array([getattr(one, name) for one in points]) for name in ("volume_a3", "energy_ev"))
    return Curve(crystal, settings, question.quick, tuple(points), bool(side), fitted(volumes, energies))


def _side(points: Sequence[Point]) -> int:
    return side_of_minimum(np.array([one.volume_a3 for one in points]), np.array([one.energy_ev for one in points]))


def _solved(crystal: Crystal, scales: Sequence[float], settings: Settings, solve: Solve, told: Told) -> list[Point]:
    points = []
    for number, scale in enumerate(scales, 1):
        point = solve(scaled(crystal, scale), settings)
        told(f"{number}/{len(scales)}  {point.volume_a3:8.3f} Å³  {point.energy_ev:14.5f} eV  {point.cpu_s:5.0f} s")
        points.append(point)
    return points
